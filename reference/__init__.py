"""Closed forms of everything that is graded, in numpy: one family a file, never shipped to students.

A function that a problem names takes the drawn inputs by their names and returns its outputs by theirs.
The `mistakes_*` modules beside a family compute, with the same inputs and outputs, what a known mistake gives.
"""
