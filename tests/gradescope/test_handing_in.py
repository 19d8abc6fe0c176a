"""Late days, attempts, what is carried over and what changed: by the times in the metadata, never by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradescope.carried import carry_over
from autograder.gradescope.handing_in import Turn, judge_attempt, judge_lateness
from autograder.gradescope.metadata import DueDates, Earlier, Metadata
from autograder.gradescope.progress import describe_progress
from autograder.gradescope.results import compose
from autograder.gradescope.validity import find_faults
from autograder.marks import Item, Mark, Result, State, Verdict
from autograder.spec.fields import Visibility
from autograder.spec.handing_in import AfterLastDay, Attempts, Late, Window

DUE = datetime(2026, 2, 16, 23, 59, tzinfo=timezone(timedelta(hours=-8)))
RULE = Late(days=3, each=0.1)


def handed_in(after: timedelta, earlier: Sequence[timedelta | Earlier] = (), **fields: Any) -> Metadata:
    """Metadata of a submission so long after the due date, and after earlier ones."""
    told = tuple(one if isinstance(one, Earlier) else Earlier(DUE + one, 1.0, False, None) for one in earlier)
    return Metadata(**{"created_at": DUE + after, "due_dates": (DueDates(DUE, None),), "earlier": told, **fields})


# --- late days --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "hours", "days", "kept"), [
    (None, 500, 0, 1.0),
    (RULE, -1, 0, 1.0),
    (RULE, 0, 0, 1.0),
    (RULE, 0.001, 1, 0.9),
    (RULE, 24, 1, 0.9),
    (RULE, 24.001, 2, 0.8),
    (RULE, 72, 3, 0.7),
    (RULE, 72.001, 4, 0.0),
    (Late(days=3, each=0.1, after=AfterLastDay.ACCEPT), 500, 21, 0.7),
    (Late(days=3, each=0.5, after=AfterLastDay.ACCEPT), 500, 21, 0.0),
    (Late(days=0, each=0.0), 1, 1, 0.0),
    (Late(days=2, each=0.0), 1, 1, 1.0),
    (Late(days=2, each=0.5, grace_minutes=30), 0.5, 0, 1.0),
    (Late(days=2, each=0.5, grace_minutes=30), 24.5, 1, 0.5),
])
def test_lateness(rule: Late | None, hours: float, days: int, kept: float) -> None:
    late = judge_lateness(rule, handed_in(timedelta(hours=hours)))
    assert late.days == days
    assert late.kept_share == pytest.approx(kept)
    assert bool(late.sentence) == (days > 0)


def test_sentences_about_lateness() -> None:
    late = judge_lateness(RULE, handed_in(timedelta(hours=30)))
    assert late.sentence == (
        "**2 days late: 20 % of the points are taken off.** You handed this in on Wed 18 Feb 2026, 05:59 (UTC-08:00); it "
        "was due on Mon 16 Feb 2026, 23:59 (UTC-08:00). The points of each part are shown in full; the total is lower.")
    refused = judge_lateness(RULE, handed_in(timedelta(days=9))).sentence
    assert refused.startswith("**Too late: this earns no points.** You handed this in on Wed 25 Feb 2026, 23:59")
    assert "No more than 3 late days can be taken. The feedback on each part is still for you" in refused
    none = judge_lateness(Late(days=0, each=0.0), handed_in(timedelta(days=9))).sentence
    assert "There are no late days." in none
    assert judge_lateness(Late(days=1, each=0), handed_in(timedelta(hours=2))).sentence.endswith("This takes no points.")


@pytest.mark.parametrize("missing", [{"created_at": None}, {"due_dates": ()}, {"due_dates": (DueDates(None, None),)}])
def test_where_a_time_is_not_known_nobody_is_late(missing: dict[str, Any]) -> None:
    assert judge_lateness(RULE, handed_in(timedelta(days=2), **missing)).kept_share == 1.0


def test_an_extension_counts() -> None:
    extended = (DueDates(DUE, None), DueDates(DUE + timedelta(days=5), None))
    assert judge_lateness(RULE, handed_in(timedelta(days=4), due_dates=extended)).days == 0


# --- attempts ---------------------------------------------------------------------------------------------------


TWO_A_DAY = Attempts(count=2, per=Window.DAY)


def hours(*numbers: float) -> list[timedelta]:
    return [timedelta(hours=number) for number in numbers]


@pytest.mark.parametrize(("rule", "earlier", "now", "is_graded"), [
    (None, hours(1, 2, 3, 4), 5, True),
    (TWO_A_DAY, [], 0, True),
    (TWO_A_DAY, hours(0), 1, True),
    (TWO_A_DAY, hours(0, 1), 2, False),
    (TWO_A_DAY, hours(0, 1), 24, True),
    (TWO_A_DAY, hours(0, 1), 23.9, False),
    (TWO_A_DAY, hours(0, 1, 2, 3, 4, 5), 24, True),   # those over the limit did not count themselves
    (TWO_A_DAY, hours(0, 1, 24), 24.5, False),
    (TWO_A_DAY, hours(0, 30), 1, True),               # a rerun: the later submission is not there yet
    (Attempts(count=1, per=Window.HOUR), hours(0), 1, True),
    (Attempts(count=1, per=Window.WEEK), hours(0), 167, False),
    (Attempts(count=2, per=Window.ASSIGNMENT), hours(0, 500), 5000, False),
])
def test_attempts(rule: Attempts | None, earlier: list[timedelta], now: float, is_graded: bool) -> None:
    assert judge_attempt(rule, handed_in(timedelta(hours=now), earlier)).is_graded is is_graded


def test_a_submission_that_the_grader_failed_on_does_not_count() -> None:
    failed = Earlier(DUE, 0.0, True, None)
    fine = Earlier(DUE + timedelta(hours=1), 1.0, False, None)
    assert judge_attempt(TWO_A_DAY, handed_in(timedelta(hours=2), earlier=(failed, failed, fine))).is_graded


@given(st.sets(st.integers(0, 200 * 60), max_size=12), st.integers(1, 4))
def test_never_more_than_the_limit_is_graded_in_any_window(minutes: set[int], count: int) -> None:
    moments = [timedelta(minutes=number) for number in sorted(minutes)]
    rule = Attempts(count=count, per=Window.DAY)
    graded = [moment for number, moment in enumerate(moments)
              if judge_attempt(rule, handed_in(moment, moments[:number])).is_graded]
    day = timedelta(days=1)
    assert all(sum(moment - day < other <= moment for other in graded) <= count for moment in graded)
    assert bool(graded) == bool(moments)


def test_sentences_about_attempts() -> None:
    graded = judge_attempt(TWO_A_DAY, handed_in(timedelta(hours=2), hours(0)))
    assert graded.sentence == "This is submission 2 of the 2 that are graded in any 24 hours."
    over = judge_attempt(TWO_A_DAY, handed_in(timedelta(hours=3), hours(0, 1)))
    assert over.sentence == ("**This submission was not graded:** 2 submissions are graded in any 24 hours. You can hand "
                             "in again from Tue 17 Feb 2026, 23:59 (UTC-08:00) on.")
    assert over.latest_graded_at == DUE + timedelta(hours=1)
    used_up = judge_attempt(Attempts(count=1, per=Window.ASSIGNMENT), handed_in(timedelta(hours=3), hours(0)))
    assert used_up.sentence == ("**This submission was not graded:** 1 submission is graded for this assignment. All of "
                                "yours are used up.")


# --- what is carried over ---------------------------------------------------------------------------------------


OVER = Turn(False, "**This submission was not graded:** so it is.", DUE)


def mark(part: str, points: float, visibility: Visibility = Visibility.VISIBLE, **verdict: Any) -> Mark:
    state = State.CORRECT if points else State.WRONG
    return Mark("p", part, "1.1", part.title(), 3.0, visibility, Verdict(state, points, **verdict))


def graded(*marks: Mark) -> dict[str, Any]:
    return dict(compose(Result("a", marks, extra={"spec digest": "d"})))


def test_earlier_results_are_carried_over_whole() -> None:
    results = graded(mark("one", 3), mark("two", 0, Visibility.HIDDEN))
    carried = carry_over(handed_in(timedelta(), earlier=(Earlier(DUE, 3.0, False, results),)), OVER)
    assert carried is not None
    assert find_faults(carried) == ()
    assert carried["tests"] == results["tests"]
    assert carried["score"] == 3
    assert carried["output"] == ("**This submission was not graded:** so it is.\n\nYour score is not lowered: what stands "
                                 "here is the result of your submission of Mon 16 Feb 2026, 23:59 (UTC-08:00).")
    again = carry_over(handed_in(timedelta(), earlier=(Earlier(DUE, 3.0, False, carried),)), OVER)
    assert again == carried, "however often it is done"


@pytest.mark.parametrize("results", [None, {"tests": [5]}, {"tests": [{"score": float("nan")}]}, {"visibility": "no"}])
def test_where_earlier_results_are_not_known_the_score_is_kept(results: dict[str, Any] | None) -> None:
    earlier = (Earlier(DUE, 7.5, False, None), Earlier(DUE, None, False, results))
    carried = carry_over(handed_in(timedelta(), earlier=earlier), OVER)
    assert carried is not None
    assert find_faults(carried) == ()
    assert carried["score"] == 7.5


def test_where_no_score_is_known_there_is_nothing_to_carry() -> None:
    assert carry_over(handed_in(timedelta(), earlier=(Earlier(DUE, None, False, None),)), OVER) is None


# --- what changed -----------------------------------------------------------------------------------------------


def told_after(results: dict[str, Any] | None, *marks: Mark, digest: str = "d") -> str | None:
    return describe_progress(marks, digest, handed_in(timedelta(), earlier=(Earlier(DUE, 1.0, False, results),)))


def test_what_changed_is_told_part_by_part() -> None:
    said = told_after(graded(mark("one", 0), mark("two", 3), mark("three", 1), mark("gone", 1)),
                      mark("one", 3), mark("two", 3), mark("three", 2.5), mark("new", 3))
    assert said == ("Since your submission of Mon 16 Feb 2026, 23:59 (UTC-08:00):\n\n"
                    "- 1.1 One: was wrong, is correct now (+3 points)\n- 1.1 Three: still correct (+1.5 points)")


def test_nothing_changed_and_other_problems() -> None:
    assert told_after(graded(mark("one", 3)), mark("one", 3)) == (
        "Since your submission of Mon 16 Feb 2026, 23:59 (UTC-08:00) no part has changed.")
    said = told_after(graded(mark("one", 3)), mark("one", 3), digest="other")
    assert said is not None
    assert said.endswith("no part has changed. Course staff changed the assignment in between.")


@pytest.mark.parametrize("before", Visibility)
@pytest.mark.parametrize("now", Visibility)
def test_nothing_is_told_of_parts_that_are_or_were_not_seen(before: Visibility, now: Visibility) -> None:
    said = told_after(graded(mark("one", 0, before)), mark("one", 3, now))
    assert (said is not None) == (before is now is Visibility.VISIBLE)


def test_nothing_is_told_of_a_suite_with_hidden_tests() -> None:
    hidden = (Item("test", State.WRONG, 0, 1, visibility=Visibility.HIDDEN),)
    assert told_after(graded(mark("one", 0, items=hidden)), mark("one", 3)) is None
    assert told_after(graded(mark("one", 0)), mark("one", 3, items=hidden)) is None


@pytest.mark.parametrize("results", [None, {}, {"extra_data": 5}, {"extra_data": {"parts": {"p/one": 5}}},
                                     {"extra_data": {"parts": {"p/one": {"is_visible": True, "points": "3"}}}}])
def test_results_of_another_grader_tell_nothing(results: dict[str, Any] | None) -> None:
    assert told_after(results, mark("one", 3)) is None
