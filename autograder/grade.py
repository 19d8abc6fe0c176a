"""The straight line: a submission and an assignment -> Result.

    read_submission -> for each part: collect the response, check it -> Mark -> Result

Gradescope, the terminal, a TA's rerun and a whole class all go through `Grader`; nothing is graded twice in two ways.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from types import TracebackType
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograder import __version__
from autograder.cases import CannotDraw, CaseBook
from autograder.checks.function import check_function
from autograder.checks.written import Checkers, WrittenChecker
from autograder.marks import Mark, Result, State, Verdict
from autograder.references import BadReference, References
from autograder.sandbox.supervisor import Sandbox
from autograder.spec.code import FunctionPart
from autograder.spec.fields import Visibility
from autograder.spec.model import Assignment, Part, Problem
from autograder.spec.reference_files import reference_folders
from autograder.spec.suite import UnittestPart
from autograder.spec.written import WrittenFields
from autograder.student_code import Deadline, StudentCode, UsedWorker
from autograder.submission import Submission, read_answers

OnMark: TypeAlias = "Callable[[tuple[Mark, ...]], None]"


class Selection(Struct, frozen=True):
    """Which parts to grade; None stands for all."""

    problem: str | None = None
    part: str | None = None

    def holds(self, problem: Problem, part: Part) -> bool:
        return self.problem in (None, problem.id) and self.part in (None, part.id)


_ALL = Selection()


class Replay(Struct, frozen=True):
    """What a mark names, so that exactly it can be graded again: `problem/part@digest of the assignment`."""

    problem: str
    part: str
    digest: str = ""

    @classmethod
    def of(cls, assignment: Assignment, problem: Problem, part: Part) -> Replay:
        return cls(problem.id, part.id, assignment.digest[:8])

    @classmethod
    def read(cls, text: str) -> Replay:
        """Return what a text names. Raises UnknownSelection."""
        name, _, digest = text.partition("@")
        problem, slash, part = name.partition("/")
        if not slash:
            raise UnknownSelection(f"'{text}' names no mark; it looks like negative-sampling/code@1a2b3c4d")
        return cls(problem, part, digest)

    def is_of(self, assignment: Assignment) -> bool:
        """Whether the assignment is still the one that the mark was given by."""
        return not self.digest or assignment.digest.startswith(self.digest)

    def __str__(self) -> str:
        return f"{self.problem}/{self.part}@{self.digest}"


class UnknownSelection(Exception):
    """The problem or part that was asked for does not exist."""


class Grader:
    """Grades submissions of one assignment, one after the other; what they share is worked out once.

        with Grader(assignment, sandbox) as grader:
            result = grader.grade(submission)

    For one thread at a time; close it after use.
    """

    def __init__(self, assignment: Assignment, sandbox: Sandbox) -> None:
        self._assignment = assignment
        self._sandbox = sandbox
        self._shared = _Shared(References(reference_folders(assignment.folder)), CaseBook(assignment.head.seed),
                               Checkers(assignment))

    def grade(
        self, submission: Submission, selection: Selection = _ALL, on_mark: OnMark = lambda marks: None
    ) -> Result:
        """Grade a submission.

        `on_mark` is told all the marks so far before and after each part that runs student code: whatever that does to
        the grader, they are known. A fault of ours in one part costs no other part, and is never the student's loss.
        Raises UnknownSelection.
        """
        started = time.monotonic()
        assignment = self._assignment
        marks: list[Mark] = []
        failures: list[str] = []
        with closing(_Line(submission, assignment, self._sandbox, self._shared)) as line:
            notes = line.notes
            told = 0
            for number, problem, part in numbered_parts(assignment):
                if not selection.holds(problem, part):
                    continue
                runs_code = not isinstance(part, WrittenFields)
                if runs_code and told < len(marks):
                    on_mark(tuple(marks))
                part_started = time.monotonic()
                verdict = line.check(problem, part, marks)
                if verdict.state is State.NOT_GRADED:
                    failures.append(f"{problem.id}/{part.id}: {verdict.evidence.get('fault', 'not graded')}")
                mark = make_mark(assignment, problem, part, number, verdict)
                marks.append(replace(mark, seconds=time.monotonic() - part_started))
                if runs_code:
                    on_mark(tuple(marks))
                    told = len(marks)
                if visibility_of(assignment, part) is Visibility.VISIBLE:
                    notes = line.notes  # what is found out about files that only hidden parts open is not told
        if not marks:
            asked = f"{selection.problem or '*'}/{selection.part or '*'}"
            raise UnknownSelection(f"{assignment.head.id} has no part {asked}")
        return Result(
            assignment=assignment.head.id,
            marks=tuple(marks),
            notes=notes,
            failure="; ".join(failures) or None,
            seconds=time.monotonic() - started,
            extra={
                "autograder": __version__,
                "numpy": np.__version__,
                "spec digest": assignment.digest,
                "confinement": {layer.name: "held" if layer.held else f"not held: {layer.reason}"
                                for layer in self._sandbox.layers},
            },
        )

    def close(self) -> None:
        """End what was started for proofs. The sandbox stays open: it is the caller's."""
        self._shared.checkers.close()

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def grade(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    selection: Selection = _ALL,
    on_mark: OnMark = lambda marks: None,
) -> Result:
    """Grade one submission; see Grader.grade."""
    with Grader(assignment, sandbox) as grader:
        return grader.grade(submission, selection, on_mark)


def numbered_parts(assignment: Assignment) -> Iterator[tuple[str, Problem, Part]]:
    """Yield every part with its number: `2.1` is the first part of the second problem.

    What students do not see comes last, in number and in time: no gap in the numbers, no time used up and nothing left
    behind by it may tell them of it.
    """
    parts = [(problem, part) for problem in assignment.problems for part in problem.parts]
    parts.sort(key=lambda pair: visibility_of(assignment, pair[1]) is not Visibility.VISIBLE)
    counts: dict[str, int] = {}
    for problem, part in parts:
        counts[problem.id] = counts.get(problem.id, 0) + 1
        yield f"{list(counts).index(problem.id) + 1}.{counts[problem.id]}", problem, part


def visibility_of(assignment: Assignment, part: Part) -> Visibility:
    return part.visibility or assignment.head.visibility


def ungraded_marks(assignment: Assignment) -> tuple[Mark, ...]:
    """Return a mark of every part that says that it was not reached."""
    verdict = _not_graded("the grader was stopped before it reached this part")
    return tuple(make_mark(assignment, problem, part, number, verdict)
                 for number, problem, part in numbered_parts(assignment))


def make_mark(assignment: Assignment, problem: Problem, part: Part, number: str, verdict: Verdict) -> Mark:
    """Return the mark; points that no part can have are a fault of ours."""
    if not -1e-9 <= verdict.points <= part.max_points + 1e-9:  # not a number is neither
        verdict = _not_graded(f"{verdict.points} points were given for a part of {part.max_points:g}")
    replay = f"autograder grade SUBMISSION --replay {Replay.of(assignment, problem, part)}"
    verdict = replace(verdict, evidence={**verdict.evidence, "replay": replay})
    return Mark(
        problem=problem.id,
        part=part.id,
        number=number,
        title=part.title or f"{problem.title}: {part.id}",
        max_points=part.max_points,
        visibility=visibility_of(assignment, part),
        verdict=verdict,
        tags=part.tags,
    )


class _Shared(Struct, frozen=True):
    """What all submissions of one assignment share."""

    references: References
    cases: CaseBook
    checkers: Checkers


class _Line:
    """What the parts of one submission share while they are graded."""

    def __init__(
        self, submission: Submission, assignment: Assignment, sandbox: Sandbox, shared: _Shared
    ) -> None:
        head = assignment.head
        self._assignment = assignment
        self._shared = shared
        self._code = StudentCode.of(submission, assignment, sandbox, Deadline(head.limits.submission_seconds),
                                    lets_workers_go_on=True)
        self._answers = read_answers(submission, assignment)
        self._written = WrittenChecker(shared.checkers, self._answers)
        self._notes = (*submission.notes, *self._answers.notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the submission as a whole, as far as it was opened."""
        return (*self._notes, *self._code.notes)

    def check(self, problem: Problem, part: Part, marks: list[Mark]) -> Verdict:
        """Return the verdict on a part, whatever happens."""
        earned = {mark.part: mark for mark in marks if mark.problem == problem.id}
        lacking = [name for name in part.needs if name in earned and earned[name].points == 0]
        if lacking:
            return Verdict(State.SKIPPED, 0.0, (f"This needs {' and '.join(lacking)}, which earned nothing yet.",))
        try:
            if isinstance(part, FunctionPart):
                return self._check_function(problem, part)
            if isinstance(part, UnittestPart):
                from autograder.checks.suite import check_suite  # most assignments have none, and each run pays

                return check_suite(part, self._assignment.folder, self._code)
            return self._written.check(problem, part)
        except (BadReference, CannotDraw) as error:
            return _not_graded(str(error))
        except Exception:  # a slip of ours in one part must cost neither the student nor the other parts
            return _not_graded(traceback.format_exc(limit=-4))

    def _check_function(self, problem: Problem, part: FunctionPart) -> Verdict:
        """Check a function; what is not right in a worker that served other parts, a fresh one decides."""
        cases = self._shared.cases.of(part, problem)
        verdict = None
        with suppress(UsedWorker):
            verdict = check_function(part, cases, self._code, self._shared.references)
        if verdict is None or not (verdict.state is State.CORRECT or self._code.is_fresh):
            self._code.close()
            verdict = check_function(part, cases, self._code, self._shared.references)
        return verdict

    def close(self) -> None:
        """End what still runs of the student's code."""
        self._code.close()


def _not_graded(fault: str) -> Verdict:
    return Verdict(State.NOT_GRADED, 0.0, ("This part could not be graded, through no fault of yours. Course staff "
                                           "have been told and will grade it.",), {"fault": fault})
