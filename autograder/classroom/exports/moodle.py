"""Moodle's "Download all submissions": `NAME_NUMBER_assignsubmission_file_/FILE`, or the same without folders.

The number is that of the grading worksheet, where it stands as `Participant NUMBER`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from autograder.classroom.exports.export import Export, Gathering
from autograder.classroom.records import Student
from autograder.submission.entries import Entry, Source

NAME = re.compile(r"(?:[^/]+/)?(?P<name>[^/]*?)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?(?P<file>.*)",
                  re.DOTALL)


def read(source: Source, entries: Sequence[Entry], path: Path) -> Export:
    """Read a download; files that are in nobody's folder belong to nobody."""
    gathering = Gathering()
    for entry in entries:
        match = NAME.fullmatch(entry.path)
        file = match["file"].lstrip("/") if match else ""
        if match is None or not file:
            gathering.nobodys.append(entry.path)
            continue
        number = match["number"]
        gathering.add(number, Student(number, match["name"]), file, entry)
    return gathering.export("moodle", source)
