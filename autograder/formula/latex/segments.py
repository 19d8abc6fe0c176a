r"""Stretches of a text before its signs are read: formulas between dollar signs, words around them, lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

_DOLLARS = re.compile(r"(?<!\\)(?:\$\$?|\\[()\[\]])")
"""Where formulas begin and end; `\\\\[0.2in]` is the end of a line and its height."""
_TEXT = re.compile(r"\\([a-z]+)\s*\{")
_NESTING = re.compile(r"\\begin\b|\\end\b|(?<!\\)[{}]|\n")

FORMULA = re.compile(r"[\\<>=≠≤≥^]")
_NUMBER = r"(?P<number>-?\d+(?:\.\d+)?)"
LEADING_NUMBER = re.compile(rf"\s*(?:(?:[A-Za-z]+\s+){{0,5}}(?:is|equals)\s)?\s*{_NUMBER}(?=,?\s+[a-z]{{2,}})")
"""A number that a sentence begins with, as an answer and its reason: `0, since $J$ ...`, `It is 0, since $J$ ...`."""
CASE_NUMBER = re.compile(rf"(?<![\w.-]){_NUMBER}(?=,?\s+(?:if|for|when|whenever|otherwise|else|elsewhere)\b)")
"""A value with its condition among words: `1 if $x > 0$ and 0 if $x < 0$`."""


class Segment(Struct, frozen=True):
    """A stretch `source[start:end]`; outside of dollar signs it may be prose."""

    start: int
    end: int
    outside: bool


def segments(source: str, text_commands: Collection[str]) -> list[Segment]:
    """Return the stretches between dollar signs; one for all of a text in which they do not come in pairs."""
    inside = [span for match in _TEXT.finditer(source) if (span := _text_span(source, match, text_commands))]
    marks = [match.span() for match in _DOLLARS.finditer(source)
             if not any(start < match.start() < end for start, end in inside)]
    if not marks or len(marks) % 2:
        return [Segment(0, len(source), False)]
    edges = [0, *(edge for mark in marks for edge in mark), len(source)]
    stretches = list(zip(edges[::2], edges[1::2], strict=True))
    return [Segment(start, end, number % 2 == 0) for number, (start, end) in enumerate(stretches) if end > start]


def numbers_apart(source: str, parts: Iterable[Segment]) -> Iterator[Segment]:
    """Yield stretches so that a number that is a value among words is none of the words."""
    for part in parts:
        start = part.start
        numbers = [LEADING_NUMBER.match(source, start, part.end)] if part.outside and not start else []
        if part.outside and not FORMULA.search(source, start, part.end):
            numbers += CASE_NUMBER.finditer(source, start, part.end)
        for number in numbers:
            first = number.start("number") if number is not None else 0
            if number is None or first < start:
                continue
            if first > start:
                yield Segment(start, first, True)
            yield Segment(first, number.end(), False)
            start = number.end()
        if start < part.end or part.start == part.end:
            yield Segment(start, part.end, part.outside)


def _text_span(source: str, match: re.Match[str], text_commands: Collection[str]) -> tuple[int, int] | None:
    """Return where a command such as `\\text{...}` begins and ends; dollar signs in it are its own."""
    end = brace_end(source, match.end() - 1)
    return (match.start(), end) if end is not None and f"\\{match[1]}" in text_commands else None


def line_breaks(source: str, text_commands: Collection[str]) -> Iterator[int]:
    """Yield the ends of lines outside of dollar signs, braces and environments."""
    found = segments(source, text_commands)
    outside = [segment for segment in found if segment.outside] or found
    depth = 0
    for match in _NESTING.finditer(source):
        if match[0] == "\n" and depth == 0 and any(part.start <= match.start() < part.end for part in outside):
            yield match.start()
        depth += (match[0] in ("{", "\\begin")) - (match[0] in ("}", "\\end"))


def brace_end(source: str, start: int) -> int | None:
    """Return where the brace that opens at `start` closes; None where it does not."""
    depth = 0
    for position in range(start, len(source)):
        depth += {"{": 1, "}": -1}.get(source[position], 0)
        if depth == 0:
            return position
    return None
