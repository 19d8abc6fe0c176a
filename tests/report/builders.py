"""Small classes, written down by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from autograder.classroom.records import ClassMarks, Graded, PartMark, Student
from autograder.classroom.report.figures import ClassReport, Question
from autograder.classroom.report.summary import summarise
from autograder.marks import State


def mark(
    part: str = "p/q", points: float = 1.0, of: float = 1.0, state: State | None = None, *, number: str = "1.1",
    evidence: Mapping[str, Any] | None = None, feedback: Sequence[str] = (), hand: float | None = None,
    title: str = "The question",
) -> PartMark:
    state = state or (State.CORRECT if points >= of else State.WRONG if points == 0 else State.PARTLY_CORRECT)
    return PartMark(part, number, title, state, points, of, tuple(feedback), evidence or {}, 0.25, hand)


def submission(
    name: str, *marks: PartMark, students: Sequence[Student] | None = None, at: datetime | None = None,
    is_latest: bool = True, failure: str | None = None,
) -> Graded:
    return Graded(name, tuple(students or [Student(name, f"Student {name}")]), marks, at, is_latest, failure=failure)


def class_of(*graded: Graded, title: str = "A class") -> ClassMarks:
    return ClassMarks("a1", title, graded)


def report_on(*graded: Graded, **options: bool) -> ClassReport:
    return summarise(class_of(*graded), **options)


def question_of(marks: Sequence[PartMark], rests: Sequence[float] | None = None) -> Question:
    """Return what is said of one question with these answers, beside another one with the shares in `rests`."""
    rests = rests or [0.5] * len(marks)
    report = report_on(*(submission(f"s{n}", one, mark("p/rest", rest * 10, 10, number="1.2"))
                         for n, (one, rest) in enumerate(zip(marks, rests, strict=True))))
    return report.questions[0]
