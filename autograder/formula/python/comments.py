"""What the comments of a program say about shapes: `# U is (V, d)`, `# row vector`."""

from __future__ import annotations

import re

from autograder.formula.latex.clauses import remark_shape
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.said_shapes import SaidShape, shapes_in_remark

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
    """Return the shapes that comments give to names of the problem, and to the answer that they stand behind."""
    comments = [comment.span() for comment in _COMMENT.finditer(text) if _SHAPE.search(comment[0])]
    answered = len(_COMMENT.sub(_blanked, text).rstrip()) if comments else 0
    said: list[SaidShape] = []
    for start, stop in comments:
        remark = " " * (start + 1) + text[start + 1:stop]
        first, last = (remark_shape(remark, True, lexicon) or (0, 0)) if start >= answered else (0, 0)
        said += [one for one in shapes_in_remark(remark, start, lexicon)
                 if one.of or (one.span.start < last and first < one.span.end)]
    return tuple(said)


def _blanked(comment: re.Match[str]) -> str:
    return " " * len(comment[0])
