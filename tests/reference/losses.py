"""The losses as their definitions read, for real, complex and mpmath numbers alike; stable nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

exp = np.frompyfunc(lambda z: mpmath.exp(z) if isinstance(z, (mpmath.mpf, mpmath.mpc)) else np.exp(z), 1, 1)
log = np.frompyfunc(lambda z: mpmath.log(z) if isinstance(z, (mpmath.mpf, mpmath.mpc)) else np.log(z), 1, 1)


def sigma(z: Any) -> Any:
    return 1 / (1 + exp(-z))


def naive_softmax(v_c: Any, o: int, U: Any) -> Any:
    exponentials = exp(np.dot(U, v_c))
    return -log(exponentials[o] / np.sum(exponentials))


def negative_sampling(v_c: Any, o: int, U: Any, negatives: Sequence[int]) -> Any:
    total = -log(sigma(np.dot(U[o], v_c)))
    for k in negatives:
        total = total - log(sigma(-np.dot(U[k], v_c)))
    return total


def cbow(context: Sequence[int], centre: int, negatives: Sequence[int], A: Any, B: Any) -> Any:
    a_avg = sum(A[word] for word in context) / len(context)
    return negative_sampling(a_avg, centre, B, negatives)


def chain(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    return -log(sigma(w2 * sigma(w1 * x + b1) + b2))
