"""Answers typed as Python: what each construct means, what is refused and where, and that nothing is ever run."""

from __future__ import annotations

import ast
import builtins

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.formula.declarations import (
    Alias,
    Declarations,
    Family,
    Function,
    Index,
    IndexSet,
    Loss,
    Size,
    Symbol,
)
from autograder.formula.python.reader import looks_like_python, read_python
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import (
    Apply,
    Call,
    Cases,
    Chain,
    Derivative,
    Dots,
    Head,
    Indexed,
    Matrix,
    Name,
    Product,
    Recast,
    walk,
)
from autograder.formula.writing.plain_writers import PythonWriter

PROBLEM = Declarations(
    sizes=(Size("d"), Size("V", written=("|V|",)), Size("K")),
    sets=(IndexSet("vocab", last="V", written=("Vocab",)), IndexSet("negatives", last="K")),
    indices=(Index("o", "vocab", "fixed"), Index("w", "vocab", "free"), Index("k", "negatives")),
    symbols=(
        Symbol("U", ("d", "V"), written=("outsideVectors",)),
        Symbol("v_c", ("d",), written=("centerWordVec",)),
        Symbol("y", ("V",)),
        Symbol("y_hat", ("V",), definition=r"softmax(U^\top v_c)"),
        Symbol("x"),
        Symbol("alpha"),
        Symbol("a_1"),
        Symbol("a_2"),
    ),
    families=(Family("u", ("w",), ("d",), column_of="U"), Family("u", ("k",), ("d",))),
    functions=(Function("f", definition="x^2"),),
    losses=(Loss("J"),),
    aliases=(Alias("outsideVectorsT", "U^T"), Alias("gradOut", r"\hat y - y"), Alias("center", "v_c")),
)


def rendered(text: str) -> str:
    return PythonWriter().text(read_python(text, PROBLEM))


# typed, and the same in the writer's spelling
SAME = [
    ("U @ (y_hat - y)", "U @ (y_hat - y)"),
    ("  U@(yhat-y)  # the gradient", "U @ (y_hat - y)"),
    ("U @ (ŷ − y)", "U @ (y_hat - y)"),
    ("Uᵀ @ v_c", "U.T @ v_c"),
    ("U^T @ v_c", "U.T @ v_c"),
    ("np.dot(outsideVectors.T, centerWordVec)", "U.T @ v_c"),
    ("numpy.matmul(np.transpose(U), vc)", "U.T @ v_c"),
    ("U.transpose().dot(v_c)", "U.T @ v_c"),
    ("torch.matmul(U.t(), v_c)", "U.T @ v_c"),
    ("np.transpose(U, (1, 0)) @ v_c", "U.T @ v_c"),
    ("np.inner(y, y_hat)", "y @ y_hat.T"),
    ("np.vdot(y, y_hat)", "y.ravel() @ y_hat.ravel()"),
    ("np.outer(v_c, y_hat - y)", "np.outer(v_c, y_hat - y)"),
    ("np.outer(x * v_c, y)", "np.outer(x * v_c, y)"),
    ("np.multiply(y, y_hat)", "y * y_hat"),
    ("np.einsum('ij,j->i', U, y)", "U @ y"),
    ("np.einsum('kj, k -> j', U, v_c)", "U.T @ v_c"),
    ("np.einsum('i,j->ij', v_c, y)", "np.outer(v_c, y)"),
    ("np.einsum('ij->ji', U)", "U.T"),
    ("np.sum((y_hat-y)[:,np.newaxis]*U.T, axis=0)", "np.sum((y_hat - y)[:, None] * U.T, axis=0)"),
    ("((y_hat-y)[:, None] * U.T).sum(0)", "np.sum((y_hat - y)[:, None] * U.T, axis=0)"),
    ("np.expand_dims(y, axis=1)", "y[:, None]"),
    ("y.reshape(-1, 1)", "y.reshape(-1, 1)"),
    ("np.reshape(y, (V, 1))", "y.reshape(V, 1)"),
    ("y.squeeze()", "y.squeeze()"),
    ("y.flatten()", "y.ravel()"),
    ("np.sum(y, keepdims=True)", "np.sum(y, keepdims=True)"),
    ("np.mean(y)", "np.mean(y)"),
    ("np.exp(x)/np.sum(np.exp(x))", "exp(x)/np.sum(exp(x))"),
    ("np.log1p(x)", "log(1 + x)"),
    ("np.square(x) + np.power(x, 3) + x^2", "x**2 + x**3 + x**2"),
    ("np.sqrt(x)", "sqrt(x)"),
    ("e**(-x)", "exp(-x)"),
    ("np.e**x", "exp(x)"),
    ("math.exp(-x)", "exp(-x)"),
    ("expit(x) * (1 - sig(x))", "sigma(x) * (1 - sigma(x))"),
    ("σ(x)*(1-σ(x))", "sigma(x) * (1 - sigma(x))"),
    ("scipy.special.expit(x)", "sigma(x)"),
    ("sigma*(1-sigma)", "sigma * (1 - sigma)"),
    ("sigma(x)(1-sigma(x))", "sigma(x)(1 - sigma(x))"),
    ("2(x + 1)", "2(x + 1)"),
    ("f(x)", "f(x)"),
    ("np.maximum(0, x)", "max(0, x)"),
    ("max(x, 0)", "max(x, 0)"),
    ("relu(x)", "relu(x)"),
    ("1 if x > 0 else alpha", "1 if x > 0 else alpha"),
    ("np.where(x > 0, 1, alpha)", "1 if x > 0 else alpha"),
    ("1 if x > 0 else (alpha if x < 0 else 0)", "1 if x > 0 else alpha if x < 0 else 0"),
    ("(x > 0) * 1.0", "(x > 0) * 1"),
    ("(x > 0).astype(float)", "(x > 0)"),
    ("float(x > 0)", "(x > 0)"),
    ("(x > 0) & (x < 2)", "(x > 0 and x < 2)"),
    ("-(1-a_2)*a_1", "-(1 - a_2) * a_1"),
    ("u_k", "u_k"),
    ("(y_hat_w - y_w)*v_c", "(y_hat_w - y_w) * v_c"),
    ("(y_hat[w] - y[w])*v_c", "(y_hat[w] - y[w]) * v_c"),
    ("U[:, w]", "U[:, w]"),
    ("U[o]", "U[o]"),
    ("U.T[w]", "U.T[w]"),
    ("np.eye(V)[o]", "onehot(o)"),
    ("sum(u[k] for k in range(K))", "sum(u[k] for k in range(K))"),
    ("sum(sigma(u_k @ v_c)*u_k for k in range(1, K+1))", "sum(sigma(u_k @ v_c) * u_k for k in range(K))"),
    ("sum(sigma(dot(u_k,v_c))*u_k, k, 1, K)", "sum(sigma(u_k @ v_c) * u_k for k in range(K))"),
    ("Sum(u_k, (k, 1, K))", "sum(u_k for k in range(K))"),
    ("np.sum([u_k for k in range(K)], axis=0)", "sum(u_k for k in range(K))"),
    ("sum(y[i] for i in Vocab if i != o)", "sum(y[i] for i in vocab if i != o)"),
    ("sum(u_k for k in range(-K, K + 1) if k != 0)", "sum(u_k for k in range(-K, K + 1) if k != 0)"),
    ("sum(y[i] for i in range(2, V))", "sum(y[i] for i in range(2, V))"),
    ("np.zeros_like(v_c)", "0 * v_c"),
    ("np.ones((V, 1))", "np.ones(V)[:, None]"),
    ("np.add(x, 1) + 2", "x + 1 + 2"),
    ("np.subtract(x, 1)", "x - 1"),
    ("np.divide(1, x)", "1/x"),
    ("1/2*x", "(1/2) * x"),
    ("a_1*a_2/x*2", "((a_1 * a_2)/x) * 2"),
    ("x/-2", "x/(-2)"),
    ("x*-1", "x * (-1)"),
    ("np.linalg.norm(x)", "norm(x)"),
    ("U @ (y_hat - y).", "U @ (y_hat - y)"),
    ("return U @ (y_hat - y)", "U @ (y_hat - y)"),
    ("import numpy as np\nnp.exp(x)", "exp(x)"),
    ("np.tensordot(v_c, y, axes=0)", "np.outer(v_c, y)"),
    ("np.greater(x, 0)", "(x > 0)"),
    ("np.array([x, 1])", "np.array([[x], [1]])"),
    ("len(y) + U.shape[1] + U.T.shape[0]", "V + V + V"),
    ("sum(2*n - 2 for n in [7, 8, 11])", "2 * 7 - 2 + (2 * 8 - 2) + (2 * 11 - 2)"),
    ("np.prod([n for n in (2, 3)])", "2 * 3"),
    ("sum(sigma(u_k @ v_c) * u_k for u_k in negatives)", "sum(sigma(u_k @ v_c) * u_k for k in negatives)"),
    ("sum(u_i for i, u_i in enumerate(Vocab))", "sum(u_i for i in vocab)"),
    ("dJ_dU", "dJ/dU"),
    ("x * dJ/dU * 2", "x * (dJ/dU) * 2"),
    ("dJ_dU(v_c, o, U)", "dJ(v_c, o, U)/dU"),
    ("diff(sigma(x), x)", "grad(sigma(x), x)"),
    ("delta = y_hat\ndelta[o] -= 1\nU @ delta", "U @ (y_hat - onehot(o))"),
    ("t = np.zeros(V)\nt[o] = 1\nU @ (y_hat - t)", "U @ (y_hat - onehot(o))"),
    ("t = np.zeros_like(y)\nt[o] = x\nt", "x * onehot(o)"),
    ("t = y\nt[o] = x\nt", "y + (x - y[o]) * onehot(o)"),
    ("(np.arange(V) == o) + 0", "onehot(o) + 0"),
    ("z = x\nz += 1\nz *= 2\nz", "(x + 1) * 2"),
    ("y_hat[o] += alpha", "y_hat + alpha * onehot(o)"),
    ("delta = y_hat - y\nU @ delta", "U @ (y_hat - y)"),
    ("z = U.T @ v_c\np = softmax(z)\ngrad = U @ (p - y)\nreturn grad", "U @ (softmax(U.T @ v_c) - y)"),
    ("g = x\nfor k in range(K):\n    g += u[k]\ng", "x + sum(u[k] for k in range(K))"),
    ("g = 0\nfor k in range(K):\n    s = sigma(u[k] @ v_c)\n    g += s * u[k]\nreturn g", "0 + sum(sigma(u[k] @ v_c) * u[k] for k in range(K))"),
    ("g = x\nfor u_k in negatives: g = g - u_k\ng", "x + sum(-u_k for k in negatives)"),
    ("g = x\nfor i in range(V):\n    if i == o: continue\n    g += y[i]\ng", "x + sum(y[i] for i in range(V) if i != o)"),
    ("g = x\nfor i in range(V):\n    if i != o:\n        g += y[i]\n    else:\n        g -= y[i]\ng",
     "x + sum(y[i] for i in range(V) if i != o) + sum(-y[i] for i in range(V) if i == o)"),
    ("g = x\nfor i in range(V):\n    s = 0\n    for k in range(K):\n        s += u[k] @ v_c\n    g += y[i] * s\ng",
     "x + sum(y[i] * (0 + sum(u[k] @ v_c for k in range(K))) for i in range(V))"),
    ("g = x\nfor i in range(V):\n    for k in range(K):\n        g += u[k] * y[i]\ng",
     "x + sum(sum(u[k] * y[i] for k in range(K)) for i in range(V))"),
    ("def grad(U, y):\n    'what it does'\n    g = x\n    for k in range(K):\n        g += u[k]\n    return g",
     "x + sum(u[k] for k in range(K))"),
    ("g = x\nfor k in range(K):\n    a = u[k]\n    a = a + a\n    g += a\ng", "x + sum(u[k] + u[k] for k in range(K))"),
    ("def f(x): return x**2", "x**2"),
    ("def s(z): return z**2\ns(x) + s(2*x)", "x**2 + (2 * x)**2"),
    ("s = lambda a, b: a * b\ndef answer(x): return s(x, alpha)", "x * alpha"),
    ("def sigmoid(z): return 1/(1 + np.exp(-z))\nsigmoid(x)", "sigma(x)"),
    ("def sigmoid(z): return 1/(1 + np.exp(z))\nsigmoid(x)", "1/(1 + exp(x))"),
    ("g = np.zeros(V)\nfor i in range(V):\n    g[i] = y_hat[i] - 1\ng", "0 * np.ones(V) + sum((y_hat[i] - 1) * onehot(i) for i in range(V))"),
    ("g = np.zeros_like(U)\nfor w in range(V):\n    g[:, w] += y[w] * v_c\ng", "0 * U + sum(np.outer(y[w] * v_c, onehot(w)) for w in range(V))"),
    ("g = U\ng[:, o] -= v_c\ng", "U - np.outer(v_c, onehot(o))"),
    ("g = U.T\ng[o] -= v_c\ng", "U.T - np.outer(onehot(o), v_c)"),
    ("g = alpha\ng[x > 0] = 1\ng", "1 if x > 0 else alpha"),
    ("g = x\ng[x < 0] *= alpha\ng", "x * alpha if x < 0 else x"),
    ("g = 0\nfor n in [7, 8]:\n    g += n\nprint(g)", "0 + 7 + 8"),
    ("dJdU", "dJ/dU"),
    (">>> U @ y", "U @ y"),
    ("In [3]: U @ y", "U @ y"),
    ("'what it is'\nU @ y", "U @ y"),
    ("g = U @ y\nassert g.shape == v_c.shape\ng", "U @ y"),
    ("sum([x, alpha])", "x + alpha"),
    ("np.mean([x, alpha], axis=0)", "(x + alpha)/2"),
    ("len([i for i in range(V) if i != o])", "sum(1 for i in range(V) if i != o)"),
    ("len(negatives) + len(Vocab)", "K + V"),
    ("sum(y[i] for i in Vocab if i is not o)", "sum(y[i] for i in vocab if i != o)"),
    ("def f(x) -> float:\n    return x**2", "x**2"),
    ("def f(x):\nreturn x**2", "x**2"),
    ("lambda x: x**2", "x**2"),
    ("def f(x):\n    if x > 0:\n        return 1\n    elif x < 0:\n        return alpha\n    return 0",
     "1 if x > 0 else alpha if x < 0 else 0"),
    ("if x > 0:\n    g = 1\nelse:\n    g = alpha\ng", "1 if x > 0 else alpha"),
    ("g = alpha\nif x > 0:\n    g = 1\ng", "1 if x > 0 else alpha"),
    ("sum(u_k for u_k in negs)", "sum(u_k for k in negatives)"),
    ("sum(u_i for u_i in neg_vectors)", "sum(u_i for i in negatives)"),
    ("sum(z * x for z in y)", "sum(y[n] * x for n in vocab)"),
    ("sum(z for z in U.T)", "sum(U[:, n] for n in vocab)"),
    ("sum(a * z for a, z in zip(np.exp(U.T @ v_c), U.T))", "sum(exp(U.T @ v_c)[n] * U[:, n] for n in vocab)"),
    ("sum(y[i] * z for i, z in enumerate(U.T))", "sum(y[i] * U[:, i] for i in vocab)"),
    ("sum(y[i] for i in list(range(1, o)) + list(range(o + 1, V + 1)))",
     "sum(y[i] for i in range(o - 1)) + sum(y[i] for i in range(o + 1, V + 1))"),
    ("sum(y[i] for i in [*range(1, o), *range(o + 1, V)])",
     "sum(y[i] for i in range(o - 1)) + sum(y[i] for i in range(o + 1, V))"),
    ("sum(u_k for k in range(-K, K + 1) if k)", "sum(u_k for k in range(-K, K + 1) if k != 0)"),
    ("sum(y[i] for i in Vocab if not i == o)", "sum(y[i] for i in vocab if i != o)"),
    ("a = x; b = 2*a; a*b", "x * (2 * x)"),
    ("np.zeros(v_c.shape)", "0 * v_c"),
    ("np.count_nonzero(y > x)", "np.sum((y > x))"),
    ("U @ y_hat\n  - U @ y", "U @ y_hat - U @ y"),
    ("U @ (y_hat\n     - y)", "U @ (y_hat - y)"),
    ("U @ y_hat - \\\n U @ y", "U @ y_hat - U @ y"),
]


@pytest.mark.parametrize(("typed", "same"), [row for row in SAME if row[1]], ids=[row[0] for row in SAME if row[1]])
def test_means(typed: str, same: str) -> None:
    assert rendered(typed) == same
    assert read_python(same, PROBLEM) == read_python(typed, PROBLEM)


def test_left_side_is_kept_as_a_head() -> None:
    chain = read_python("grad_vc = U @ (y_hat - y)", PROBLEM)
    assert chain.relations == ("=",)
    assert chain.sides[0] == Head("grad_vc")
    assert chain.sides[1] == read_python("U @ (y_hat - y)", PROBLEM).sides[0]


CHAINS = [
    ("-np.sum(y*np.log(y_hat)) = -np.log(y_hat[o])", ["-np.sum(y * log(y_hat))", "-log(y_hat[o])"]),
    ("loss = x == x*1", ["loss", "x", "x * 1"]),
    ("grad = x = 2*x/2", ["grad", "x", "(2 * x)/2"]),
    ("dJ/dv_c = U @ (y_hat - y)", ["dJ/dv_c", "U @ (y_hat - y)"]),
    ("dL/dv = U @ (y_hat - y)", ["dL/dv", "U @ (y_hat - y)"]),
    ("grad_v: U @ (y_hat - y)", ["grad_v", "U @ (y_hat - y)"]),
    ("x <= 2", ["(x <= 2)"]),
    ("for k in range(K):\n    g[k] = u[k] * 2", ["g[k]", "u[k] * 2"]),
    ("g = []\nfor k in range(K):\n    g.append(u[k] * 2)", ["g.append", "u[k] * 2"]),
]


@pytest.mark.parametrize(("typed", "sides"), CHAINS)
def test_sides_of_a_chain(typed: str, sides: list[str]) -> None:
    assert [PythonWriter().text(side) for side in read_python(typed, PROBLEM).sides] == sides


def test_derivatives_by_name() -> None:
    slope = Derivative(Name("J"), Name("U"))
    for typed in ("dJ/dU", "dJ_dU", "grad(J, U)"):
        assert read_python(f"2 * {typed} @ x", PROBLEM).sides[0].factors[1] == slope  # type: ignore[attr-defined]
    called = Derivative(Call("J", (Name("v_c"), Name("o"), Name("U"))), Name("v_c"))
    for typed in ("dJ(v_c, o, U)/dv_c", "dJ_dvc(v_c, o, U)", "grad(J(v_c, o, U), v_c)"):
        assert read_python(f"{typed} @ x", PROBLEM).sides[0].factors[0] == called  # type: ignore[attr-defined]


def test_arrays_listed_by_a_loop() -> None:
    (rows,) = read_python("np.array([U[:, w] for w in range(V)])", PROBLEM).sides
    assert isinstance(rows, Matrix)
    assert [isinstance(cell, Dots) for cell in rows.rows[0].cells] == [False, False, True, False]
    (columns,) = read_python("np.column_stack([U[:, w] for w in range(V)])", PROBLEM).sides
    assert isinstance(columns, Matrix)
    assert isinstance(columns.rows[0].cells[0], Recast)


def test_elements_count_from_zero_as_in_python() -> None:
    (side,) = read_python("y_hat[0]", PROBLEM).sides
    assert isinstance(side, Indexed)
    assert side.from_zero


def test_operators_say_that_they_are_pythons() -> None:
    (side,) = read_python("x * U @ y", PROBLEM).sides
    assert isinstance(side, Product)
    assert side.operators == ("py*", "py@")


def test_spans_are_those_of_the_text_as_typed() -> None:
    text = "σ(x) * ŷ[w] − Uᵀ @ v_c"
    chain = read_python(text, PROBLEM)
    pieces = {text[node.span.start : node.span.end] for node in walk(chain)}
    assert {"σ(x)", "x", "ŷ", "w", "ŷ[w]", "Uᵀ", "U", "v_c", "Uᵀ @ v_c", text} <= pieces


# Declared spellings and helper lines, and the formula that they come to.
HELPERS = [
    # a name of the problem that is defined again, as the problem defines it, stays that name
    ("y_hat = softmax(U.T @ v_c)\nU @ (y_hat - y)", "U @ (y_hat - y)"),
    ("y_hat = softmax(v_c @ U)\nU @ (y_hat - y)", "U @ (softmax(v_c @ U) - y)"),
    ("outsideVectorsT @ center", "U.T @ v_c"),
    ("U @ gradOut", "U @ (y_hat - y)"),
    ("outsideVectors @ gradOut", "U @ (y_hat - y)"),
]


@pytest.mark.parametrize(("typed", "same"), HELPERS)
def test_other_names_are_put_in(typed: str, same: str) -> None:
    assert rendered(typed) == same


# typed, the sentence, and what the carets stand under
REFUSED = [
    ("U @ (y_hat - q)", "`q` is not a name of this problem.", "q"),
    ("σ(x) + ŷ − é", "`é` is not a name of this problem.", "é"),
    ("U @ (y_hatt - y)", "`y_hatt` is not a name of this problem. Did you mean `y_hat`?", "y_hatt"),
    ("U @ outsidevectors", "Did you mean `outsideVectors`?", "outsidevectors"),
    ("u_q", "`u_q` is not a name of this problem.", "u_q"),
    ("U @@ y", "As Python, this cannot be read from here on.", "@"),
    ("u_o^T v_c", "As Python, this cannot be read from here on.", "v_c"),
    ("U @ (y_hat - y", "This bracket is never closed.", "("),
    ("U @ y_hat - y)", "This closing bracket has no partner.", ")"),
    ("U @ (y - y_hat]", "This closing bracket does not fit", "]"),
    ("U @", "The formula stops too early", ""),
    ("", "There is no formula here.", ""),
    ("# only a remark", "There is no formula here.", "# only a remark"),
    ("x, y", "This is Python, but not a formula.", "x, y"),
    ("[x for x in y]", "This is Python, but not a formula.", "[x for x in y]"),
    ("'abc'", "Only numbers and names may stand in a formula.", "'abc'"),
    ("True", "Only numbers and names may stand in a formula.", "True"),
    ("2j", "Only numbers and names may stand in a formula.", "2j"),
    ("0x10", "Write numbers in decimals.", "0x10"),
    ("1234567890123", "A number of more than 12 digits is not read.", "1234567890123"),
    ("1e999", "A number of more than 12 digits is not read.", "1e999"),
    ("9**9**9", "Exponents up to 64 are read here.", "9**9"),
    ("x**99", "Exponents up to 64 are read here.", "99"),
    ("x ** T", "A transpose is `.T` in Python.", "x ** T"),
    ("x.real", "`.real` is not read here; a transpose is `.T`.", "x.real"),
    ("np.pi", "`np.pi` is not read here.", "np.pi"),
    ("x // 2", "this operator is not read here.", "x // 2"),
    ("not x", "`not` and `~` are not read here", "not x"),
    ("x in y", "Conditions are written with", "x in y"),
    ("x and y", "A condition compares two values", "x"),
    ("foo(x)", "The function `foo` is not read here.", "foo(x)"),
    ("sigmoyd(x)", "Did you mean `sigmoid`?", "sigmoyd(x)"),
    ("x.foo()", "The method `.foo()` is not read here.", "x.foo()"),
    ("np.exp()", "`exp` needs 1 more argument.", "np.exp()"),
    ("np.outer()", "`outer` needs 2 more arguments.", "np.outer()"),
    ("np.exp(x, y)", "`exp` takes at most 1 argument here.", "y"),
    ("np.sum(x, out=y)", "`sum` with `out` is not read here.", "y"),
    ("np.sum(x, axis=w)", "`axis` must be a whole number here.", "w"),
    ("np.sum(x, keepdims=1)", "`keepdims` must be True or False.", "1"),
    ("np.exp(*y)", "Write the arguments out", "*y"),
    ("softmax(U.T @ v_c, axis=1)", "Softmax of one vector has no axis to choose", "softmax(U.T @ v_c, axis=1)"),
    ("np.expand_dims(y, 2)", "A vector becomes a column with axis 1", "np.expand_dims(y, 2)"),
    ("np.transpose(U, (0, 1))", "Only the plain transpose is read here", "np.transpose(U, (0, 1))"),
    ("np.einsum('ijk,j->i', U, y)", "`einsum` with `ijk,j->i` is not read here.", "np.einsum('ijk,j->i', U, y)"),
    ("np.einsum(U, y)", "`einsum` needs its subscripts as a text first", "np.einsum(U, y)"),
    ("np.ones((d, V, K))", "Arrays here have one or two axes.", "np.ones((d, V, K))"),
    ("U[1:2]", "Only a whole axis `:` or one index is read here", "1:2"),
    ("a_1[1 - a_1]", "This is no index of the problem", "1 - a_1"),
    ("y[x]", "This is no index of the problem", "x"),
    ("y[-1]", "An index is one name or one number from 0 on.", "-1"),
    ("U[:, o, w]", "Arrays here have one or two axes.", "U[:, o, w]"),
    ("y[None, None]", "A vector becomes a column as `x[:, None]`", "y[None, None]"),
    ("[[1, 2], [3]]", "The rows of an array have equal lengths.", "[[1, 2], [3]]"),
    ("x(1, 2)", "not a function", "x(1, 2)"),
    ("sum(x for a, b in range(K))", "A sum runs over one index", "a, b"),
    ("sum(x for k in range(1, K, 2))", "`range` takes one or two bounds here.", "range(1, K, 2)"),
    ("sum(x for k in U)", "Say what the index runs over", "U"),
    ("sum(x for k in range(K) if y)", "A condition compares two values", "y"),
    ("sum(k*y[k] for k in range(V))", "This index is used as a number", "k"),
    ("for k in range(3): x", "A loop is read as a sum", "x"),
    ("while x: y", "This loop is not read.", "while x: y"),
    ("g = 0\nfor k in range(K):\n    g = u[k]\ng", "each turn may only add to a name from before it", "g = u[k]"),
    ("g = 0\nfor k in range(K):\n    g += u[k] * g\ng", "what the turns before it left in `g`", "g"),
    ("g = 0\nfor k in range(K):\n    g = g + u[k] * g\ng", "what the turns before it left in `g`", "g"),
    ("for k in range(K):\n    g += u[k]\ng", "This name has no value before the loop.", "g += u[k]"),
    ("g = 0\nfor k in range(K):\n    s = u[k]\n    g += u[k]\ng", "This loop does not use `s`.", "s = u[k]"),
    ("g = 0\nfor k in range(K):\n    s = u[k]\n    g += s\ng + s", "`s` is that of the last turn", "s"),
    ("g = 0\nfor k in range(K):\n    g += u[k]\ng + u[k]", "`k` is that of the last turn", "k"),
    ("g = 0\nfor k in range(K):\n    g += u[k]\nelse:\n    g = x\ng", "A loop with `else` is not read", "g = x"),
    ("g = 0\nfor k in range(K):\n    g += k * u[k]\ng", "This index is used as a number", "k"),
    ("g = 0\nfor k in range(K):\n    if k > 0:\n        g += u[k]\ng", "This index is used as a number", "k"),
    ("g = 0\nfor k in range(K):\n    g[k] += u[k]\ng", "This is a number and has no entries", "g[k]"),
    ("g = y\nfor k in range(V):\n    g[o] = x\ng", "A loop is read as a sum", "g[o] = x"),
    ("g = y\nfor k in range(V):\n    g[k] = x\ng", "A loop is read as a sum", "g[k] = x"),
    ("for k in range(V):\n    g[k] += x\ng", "This name has no value before the loop.", "g[k] += x"),
    ("g = 0\nfor n in [7, 8]:\n    if n > 7: g += n\ng", "A loop is read as a sum", None),
    ("def s(a, b): return a * b\ns(x)", "`s` is called with other arguments than it has above.", "s(x)"),
    ("def s(*a): return x\ns(x)", "Give the formula itself, without `def`.", None),
    ("g = 0\nfor k in range(K):\n    g += u[k]\nx", "The answer below does not use `g`.", "for k in range(K):\n    g += u[k]"),
    ("sum(y[k] for k in range(V) if k != 0)", "This index is used as a number", "k"),
    ("sum(u for u in U)", "Say what the index runs over", "U"),
    ("sum(a * b for a, b in zip(y, v_c))", "Write this sum over `range(...)`", "b"),
    ("sum(x for a, b in zip(y, y, y))", "Write this sum over `range(...)`", "a, b"),
    ("sum(u_k for u_k in vectors)", "Say what the index runs over", "vectors"),
    ("sum(u_w for u_w in negs)", "Say what the index runs over", "negs"),
    ("t = 0\nfor a in [1, 2]:\n    for b in [1, 2]:\n        t += a*b\nt", "A list of numbers within another", None),
    ("sum(sum(a*b for a in [1, 2]) for b in [1, 2])", "A list of numbers within another", None),
    ("y.count(x)", "`.count()` is read of the drawn words only", "y.count(x)"),
    ("sum(y[i] for i in Vocab if not (i > o and i < o))", "without `not`", "i > o and i < o"),
    ("x[0][1] += 1", "Only a name, or one entry of it, may be changed here.", "x[0][1] += 1"),
    ("y[o] *= 2", "An entry may be added to or subtracted from here", "y[o]"),
    ("def s(x): return x\ndef g(x): return x", "The answer below does not use `s`.", "def s(x): return x"),
    ("def f(f): return f", "`f` is the name of a function in this problem", "f"),
    ("if x > 0: 1", "say also what holds elsewhere", "if x > 0: 1"),
    ("if x > 0:\n    a = 1\n    b = 2\nelse:\n    a = 2\na", "Write cases in one line", None),
    ("if x > 0:\n    a = 1\nelse:\n    b = 2\na", "Write cases in one line", None),
    ("if x > 0:\n    del x\nelse:\n    x", "This is not a formula.", "del x"),
    ("del x", "This is not a formula.", "del x"),
    ("return", "This is not a formula.", "return"),
    ("x; y", "This line is not part of the answer below.", "x"),
    ("a = 1\nU @ y", "The answer below does not use `a`.", "a = 1"),
    ("a = 1\na = 2\nU @ y * a", "The answer below does not use `a`.", "a = 1"),
    ("x[0][1] = 1\nx", "A helper line gives one name its meaning", "x[0][1] = 1"),
    ("U[:, o] = 1\nU", "Only one entry of a vector may be set here", "U[:, o]"),
    ("a, b = x, x", "This is Python, but not a formula.", "a, b = x, x"),
    ("np.stack([y, y], axis=2)", "Arrays here have one or two axes.", "np.stack([y, y], axis=2)"),
    ("np.column_stack(y)", "Say which columns stand side by side", "np.column_stack(y)"),
    ("np.tensordot(y, y, axes=2)", "Only `axes=0`", "np.tensordot(y, y, axes=2)"),
    ("np.array([y[i] for i in range(2, V)])", "An array is listed over all values of an index", "[y[i] for i in range(2, V)]"),
    ("np.array([y[i] for i in range(V) if i != o])", "An array is listed over one index", "[y[i] for i in range(V) if i != o]"),
    ("sum(x for a, b, c in enumerate(Vocab))", "Write this sum over `range(...)`", "a, b, c"),
    ("sum(x for k, z in enumerate(negatives))", "Write this sum over `range(...)`", "negatives"),
    ("len(x + 1)", "It is not clear which size this is", "len(x + 1)"),
    ("U.shape[2]", "It is not clear which size this is", "U.shape[2]"),
    ("x" * 2001, "This answer has 2001 characters; a formula may have 2000.", "x"),
    ("(" * 250 + "x" + ")" * 250, "This is nested too deeply to be a formula.", None),
    ("-" * 500 + "x", "This is nested more than 60 levels deep.", None),
    ("+".join(["x"] * 700), "This has more than 600 parts.", None),
    ("x + \0", "There is a control character here", "\0"),
    ("x + \ud800", "There is a character in this answer that no formula has.", None),
]


@pytest.mark.parametrize(("typed", "sentence", "place"), [row for row in REFUSED if row[1]])
def test_refuses_with_a_sentence_and_the_place(typed: str, sentence: str, place: str | None) -> None:
    with pytest.raises(Unreadable) as caught:
        read_python(typed, PROBLEM)
    assert sentence in caught.value.sentence
    if place is not None:
        assert typed[caught.value.span.start : caught.value.span.end] == place


def test_carets_stand_under_the_place_after_accents_and_wide_letters() -> None:
    with pytest.raises(Unreadable) as caught:
        read_python("σ(x) + ŷ − q*ℓ", PROBLEM)
    assert str(caught.value) == "`q` is not a name of this problem.\n\nσ(x) + ŷ − q*ℓ\n           ^"


def test_helper_lines_cannot_blow_up() -> None:
    lines = ["a = x + x", *(["a = a + a"] * 30), "a"]
    with pytest.raises(Unreadable, match="far too long"):
        read_python("\n".join(lines), PROBLEM)


def test_lines_of_a_loop_and_functions_cannot_blow_up_either() -> None:
    doubled = "".join("    a = a + a\n" for _ in range(60))
    functions = "".join(f"def f{n + 1}(x): return f{n}(x) + f{n}(x)\n" for n in range(40))
    for text in (f"g = x\nfor k in range(K):\n    a = u[k]\n{doubled}    g += a\ng", f"def f0(x): return x\n{functions}f40(x)"):
        with pytest.raises(Unreadable, match="far too long"):
            read_python(text, PROBLEM)


def test_a_long_sum_is_read() -> None:
    (side,) = read_python(" + ".join(["x"] * 200), PROBLEM).sides
    assert len(getattr(side, "terms", ())) == 200


# text, and whether it is Python rather than typed mathematics
LOOKS = [
    ("U @ (y_hat - y)", True),
    ("np.exp(x)", True),
    ("v_c @ (y_hat - y).T", True),
    ("1 if x > 0 else alpha", True),
    ("sigmoid(x)**2", True),
    ("sum(u[k] for k in range(K))", True),
    ("a = y_hat - y\nU.dot(a)", True),
    ("sigma(x)*(1-sigma(x))", False),
    ("U(y_hat - y)", False),
    ("7 + 8 + 11", False),
    (r"U(\hat{y} - y)", False),
    ("u_o^T v_c @", False),
    ("$U @ y$", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "is_python"), LOOKS)
def test_looks_like_python(text: str, is_python: bool) -> None:
    assert looks_like_python(text) is is_python


HOSTILE = [
    "__import__('os').system('true')",
    "eval('1')",
    "exec('x = 1')",
    "open('/etc/passwd').read()",
    "().__class__.__bases__[0].__subclasses__()",
    "np.load('x.npy', allow_pickle=True)",
    "(lambda: 1)()",
    "f'{x}'",
]


def test_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    compiled = builtins.compile

    def parse_only(source: object, filename: str, mode: str, flags: int = 0, *rest: object, **named: object) -> object:
        if not flags & ast.PyCF_ONLY_AST:
            ran.append("compile")
        return compiled(source, filename, mode, flags, *rest, **named)  # type: ignore[call-overload]

    texts = [row[0] for row in SAME] + [row[0] for row in REFUSED] + HOSTILE
    with monkeypatch.context() as patch:
        for name in ("eval", "exec"):
            patch.setattr(builtins, name, lambda *_, name=name: ran.append(name))
        patch.setattr(builtins, "compile", parse_only)
        read = [looks_like_python(text) and _is_read(text) for text in texts]
    assert ran == []
    assert not any(read[-len(HOSTILE) :])


def _is_read(text: str) -> bool:
    return isinstance(_read_or_refused(text), Chain)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused(text: str) -> None:
    assert not _is_read(text)


PIECES = st.sampled_from(
    "U y_hat y v_c u_k x ŷ σ q np. . ( ) [ ] , : @ * ** ^ + - − / > == = . T .T sum softmax( exp( log( for in k range(K) if "
    "else 0 1 2.5 1e9 None newaxis reshape( \n # ; ' \" { } \\ lambda return ᵀ ² \0 axis=0 not and".split(" ")
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_gives_a_tree_or_a_located_refusal(text: str) -> None:
    looks_like_python(text)
    found = _read_or_refused(text)
    if isinstance(found, Chain):
        assert all(0 <= node.span.start <= node.span.end <= len(text) for node in walk(found))
    else:
        assert found.sentence
        assert 0 <= found.span.start <= found.span.end
        assert found.span.start <= len(text)
        assert str(found)


def _read_or_refused(text: str) -> Chain | Unreadable:
    try:
        return read_python(text, PROBLEM)
    except Unreadable as refusal:
        return refusal


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=12).map(" ".join))
@example("U == U")
@example("g = U == U")
def test_what_is_read_is_written_back(text: str) -> None:
    found = _read_or_refused(text)
    if isinstance(found, Chain):
        assert read_python(PythonWriter().text(found), PROBLEM) == found


def test_names_used_bare_and_bound() -> None:
    (side,) = read_python("sum(y[i] for i in range(V))", PROBLEM).sides
    assert Name("i") in list(walk(side))
    assert Apply("sigma", ()) in list(walk(read_python("sigma*(1-sigma)", PROBLEM)))
    assert any(isinstance(node, Cases) for node in walk(read_python("np.where(x>0, 1, 0)", PROBLEM)))
