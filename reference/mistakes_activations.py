"""What known mistakes in sigma, sigma' and tanh' give."""

from __future__ import annotations

import numpy as np

from .activations import logistic, sigmoid, sigmoid_derivative
from .arrays import Array, Outputs


def sigmoid_of_minus_x(x: Array) -> Outputs:
    """e^x for e^-x: the curve falls."""
    return {"value": sigmoid(-np.asarray(x))}


def tanh_for_sigmoid(x: Array) -> Outputs:
    return {"value": np.tanh(x)}


def sigmoid_of_twice_x(x: Array) -> Outputs:
    return {"value": sigmoid(2.0 * np.asarray(x))}


def softmax_for_sigmoid(x: Array) -> Outputs:
    """The values are made to add up to 1."""
    exponentials = np.exp(np.asarray(x) - np.max(x))
    return {"value": np.asarray(exponentials / np.sum(exponentials))}


def parentheses_lost(x: Array) -> Outputs:
    """1/1 + e^-x for 1/(1 + e^-x)."""
    return {"value": 1.0 + np.exp(-np.asarray(x))}


def derivative_for_sigmoid(x: Array) -> Outputs:
    return sigmoid_derivative(x)


def sigmoid_for_its_derivative(x: Array) -> Outputs:
    return logistic(x)


def one_minus_sigmoid(x: Array) -> Outputs:
    """The factor sigma is lost."""
    return {"value": sigmoid(-np.asarray(x))}


def x_taken_for_sigmoid(x: Array) -> Outputs:
    """x (1 - x): right only when x already holds sigma."""
    return {"value": np.asarray(x * (1.0 - np.asarray(x)))}


def sigmoid_of_sigmoid(x: Array) -> Outputs:
    """sigma' at sigma(x): sigma was applied twice."""
    return sigmoid_derivative(sigmoid(x))


def sigmoid_squared_minus_sigmoid(x: Array) -> Outputs:
    """sigma (sigma - 1): the sign is flipped."""
    return {"value": -sigmoid(x) * sigmoid(-np.asarray(x))}


def sigmoid_plus_its_square(x: Array) -> Outputs:
    """sigma (1 + sigma)."""
    return {"value": sigmoid(x) * (1.0 + sigmoid(x))}


def one_minus_tanh(x: Array) -> Outputs:
    """The square is lost."""
    return {"value": 1.0 - np.tanh(x)}


def tanh_times_one_minus_tanh(x: Array) -> Outputs:
    """The rule of sigma used for tanh."""
    return {"value": np.tanh(x) * (1.0 - np.tanh(x))}


def tanh_squared(x: Array) -> Outputs:
    """1 - is lost."""
    return {"value": np.tanh(x) ** 2}


def one_plus_tanh_squared(x: Array) -> Outputs:
    return {"value": 1.0 + np.tanh(x) ** 2}


def tanh_squared_minus_one(x: Array) -> Outputs:
    """The sign is flipped."""
    return {"value": np.tanh(x) ** 2 - 1.0}


def x_taken_for_tanh(x: Array) -> Outputs:
    """1 - x^2: right only when x already holds tanh."""
    return {"value": 1.0 - np.asarray(x) ** 2}


def sech(x: Array) -> Outputs:
    """1 / cosh, not its square."""
    return {"value": 1.0 / np.cosh(x)}


def tanh_by_sigmoid_derivative(x: Array) -> Outputs:
    return sigmoid_derivative(x)


def tanh_for_its_derivative(x: Array) -> Outputs:
    return {"value": np.tanh(x)}
