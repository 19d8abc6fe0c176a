"""Numbers that a program computes with as with floats, and that remember how they came about.

A `Symbol` stands for any real number near one that was drawn. A program that runs on symbols gives expressions, in
exact arithmetic, on the path that the drawn numbers take through it. Whatever would make a plain number of a symbol
raises, so that nothing gets lost on the way. So does a comparison of different expressions that happen to be equal,
since numbers near them would take another path.
"""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

from autograder.formula.proving.proof import same_number
from autograder.formula.values.tracing import NotTraceableError, Tape, Traced

Method = Callable[["Symbol", Any], Any]
_MAKERS = ("array", "asarray", "asanyarray", "ascontiguousarray", "zeros", "ones", "empty", "full", "eye", "identity",
           "zeros_like", "ones_like", "empty_like", "full_like")
_FLOATS = (float, np.float64, "float", "float64")


def _arithmetic(operation: Callable[[Any, Any], Any], *, turned: bool = False) -> Method:
    def method(self: Symbol, other: Any) -> Any:
        right = read_number(other, self.traced.tape)
        if right is None:
            return NotImplemented
        return Symbol(operation(right, self.traced) if turned else operation(self.traced, right))
    return method


def _comparison(compare: Callable[[Decimal, Decimal], bool]) -> Method:
    def method(self: Symbol, other: Any) -> Any:
        left, right = self.traced, read_number(other, self.traced.tape)
        if right is None:
            return NotImplemented
        if left.at != right.at and same_number(left.value, right.value):
            raise NotTraceableError("two numbers are equal here that need not be")
        return compare(left.value, right.value)
    return method


class Symbol:
    """A real number of a program: the step of a tape that gives it, with its value in this run."""

    __slots__ = ("traced",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, traced: Traced) -> None:
        self.traced = traced

    __add__ = __radd__ = _arithmetic(operator.add)
    __mul__ = __rmul__ = _arithmetic(operator.mul)
    __sub__, __rsub__ = _arithmetic(operator.sub), _arithmetic(operator.sub, turned=True)
    __truediv__, __rtruediv__ = _arithmetic(operator.truediv), _arithmetic(operator.truediv, turned=True)
    __pow__, __rpow__ = _arithmetic(Traced.raised), _arithmetic(Traced.raised, turned=True)
    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)
    __eq__, __ne__ = _comparison(operator.eq), _comparison(operator.ne)

    def __neg__(self) -> Symbol:
        return Symbol(-self.traced)

    def __abs__(self) -> Symbol:
        return Symbol(self.traced.applied("abs"))

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __deepcopy__(self, memo: object) -> Symbol:
        return self  # a copy of its tape would be another tape

    # NumPy calls these for each entry of an array of objects.

    def conjugate(self) -> Symbol:
        return self

    def exp(self) -> Symbol:
        return Symbol(self.traced.applied("exp"))

    def log(self) -> Symbol:
        return Symbol(self.traced.applied("log"))

    def sqrt(self) -> Symbol:
        return Symbol(self.traced.applied("sqrt"))

    def sinh(self) -> Symbol:
        return Symbol(self.traced.applied("sinh"))

    def cosh(self) -> Symbol:
        return Symbol(self.traced.applied("cosh"))

    def tanh(self) -> Symbol:
        return Symbol(self.traced.applied("tanh"))

    def expm1(self) -> Symbol:
        return Symbol(self.traced.applied("exp") - 1)

    def log1p(self) -> Symbol:
        return Symbol((self.traced + 1).applied("log"))


numbers.Real.register(Symbol)  # for whoever asks whether something is a number


def read_number(value: Any, tape: Tape) -> Traced | None:
    """Return a number as one of a tape, and None for what is no number; a float is the fraction that it holds.

    Raises NotTraceableError for a number of another tape, OverflowError and ValueError for infinity and NaN.
    """
    if isinstance(value, Symbol):
        if value.traced.tape is not tape:
            raise NotTraceableError("a number is left from another run")
        return value.traced
    if isinstance(value, float):
        return tape.constant(Fraction(value))
    return tape.constant(int(value)) if isinstance(value, (int, np.integer, np.bool_)) else None


def make_numpy(tape: Tape) -> ModuleType:
    """Return a NumPy that makes arrays of symbols where it would make arrays of floats."""
    module = ModuleType("numpy")
    vars(module).update(vars(np))

    def as_symbol(value: Any) -> Symbol:
        number = read_number(value, tape)
        if number is None:
            raise TypeError(f"{type(value).__name__} is no number")
        return Symbol(number)

    lift = np.frompyfunc(as_symbol, 1, 1)

    def maker(make: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **named: Any) -> Any:
            array = make(*map(_object_for_float, arguments),
                         **{name: _object_for_float(value) for name, value in named.items()})
            is_done = array.dtype.kind not in "fO" or all(type(entry) is Symbol for entry in array.flat)
            return array if is_done else np.asarray(lift(array), dtype=object)
        return made

    vars(module).update({name: maker(getattr(np, name)) for name in _MAKERS})
    vars(module)["logaddexp"] = lambda x, y: np.log(np.exp(lift(x)) + np.exp(lift(y)))
    return module


def _object_for_float(argument: Any) -> Any:
    return object if isinstance(argument, (type, str)) and argument in _FLOATS else argument
