"""Tree -> text: LaTeX for pages, a line of Unicode for terminals, Python for answers typed as Python."""
