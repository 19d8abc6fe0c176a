"""Mutants and honest rewrites of programs: what is made, and that it is Python."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from autograder.authoring.mutation import make_mutants
from autograder.authoring.rewrites import SINGLE_PRECISION, make_rewrites

SOURCE = '''import numpy as np

CONSTANT = 3


def softmax(x: float, axis=0) -> float:
    """Return shares."""
    e = np.exp(x - np.max(x, axis=axis))
    return e / np.sum(e, axis=axis)


def gradient(rows, words, error, v):
    grad = np.zeros_like(rows)
    for word, slope in zip(words, error):
        grad[word] += slope * v
    if len(words) > 1:
        grad = grad.T.T
    np.add.at(grad, words, -np.outer(error, v))
    return error @ rows[words], grad
'''


@pytest.mark.parametrize(("function", "change"), [
    ("softmax", "x - np.max(x, axis=axis)  ->  x + np.max(x, axis=axis)"),
    ("softmax", "x - np.max(x, axis=axis)  ->  x"),
    ("softmax", "np.sum(e, axis=axis)  ->  np.sum(e)"),
    ("softmax", "np.sum(e, axis=axis)  ->  np.mean(e, axis=axis)"),
    ("softmax", "0  ->  1"),
    ("gradient", "grad[word] += slope * v  ->  grad[word] = slope * v"),
    ("gradient", "grad[word] += slope * v  ->  grad[word] -= slope * v"),
    ("gradient", "grad[word]  ->  grad[0]"),
    ("gradient", "slope * v  ->  slope + v"),
    ("gradient", "np.add.at(grad, words, -np.outer(error, v))  ->  grad[words] += -np.outer(error, v)"),
    ("gradient", "-np.outer(error, v)  ->  np.outer(error, v)"),
    ("gradient", "np.outer(error, v)  ->  np.outer(v, error)"),
    ("gradient", "error @ rows[words]  ->  rows[words] @ error"),
    ("gradient", "len(words) > 1  ->  len(words) >= 1"),
    ("gradient", "grad.T.T  ->  grad.T"),
])
def test_a_slip_of_each_kind_is_made(function: str, change: str) -> None:
    assert change in {mutant.what for mutant in make_mutants("a.py", SOURCE.encode(), function, ("p/code",))}


def test_every_mutant_is_another_program_with_one_change() -> None:
    for function in ("softmax", "gradient"):
        mutants = list(make_mutants("a.py", SOURCE.encode(), function, ("p/code",)))
        assert len({mutant.source for mutant in mutants}) == len(mutants) > 20
        for mutant in mutants:
            tree = ast.parse(mutant.source)
            assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["softmax", "gradient"]
            assert b"CONSTANT = 3" in mutant.source
            assert mutant.diff
            assert all(line[0] in "+-" for line in mutant.diff.split("\n"))


def run(source: bytes) -> tuple[np.ndarray, np.ndarray]:
    module: dict = {}
    exec(compile(source, "a.py", "exec"), module)
    rng = np.random.default_rng(0)
    rows, v, error = rng.standard_normal((7, 3)), rng.standard_normal(3), rng.standard_normal(4)
    shares = module["softmax"](rng.standard_normal(5))
    dot, grad = module["gradient"](rows, [1, 4, 1, 6], error, v)
    return np.concatenate([shares, np.ravel(dot)]), np.asarray(grad)


def test_rewrites_have_the_same_values_but_for_rounding() -> None:
    expected = run(SOURCE.encode())
    made = [one for function in ("softmax", "gradient") for one in make_rewrites("a.py", SOURCE.encode(), function, ())]
    assert {one.what for one in made} >= {"einsum for @", "loops for @", "sums from the end", "loops from the end",
                                          "loops for np.outer and np.add.at", "x = x + y for x += y", SINGLE_PRECISION}
    for one in made:
        allowed = 1e-5 if one.what == SINGLE_PRECISION else 1e-12
        for found, wanted in zip(run(one.source), expected, strict=True):
            assert np.abs(found - wanted).max() < allowed, one.what
