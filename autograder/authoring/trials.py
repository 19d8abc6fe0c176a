"""Try variants of a right submission through the real line, and say which parts refuse them.

A variant is graded as a student's submission is: read, run in a confined worker, compared, diagnosed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograder.authoring.formulas import FormulaTrials, try_formulas
from autograder.authoring.mutation import Variant
from autograder.authoring.ranges import wider_cases
from autograder.authoring.solution import Solution
from autograder.cases import CannotDraw, DrawnCase, draw_cases
from autograder.checks.comparison import compare
from autograder.grade import Grader, Selection
from autograder.marks import Json, Mark, State
from autograder.references import BadReference, References
from autograder.sandbox.outcomes import Returned
from autograder.sandbox.supervisor import Sandbox
from autograder.spec.code import FunctionPart
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment, Problem
from autograder.spec.written import FormulaPart
from autograder.student_code import Deadline, LoadFault, StudentCode
from autograder.submission import Submission

# A mutant that hangs is told from the solution all the same, sooner than a student would be.
_MUTANT_SECONDS = 1.0
Values: TypeAlias = "Mapping[str, NDArray[np.float64]]"
SAME = 1e-9
"""Rounding leaves less than this, as a share of the largest expected entry."""


@dataclass(frozen=True, slots=True)
class PartTrial:
    """What one part made of a variant.

    failed_cases   numbers of the cases in which some output was not right
    error          the largest relative error of any output; infinite where there was none to speak of
    """

    part: str
    is_right: bool
    state: State
    failed_cases: frozenset[int]
    error: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A variant and what the parts said that looked at it: of a mutant, up to the first that refused it."""

    variant: Variant
    parts: tuple[PartTrial, ...]

    @property
    def refused(self) -> PartTrial | None:
        return next((part for part in self.parts if not part.is_right), None)

    @property
    def error(self) -> float:
        return max((part.error for part in self.parts), default=0.0)


@dataclass(frozen=True, slots=True)
class Killer:
    """A case on which a surviving mutant goes wrong.

    secret   the seed text with which a declared case shows it; '' for a case that the part does not have
    case     the number of the declared case, or the YAML of a case to add
    """

    part: str
    secret: str
    case: str
    error: float


class Trials:
    """Tries variants of one solution."""

    def __init__(self, assignment: Assignment, solution: Solution, sandbox: Sandbox) -> None:
        self._assignment = assignment
        self._grader = Grader(assignment, sandbox)
        self._hurried = Grader(_with_call_seconds(assignment, _MUTANT_SECONDS), sandbox)
        self._solution = solution
        self._sandbox = sandbox
        self._references = References(reference_folders(assignment.folder))
        self._parts: dict[str, tuple[Problem, FunctionPart]] = {
            f"{problem.id}/{part.id}": (problem, part)
            for problem in assignment.problems for part in problem.parts if isinstance(part, FunctionPart)
        }

    def try_mutant(self, variant: Variant) -> Trial:
        """Grade the parts that a mutant can reach, up to the first that refuses it."""
        found: list[PartTrial] = []
        for part in variant.parts:
            found.append(self._grade(variant, part, self._hurried))
            if not found[-1].is_right:
                break
        return Trial(variant, tuple(found))

    def try_rewrite(self, variant: Variant) -> Trial:
        """Grade every part that a rewrite can reach."""
        return Trial(variant, tuple(self._grade(variant, part, self._grader) for part in variant.parts))

    def try_other_seeds(self, variant: Variant, part: str, secrets: Sequence[str]) -> str | None:
        """Return the first seed with which a part takes a mutant for right, or None."""
        for secret in secrets:
            head = self._assignment.head.model_copy(update={"seed": secret})
            with Grader(self._assignment.model_copy(update={"head": head}), self._sandbox) as grader:
                if self._grade(variant, part, grader).is_right:
                    return secret
        return None

    def try_formulas(self, problem: str, part: str) -> FormulaTrials:
        """Grade the slips and the rewrites of a written answer."""
        found = next(one for one in self._assignment.problems if one.id == problem)
        written = next(one for one in found.parts if one.id == part)
        assert isinstance(written, FormulaPart)
        return try_formulas(found, written, self._grader, self._assignment.head.answers)

    def _grade(self, variant: Variant, part: str, grader: Grader) -> PartTrial:
        return read_trial(grader.grade(self._submission(variant), Selection(*part.split("/"))).marks[0])

    def _submission(self, variant: Variant) -> Submission:
        return Submission({**self._solution.code.files, variant.file: variant.source})

    def close(self) -> None:
        self._grader.close()
        self._hurried.close()

    # Survivors

    def find_killer(self, variant: Variant, secrets: Sequence[str]) -> Killer | None:
        """Return an input on which a survivor differs from the references, or None: then it is no mutant.

        Tried are the declared cases with other seeds, then cases that the parts do not have.
        """
        for part in variant.parts:
            problem, declared = self._parts[part]
            for secret in secrets:
                for drawn, error in self._differences(variant, declared, problem, secret):
                    return Killer(part, secret, str(drawn.number), error)
            for text, wider in wider_cases(declared, problem):
                for _, error in self._differences(variant, wider, problem, secrets[0]):
                    return Killer(part, "", text, error)
        return None

    def _differences(
        self, variant: Variant, part: FunctionPart, problem: Problem, secret: str
    ) -> Iterator[tuple[DrawnCase, float]]:
        """Yield the cases in which a variant is further from the reference than rounding, or the solution, explains."""
        try:
            cases = list(draw_cases(part, problem, secret))
        except CannotDraw:
            return
        expected = [self._expected(part, drawn) for drawn in cases]
        known = [(drawn, values) for drawn, values in zip(cases, expected, strict=True) if values is not None]
        own = list(self._errors(self._solution.code, part, known))
        theirs = self._errors(self._submission(variant), part, known)
        for (drawn, _), base, error in zip(known, own, theirs, strict=True):
            if error > max(SAME, 10 * base):
                yield drawn, error

    def _errors(
        self, submission: Submission, part: FunctionPart, cases: Sequence[tuple[DrawnCase, Values]]
    ) -> Iterator[float]:
        """Yield the largest relative error of a submission in each case."""
        code = StudentCode.of(submission, self._assignment, self._sandbox, Deadline(600))
        with code.open(part.file, part.function, _MUTANT_SECONDS) as function:
            for drawn, expected in cases:
                if isinstance(function, LoadFault):
                    yield math.inf
                    continue
                reply = function.call(drawn.case.call or part.call, drawn.inputs, len(part.returns))
                if not isinstance(reply, Returned) or len(reply.values) != len(expected):
                    yield math.inf
                    continue
                yield max(_error(value.array, expected[name])
                          for name, value in zip(expected, reply.values, strict=True)
                          if not drawn.case.outputs or name in drawn.case.outputs)

    def _expected(self, part: FunctionPart, drawn: DrawnCase) -> Values | None:
        """Return what the reference gives; None for inputs that are beyond it."""
        try:
            expected = self._references.call(part.reference, tuple(part.returns), drawn.inputs)
        except BadReference:
            return None
        return expected if all(np.isfinite(values).all() for values in expected.values()) else None


def _error(actual: object, expected: NDArray[np.float64]) -> float:
    compared = compare(actual, "", expected, SAME)
    return 0.0 if compared.is_right else compared.relative_error or math.inf


def _with_call_seconds(assignment: Assignment, seconds: float) -> Assignment:
    limits = assignment.head.limits
    if limits.call_seconds <= seconds:
        return assignment
    limits = limits.model_copy(update={"call_seconds": seconds})
    return assignment.model_copy(update={"head": assignment.head.model_copy(update={"limits": limits})})


def is_right(mark: Mark) -> bool:
    """Whether a part gave all its points and found nothing to mend."""
    return mark.state is State.CORRECT and mark.points >= mark.max_points - 1e-9


def read_trial(mark: Mark) -> PartTrial:
    """Return what a mark says of a variant, out of the evidence for staff."""
    cases = _items(mark.verdict.evidence.get("cases"))
    failed, errors = set(), [0.0] if cases else [math.inf]
    for case in cases:
        outputs = _outputs(case)
        errors += [_number(said.get("relative error")) if said.get("rung") in ("right", "value") else math.inf
                   for said in outputs] or [math.inf]
        if not outputs or any(said.get("rung") != "right" for said in outputs):
            failed.add(int(_number(case.get("case"))))
    return PartTrial(mark.id, is_right(mark), mark.state, frozenset(failed), max(errors))


def _items(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _outputs(case: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    found = case.get("outputs")
    return [said for said in found.values() if isinstance(said, Mapping)] if isinstance(found, Mapping) else []


def _number(value: Json) -> float:
    return float(value) if isinstance(value, (int, float)) else math.inf

