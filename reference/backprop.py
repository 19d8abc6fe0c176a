"""Back-propagation through a chain of two scalar layers."""

from __future__ import annotations

import numpy as np

from .activations import log_sigmoid, sigmoid
from .arrays import Array, Outputs


def chain_loss(x: float, w1: float, b1: float, w2: float, b2: float) -> Array:
    """Return l = -log a2 with a1 = sigma(w1 x + b1) and a2 = sigma(w2 a1 + b2)."""
    return -log_sigmoid(w2 * sigmoid(w1 * x + b1) + b2)


def chain_gradients(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """Return the four derivatives of l = -log a2 as dw1, db1, dw2, db2, each ().

    dl/dz1 = a2 - 1; dl/dz0 = dl/dz1 w2 a1 (1 - a1), where 1 - a is taken as sigma(-z) to keep its digits.
    """
    z0 = w1 * x + b1
    a1 = sigmoid(z0)
    dz1 = -sigmoid(-(w2 * a1 + b2))
    dz0 = dz1 * w2 * a1 * sigmoid(-z0)
    values = {"dw1": dz0 * x, "db1": dz0, "dw2": dz1 * a1, "db2": dz1}
    return {name: np.asarray(value) for name, value in values.items()}
