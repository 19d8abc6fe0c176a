"""What known mistakes in the naive-softmax loss and its gradients give."""

from __future__ import annotations

import numpy as np

from .arrays import Array, Outputs
from .word2vec import naive_softmax, softmax


def _with_error(v_c: Array, U: Array, loss: float | Array, error: Array) -> Outputs:
    """Pass a wrong dJ/dscores on through right gradients."""
    return {"loss": np.asarray(loss), "grad_v_c": error @ U, "grad_U": np.asarray(np.outer(error, v_c))}


def _one_hot(o: int, words: int) -> Array:
    return np.asarray(np.arange(words) == o, dtype=np.float64)


def log_likelihood(v_c: Array, o: int, U: Array) -> Outputs:
    """+log P: the sign of the loss, and with it of both gradients, is flipped."""
    return {name: np.asarray(-value) for name, value in naive_softmax(v_c, o, U).items()}


def true_word_not_subtracted(v_c: Array, o: int, U: Array) -> Outputs:
    """y_hat for y_hat - y in both gradients."""
    return _with_error(v_c, U, naive_softmax(v_c, o, U)["loss"], softmax(U @ v_c))


def only_true_word(v_c: Array, o: int, U: Array) -> Outputs:
    """Only the true word's term of y_hat - y is kept: every other row of U stays without gradient."""
    y = _one_hot(o, len(U))
    return _with_error(v_c, U, naive_softmax(v_c, o, U)["loss"], y * (softmax(U @ v_c) - y))


def only_other_words(v_c: Array, o: int, U: Array) -> Outputs:
    """The true word's term of y_hat - y is left out."""
    return _with_error(v_c, U, naive_softmax(v_c, o, U)["loss"], (1.0 - _one_hot(o, len(U))) * softmax(U @ v_c))


def softmax_over_each_row(v_c: Array, o: int, U: Array) -> Outputs:
    """Softmax over the wrong axis: scores of shape (V, 1) are normalised row by row, every y_hat is 1."""
    ones = np.ones(len(U))
    return _with_error(v_c, U, 0.0, ones - _one_hot(o, len(U)))


def probability_for_log_loss(v_c: Array, o: int, U: Array) -> Outputs:
    """-P for -log P, with the gradients of -P."""
    y_hat = softmax(U @ v_c)
    return _with_error(v_c, U, -y_hat[o], y_hat[o] * (y_hat - _one_hot(o, len(U))))


def log_lost(v_c: Array, o: int, U: Array) -> Outputs:
    """The loss is P itself."""
    return {**naive_softmax(v_c, o, U), "loss": np.asarray(softmax(U @ v_c)[o])}


def softmax_left_out(v_c: Array, o: int, U: Array) -> Outputs:
    """The raw scores stand for y_hat."""
    scores = U @ v_c
    return _with_error(v_c, U, -scores[o], scores - _one_hot(o, len(U)))


def mean_over_words(v_c: Array, o: int, U: Array) -> Outputs:
    """The mean over the vocabulary for the sum: everything is divided by V."""
    return {name: np.asarray(value / len(U)) for name, value in naive_softmax(v_c, o, U).items()}


def loss_over_all_words(v_c: Array, o: int, U: Array) -> Outputs:
    """-sum_w log y_hat_w: y is lost from the cross-entropy; the gradients go with it."""
    y_hat = softmax(U @ v_c)
    return _with_error(v_c, U, -np.sum(np.log(y_hat)), len(U) * y_hat - 1.0)


def binary_cross_entropy(v_c: Array, o: int, U: Array) -> Outputs:
    """The terms (1 - y) log(1 - y_hat) are in the loss too; the gradients are the right ones."""
    y, y_hat = _one_hot(o, len(U)), softmax(U @ v_c)
    loss = -np.log(y_hat[o]) - np.sum((1.0 - y) * np.log1p(-y_hat))
    return {**naive_softmax(v_c, o, U), "loss": np.asarray(loss)}


def outside_vector_for_centre(v_c: Array, o: int, U: Array) -> Outputs:
    """u_o stands where v_c should in the gradient of U."""
    error = softmax(U @ v_c) - _one_hot(o, len(U))
    return {**naive_softmax(v_c, o, U), "grad_U": np.asarray(np.outer(error, U[o]))}


def softmax_jacobian_kept(v_c: Array, o: int, U: Array) -> Outputs:
    """y_hat (1 - y_hat) for y_hat - y: sigma' used as the derivative of softmax and its logarithm."""
    y_hat = softmax(U @ v_c)
    return _with_error(v_c, U, naive_softmax(v_c, o, U)["loss"], y_hat * (1.0 - y_hat))
