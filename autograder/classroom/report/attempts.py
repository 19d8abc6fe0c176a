"""Attempts over time, where the export has a history: when work came in, and what handing in again came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from autograder.classroom.records import Graded, Student
from autograder.classroom.report.figures import Attempts, Cohort, Period
from autograder.classroom.report.measures import mean

_MOST_PERIODS = 40
_MOST_ATTEMPTS = 6
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    length: timedelta


_UNITS = (
    _Unit("hour", timedelta(hours=1)), _Unit("six hours", timedelta(hours=6)), _Unit("day", timedelta(days=1)),
    _Unit("week", timedelta(days=7)), _Unit("four weeks", timedelta(days=28)), _Unit("year", timedelta(days=364)),
)
_DAY = timedelta(days=1)


def collect_attempts(submissions: Sequence[Graded]) -> Attempts | None:
    """Return what is to be said of attempts; None where nobody is known to have handed in twice."""
    histories = attempts_by_author(submissions)
    repeaters = [history for history in histories if len(history) > 1]
    if not repeaters:
        return None
    gains = [last - first for history in repeaters if (ends := _ends(history)) is not None for first, last in [ends]]
    unit, periods = _count_periods(histories)
    return Attempts(
        total=len(submissions),
        repeaters=len(repeaters),
        up=sum(gain > _SAME for gain in gains),
        same=sum(abs(gain) <= _SAME for gain in gains),
        down=sum(gain < -_SAME for gain in gains),
        periods=periods,
        period_name=unit,
        cohorts=_find_cohorts(histories),
    )


def attempts_by_author(submissions: Sequence[Graded]) -> list[list[Graded]]:
    """Return the attempts of each student or group, oldest first.

    Attempts belong together where they share a student: members of a group may have begun apart.
    """
    owner: dict[str, int] = {}
    histories: dict[int, list[Graded]] = {}
    for position, graded in enumerate(submissions):
        keys = [identify(student) for student in graded.students] or [f"submission {graded.submission}"]
        known = sorted({owner[key] for key in keys if key in owner})
        home = known[0] if known else position
        for other in known[1:]:
            histories[home] += histories.pop(other)
            owner.update({key: home for key, value in owner.items() if value == other})
        owner.update(dict.fromkeys(keys, home))
        histories.setdefault(home, []).append(graded)
    return [sorted(history, key=_when) for history in histories.values()]


def identify(student: Student) -> str:
    """Return what tells a student from all others, as far as the export says."""
    return student.id or student.email or student.sid or student.name


def _when(graded: Graded) -> tuple[bool, float]:
    """Return what sorts attempts: by time, the latest last where times are not known."""
    return graded.is_latest, _aware(graded.created_at).timestamp() if graded.created_at else 0.0


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=timezone.utc)


def _share(graded: Graded) -> float | None:
    return graded.points / graded.max_points if graded.marks and graded.max_points > 0 else None


def _ends(history: Sequence[Graded]) -> tuple[float, float] | None:
    """Return the shares of the first and the last attempt that were graded; None where there are not two."""
    shares = [share for graded in history if (share := _share(graded)) is not None]
    return (shares[0], shares[-1]) if len(shares) > 1 else None


def _find_cohorts(histories: Sequence[Sequence[Graded]]) -> tuple[Cohort, ...]:
    sizes = sorted({min(len(history), _MOST_ATTEMPTS) for history in histories})
    cohorts = []
    for size in sizes:
        alike = [history for history in histories if min(len(history), _MOST_ATTEMPTS) == size]
        ends = [found for history in alike if (found := _ends(history)) is not None]
        once = [share for history in alike if len(history) == 1 and (share := _share(history[0])) is not None]
        is_more = any(len(history) > _MOST_ATTEMPTS for history in alike)
        cohorts.append(Cohort(
            size, is_more, len(alike),
            mean([first for first, _ in ends] or once), mean([last for _, last in ends] or once),
        ))
    return tuple(cohorts)


def _count_periods(histories: Sequence[Sequence[Graded]]) -> tuple[str, tuple[Period, ...]]:
    """Return how many attempts came in each stretch of time, in the shortest unit that gives few enough of them."""
    times = [(_aware(graded.created_at), number == 0) for history in histories
             for number, graded in enumerate(history) if graded.created_at is not None]
    if not times:
        return "day", ()
    zone = times[0][0].tzinfo
    local = [(time.astimezone(zone).replace(tzinfo=None), is_first) for time, is_first in times]
    begin, end = min(local)[0], max(local)[0]
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    unit = next((unit for unit in _UNITS if (end - midnight) // unit.length < _MOST_PERIODS), _UNITS[-1])
    start = midnight + (begin - midnight) // unit.length * unit.length
    all_counts = Counter((time - start) // unit.length for time, _ in local)
    firsts = Counter((time - start) // unit.length for time, is_first in local if is_first)
    periods = []
    for number in range(max(all_counts) + 1):
        begins = start + number * unit.length
        is_long = unit.length >= _DAY
        periods.append(Period(
            begins.date().isoformat() if is_long else begins.isoformat(timespec="minutes"),
            f"{begins:%a} {begins.day} {begins:%b}" + ("" if is_long else f" {begins:%H:%M}"),
            all_counts[number], firsts[number],
        ))
    return unit.name, tuple(periods)
