"""Grade written parts: an answer that was read from a submission -> Verdict.

Parts of a problem may share another reading of the question, such as counting whole windows only. All of them are
answered in it, or none: an answer in another reading than its fellows earns nothing, and is told why.
"""

from __future__ import annotations

import time
from typing import TypeAlias

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

Checker: TypeAlias = "FormulaChecker | EquationChecker | DerivationChecker"
BY_HAND = "Course staff will read and mark this part."
# An honest formula takes a second or two, on half a processor.
_PART_SECONDS, _ALL_SECONDS = 20.0, 150.0


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


class WrittenChecker:
    """Grades the written parts of one submission.

    Exact proofs run in a process of their own: close this after use, or give it a prover that several submissions
    share.
    """

    def __init__(self, assignment: Assignment, answers: Answers, prover: Prover | None = None) -> None:
        self._assignment = assignment
        self._answers = answers
        self._has_own_prover = prover is None
        self._prover = prover or Prover()
        if answers.by_part:
            self._prover.start()  # it loads while the code is graded
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
        checker = make_checker(part, problem.notation, shares_of(self._assignment), self._prover)
        assert checker is not None
        return self._run(checker, answer)

    def _run(self, checker: Checker, answer: Answer) -> Checked:
        """Judge an answer within its time. What is too much for that is a state of the answer, no fault of ours."""
        started = time.monotonic()
        try:
            with patience(min(_PART_SECONDS, self._seconds_left)):
                return checker.check(answer)
        except OutOfPatience:
            self._prover.close()  # it may have been asked for something; the next proof starts another
            state, said = State.TIMED_OUT, "This takes too long to work out. Give a shorter closed form."
        except (ArithmeticError, RecursionError, MemoryError):
            state, said = State.UNREADABLE, "This is too large to be worked out. Give a shorter closed form."
        finally:
            self._seconds_left -= time.monotonic() - started
        return Checked(Verdict(state, 0.0, (said,), describe_place(answer)))

    def _say_missing(self, part: WrittenPart) -> str:
        return (f"There is no answer to this part. Write it in `{self._assignment.head.answers}` below the heading "
                f"`## {part.id}`.")

    def close(self) -> None:
        """End the process that proves, unless others share it."""
        if self._has_own_prover:
            self._prover.close()


def _mixed(verdict: Verdict, fellow: FormulaPart | NumberPart) -> Verdict:
    """Refuse an answer that is right in another reading of the question than a fellow part is answered in."""
    said = (f"This is right in one reading of the question, and your answer to `{fellow.id}` in another. Use the same "
            "reading for both.")
    return Verdict(State.WRONG, 0.0, (*verdict.feedback, said), {**verdict.evidence, "mixed with": fellow.id})
