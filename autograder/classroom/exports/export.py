"""What every kind of export gives: who handed in which files, and what belongs to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType

from autograder.classroom.records import Student
from autograder.marks import Json
from autograder.submission import Contents, read_contents
from autograder.submission.entries import Archive, Chosen, Entry, Source


class BadExport(Exception):
    """What was given is no export that can be read; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An attempt of which an export holds the results and no files."""

    id: str
    created_at: datetime | None
    score: float | None
    results: Mapping[str, Json]
    """The results.json that was stored of it, with every scalar as text; empty where there is none."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One submission of one student or group.

    files    name as the student knows it -> entry of the export's source
    history  what was handed in before it, oldest first
    """

    name: str
    students: tuple[Student, ...]
    files: Mapping[str, Entry]
    created_at: datetime | None = None
    history: tuple[Recorded, ...] = ()
    is_marked_late: bool = False
    """Whether the platform says so, where it gives no time."""


@dataclass(frozen=True, slots=True)
class Export:
    """All that was handed in for one assignment.

    nobodys   paths of files that belong to no submission
    oddities  what else staff should know, a sentence each
    """

    kind: str
    source: Source
    submissions: tuple[HandedIn, ...]
    nobodys: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()

    def contents(self, submission: HandedIn) -> Contents:
        """Return what was handed in; whatever is wrong with it is a note in it."""
        return read_contents(Chosen(self.source, submission.files))

    def close(self) -> None:
        """Close the zip that the files are read from."""
        if isinstance(self.source, Archive):
            self.source.close()

    def __enter__(self) -> Export:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(slots=True)
class Gathering:
    """Submissions while they are put together, by name."""

    files: dict[str, dict[str, Entry]] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    nobodys: list[str] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)

    def add(self, name: str, student: Student, path: str, entry: Entry) -> None:
        self.students.setdefault(name, student)
        self.files.setdefault(name, {})[path] = entry

    def export(self, kind: str, source: Source) -> Export:
        submissions = tuple(HandedIn(name, (self.students[name],), files, is_marked_late=name in self.late)
                            for name, files in sorted(self.files.items()))
        return Export(kind, source, submissions, tuple(sorted(self.nobodys)), tuple(self.oddities))
