"""A plain folder, or a zip of it: a folder or a zip for each student, by whatever name it has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from autograder.classroom.exports.export import Export, Gathering
from autograder.classroom.records import Student
from autograder.submission.entries import Entry, Folder, Source, is_ignored


def read(source: Source, entries: Sequence[Entry], path: Path) -> Export:
    """Read the folder; single files beside the folders belong to nobody."""
    gathering = Gathering()
    outer = _outer_folder(entries)
    for entry in entries:
        inside = entry.path.removeprefix(outer)
        folder, slash, file = inside.partition("/")
        if slash:
            gathering.add(folder, Student(folder, folder), file, entry)
        elif PurePosixPath(folder).suffix.lower() == ".zip":
            name = folder[: -len(".zip")]
            gathering.add(name, Student(name, name), folder, entry)
        else:
            gathering.nobodys.append(entry.path)
    for folder in sorted(_empty_folders(source, outer, gathering)):
        gathering.oddities.append(f"{folder} is an empty folder; if it is a student's, nothing was handed in")
    return gathering.export("folders", source)


def _empty_folders(source: Source, outer: str, gathering: Gathering) -> set[str]:
    if not isinstance(source, Folder):
        return set()
    return {item.name for item in (source.root / outer).iterdir() if item.is_dir() and not item.is_symlink()
            and not is_ignored(f"{item.name}/x")} - set(gathering.files)


def _outer_folder(entries: Sequence[Entry]) -> str:
    """Return the folder, with `/`, that a zip program put around the students' own; nothing where there is none."""
    tops = {entry.path.partition("/")[0] for entry in entries}
    if len(tops) != 1 or not all("/" in entry.path for entry in entries):
        return ""
    top = f"{tops.pop()}/"
    inner = [entry.path.removeprefix(top) for entry in entries]
    holds_students = all("/" in path or path.lower().endswith(".zip") for path in inner)
    return top if holds_students else ""
