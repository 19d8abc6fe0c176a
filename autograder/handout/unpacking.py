"""Every file of a handout as it can be read: archives opened, however deep, and text that was encoded decoded."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_MAX_DEPTH = 6
_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file, or what was inside one; `text` is None where it is no text."""

    path: str
    data: bytes

    @property
    def text(self) -> str | None:
        for encoding in ("utf-8-sig", "utf-16") if self.data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
            try:
                return self.data.decode(encoding)
            except UnicodeDecodeError:
                continue
        return None if b"\0" in self.data else self.data.decode("latin-1")


def unpack(files: Mapping[str, bytes]) -> Iterator[Piece]:
    """Yield every file, and everything that is inside one of them."""
    for path, data in files.items():
        yield from _open(path, data, 0)


def _open(path: str, data: bytes, depth: int) -> Iterator[Piece]:
    yield Piece(path, data)
    if depth >= _MAX_DEPTH:
        return
    for name, inner in _inside(path, data):
        yield from _open(f"{path}!{name}", inner, depth + 1)


def _inside(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what an archive holds, or what a compressed or encoded file becomes."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist() if not name.endswith("/"))
        return
    if data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar.getmembers():
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file.read()
        return
    for magic, expand in _COMPRESSED.items():
        if data.startswith(magic):
            try:
                yield "", expand(data)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
                continue
            return
    if path.endswith(".ipynb"):
        yield from _cells(data)
    yield from _decoded(data)


_COMPRESSED: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
    b"\x78\x9c": zlib.decompress,
    b"\x78\xda": zlib.decompress,
}


def _cells(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the sources and outputs of a notebook's cells as plain text."""
    try:
        cells = json.loads(data)["cells"]
    except (ValueError, KeyError, TypeError):
        return
    for number, cell in enumerate(cells, start=1):
        texts = [cell.get("source", ""), *(output.get("text", "") for output in cell.get("outputs", ()))]
        joined = "\n".join("".join(text) if isinstance(text, list) else str(text) for text in texts)
        yield f"cell {number}", joined.encode()


def _decoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what long runs of base64 or hexadecimal digits stand for, where that is text or an archive."""
    for number, match in enumerate(_ENCODED.finditer(data), start=1):
        for decode in (_from_base64, _from_hexadecimal):
            decoded = decode(match[0])
            if decoded and (_is_text(decoded) or decoded[:2] in (b"PK", b"\x1f\x8b", b"\x78\x9c")):
                yield f"encoded {number}", decoded


def _from_base64(run: bytes) -> bytes:
    run = run.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(run + b"=" * (-len(run) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _from_hexadecimal(run: bytes) -> bytes:
    try:
        return binascii.unhexlify(run)
    except binascii.Error:
        return b""


def _is_text(data: bytes) -> bool:
    return all(32 <= byte < 127 or byte in (9, 10, 13) for byte in data)
