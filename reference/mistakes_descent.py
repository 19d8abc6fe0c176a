"""What known mistakes in stochastic gradient descent give."""

from __future__ import annotations

import numpy as np

from .arrays import Array, Outputs
from .descent import descend, quadratic


def ascent(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """x + step * gradient."""
    return descend(x0, target, curvature, -step, iterations, shrink)


def step_forgotten(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """x - gradient."""
    return descend(x0, target, curvature, 1.0, iterations, shrink)


def always_from_the_start(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """x0 - step * gradient at x0, whatever the number of iterations."""
    return descend(x0, target, curvature, step, min(iterations, 1), shrink)


def one_step_too_few(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    return descend(x0, target, curvature, step, max(iterations - 1, 0), shrink)


def one_step_too_many(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    return descend(x0, target, curvature, step, iterations + 1, shrink)


def steps_taken_twice(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """`x -= step * gradient` is written twice with the same gradient."""
    return descend(x0, target, curvature, 2.0 * step, iterations, shrink)


def nothing_done(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """The starting point is returned."""
    return {"x": np.asarray(x0)}


def postprocessing_left_out(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    return descend(x0, target, curvature, step, iterations, 1.0)


def postprocessing_at_the_end_only(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    return {"x": shrink * descend(x0, target, curvature, step, iterations, 1.0)["x"]}


def loss_for_gradient(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """x - step * loss: the two values of f taken in the wrong order."""
    x = np.asarray(x0, dtype=np.float64)
    for _ in range(iterations):
        x = shrink * (x - step * quadratic(x, target, curvature)[0])
    return {"x": x}
