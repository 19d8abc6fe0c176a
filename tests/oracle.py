"""Which parts of an assignment a file gets wrong, by calling it beside the references; nothing here is the grader's.

Inputs are many draws of the kinds that the problems declare, by this module's own dice.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mutants import Mutant

from reference import activations, backprop, cbow, descent, word2vec

Rng = np.random.Generator
Call = tuple[Callable[[types.ModuleType], Sequence[Any]], Sequence[np.ndarray]]
"""A call of the student's module, and what it should return."""

DRAWS = 40
RIGHT, WRONG = 1e-7, 1e-4
"""A file that is right stays below the first relative error, a wrong one gets above the second in some draw."""


class OnlySamples:
    """A data set that gives the drawn words and then stops."""

    def __init__(self, stream: Sequence[int]) -> None:
        self._left = iter(stream)

    def sampleTokenIdx(self) -> int:
        return next(self._left)


def sigmoid_call(rng: Rng) -> Call:
    x = rng.uniform(-30, 30, 5) if rng.random() < 0.3 else rng.standard_normal((2, 3)) * 2
    return lambda student: [student.sigmoid(x)], [activations.logistic(x)["value"]]


def softmax_call(rng: Rng, shift: float = 0.0) -> Call:
    d, V = int(rng.integers(1, 7)), int(rng.integers(8, 14))
    v_c, U, o = rng.standard_normal(d) + 0.01 * shift, rng.standard_normal((V, d)) + shift, int(rng.integers(V))
    out = word2vec.naive_softmax(v_c, o, U)
    return lambda student: student.naiveSoftmaxLossAndGradient(v_c, o, U, None), list(out.values())


def large_softmax_call(rng: Rng) -> Call:
    return softmax_call(rng, float(rng.choice([-300.0, 300.0])))


def negatives_call(rng: Rng, K: int = 10, scale: float = 1.0, *, is_plain: bool = False) -> Call:
    """is_plain: no word is drawn twice, and none is the outside word."""
    d, V = int(rng.integers(1, 7)), int(rng.integers(14, 19))
    v_c, U, o = scale * rng.standard_normal(d), rng.standard_normal((V, d)), int(rng.integers(V))
    stream = [int(w) for w in rng.integers(V, size=60)]
    if is_plain:
        stream = [int(w) for w in rng.permutation(V) if w != o] + stream
    out = word2vec.negative_sampling_drawn(v_c, o, U, stream, K)
    return (lambda student: student.negSamplingLossAndGradient(v_c, o, U, OnlySamples(stream), K)), list(out.values())


def other_k_call(rng: Rng) -> Call:
    return negatives_call(rng, K=int(rng.choice([1, 3, 12])), is_plain=True)


def large_negatives_call(rng: Rng) -> Call:
    return negatives_call(rng, scale=float(rng.choice([15.0, 40.0])), is_plain=True)


def window_call(rng: Rng) -> Call:
    d, V, T = int(rng.integers(1, 7)), 14, int(rng.integers(0, 7))
    centres, U = rng.standard_normal((2, V, d))
    centre, outside = int(rng.integers(V)), [int(w) for w in rng.integers(V, size=T)]
    words = {f"word{index}": index for index in range(V)}
    out = word2vec.skipgram(centre, outside, 4, centres, U, word2vec.NAIVE_SOFTMAX, [])
    return (lambda student: student.skipgram(
        f"word{centre}", 4, [f"word{o}" for o in outside], words, centres, U, OnlySamples([]),
        student.naiveSoftmaxLossAndGradient)), list(out.values())


def descent_call(rng: Rng) -> Call:
    shape = [(), (4,), (2, 3)][int(rng.integers(3))]
    x0, target, curvature = rng.standard_normal(shape), rng.standard_normal(shape), rng.uniform(0.5, 1.5, shape)
    step, iterations, shrink = float(rng.uniform(0.05, 0.15)), int(rng.integers(1, 30)), float(rng.choice([1.0, 0.97]))
    out = descent.descend(x0, target, curvature, step, iterations, shrink)

    def f(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return descent.quadratic(x, target, curvature)

    return lambda student: [student.sgd(f, x0, step, iterations, lambda x: shrink * x)], list(out.values())


def slope_call(name: str) -> Callable[[Rng], Call]:
    def draw(rng: Rng) -> Call:
        x = rng.standard_normal((2, 3)) * 1.5
        return lambda student: [getattr(student, name)(x)], [getattr(activations, name)(x)["value"]]
    return draw


def cbow_call(rng: Rng, scale: float = 1.0) -> Call:
    d, V, C, K = int(rng.integers(1, 7)), 11, int(rng.integers(1, 7)), int(rng.integers(1, 8))
    A, B, centre = scale * rng.standard_normal((V, d)), rng.standard_normal((V, d)), int(rng.integers(V))
    context, negatives = (
        [int(w) for w in rng.choice([w for w in range(V) if w != centre], size)] for size in (C, K))
    out = cbow.cbow_negative_sampling(context, centre, negatives, A, B)
    return lambda student: student.cbow_negative_sampling(context, centre, negatives, A, B), list(out.values())


def large_cbow_call(rng: Rng) -> Call:
    return cbow_call(rng, scale=80.0)


def counts_call(rng: Rng) -> Call:
    lengths, window = [int(n) for n in rng.integers(0, 14, size=rng.integers(0, 6))], int(rng.integers(1, 6))
    out = cbow.sample_counts(lengths, window)
    return lambda student: student.count_samples(lengths, window), list(out.values())


def chain_call(rng: Rng) -> Call:
    values = [float(value) for value in 1.5 * rng.standard_normal(5)]
    values[0] = float(rng.choice([values[0], 0.0, 25.0]))
    out = backprop.chain_gradients(*values)
    return lambda student: student.backprop(*values), list(out.values())


PARTS: Mapping[str, Mapping[str, Callable[[Rng], Call]]] = {
    "word2vec.py": {
        "sigmoid/code": sigmoid_call,
        "naive-softmax/code": softmax_call,
        "naive-softmax/stability": large_softmax_call,
        "negative-sampling/code": negatives_call,
        "negative-sampling/number-of-negatives": other_k_call,
        "negative-sampling/stability": large_negatives_call,
        "skipgram/code": window_call,
    },
    "sgd.py": {"sgd/code": descent_call},
    "cbow.py": {
        "activations/sigmoid_derivative_code": slope_call("sigmoid_derivative"),
        "activations/tanh_derivative_code": slope_call("tanh_derivative"),
        "cbow/code": cbow_call,
        "cbow/code at large scores": large_cbow_call,
        "sample-counts/code": counts_call,
        "backprop/code": chain_call,
    },
}


def changed_parts(mutant: Mutant) -> frozenset[str]:
    """Return the parts for which a mutant returns something else than the references, or nothing at all."""
    student = types.ModuleType("student")
    exec(compile(mutant.source, mutant.file, "exec"), vars(student))
    return frozenset(part for part, draw in PARTS[mutant.file].items() if worst_error(student, draw) > WRONG)


def worst_error(student: types.ModuleType, draw: Callable[[Rng], Call]) -> float:
    """Return the largest relative error of any output in any draw; infinite where the call fails."""
    return max(_errors(student, draw))


def _errors(student: types.ModuleType, draw: Callable[[Rng], Call]) -> Iterator[float]:
    for seed in range(DRAWS):
        call, expected = draw(np.random.default_rng([20, seed]))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                actual = [np.asarray(value, dtype=float) for value in call(student)]
            except (ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError):
                yield np.inf
                return
        for got, wanted in zip(actual, expected, strict=True):
            if got.shape != np.shape(wanted) or not np.isfinite(got).all():
                yield np.inf
                return
            scale = float(np.max(np.abs(wanted), initial=0.0)) or 1.0
            yield float(np.max(np.abs(got - wanted), initial=0.0)) / scale
