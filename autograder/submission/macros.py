r"""A student's own LaTeX commands, written out: `\newcommand{\vc}{\mathbf{v}_c}`.

Definitions that recur or grow beyond all bounds are left as they stand; the reader of formulas refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

_HEAD = re.compile(
    r"\\(?:re)?(?:newcommand|providecommand)\*?\s*\{?\s*(?P<name>\\[A-Za-z]+)\s*\}?\s*(?:\[(?P<count>\d)\])?\s*(?=\{)"
    r"|\\def\s*(?P<defined>\\[A-Za-z]+)(?P<marks>(?:#\d)*)\s*(?=\{)"
    r"|\\DeclareMathOperator\*?\s*\{?\s*(?P<operator>\\[A-Za-z]+)\s*\}?\s*(?=\{)"
)
_MAX_MACROS = 200
_MAX_ROUNDS = 8
_MAX_CHARACTERS = 20_000


class Macro(Struct, frozen=True):
    """What a command stands for, with `#1` and so on where its arguments go."""

    arguments: int
    body: str


def find_macros(text: str) -> dict[str, Macro]:
    """Return the commands that a text defines, by name with the backslash."""
    macros: dict[str, Macro] = {}
    for match in islice(_HEAD.finditer(text), _MAX_MACROS):
        end = group_end(text[: match.end() + _MAX_CHARACTERS], match.end())
        if end is None:
            continue
        body = text[match.end() + 1 : end - 1]
        if match["operator"]:
            macros[match["operator"]] = Macro(0, rf"\operatorname{{{body}}}")
        elif match["defined"]:
            macros[match["defined"]] = Macro(match["marks"].count("#"), body)
        else:
            macros[match["name"]] = Macro(int(match["count"] or 0), body)
    return macros


def without_definitions(text: str) -> str:
    """Return a text without definitions of commands."""
    kept: list[str] = []
    position = 0
    for match in islice(_HEAD.finditer(text), _MAX_MACROS):
        end = group_end(text, match.end())
        if match.start() >= position and end is not None:
            kept.append(text[position : match.start()])
            position = end
    return "".join([*kept, text[position:]])


def expand(text: str, macros: Mapping[str, Macro]) -> str:
    """Return a formula with the student's commands written out, and what defines them left out."""
    if not macros:
        return text
    text = without_definitions(text)
    names = "|".join(re.escape(name) for name in sorted(macros, key=len, reverse=True))
    pattern = re.compile(rf"(?:{names})(?![A-Za-z])")
    for _ in range(_MAX_ROUNDS):
        match = pattern.search(text)
        if match is None or len(text) > _MAX_CHARACTERS:
            break
        text = _expand_once(text, pattern, macros)
    return text


def _expand_once(text: str, pattern: re.Pattern[str], macros: Mapping[str, Macro]) -> str:
    out: list[str] = []
    length = position = 0
    while (match := pattern.search(text, position)) is not None and length <= _MAX_CHARACTERS:
        macro = macros[match[0]]
        arguments, end = _arguments(text, match.end(), macro.arguments)
        body = _fill(macro.body, arguments)
        # A command swallows the space behind it; without one the next letter would become part of a name.
        joint = " " if end < len(text) and text[end].isalpha() else ""
        out += [text[position : match.start()], body, joint]
        length += sum(map(len, out[-3:]))
        position = end
    return "".join(out) + text[position:]


def _fill(body: str, arguments: list[str]) -> str:
    def argument(mark: re.Match[str]) -> str:
        number = int(mark[1])
        return arguments[number - 1] if 1 <= number <= len(arguments) else ""

    return re.sub(r"#(\d)", argument, body)


def _arguments(text: str, position: int, count: int) -> tuple[list[str], int]:
    """Read arguments as TeX does: a group in braces, a command, or one character."""
    found: list[str] = []
    while len(found) < count:
        start = position
        while start < len(text) and text[start].isspace():
            start += 1
        if start >= len(text):
            break
        if text[start] == "{" and (end := group_end(text, start)) is not None:
            found.append(text[start + 1 : end - 1])
        else:
            command = re.compile(r"\\[A-Za-z]+|.", re.DOTALL).match(text, start)
            assert command is not None
            end = command.end()
            found.append(command[0])
        position = end
    return found, position


def group_end(text: str, start: int) -> int | None:
    """Return the position behind the brace that closes the one at `start`, or None where none does."""
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return None
