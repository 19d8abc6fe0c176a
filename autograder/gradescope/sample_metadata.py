"""A submission_metadata.json as the platform writes it, for rehearsals: documented keys and those only seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_SCORE_OF_A_FAILURE = 0.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A submission that was rehearsed before, as the next one's metadata tells of it."""

    created_at: datetime
    results: dict[str, Any] | None
    """None where the autograder failed on it."""


def make_metadata(
    created_at: datetime, earlier: Sequence[Rehearsed] = (), due_at: datetime | None = None, total_points: float = 100.0
) -> dict[str, Any]:
    """Return metadata with one submitter; the due date is a day later where none is given.

    Values are as odd as the platform's: the points are a string, several fields are null, and only the latest earlier
    submission tells its results.
    """
    due_at = due_at or created_at + timedelta(days=1)
    dates = {
        "release_date": _moment(due_at - timedelta(days=14)),
        "due_date": _moment(due_at),
        "late_due_date": None,
    }
    return {
        "id": 200_000_000 + len(earlier),
        "users": [
            {"id": 5_000_001, "email": "ada@university.example", "name": "Ada Example", "sid": "00123456",
             "assignment": dates},
        ],
        "created_at": _moment(created_at),
        "assignment_id": None,
        "assignment": {
            "id": 5_400_123,
            "title": "Rehearsal",
            **dates,
            "total_points": f"{total_points:.1f}",
            "course_id": 998_877,
            "group_submission": False,
            "group_size": None,
            "outline": [
                {"id": 48_100_001, "type": "ProgrammingQuestion", "title": "Autograder", "parent_id": None,
                 "weight": f"{total_points:.1f}", "content": [], "index": 1},
            ],
        },
        "submission_method": "upload",
        "previous_submissions": [
            _tell(one, is_latest=number == len(earlier)) for number, one in enumerate(earlier, 1)
        ],
    }


def _tell(one: Rehearsed, *, is_latest: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "submission_time": _moment(one.created_at),
        "score": _SCORE_OF_A_FAILURE if one.results is None else _score(one.results),
        "autograder_error": one.results is None,
    }
    return {**told, "results": one.results} if is_latest and one.results is not None else told


def _score(results: dict[str, Any]) -> float:
    if "score" in results:
        return float(results["score"])
    return float(sum(test.get("score", 0.0) for test in results.get("tests", ())))


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
