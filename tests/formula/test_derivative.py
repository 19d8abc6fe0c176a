"""Exact derivatives: of functions, nested, and of the losses of both assignments."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.formula.declarations import Declarations
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node
from autograder.formula.values.derivative import DERIVATIVES, Dual, slopes, slopes_of_all
from autograder.formula.values.gradients import gradient_matches
from autograder.formula.values.scalars import FUNCTIONS, Scalar, apply, exact, power, precisely
from tests.formula.questions import BACKPROP, NEGATIVE, SCALAR, SOFTMAX

STEP = Decimal("1e-20")


def close(left: Scalar, right: Scalar, within: str = "1e-30") -> bool:
    return abs(left - right) <= Decimal(within) * (1 + abs(right))


def test_every_function_has_a_derivative() -> None:
    assert set(DERIVATIVES) == set(FUNCTIONS)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
@given(st.decimals("0.1", "3", places=4), st.booleans())
def test_derivatives_agree_with_differences(function: str, number: Decimal, negative: bool) -> None:
    with precisely():
        x = -number if negative and function not in ("log", "sqrt") else number
        if function in ("tan",) and abs(apply("cos", x)) < Decimal("0.05"):
            return
        rise = (FUNCTIONS[function](x + STEP) - FUNCTIONS[function](x - STEP)) / (2 * STEP)
        assert close(slopes(lambda v: apply(function, v[0]), [x])[0], rise)


ARITHMETIC = [
    (lambda x, y: x * y + x / y - y, [2, 3], ["10/3", "7/9"]),
    (lambda x, y: 1 - x, [2, 3], ["-1", "0"]),
    (lambda x, y: 2 / (x - y), [5, 3], ["-1/2", "1/2"]),
    (lambda x, y: power(x, 3) * power(y, -1), [2, 4], ["3", "-1/2"]),
    (lambda x, y: power(x, 0), [2, 4], ["0", "0"]),
    (lambda x, y: power(x, y), [1, 4], ["4", "0"]),
    (lambda x, y: -abs(x - y), [1, 4], ["1", "-1"]),
    (lambda x, y: max(x, y), [1, 4], ["0", "1"]),
    (lambda x, y: Decimal(7), [1, 4], ["0", "0"]),
]


@pytest.mark.parametrize(("function", "at", "expected"), ARITHMETIC)
def test_arithmetic(function: object, at: list[int], expected: list[str]) -> None:
    with precisely():
        found = slopes(lambda v: function(*v), [Decimal(number) for number in at])  # type: ignore[operator]
        for slope, wanted in zip(found, expected, strict=True):
            assert close(slope, exact(Fraction(wanted)))


def test_slopes_of_several_values() -> None:
    with precisely():
        rows = slopes_of_all(lambda v: [v[0] * v[1], v[1], Decimal(1)], [Decimal(2), Decimal(3)])
    assert rows == [[3, 2], [0, 1], [0, 0]]


def test_inner_differentiation_does_not_confuse_outer() -> None:
    with precisely():
        # d/dx (x * d/dy (x y) at y = 1) = d/dx x² = 2x, not 1
        found = slopes(lambda x: x[0] * slopes(lambda y: x[0] * y[0], [Decimal(1)])[0], [Decimal(5)])
        second = slopes(lambda x: slopes(lambda z: apply("exp", 3 * z[0]), [x[0]])[0], [Decimal(0)])
    assert found == [10]
    assert close(second[0], 9)


def test_numbers_that_carry_derivatives_compare_by_value() -> None:
    two, three = Dual(Decimal(2), {}, 1), Dual(Decimal(3), {0: Decimal(1)}, 1)
    assert two < three <= 3 < Decimal(4)
    assert three > two >= 2
    assert three == int(three) == 3
    assert hash(three) == hash(Decimal(3))
    assert "3" in repr(three)


# loss, variable, gradient, free indices
GRADIENTS = [
    (SOFTMAX, "J", "v_c", r"U(\hat y-y)", ()),
    (SOFTMAX, "J", "U", r"v_c(\hat y-y)^\top", ()),
    (SOFTMAX, "J", "u_w", r"(\hat y_w-y_w)v_c", ("w",)),
    (SOFTMAX, r"-\sum_w y_w\log\hat y_w", r"\hat y", r"-\frac{1}{\hat y_o} e_o", ()),
    (SOFTMAX, r"-u_o^\top v_c + \log\sum_w \exp(u_w^\top v_c)", "v_c", r"-u_o + \sum_w \hat y_w u_w", ()),
    (NEGATIVE, "J", "v_c", r"-(1-\sigma(u_o^\top v_c))u_o + \sum_{k=1}^K \sigma(u_k^\top v_c)u_k", ()),
    (NEGATIVE, "J", "u_o", r"-(1-\sigma(u_o^\top v_c))v_c", ()),
    (NEGATIVE, "J", "u_k", r"\sigma(u_k^\top v_c)v_c", ("k",)),
    (BACKPROP, "l", "w_1", "-(1-a_2) w_2 a_1 (1-a_1) a_0", ()),
    (BACKPROP, "l", "w_2", "-(1-a_2) a_1", ()),
    (BACKPROP, "l", "z_1", "a_2 - 1", ()),
    (BACKPROP, "l", "a_2", "-1/a_2", ()),
    (SCALAR, r"\sigma(x)", "x", r"\sigma(x)(1-\sigma(x))", ()),
    (SCALAR, r"\tanh(x)", "x", r"1-\tanh(x)^2", ()),
    (SCALAR, r"\frac{1}{1+e^{-x}}", "x", r"\sigma'(x)", ()),
]


def formulas(declarations: Declarations, *texts: str) -> list[Node]:
    return [read(text, declarations).answer for text in texts]


@pytest.mark.parametrize(("declarations", "loss", "wrt", "answer", "free"), GRADIENTS, ids=[f"{r[1]} by {r[2]}" for r in GRADIENTS])
def test_references_are_gradients(declarations: Declarations, loss: str, wrt: str, answer: str, free: tuple[str, ...]) -> None:
    check = gradient_matches(*formulas(declarations, loss, wrt, answer), declarations, depends_on=free)
    assert check.matches, check.evidence
    assert check.means.startswith("agrees at ")


NOT_GRADIENTS = [
    (SOFTMAX, "J", "v_c", r"U(y-\hat y)", "differs", "entry 1 of 3 of the derivative is "),
    (SOFTMAX, "J", "v_c", r"\hat y", "does not fit", "The derivative is a column of d entries, the answer a column of V entries."),
    (SOFTMAX, "J", "U", r"(\hat y-y)v_c^\top", "does not fit", "The derivative is a d x V matrix, the answer a V x d matrix."),
    (SOFTMAX, "J", "v_c", "0", "differs", ", of the answer 0"),
    (SCALAR, r"\sigma(x)", "x", r"\frac{e^x}{1+e^{-x}}", "differs", "At a drawn point, the value of the derivative is "),
]


@pytest.mark.parametrize(("declarations", "loss", "wrt", "answer", "means", "evidence"), NOT_GRADIENTS, ids=[r[3] for r in NOT_GRADIENTS])
def test_what_is_no_gradient_is_shown(
    declarations: Declarations, loss: str, wrt: str, answer: str, means: str, evidence: str
) -> None:
    check = gradient_matches(*formulas(declarations, loss, wrt, answer), declarations)
    assert not check.matches
    assert check.means == means
    assert evidence in check.evidence


def test_a_derivative_by_an_expression_is_refused() -> None:
    with pytest.raises(Unreadable, match="with respect to a name"):
        gradient_matches(*formulas(SCALAR, r"\sigma(x)", "x^2", "1"), SCALAR)
