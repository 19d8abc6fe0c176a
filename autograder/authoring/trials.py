"""Try variants of a right submission through the real line, and say which parts refuse them.

A variant is graded as a student's submission is: read, run in a confined worker, compared, diagnosed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from autograder.authoring.equality import find_obstacle
from autograder.authoring.findings import Equal
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


@dataclass(frozen=True, slots=True)
class _Input:
    """What a function is called with, what it should give, and how far off the solution itself is.

    secret, case   as in Killer
    """

    secret: str
    case: str
    drawn: DrawnCase
    expected: Values
    own_error: float = 0.0


class Trials:
    """Tries variants of one solution."""

    def __init__(self, assignment: Assignment, solution: Solution, sandbox: Sandbox) -> None:
        self._assignment = assignment
        self._grader = Grader(assignment, sandbox)
        self._hurried = Grader(_hurried(assignment), sandbox)
        self._solution = solution
        self._sandbox = sandbox
        self._references = References(reference_folders(assignment.folder))
        self._known_inputs: dict[tuple[str, tuple[str, ...]], list[_Input]] = {}
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
        """Return the first seed with which every case of a part takes a mutant for right, or None."""
        _, declared = self._parts[part]
        inputs = [one for one in self._inputs(part, secrets) if one.secret]
        errors = self._errors(self._submission(variant), declared, inputs)
        worst = dict.fromkeys(secrets, 0.0)
        for one, error in zip(inputs, errors, strict=True):
            worst[one.secret] = max(worst[one.secret], error)
        return next((secret for secret, error in worst.items() if error <= declared.relative_tolerance), None)

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

    def try_survivor(self, variant: Variant, secrets: Sequence[str]) -> Killer | Equal:
        """Return an input on which a survivor differs from the references; where there is none, it is no mutant.

        Tried are the declared cases with other seeds, then cases that the parts do not have. It differs where it is
        further from the reference than rounding, or the solution itself, explains.
        """
        tried = 0
        for part in variant.parts:
            inputs = self._inputs(part, secrets)
            tried += len(inputs)
            errors = self._errors(self._submission(variant), self._parts[part][1], inputs)
            for one, error in zip(inputs, errors, strict=True):
                if error > max(SAME, 10 * one.own_error):
                    return Killer(part, one.secret, one.case, error)
        parts = [self._parts[part] for part in variant.parts]
        obstacle = find_obstacle(variant, self._solution.code.files, parts, self._assignment)
        return Equal(variant.parts[0], variant.function, variant.what, tried, obstacle)

    def _inputs(self, part: str, secrets: Sequence[str]) -> list[_Input]:
        """Return the inputs on which mutants of a part are looked at once more; they are the same for all of them."""
        key = (part, tuple(secrets))
        if key not in self._known_inputs:
            problem, declared = self._parts[part]
            found = [one for secret in secrets for one in self._draw(declared, problem, secret)]
            for text, wider in wider_cases(declared, problem):
                found += [replace(one, secret="", case=text) for one in self._draw(wider, problem, secrets[0])]
            own = self._errors(self._solution.code, declared, found)
            self._known_inputs[key] = [replace(one, own_error=error) for one, error in zip(found, own, strict=True)]
        return self._known_inputs[key]

    def _draw(self, part: FunctionPart, problem: Problem, secret: str) -> Iterator[_Input]:
        """Yield the drawn cases on which the reference gives numbers."""
        with suppress(CannotDraw):
            for drawn in draw_cases(part, problem, secret):
                expected = self._expected(part, drawn)
                if expected is not None:
                    yield _Input(secret, str(drawn.number), drawn, expected)

    def _errors(self, submission: Submission, part: FunctionPart, inputs: Sequence[_Input]) -> Iterator[float]:
        """Yield the largest relative error of a submission on each input; infinite where it gives no values."""
        code = StudentCode.of(submission, self._assignment, self._sandbox, Deadline(600))
        with code.open(part.file, part.function, _MUTANT_SECONDS) as function:
            for one in inputs:
                if isinstance(function, LoadFault):
                    yield math.inf
                    continue
                case = one.drawn.case
                reply = function.call(case.call or part.call, one.drawn.inputs, len(part.returns))
                if not isinstance(reply, Returned) or len(reply.values) != len(one.expected):
                    yield math.inf
                    continue
                yield max(_error(value.array, one.expected[name])
                          for name, value in zip(one.expected, reply.values, strict=True)
                          if not case.outputs or name in case.outputs)

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


def _hurried(assignment: Assignment) -> Assignment:
    """Return an assignment that takes the same for right, sooner: what is only said of wrong work is left out.

    Mistakes that earn nothing and what follows from an earlier mistake change the points of wrong work, and never make
    it right.
    """
    limits = assignment.head.limits
    limits = structs.replace(limits, call_seconds=min(limits.call_seconds, _MUTANT_SECONDS))
    problems = [structs.replace(problem, parts=tuple(
        structs.replace(part, follow_through=0.0, mistakes=tuple(m for m in part.mistakes if m.credit))
        if isinstance(part, FunctionPart) else part for part in problem.parts)) for problem in assignment.problems]
    head = structs.replace(assignment.head, limits=limits)
    return structs.replace(assignment, head=head, problems=tuple(problems))


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

