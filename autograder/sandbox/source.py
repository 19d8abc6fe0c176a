"""Source files as text: both sides read a student's bytes in the same way, so that line numbers agree."""

from __future__ import annotations

import codecs
import marshal
import re
from dataclasses import dataclass
from functools import lru_cache

HARNESS_NAME = "_harness"
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Codecs that map bytes to characters and do nothing else. Python knows others (rot13, zlib, punycode).
_PLAIN_CODEC = re.compile(
    r"utf-?(8|16|16-le|16-be|32)|utf-8-sig|ascii|latin-?1|iso8859-\d+|cp\d+|mac-\w+|koi8-\w"
    r"|gbk|gb2312|gb18030|big5|big5hkscs|euc_\w+|shift_jis\w*|iso2022_\w+"
)


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, its lines ended by newlines, and what had to be assumed to read it."""

    text: str
    note: str | None

    def line(self, number: int) -> str:
        """Return line `number`, counted from 1, or an empty text."""
        lines = self.text.split("\n")
        return lines[number - 1] if 1 <= number <= len(lines) else ""


def decode_source(data: bytes) -> Source:
    """Decode a Python file: byte order mark, then coding comment, then UTF-8, then Latin-1. Never fails."""
    text, note = _decode(data)
    return Source(text.replace("\r\n", "\n").replace("\r", "\n"), note)


def _decode(data: bytes) -> tuple[str, str | None]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            note = None if name == "utf-8" else "The file is UTF-16; Python itself wants UTF-8."
            return data[len(mark) :].decode(name, "replace"), note
    declared = _declared_codec(data)
    if declared is not None:
        try:
            return data.decode(declared), None
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return data.decode("latin-1"), f"Line {line} is not UTF-8; the file was read as Latin-1."


def _declared_codec(data: bytes) -> str | None:
    for line in data.split(b"\n", 2)[:2]:
        match = _COOKIE.match(line)
        if match is None:
            if line.strip() and not line.lstrip().startswith(b"#"):
                return None
            continue
        try:
            name = codecs.lookup(match[1].decode("ascii")).name
        except (LookupError, ValueError):
            return None
        return name if _PLAIN_CODEC.fullmatch(name) else None
    return None


@lru_cache(maxsize=16)
def compile_harness(source: bytes) -> bytes:
    """Return the adapters of an assignment's author as bytecode, so that not every worker compiles them.

    Raises SyntaxError: the assignment is at fault, and no student.
    """
    return marshal.dumps(compile(source.decode("utf-8"), HARNESS_NAME, "exec", dont_inherit=True))
