"""Written answers: read a formula in any dialect, type it, evaluate it, judge it."""
