r"""Parts named by a letter at the start of a line: `(b) ...`, `b) ...`, `Q1b: ...`, and below them `(i)`, `(ii)`.

Such letters stand in running text too, so they count only in a file whose headings, if it has any, are such letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from autograder.submission.part_names import PartNames
from autograder.submission.places import Place


class Line(Struct, frozen=True):
    text: str
    place: Place


class Heading(Struct, frozen=True):
    """A line that may name a part.

    A sure heading is one whatever it names, and ends the section before it; any other is one only when it names a part.
    """

    title: str
    level: int
    is_sure: bool = True
    rest: str = ""
    """What stands behind it on its line, and where."""
    rest_column: int = 1


NO_LABELS: Mapping[int, Heading] = MappingProxyType({})
BELOW_LETTERS = 9
"""The level of `(i)` below `(b)`."""
_LABEL = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\\(?:noindent|bigskip|medskip|smallskip|bigbreak|par|newline|textbf\{?)\s*)*[*_]{0,3}"
    r"(?P<title>(?:(?:q(?:uestion)?|part|problem|exercise|ex|task|aufgabe|teil)[\s.]*)?(?:\d{1,2}[\s.\-]*)?"
    r"(?:\((?:[a-z]|[ivx]{1,4})\)|(?:[a-z]|[ivx]{1,4})[.):]))\}?[*_]{0,3}:?(?=\s|$|[$\\])(?P<rest>.*)$",
    re.IGNORECASE,
)
_HEADING = re.compile(r" {0,3}#{1,6}\s*(?P<markdown>.+)$|\s*\\(?:sub){0,2}section\*?\s*\{(?P<latex>[^{}]+)\}")
_NUMBER_OR_LETTER = re.compile(
    r"[\W_]*(?:(?:part|question|problem|q)\W*)?(?:\d{1,2}|\d{0,2}\W*[a-z])\W*$", re.IGNORECASE)
_LETTER = re.compile(r"(?:\d{1,2}|[^\W\d_]{2,}|[\s.\-(#])*?(?P<letter>[a-z]|[ivx]{2,4})[).:\s]*$", re.IGNORECASE)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_MAX_TITLE = 40


def is_lettered(title: str) -> bool:
    """Whether a heading begins with the letter of a part: `(b)`, `Q1b`, `c) The gradient`."""
    title = title[:_MAX_TITLE]
    return _LABEL.match(title) is not None or _NUMBER_OR_LETTER.match(title) is not None


def find_labels(lines: Sequence[Line], names: PartNames, inside: Collection[int] = ()) -> dict[int, Heading]:
    """Return the headings that lines begin with, by the number of the line; `inside` are lines within a formula."""
    found = [(number, match) for number, line in enumerate(lines)
             if number not in inside and (match := _LABEL.match(line.text)) is not None]
    above = _headings_above([line.text for line in lines])
    letters = [_letter(match["title"]) for _, match in found]
    headings: dict[int, Heading] = {}
    last = parent = ""
    for at, (number, match) in enumerate(found):
        letter, title = letters[at], match["title"]
        if above[number] != parent:
            last, parent = "", above[number]
        following = letters[at + 1] if at + 1 < len(letters) else ""
        before = letters[at - 1] if at else ""
        is_roman = len(letter) > 1 or (letter == "i" and following == "ii") or (
            letter in _ROMAN[1:] and before == _ROMAN[_ROMAN.index(letter) - 1])
        if is_roman and last:
            headings[number] = Heading(title, BELOW_LETTERS, False, match["rest"], match.start("rest") + 1)
        elif letter > last and (names.find(title, [parent]) is not None or names.group(title)):
            headings[number] = Heading(title, 8, True, match["rest"], match.start("rest") + 1)
            last = letter
    return headings


def _headings_above(lines: Sequence[str]) -> list[str]:
    """Return for each line the title of the heading above it: letters begin anew below it."""
    above: list[str] = []
    title = ""
    for line in lines:
        match = _HEADING.match(line)
        title = (match["markdown"] or match["latex"] or "").strip(" #*:.") if match else title
        above.append(title)
    return above


def _letter(title: str) -> str:
    match = _LETTER.match(title)
    return match["letter"].lower() if match else ""
