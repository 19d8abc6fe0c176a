"""What came of a class, for its instructors: figures, and one page that shows them."""
