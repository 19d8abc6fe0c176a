"""Gradients that are right and look as if they were computed by differences: a hint for staff, never a mark.

Central differences leave an error of 1e-11 to 1e-7 of the largest entry; a formula in double precision leaves 1e-15.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.checks.running import CaseRun
from autograder.spec.code import FunctionPart

_EXACT = 1e-13
_ROUGH = 1e-12


def rough_gradients(part: FunctionPart, runs: Sequence[CaseRun]) -> list[str]:
    """Return the outputs that are right gradients of an exact loss, and are themselves not exact in most cases."""
    ordinary = [run for run in runs if run.drawn.case.points is None]
    found = []
    for name, output in part.returns.items():
        if output.gradient is None:
            continue
        errors = list(_errors(name, ordinary))
        of_loss = list(_errors(output.gradient.of, ordinary))
        rough = sum(error > _ROUGH for error in errors)
        if of_loss and max(of_loss) < _EXACT and 2 * rough > len(errors):
            found.append(name)
    return found


def _errors(name: str, runs: Iterable[CaseRun]) -> Iterable[float]:
    """Yield the errors of one output where it is right; a wrong one is looked at elsewhere."""
    for run in runs:
        comparison = run.comparisons.get(name)
        if comparison is not None and comparison.is_right and comparison.expected.any():
            yield comparison.relative_error
