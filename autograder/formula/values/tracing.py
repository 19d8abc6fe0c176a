"""Numbers that remember how they came about, so that an evaluation can be proved and not only compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from autograder.formula.values.scalars import Scalar, apply, exact, power

Step = tuple[str | int, ...]
MAX_STEPS = 5_000
LARGEST = 10**18
"""The largest plain number that takes part; writing out 10^(10^9) would never end."""


class NotTraceableError(ArithmeticError):
    """A number took part that is not exact, or the program grew too long: nothing can be proved from it."""


class Tape:
    """The program of an evaluation: atoms, exact constants and operations, each distinct one kept once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._known: dict[Step, int] = {}
        self._atoms = 0

    def atom(self, value: Decimal) -> Traced:
        """Return a variable that is independent of all others, with its value at the point of evaluation."""
        self._atoms += 1
        return self._numbered(("atom", self._atoms - 1), value)

    def constant(self, value: Fraction | int) -> Traced:
        fraction = Fraction(value)
        return self._numbered(("constant", fraction.numerator, fraction.denominator), exact(fraction))

    def lifted(self, number: Scalar) -> Traced:
        """Return any exact number as one of this tape; a derivative, for one, may come out as a plain 0."""
        if isinstance(number, Traced):
            return number
        if isinstance(number, (int, Fraction)):
            return self.constant(number)
        if isinstance(number, Decimal) and abs(number) <= LARGEST and number == number.to_integral_value():
            return self.constant(int(number))
        raise NotTraceableError("a rounded number took part")

    def step(self, operation: str, value: Decimal, *operands: str | int) -> Traced:
        if operation in ("+", "*"):
            operands = tuple(sorted(operands, key=int))
        return self._numbered((operation, *operands), value)

    def operands(self, at: int) -> tuple[int, ...]:
        """Return the earlier steps that a step needs."""
        operation, *rest = self.steps[at]
        places = {"+": (0, 1), "*": (0, 1), "/": (0, 1), "power": (0,), "apply": (1,)}.get(str(operation), ())
        return tuple(int(rest[place]) for place in places)

    def renumbered(self, at: int, numbers: Mapping[int, int]) -> Step:
        """Return a step with the numbers of its operands replaced."""
        operation, *rest = self.steps[at]
        if operation in ("+", "*", "/"):
            return (operation, *(numbers[int(operand)] for operand in rest))
        if operation == "power":
            return (operation, numbers[int(rest[0])], rest[1])
        return (operation, rest[0], numbers[int(rest[1])]) if operation == "apply" else self.steps[at]

    def _numbered(self, step: Step, value: Decimal) -> Traced:
        at = self._known.get(step)
        if at is None:
            if len(self.steps) >= MAX_STEPS:
                raise NotTraceableError("the program is too long")
            at = len(self.steps)
            self.steps.append(step)
            self._known[step] = at
        return Traced(self, at, value)


class Traced:
    """A number, and the step of a tape that gives it.

    Comparisons and functions with a kink are decided by the value: what is proved holds near the point of evaluation.
    """

    __slots__ = ("at", "tape", "value")

    def __init__(self, tape: Tape, at: int, value: Decimal) -> None:
        self.tape = tape
        self.at = at
        self.value = value

    def __repr__(self) -> str:
        return f"Traced({self.value}, step {self.at})"

    def _combined(self, operation: str, other: Scalar, function: Callable[[Decimal, Decimal], Decimal]) -> Any:
        if not isinstance(other, (Traced, int, Fraction, Decimal)):
            return NotImplemented
        right = self.tape.lifted(other)
        return self._simplified(operation, right) or self.tape.step(
            operation, function(self.value, right.value), self.at, right.at
        )

    def _simplified(self, operation: str, right: Traced) -> Traced | None:
        """Return what adding 0, or multiplying by 0 or 1, comes to without a step."""
        for constant, other in ((self, right), (right, self)):
            known = self.tape.steps[constant.at]
            if known[0] != "constant" or (operation == "/" and constant is self):
                continue
            if known[1:] == ((0, 1) if operation == "+" else (1, 1)):
                return other
            if operation == "*" and known[1:] == (0, 1):
                return constant
        return None

    def __add__(self, other: Scalar) -> Any:
        return self._combined("+", other, lambda x, y: x + y)

    def __mul__(self, other: Scalar) -> Any:
        return self._combined("*", other, lambda x, y: x * y)

    def __truediv__(self, other: Scalar) -> Any:
        return self._combined("/", other, lambda x, y: x / y)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Scalar) -> Any:
        return self + -other

    def __rsub__(self, other: Scalar) -> Any:
        return -self + other

    def __rtruediv__(self, other: Scalar) -> Any:
        return self.tape.lifted(other) / self

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

    def applied(self, function: str) -> Traced:
        value = apply(function, self.value)
        if function in ("abs", "relu", "sign"):
            if self.value == 0:
                raise NotTraceableError("a point where a function has a kink")
            sign = self.tape.constant(1 if self.value > 0 else -1)
            if function == "sign":
                return sign
            if function == "abs":
                return self.tape.step("*", value, self.at, sign.at)
            return self if self.value > 0 else self.tape.constant(0)
        return self.tape.step("apply", value, function, self.at)

    def raised(self, exponent: Scalar) -> Traced:
        known = self.tape.lifted(exponent) if not isinstance(exponent, Decimal) else self._half(exponent)
        step = self.tape.steps[known.at]
        if step[0] == "constant":
            fraction = Fraction(int(step[1]), int(step[2]))
            if fraction.denominator == 1:
                if not fraction:
                    return self.tape.constant(1)
                return self.tape.step("power", power(self.value, known.value), self.at, fraction.numerator)
            if fraction.denominator == 2:
                return self.applied("sqrt").raised(fraction.numerator)
        whole: Traced = (self.applied("log") * known).applied("exp")
        return whole

    def _half(self, exponent: Decimal) -> Traced:
        """Read an exponent such as 0.5, which a Decimal holds exactly."""
        if abs(exponent) > LARGEST or exponent * 2 != (exponent * 2).to_integral_value():
            raise NotTraceableError("a rounded exponent")
        return self.tape.constant(Fraction(exponent))


def _value(number: Any) -> Any:
    return number.value if isinstance(number, Traced) else number
