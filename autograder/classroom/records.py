"""What is known of a class: who handed in what, and what came of each part of it.

The store gives these, the gradebooks, the differences between runs and the report show them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from autograder.marks import Json, State


@dataclass(frozen=True, slots=True)
class Student:
    """Who handed in, as the export names them; what it leaves out is empty."""

    id: str
    name: str = ""
    email: str = ""
    sid: str = ""
    """The number that the university gave."""


def say_names(students: Sequence[Student]) -> str:
    """Return the names of those who handed in together."""
    return " and ".join(student.name or student.id for student in students)


@dataclass(frozen=True, slots=True)
class PartMark:
    """What came of one part."""

    id: str
    """`problem/part`."""
    number: str
    title: str
    state: State
    points: float
    """As the machine gave them."""
    max_points: float
    feedback: tuple[str, ...] = ()
    evidence: Mapping[str, Json] = field(default_factory=dict)
    seconds: float = 0.0
    hand_points: float | None = None
    """Points that a person gave: they win."""

    @property
    def counted_points(self) -> float:
        return self.points if self.hand_points is None else self.hand_points


@dataclass(frozen=True, slots=True)
class Graded:
    """One submission of one student or group, and its marks."""

    submission: str
    """The export's own name of it."""
    students: tuple[Student, ...]
    marks: tuple[PartMark, ...]
    created_at: datetime | None = None
    is_latest: bool = True
    """False for an attempt that was followed by another."""
    kept_share: float = 1.0
    """The share of the points that is left after what handing in late costs."""
    failure: str | None = None
    """What went wrong on our side."""

    @property
    def points(self) -> float:
        return self.kept_share * sum(mark.counted_points for mark in self.marks)

    @property
    def max_points(self) -> float:
        return sum(mark.max_points for mark in self.marks)


@dataclass(frozen=True, slots=True)
class ClassMarks:
    """The marks of a class in one assignment, latest attempts and earlier ones."""

    assignment: str
    title: str
    graded: tuple[Graded, ...]

    @property
    def latest(self) -> tuple[Graded, ...]:
        return tuple(one for one in self.graded if one.is_latest)
