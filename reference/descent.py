"""Gradient descent on a separable quadratic, whose every step has a closed form."""

from __future__ import annotations

import numpy as np

from .arrays import Array, Outputs


def quadratic(x: Array, target: Array, curvature: Array) -> tuple[Array, Array]:
    """Return the loss sum_i c_i (x_i - t_i)^2 / 2 and its gradient c (x - t), of x's shape."""
    away = x - target
    return np.asarray(0.5 * np.sum(curvature * away * away)), np.asarray(curvature * away)


def descend(
    x0: Array, target: Array, curvature: Array, step: float, iterations: int, shrink: float
) -> Outputs:
    """Return x after `iterations` steps x -> shrink (x - step * gradient) from x0; shrink = 1 is plain descent.

    Each step moves x towards a fixed point by the factor rate = shrink (1 - step c), so that
    x = fixed point + rate^iterations (x0 - fixed point); curvature c must be positive.
    """
    rate = shrink * (1.0 - step * curvature)
    fixed_point = shrink * step * curvature * target / (1.0 - rate)
    return {"x": np.asarray(fixed_point + rate**iterations * (x0 - fixed_point))}
