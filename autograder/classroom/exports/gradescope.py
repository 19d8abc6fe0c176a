"""Gradescope's "Export Submissions": `submission_metadata.yml` and a folder for each active submission.

The file's shape is documented nowhere: one key for each folder; below it Ruby symbols (`:submitters`, `:created_at`,
`:score`, `:results`, `:history`). `:history` holds earlier attempts, oldest first, with their results and no files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from autograder.classroom.exports.export import BadExport, Export, HandedIn, Recorded
from autograder.classroom.records import Student, say_names
from autograder.gradescope.metadata import parse_moment
from autograder.marks import Json
from autograder.spec.texts import BadTexts, Texts, TopEntry, read_entries
from autograder.submission.entries import CannotRead, Entry, Source

METADATA = ("submission_metadata.yml", "submission_metadata.yaml")
_MAX_METADATA_BYTES = 8 << 30


def is_metadata(path: str) -> bool:
    """Say whether a path is that of the file which tells who handed in what."""
    return path.count("/") <= 1 and path.rpartition("/")[2] in METADATA


def read(source: Source, entries: Sequence[Entry], path: Path) -> Export:
    """Read an export. Raises BadExport."""
    found = [entry for entry in entries if is_metadata(entry.path)]
    if len(found) != 1:
        names = ", ".join(entry.path for entry in found)
        raise BadExport(f"{path} holds more than one export: {names}. Give one of the folders." if found else
                        f"{path} has no {METADATA[0]}; export the submissions again, or say --from folders")
    top = found[0].path.rpartition("/")[0]
    folders: dict[str, dict[str, Entry]] = {}
    nobodys: list[str] = []
    for entry in entries:
        if entry is found[0]:
            continue
        inside = entry.path.removeprefix(f"{top}/") if top else entry.path
        folder, slash, name = inside.partition("/")
        if slash and (not top or entry.path.startswith(f"{top}/")):
            folders.setdefault(folder, {})[name] = entry
        else:
            nobodys.append(entry.path)
    reader = _Reader(folders)
    with _open(source, found[0], path) as file:
        try:
            for item in read_entries(file, Path(found[0].path)):
                reader.add(item)
        except BadTexts as error:
            raise BadExport(f"{path}: {error}\nWho handed in what cannot be read beyond that. Export again.") from None
    nobodys += [entry.path for name in sorted(folders.keys() - reader.named) for entry in folders[name].values()]
    return Export("gradescope", source, tuple(reader.submissions), tuple(sorted(nobodys)), tuple(reader.oddities))


def _open(source: Source, entry: Entry, path: Path) -> BinaryIO:
    if entry.oddity:
        raise BadExport(f"{path}: {entry.path} is {entry.oddity}")
    try:
        return BytesIO(source.read(entry, _MAX_METADATA_BYTES))
    except CannotRead as error:
        raise BadExport(f"{path}: {entry.path} cannot be used: {error}") from None


class _Reader:
    """Puts the entries of the metadata and the folders together."""

    def __init__(self, folders: Mapping[str, Mapping[str, Entry]]) -> None:
        self._folders = folders
        self.named: set[str] = set()
        self.submissions: list[HandedIn] = []
        self.oddities: list[str] = []

    def add(self, entry: TopEntry) -> None:
        name = entry.key
        fields = _mapping(entry.value)
        if not fields:
            self.oddities.append(f"{entry.place}: {name} says nothing of who handed it in")
            fields = {}
        self.named.add(name)
        submitters = [_mapping(one) for one in _list(_field(fields, "submitters"))]
        students = tuple(_student(one, name) for one in submitters)
        if not students:
            self.oddities.append(f"{entry.place}: {name} has no submitter; it is listed under its own name")
            students = (Student(name),)
        files = self._folders.get(name, {})
        if not files:
            self.oddities.append(f"{entry.place}: the export holds no files of {name} ({say_names(students)}); it is "
                                 "not graded")
        created_at = self._moment(fields, entry)
        self.submissions.append(HandedIn(name, students, files, created_at, tuple(_history(fields))))

    def _moment(self, fields: Mapping[str, Texts], entry: TopEntry) -> datetime | None:
        said = _text(_field(fields, "created_at"))
        moment = _read_moment(said)
        if said and moment is None:
            self.oddities.append(f"{entry.place}: {entry.key} was handed in at '{said}', which is no time with an "
                                 "offset; it counts as in time")
        return moment


def _history(fields: Mapping[str, Texts]) -> list[Recorded]:
    found = []
    for number, item in enumerate(_list(_field(fields, "history"))):
        one = _mapping(item)
        found.append(Recorded(
            id=_text(_field(one, "id")) or f"attempt {number + 1}",
            created_at=_read_moment(_text(_field(one, "created_at"))),
            score=_number(_text(_field(one, "score"))),
            results=cast("Mapping[str, Json]", _mapping(_field(one, "results"))),
        ))
    return found


def _student(fields: Mapping[str, Texts], submission: str) -> Student:
    """Return a submitter. Emails and numbers may be missing; then the name alone must do, within its submission."""
    name, email, sid = (_text(_field(fields, key)) for key in ("name", "email", "sid"))
    return Student(sid or email or f"{submission}:{name}", name, email, sid)


def _field(fields: Mapping[str, Texts], name: str) -> Texts:
    """Return a field under its Ruby symbol, or under the plain name where a tool has rewritten the file."""
    return fields.get(f":{name}", fields.get(name))


def _mapping(value: Texts) -> Mapping[str, Texts]:
    return value if isinstance(value, dict) else {}


def _list(value: Texts) -> list[Texts]:
    return value if isinstance(value, list) else []


def _text(value: Texts) -> str:
    plain = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(character for character in plain if character.isprintable())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _read_moment(text: str) -> datetime | None:
    """Read `2026-02-16 05:14:09.365935000 Z` and its like."""
    return parse_moment("".join(text.rsplit(" ", 1)) if text.count(" ") == 2 else text)
