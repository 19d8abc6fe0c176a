"""The one error that reading a formula raises: what could not be read, where, and what to do next."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

from autograder.formula.tree import Span

CARET_LINE = 96
"""The widest line of a caret drawing; a longer text is cut around the place with dots."""


class Unreadable(Exception):
    """A text that is not a formula of this problem.

    sentence    what stands in the way and what to do, for the student
    span        the place in the text
    text        the whole answer as typed
    reason      a short fixed word for logs and tables: `undeclared`, `syntax`, `limit`, `character`, `ambiguous` ...
    """

    def __init__(self, sentence: str, span: Span, text: str = "", reason: str = "syntax") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.span = span
        self.text = text
        self.reason = reason

    def drawing(self) -> str:
        """Return two lines of text, the answer's line and carets below it, for a monospace block."""
        return draw_carets(self.text, self.span)

    def __str__(self) -> str:
        return f"{self.sentence}\n\n{self.drawing()}" if self.text else self.sentence


def draw_carets(text: str, span: Span) -> str:
    """Return the line of `text` that holds the start of `span`, and carets under the span on the line below."""
    start = min(max(span.start, 0), len(text))
    head = text.rfind("\n", 0, start) + 1
    tail = text.find("\n", start)
    line = text[head:] if tail < 0 else text[head:tail]
    first = start - head
    last = max(first + 1, min(span.end - head, len(line)))
    line, first, last = _cut(line, first, last)
    cells = [_printable(char) for char in line]
    before = sum(_width(cell) for cell in cells[:first])
    under = max(1, sum(_width(cell) for cell in cells[first:last]))
    return f"{''.join(cells)}\n{' ' * before}{'^' * under}"


def _cut(line: str, first: int, last: int) -> tuple[str, int, int]:
    if len(line) <= CARET_LINE:
        return line, first, last
    last = min(last, first + CARET_LINE // 2)
    start = max(0, first - CARET_LINE // 4)
    end = min(len(line), start + CARET_LINE)
    front, back = "... " if start else "", " ..." if end < len(line) else ""
    return front + line[start:end] + back, first - start + len(front), last - start + len(front)


def _printable(char: str) -> str:
    if char == "\t":
        return " "
    category = unicodedata.category(char)
    return "\N{REPLACEMENT CHARACTER}" if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else char


def _width(cell: str) -> int:
    if unicodedata.combining(cell):
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean `x`?` for the nearest known word, or an empty string."""
    known = sorted(set(known))
    near = [item for item in known if item.casefold() == word.casefold() and item != word]
    near = near or difflib.get_close_matches(word, known, n=1, cutoff=0.6 if len(word) > 2 else 0.5)
    return f" Did you mean `{near[0]}`?" if near else ""
