"""Grade written parts: an answer that was read from a submission -> Verdict.

Parts of a problem may share another reading of the question, such as counting whole windows only. All of them are
answered in it, or none: an answer in another reading than its fellows earns nothing, and is told why.
"""

from __future__ import annotations

import time
from typing import TypeAlias

from msgspec.structs import replace

from autograder.checks.choice import check_choice
from autograder.checks.derivation import DerivationChecker
from autograder.checks.formula import Checked, EquationChecker, FormulaChecker, Shares, describe_place
from autograder.checks.patience import OutOfPatience, patience
from autograder.formula.proving.proof import Prover
from autograder.marks import State, Verdict
from autograder.spec.model import Assignment, Problem
from autograder.spec.notation import Notation
from autograder.spec.written import (
    ChoicePart,
    DerivationPart,
    EquationPart,
    FormulaPart,
    NumberPart,
    ProsePart,
    WrittenPart,
)
from autograder.submission.answers import Answer, Answers
from autograder.submission.places import Place

Checker: TypeAlias = "FormulaChecker | EquationChecker | DerivationChecker"
BY_HAND = "Course staff will read and mark this part."
# An honest formula takes a second or two, on half a processor.
_PART_SECONDS, _ALL_SECONDS = 20.0, 150.0
_MAX_REMEMBERED = 20_000
_ANYWHERE = Place("", 0)


def make_checker(part: WrittenPart, notation: Notation, shares: Shares, prover: Prover | None) -> Checker | None:
    """Return what judges the formulas of a part; None for a part that needs no judge."""
    if isinstance(part, (FormulaPart, NumberPart)):
        return FormulaChecker(part, notation, shares, prover)
    if isinstance(part, EquationPart):
        return EquationChecker(part, notation, prover)
    if isinstance(part, DerivationPart):
        return DerivationChecker(part, notation, prover)
    return None


def shares_of(assignment: Assignment) -> Shares:
    return Shares(assignment.head.wrong_form, assignment.head.other_layout)


class Checkers:
    """What judges the written parts of an assignment, worked out on first need and shared by its submissions.

    For one thread at a time. Exact proofs run in a process of their own: close this after use.
    """

    def __init__(self, assignment: Assignment, prover: Prover | None = None) -> None:
        self.assignment = assignment
        self.prover = prover or Prover()
        self._made: dict[tuple[str, str], Checker] = {}
        self._checked: dict[tuple[str, str, Answer], Checked] = {}

    def check(self, problem: Problem, part: WrittenPart, answer: Answer) -> Checked:
        """Judge an answer, or say again what was said of the same answer in another place."""
        key = (problem.id, part.id, replace(answer, place=_ANYWHERE))
        checked = self._checked.get(key)
        if checked is None:
            checked = self._checker(problem, part).check(answer)
            if len(self._checked) < _MAX_REMEMBERED and checked.verdict.state is not State.UNREADABLE:
                self._checked[key] = checked  # why something cannot be read is said with its place
        evidence = {**checked.verdict.evidence, "place": str(answer.place)}
        return replace(checked, verdict=replace(checked.verdict, evidence=evidence))

    def _checker(self, problem: Problem, part: WrittenPart) -> Checker:
        key = (problem.id, part.id)
        if key not in self._made:
            made = make_checker(part, problem.notation, shares_of(self.assignment), self.prover)
            assert made is not None
            self._made[key] = made
        return self._made[key]

    def close(self) -> None:
        """End the process that proves; where another proof is asked for, another is started."""
        self.prover.close()


class WrittenChecker:
    """Grades the written parts of one submission."""

    def __init__(self, checkers: Checkers, answers: Answers) -> None:
        self._checkers = checkers
        self._answers = answers
        self._checked: dict[tuple[str, str], Checked] = {}
        self._seconds_left = _ALL_SECONDS

    def check(self, problem: Problem, part: WrittenPart) -> Verdict:
        """Return the verdict on a part, in view of how its fellows are answered."""
        checked = self._check_alone(problem, part)
        if checked.reading is None:
            return checked.verdict
        for fellow in problem.parts:
            if not isinstance(fellow, (FormulaPart, NumberPart)) or fellow.visibility != part.visibility:
                continue
            shares_reading = any(other.reading == checked.reading for other in fellow.other_answers)
            if fellow.id == part.id or not shares_reading:
                continue
            theirs = self._check_alone(problem, fellow)
            if theirs.is_right and theirs.reading != checked.reading:
                return _mixed(checked.verdict, fellow)
        return checked.verdict

    def _check_alone(self, problem: Problem, part: WrittenPart) -> Checked:
        key = (problem.id, part.id)
        if key not in self._checked:
            self._checked[key] = self._check(problem, part, self._answers.get(*key))
        return self._checked[key]

    def _check(self, problem: Problem, part: WrittenPart, answer: Answer | None) -> Checked:
        if answer is None:
            return Checked(Verdict(State.MISSING, 0.0, (self._say_missing(part),)))
        if isinstance(part, ProsePart):
            return Checked(Verdict(State.BY_HAND, 0.0, (BY_HAND,), describe_place(answer)))
        if isinstance(part, ChoicePart):
            return Checked(check_choice(part, answer))
        return self._judge(problem, part, answer)

    def _judge(self, problem: Problem, part: WrittenPart, answer: Answer) -> Checked:
        """Judge an answer within its time. What is too much for that is a state of the answer, no fault of ours."""
        started = time.monotonic()
        try:
            with patience(min(_PART_SECONDS, self._seconds_left)):
                return self._checkers.check(problem, part, answer)
        except OutOfPatience:
            self._checkers.close()  # it may have been asked for something; the next proof starts another
            state, said = State.TIMED_OUT, "This takes too long to work out. Give a shorter closed form."
        except (ArithmeticError, RecursionError, MemoryError):
            state, said = State.UNREADABLE, "This is too large to be worked out. Give a shorter closed form."
        finally:
            self._seconds_left -= time.monotonic() - started
        return Checked(Verdict(state, 0.0, (said,), describe_place(answer)))

    def _say_missing(self, part: WrittenPart) -> str:
        return (f"There is no answer to this part. Write it in `{self._checkers.assignment.head.answers}` below the "
                f"heading `## {part.id}`.")


def _mixed(verdict: Verdict, fellow: FormulaPart | NumberPart) -> Verdict:
    """Refuse an answer that is right in another reading of the question than a fellow part is answered in."""
    said = (f"This is right in one reading of the question, and your answer to `{fellow.id}` in another. Use the same "
            "reading for both.")
    return Verdict(State.WRONG, 0.0, (*verdict.feedback, said), {**verdict.evidence, "mixed with": fellow.id})
