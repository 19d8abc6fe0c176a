"""An assignment as its YAML files declare it: Assignment -> Problem -> Part."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from autograder.spec.code import FunctionPart, Size
from autograder.spec.fields import Fields, FileName, Ident, Name, Points, Real, Sentence, Share, Visibility
from autograder.spec.handing_in import Attempts, Late
from autograder.spec.notation import NO_NOTATION, Notation
from autograder.spec.suite import UnittestPart
from autograder.spec.written import WrittenPart

Part = FunctionPart | UnittestPart | WrittenPart


class Problem(Fields, frozen=True, kw_only=True):
    """One problem file: what is declared for all its parts, and the parts."""

    id: Ident
    title: Sentence
    intro: Sentence | None = None
    """Printed above the parts in the handout, in Markdown."""
    source: Sentence | None = None
    notes: Sentence | None = None
    sizes: dict[Name, Size] = {}
    notation: Notation = NO_NOTATION
    """What the written answers to its parts may use."""
    points: Points | None = None
    """The sum of the parts' points; written down so that a slip is noticed."""
    parts: Annotated[tuple[Part, ...], Meta(min_length=1)]

    @property
    def max_points(self) -> float:
        return sum(part.max_points for part in self.parts)


class Limits(Fields, frozen=True, kw_only=True):
    """How much time one submission may take."""

    submission_seconds: Annotated[Real, Meta(gt=0, le=2400)] = 300.0
    import_seconds: Annotated[Real, Meta(gt=0, le=600)] = 20.0
    call_seconds: Annotated[Real, Meta(gt=0, le=600)] = 10.0


class AssignmentFile(Fields, frozen=True, kw_only=True):
    """`assignment.yaml`: the order of the problems and what holds for all of them."""

    id: Ident
    title: Sentence
    problems: Annotated[tuple[Ident, ...], Meta(min_length=1)]
    """Ids of the problems in their order; each is a file ID.yaml beside this one."""
    points: Points | None = None
    """The sum of the problems' points; written down so that a slip is noticed."""
    seed: Sentence
    """Any text. With it the drawn inputs cannot be predicted from the files that students have."""
    visibility: Visibility = Visibility.VISIBLE
    harness: FileName | None = None
    """A public Python file of adapters: drawn inputs -> a call of the student's function."""
    starter: FileName | None = None
    """The folder that students start from."""
    support: tuple[FileName, ...] = ()
    """Files or folders of the starter that are laid beside every submission, under the student's own."""
    solution: FileName | None = None
    """A folder of right files, named as those of the starter, for `autograder validate`. It is handed out to nobody and
    is not on Gradescope. Left out: references are called in the student's place, which a part with `call` cannot do."""
    answers: FileName = "answers.md"
    wrong_form: Share = 0.5
    """What a formula earns that has the right value in another form than asked."""
    other_layout: Share = 1.0
    """What a formula earns that is right in another consistent layout of rows and columns."""
    limits: Limits = Limits()
    late: Late | None = None
    """What handing in late costs on Gradescope; left out: nothing."""
    attempts: Attempts | None = None
    """How often a submission is graded on Gradescope; left out: always."""
    source: Sentence | None = None
    notes: Sentence | None = None


class Assignment(Fields, frozen=True, kw_only=True):
    """A whole assignment, read and found sound."""

    folder: Path
    head: AssignmentFile
    problems: tuple[Problem, ...]
    digest: str
    """Of every file that can change a mark."""

    @property
    def max_points(self) -> float:
        return sum(problem.max_points for problem in self.problems)
