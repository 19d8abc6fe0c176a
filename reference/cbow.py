"""CBOW with negative sampling, and how many training samples CBOW and skip-gram make of a text.

In A and B each row is a word: A holds the context vectors, B the vectors of the predicted words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .activations import log_sigmoid, sigmoid
from .arrays import Array, Indices, Outputs


def cbow_negative_sampling(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """Return -log sigma(b_c.a_avg) - sum_k log sigma(-b_k.a_avg) and its gradients; a_avg averages the context.

    context: (C,) word indices, C at least 1, repeats allowed.  centre: index of the predicted word.
    negatives: (K,) word indices, repeats allowed.  A, B: (V, d).
    Returns loss (), grad_A (V, d), grad_B (V, d).
    Source: Mikolov et al. (2013), eq. 4, with the average of the context in the place of the input vector.
    """
    a_avg = np.mean(A[list(context)], axis=0)
    positive = B[centre] @ a_avg
    negative = B[list(negatives)] @ a_avg
    words = [centre, *negatives]
    error = np.concatenate([[-sigmoid(-positive)], sigmoid(negative)])
    grad_a_avg = error @ B[words]
    grad_A, grad_B = np.zeros_like(A), np.zeros_like(B)
    np.add.at(grad_A, list(context), grad_a_avg / len(context))
    np.add.at(grad_B, words, np.outer(error, a_avg))
    loss = -log_sigmoid(positive) - np.sum(log_sigmoid(-negative))
    return {"loss": np.asarray(loss), "grad_A": grad_A, "grad_B": grad_B}


def window_sizes(tokens: int, window: int) -> list[int]:
    """Return, for each place of a sentence, how many other tokens lie at most `window` places away."""
    return [min(place, window) + min(tokens - 1 - place, window) for place in range(tokens)]


def sample_counts(lengths: Sequence[int], window: int) -> Outputs:
    """Count the positive training samples of a text when windows are cut at the ends of a sentence.

    lengths: tokens of each sentence.  window: tokens on each side, at least 0.
    Returns skipgram (), one sample for each pair of centre and context token; cbow (), one for each
    centre that has any context.
    """
    sizes = [size for tokens in lengths for size in window_sizes(int(tokens), window)]
    return {"skipgram": np.asarray(float(sum(sizes))), "cbow": np.asarray(float(sum(size > 0 for size in sizes)))}


def whole_window_counts(lengths: Sequence[int], window: int) -> Outputs:
    """Count the samples when only centres whose whole window lies inside the sentence are used."""
    centres = sum(max(int(tokens) - 2 * window, 0) for tokens in lengths) if window > 0 else 0
    return {"skipgram": np.asarray(2.0 * window * centres), "cbow": np.asarray(float(centres))}
