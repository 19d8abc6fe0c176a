"""What known mistakes in CBOW with negative sampling, and in counting training samples, give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .activations import log_sigmoid, sigmoid
from .arrays import Array, Indices, Outputs
from .cbow import cbow_negative_sampling, sample_counts, whole_window_counts


@dataclass(frozen=True, slots=True)
class _Window:
    """One training sample and the scores that its words have for a hidden vector."""

    context: list[int]
    centre: int
    negatives: list[int]
    A: Array
    B: Array
    hidden: Array

    @property
    def positive(self) -> float:
        return float(self.B[self.centre] @ self.hidden)

    @property
    def negative(self) -> Array:
        return self.B[self.negatives] @ self.hidden

    @property
    def loss(self) -> Array:
        return np.asarray(-log_sigmoid(self.positive) - np.sum(log_sigmoid(-self.negative)))

    def outputs(self, loss: float | Array, pull: float | Array, push: Array, share: float) -> Outputs:
        """Pass dJ/dscores on to A and B; each context row gets `share` of the hidden vector's gradient."""
        words = [self.centre, *self.negatives]
        error = np.concatenate([np.reshape(pull, (1,)), push])
        grad_A, grad_B = np.zeros_like(self.A), np.zeros_like(self.B)
        np.add.at(grad_A, self.context, share * (error @ self.B[words]))
        np.add.at(grad_B, words, np.outer(error, self.hidden))
        return {"loss": np.asarray(loss), "grad_A": grad_A, "grad_B": grad_B}


def _window(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> _Window:
    words = [int(word) for word in context]
    return _Window(words, centre, [int(k) for k in negatives], A, B, np.mean(A[words], axis=0))


def log_likelihood(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """The sign of the loss, and with it of both gradients, is flipped."""
    right = cbow_negative_sampling(context, centre, negatives, A, B)
    return {name: np.asarray(-value) for name, value in right.items()}


def sum_for_average(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """The context vectors are added up and not divided by their number."""
    words = [int(word) for word in context]
    window = _Window(words, centre, [int(k) for k in negatives], A, B, np.sum(A[words], axis=0))
    return window.outputs(window.loss, -sigmoid(-window.positive), sigmoid(window.negative), 1.0)


def gradient_not_shared_out(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """Each context row gets the whole gradient of the average: 1/C is lost on the way back."""
    right = cbow_negative_sampling(context, centre, negatives, A, B)
    return {**right, "grad_A": right["grad_A"] * len(context)}


def repeated_context_once(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """`grad_A[context] += ...` with a list of indices: a context word that occurs twice counts once, in grad_A."""
    window = _window(context, centre, negatives, A, B)
    right = cbow_negative_sampling(context, centre, negatives, A, B)
    counts = np.bincount(window.context, minlength=len(A))
    return {**right, "grad_A": right["grad_A"] / np.maximum(counts, 1)[:, None]}


def repeated_negatives_once(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """A negative that was drawn twice counts once, in grad_B only."""
    once = cbow_negative_sampling(context, centre, sorted({int(k) for k in negatives}), A, B)
    return {**cbow_negative_sampling(context, centre, negatives, A, B), "grad_B": once["grad_B"]}


def negatives_as_a_set(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """A negative that was drawn twice counts once, everywhere."""
    return cbow_negative_sampling(context, centre, sorted({int(k) for k in negatives}), A, B)


def context_as_a_set(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """A word that occurs twice in the context counts once, everywhere."""
    return cbow_negative_sampling(sorted({int(word) for word in context}), centre, negatives, A, B)


def skipgram_for_cbow(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """One prediction for each context word, added up, and none from their average."""
    ones = [cbow_negative_sampling([int(word)], centre, negatives, A, B) for word in context]
    return {name: np.asarray(sum(one[name] for one in ones)) for name in ones[0]}


def matrices_swapped(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """The context is looked up in B, the predicted words in A."""
    swapped = cbow_negative_sampling(context, centre, negatives, B, A)
    return {"loss": swapped["loss"], "grad_A": swapped["grad_B"], "grad_B": swapped["grad_A"]}


def true_word_missing(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """The positive term is left out everywhere."""
    w = _window(context, centre, negatives, A, B)
    return w.outputs(-np.sum(log_sigmoid(-w.negative)), 0.0, sigmoid(w.negative), 1.0 / len(w.context))


def negatives_missing(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """The sum over the negatives is left out everywhere."""
    w = _window(context, centre, negatives, A, B)
    return w.outputs(-log_sigmoid(w.positive), -sigmoid(-w.positive), 0.0 * w.negative, 1.0 / len(w.context))


def mean_over_negatives(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    w = _window(context, centre, negatives, A, B)
    loss = -log_sigmoid(w.positive) - np.mean(log_sigmoid(-w.negative))
    push = sigmoid(w.negative) / len(w.negatives)
    return w.outputs(loss, -sigmoid(-w.positive), push, 1.0 / len(w.context))


def sigma_for_one_minus_sigma(
    context: Indices, centre: int, negatives: Indices, A: Array, B: Array
) -> Outputs:
    """sigma(b_c.a_avg) for 1 - sigma(b_c.a_avg), and the same for each negative, in both gradients."""
    w = _window(context, centre, negatives, A, B)
    return w.outputs(w.loss, -sigmoid(w.positive), sigmoid(-w.negative), 1.0 / len(w.context))


def minus_lost_inside_sigma(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """log sigma(b_k.a_avg) for log sigma(-b_k.a_avg)."""
    w = _window(context, centre, negatives, A, B)
    loss = -log_sigmoid(w.positive) - np.sum(log_sigmoid(w.negative))
    return w.outputs(loss, -sigmoid(-w.positive), -sigmoid(-w.negative), 1.0 / len(w.context))


def negatives_sign_flipped(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """+sum log sigma(-b_k.a_avg) in the loss, and the gradients that go with it."""
    w = _window(context, centre, negatives, A, B)
    loss = -log_sigmoid(w.positive) + np.sum(log_sigmoid(-w.negative))
    return w.outputs(loss, -sigmoid(-w.positive), -sigmoid(w.negative), 1.0 / len(w.context))


def gradient_in_the_centre_row(context: Indices, centre: int, negatives: Indices, A: Array, B: Array) -> Outputs:
    """The gradient of the average lands in the centre word's row of A, as in skip-gram."""
    right = cbow_negative_sampling(context, centre, negatives, A, B)
    grad_A = np.zeros_like(A)
    grad_A[centre] = np.sum(right["grad_A"], axis=0)
    return {**right, "grad_A": grad_A}


def centre_counted_in_the_window(
    context: Indices, centre: int, negatives: Indices, A: Array, B: Array
) -> Outputs:
    """The centre word is averaged in with its context."""
    return cbow_negative_sampling([*(int(word) for word in context), centre], centre, negatives, A, B)


def counts_without_cutting(lengths: Sequence[int], window: int) -> Outputs:
    """2m context words for every token, also at the ends of a sentence."""
    tokens = sum(int(length) for length in lengths)
    return {"skipgram": np.asarray(2.0 * window * tokens), "cbow": np.asarray(float(tokens))}


def counts_of_one_side(lengths: Sequence[int], window: int) -> Outputs:
    """Only the context words on one side are counted."""
    right = sample_counts(lengths, window)
    return {"skipgram": right["skipgram"] / 2.0, "cbow": right["cbow"]}


def counts_with_the_centre(lengths: Sequence[int], window: int) -> Outputs:
    """j = 0 is not left out: each token is counted as its own context once."""
    right, tokens = sample_counts(lengths, window), sum(int(length) for length in lengths)
    return {"skipgram": right["skipgram"] + tokens, "cbow": np.asarray(float(tokens))}


def counts_across_sentences(lengths: Sequence[int], window: int) -> Outputs:
    """All sentences are strung together, windows reach over their ends."""
    return sample_counts([sum(int(length) for length in lengths)], window)


def counts_swapped(lengths: Sequence[int], window: int) -> Outputs:
    """The two numbers are returned in the other order."""
    right = sample_counts(lengths, window)
    return {"skipgram": right["cbow"], "cbow": right["skipgram"]}


def counts_for_window_one(lengths: Sequence[int], window: int) -> Outputs:
    """2n - 2 for every sentence, whatever the window."""
    return sample_counts(lengths, 1)


def whole_windows_for_skipgram_only(lengths: Sequence[int], window: int) -> Outputs:
    """One number with cut windows, the other with whole ones."""
    whole, cut = whole_window_counts(lengths, window), sample_counts(lengths, window)
    return {"skipgram": whole["skipgram"], "cbow": cut["cbow"]}
