"""Whether what a reference calls a gradient is the derivative of its loss: by differences of the reference itself.

Central differences along random directions, extrapolated twice: what is left is about 1e-10 of the largest entry, a
million times less than any slip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.authoring.findings import Finding, finding
from autograder.cases import DrawnCase, derive_seed
from autograder.references import References
from autograder.spec.code import FunctionPart, GradientOf
from autograder.spec.positions import Document, Path_

Array = NDArray[np.float64]
_DIRECTIONS = 2
_STEP = 1e-2
_LEVELS = 4
_ALLOWED = 1e-5
"""As a share of the gradient, beside what rounding of the loss leaves; a slip is of the order of 1."""


@dataclass(frozen=True, slots=True)
class _Gradient:
    """An output that says which derivative it is."""

    output: str
    declared: GradientOf


def find_wrong_gradients(
    part: FunctionPart, cases: Sequence[DrawnCase], references: References, path: Path_, document: Document
) -> Iterator[Finding]:
    """Yield every output that is not the derivative that it is declared to be, by the first case that shows it.

    Raises BadReference.
    """
    for name, output in part.returns.items():
        if output.gradient is None:
            continue
        found = next(filter(None, (_say_difference(part, _Gradient(name, output.gradient), drawn, references)
                                   for drawn in cases)), None)
        if found:
            yield finding(document, (*path, "returns", name, "gradient"), found)


def _say_difference(
    part: FunctionPart, gradient: _Gradient, drawn: DrawnCase, references: References
) -> str | None:
    """Return what is wrong with a gradient in one case, or None."""
    wrt, of = gradient.declared.wrt, gradient.declared.of
    at = drawn.inputs[wrt]
    if isinstance(at, (str, list)) or at is None or isinstance(at, int):
        return f"'{wrt}' is no array of numbers, so nothing has a derivative with respect to it"
    point = np.asarray(at, dtype=np.float64)
    values = references.call(part.reference, tuple(part.returns), drawn.inputs)
    claimed, loss = values[gradient.output], values[of]
    if loss.size != 1:
        return f"'{of}' is no number but an array of shape {loss.shape}; a gradient is that of a number"
    if claimed.shape != point.shape:
        if claimed.T.shape == point.shape:
            return (f"{part.reference} returns its transpose: shape {claimed.shape}, where {wrt} has {point.shape}, in "
                    f"case {drawn.number}")
        return (f"{part.reference} returns shape {claimed.shape}, where {wrt} has shape {point.shape}, in case "
                f"{drawn.number}")
    slopes = _Slopes(part, of, wrt, drawn, references)
    rng = np.random.default_rng(derive_seed("directions", part.id, gradient.output, str(drawn.number)))
    scale = float(np.abs(claimed).max(initial=0.0))
    for _ in range(_DIRECTIONS):
        direction = rng.standard_normal(point.shape)
        slope, doubt = slopes.along(direction)
        expected = float(np.sum(claimed * direction))
        if not abs(slope - expected) <= _ALLOWED * max(scale, abs(slope)) + doubt:
            return _describe(part, gradient, drawn, slopes, claimed)
    return None


class _Slopes:
    """Derivatives of one output of a reference with respect to one input, at one case."""

    def __init__(self, part: FunctionPart, of: str, wrt: str, drawn: DrawnCase, references: References) -> None:
        self._part, self._of, self._wrt = part, of, wrt
        self._inputs: Mapping[str, Any] = drawn.inputs
        self._references = references
        self.point: Array = np.asarray(drawn.inputs[wrt], dtype=np.float64)

    def along(self, direction: Array) -> tuple[float, float]:
        """Return the derivative along a direction, and how far off rounding may leave it."""
        size = float(np.abs(direction).max(initial=0.0)) or 1.0
        step = _STEP * min(1.0, max(float(np.abs(self.point).max(initial=0.0)), 1e-3)) / size
        table: list[float] = []
        best = previous = 0.0
        largest = 0.0
        for level in range(_LEVELS):
            h = step / 2**level
            above, below = self._loss(self.point + h * direction), self._loss(self.point - h * direction)
            largest = max(largest, abs(above), abs(below))
            row = [(above - below) / (2 * h)]
            for order, earlier in enumerate(table, start=1):
                row.append(row[-1] + (row[-1] - earlier) / (4**order - 1))
            table = row
            previous, best = best, row[-1]
        rounding = 1e-13 * largest / (step / 2**_LEVELS)
        return best, rounding + abs(best - previous)

    def _loss(self, point: Array) -> float:
        moved = point if point.ndim else float(point)
        values = self._references.call(self._part.reference, (self._of,), {**self._inputs, self._wrt: moved})
        return float(values[self._of].reshape(()))


def _describe(
    part: FunctionPart, gradient: _Gradient, drawn: DrawnCase, slopes: _Slopes, claimed: Array
) -> str:
    """Return the entry that is furthest off, for the author."""
    worst: tuple[int, ...] = ()
    worst_gap, worst_slope = -1.0, 0.0
    for place in np.ndindex(claimed.shape):
        direction = np.zeros(claimed.shape)
        direction[place] = 1.0
        slope, _ = slopes.along(direction)
        if not abs(slope - claimed[place]) <= worst_gap:
            worst, worst_gap, worst_slope = place, abs(slope - claimed[place]), slope
    at = f"entry {list(worst)}" if worst else "it"
    return (f"this is not the derivative of {gradient.declared.of} with respect to {gradient.declared.wrt}: {at} is "
            f"{claimed[worst]:.6g} by {part.reference} and {worst_slope:.6g} by differences of the loss, in case "
            f"{drawn.number} ({drawn.describe()})")


