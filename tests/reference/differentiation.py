"""Three ways to differentiate a loss that know nothing of its closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

Loss = Callable[[Any], Any]


def complex_step(loss: Loss, x: np.ndarray, step: float = 1e-40) -> np.ndarray:
    """Return the gradient of an analytic loss at x by a step into the complex plane: no cancellation."""
    gradient = np.zeros(np.shape(x))
    for place in np.ndindex(np.shape(x)):
        moved = np.asarray(x, dtype=complex)
        moved[place] += 1j * step
        gradient[place] = np.imag(loss(moved)) / step
    return gradient


def central_differences(loss: Loss, x: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Return the gradient of a loss at x, good to about 1e-9 of its scale."""
    gradient = np.zeros(np.shape(x))
    for place in np.ndindex(np.shape(x)):
        above, below = np.array(x, dtype=float), np.array(x, dtype=float)
        above[place] += step
        below[place] -= step
        gradient[place] = (float(loss(above)) - float(loss(below))) / (2.0 * step)
    return gradient


def high_precision(loss: Loss, x: np.ndarray, digits: int = 1500) -> np.ndarray:
    """Return the gradient of a loss of mpmath numbers at x; digits enough for e^1000 beside 1."""
    gradient = np.zeros(np.shape(x))
    with mpmath.workdps(digits):
        exact = np.vectorize(mpmath.mpf, otypes=[object])(x)
        step = mpmath.mpf(10) ** (-digits // 3)
        for place in np.ndindex(np.shape(x)):
            above, below = exact.copy(), exact.copy()
            above[place] += step
            below[place] -= step
            gradient[place] = float((loss(above) - loss(below)) / (2 * step))
    return gradient
