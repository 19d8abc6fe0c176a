"""Text that was put together from pieces, and where each of its lines stands in the student's files."""

from __future__ import annotations

import re
from bisect import bisect_right

from msgspec import Struct

_PLAIN_FILE = re.compile(r"[\w./ ()-]+")


class Place(Struct, frozen=True):
    """A position as a student would look it up; lines and columns count from 1, within the cell of a notebook."""

    file: str
    line: int
    column: int = 1
    cell: int | None = None

    def __str__(self) -> str:
        cell = f"cell {self.cell} of " if self.cell is not None else ""
        # A name may hold what a page would carry out; as code it does nothing.
        file = self.file if _PLAIN_FILE.fullmatch(self.file) else "`" + self.file.replace("`", "?") + "`"
        return f"{cell}{file}, line {self.line}"


class Piece(Struct, frozen=True):
    """A stretch of lines that comes from one cell; the first of them is line `first_line` of the whole text."""

    first_line: int
    cell: int | None = None


class Text(Struct, frozen=True):
    """Text of one file, or of the cells of one notebook one after the other."""

    file: str
    text: str
    pieces: tuple[Piece, ...] = (Piece(1),)

    def place(self, line: int, column: int = 1) -> Place:
        """Return where a line of this text stands; lines count from 1."""
        number = bisect_right([piece.first_line for piece in self.pieces], line) - 1
        piece = self.pieces[max(number, 0)]
        return Place(self.file, line - piece.first_line + 1, column, piece.cell)


def join_cells(file: str, cells: list[tuple[int, str]]) -> Text:
    """Put numbered cells one after the other, a blank line between each two."""
    pieces: list[Piece] = []
    texts: list[str] = []
    line = 1
    for number, text in cells:
        pieces.append(Piece(line, number))
        texts.append(text)
        line += text.count("\n") + 2
    return Text(file, "\n\n".join(texts), tuple(pieces) or (Piece(1),))


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file with `\\n` line ends, and the encoding where it is not UTF-8, else ''.

    Raises ValueError for what is no text at all.
    """
    encoding = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, encoding = data.decode("utf-16"), "UTF-16"
    elif data.count(b"\0") > 8 + len(data) // 100 or data.startswith((b"%PDF-", b"PK\x03\x04")):
        raise ValueError("not text")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text, encoding = data.decode("cp1252", errors="replace"), "Latin-1"
    # A stray NUL spoils the one answer that it stands in, not the file.
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd"), encoding
