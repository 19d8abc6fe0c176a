"""Formulas that are part of a problem: read once, by the readers that students' answers go through."""

from __future__ import annotations

from functools import lru_cache

from autograder.formula.declarations import Declarations
from autograder.formula.reading import read
from autograder.formula.tree import Node


@lru_cache(maxsize=4096)
def formula(text: str, declarations: Declarations) -> Node:
    """Return the tree of a declared formula.

    Raises Unreadable where it is none: the problem is at fault then.
    """
    return read(text, declarations).answer
