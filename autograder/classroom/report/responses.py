"""The answers of a class by question, each with how its authors did in all the other questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.classroom.records import Graded, PartMark
from autograder.marks import OPEN_STATES


@dataclass(frozen=True, slots=True)
class Response:
    """What one submission has for one question.

    share   of the question's points; None while it waits for a person or could not be graded
    rest    share of the points of all other questions that count; None where there are none
    """

    graded: Graded
    mark: PartMark
    share: float | None
    rest: float | None


def is_open(mark: PartMark) -> bool:
    """Say whether a mark waits for a person or could not be graded."""
    return mark.state in OPEN_STATES and mark.hand_points is None


def collect_responses(submissions: Sequence[Graded]) -> dict[str, list[Response]]:
    """Return the responses to each question, questions in the order of their numbers."""
    found: dict[str, list[Response]] = {}
    for graded in submissions:
        counting = [mark for mark in graded.marks if not is_open(mark)]
        points = sum(mark.counted_points for mark in counting)
        max_points = sum(mark.max_points for mark in counting)
        for mark in graded.marks:
            own, own_max = (0.0, 0.0) if is_open(mark) else (mark.counted_points, mark.max_points)
            share = None if is_open(mark) or mark.max_points <= 0 else own / own_max
            rest = (points - own) / (max_points - own_max) if max_points - own_max > 1e-9 else None
            found.setdefault(mark.id, []).append(Response(graded, mark, share, rest))
    return dict(sorted(found.items(), key=lambda item: _order(item[1][-1].mark.number)))


def _order(number: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts 2.10 behind 2.9."""
    return tuple((int(word), "") if word.isdigit() else (0, word) for word in number.split("."))
