"""What known mistakes in adding up a skip-gram window give."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from .arrays import Array, Indices, Outputs, Stream
from .word2vec import add_window, skipgram, window_losses


def last_word_only(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`=` for `+=`: each outside word overwrites the one before."""
    return add_window(centre, window_losses(centre, outside, V, U, loss, stream)[-1:], V, U)


def first_word_only(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`return` inside the loop."""
    return add_window(centre, window_losses(centre, outside, V, U, loss, stream)[:1], V, U)


def last_word_left_out(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`range(len(outside) - 1)`."""
    return add_window(centre, window_losses(centre, outside, V, U, loss, stream)[:-1], V, U)


def first_word_left_out(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    return add_window(centre, window_losses(centre, outside, V, U, loss, stream)[1:], V, U)


def half_the_window(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`range(m)`: the window size taken for the number of outside words."""
    return add_window(centre, window_losses(centre, outside, V, U, loss, stream)[:m], V, U)


def outside_words_counted(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`loss += 1` for `loss += l`."""
    return {**skipgram(centre, outside, m, V, U, loss, stream), "loss": np.asarray(float(len(outside)))}


def repeated_words_once(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`set(outside)`."""
    return add_window(centre, window_losses(centre, list(dict.fromkeys(outside)), V, U, loss, stream), V, U)


def centre_counted_in_the_window(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """j = 0 is not left out: the centre word is taken for an outside word as well."""
    middle = len(outside) // 2
    words = [*outside[:middle], centre, *outside[middle:]]
    return add_window(centre, window_losses(centre, words, V, U, loss, stream), V, U)


def mean_over_window(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """The mean over the outside words for their sum."""
    right = skipgram(centre, outside, m, V, U, loss, stream)
    return {name: np.asarray(value / max(len(outside), 1)) for name, value in right.items()}


def centre_gradient_in_the_middle_row(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """Row V // 2 for the row of the centre word: the two agree in the well-known example."""
    return _centre_gradient_moved([len(V) // 2], centre, outside, V, U, loss, stream)


def centre_gradient_in_the_first_row(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    return _centre_gradient_moved([0], centre, outside, V, U, loss, stream)


def centre_gradient_in_every_row(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`grad_V += grad_v_c` without a row: broadcasting adds it to all."""
    return _centre_gradient_moved(list(range(len(V))), centre, outside, V, U, loss, stream)


def centre_gradient_missing(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    return {**skipgram(centre, outside, m, V, U, loss, stream), "grad_V": np.zeros_like(V)}


def centre_gradient_in_the_outside_rows(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """The row of the outside word for the row of the centre word."""
    losses = window_losses(centre, outside, V, U, loss, stream)
    grad_V = np.zeros_like(V)
    for o, one in zip(outside, losses, strict=True):
        grad_V[o] += one["grad_v_c"]
    return {**add_window(centre, losses, V, U), "grad_V": grad_V}


def centre_gradient_overwritten(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`grad_V[centre] = grad_v_c`: only the last outside word is left in it."""
    losses = window_losses(centre, outside, V, U, loss, stream)
    last = add_window(centre, losses[-1:], V, U)
    return {**add_window(centre, losses, V, U), "grad_V": last["grad_V"]}


def outside_gradient_overwritten(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """`grad_U = ...`: only the last outside word is left in it."""
    losses = window_losses(centre, outside, V, U, loss, stream)
    last = add_window(centre, losses[-1:], V, U)
    return {**add_window(centre, losses, V, U), "grad_U": last["grad_U"]}


def centre_and_outside_swapped(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """The centre word is predicted from each outside word."""
    grad_V, grad_U, total, draws = np.zeros_like(V), np.zeros_like(U), 0.0, cycle(stream)
    for o in outside:
        one = skipgram(int(o), [centre], m, V, U, loss, draws)
        total += float(one["loss"])
        grad_V += one["grad_V"]
        grad_U += one["grad_U"]
    return {"loss": np.asarray(total), "grad_V": grad_V, "grad_U": grad_U}


def matrices_swapped(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """The outside matrix is used for the centre vectors and the other way round."""
    return skipgram(centre, outside, m, U, V, loss, stream)


def centre_vector_from_outside_matrix(
    centre: int, outside: Indices, m: int, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    """The centre vector is looked up in U."""
    return skipgram(centre, outside, m, U, U, loss, stream)


def _centre_gradient_moved(
    rows: list[int], centre: int, outside: Indices, V: Array, U: Array, loss: str, stream: Stream
) -> Outputs:
    right = add_window(centre, window_losses(centre, outside, V, U, loss, stream), V, U)
    grad_V = np.zeros_like(V)
    grad_V[rows] = right["grad_V"][centre]
    return {**right, "grad_V": grad_V}
