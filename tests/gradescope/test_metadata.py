"""submission_metadata.json: documented, seen in the field, and broken in every way."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradescope.metadata import Metadata, parse_metadata, parse_moment, read_metadata
from autograder.gradescope.sample_metadata import Rehearsed, make_metadata

NOON = datetime(2026, 2, 16, 12, 0, 0, 365935, tzinfo=timezone(timedelta(hours=-8)))
EARLIER = [Rehearsed(NOON - timedelta(hours=9), None), Rehearsed(NOON - timedelta(hours=3), {"score": 17.5, "tests": []})]


def parse(value: Any) -> Metadata:
    return parse_metadata(json.dumps(value).encode())


def test_what_the_platform_writes_is_read() -> None:
    read = parse(make_metadata(NOON, EARLIER, due_at=NOON + timedelta(days=1)))
    assert read.created_at == NOON
    assert read.due_at == NOON + timedelta(days=1)
    assert [one.failed_without_fault for one in read.earlier] == [True, False]
    assert [one.score for one in read.earlier] == [0, 17.5]
    assert read.latest_results == {"score": 17.5, "tests": []}
    assert read.oddities == ()


def test_a_students_own_due_date_counts_before_the_assignments() -> None:
    data = make_metadata(NOON, due_at=NOON)
    data["users"][0]["assignment"]["due_date"] = "2026-02-19T23:59:00.000000-08:00"
    assert parse(data).due_at == datetime.fromisoformat("2026-02-19T23:59:00-08:00")


def test_in_a_group_the_latest_due_date_counts() -> None:
    data = make_metadata(NOON, due_at=NOON)
    data["users"].append({**data["users"][0], "assignment": {"due_date": "2026-03-01T00:00:00Z", "late_due_date": None}})
    data["users"].append({"name": "nobody knows when"})
    assert parse(data).due_at == datetime(2026, 3, 1, tzinfo=timezone.utc)


def test_earlier_submissions_come_oldest_first() -> None:
    data = make_metadata(NOON, EARLIER)
    data["previous_submissions"].reverse()
    assert [one.score for one in parse(data).earlier] == [0, 17.5]


# (field, what it holds, the oddity that is told to staff)
ODD = [
    ("created_at", 1771272000, "created_at is not a time with its offset"),
    ("created_at", "2026-02-16T12:00:00", "created_at is not a time with its offset"),
    ("created_at", "yesterday", "created_at is not a time with its offset"),
    ("assignment", [], "assignment is not an object"),
    ("users", {"a": 1}, "users is not a list"),
    ("users", [None, 5], "a user is not an object"),
    ("users", [{"assignment": "x"}], "a user's assignment is not an object"),
    ("previous_submissions", "none", "previous_submissions is not a list"),
    ("previous_submissions", [7], "an earlier submission is not an object"),
    ("previous_submissions", [{"score": [], "results": 3}], "score is not a number"),
    ("previous_submissions", [{"score": "n/a", "results": None}], "score is not a number"),
]


@pytest.mark.parametrize(("field", "value", "oddity"), ODD)
def test_what_is_odd_is_left_out_and_told_to_staff(field: str, value: Any, oddity: str) -> None:
    read = parse({**make_metadata(NOON), field: value})
    assert oddity in read.oddities
    assert read.due_at is not None or field in ("users", "assignment")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"[1]", b"NaN"], ids=repr)
def test_what_is_no_object_gives_nothing(data: bytes) -> None:
    read = parse_metadata(data)
    assert (read.created_at, read.due_at, read.earlier) == (None, None, ())


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse_metadata(b"\xef\xbb\xbf" + json.dumps(make_metadata(NOON)).encode()).created_at == NOON


def test_a_missing_file_is_an_oddity(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "none.json").oddities == ("submission_metadata.json cannot be read: "
                                                              "No such file or directory",)


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-02-16T12:00:00.365935-08:00", NOON),
    ("2026-02-16T20:00:00.365935Z", NOON),
    ("2026-02-16T20:00:00.365935123Z", NOON),
    ("2026-02-16 20:00:00+00:00", NOON.replace(microsecond=0)),
    ("2026-02-16T20:00:00.3Z", NOON.replace(microsecond=300_000)),
])
def test_moments_in_every_precision(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([
        "created_at", "users", "assignment", "due_date", "previous_submissions", "results", "score", "submission_time",
        "tests", "extra_data"]), inner, max_size=5),
    max_leaves=25,
)


@given(json_values)
def test_nothing_that_is_json_breaks_the_reading(value: Any) -> None:
    read = parse_metadata(json.dumps(value).encode())
    assert read.created_at is None or read.created_at.tzinfo is not None
    assert all(one.score is None or math.isfinite(one.score) for one in read.earlier)
