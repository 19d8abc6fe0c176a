"""Grade a function that the student wrote: cases -> points, state, and one sentence per thing to mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograder.cases import DrawnCase
from autograder.checks import sentences
from autograder.checks.comparison import Array
from autograder.checks.evidence import describe_runs
from autograder.checks.followthrough import follow_own_loss, follow_stand_ins
from autograder.checks.misconceptions import (
    Diagnosis,
    KnownMistake,
    Observation,
    diagnose,
    put_whole_mistakes_first,
)
from autograder.checks.running import CaseRun, expected_outputs, find_order, first_failure, run_cases
from autograder.marks import State, Verdict
from autograder.references import References
from autograder.sandbox.outcomes import Died, Raised, Returned, TimedOut
from autograder.spec.code import FunctionPart, OtherCall
from autograder.student_code import LoadFault, OpenFunction, StudentCode


class OutputScore(Struct, frozen=True):
    """What one output earned, and the sentence about it."""

    name: str
    points: float
    max_points: float
    is_right: bool
    sentence: str
    diagnosis: Diagnosis | None = None
    is_followed: bool = False
    """Whether it is right for the student's own, wrong earlier result."""


class Attempt(Struct, frozen=True):
    """All cases run in one way of calling the function."""

    runs: tuple[CaseRun, ...]
    other_call: OtherCall | None = None

    @property
    def ordinary(self) -> tuple[CaseRun, ...]:
        """The cases that every output must pass; the others have points of their own."""
        return tuple(run for run in self.runs if run.drawn.case.points is None)

    def rights(self, outputs: Sequence[str]) -> int:
        return sum(run.is_right(name) for run in self.ordinary for name in outputs if run.looks_at(name))

    def is_right(self, output: str) -> bool:
        return all(run.is_right(output) for run in self.ordinary if run.looks_at(output))

    @property
    def gives_values(self) -> bool:
        return any(isinstance(run.reply, Returned) for run in self.runs)


def check_function(
    part: FunctionPart, cases: Sequence[DrawnCase], student: StudentCode, references: References
) -> Verdict:
    """Return the verdict on one function part.

    Raises BadReference: a fault of the problem, which the caller marks *not graded*.
    """
    with student.open(part.file, part.function, part.call_seconds) as function:
        if isinstance(function, LoadFault):
            return Verdict(function.state, 0.0, function.feedback, {"load": function.detail})
        attempt = find_best_attempt(part, cases, references, function)
        scores = score_outputs(part, attempt, references, function)
        return _verdict(part, attempt, scores, references, function)


def find_best_attempt(
    part: FunctionPart, cases: Sequence[DrawnCase], references: References, function: OpenFunction
) -> Attempt:
    """Call in the declared way, then in the other accepted ones; the first that fits everywhere wins, else the best."""
    best = Attempt(tuple(run_cases(part, cases, references, function, part.call)))
    gives_values = best.gives_values
    outputs = tuple(part.returns)
    for other in part.other_calls:
        failed = first_failure(best.ordinary)
        is_over = failed is not None and isinstance(failed.reply, TimedOut | None)  # another call would hang as well
        if is_over or all(best.is_right(name) for name in outputs):
            break
        if other.only_if_it_raises and gives_values:
            continue
        attempt = Attempt(tuple(run_cases(part, cases, references, function, other.call)), other)
        gives_values = gives_values or attempt.gives_values
        # A call that fails in some case is no way in which the function works: to name it would mislead.
        if first_failure(attempt.ordinary) is None and attempt.rights(outputs) > best.rights(outputs):
            best = attempt
    return best


def score_outputs(
    part: FunctionPart, attempt: Attempt, references: References, function: OpenFunction
) -> list[OutputScore]:
    credit = attempt.other_call.credit if attempt.other_call else 1.0
    given = [run for run in attempt.ordinary if run.comparisons]
    observed = {name: [Observation(run.drawn, run.comparisons[name]) for run in given if run.looks_at(name)]
                for name in part.returns}
    mistakes = put_whole_mistakes_first(observed, _known_mistakes(part, given, references))
    scores = []
    for name, output in part.returns.items():
        points = (output.points or 0.0) if not part.is_all_or_nothing else 0.0
        if attempt.is_right(name):
            rights = [run.comparisons[name] for run in attempt.runs if run.is_right(name)]
            remark = sentences.say_extra_axes(name, rights)
            scores.append(OutputScore(name, points * credit, points, True, remark))
            continue
        observations = observed[name]
        is_complete = len(observations) == sum(run.looks_at(name) for run in attempt.ordinary)
        says_something = is_complete or len(observations) > 1
        diagnosis = diagnose(name, observations, mistakes.get(name, ())) if says_something else None
        if diagnosis and not is_complete:  # what fails in some cases is no honest other reading
            diagnosis = replace(diagnosis, credit=0.0)
        sentence = diagnosis.sentence if diagnosis else sentences.say_wrong_output(
            name, observations, show_expected=part.show_expected)
        scores.append(OutputScore(name, points * (diagnosis.credit if diagnosis else 0.0), points, False,
                                  sentence, diagnosis))
    scores = [_credit_whole_mistakes(score, scores, mistakes) for score in scores]
    if part.follow_through and not all(score.is_right for score in scores):
        scores = _follow_through(part, attempt, scores, references, function)
    return scores


def _credit_whole_mistakes(
    score: OutputScore, scores: Sequence[OutputScore], mistakes: Mapping[str, tuple[KnownMistake, ...]]
) -> OutputScore:
    """Take the credit back from a mistake that is made in one output and not in another where it would show.

    An honest other reading of a question earns its credit only where it is kept to.
    """
    if score.is_right or score.diagnosis is None or not score.diagnosis.credit:
        return score
    made = {other.name for other in scores if other.diagnosis and other.diagnosis.name == score.diagnosis.name}
    shows = {name for name, known in mistakes.items() if any(m.name == score.diagnosis.name for m in known)}
    return score if shows <= made else replace(score, points=0.0)


def _known_mistakes(
    part: FunctionPart, runs: Sequence[CaseRun], references: References
) -> Mapping[str, tuple[KnownMistake, ...]]:
    """Return, by output, what each declared mistake gives in the cases that look at it."""
    found: dict[str, list[KnownMistake]] = {name: [] for name in part.returns}
    if all(run.is_right(name) for run in runs for name in part.returns if run.looks_at(name)):
        return {}
    for number, mistake in enumerate(part.mistakes):
        outputs = [expected_outputs(part, run.drawn, references, mistake.reference) for run in runs]
        for name in part.returns:
            looked = [(run, values[name]) for run, values in zip(runs, outputs, strict=True) if run.looks_at(name)]
            differs = any(_differs(values, run.expected[name]) for run, values in looked)
            if differs:
                found[name].append(KnownMistake(mistake.name or f"mistake {number + 1}", mistake.say, mistake.credit,
                                                tuple(values for _, values in looked)))
    return {name: tuple(mistakes) for name, mistakes in found.items()}


def _differs(mistaken: Array, expected: Array) -> bool:
    if mistaken.shape != expected.shape:
        return True
    scale = float(abs(expected).max(initial=0.0))
    with np.errstate(all="ignore"):  # a mistake may well overflow
        return not bool((abs(mistaken - expected) <= 1e-5 * max(scale, 1e-9)).all())


def _follow_through(
    part: FunctionPart, attempt: Attempt, scores: list[OutputScore], references: References, function: OpenFunction
) -> list[OutputScore]:
    """Give a share to what is right for the student's own, wrong earlier result, and say so."""
    right = {score.name for score in scores if score.is_right}
    if part.stand_ins:  # its loss is a sum of what other functions give: there is nothing of its own to be derived
        followed = follow_stand_ins(part, attempt.ordinary, references, function)
    else:
        followed = follow_own_loss(part, attempt.ordinary, right, function)
    return [
        score if score.is_right or score.name not in followed else OutputScore(
            score.name, max(score.points, score.max_points * part.follow_through), score.max_points, False,
            followed[score.name], score.diagnosis, is_followed=True)
        for score in scores
    ]


def _verdict(
    part: FunctionPart, attempt: Attempt, scores: Sequence[OutputScore], references: References, function: OpenFunction
) -> Verdict:
    all_right = all(score.is_right for score in scores)
    points = sum(score.points for score in scores)
    if part.is_all_or_nothing and all_right:
        points = (part.points or 0.0) * (attempt.other_call.credit if attempt.other_call else 1.0)
    is_others_fault = all(score.is_followed for score in scores)  # of the functions that this one puts together
    changed = {} if is_others_fault else changed_inputs(attempt.runs)
    if changed and part.changed_inputs < 1.0:
        points *= part.changed_inputs
    special_points, special = special_cases(part, attempt, scores, function, references)
    points += special_points
    state = _state(part, points, attempt, scores, changed=bool(changed))
    feedback = _say_ordinary(part, attempt, scores) + special
    if attempt.other_call is not None:
        feedback.append(attempt.other_call.say)
    if changed:
        feedback.append(sentences.say_changed_inputs(changed, len(attempt.runs)))
    if state is not State.CORRECT:
        feedback += function.notes
    return Verdict(state, points, tuple(p for p in feedback if p), describe_runs(part, attempt.runs, scores))


def _say_ordinary(part: FunctionPart, attempt: Attempt, scores: Sequence[OutputScore]) -> list[str]:
    """Return what is to be said of the ordinary cases: each output, or what kept the function from giving any."""
    runs = attempt.ordinary
    order = None if all(score.is_right for score in scores) else find_order(part, runs)
    if order:
        scores = [score if score.is_right or score.diagnosis else replace(score, sentence="It stands in another place.")
                  for score in scores]
    lines = sentences.say_outputs(scores, len(runs), all_or_nothing=part.is_all_or_nothing)
    failed = first_failure(runs)
    if failed is not None:
        said = sentences.say_failure(failed.reply, failed.drawn)
        return [*lines, said] if any(score.is_followed for score in scores) else [said]
    miscounted = next((run for run in runs if run.count_fault), None)
    if miscounted is not None:
        return [f"{miscounted.count_fault} Inputs: {miscounted.drawn.describe()}."]
    return [sentences.say_other_order(order, tuple(part.returns)), *lines] if order else lines


def changed_inputs(runs: Sequence[CaseRun]) -> dict[str, int]:
    """Return the inputs that were changed in place, each with the number of cases in which it was."""
    changed: dict[str, int] = {}
    for run in runs:
        for name in run.changed_inputs:
            changed[name] = changed.get(name, 0) + 1
    return changed


def special_cases(
    part: FunctionPart, attempt: Attempt, scores: Sequence[OutputScore], function: OpenFunction,
    references: References | None = None,
) -> tuple[float, list[str]]:
    """Return the points of the cases that have their own, and a sentence for each that failed.

    They are earned only by outputs that are right on ordinary inputs: an unfinished function returns 0 everywhere,
    and 0 may well be right in a special case.
    """
    points, said = 0.0, []
    earning = {score.name for score in scores if score.is_right or score.is_followed}
    followed = {score.name for score in scores if score.is_followed}
    names = dict.fromkeys(run.drawn.case.name for run in attempt.runs if run.drawn.case.points is not None)
    for name in names:
        runs = [run for run in attempt.runs if run.drawn.case.points is not None and run.drawn.case.name == name]
        case = runs[0].drawn.case
        looked = [output for output in part.returns if runs[0].looks_at(output)]
        if not set(looked) <= earning:
            continue
        missed = {output for output in looked if not all(run.is_right(output) for run in runs)}
        if missed & followed and references is not None:  # followed there, it is to be followed here
            missed -= set(follow_stand_ins(part, [*attempt.ordinary, *runs], references, function))
        if missed:
            said.append(sentences.say_special_case(case, runs, looked))
        else:
            points += case.points or 0.0
    return points, said


def _state(
    part: FunctionPart, points: float, attempt: Attempt, scores: Sequence[OutputScore], *, changed: bool
) -> State:
    follows = any(score.is_followed for score in scores)  # whose values are wrong, whatever they earn
    if points >= part.max_points - 1e-9 and not follows:
        return State.CORRECT
    if all(score.is_right for score in scores) and changed and part.changed_inputs < 1.0:
        return State.WRONG_FORM
    if points > 0:
        return State.PARTLY_CORRECT
    failed = first_failure(attempt.ordinary)
    if failed is None:
        return State.WRONG
    reply = failed.reply
    if isinstance(reply, Raised):
        return State.OUT_OF_MEMORY if reply.is_out_of_memory else State.RAISED
    if isinstance(reply, TimedOut) or reply is None:
        return State.TIMED_OUT
    if isinstance(reply, Died):
        return State.OUT_OF_MEMORY if reply.is_out_of_memory else State.RAISED
    return State.WRONG
