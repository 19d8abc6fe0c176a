"""Earlier attempts that an export holds the results of and no files: their marks, read without trusting the results.

Results that this autograder wrote name their parts; of another grader's, each test becomes a part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.classroom.exports import HandedIn, Recorded
from autograder.classroom.records import PartMark
from autograder.classroom.rows import Attempt
from autograder.gradescope.metadata import DueDates, Earlier, Metadata
from autograder.marks import State

_MAX_TESTS = 1_000


def read_attempts(submission: HandedIn) -> tuple[Attempt, ...]:
    """Return the earlier attempts, oldest first, without what students were told."""
    return tuple(Attempt(f"{submission.name}/{one.id}", one.created_at, tuple(read_recorded(one)))
                 for one in submission.history)


def read_recorded(attempt: Recorded) -> Iterator[PartMark]:
    """Yield the marks that were recorded of an attempt."""
    tests = attempt.results.get("tests")
    for number, test in enumerate(tests[:_MAX_TESTS] if isinstance(tests, list) else [], 1):
        if isinstance(test, Mapping) and (mark := _read_test(test, number)) is not None:
            yield mark


def _read_test(test: Mapping[str, Any], place: int) -> PartMark | None:
    points, max_points = _number(test.get("score")), _number(test.get("max_score"))
    if points is None or max_points is None:
        return None
    extra = test.get("extra_data")
    own = extra if isinstance(extra, Mapping) else {}
    number, name = _text(test.get("number")) or str(place), _text(test.get("name"))
    return PartMark(
        id=_text(own.get("id")) or f"recorded/{number}",
        number=number,
        title=name,
        state=_state(_text(own.get("state")), points, max_points),
        points=points,
        max_points=max_points,
    )


def _state(said: str, points: float, max_points: float) -> State:
    try:
        return State(said)
    except ValueError:
        return State.CORRECT if points >= max_points else State.PARTLY_CORRECT if points > 0 else State.WRONG


def make_metadata(submission: HandedIn, due_dates: tuple[DueDates, ...]) -> Metadata:
    """Return what the platform would have said of a submission when it was made."""
    earlier = [Earlier(one.created_at, one.score, not any(read_recorded(one)), one.results)
               for one in submission.history]
    return Metadata(submission.created_at, due_dates, tuple(earlier))


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, (str, int, float)) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    return " ".join(value.split())[:500] if isinstance(value, str) else ""
