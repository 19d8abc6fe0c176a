"""An assignment -> autograder.zip, as Gradescope wants it: the scripts at its root, nothing that is not needed.

The same input gives the same bytes on every machine: names are sorted, dates fixed, lines end in LF, and nothing is
compressed, since compressors differ.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.assignments import HOME
from autograder.gradescope.allowed import FILE as ALLOWED
from autograder.spec import Assignment
from autograder.spec.loading import reference_folders
from autograder.spec.reference_files import find_reference_files

SCRIPTS = ("run_autograder", "setup.sh")
_LOCK = "requirements.lock"
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can hold
_LEFT_OUT = frozenset({"__pycache__", "__MACOSX"})


class CannotPackage(Exception):
    """Something that the package needs is not there; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Package:
    """A finished zip, in memory."""

    data: bytes
    files: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the zip, to tell whether what is on Gradescope is this."""
        return hashlib.sha256(self.data).hexdigest()

    def write(self, path: Path) -> None:
        """Put the zip in place in one step. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            unfinished.write_bytes(self.data)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)


def build_package(assignment: Assignment, home: Path = HOME, allowed: str | None = None) -> Package:
    """Pack the grader, one assignment and the references it needs.

    home: the folder that holds `run_autograder` and the package.  allowed: why it is published in spite of faults, for
    staff. Raises CannotPackage.
    """
    contents = dict(_grader_files(home))
    contents |= _assignment_files(assignment)
    contents |= _references(assignment, home)
    if allowed is not None:
        contents[f"problems/{assignment.folder.name}/{ALLOWED}"] = allowed.encode()
    return Package(_pack(contents), tuple(sorted(contents)))


def _grader_files(home: Path) -> Iterator[tuple[str, bytes]]:
    for name in (*SCRIPTS, _LOCK):
        yield name, _read(home / name)
    for file in _files_below(home / "autograder"):
        yield f"autograder/{file.relative_to(home / 'autograder').as_posix()}", _read(file)


def _assignment_files(assignment: Assignment) -> dict[str, bytes]:
    """Return the assignment's own files by name, without the solution, which nothing there needs."""
    folder, solution = assignment.folder, assignment.head.solution
    found = {}
    for file in _files_below(folder):
        if solution is not None and file.is_relative_to(folder / solution):
            continue
        if not file.resolve().is_relative_to(folder.resolve()):
            raise CannotPackage(f"{file} is a link that leads out of the assignment; put the file itself there")
        found[f"problems/{folder.name}/{file.relative_to(folder).as_posix()}"] = _read(file)
    return found


def _references(assignment: Assignment, home: Path) -> dict[str, bytes]:
    """Return the shared references by name; those of the assignment's own folder are packed with it."""
    shared = home / "reference"
    needed = find_reference_files(reference_folders(assignment.folder), assignment.problems)
    return {
        f"reference/{file.relative_to(shared).as_posix()}": _read(file)
        for file in needed
        if file.is_relative_to(shared)
    }


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield what belongs into a package: no caches, no compiled or hidden files."""
    for file in sorted(folder.rglob("*")):
        steps = file.relative_to(folder).parts
        hidden = any(step.startswith(".") or step in _LEFT_OUT for step in steps)
        if file.is_file() and not hidden and file.suffix not in (".pyc", ".pyo"):
            yield file


def _read(file: Path) -> bytes:
    """Return the contents; text gets LF line ends, wherever it was checked out."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CannotPackage(f"{file} cannot be read: {error.strerror}") from None
    return data if b"\0" in data else data.replace(b"\r\n", b"\n")


def _pack(contents: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, _DATE)
            member.create_system = 3  # Unix, also where this runs on another: only then are run bits kept
            member.external_attr = (0o100755 if name in SCRIPTS else 0o100644) << 16
            archive.writestr(member, contents[name])
    return target.getvalue()
