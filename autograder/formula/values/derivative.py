"""Exact derivatives by forward differentiation: numbers that carry their derivatives through any evaluation.

`slopes(f, at)` gives all partial derivatives of a function of scalars at a point, to full precision and without
a step size. Derivatives nest: f may itself differentiate.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from autograder.formula.values.scalars import Scalar, apply, power

Slopes = Mapping[int, Scalar]

# An inner differentiation starts later than the one around it, so its level is higher, in whatever thread.
_LEVELS = itertools.count(1)


class Dual:
    """A number and its derivatives by numbered variables; those not in `slopes` are zero.

    `level` tells nested differentiations apart: what is of a lower level is a constant to a higher one.
    """

    __slots__ = ("level", "slopes", "value")

    def __init__(self, value: Scalar, slopes: Slopes, level: int) -> None:
        self.value = value
        self.slopes = slopes
        self.level = level

    def __repr__(self) -> str:
        return f"Dual({self.value}, {dict(self.slopes)})"

    def __add__(self, other: Scalar) -> Any:
        return _combined(self, other, lambda x, y: (x + y, 1, 1))

    def __sub__(self, other: Scalar) -> Any:
        return _combined(self, other, lambda x, y: (x - y, 1, -1))

    def __mul__(self, other: Scalar) -> Any:
        return _combined(self, other, lambda x, y: (x * y, y, x))

    def __truediv__(self, other: Scalar) -> Any:
        return _combined(self, other, _quotient)

    def __radd__(self, other: Scalar) -> Any:
        return _combined(other, self, lambda x, y: (x + y, 1, 1))

    def __rsub__(self, other: Scalar) -> Any:
        return _combined(other, self, lambda x, y: (x - y, 1, -1))

    def __rmul__(self, other: Scalar) -> Any:
        return _combined(other, self, lambda x, y: (x * y, y, x))

    def __rtruediv__(self, other: Scalar) -> Any:
        return _combined(other, self, _quotient)

    def __neg__(self) -> Dual:
        return Dual(-self.value, {at: -slope for at, slope in self.slopes.items()}, self.level)

    def __abs__(self) -> Any:
        return self.applied("abs")

    def __int__(self) -> int:
        return int(self.value)

    def __lt__(self, other: Scalar) -> bool:
        return bool(self.value < _value(other))

    def __le__(self, other: Scalar) -> bool:
        return bool(self.value <= _value(other))

    def __gt__(self, other: Scalar) -> bool:
        return bool(self.value > _value(other))

    def __ge__(self, other: Scalar) -> bool:
        return bool(self.value >= _value(other))

    def __eq__(self, other: object) -> bool:
        return bool(self.value == _value(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def applied(self, function: str) -> Dual:
        value = apply(function, self.value)
        return _scaled(value, DERIVATIVES[function](self.value, value), self)

    def raised(self, exponent: Scalar) -> Any:
        if isinstance(exponent, (int, Decimal)):
            slope = exponent * power(self.value, exponent - 1) if exponent else Decimal(0)
            return _scaled(power(self.value, exponent), slope, self)
        return apply("exp", exponent * self.applied("log"))


def _value(number: Any) -> Any:
    return number.value if isinstance(number, Dual) else number


def _quotient(x: Scalar, y: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    value = x / y
    return value, 1 / y, -value / y


def _scaled(value: Scalar, slope: Scalar, inner: Dual) -> Dual:
    return Dual(value, {at: slope * own for at, own in inner.slopes.items()}, inner.level)


def _combined(left: Scalar, right: Scalar, rule: Callable[[Scalar, Scalar], tuple[Scalar, Scalar, Scalar]]) -> Dual:
    """Apply a rule that gives the value and the partial derivatives by both of its operands."""
    level = max(number.level for number in (left, right) if isinstance(number, Dual))
    (x, x_slopes), (y, y_slopes) = _seen_from(level, left), _seen_from(level, right)
    value, by_x, by_y = rule(x, y)
    slopes = {at: by_x * slope for at, slope in x_slopes.items()}
    for at, slope in y_slopes.items():
        slopes[at] = slopes[at] + by_y * slope if at in slopes else by_y * slope
    return Dual(value, slopes, level)


def _seen_from(level: int, number: Scalar) -> tuple[Scalar, Slopes]:
    if isinstance(number, Dual) and number.level == level:
        return number.value, number.slopes
    return number, {}


def slopes(function: Callable[[Sequence[Scalar]], Scalar], at: Sequence[Scalar]) -> list[Scalar]:
    """Return the partial derivatives of a function of scalars at a point, one for each of its arguments."""
    return slopes_of_all(lambda arguments: [function(arguments)], at)[0]


def slopes_of_all(
    function: Callable[[Sequence[Scalar]], Sequence[Scalar]], at: Sequence[Scalar]
) -> list[list[Scalar]]:
    """Return the partial derivatives of several values: a row for each value, an entry for each argument."""
    level = next(_LEVELS)
    seeded = [Dual(number, {position: Decimal(1)}, level) for position, number in enumerate(at)]
    found = []
    for value in function(seeded):
        own = _seen_from(level, value)[1]
        found.append([own.get(position, Decimal(0)) for position in range(len(at))])
    return found


# The derivative of each function, from its argument x and its value y.
DERIVATIVES: Mapping[str, Callable[[Scalar, Scalar], Scalar]] = {
    "exp": lambda x, y: y,
    "log": lambda x, y: 1 / x,
    "sigma": lambda x, y: y * (1 - y),
    "tanh": lambda x, y: 1 - y * y,
    "sinh": lambda x, y: apply("cosh", x),
    "cosh": lambda x, y: apply("sinh", x),
    "coth": lambda x, y: 1 - y * y,
    "sech": lambda x, y: -y * apply("tanh", x),
    "csch": lambda x, y: -y * apply("coth", x),
    "sin": lambda x, y: apply("cos", x),
    "cos": lambda x, y: -apply("sin", x),
    "tan": lambda x, y: 1 + y * y,
    "sqrt": lambda x, y: 1 / (2 * y),
    "abs": lambda x, y: apply("sign", x),
    "sign": lambda x, y: Decimal(0),
    "relu": lambda x, y: (1 + apply("sign", x)) / 2,
    "softplus": lambda x, y: apply("sigma", x),
}
