"""Skip-gram with the naive softmax and with negative sampling; in U and V each row is a word.

Source: Mikolov et al., "Distributed Representations of Words and Phrases" (2013), eq. 2 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

import numpy as np

from .activations import log_sigmoid, sigmoid
from .arrays import Array, Indices, Outputs, Stream

DEFAULT_K = 10
"""How many negatives negSamplingLossAndGradient draws unless it is told otherwise."""
NAIVE_SOFTMAX, NEGATIVE_SAMPLING, STAND_IN = "naive softmax", "negative sampling", "stand-in"


def softmax(scores: Array) -> Array:
    """Return the softmax of a vector of scores, shifted by the largest so that nothing overflows."""
    exponentials = np.exp(scores - np.max(scores))
    return np.asarray(exponentials / np.sum(exponentials))


def naive_softmax(v_c: Array, o: int, U: Array) -> Outputs:
    """Return the loss -log P(o | c) and its gradients.

    v_c: (d,) centre vector.  o: index of the outside word.  U: (V, d) outside vectors.
    Returns loss (), grad_v_c (d,) = U^T (y_hat - y), grad_U (V, d) = (y_hat - y) v_c^T.
    """
    scores = U @ v_c
    top = np.max(scores)
    log_partition = top + np.log(np.sum(np.exp(scores - top)))
    error = softmax(scores)
    error[o] -= 1.0
    return {
        "loss": np.asarray(log_partition - scores[o]),
        "grad_v_c": error @ U,
        "grad_U": np.outer(error, v_c),
    }


def negative_sampling(v_c: Array, u_o: Array, u_k: Array) -> Outputs:
    """Return the negative-sampling loss -log sigma(u_o.v_c) - sum_k log sigma(-u_k.v_c) and its gradients.

    v_c: (d,) centre vector.  u_o: (d,) true outside vector.  u_k: (K, d) negative samples, repeats allowed.
    Returns loss (), grad_v_c (d,), grad_u_o (d,), grad_u_k (K, d): one row a draw, not yet added up by word.
    """
    positive = u_o @ v_c
    negative = u_k @ v_c
    pull = -sigmoid(-positive)
    push = sigmoid(negative)
    return {
        "loss": np.asarray(-log_sigmoid(positive) - np.sum(log_sigmoid(-negative))),
        "grad_v_c": pull * u_o + push @ u_k,
        "grad_u_o": pull * v_c,
        "grad_u_k": np.asarray(np.outer(push, v_c)),
    }


def take_negatives(draws: Iterator[int], o: int, K: int | None) -> list[int]:
    """Return the next K draws that are not the outside word o; a draw that hits o is drawn again.

    K: None stands for a call that leaves it out.
    """
    needed = DEFAULT_K if K is None else K
    negatives = list(islice((int(word) for word in draws if word != o), needed))
    if len(negatives) < needed:
        raise ValueError(f"the stream ended after {len(negatives)} of {needed} negatives")
    return negatives


def negative_sampling_rows(v_c: Array, o: int, U: Array, negatives: Indices) -> Outputs:
    """Return negative sampling with the gradients of the drawn words added up in the rows of U.

    negatives: (K,) word indices; a word drawn twice counts twice.
    Returns loss (), grad_v_c (d,), grad_U (V, d).
    """
    words = [o, *negatives]
    drawn = negative_sampling(v_c, U[o], U[words[1:]])
    grad_U = np.zeros_like(U)
    np.add.at(grad_U, words, np.vstack([drawn["grad_u_o"], drawn["grad_u_k"]]))
    return {"loss": drawn["loss"], "grad_v_c": drawn["grad_v_c"], "grad_U": grad_U}


def negative_sampling_drawn(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """Return negative sampling where the K negatives come from a stream of drawn word indices."""
    return negative_sampling_rows(v_c, o, U, take_negatives(iter(stream), o, K))


def stand_in(v_c: Array, o: int, U: Array, drawn: Indices) -> Outputs:
    """Return numbers that depend on all that a loss is given: what a skipgram adds up in place of the student's losses.

    Returns loss (), grad_v_c (d,), grad_U (V, d).
    """
    weight = o + 1.0
    pull = weight * (v_c + U.sum(axis=0))
    grad_U = weight * U
    np.add.at(grad_U, list(drawn), v_c)
    return {"loss": np.asarray(pull @ v_c), "grad_v_c": pull, "grad_U": grad_U}


def window_losses(
    centre: int, outside: Indices, V: Array, U: Array, loss: str, stream: Stream
) -> list[Outputs]:
    """Return loss, grad_v_c and grad_U of each outside word of a window, in their order.

    loss: NAIVE_SOFTMAX, NEGATIVE_SAMPLING or STAND_IN; the last two take DEFAULT_K words from the stream for each word,
    which begins anew where it ends.
    """
    draws = cycle(stream)
    if loss == STAND_IN:
        return [stand_in(V[centre], int(o), U, list(islice(draws, DEFAULT_K))) for o in outside]
    if loss == NAIVE_SOFTMAX:
        return [naive_softmax(V[centre], int(o), U) for o in outside]
    return [
        negative_sampling_rows(V[centre], int(o), U, take_negatives(draws, int(o), DEFAULT_K))
        for o in outside
    ]


def add_window(centre: int, losses: Sequence[Outputs], V: Array, U: Array) -> Outputs:
    """Add up the losses of one window: the centre gradients meet in one row of V, the others in U."""
    grad_V, grad_U = np.zeros_like(V), np.zeros_like(U)
    for one in losses:
        grad_V[centre] += one["grad_v_c"]
        grad_U += one["grad_U"]
    return {"loss": np.asarray(sum(float(one["loss"]) for one in losses)), "grad_V": grad_V, "grad_U": grad_U}


def skipgram(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """Return the skip-gram sum of a loss over the outside words of one window.

    centre: index of the centre word.  outside: (T,) indices, repeats and T = 0 allowed, T at most 2m.
    V, U: (V, d).  loss, stream: see window_losses.
    Returns loss (), grad_V (V, d), grad_U (V, d).
    """
    return add_window(centre, window_losses(centre, outside, V, U, loss, stream), V, U)
