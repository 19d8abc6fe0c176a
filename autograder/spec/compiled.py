"""Assignments that were found sound before, read back for as long as nothing changed that this depends on.

Reading YAML, validating it and checking it against references and suites takes most of the time in which a submission
could be graded. What comes of it is kept in the folder of the Python environment, beside the code and as safe as the
code is, together with a digest of all that took part. Any change of any of it, and everything is read anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import json

from autograder.spec.faults import SpecError
from autograder.spec.fields import Fields, Word, all_kinds, said_by
from autograder.spec.model import Assignment
from autograder.spec.reference_files import reference_folders

_PACKAGE = Path(__file__).resolve().parents[1]
_KEPT = Path(sys.prefix) / "var" / "autograder"
_MAX_KEPT = 30
_CODE = ("spec/*.py", "formula/declarations.py")
"""What decides whether an assignment is sound, and how it is kept."""


def open_assignment(folder: Path) -> Assignment:
    """Return a sound assignment: as it was kept, or read from its files.

    Raises SpecError with every fault of every file.
    """
    folder = folder.resolve()
    before = fingerprint(folder)
    kept = read_back(folder, before)
    if kept is not None:
        return kept
    from autograder.spec.loading import load_assignment  # and with it YAML, validation and all checks

    assignment = load_assignment(folder)
    if fingerprint(folder) == before:  # nobody wrote in between
        keep(assignment, before)
    return assignment


def open_all() -> None:
    """Keep every assignment beside the package, so that the first submission need not wait for it."""
    for file in sorted(_PACKAGE.parent.glob("problems/*/assignment.yaml")):
        with suppress(SpecError):
            open_assignment(file.parent)


def fingerprint(folder: Path) -> str:
    """Return a digest of all that an assignment and its soundness depend on: its folder, the references, our code."""
    digest = hashlib.sha256(f"{folder}\0{sys.version}\0".encode())
    for file in _files(folder):
        digest.update(f"{file}\0".encode())
        if file.suffix in (".py", ".yaml"):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for root in dict.fromkeys((folder, *reference_folders(folder))):
        for place, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            yield from (Path(place, name) for name in sorted(names))
    for pattern in _CODE:
        yield from sorted(_PACKAGE.glob(pattern))


def read_back(folder: Path, digest: str) -> Assignment | None:
    """Return what was kept of an assignment under this digest; None where there is nothing of the kind."""
    try:
        kept = json.decode(_file(folder).read_bytes())
        if kept["fingerprint"] != digest:
            return None
        return Assignment(folder=folder, **{name: _made(value) for name, value in kept["assignment"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # not there, or from another version
        return None


def keep(assignment: Assignment, digest: str) -> None:
    """Keep a sound assignment, where there is an environment of our own to keep it in."""
    if sys.prefix == sys.base_prefix:
        return
    fields = ("head", "problems", "digest")
    contents = {"fingerprint": digest, "assignment": {name: _plain(getattr(assignment, name)) for name in fields}}
    with suppress(OSError):  # read-only, or full: it is read anew the next time
        _KEPT.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=_KEPT)
        with open(descriptor, "wb") as file:
            file.write(json.encode(contents))
        os.replace(name, _file(assignment.folder))
        for old in sorted(_KEPT.iterdir(), key=lambda file: file.stat().st_mtime)[:-_MAX_KEPT]:
            old.unlink()


def _file(folder: Path) -> Path:
    return _KEPT / f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}.json"


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: a list is a tuple, an object holds one thing by the name of what it is."""
    if isinstance(value, Fields):
        return {type(value).__name__: {name: _plain(item) for name, item in said_by(value).items()}}
    if isinstance(value, Word):
        return {type(value).__name__: value.value}
    if isinstance(value, dict):
        return {"": {name: _plain(item) for name, item in value.items()}}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_made(item) for item in value])
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    if not isinstance(held, dict):
        return _kinds()[kind](held)
    made = {name: _made(item) for name, item in held.items()}
    return _kinds()[kind](**made) if kind else made


@cache
def _kinds() -> dict[str, type[Any]]:
    return {kind.__name__: kind for base in (Fields, Word) for kind in all_kinds(base)}
