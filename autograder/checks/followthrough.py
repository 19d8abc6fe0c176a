"""What is right for the student's own, wrong earlier result.

Two ways: a gradient that is the derivative of the loss that the student computes, and a function that puts together
as it should what it is given in the place of the student's own earlier functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checks.comparison import Array, Rung, compare
from autograder.checks.running import CaseRun
from autograder.references import References
from autograder.sandbox.outcomes import Returned
from autograder.spec.code import FunctionPart
from autograder.student_code import OpenFunction

_STEP = 1e-5
# Central differences of a smooth loss with this step are good to about 1e-9 of the gradient's scale.
_TOLERANCE = 1e-5
_MAX_ENTRIES = 400
_MAX_CASES = 2


def follow_own_loss(
    part: FunctionPart, runs: Sequence[CaseRun], right: set[str], function: OpenFunction
) -> dict[str, str]:
    """Return, by output, the sentence for gradients that are right for the student's own wrong loss."""
    followed: dict[str, str] = {}
    for name, output in part.returns.items():
        gradient = output.gradient
        if gradient is None or name in right or gradient.of in right:
            continue
        usable = [run for run in runs if name in run.comparisons and run.comparisons[name].rung is Rung.VALUE]
        if len(usable) < len(runs) or not usable:
            continue
        if all(_is_own_derivative(part, run, name, function) for run in usable[:_MAX_CASES]):
            followed[name] = (f"`{name}` is the right derivative of the `{gradient.of}` that your function returns, "
                              f"but that `{gradient.of}` is not the one that is asked. Mend the loss first, then "
                              "derive the gradient from it again.")
    return followed


def _is_own_derivative(part: FunctionPart, run: CaseRun, name: str, function: OpenFunction) -> bool:
    gradient = part.returns[name].gradient
    assert gradient is not None
    point = run.drawn.inputs[gradient.wrt]
    actual = run.comparisons[name].actual
    if actual is None or not isinstance(point, (np.ndarray, float)) or not np.any(actual):
        return False
    estimate = differentiate(part, run, gradient.of, gradient.wrt, np.asarray(point), function)
    if estimate is None or estimate.shape != actual.shape:
        return False
    return compare(actual, "", estimate, _TOLERANCE).is_right


def differentiate(
    part: FunctionPart, run: CaseRun, loss: str, wrt: str, point: Array, function: OpenFunction
) -> Array | None:
    """Return central differences of the student's loss, or None where it cannot be evaluated."""
    if point.size > _MAX_ENTRIES:
        return None
    position = list(part.returns).index(loss)
    estimate = np.zeros_like(point)
    for index in np.ndindex(point.shape):
        values = []
        for step in (_STEP, -_STEP):
            moved = point.copy()
            moved[index] += step
            value = evaluate_loss(part, run, {wrt: float(moved) if moved.ndim == 0 else moved}, position, function)
            if value is None:
                return None
            values.append(value)
        estimate[index] = (values[0] - values[1]) / (2 * _STEP)
    return estimate


def evaluate_loss(
    part: FunctionPart, run: CaseRun, changes: dict[str, Any], position: int, function: OpenFunction
) -> float | None:
    """Return the loss with some inputs changed, or None where it is no finite number."""
    reply = function.call(run.drawn.case.call or part.call, {**run.drawn.inputs, **changes}, len(part.returns))
    if not isinstance(reply, Returned) or len(reply.values) != len(part.returns):
        return None
    array = reply.values[position].array
    if array is None or array.size != 1 or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        return None
    return float(array.reshape(()))


def follow_stand_ins(
    part: FunctionPart, runs: Sequence[CaseRun], references: References, function: OpenFunction
) -> dict[str, str]:
    """Return, by output, the sentence for outputs that are right with stand-ins for earlier functions.

    What is right is worked out on this side of the wall: whatever the worker said about its own earlier functions would
    be a claim, and an output that fits a claim proves nothing. Raises BadReference.
    """
    if not part.stand_ins:
        return {}
    inputs = [{**run.drawn.inputs, **part.stand_ins} for run in runs]
    given = _call_all(part, part.call, inputs, function)
    if given is None:
        return {}
    expected = [references.call(part.reference, tuple(part.returns), one) for one in inputs]
    wanted = [list(outputs.values()) for outputs in expected]
    return dict.fromkeys(_fitting(part, given, wanted), "It puts together correctly what it is given, but your own "
                         "earlier function gives it something else than it should. Mend that one, and this will be "
                         "right as well.")


def _call_all(
    part: FunctionPart, adapter: str | None, inputs: Sequence[Mapping[str, Any]], function: OpenFunction
) -> list[list[Array | None]] | None:
    """Return the outputs of each call, or None as soon as one gives none."""
    outputs = []
    for one in inputs:
        reply = function.call(adapter, one, len(part.returns))
        if not isinstance(reply, Returned) or len(reply.values) != len(part.returns):
            return None
        outputs.append([_as_numbers(value.array) for value in reply.values])
    return outputs


def _as_numbers(array: NDArray[Any] | None) -> Array | None:
    return None if array is None or array.dtype.kind not in "fiub" else array.astype(np.float64)


def _fitting(
    part: FunctionPart, actual: Sequence[Sequence[Array | None]], wanted: Sequence[Sequence[Array | None]]
) -> list[str]:
    """Return the outputs that are as wanted in every case; zeros that fit zeros are no sign of work done."""
    fitting = []
    for position, (name, output) in enumerate(part.returns.items()):
        tolerance = output.relative_tolerance or part.relative_tolerance
        pairs = [(got[position], want[position]) for got, want in zip(actual, wanted, strict=True)]
        fits = all(want is not None and compare(got, "", want, tolerance).is_right for got, want in pairs)
        if fits and any(np.any(want) for _, want in pairs if want is not None):
            fitting.append(name)
    return fitting
