"""What Python text means is what numpy computes, for flat arrays and for columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.formula.declarations import Declarations, Index, IndexSet, Size, Symbol
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.python.reader import read_python
from autograder.formula.values.drawing import Point, draw_points
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely

KNOWN = Declarations(
    sizes=(Size("d", 3, 3), Size("V", 4, 4)),
    sets=(IndexSet("vocab", last="V"),),
    indices=(Index("o", "vocab", "fixed"), Index("w", "vocab")),
    symbols=(
        Symbol("U", ("d", "V")),
        Symbol("v", ("d",)),
        Symbol("y", ("V",)),
        Symbol("p", ("V",), domain="positive"),
        Symbol("x", (), domain="positive"),
    ),
)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(x: Any) -> Any:
    return np.exp(x) / np.sum(np.exp(x))


Meaning = Callable[..., Any]

# text, and the same for numpy; every name is given as the reading has it: 1-D arrays, or columns
BOTH: list[tuple[str, Meaning]] = [
    ("U.T @ v", lambda U, v, **_: U.T @ v),
    ("U @ (p - y)", lambda U, p, y, **_: U @ (p - y)),
    ("np.dot(U, y)", lambda U, y, **_: np.dot(U, y)),
    ("x * U", lambda x, U, **_: x * U),
    ("U * x + 1", lambda x, U, **_: U * x + 1),
    ("y * p", lambda y, p, **_: y * p),
    ("y / p", lambda y, p, **_: y / p),
    ("1 / p - x", lambda p, x, **_: 1 / p - x),
    ("p ** 2 + p ** -1", lambda p, **_: p**2 + 1 / p),
    ("-y.T", lambda y, **_: -y.T),
    ("np.outer(v, y)", lambda v, y, **_: np.outer(v, y)),
    ("np.sum(U)", lambda U, **_: np.sum(U)),
    ("np.sum(U, axis=0)", lambda U, **_: np.sum(U, axis=0)),
    ("np.sum(U, axis=1)", lambda U, **_: np.sum(U, axis=1)),
    ("np.sum(U, axis=-1)", lambda U, **_: np.sum(U, axis=-1)),
    ("U.sum(axis=1, keepdims=True)", lambda U, **_: U.sum(axis=1, keepdims=True)),
    ("U.mean(axis=0)", lambda U, **_: U.mean(axis=0)),
    ("np.max(U)", lambda U, **_: np.max(U)),
    ("np.log(p) + np.exp(y) * np.sqrt(p)", lambda p, y, **_: np.log(p) + np.exp(y) * np.sqrt(p)),
    ("np.tanh(y) - np.abs(y) + np.sign(y)", lambda y, **_: np.tanh(y) - np.abs(y) + np.sign(y)),
    ("sigmoid(y)", lambda y, **_: sigmoid(y)),
    ("softmax(y)", lambda y, **_: softmax(y)),
    ("np.maximum(y, 0)", lambda y, **_: np.maximum(y, 0)),
    ("np.where(x > 1, x, 2)", lambda x, **_: np.where(x > 1, x, 2)),
    ("(U * U).sum()", lambda U, **_: (U * U).sum()),
    ("np.linalg.norm(v)", lambda v, **_: np.linalg.norm(v)),
    ("np.square(v).reshape(1, -1)", lambda v, **_: np.square(v).reshape(1, -1)),
    ("v.reshape(-1, 1) @ y.reshape(1, -1)", lambda v, y, **_: v.reshape(-1, 1) @ y.reshape(1, -1)),
    ("v.ravel() @ v.ravel()", lambda v, **_: v.ravel() @ v.ravel()),
    ("np.log1p(p) + np.expm1(y)", lambda p, y, **_: np.log1p(p) + np.expm1(y)),
    ("np.log2(p) - np.log10(p)", lambda p, **_: np.log2(p) - np.log10(p)),
    ("U[1]", lambda U, **_: U[1]),
    ("U[:, 2]", lambda U, **_: U[:, 2]),
    ("U[0, 1]", lambda U, **_: U[0, 1]),
    ("y[0] + p[3]", lambda y, p, **_: y[0] + p[3]),
    ("sum(U[:, w] * p[w] for w in range(V))", lambda U, p, **_: sum(U[:, w] * p[w] for w in range(4))),
    ("np.prod([p[w] for w in range(V)])", lambda p, **_: np.prod(p)),
    ("np.eye(V) @ y", lambda y, **_: np.eye(4) @ y),
    ("np.zeros_like(v) + np.ones_like(v)", lambda v, **_: np.ones_like(v)),
]
FLAT: list[tuple[str, Meaning]] = [
    ("v @ v", lambda v, **_: v @ v),
    ("v @ U", lambda v, U, **_: v @ U),
    ("v @ U @ y", lambda v, U, y, **_: v @ U @ y),
    ("np.dot(v, U) * y", lambda v, U, y, **_: np.dot(v, U) * y),
    ("np.inner(v, v) + np.vdot(y, p)", lambda v, y, p, **_: np.inner(v, v) + np.vdot(y, p)),
    ("np.inner(y, U)", lambda U, y, **_: np.inner(y, U)),
    ("U * y", lambda U, y, **_: U * y),
    ("v[:, None] * U", lambda v, U, **_: v[:, None] * U),
    ("v[:, None] * y[None, :]", lambda v, y, **_: v[:, None] * y[None, :]),
    ("np.expand_dims(v, 1) * y", lambda v, y, **_: np.expand_dims(v, 1) * y),
    ("np.einsum('i,ij->j', v, U)", lambda v, U, **_: np.einsum("i,ij->j", v, U)),
    ("np.sum(y)", lambda y, **_: np.sum(y)),
    ("sum(y)", lambda y, **_: sum(y)),
    ("y - np.mean(y)", lambda y, **_: y - np.mean(y)),
    ("np.diag(y)", lambda y, **_: np.diag(y)),
    ("np.diag(y) - np.outer(y, y)", lambda y, **_: np.diag(y) - np.outer(y, y)),
    ("np.array([U[:, w] for w in range(V)])", lambda U, **_: U.T),
    ("np.column_stack([U[:, w] for w in range(V)])", lambda U, **_: U),
    ("y.copy()", lambda y, **_: y),
]
COLUMNS: list[tuple[str, Meaning]] = [
    ("v.T @ v", lambda v, **_: v.T @ v),
    ("v @ y.T", lambda v, y, **_: v @ y.T),
    ("v * y.T", lambda v, y, **_: v * y.T),
    ("v.T @ U @ y", lambda v, U, y, **_: v.T @ U @ y),
    ("y + p.T", lambda y, p, **_: y + p.T),
    ("y.squeeze() @ p.squeeze()", lambda y, p, **_: y.squeeze() @ p.squeeze()),
    ("(U @ y).flatten()", lambda U, y, **_: (U @ y).flatten()),
    ("np.inner(v, v)", lambda v, **_: np.inner(v, v)),
]
ROWS = [(*row, flat) for row in BOTH for flat in (True, False)]
ROWS += [(*row, True) for row in FLAT] + [(*row, False) for row in COLUMNS]


def as_numpy(point: Point, flat: bool) -> dict[str, Any]:
    evaluator = Evaluator(point)
    found: dict[str, Any] = {}
    for symbol in KNOWN.symbols:
        value = np.array(evaluator.symbol(symbol.name), dtype=float)
        found[symbol.name] = value[:, 0] if flat and len(symbol.shape) == 1 else value
    return found


@pytest.mark.parametrize(("text", "meaning", "flat"), ROWS, ids=[f"{row[0]} {'flat' if row[2] else 'columns'}" for row in ROWS])
def test_is_what_numpy_computes(text: str, meaning: Meaning, flat: bool) -> None:
    (side,) = read_python(text, KNOWN).sides
    with precisely():
        for point in draw_points(KNOWN, 2, "numpy"):
            expected = np.asarray(meaning(**as_numpy(point, flat)), dtype=float)
            term = elaborate(side, KNOWN, flat=flat, program=True).term
            actual = np.array(Evaluator(point).at(term), dtype=float)
            assert actual.size == expected.size
            np.testing.assert_allclose(actual.reshape(expected.shape), expected, rtol=1e-12, atol=1e-12)
            assert tuple(n for n in actual.shape if n != 1) == tuple(n for n in expected.shape if n != 1)
