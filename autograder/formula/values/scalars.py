"""Numbers that formulas are evaluated in, and the functions on them.

A number is a `Decimal` of 50 digits, or any type with the same arithmetic that carries more: `derivative.Dual` its
derivatives, `proof.Traced` how it came about. So there is one evaluator, and it differentiates and proves as well.
All arithmetic runs inside `precisely()`. What has no value (log of 0, 1/0) raises ArithmeticError.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol, Union

DIGITS = 50
_GUARD = 10
_CONTEXT = decimal.Context(
    prec=DIGITS + _GUARD,
    Emax=10**9,
    Emin=-(10**9),
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


class Carrier(Protocol):
    """A number that carries more than its value; it has the arithmetic and the comparisons of a Decimal."""

    def applied(self, function: str) -> Any:
        """Return the function of this number."""
        ...

    def raised(self, exponent: Scalar) -> Any:
        """Return this number to a power."""
        ...


Scalar = Union[Decimal, Any]  # noqa: UP007 - a carrier; arithmetic between the two kinds is beyond the type checker


@contextmanager
def precisely(digits: int = DIGITS) -> Iterator[None]:
    """Run arithmetic at so many digits and some to spare."""
    with decimal.localcontext(_CONTEXT) as context:
        context.prec = digits + _GUARD
        yield


def exact(value: Fraction | int) -> Decimal:
    """Return a rational number, rounded where it is not a decimal."""
    fraction = Fraction(value)
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def apply(function: str, x: Scalar) -> Scalar:
    """Return one of the usual functions of a number.

    Raises KeyError for a function that is not in `FUNCTIONS`, ArithmeticError where it has no value.
    """
    return FUNCTIONS[function](x) if isinstance(x, Decimal) else x.applied(function)


def power(base: Scalar, exponent: Scalar) -> Scalar:
    """Return a number to a power; anything to the power of 0 is 1."""
    if not isinstance(base, Decimal):
        return base.raised(exponent)
    if not isinstance(exponent, (int, Decimal)):
        return apply("exp", exponent * base.ln())
    return Decimal(1) if exponent == 0 else base**exponent


def _sigma(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def _tanh(x: Decimal) -> Decimal:
    power = (-2 * abs(x)).exp()
    return ((1 - power) / (1 + power)).copy_sign(x)


def _sinh(x: Decimal) -> Decimal:
    return (x.exp() - (-x).exp()) / 2


def _cosh(x: Decimal) -> Decimal:
    return (x.exp() + (-x).exp()) / 2


def _softplus(x: Decimal) -> Decimal:
    return max(x, Decimal(0)) + (1 + (-abs(x)).exp()).ln()


def _sign(x: Decimal) -> Decimal:
    return Decimal((x > 0) - (x < 0))


def _sin(x: Decimal) -> Decimal:
    return _series(x, x, 1)


def _cos(x: Decimal) -> Decimal:
    return _series(x, Decimal(1), 0)


def _series(x: Decimal, first: Decimal, order: int) -> Decimal:
    """Sum the power series of sin or cos; meant for the arguments of formulas, which are small."""
    if abs(x) > 100:
        raise decimal.Overflow("an angle beyond 100")
    total, term = first, first
    while total + term != total or order < abs(x):
        term *= -x * x / ((order + 1) * (order + 2))
        order += 2
        total += term
    return total


FUNCTIONS: Mapping[str, Callable[[Decimal], Decimal]] = {
    "exp": Decimal.exp,
    "log": Decimal.ln,
    "sigma": _sigma,
    "tanh": _tanh,
    "sinh": _sinh,
    "cosh": _cosh,
    "coth": lambda x: 1 / _tanh(x),
    "sech": lambda x: 1 / _cosh(x),
    "csch": lambda x: 1 / _sinh(x),
    "sin": _sin,
    "cos": _cos,
    "tan": lambda x: _sin(x) / _cos(x),
    "sqrt": Decimal.sqrt,
    "abs": abs,
    "sign": _sign,
    "relu": lambda x: max(x, Decimal(0)),
    "softplus": _softplus,
}
