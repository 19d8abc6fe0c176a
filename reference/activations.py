"""The logistic function, its logarithm, and the derivatives of the logistic function and of tanh."""

from __future__ import annotations

import numpy as np

from .arrays import Array, Outputs


def sigmoid(x: Array | float) -> Array:
    """Return 1 / (1 + e^-x), elementwise, to full relative accuracy at any x."""
    decay = np.exp(-np.abs(x))
    return np.asarray(np.where(np.asarray(x) >= 0, 1.0, decay) / (1.0 + decay))


def log_sigmoid(x: Array | float) -> Array:
    """Return log sigma(x), elementwise; it tends to x where sigma itself has underflowed."""
    return np.asarray(-np.logaddexp(0.0, -np.asarray(x)))


def logistic(x: Array) -> Outputs:
    """Return sigma at x as the output `value`, of x's shape."""
    return {"value": sigmoid(x)}


def sigmoid_derivative(x: Array) -> Outputs:
    """Return sigma'(x) = sigma(x) sigma(-x) as the output `value`, of x's shape."""
    return {"value": sigmoid(x) * sigmoid(-np.asarray(x))}


def tanh_derivative(x: Array) -> Outputs:
    """Return tanh'(x) = 1 - tanh(x)^2 as the output `value`, of x's shape.

    Since tanh(x) = 2 sigma(2x) - 1, it equals 4 sigma(2x) sigma(-2x), which loses no digits where tanh is near 1.
    """
    double = 2.0 * np.asarray(x)
    return {"value": 4.0 * sigmoid(double) * sigmoid(-double)}
