"""What known mistakes in the negative-sampling loss and its gradients give."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from .activations import log_sigmoid, sigmoid
from .arrays import Array, Outputs, Stream
from .word2vec import DEFAULT_K, negative_sampling_drawn, negative_sampling_rows, take_negatives


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The words that were drawn and their scores."""

    v_c: Array
    o: int
    U: Array
    negatives: list[int]

    @property
    def count(self) -> int:
        """K"""
        return len(self.negatives)

    @property
    def positive(self) -> float:
        """u_o . v_c"""
        return float(self.U[self.o] @ self.v_c)

    @property
    def negative(self) -> Array:
        """u_k . v_c of each draw, (K,)"""
        return self.U[self.negatives] @ self.v_c

    def outputs(self, loss: float | Array, pull: float | Array, push: Array) -> Outputs:
        """Pass wrong dJ/dscores, of the true word and of the K draws, on through right gradients."""
        words = [self.o, *self.negatives]
        error = np.concatenate([np.reshape(pull, (1,)), push])
        grad_U = np.zeros_like(self.U)
        np.add.at(grad_U, words, np.outer(error, self.v_c))
        return {"loss": np.asarray(loss), "grad_v_c": error @ self.U[words], "grad_U": grad_U}


def _draw(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> _Drawn:
    return _Drawn(v_c, o, U, take_negatives(iter(stream), o, K))


def _right_loss(drawn: _Drawn) -> Array:
    return np.asarray(-log_sigmoid(drawn.positive) - np.sum(log_sigmoid(-drawn.negative)))


def log_likelihood(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The sign of the loss, and with it of both gradients, is flipped."""
    right = negative_sampling_drawn(v_c, o, U, stream, K)
    return {name: np.asarray(-value) for name, value in right.items()}


def repeats_overwritten(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """`grad_U[negatives] = ...` or `+=` with a list of indices: a word drawn twice counts once, in grad_U only."""
    drawn = _draw(v_c, o, U, stream, K)
    once = negative_sampling_rows(v_c, o, U, sorted(set(drawn.negatives)))
    return {**negative_sampling_drawn(v_c, o, U, stream, K), "grad_U": once["grad_U"]}


def negatives_as_a_set(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """A word drawn twice counts once, everywhere."""
    return negative_sampling_rows(v_c, o, U, sorted(set(_draw(v_c, o, U, stream, K).negatives)))


def repeats_drawn_again(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """A word that was drawn before is drawn again, so that all negatives differ."""
    different = [word for word in dict.fromkeys(int(word) for word in stream) if word != o]
    return negative_sampling_rows(v_c, o, U, different[:DEFAULT_K if K is None else K])


def equal_sigmas_counted(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """How often a word was drawn is counted by equal values of sigma, which at large scores other words have too."""
    drawn = _draw(v_c, o, U, stream, K)
    push = 1.0 - sigmoid(-drawn.negative)
    right = negative_sampling_drawn(v_c, o, U, stream, K)
    grad_U = np.zeros_like(U)
    grad_U[drawn.negatives] = np.outer(_count_equal(push) * push, v_c)
    grad_U[o] = right["grad_U"][o]
    return {**right, "grad_U": grad_U}


def equal_sigmas_counted_with_true_word(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """As equal_sigmas_counted, and the sigma of the true word is counted as well."""
    drawn = _draw(v_c, o, U, stream, K)
    push = np.concatenate([[sigmoid(np.asarray(drawn.positive))], 1.0 - sigmoid(-drawn.negative)])
    grad_U = np.zeros_like(U)
    grad_U[[o, *drawn.negatives]] = np.outer(_count_equal(push) * push, v_c)
    grad_U[o] -= v_c
    return {**negative_sampling_drawn(v_c, o, U, stream, K), "grad_U": grad_U}


def _count_equal(values: Array) -> Array:
    """Return for each value how many are equal to it."""
    return np.asarray(np.sum(values[:, None] == values[None, :], axis=1), dtype=float)


def sigma_for_one_minus_sigma(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """sigma(u_o.v_c) for 1 - sigma(u_o.v_c), and sigma(-u_k.v_c) for 1 - sigma(-u_k.v_c), in both gradients."""
    drawn = _draw(v_c, o, U, stream, K)
    return drawn.outputs(_right_loss(drawn), -sigmoid(drawn.positive), sigmoid(-drawn.negative))


def sigma_for_one_minus_sigma_true_word(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    drawn = _draw(v_c, o, U, stream, K)
    return drawn.outputs(_right_loss(drawn), -sigmoid(drawn.positive), sigmoid(drawn.negative))


def sigma_for_one_minus_sigma_negatives(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    drawn = _draw(v_c, o, U, stream, K)
    return drawn.outputs(_right_loss(drawn), -sigmoid(-drawn.positive), sigmoid(-drawn.negative))


def true_word_sign_flipped(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """+(1 - sigma(u_o.v_c)) in both gradients, +log sigma(u_o.v_c) in the loss."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = log_sigmoid(drawn.positive) - np.sum(log_sigmoid(-drawn.negative))
    return drawn.outputs(loss, sigmoid(-drawn.positive), sigmoid(drawn.negative))


def negatives_sign_flipped(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """-sigma(u_k.v_c) in both gradients, +sum log sigma(-u_k.v_c) in the loss."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -log_sigmoid(drawn.positive) + np.sum(log_sigmoid(-drawn.negative))
    return drawn.outputs(loss, -sigmoid(-drawn.positive), -sigmoid(drawn.negative))


def minus_lost_inside_sigma(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """log sigma(u_k.v_c) for log sigma(-u_k.v_c): the negatives are pulled as the true word is."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -log_sigmoid(drawn.positive) - np.sum(log_sigmoid(drawn.negative))
    return drawn.outputs(loss, -sigmoid(-drawn.positive), -sigmoid(-drawn.negative))


def true_word_missing(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The positive term is left out everywhere."""
    drawn = _draw(v_c, o, U, stream, K)
    return drawn.outputs(-np.sum(log_sigmoid(-drawn.negative)), 0.0, sigmoid(drawn.negative))


def negatives_missing(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The sum over the negatives is left out everywhere."""
    drawn = _draw(v_c, o, U, stream, K)
    return drawn.outputs(-log_sigmoid(drawn.positive), -sigmoid(-drawn.positive), 0.0 * drawn.negative)


def mean_over_negatives(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The mean over the negatives for their sum."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -log_sigmoid(drawn.positive) - np.sum(log_sigmoid(-drawn.negative)) / drawn.count
    return drawn.outputs(loss, -sigmoid(-drawn.positive), sigmoid(drawn.negative) / drawn.count)


def negatives_times_k(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """A factor K before the sum over the negatives, as in the form with an expectation."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -log_sigmoid(drawn.positive) - drawn.count * np.sum(log_sigmoid(-drawn.negative))
    return drawn.outputs(loss, -sigmoid(-drawn.positive), drawn.count * sigmoid(drawn.negative))


def true_word_k_times(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The positive term is added once for every negative."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -drawn.count * log_sigmoid(drawn.positive) - np.sum(log_sigmoid(-drawn.negative))
    return drawn.outputs(loss, -drawn.count * sigmoid(-drawn.positive), sigmoid(drawn.negative))


def true_word_among_negatives(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The sum over the negatives runs over [o] + negatives."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = _right_loss(drawn) - log_sigmoid(-drawn.positive)
    return drawn.outputs(loss, sigmoid(drawn.positive) - sigmoid(-drawn.positive), sigmoid(drawn.negative))


def true_word_not_drawn_again(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """A draw that hits o is kept as a negative."""
    return negative_sampling_rows(v_c, o, U, [int(word) for word in islice(stream, DEFAULT_K if K is None else K)])


def hits_dropped(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """Of K draws those that hit the outside word are left out, and nothing is drawn in their place."""
    drawn = [int(word) for word in islice(stream, DEFAULT_K if K is None else K)]
    return negative_sampling_rows(v_c, o, U, [word for word in drawn if word != o])


def hits_and_repeats_dropped(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """As hits_dropped, and a word that was drawn before is left out as well."""
    drawn = dict.fromkeys(int(word) for word in islice(stream, DEFAULT_K if K is None else K))
    return negative_sampling_rows(v_c, o, U, [word for word in drawn if word != o])


def last_negative_left_out(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """K - 1 negatives: the loop over [o] + negatives ends one too early."""
    return negative_sampling_rows(v_c, o, U, take_negatives(iter(stream), o, K)[:-1])


def first_negative_left_out(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    return negative_sampling_rows(v_c, o, U, take_negatives(iter(stream), o, K)[1:])


def always_ten_negatives(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """10 is written where K belongs; a K above 10 is cut."""
    return negative_sampling_rows(v_c, o, U, take_negatives(iter(stream), o, DEFAULT_K))


def log_left_out_of_the_derivative(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """sigma (1 - sigma) for 1 - sigma in both gradients: the derivative of sigma, not of log sigma."""
    drawn = _draw(v_c, o, U, stream, K)
    slope_o = sigmoid(drawn.positive) * sigmoid(-drawn.positive)
    slope_k = sigmoid(drawn.negative) * sigmoid(-drawn.negative)
    return drawn.outputs(_right_loss(drawn), -slope_o, slope_k)


def log_left_out_of_the_loss(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """-sigma(u_o.v_c) - sum sigma(-u_k.v_c); the gradients are the right ones."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -sigmoid(drawn.positive) - np.sum(sigmoid(-drawn.negative))
    return {**negative_sampling_drawn(v_c, o, U, stream, K), "loss": np.asarray(loss)}


def log_of_the_sum(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """-log sum sigma(-u_k.v_c) for -sum log sigma(-u_k.v_c); the gradients are the right ones."""
    drawn = _draw(v_c, o, U, stream, K)
    loss = -log_sigmoid(drawn.positive) - np.log(np.sum(sigmoid(-drawn.negative)))
    return {**negative_sampling_drawn(v_c, o, U, stream, K), "loss": np.asarray(loss)}


def outside_vectors_for_centre(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """u stands where v_c should in the gradient of U."""
    drawn = _draw(v_c, o, U, stream, K)
    words = [o, *drawn.negatives]
    error = np.concatenate([[-sigmoid(-drawn.positive)], sigmoid(drawn.negative)])
    grad_U = np.zeros_like(U)
    np.add.at(grad_U, words, error[:, None] * U[words])
    return {**negative_sampling_drawn(v_c, o, U, stream, K), "grad_U": grad_U}


def centre_gradient_from_true_word_only(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The negatives are missing from the centre gradient alone."""
    right, without = negative_sampling_drawn(v_c, o, U, stream, K), negatives_missing(v_c, o, U, stream, K)
    return {**right, "grad_v_c": without["grad_v_c"]}


def centre_gradient_from_negatives_only(v_c: Array, o: int, U: Array, stream: Stream, K: int | None) -> Outputs:
    """The true word is missing from the centre gradient alone."""
    right, without = negative_sampling_drawn(v_c, o, U, stream, K), true_word_missing(v_c, o, U, stream, K)
    return {**right, "grad_v_c": without["grad_v_c"]}
