"""Pre-check a function: the grading line with what is public in the place of references, and the student's own loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from autograder.cases import draw_cases
from autograder.checks import sentences as grading
from autograder.checks.comparison import Array, Comparison, compare
from autograder.checks.followthrough import differentiate, evaluate_loss
from autograder.checks.function import (
    Attempt,
    OutputScore,
    changed_inputs,
    find_best_attempt,
    score_outputs,
    special_cases,
)
from autograder.checks.running import CaseRun, find_order, first_failure
from autograder.precheck import sentences
from autograder.precheck.expectations import Expectations, GivenValues, ListenedTo
from autograder.precheck.findings import Finding, PartReport, Standing, Tone
from autograder.spec.code import FunctionPart
from autograder.spec.model import Problem
from autograder.student_code import LoadFault, OpenFunction, StudentCode

SEED = "the pre-check's own inputs"
_OWN_TOLERANCE = 1e-5  # of central differences, as a share of the largest entry
_OWN_CASES = 2
_LONG_STEP, _STEADY = 1e-3, 1e-3
_STEP = 1e-4
_VISIBLE = 1e-9  # a smaller fall of the loss may drown in rounding


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """A report, and the runs that it rests on: for what else speaks of the same quantities."""

    report: PartReport
    runs: tuple[CaseRun, ...] = ()
    given: GivenValues | None = None


def check_code(part: FunctionPart, problem: Problem, student: StudentCode, seed: str = SEED) -> CodeCheck:
    """Return what can be said of one function.

    Raises CannotDraw where the declared inputs contradict each other.
    """
    cases = list(draw_cases(part, problem, seed))
    title = part.title or f"{problem.title}: {part.id}"
    with student.open(part.file, part.function, part.call_seconds) as function:
        if isinstance(function, LoadFault):
            found = tuple(Finding(Tone.MEND, said) for said in function.feedback)
            return CodeCheck(PartReport(problem.id, part.id, title, Standing.MEND, found))
        given, heard = GivenValues(part, problem), ListenedTo(function)
        expectations = Expectations(given, part, cases, heard)
        attempt = find_best_attempt(part, cases, expectations, heard)
        scores = score_outputs(part, _leave_out_unknown(part, attempt, expectations), expectations, heard)
        judged = _Judged(part, attempt, scores, expectations, function)
        findings = tuple(judged.findings())
        standing = Standing.MEND if any(f.tone is Tone.MEND for f in findings) else Standing.FINE
        notes = tuple(Finding(Tone.NOTE, note) for note in function.notes)
        report = PartReport(problem.id, part.id, title, standing, (*findings, *notes), judged.rights(),
                            tuple(judged.unchecked()))
        return CodeCheck(report, attempt.runs, given)


def _leave_out_unknown(part: FunctionPart, attempt: Attempt, expectations: Expectations) -> Attempt:
    """Leave out the cases about which nothing is stated, where others tell of the same output.

    There an output is held against itself: it would be counted as right, and no slip would explain every case.
    """
    stated = {name for name in part.returns for run in attempt.runs if expectations.is_known(name, run.drawn)}
    runs = []
    for run in attempt.runs:
        looked = tuple(
            name for name in part.returns
            if run.looks_at(name) and (name not in stated or expectations.is_known(name, run.drawn)
                                       or not run.is_right(name)))
        if looked:
            case = replace(run.drawn.case, outputs=looked)
            runs.append(replace(run, drawn=replace(run.drawn, case=case)))
    return replace(attempt, runs=tuple(runs))


class _Judged:
    """The cases of one function, and what is to be said of them."""

    def __init__(
        self, part: FunctionPart, attempt: Attempt, scores: Sequence[OutputScore], expectations: Expectations,
        function: OpenFunction,
    ) -> None:
        self._part = part
        self._attempt = attempt
        self._runs = attempt.ordinary
        self._scores = {score.name: score for score in scores}
        self._expectations = expectations
        self._function = function

    def rights(self) -> dict[str, bool | None]:
        """Return, by output, whether it is what the question states; None where that is not known."""
        return {name: self._is_right(name) for name in self._part.returns}

    def _is_right(self, output: str) -> bool | None:
        looked = [run for run in self._runs if run.looks_at(output)]
        if any(not run.is_right(output) for run in looked):
            return False
        return True if len(self._known(output)) == len(looked) else None

    def _known(self, output: str) -> list[CaseRun]:
        return [run for run in self._runs
                if run.looks_at(output) and self._expectations.is_known(output, run.drawn)]

    def findings(self) -> Iterator[Finding]:
        failed = first_failure(self._runs)
        if failed is not None:
            said = sentences.say_used_up() if failed.reply is None else grading.say_failure(failed.reply, failed.drawn)
            yield Finding(Tone.MEND, said)
            return
        miscounted = next((run for run in self._runs if run.count_fault), None)
        if miscounted is not None:
            yield Finding(Tone.MEND, f"{miscounted.count_fault} Inputs: {miscounted.drawn.describe()}.")
            return
        if self._is_zero():
            yield Finding(Tone.MEND, sentences.ALL_ZERO)
            return
        order = None if all(self._is_right(name) for name in self._part.returns) else find_order(
            self._part, self._runs)
        if order is not None and order != tuple(self._part.returns):
            yield Finding(Tone.MEND, grading.say_other_order(order, tuple(self._part.returns)))
        for name in self._part.returns:
            yield from self._output(name)
        missed = special_cases(self._part, self._attempt, list(self._scores.values()), self._function)[1]
        yield from (Finding(Tone.MEND, said) for said in missed)
        changed = changed_inputs(self._attempt.runs)
        yield Finding(Tone.MEND, grading.say_changed_inputs(changed, len(self._attempt.runs))) if changed else Finding(
            Tone.FINE, sentences.KEEPS_INPUTS)
        if self._attempt.other_call is not None:
            costs = self._attempt.other_call.credit < 1.0
            yield Finding(Tone.MEND if costs else Tone.NOTE, self._attempt.other_call.say)

    def _is_zero(self) -> bool:
        """Whether nothing but zeros came back where a gradient was asked."""
        if not any(output.gradient for output in self._part.returns.values()):
            return False
        arrays = [c.actual for run in self._runs for c in run.comparisons.values()]
        return bool(arrays) and all(array is not None and not np.any(array) for array in arrays)

    def _output(self, name: str) -> Iterator[Finding]:
        score, is_right = self._scores[name], self._is_right(name)
        count = sum(run.looks_at(name) for run in self._runs)
        known = len(self._known(name))
        returned = self._returned_input(name) if is_right is None else None
        if returned is not None:
            yield Finding(Tone.MEND, sentences.say_returned_input(name, returned))
        elif is_right is False and known:
            yield Finding(Tone.MEND, sentences.say_known_wrong(self._part, name, score.sentence))
        elif is_right is False:
            yield Finding(Tone.MEND, score.sentence)
        elif is_right:
            yield Finding(Tone.FINE, sentences.say_known_right(self._part, name, count, score.sentence))
        elif known:
            yield Finding(Tone.FINE, sentences.say_known_where_known(self._part, name, known, count))
        else:
            yield Finding(Tone.FINE, f"{sentences.say_form_right(name, count)} {score.sentence}".rstrip())
        gradient = self._part.returns[name].gradient
        if gradient is not None:
            yield from self._own_loss(name, gradient.of, gradient.wrt)

    def _returned_input(self, output: str) -> str | None:
        """Return the input that an output is equal to in every case: what an unfinished function may give back."""
        for name in self._part.inputs:
            pairs = [(run.drawn.inputs.get(name), run.comparisons[output].actual) for run in self._runs
                     if output in run.comparisons]
            if pairs and all(isinstance(given, (np.ndarray, float)) and actual is not None
                             and np.shape(given) == actual.shape and np.array_equal(np.asarray(given), actual)
                             for given, actual in pairs):
                return name
        return None

    # --- the student's own loss -----------------------------------------------------------------------------------

    def _own_loss(self, name: str, loss: str, wrt: str) -> Iterator[Finding]:
        """Hold a gradient against finite differences of the loss that came with it, and take a step against it."""
        right, is_loss_right = self._is_right(name), self._is_right(loss)
        usable = [run for run in self._runs
                  if self._gradient(run, name) is not None and self._loss(run, loss) is not None]
        if not usable or (is_loss_right and right):  # where both are as stated, one is the derivative of the other
            return
        compared = [self._hold_against_loss(run, name, loss, wrt) for run in usable[:_OWN_CASES]]
        differs = next((one for one in compared if one is not None and not one.is_right), None)
        if differs is not None and is_loss_right and right is False:
            yield Finding(Tone.MEND, sentences.say_gradient_is_off(loss))
        elif differs is not None and differs.actual is not None:
            at = f"`{name}[{', '.join(map(str, differs.worst))}]`" if differs.worst else f"`{name}`"
            yield Finding(Tone.MEND, sentences.say_not_own_derivative(
                name, loss, at, float(differs.actual[differs.worst]), float(differs.expected[differs.worst]),
                (is_loss_right, right)))
        elif compared and None not in compared:
            tone = Tone.FINE if is_loss_right is not False else Tone.NOTE
            yield Finding(tone, sentences.say_own_derivative(name, loss, is_loss_right=is_loss_right))
        yield from self._descent(usable[0], name, loss, wrt, is_told=differs is None)

    def _hold_against_loss(self, run: CaseRun, name: str, loss: str, wrt: str) -> Comparison | None:
        """Compare a gradient with central differences of the student's own loss; None where these cannot be had."""
        point = np.asarray(run.drawn.inputs[wrt], dtype=np.float64)
        estimate = differentiate(self._part, run, loss, wrt, point, self._function)
        gradient = self._gradient(run, name)
        if estimate is None or gradient is None or estimate.shape != gradient.shape:
            return None
        comparison = compare(gradient, "", estimate, _OWN_TOLERANCE)
        if comparison.is_right or self._is_steady(run, loss, wrt, comparison):
            return comparison
        return None

    def _is_steady(self, run: CaseRun, loss: str, wrt: str, comparison: Comparison) -> bool:
        """Whether a difference quotient is the same with a much longer step: else it is rounding, or a kink."""
        point = np.asarray(run.drawn.inputs[wrt], dtype=np.float64)
        position, values = list(self._part.returns).index(loss), []
        for step in (_LONG_STEP, -_LONG_STEP):
            moved = point.copy()
            moved[comparison.worst] += step
            values.append(evaluate_loss(self._part, run, {wrt: float(moved) if moved.ndim == 0 else moved}, position,
                                        self._function))
        if values[0] is None or values[1] is None:
            return False
        scale = float(np.abs(comparison.expected).max(initial=1e-12))
        quotient = (values[0] - values[1]) / (2 * _LONG_STEP)
        return abs(quotient - float(comparison.expected[comparison.worst])) < _STEADY * scale

    def _descent(self, run: CaseRun, name: str, loss: str, wrt: str, *, is_told: bool) -> Iterator[Finding]:
        """Take a small step against a gradient; that it lowers the loss is told only where nothing is wrong."""
        gradient, before = self._gradient(run, name), self._loss(run, loss)
        point = np.asarray(run.drawn.inputs[wrt], dtype=np.float64)
        if gradient is None or before is None or not np.any(gradient) or gradient.shape != point.shape:
            return
        step = _STEP / float(np.abs(gradient).max())
        if step * float(np.sum(gradient * gradient)) < _VISIBLE * max(1.0, abs(before)):
            return
        moved = point - step * gradient
        position = list(self._part.returns).index(loss)
        after = evaluate_loss(self._part, run, {wrt: float(moved) if moved.ndim == 0 else moved}, position,
                              self._function)
        if after is not None and (after > before or (after == before and is_told)):
            yield Finding(Tone.MEND, sentences.say_no_descent(name, loss, before, after))
        elif after is not None and is_told:
            yield Finding(Tone.FINE, sentences.say_descent(name, loss))

    def _gradient(self, run: CaseRun, name: str) -> Array | None:
        comparison = run.comparisons.get(name)
        actual = comparison.actual if comparison is not None else None
        if comparison is None or actual is None or actual.shape != comparison.expected.shape:
            return None
        return actual if np.isfinite(actual).all() else None

    def _loss(self, run: CaseRun, loss: str) -> float | None:
        value = self._gradient(run, loss)
        return float(value.reshape(())) if value is not None and value.size == 1 else None

    def unchecked(self) -> Iterator[str]:
        """Yield what the grader will hold against a reference and nothing here could."""
        unknown = [name for name in self._part.returns
                   if len(self._known(name)) < sum(run.looks_at(name) for run in self._runs)]
        if unknown:
            names = ", ".join(f"`{name}`" for name in unknown)
            some = " in every case" if any(self._known(name) for name in unknown) else ""
            yield f"whether {names} of `{self._part.function}` has the right value{some}"
