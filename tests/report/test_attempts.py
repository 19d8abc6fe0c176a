"""Attempts over time: who handed in again, when, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from builders import class_of, mark, submission

from autograder.classroom.records import Graded, Student
from autograder.classroom.report.attempts import attempts_by_author, collect_attempts
from autograder.classroom.report.page import render
from autograder.classroom.report.summary import summarise

NOON = datetime(2026, 11, 10, 12, tzinfo=timezone(timedelta(hours=-8)))


def attempts(name: str, *points: float | None, every: timedelta = timedelta(hours=5), begin: datetime = NOON) -> list[Graded]:
    """Return attempts with so many points of ten; None for one without marks."""
    return [submission(f"{name}{n}", *([] if p is None else [mark(points=p, of=10)]), students=[Student(name)],
                       at=begin + n * every, is_latest=n == len(points) - 1) for n, p in enumerate(points)]


def test_nothing_is_said_where_nobody_handed_in_twice() -> None:
    assert collect_attempts(attempts("a", 3) + attempts("b", 4)) is None
    assert "Attempts" not in render(summarise(class_of(*attempts("a", 3))))


def test_first_and_last_attempts_are_compared() -> None:
    found = collect_attempts(attempts("a", 3, 8) + attempts("b", 4, 9, 4) + attempts("c", 6, 5) + attempts("d", 7)
                             + attempts("e", None, 9))
    assert found is not None
    assert (found.total, found.repeaters, found.up, found.same, found.down) == (10, 4, 1, 1, 1)
    shares = [(c.attempts, c.students, c.first_share, c.last_share) for c in found.cohorts]
    assert shares == [(1, 1, 0.7, 0.7), (2, 3, pytest.approx(0.45), pytest.approx(0.65)), (3, 1, 0.4, 0.4)]


def test_many_attempts_stand_together() -> None:
    found = collect_attempts(attempts("a", *range(9)) + attempts("b", 1, 2))
    assert found is not None
    assert [(c.attempts, c.is_more, c.students) for c in found.cohorts] == [(2, False, 1), (6, True, 1)]
    assert "6 or more" in render(summarise(class_of(*attempts("a", *range(9)))))


@pytest.mark.parametrize(("every", "unit", "starts"), [
    (timedelta(minutes=10), "hour", ["2026-11-10T12:00"]),
    (timedelta(hours=7), "hour", ["2026-11-10T12:00", "2026-11-10T19:00", "2026-11-11T02:00"]),
    (timedelta(days=3), "six hours", ["2026-11-10T12:00", "2026-11-13T12:00", "2026-11-16T12:00"]),
    (timedelta(days=15), "day", ["2026-11-10", "2026-11-25", "2026-12-10"]),
    (timedelta(days=100), "week", ["2026-11-10", "2027-02-16", "2027-05-25"]),
])
def test_time_is_told_in_fitting_stretches(every: timedelta, unit: str, starts: list[str]) -> None:
    found = collect_attempts(attempts("a", 1, 2, 3, every=every))
    assert found is not None
    assert found.period_name == unit
    assert len(found.periods) <= 40
    assert [period.start for period in found.periods if period.count] == starts
    assert sum(period.count for period in found.periods) == 3
    assert sum(period.first_attempts for period in found.periods) == 1


def test_times_may_be_missing_and_of_different_zones() -> None:
    naive = datetime(2026, 11, 10, 21)
    mixed = [*attempts("a", 1, 2), *attempts("b", 3, 4, begin=naive)]
    found = collect_attempts(mixed)
    assert found is not None
    assert [(period.label, period.count) for period in found.periods if period.count] == [
        ("Tue 10 Nov 12:00", 1), ("Tue 10 Nov 13:00", 1), ("Tue 10 Nov 17:00", 1), ("Tue 10 Nov 18:00", 1)]
    timeless = [submission(f"s{n}", mark(points=n, of=2), students=[Student("s")], is_latest=n == 1) for n in range(2)]
    found = collect_attempts(timeless)
    assert found is not None
    assert (found.periods, found.up) == ((), 1)
    render(summarise(class_of(*timeless)))


def test_members_who_began_apart_are_one_group() -> None:
    a, b, c = Student("a"), Student("b"), Student("c")
    graded = [submission("1", students=[a], is_latest=False), submission("2", students=[b], is_latest=False),
              submission("3", students=[c]), submission("4", students=[a, b])]
    assert sorted(len(history) for history in attempts_by_author(graded)) == [1, 3]


def test_students_without_an_id_are_not_taken_for_one() -> None:
    graded = [submission("1", students=[Student("", "A")]), submission("2", students=[Student("", "B")]),
              Graded("3", (), ()), Graded("4", (), ())]
    assert len(attempts_by_author(graded)) == 4
