"""A path -> Submission: the student's files, and what was left out with the reason."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct, field

from autograder.submission.entries import (
    A_FOLDER,
    Archive,
    CannotRead,
    Entry,
    Folder,
    Source,
    is_ignored,
    is_plain_name,
)
from autograder.submission.notebooks import Notebook, read_notebook

CODE = frozenset({".py"})
WRITING = frozenset({".md", ".markdown", ".tex", ".txt", ".yaml", ".yml"})
NOTEBOOKS = frozenset({".ipynb"})
_COMPILED = frozenset({".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib"})
_OTHER_ARCHIVES = frozenset({".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz"})


class Limits(Struct, frozen=True):
    """How much of a submission is read, in bytes and files."""

    code_bytes: int = 2_000_000
    writing_bytes: int = 4_000_000
    notebook_bytes: int = 20_000_000
    other_bytes: int = 8_000_000
    archive_bytes: int = 100_000_000
    total_bytes: int = 64_000_000
    files: int = 1_000

    def for_file(self, path: str) -> int:
        kind = suffix(path)
        if kind in CODE:
            return self.code_bytes
        if kind in WRITING:
            return self.writing_bytes
        return self.notebook_bytes if kind in NOTEBOOKS else self.other_bytes


class Submission(Struct, frozen=True):
    """What a student handed in, as bytes that nothing has run or judged.

    files      path with `/` -> content; a folder that held everything is not part of the paths
    notebooks  the notebooks among them, by the same paths
    left_out   path -> why it is not among the files, as the end of a sentence: `it is a link`
    notes      sentences for the student
    """

    files: Mapping[str, bytes]
    notebooks: Mapping[str, Notebook] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Contents(Struct, frozen=True):
    """The files of a submission before notebooks are opened: what it is known by, and what another process is sent."""

    files: Mapping[str, bytes]
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def open(self) -> Submission:
        """Read the notebooks among the files."""
        notebooks, broken = _read_notebooks(self.files)
        notes = [*self.notes, *broken, *(note for notebook in notebooks.values() for note in notebook.notes)]
        return Submission(self.files, notebooks, self.left_out, tuple(notes))


class NoSubmission(Exception):
    """There is nothing at the path that was given; a slip of whoever typed it."""


def suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def quote(path: str) -> str:
    """Return a file name as it may be shown in a sentence."""
    shown = "".join(c if c.isprintable() and c != "`" else "?" for c in path)
    return f"`{shown if len(shown) <= 80 else shown[:77] + '...'}`"


def read_submission(path: Path, limits: Limits | None = None) -> Submission:
    """Read a folder, a zip archive or a single file.

    Whatever is wrong with what the student handed in becomes a note; NoSubmission is raised only when there is
    nothing at the path.
    """
    return _read_path(path, limits or Limits()).open()


def read_contents(source: Source, limits: Limits | None = None) -> Contents:
    """Read what a source holds of one student; whatever is wrong with it becomes a note."""
    return _read(source, limits or Limits())


def _read_path(path: Path, limits: Limits) -> Contents:
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        raise NoSubmission(f"there is no file or folder {path}") from None
    if stat.S_ISDIR(kind):
        return _read(Folder(path), limits)
    folder, name = Folder(path.absolute().parent), path.name
    if suffix(name) != ".zip":
        entry = Entry(name, path.stat().st_size, "" if stat.S_ISREG(kind) else "not a plain file")
        return _assemble(folder, [entry], limits)
    try:
        data = folder.read(Entry(name, 0), limits.archive_bytes)
    except CannotRead as error:
        return Contents({}, notes=(f"{quote(name)} was not opened: {error}.",))
    return _read_archive(name, data, limits)


def _read_archive(name: str, data: bytes, limits: Limits) -> Contents:
    if len(data) > limits.archive_bytes:
        return Contents({}, notes=(f"{quote(name)} is larger than {_megabytes(limits.archive_bytes)} and was not "
                                     "opened. Leave data sets and saved parameters out of it.",))
    try:
        return _read(Archive(quote(name), data), limits)
    except CannotRead as error:
        return Contents({}, notes=(str(error),))


def _read(source: Source, limits: Limits) -> Contents:
    try:
        entries = [entry for entry in source.entries() if not is_ignored(entry.path)]
    except CannotRead as error:
        return Contents({}, notes=(str(error),))
    inner = [entry for entry in entries if suffix(entry.path) == ".zip" and not entry.oddity]
    if len(inner) == 1 and not isinstance(source, Archive) and not any(_is_work(entry.path) for entry in entries):
        try:
            data = source.read(inner[0], limits.archive_bytes)
        except CannotRead as error:
            return Contents({}, notes=(f"{quote(inner[0].path)} was not opened: {error}.",))
        return _read_archive(inner[0].path, data, limits)
    return _assemble(source, entries, limits)


def _is_work(path: str) -> bool:
    return suffix(path) in CODE | WRITING | NOTEBOOKS


def _assemble(source: Source, entries: list[Entry], limits: Limits) -> Contents:
    """Read the entries, the student's own work first, so that no amount of data can crowd it out."""
    prefix = _common_folder(entry.path for entry in entries)
    files: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    bytes_left = limits.total_bytes
    for entry in sorted(entries, key=lambda e: (not _is_work(e.path), e.path.count("/"), e.path)):
        path = entry.path.removeprefix(prefix)
        if entry.oddity == A_FOLDER and not _is_work(path):
            continue
        reason = _why_not(entry, path, limits, len(files))
        if not reason:
            limit = min(limits.for_file(path), bytes_left)
            try:
                data = source.read(entry, limit)
            except CannotRead as error:
                reason = str(error)
            else:
                if len(data) <= limit:
                    files[path] = data
                    bytes_left -= len(data)
                elif limit < limits.for_file(path):
                    reason = f"all files together are larger than {_megabytes(limits.total_bytes)}"
                else:
                    reason = f"it is larger than {_megabytes(limit)}"
        if reason:
            left_out[path] = reason
    return Contents(files, left_out, (*_say_folder(prefix, files), *_say_left_out(left_out)))


def _why_not(entry: Entry, path: str, limits: Limits, taken: int) -> str:
    """Return why an entry is not even opened, or nothing."""
    kind = suffix(path)
    if entry.oddity:
        return f"it is {entry.oddity}"
    if not is_plain_name(path):
        return "its name holds characters that not every system can store"
    if kind in _COMPILED:
        return "compiled files are never run; hand in the .py source"
    if kind in _OTHER_ARCHIVES or kind == ".zip":
        return "it is an archive inside the submission; hand in the files themselves"
    if entry.bytes > limits.for_file(path):
        return f"it is larger than {_megabytes(limits.for_file(path))}"
    if taken >= limits.files:
        return f"there are more than {limits.files:,} files"
    return ""


def _common_folder(paths: Iterable[str]) -> str:
    """Return the folder, with `/`, that holds all of the student's work, or nothing where there is none."""
    work = [path.split("/")[:-1] for path in paths if _is_work(path) and is_plain_name(path)]
    common: list[str] = []
    if work:
        for steps in zip(*work, strict=False):
            if len(set(steps)) > 1:
                break
            common.append(steps[0])
    return "".join(f"{step}/" for step in common)


def _read_notebooks(files: Mapping[str, bytes]) -> tuple[dict[str, Notebook], list[str]]:
    notebooks: dict[str, Notebook] = {}
    broken: list[str] = []
    for path, data in files.items():
        if suffix(path) in NOTEBOOKS:
            try:
                notebooks[path] = read_notebook(path, data)
            except CannotRead as error:
                broken.append(str(error))
    return notebooks, broken


def _say_folder(prefix: str, files: Mapping[str, bytes]) -> list[str]:
    if not prefix or not files:
        return []
    return [f"Everything was found inside the folder {quote(prefix)} and was read from there."]


def _say_left_out(left_out: Mapping[str, str]) -> list[str]:
    """Say each reason once, with the files that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in left_out.items():
        by_reason.setdefault(reason, []).append(quote(path))
    notes = []
    for reason, names in by_reason.items():
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        notes.append(f"{shown} {'was' if len(names) == 1 else 'were'} left out: {reason}.")
    return notes


def _megabytes(size: int) -> str:
    return f"{size / 1e6:g} MB"
