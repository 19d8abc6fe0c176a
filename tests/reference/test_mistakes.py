"""Each known mistake has the outputs of its reference, and differs from it and from every other mistake."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from reference import (
    activations,
    backprop,
    cbow,
    descent,
    mistakes_activations,
    mistakes_backprop,
    mistakes_cbow,
    mistakes_descent,
    mistakes_negatives,
    mistakes_skipgram,
    mistakes_softmax,
    word2vec,
)

Inputs = dict[str, Any]


def softmax_inputs(rng: np.random.Generator) -> Inputs:
    return {"v_c": rng.standard_normal(3), "o": 2, "U": rng.standard_normal((7, 3))}


def negatives_inputs(rng: np.random.Generator) -> Inputs:
    stream = [4, 1, 2, 4, 2, 6, *(int(w) for w in rng.integers(3, 7, size=20))]
    return {**softmax_inputs(rng), "stream": stream, "K": int(rng.integers(5, 9))}


def skipgram_inputs(loss: str) -> Callable[[np.random.Generator], Inputs]:
    def draw(rng: np.random.Generator) -> Inputs:
        V, U = rng.standard_normal((2, 9, 3))
        stream = [int(w) for w in rng.integers(9, size=120)]
        return {"centre": 2, "outside": [7, 5, 5, 1], "m": 2, "V": V, "U": U, "loss": loss, "stream": stream}
    return draw


def cbow_inputs(rng: np.random.Generator) -> Inputs:
    A, B = rng.standard_normal((2, 9, 4))
    return {"context": [3, 5, 3], "centre": 6, "negatives": [0, 8, 0, 1], "A": A, "B": B}


def count_inputs(rng: np.random.Generator) -> Inputs:
    return {"lengths": [int(n) for n in rng.integers(1, 12, size=5)] + [1, 0], "window": int(rng.integers(2, 5))}


def chain_inputs(rng: np.random.Generator) -> Inputs:
    return dict(zip(("x", "w1", "b1", "w2", "b2"), rng.standard_normal(5), strict=True))


def large_negatives_inputs(rng: np.random.Generator) -> Inputs:
    inputs = negatives_inputs(rng)
    return {**inputs, "v_c": 100 * np.abs(np.asarray(inputs["v_c"])), "U": np.abs(np.asarray(inputs["U"]))}


def descent_inputs(rng: np.random.Generator) -> Inputs:
    x0, target = rng.standard_normal((2, 4))
    return {"x0": x0, "target": target, "curvature": rng.uniform(0.5, 1.5, 4), "step": 0.1, "iterations": 7,
            "shrink": 0.95}


def activation_inputs(rng: np.random.Generator) -> Inputs:
    return {"x": rng.standard_normal(6)}


SIGMOID = ("sigmoid_of_minus_x", "tanh_for_sigmoid", "sigmoid_of_twice_x", "softmax_for_sigmoid",
           "parentheses_lost", "derivative_for_sigmoid")
SIGMOID_SLOPE = ("sigmoid_for_its_derivative", "one_minus_sigmoid", "x_taken_for_sigmoid", "sigmoid_of_sigmoid",
                 "sigmoid_squared_minus_sigmoid", "sigmoid_plus_its_square")
TANH_SLOPE = ("one_minus_tanh", "tanh_times_one_minus_tanh", "tanh_squared", "one_plus_tanh_squared",
              "tanh_squared_minus_one", "x_taken_for_tanh", "sech", "tanh_by_sigmoid_derivative",
              "tanh_for_its_derivative")


def public(module: ModuleType, prefix: str = "") -> list[Callable[..., Any]]:
    return [
        f for name, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and not name.startswith("_")
        and name.startswith(prefix)
    ]


def named(module: ModuleType, names: tuple[str, ...]) -> list[Callable[..., Any]]:
    return [getattr(module, name) for name in names]


EQUAL_SIGMAS = public(mistakes_negatives, "equal_sigmas_")  # which only large scores show
COUNTS = [*public(mistakes_cbow, "counts_"), mistakes_cbow.whole_windows_for_skipgram_only]
FAMILIES = {
    "sigmoid": (activations.logistic, named(mistakes_activations, SIGMOID), activation_inputs),
    "sigmoid'": (activations.sigmoid_derivative, named(mistakes_activations, SIGMOID_SLOPE), activation_inputs),
    "tanh'": (activations.tanh_derivative, named(mistakes_activations, TANH_SLOPE), activation_inputs),
    "naive softmax": (word2vec.naive_softmax, public(mistakes_softmax), softmax_inputs),
    "negatives": (
        word2vec.negative_sampling_drawn, [f for f in public(mistakes_negatives) if f not in EQUAL_SIGMAS], negatives_inputs),
    "negatives, large scores": (word2vec.negative_sampling_drawn, EQUAL_SIGMAS, large_negatives_inputs),
    "skip-gram, softmax": (
        word2vec.skipgram, public(mistakes_skipgram), skipgram_inputs(word2vec.NAIVE_SOFTMAX)),
    "skip-gram, negatives": (
        word2vec.skipgram, public(mistakes_skipgram), skipgram_inputs(word2vec.NEGATIVE_SAMPLING)),
    "cbow": (
        cbow.cbow_negative_sampling, [f for f in public(mistakes_cbow) if f not in COUNTS], cbow_inputs),
    "counts": (cbow.sample_counts, [*COUNTS, cbow.whole_window_counts], count_inputs),
    "chain": (backprop.chain_gradients, public(mistakes_backprop), chain_inputs),
    "descent": (descent.descend, public(mistakes_descent), descent_inputs),
}


def gap(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """Return the largest difference of any output, as a share of that output's scale."""
    return max(
        float(np.max(np.abs(one[name] - other[name]), initial=0.0) / (np.max(np.abs(other[name]), initial=0.0) or 1.0))
        for name in other
    )


def test_every_mistake_is_in_a_family() -> None:
    covered = {f for _, mistakes, _ in FAMILIES.values() for f in mistakes}
    modules = (mistakes_activations, mistakes_softmax, mistakes_negatives, mistakes_skipgram, mistakes_cbow,
               mistakes_backprop, mistakes_descent)
    assert {f for module in modules for f in public(module)} <= covered


@pytest.mark.parametrize("family", FAMILIES)
def test_mistakes_differ(family: str) -> None:
    reference, mistakes, draw = FAMILIES[family]
    seen: dict[str, list[dict[str, np.ndarray]]] = {}
    for seed in range(4):
        inputs = draw(np.random.default_rng(seed))
        right = reference(**inputs)
        for mistake in mistakes:
            wrong = mistake(**inputs)
            assert list(wrong) == list(right), mistake.__name__
            for name, value in wrong.items():
                assert isinstance(value, np.ndarray | np.generic), f"{mistake.__name__}: {name}"
                assert np.shape(value) == right[name].shape, f"{mistake.__name__}: {name}"
            assert gap(wrong, right) > 1e-3, mistake.__name__
            seen.setdefault(mistake.__name__, []).append(wrong)
    for (one, first), (other, second) in combinations(seen.items(), 2):
        assert max(gap(a, b) for a, b in zip(first, second, strict=True)) > 1e-3, f"{one} = {other}"


@pytest.mark.parametrize("family", FAMILIES)
def test_nobody_changes_the_inputs(family: str) -> None:
    reference, mistakes, draw = FAMILIES[family]
    for function in (reference, *mistakes):
        inputs, before = draw(np.random.default_rng(0)), draw(np.random.default_rng(0))
        function(**inputs)
        for name, value in before.items():
            np.testing.assert_array_equal(inputs[name], value, err_msg=f"{function.__name__}: {name}")


def test_a_stream_that_ends_too_early_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the stream ended after 2 of 3 negatives"):
        word2vec.take_negatives(iter([1, 5, 1]), 5, 3)
