"""Run a function on its cases and compare each output: what a function part is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
from msgspec import Struct

from autograder.cases import DrawnCase
from autograder.checks.comparison import Array, Comparison, compare
from autograder.references import BadReference, References
from autograder.sandbox.outcomes import CallOutcome, Died, Malformed, Raised, Returned, TimedOut
from autograder.spec.code import FunctionPart
from autograder.student_code import OpenFunction, UsedWorker

_MOST_ORDERED = 4


class CaseRun(Struct, frozen=True):
    """One case: what was asked, what came back, and how each output compares."""

    drawn: DrawnCase
    expected: Mapping[str, Array]
    reply: CallOutcome | None
    """None where the case was not run: an earlier one used the time up."""
    comparisons: Mapping[str, Comparison]
    """By output; empty unless the function returned the right number of values."""
    count_fault: str | None = None
    """What is wrong with the number of returned values."""

    def is_right(self, output: str) -> bool:
        comparison = self.comparisons.get(output)
        return comparison is not None and comparison.is_right

    def looks_at(self, output: str) -> bool:
        return not self.drawn.case.outputs or output in self.drawn.case.outputs

    @property
    def changed_inputs(self) -> tuple[str, ...]:
        return self.reply.changed_inputs if isinstance(self.reply, Returned) else ()


def expected_outputs(part: FunctionPart, drawn: DrawnCase, references: References, dotted: str) -> dict[str, Array]:
    """Return what a reference gives for a case.

    Raises BadReference.
    """
    return references.call_on(drawn, dotted, tuple(part.returns))


def run_cases(
    part: FunctionPart, cases: Sequence[DrawnCase], references: References, function: OpenFunction,
    adapter: str | None,
) -> list[CaseRun]:
    """Call the function on every case; after it hung or died on ordinary inputs the rest is not run.

    The expected values are computed after the reply is here, and never leave this process.
    Raises BadReference, also where they are not finite, and UsedWorker at the first thing that is not right in a worker
    that served other parts.
    """
    runs: list[CaseRun] = []
    is_over = False
    for drawn in cases:
        reply = None if is_over else function.call(drawn.case.call or adapter, drawn.inputs, len(part.returns))
        expected = expected_outputs(part, drawn, references, part.reference)
        if not all(np.isfinite(values).all() for values in expected.values()):
            raise BadReference(f"{part.reference} gives no finite numbers in case {drawn.number}")
        run = _compare_reply(part, drawn, expected, reply)
        if function.is_used and not all(run.is_right(name) for name in part.returns if run.looks_at(name)):
            raise UsedWorker
        runs.append(run)
        has_gone = isinstance(reply, (TimedOut, Died, Malformed))
        is_over = is_over or (has_gone and drawn.case.points is None)
    return runs


def _compare_reply(
    part: FunctionPart, drawn: DrawnCase, expected: Mapping[str, Array], reply: CallOutcome | None
) -> CaseRun:
    if not isinstance(reply, Returned):
        return CaseRun(drawn, expected, reply, {})
    if len(reply.values) != len(part.returns):
        names = ", ".join(part.returns)
        return CaseRun(drawn, expected, reply, {},
                       f"It returned {len(reply.values)} value{'s' * (len(reply.values) != 1)} "
                       f"where {len(part.returns)} are asked: {names}.")
    comparisons = {
        name: compare(value.array, value.type_name, expected[name],
                      output.relative_tolerance or part.relative_tolerance, exact=output.exact)
        for (name, output), value in zip(part.returns.items(), reply.values, strict=True)
    }
    return CaseRun(drawn, expected, reply, comparisons)


def find_order(part: FunctionPart, runs: Sequence[CaseRun]) -> tuple[str, ...] | None:
    """Return the outputs in the order in which they came back, where they are right in that order only."""
    replies = [run.reply for run in runs if isinstance(run.reply, Returned) and run.comparisons]
    if len(replies) < len(runs) or not 1 < len(part.returns) <= _MOST_ORDERED:
        return None
    for order in permutations(part.returns):
        if all(_is_right_in(order, part, run, reply) for run, reply in zip(runs, replies, strict=True)):
            return order
    return None


def _is_right_in(order: Sequence[str], part: FunctionPart, run: CaseRun, reply: Returned) -> bool:
    return all(
        compare(value.array, value.type_name, run.expected[name],
                part.returns[name].relative_tolerance or part.relative_tolerance).is_right
        for name, value in zip(order, reply.values, strict=True)
    )


def first_failure(runs: Sequence[CaseRun]) -> CaseRun | None:
    """Return the first case whose call gave no values at all, or None."""
    return next((r for r in runs if isinstance(r.reply, (Raised, TimedOut, Died, Malformed)) or r.reply is None), None)
