"""The two places that files come from, a folder and a zip archive, each read without trusting anything in it.

Nothing is followed, nothing is unpacked to disk, and nothing but a regular file is ever opened for its content:
a pipe would block, a device would never end, and a link would hand over a file of ours.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from msgspec import Struct
from msgspec.structs import replace

A_FOLDER = "a folder, not a file"
"""Said of folders whose names look like those of files: `solution.py/`."""

MAX_DEPTH = 12
MAX_ENTRIES = 20_000
# The list of contents of an honest archive is small; a huge one is an attack on the memory of whoever reads it.
MAX_CONTENTS_BYTES = 2_000_000

# What the zip reader raises for archives that are cut short, altered or made to confuse it.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError)

_IGNORED_FOLDERS = frozenset({"__pycache__", "__MACOSX", "node_modules", "site-packages", "venv"})
_IGNORED_FILES = frozenset({"Thumbs.db", "desktop.ini"})


class CannotRead(Exception):
    """A file or an archive that cannot be read; the text is one sentence for the student."""


class Entry(Struct, frozen=True):
    """Something in a submission: its path with `/`, its size, and what it is when it is not a plain file."""

    path: str
    bytes: int
    oddity: str = ""


class Source(Protocol):
    """Where a submission lies."""

    def entries(self) -> Iterator[Entry]:
        """Yield what there is, in any order; raise CannotRead when it cannot be listed."""

    def read(self, entry: Entry, limit_bytes: int) -> bytes:
        """Return at most one byte more than the limit; raise CannotRead with a sentence about the file."""


def is_ignored(path: str) -> bool:
    """Say whether a path is what computers leave behind: hidden files, caches, environments."""
    *folders, name = path.split("/")
    return (
        any(folder in _IGNORED_FOLDERS or _is_hidden(folder) for folder in folders)
        or _is_hidden(name)
        or name in _IGNORED_FILES
    )


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name != ".."


def is_plain_name(path: str) -> bool:
    """Say whether a path can be shown, stored and used on any system."""
    return len(path) <= 200 and path.isprintable() and "\\" not in path and _encodes(path)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Bounds(Struct, frozen=True):
    """How much a folder or an archive may list; what a whole class handed in may list more than one student."""

    entries: int = MAX_ENTRIES
    contents_bytes: int = MAX_CONTENTS_BYTES


_USUAL = Bounds()


class Folder:
    """A folder on disk. Links are listed and never followed."""

    def __init__(self, root: Path, bounds: Bounds = _USUAL) -> None:
        self.root = root
        self._bounds = bounds

    def entries(self) -> Iterator[Entry]:
        left = self._bounds.entries
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                found = list(os.scandir(self.root / folder))
            except OSError as error:
                if not folder:
                    raise CannotRead(f"The submitted folder cannot be listed: {error.strerror}.") from None
                yield Entry(folder, 0, "a folder that cannot be opened")
                continue
            for item in found:
                left -= 1
                if left < 0:
                    raise CannotRead(f"The submission holds more than {self._bounds.entries:,} files. Hand in only "
                                     "your own.")
                path = f"{folder}/{item.name}" if folder else item.name
                entry = _classify(path, item)
                if entry is not None:
                    yield entry
                    continue
                if "." in item.name[1:]:
                    yield Entry(path, 0, A_FOLDER)
                if not is_ignored(f"{path}/x") and path.count("/") < MAX_DEPTH:
                    waiting.append(path)

    def read(self, entry: Entry, limit_bytes: int) -> bytes:
        try:
            descriptor = self._open(entry.path)
        except OSError as error:
            raise CannotRead(f"it cannot be opened ({error.strerror})") from None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CannotRead("it is not a plain file")
            try:
                return file.read(limit_bytes + 1)
            except OSError as error:
                raise CannotRead(f"it cannot be read ({error.strerror})") from None

    def _open(self, path: str) -> int:
        """Open a file beneath the root, refusing a link at every step of the way."""
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        no_links = getattr(os, "O_NOFOLLOW", 0)
        if os.open not in os.supports_dir_fd:
            return os.open(self.root / path, flags | no_links)
        *folders, name = path.split("/")
        here = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | no_links, dir_fd=here)
                os.close(here)
                here = inner
            return os.open(name, flags | no_links, dir_fd=here)
        finally:
            os.close(here)


def _classify(path: str, item: os.DirEntry[str]) -> Entry | None:
    """Return the entry, or None for a folder to look into."""
    try:
        status = item.stat(follow_symlinks=False)
    except OSError:
        return Entry(path, 0, "a file that vanished")
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        return None
    return Entry(path, status.st_size, "" if stat.S_ISREG(mode) else _name_kind(mode))


def _name_kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


class Archive:
    """A zip archive, never unpacked to disk, bounded by what is asked for and never by what it claims."""

    def __init__(self, name: str, data: bytes | BinaryIO, bounds: Bounds = _USUAL) -> None:
        self.name = name
        self._file = file = io.BytesIO(data) if isinstance(data, bytes) else data
        _refuse_huge_contents(name, file, bounds)
        try:
            self._zip = zipfile.ZipFile(file)
            self._members = {_tidy(member.filename): member for member in self._zip.infolist()}
        except _DAMAGE:
            raise CannotRead(f"{name} is broken and cannot be unpacked. Make it again and hand it in.") from None
        if len(self._members) > bounds.entries:
            raise CannotRead(f"{name} holds more than {bounds.entries:,} files. Hand in only your own.")

    def entries(self) -> Iterator[Entry]:
        for path, member in self._members.items():
            kind = member.external_attr >> 16
            if path.endswith("/"):
                if "." in path.rstrip("/").rpartition("/")[2][1:]:
                    yield Entry(path.rstrip("/"), 0, A_FOLDER)
                continue
            steps = path.split("/")
            if path.startswith("/") or ".." in steps or ":" in steps[0]:
                yield Entry(path, 0, "a path that leads out of the archive")
            elif member.flag_bits & 0x1:
                yield Entry(path, 0, "locked with a password")
            elif stat.S_IFMT(kind) not in (0, stat.S_IFREG):
                yield Entry(path, 0, _name_kind(kind))
            elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                yield Entry(path, 0, "packed in an unusual way")
            else:
                yield Entry(path, member.file_size)

    def read(self, entry: Entry, limit_bytes: int) -> bytes:
        member = self._members.get(entry.path)
        if member is None:
            raise CannotRead("it is not a plain file")  # a folder with the name of a file
        try:
            with self._zip.open(member) as file:
                return file.read(limit_bytes + 1)
        except _DAMAGE:
            raise CannotRead("it is damaged inside the archive") from None

    def close(self) -> None:
        """Close the file that it is read from."""
        self._file.close()


def _tidy(path: str) -> str:
    """Return a path as other archivers would have written it; where it leads is not changed."""
    path = path.replace("\\", "/")
    tail = "/".join(step for step in path.split("/") if step not in ("", "."))
    return ("/" if path.startswith("/") else "") + tail + ("/" if path.endswith("/") else "")


class Chosen:
    """Some of the entries of another source, under other names: what one student of a class handed in."""

    def __init__(self, source: Source, chosen: Mapping[str, Entry]) -> None:
        self._source = source
        self._chosen = chosen

    def entries(self) -> Iterator[Entry]:
        for name, entry in self._chosen.items():
            yield replace(entry, path=name)

    def read(self, entry: Entry, limit_bytes: int) -> bytes:
        return self._source.read(self._chosen[entry.path], limit_bytes)


def _refuse_huge_contents(name: str, file: BinaryIO, bounds: Bounds) -> None:
    """Look at the size of the list of contents before the zip reader builds an object for each of its lines."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 66_000))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0 and int.from_bytes(tail[end + 12 : end + 16], "little") > bounds.contents_bytes:
        raise CannotRead(f"{name} lists too many files. Hand in only your own.")
