"""Python and numpy text -> tree: Python's own parser, an allow-list, and what numpy's functions mean."""
