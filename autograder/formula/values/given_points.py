"""Formulas at points whose numbers are given, not drawn: the inputs that a student's function was called with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from autograder.formula.declarations import Declarations, Family, Shape, Symbol
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.texts import formula
from autograder.formula.tree import Node
from autograder.formula.values.drawing import Point
from autograder.formula.values.entries import flat
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely

Array = NDArray[np.float64]


class NotGiven(ArithmeticError):
    """A formula asks for a quantity that the point does not hold."""


class GivenPoint(Point, frozen=True):
    """A point with the numbers that somebody gave.

    entries    of symbols, laid out as the symbol is declared
    elements   of families: the row of an array for each place, in the order of the index set
    words      of families of indices, counted as their set counts
    """

    entries: Mapping[str, Array] = field(default_factory=dict)
    elements: Mapping[str, Array] = field(default_factory=dict)
    words: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def symbol(self, symbol: Symbol) -> list[Decimal]:
        if symbol.name not in self.entries:
            raise NotGiven(f"no value of {symbol.name} is given")
        return _decimals(self.entries[symbol.name])

    def member(self, family: Family, at: tuple[int, ...]) -> list[Decimal]:
        if family.name not in self.elements or len(at) != 1:
            raise NotGiven(f"no values of {family.name} are given")
        return _decimals(self.elements[family.name][self._position(family, at[0])])

    def index_member(self, family: Family, at: tuple[int, ...]) -> int:
        if family.name not in self.words or len(at) != 1:
            raise NotGiven(f"no values of {family.name} are given")
        return self.words[family.name][self._position(family, at[0])]

    def limit(self, written: str) -> int:
        try:
            return super().limit(written)
        except KeyError:
            raise NotGiven(f"the size {written} is not given") from None

    def dimensions(self, shape: Shape) -> tuple[int, ...]:
        try:
            return super().dimensions(shape)
        except KeyError as missing:
            raise NotGiven(f"the size {missing} is not given") from None

    def _position(self, family: Family, place: int) -> int:
        index = self.declarations.index(family.indices[0])
        declared = self.declarations.index_set(index.over) if index else None
        return place - (self.limit(declared.first) if declared else 1)


def _decimals(numbers: Array) -> list[Decimal]:
    return [Decimal(float(number)) for number in np.ravel(numbers)]


class Evaluated(Struct, frozen=True):
    """The value of a formula, and its shape in the names of sizes; () where it is a number or zero throughout."""

    numbers: Array
    shape: Shape


def evaluate(text: str | Node, declarations: Declarations, point: GivenPoint) -> Evaluated:
    """Return the value of a formula at a point.

    Raises Unreadable or Misfit where it is no formula of the problem, ArithmeticError where it has no value here.
    """
    node = formula(text, declarations) if isinstance(text, str) else text
    term = elaborate(node, declarations).term
    with precisely():
        try:
            value = flat(Evaluator(point).at(term))
        except KeyError as missing:
            raise NotGiven(f"{missing} is not given") from None
    numbers = np.array([float(number) for number in value])
    sizes = point.dimensions(term.shape)
    return Evaluated(numbers.reshape(sizes) if numbers.size == int(np.prod(sizes)) else numbers, term.shape)
