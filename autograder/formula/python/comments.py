"""What the comments of a program say about shapes: `# U is (V, d)`, `# row vector`."""

from __future__ import annotations

import re

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.said_shapes import SaidShape, shapes_of_names

_COMMENT = re.compile(r"#[^\n]*")
_SHAPE = re.compile(r"[(\[]\s*\|?\w+\|?\s*,|\w\|?\s*×|\w\|? x \|?\w")
_ROW = re.compile(
    r"\b(?:is|as|=|gives?|a|are)\s+(?:a\s+|the\s+)?rows?\b(?!\s+of)|\brow[- ]vectors?\b|\brow\s+gradients?\b"
    r"|[#>]\s*(?:shape\s*)?[:=]?\s*\(\s*1\s*,\s*\w+\s*\)[\s.]*$"
)


def says_row(text: str) -> bool:
    """Say whether a comment calls the answer a row: `# row vector`, `# as a row`, `# shape (1, d)`."""
    return any(_ROW.search(comment[0].lower()) for comment in _COMMENT.finditer(text))


def shapes_said(text: str, lexicon: Lexicon) -> tuple[SaidShape, ...]:
    """Return the shapes that comments give to names of the problem."""
    comments = [comment.span() for comment in _COMMENT.finditer(text) if _SHAPE.search(comment[0])]
    return tuple(said for start, stop in comments
                 for said in shapes_of_names(" " * (start + 1) + text[start + 1:stop], lexicon))
