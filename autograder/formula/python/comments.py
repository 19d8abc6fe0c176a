"""What the comments of a program say about shapes: `# U is (V, d)`, `# row vector`."""

from __future__ import annotations

import contextlib
import re

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.said_shapes import SaidShape, find_said_shapes
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Chain, Name, Span

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
    end = Name("", span=Span(len(text), len(text)))
    said: list[SaidShape] = []
    for start, stop in comments:
        alone = " " * (start + 1) + text[start + 1:stop]
        with contextlib.suppress(Unreadable):
            tokens, _ = lexicon.expand(lexicon.lex(alone))
            said += [shape for shape in find_said_shapes(tokens, lexicon, Chain((end,)), alone) if shape.of]
    return tuple(said)
