"""Questions that look broken: what the marks show, the reasons in words, and what to do.

A suspicion is a reason to look, never a verdict: every rule here can be met by a question that is merely hard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograder.classroom.report.figures import AnswerGroup, Finding, Suspicion
from autograder.classroom.report.measures import FEWEST, correlate, mean
from autograder.classroom.report.responses import Response
from autograder.marks import State

FEWEST_ALIKE = 3
"""Fewer than so many answers that share a trouble are no pattern."""
MANY = 0.10
"""The share of the answers from which on a trouble counts as frequent."""
STRONG_FAIL = 0.5
"""The best quarter elsewhere is expected to earn so much of a question's points."""
_MOST_REASONS = 3
_RIGHT = (State.CORRECT, State.WRONG_FORM)
_NO_ANSWER = (State.MISSING, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a question when it is looked at."""

    responses: Sequence[Response]
    groups: Sequence[AnswerGroup]
    refusals: Sequence[Finding]
    failures: Sequence[Finding]
    missing: Sequence[Finding]

    def count(self, *states: State) -> int:
        return sum(response.mark.state in states for response in self.responses)

    @property
    def answered(self) -> int:
        return len(self.responses) - self.count(*_NO_ANSWER)


def find_suspicions(looked: Looked) -> tuple[Suspicion, ...]:
    """Return why a question may be broken, what weighs most first; nothing for one that looks sound."""
    return tuple(suspicion for rule in _RULES for suspicion in rule(looked))


def _not_graded(looked: Looked) -> Iterator[Suspicion]:
    count = looked.count(State.NOT_GRADED)
    if count:
        replay = next((example.text for finding in looked.failures for example in finding.examples), "")
        again = (f"See one of them with `{replay}`.",) if replay else ()
        yield Suspicion(
            "not graded",
            f"{count} of {len(looked.responses)} could not be graded.",
            (*_reasons(looked.failures), *again),
            "The grader or the problem is at fault. Mend the cause, then grade the problem again; nobody has lost "
            "points by it.",
        )


def _good_answer_refused(looked: Looked) -> Iterator[Suspicion]:
    """An answer that is marked wrong comes from students who do as well elsewhere as those who are right."""
    right = mean([r.rest for r in looked.responses if r.mark.state in _RIGHT and r.rest is not None])
    bar = right if right is not None else mean([r.rest for r in looked.responses if r.rest is not None])
    least = max(FEWEST_ALIKE, MANY * looked.answered)
    for group in looked.groups:
        is_wrong = group.states.keys() == {State.WRONG.value}
        if is_wrong and group.count >= least and bar is not None and group.elsewhere is not None \
                and group.elsewhere >= bar:
            than = "those who are right" if right is not None else "the class"
            yield Suspicion(
                "good answer refused",
                f"{group.count} answers that mean the same are marked wrong, and their authors did no worse in the "
                f"other questions than {than}: {_percent(group.elsewhere)} against {_percent(bar)} of the points.",
                (f"The answer: `{group.plain}`.",),
                "Work the answer out once more. If it is right, put it under `or_answers`, and if it is right in "
                "another reading of the question, under `other_answers`; then grade the problem again.",
            )


def _strong_fail(looked: Looked) -> Iterator[Suspicion]:
    pairs = sorted((r.rest, r.share) for r in looked.responses
                   if r.rest is not None and r.share is not None and r.mark.state not in _NO_ANSWER)
    if len(pairs) < FEWEST:
        return
    quarter = len(pairs) // 4 or 1
    weakest = mean([share for _, share in pairs[:quarter]]) or 0.0
    best = mean([share for _, share in pairs[-quarter:]]) or 0.0
    value = correlate([share for _, share in pairs], [rest for rest, _ in pairs]).value
    turned = value is not None and value < -1 / math.sqrt(len(pairs))  # below 0 by more than a standard error
    if not turned and best >= STRONG_FAIL:
        return
    if turned:
        sentence = "Students who do well in the other questions do worse here than those who do not."
    else:
        sentence = "Even the students who do best in the other questions fail here."
    yield Suspicion(
        "strong students fail",
        sentence,
        (f"The best quarter elsewhere earned {_percent(best)} of its points, the weakest {_percent(weakest)}.",),
        "Read the question as a strong student would, and look at its most frequent answers: what is expected may be "
        "wrong, or the question may be read in two ways.",
    )


def _refused(looked: Looked) -> Iterator[Suspicion]:
    count = looked.count(State.UNREADABLE)
    if _is_many(count, looked.answered):
        yield Suspicion(
            "unreadable",
            f"{count} of {looked.answered} answers could not be read.",
            _reasons(looked.refusals),
            "Where a spelling is honest, put it under `written` or `aliases` in the problem file, then grade the "
            "problem again; where it is not, tell students which names to use.",
        )


def _stopped(looked: Looked) -> Iterator[Suspicion]:
    count = looked.count(State.TIMED_OUT, State.OUT_OF_MEMORY)
    if _is_many(count, looked.answered):
        yield Suspicion(
            "stopped",
            f"{count} of {looked.answered} answers were stopped because they took too long or too much memory.",
            (),
            "Grade one of them by itself on a quiet machine. If it is honest work, raise `call_seconds` or make the "
            "cases smaller.",
        )


def _changed_by_hand(looked: Looked) -> Iterator[Suspicion]:
    changed = [r for r in looked.responses if r.mark.hand_points is not None and r.mark.hand_points != r.mark.points
               and r.mark.state not in (State.BY_HAND, State.NOT_GRADED)]
    if _is_many(len(changed), looked.answered):
        yield Suspicion(
            "changed by hand",
            f"Course staff changed {len(changed)} of {looked.answered} marks by hand.",
            (),
            "Put the rule that they went by into the problem file, then grade the problem again: the others get it "
            "as well.",
        )


def _missing(looked: Looked) -> Iterator[Suspicion]:
    count, total = looked.count(State.MISSING), len(looked.responses)
    if total >= FEWEST and count * 2 > total:
        yield Suspicion(
            "missing",
            f"{count} of {total} submissions have no answer to it.",
            _reasons(looked.missing),
            "Check that the handout asks for it, and that its heading, file and function are called what the problem "
            "file calls them.",
        )


WEIGHTS = (
    "not graded", "good answer refused", "strong students fail", "unreadable", "stopped", "changed by hand", "missing",
)
"""The kinds of suspicions, what weighs most first."""

_RULES: tuple[Callable[[Looked], Iterator[Suspicion]], ...] = (
    _not_graded, _good_answer_refused, _strong_fail, _refused, _stopped, _changed_by_hand, _missing,
)


def _is_many(count: int, total: int) -> bool:
    return count >= FEWEST_ALIKE and count >= MANY * total


def _reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the most frequent reasons, with how many there are of each."""
    shown = [f"{finding.count} times: {finding.sentence}" if finding.count > 1 else f"Once: {finding.sentence}"
             for finding in findings[:_MOST_REASONS]]
    left = sum(finding.count for finding in findings[_MOST_REASONS:])
    return (*shown, f"{left} more, for other reasons.") if left else tuple(shown)


def _percent(share: float) -> str:
    return f"{share:.0%}"


