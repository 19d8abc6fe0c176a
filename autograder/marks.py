"""What came of a part, and of a whole submission: Mark and Result.

Every face (results.json, terminal, store, report) shows these and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from msgspec import Struct, field

from autograder.spec.fields import Visibility

Json: TypeAlias = "bool | int | float | str | list[Json] | Mapping[str, Json] | None"


class State(str, Enum):
    """How a part stands; the words are shown to students and stored."""

    CORRECT = "correct"
    PARTLY_CORRECT = "partly correct"
    WRONG = "wrong"
    WRONG_FORM = "right value, wrong form"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    FORBIDDEN = "forbidden"
    SKIPPED = "skipped"
    BY_HAND = "by hand"
    NOT_GRADED = "not graded"
    """Our fault: never counted against the student, flagged for a regrade."""


# States in which nothing of the student's work was found wrong.
OPEN_STATES = frozenset({State.BY_HAND, State.NOT_GRADED})


class Item(Struct, frozen=True):
    """One test of a course's own suite: an entry of its own where results are listed."""

    name: str
    state: State
    points: float
    max_points: float
    output: str = ""
    """Plain text for the student."""
    number: str | None = None
    tags: tuple[str, ...] = ()
    visibility: Visibility | None = None
    """Default: the part's."""


class LeaderboardEntry(Struct, frozen=True):
    """A value that a suite puts on the platform's leaderboard."""

    name: str
    value: float | str
    is_ascending: bool = False


class Verdict(Struct, frozen=True):
    """What a check says of one part: how it stands, what it earns, and why."""

    state: State
    points: float
    feedback: tuple[str, ...] = ()
    """Markdown paragraphs for the student."""
    evidence: Mapping[str, Json] = field(default_factory=dict)
    """For staff: cases, worst entries, what decided."""
    items: tuple[Item, ...] = ()
    """The tests of a suite; their points add up to no more than the part's."""
    leaderboard: tuple[LeaderboardEntry, ...] = ()


class Mark(Struct, frozen=True):
    """A verdict on one part of one problem, with what the faces need to show it."""

    problem: str
    part: str
    number: str
    title: str
    max_points: float
    visibility: Visibility
    verdict: Verdict
    tags: tuple[str, ...] = ()
    seconds: float = 0.0
    """How long it took; for staff."""

    @property
    def id(self) -> str:
        return f"{self.problem}/{self.part}"

    @property
    def state(self) -> State:
        return self.verdict.state

    @property
    def points(self) -> float:
        return self.verdict.points

    @property
    def is_visible(self) -> bool:
        """Whether the student may see all of it at once."""
        own = [item.visibility or self.visibility for item in self.verdict.items]
        return self.visibility is Visibility.VISIBLE and all(one is Visibility.VISIBLE for one in own)


class Result(Struct, frozen=True):
    """What came of a submission."""

    assignment: str
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()
    """Markdown paragraphs for the student about the submission as a whole."""
    failure: str | None = None
    """What went wrong on our side, for staff; None when nothing did."""
    seconds: float = 0.0
    extra: Mapping[str, Json] = field(default_factory=dict)
    """For staff: version, digests, seed, what held the submission in."""
    kept_share: float = 1.0
    """The share of the points that is left after what handing in late costs."""

    @property
    def points(self) -> float:
        return self.kept_share * sum(mark.points for mark in self.marks)

    @property
    def max_points(self) -> float:
        return sum(mark.max_points for mark in self.marks)
