"""Canvas's "Download Submissions": one flat list of files, `NAME[_LATE]_USER_ATTACHMENT_FILE`.

The name is the sortable one in small letters without spaces or commas; text typed into Canvas becomes
`NAME_USER_text.html`. A file that was handed in again under the same name ends in `-1`, `-2` and so on.
Source: Canvas LMS, lib/content_zipper.rb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from autograder.classroom.exports.export import Export, Gathering
from autograder.classroom.records import Student
from autograder.submission.entries import Entry, Source

_REST = r"(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<typed>(?:text|link)\.html))"
NAME = re.compile(rf"(?P<name>.+?)_(?:(?P<late>late)_)?(?P<user>\d+)_{_REST}", re.IGNORECASE | re.DOTALL)
_ANONYMOUS = re.compile(rf"(?:(?P<late>late)_)?(?P<name>anon)_(?P<user>[a-z0-9]+)_{_REST}", re.IGNORECASE | re.DOTALL)
_AGAIN = re.compile(r"(?P<stem>.+?)-(?P<number>\d{1,2})(?P<suffix>\.[^.]+)?")


def read(source: Source, entries: Sequence[Entry], path: Path) -> Export:
    """Read a download; files whose names do not say whose they are belong to nobody."""
    gathering = Gathering()
    latest: dict[tuple[str, str], int] = {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        name = entry.path.rpartition("/")[2]
        match = _ANONYMOUS.fullmatch(name) or NAME.fullmatch(name)
        if match is None or entry.path.count("/") > 1:
            gathering.nobodys.append(entry.path)
            continue
        student = Student(match["user"], match["name"])
        if match["late"]:
            gathering.late.add(student.id)
        file, attachment = without_number(match["file"] or match["typed"]), int(match["attachment"] or 0)
        before = latest.get((student.id, file))
        if before is not None:
            gathering.oddities.append(f"{student.name} ({student.id}) handed in {file} more than once; the one with "
                                      f"the highest number counts, {max(before, attachment)}")
        if before is None or attachment > before:
            latest[student.id, file] = attachment
            gathering.add(student.id, student, file, entry)
    return gathering.export("canvas", source)


def without_number(file: str) -> str:
    """Return the name of a file as it was before Canvas told it from one that was handed in earlier."""
    match = _AGAIN.fullmatch(file)
    return f"{match['stem']}{match['suffix'] or ''}" if match else file
