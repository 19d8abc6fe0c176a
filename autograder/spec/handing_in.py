"""What an assignment says about handing in late, and about how often."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from autograder.spec.fields import Fields, Real, Share, Whole, Word


class AfterLastDay(Word):
    """What becomes of a submission that comes after the last late day."""

    REFUSE = "refuse"
    """It is graded for its feedback and earns nothing."""
    ACCEPT = "accept"
    """It is taken as on the last late day."""


class Late(Fields, frozen=True, kw_only=True):
    """What handing in late costs; days count from the due date, an extension included, and a begun day is a day."""

    days: Annotated[Whole, Meta(ge=0, le=366)]
    """How many late days there are."""
    each: Share
    """The share of the points that each of them takes."""
    grace_minutes: Annotated[Real, Meta(ge=0, le=1440)] = 0.0
    """So much after the due date is still in time."""
    after: AfterLastDay = AfterLastDay.REFUSE


class Window(Word):
    """The time in which attempts are counted, back from the moment of handing in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    ASSIGNMENT = "assignment"


class Attempts(Fields, frozen=True, kw_only=True):
    """How many submissions are graded in any window; further ones keep the result of the latest that was."""

    count: Annotated[Whole, Meta(ge=1, le=10_000)]
    per: Window
