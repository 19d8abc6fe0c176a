"""The commands that are not the grading line itself, a module for each face."""
