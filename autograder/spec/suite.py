"""Parts that are graded by a course's existing unittest suite, with the decorators of gradescope-utils."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from autograder.spec.fields import FileName, PartFields, Points, Real, Sentence


class UnittestPart(PartFields, frozen=True, kw_only=True):
    """A folder of unittest tests, run as it is. It shares a process with the student's code: docs/security.md."""

    kind: Literal["unittest"]
    suite: FileName
    """The folder of the tests, beside the problem file."""
    points: Points
    """All that the suite can earn: the sum of its tests' weights."""
    files: tuple[FileName, ...] = ()
    """Files of the student's that the tests import; without them nothing is run."""
    pattern: Sentence = "test*.py"
    test_seconds: Annotated[Real, Meta(gt=0, le=600)] = 20.0
    """The limit for one test, and for loading the suite."""

    @property
    def max_points(self) -> float:
        return self.points
