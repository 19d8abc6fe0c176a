"""A result on a terminal: coloured where it is one, plain when piped, 80 columns enough.

By hand, in few lines, since every run on Gradescope prints one: a library for it took a tenth of such a run.
"""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator, Sequence
from shutil import get_terminal_size
from typing import TextIO

from autograder.marks import Json, Mark, Result, State

_RED = 31
_COLOURS = {
    State.CORRECT: 32,
    State.PARTLY_CORRECT: 33,
    State.WRONG_FORM: 33,
    State.BY_HAND: 36,
    State.NOT_GRADED: 35,
}
_BOLD, _DIM, _MAGENTA = 1, 2, 35
_LEAST_COLUMNS = 40


class Page:
    """Text for a terminal or a file, wrapped to its width."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        forced = bool(os.environ.get("FORCE_COLOR"))
        self._is_coloured = (out.isatty() or forced) and not os.environ.get("NO_COLOR")
        self._columns = max(_LEAST_COLUMNS, get_terminal_size().columns)

    def style(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._is_coloured else text

    def write(self, text: str, *, indent: int = 0, code: int | None = None) -> None:
        """Write text below an indent, line by line; where a line is too long it goes on in the next."""
        for line in text.split("\n"):
            begin = " " * (indent + len(line) - len(line.lstrip(" ")))
            wrapped = textwrap.wrap(line.strip(" "), max(_LEAST_COLUMNS // 2, self._columns - len(begin)),
                                    replace_whitespace=False, break_long_words=False, break_on_hyphens=False)
            for piece in wrapped or [""]:
                self.put(begin + (piece if code is None else self.style(piece, code)) if piece else "")

    def put_all(self, words: Sequence[tuple[str, int | None]], indent: int) -> None:
        """Write words, each with its style, in one line; those that do not fit go below it."""
        fits = len(words)
        while fits > 1 and len("  ".join(word for word, _ in words[:fits])) > self._columns:
            fits -= 1
        self.put("  ".join(word if code is None else self.style(word, code) for word, code in words[:fits]))
        for word, code in words[fits:]:
            self.write(word, indent=indent, code=code)

    def put(self, line: str = "") -> None:
        """Write a line as it is; what the output has no letter for becomes a question mark."""
        encoding = self._out.encoding or "utf-8"
        self._out.write(line.encode(encoding, "replace").decode(encoding) + "\n")


def show_result(result: Result, out: TextIO, *, verbose: bool = False) -> None:
    """Print every part with its state, points and feedback; with verbose also the evidence for staff."""
    page = Page(out)
    for note in result.notes:
        page.write(f"Note: {note}")
    for mark in result.marks:
        _show_mark(mark, page, verbose=verbose)
    page.put()
    _show_summary(result, page)
    if result.failure is not None:
        page.write(f"The grader failed: {result.failure}", code=_MAGENTA)


def _show_mark(mark: Mark, page: Page, *, verbose: bool) -> None:
    page.put()
    page.put_all([
        (f"{mark.number:>4}", None), (f"{mark.points:g}/{mark.max_points:g}".rjust(7), _BOLD),
        (mark.state.value, _COLOURS.get(mark.state, _RED)), (mark.title, None), (f"({mark.id})", _DIM)], indent=6)
    for paragraph in mark.verdict.feedback:
        page.write(paragraph, indent=6)
    for item in mark.verdict.items:
        page.write(f"{item.points:g}/{item.max_points:g} {item.state.value}: {item.name}", indent=6)
        if item.output:
            page.write("\n".join(item.output.splitlines()), indent=8)
    if verbose and mark.verdict.evidence:
        for evidence in _lines(dict(mark.verdict.evidence)):
            page.write(evidence, indent=8, code=_DIM)


def _lines(evidence: Json, indent: str = "") -> Iterator[str]:
    """Yield the evidence as indented lines; what is short stays on one."""
    if isinstance(evidence, dict):
        for key, value in evidence.items():
            short = json.dumps(value, default=str)
            if len(short) <= 100:
                yield f"{indent}{key}: {value if isinstance(value, str) else short}"
            else:
                yield f"{indent}{key}:"
                yield from _lines(value, indent + "  ")
    elif isinstance(evidence, list):
        for item in evidence:
            short = json.dumps(item, default=str)
            if len(short) <= 100:
                yield f"{indent}- {short}"
            else:
                yield f"{indent}-"
                yield from _lines(item, indent + "  ")
    else:
        yield f"{indent}{evidence}"


def _show_summary(result: Result, page: Page) -> None:
    rows = [("problem", "points", "states")]
    for problem in dict.fromkeys(mark.problem for mark in result.marks):
        marks = [mark for mark in result.marks if mark.problem == problem]
        states = ", ".join(
            f"{sum(1 for m in marks if m.state is state)} {state.value}"
            for state in dict.fromkeys(mark.state for mark in marks)
        )
        rows.append((problem, f"{sum(m.points for m in marks):g} / {sum(m.max_points for m in marks):g}", states))
    rows.append(("all", f"{result.points:g} / {result.max_points:g}", f"{result.seconds:.1f} s"))
    left, middle = (max(len(row[column]) for row in rows) for column in (0, 1))
    for number, (problem, points, states) in enumerate(rows):
        line = f"{problem.ljust(left)}  {points.rjust(middle)}"
        page.put(f"{page.style(line, _BOLD) if number in (0, len(rows) - 1) else line}  {states}")
