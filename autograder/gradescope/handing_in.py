"""Late days and attempt limits, by when a submission was made: a rerun weeks later gives the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from autograder.gradescope.metadata import Metadata
from autograder.spec.handing_in import AfterLastDay, Attempts, Late, Window

_DAY_SECONDS = 86_400
_WINDOWS = {Window.HOUR: timedelta(hours=1), Window.DAY: timedelta(days=1), Window.WEEK: timedelta(weeks=1)}
_IN_ANY = {
    Window.HOUR: "in any hour",
    Window.DAY: "in any 24 hours",
    Window.WEEK: "in any 7 days",
    Window.ASSIGNMENT: "for this assignment",
}


class Lateness(Struct, frozen=True):
    """How late a submission is and what that leaves of its points."""

    days: int = 0
    kept_share: float = 1.0
    sentence: str = ""
    """For the student; empty where there is nothing to say."""


def judge_lateness(rule: Late | None, metadata: Metadata) -> Lateness:
    """Return how late a submission is; in time where there is no rule, or where no due date is known."""
    created_at, due_at = metadata.created_at, metadata.due_at
    if rule is None or created_at is None or due_at is None:
        return Lateness()
    late_seconds = (created_at - due_at).total_seconds() - 60 * rule.grace_minutes
    if late_seconds <= 0:
        return Lateness()
    days = math.ceil(late_seconds / _DAY_SECONDS)
    came = f"You handed this in on {say_moment(created_at)}; it was due on {say_moment(due_at)}."
    if days > rule.days and rule.after is AfterLastDay.REFUSE:
        allowed = f"No more than {_count(rule.days, 'late day')} can be taken."
        if rule.days == 0:
            allowed = "There are no late days."
        return Lateness(days, 0.0, f"**Too late: this earns no points.** {came} {allowed} The feedback on each part is "
                                   "still for you; if you have an extension, write to course staff.")
    kept = max(0.0, 1.0 - rule.each * min(days, rule.days))
    if kept == 1.0:
        return Lateness(days, kept, f"{came} This takes no points.")
    return Lateness(days, kept, f"**{_count(days, 'day')} late: {_percent(1 - kept)} of the points are taken off.** "
                                f"{came} The points of each part are shown in full; the total is lower.")


class Turn(Struct, frozen=True):
    """Whether it is a submission's turn to be graded."""

    is_graded: bool = True
    sentence: str = ""
    """For the student; empty where there is no limit."""
    latest_graded_at: datetime | None = None
    """When the latest submission was made that was graded."""


def judge_attempt(rule: Attempts | None, metadata: Metadata) -> Turn:
    """Return whether a submission is within the limit.

    Submissions on which the autograder failed do not count, nor do those that were over the limit themselves.
    """
    created_at = metadata.created_at
    if rule is None or created_at is None:
        return Turn()
    earlier = [one.submitted_at for one in metadata.earlier if one.submitted_at and not one.failed_without_fault]
    graded: list[datetime] = []
    for moment in sorted(moment for moment in earlier if moment < created_at):
        if len(list(_within(graded, moment, rule.per))) < rule.count:
            graded.append(moment)
    recent = list(_within(graded, created_at, rule.per))
    are_graded = f"{'is' if rule.count == 1 else 'are'} graded {_IN_ANY[rule.per]}"
    if len(recent) < rule.count:
        return Turn(True, f"This is submission {len(recent) + 1} of the {rule.count} that {are_graded}.")
    sentence = f"**This submission was not graded:** {_count(rule.count, 'submission')} {are_graded}."
    return Turn(False, f"{sentence} {_say_next(recent, rule.per)}", graded[-1])


def _within(graded: Sequence[datetime], moment: datetime, window: Window) -> Iterator[datetime]:
    length = _WINDOWS.get(window)
    return (one for one in graded if length is None or moment - one < length)


def _say_next(recent: Sequence[datetime], window: Window) -> str:
    length = _WINDOWS.get(window)
    if length is None:
        return "All of yours are used up."
    return f"You can hand in again from {say_moment(recent[0] + length)} on."


def say_moment(moment: datetime) -> str:
    """Return a time as the student's own clock shows it: `Mon 16 Feb 2026, 23:59 (UTC-08:00)`."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    offset = moment.strftime("%z")
    return (f"{days[moment.weekday()]} {moment.day} {months[moment.month - 1]} {moment.year}, "
            f"{moment:%H:%M} (UTC{offset[:3]}:{offset[3:5]})")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _percent(share: float) -> str:
    return f"{round(100 * share, 2):g} %"
