"""What known mistakes in the two-layer chain give."""

from __future__ import annotations

import numpy as np

from .activations import sigmoid
from .arrays import Array, Outputs
from .backprop import chain_gradients


def _from(dz0: Array | float, dz1: Array | float, x: float, a1: Array) -> Outputs:
    """Pass wrong dl/dz0 and dl/dz1 on to the four parameters."""
    values = {"dw1": dz0 * x, "db1": dz0, "dw2": dz1 * a1, "db2": dz1}
    return {name: np.asarray(value) for name, value in values.items()}


def sign_flipped(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """The derivatives of +log a2."""
    return {name: np.asarray(-value) for name, value in chain_gradients(x, w1, b1, w2, b2).items()}


def log_forgotten(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """The factor 1/a2 is lost: the derivatives of -a2."""
    a2 = sigmoid(w2 * sigmoid(w1 * x + b1) + b2)
    return {name: np.asarray(value * a2) for name, value in chain_gradients(x, w1, b1, w2, b2).items()}


def outer_slope_forgotten(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """sigma'(z1) is lost: dl/dz1 = -1/a2."""
    a1 = sigmoid(w1 * x + b1)
    dz1 = -1.0 / sigmoid(w2 * a1 + b2)
    return _from(dz1 * w2 * a1 * (1.0 - a1), dz1, x, a1)


def inner_slope_forgotten(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """sigma'(z0) is lost."""
    a1 = sigmoid(w1 * x + b1)
    dz1 = -sigmoid(-(w2 * a1 + b2))
    return _from(dz1 * w2, dz1, x, a1)


def second_weight_forgotten(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """The factor w2 is lost on the way to the first layer."""
    a1 = sigmoid(w1 * x + b1)
    dz1 = -sigmoid(-(w2 * a1 + b2))
    return _from(dz1 * a1 * (1.0 - a1), dz1, x, a1)


def first_weight_for_second(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """w1 stands where w2 should."""
    a1 = sigmoid(w1 * x + b1)
    dz1 = -sigmoid(-(w2 * a1 + b2))
    return _from(dz1 * w1 * a1 * (1.0 - a1), dz1, x, a1)


def input_forgotten(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """The factor a0 = x is lost from dw1."""
    right = chain_gradients(x, w1, b1, w2, b2)
    return {**right, "dw1": right["db1"]}


def hidden_forgotten(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """The factor a1 is lost from dw2."""
    right = chain_gradients(x, w1, b1, w2, b2)
    return {**right, "dw2": right["db2"]}


def z_for_a(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """z0 stands where a1 should in dw2."""
    right = chain_gradients(x, w1, b1, w2, b2)
    return {**right, "dw2": right["db2"] * (w1 * x + b1)}


def sigma_for_one_minus_sigma(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """dl/dz1 = -a2 for -(1 - a2)."""
    a1 = sigmoid(w1 * x + b1)
    dz1 = -sigmoid(w2 * a1 + b2)
    return _from(dz1 * w2 * a1 * (1.0 - a1), dz1, x, a1)


def one_bias_for_both_layers(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """b1 taken for the bias of both layers, as the handout's misprint has it: b2 has no part in the loss."""
    right = chain_gradients(x, w1, b1, w2, b1)
    return {**right, "db1": np.asarray(right["db1"] + right["db2"]), "db2": np.asarray(0.0)}


def layers_swapped(x: float, w1: float, b1: float, w2: float, b2: float) -> Outputs:
    """The derivatives of the first layer are returned for the second and the other way round."""
    right = chain_gradients(x, w1, b1, w2, b2)
    return {"dw1": right["dw2"], "db1": right["db2"], "dw2": right["dw1"], "db2": right["db1"]}
