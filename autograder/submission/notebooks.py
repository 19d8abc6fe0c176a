"""Notebooks: cells in their order, without what only a notebook server understands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from autograder.submission.entries import CannotRead
from autograder.submission.places import Text, join_cells

# Cell magics after which the rest of the cell is still Python that runs in the notebook.
_MEASURING = frozenset({"time", "timeit", "capture", "prun"})
_WRITING = frozenset({"writefile", "file"})
# None of these can begin a statement of Python: `%run x`, `!pip`, `?name`, `files = !ls`, `name?`.
_MAGIC = re.compile(r"\s*([%!?]|[\w.]+\s*=\s*[%!]|[\w.]+\s*\?{1,2}\s*$)")
_MAX_CELLS = 2_000
_MAX_CODE_CHARACTERS = 2_000_000
# Python needs twenty times the memory for `[],[],[],` that the text takes.
_MAX_BRACKETS = 400_000


class Cell(Struct, frozen=True):
    """A cell of a notebook; cells of every kind are numbered from 1 as they stand."""

    number: int
    source: str


class Notebook(Struct, frozen=True):
    """What a notebook holds: Python, prose, and files that `%%writefile` would have written."""

    file: str
    code: tuple[Cell, ...]
    prose: tuple[Cell, ...]
    written_files: Mapping[str, Cell]
    notes: tuple[str, ...]

    def module(self) -> Text:
        """Return all code cells as one Python file."""
        return join_cells(self.file, [(cell.number, cell.source) for cell in self.code])

    def writing(self) -> Text:
        """Return all prose cells as one Markdown file."""
        return join_cells(self.file, [(cell.number, cell.source) for cell in self.prose])


def read_notebook(file: str, data: bytes) -> Notebook:
    """Read a notebook of any version that is in use; raise CannotRead with a sentence when it is none."""
    if data.count(b"[") + data.count(b"{") > _MAX_BRACKETS:
        raise CannotRead(f"`{file}` holds too much data to be opened. Clear its outputs and hand it in again.")
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_int=_bounded_integer)
    except (ValueError, RecursionError):
        raise CannotRead(
            f"`{file}` is not a notebook that can be opened: it is cut short or damaged. "
            "Open it in Jupyter, save it, and hand it in again."
        ) from None
    code: list[Cell] = []
    prose: list[Cell] = []
    written: dict[str, Cell] = {}
    dropped: list[str] = []
    for number, (kind, source) in enumerate(_cells(content, file), start=1):
        if kind == "code":
            cleaned = clean_cell(source)
            dropped.extend(f"`{line}` (cell {number})" for line in cleaned.dropped)
            if cleaned.writes is not None:
                written[cleaned.writes] = Cell(number, cleaned.source)
            elif cleaned.source.strip():
                code.append(Cell(number, cleaned.source))
        else:
            prose.append(Cell(number, source))
    return Notebook(file, tuple(code), tuple(prose), written, tuple(_say_dropped(file, dropped)))


def _say_dropped(file: str, dropped: list[str]) -> Iterator[str]:
    if dropped:
        shown = ", ".join(dropped[:3]) + (f" and {len(dropped) - 3} more" if len(dropped) > 3 else "")
        yield f"Lines of `{file}` that only a notebook understands were left out: {shown}."


def _bounded_integer(digits: str) -> int:
    return int(digits) if len(digits) <= 18 else 0


def _cells(content: Any, file: str) -> Iterator[tuple[str, str]]:
    """Yield kind and source of each cell; a heading of the older format becomes a Markdown heading."""
    sheets = content.get("worksheets") if isinstance(content, dict) else None
    holders = sheets if isinstance(sheets, list) else [content]
    groups = [holder["cells"] for holder in holders if isinstance(holder, dict) and "cells" in holder]
    if not groups or not all(isinstance(cells, list) for cells in groups):
        raise CannotRead(f"`{file}` holds no cells, so it is not a notebook. Hand in the notebook itself.")
    cells = [cell for group in groups for cell in group]
    if len(cells) > _MAX_CELLS:
        raise CannotRead(f"`{file}` holds more than {_MAX_CELLS:,} cells. Hand in a smaller notebook.")
    code_left = _MAX_CODE_CHARACTERS
    for cell in cells:
        cell = cell if isinstance(cell, dict) else {}
        kind = cell.get("cell_type")
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        source = source.replace("\r\n", "\n") if isinstance(source, str) else ""
        code_left -= len(source) if kind == "code" else 0
        if code_left < 0:
            raise CannotRead(f"`{file}` holds more than {_MAX_CODE_CHARACTERS / 1e6:g} MB of code. Take it apart.")
        if kind == "heading":
            level = cell.get("level")
            source = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
        yield ("code" if kind == "code" else "prose"), source


class CleanCell(Struct, frozen=True):
    """The Python of a cell, the lines that were dropped, and the file that `%%writefile` names."""

    source: str
    dropped: tuple[str, ...] = ()
    writes: str | None = None


def clean_cell(source: str) -> CleanCell:
    """Take out magics and shell lines; every other line keeps its number."""
    lines = source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    head = lines[first].strip()
    if head.startswith("%%"):
        magic, _, argument = head[2:].partition(" ")
        if magic in _WRITING:
            name = argument.split()[-1].strip("'\"") if argument.split() else ""
            return CleanCell("\n".join(["", *lines[first + 1 :]]), writes=name.removeprefix("./"))
        if magic not in _MEASURING:
            return CleanCell("", (_shorten(head),))
        inner = clean_cell("\n".join([*[""] * (first + 1), *lines[first + 1 :]]))
        return CleanCell(inner.source, (_shorten(head), *inner.dropped))
    return _drop_magic_lines(lines)


def _drop_magic_lines(lines: list[str]) -> CleanCell:
    dropped: list[str] = []
    scanner = LogicalLines()
    goes_on = False
    for number, line in enumerate(lines):
        if goes_on or (scanner.at_start and _MAGIC.match(line) and not line.lstrip().startswith("#")):
            if not goes_on:
                dropped.append(_shorten(line.strip()))
            # A block must not become empty, and no later line may change its number.
            indent = line[: len(line) - len(line.lstrip())]
            lines[number] = f"{indent}pass" if not goes_on else ""
            goes_on = line.rstrip().endswith("\\")
        else:
            scanner.feed(line)
    return CleanCell("\n".join(lines), tuple(dropped))


def _shorten(line: str) -> str:
    line = line.replace("`", "'")
    return line if len(line) <= 40 else line[:39] + "…"


class LogicalLines:
    """Follows Python text line by line, and knows whether the next line begins a statement."""

    def __init__(self) -> None:
        self._brackets = 0
        self._quote = ""
        self._continued = False

    @property
    def at_start(self) -> bool:
        return not (self._brackets or self._quote or self._continued)

    def feed(self, line: str) -> None:
        position = 0
        while position < len(line):
            if self._quote:
                position += self._inside_string(line, position)
                continue
            character = line[position]
            if character == "#":
                break
            if character in "'\"":
                triple = character * 3
                self._quote = triple if line.startswith(triple, position) else character
                position += len(self._quote)
                continue
            if character in "([{":
                self._brackets += 1
            elif character in ")]}":
                self._brackets = max(0, self._brackets - 1)
            position += 1
        self._continued = position >= len(line) and line.endswith("\\")
        if len(self._quote) == 1 and not self._continued:
            self._quote = ""  # a string of one line that was never closed: Python will say so

    def _inside_string(self, line: str, position: int) -> int:
        """Return how many characters of a string were passed."""
        if line[position] == "\\":
            return 2
        if line.startswith(self._quote, position):
            length = len(self._quote)
            self._quote = ""
            return length
        return 1
