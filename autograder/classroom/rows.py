"""What a store's rows mean: who does something, what a result is known by, what a run says of a submission.

And how marks, students and earlier attempts are written in a cell, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from autograder.classroom.records import PartMark, Student
from autograder.marks import Json, State


@dataclass(frozen=True, slots=True)
class By:
    """Who does something to a store, and why."""

    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """What a result is known by."""

    content: str
    spec: str
    grader: str


@dataclass(frozen=True, slots=True)
class ProblemResult:
    """What came of one problem of one submission, as it is stored."""

    marks: tuple[PartMark, ...]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt of which only the results are known."""

    name: str
    created_at: datetime | None
    marks: tuple[PartMark, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission of a run, and which result counts for each of its problems."""

    name: str
    students: tuple[Student, ...]
    content: str | None
    results: Mapping[str, int]
    created_at: datetime | None = None
    is_latest: bool = True
    late_days: int = 0
    kept_share: float = 1.0
    failure: str | None = None
    history: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class RunHead:
    """What a run is about."""

    export: str
    kind: str
    problems: tuple[str, ...]
    parts: tuple[str, ...]
    """Ids of all parts in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was made."""

    id: int
    head: RunHead
    made_at: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that somebody did."""

    at: str
    who: str
    what: str
    run: int | None
    why: str


@dataclass(frozen=True, slots=True)
class HandMark:
    """Points that a person gave to a student for a part; None: taken back."""

    number: int
    """Counts up with each hand mark."""
    student: str
    part: str
    points: float | None
    who: str
    why: str
    at: str


def read_moment(text: str | None) -> datetime | None:
    """Return a time as it was written, None where there was none."""
    return datetime.fromisoformat(text) if text else None


def dump(value: Any) -> str:
    """Return a value as JSON, always the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def pack_mark(mark: PartMark) -> dict[str, Json]:
    """Return the fields of a mark but its evidence, which is kept apart."""
    return {"id": mark.id, "number": mark.number, "title": mark.title, "state": mark.state.value, "points": mark.points,
            "max_points": mark.max_points, "feedback": list(mark.feedback), "seconds": round(mark.seconds, 4)}


def unpack_mark(fields: Mapping[str, Any]) -> PartMark:
    """Return a mark from its fields, as they were stored or sent."""
    return PartMark(**{**fields, "state": State(fields["state"]), "feedback": tuple(fields["feedback"])})


def pack_student(student: Student) -> list[str]:
    """Return what is known of a student, in the order of the fields."""
    return [student.id, student.name, student.email, student.sid]


def pack_attempt(attempt: Attempt) -> dict[str, Any]:
    """Return the fields of an earlier attempt."""
    return {"name": attempt.name, "created_at": attempt.created_at.isoformat() if attempt.created_at else None,
            "marks": [pack_mark(mark) for mark in attempt.marks]}


def unpack_attempt(fields: Mapping[str, Any]) -> Attempt:
    """Return an earlier attempt from its fields."""
    marks = tuple(unpack_mark(mark) for mark in fields["marks"])
    return Attempt(fields["name"], read_moment(fields["created_at"]), marks)
