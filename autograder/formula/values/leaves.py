"""Values of symbols, families and indices at a point: drawn, derived, or replaced to differentiate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from autograder.formula.declarations import Declarations, Family, Shape, Symbol
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.terms import Const, Extent, IndexVar, Member, Shift, Term, Variable
from autograder.formula.texts import formula
from autograder.formula.values.drawing import Point
from autograder.formula.values.entries import UndefinedError, Value, add_up, transposed
from autograder.formula.values.scalars import Scalar, exact

Key = tuple[object, ...]

LARGEST_INDEX = 10**6
"""A number beyond it picks nothing, and `int` of a number such as 10^(10^9) would never end."""


class Leaves(ABC):
    """What formulas are made of, at one point.

    constant   makes a number of a rational one
    atom       makes a number of a drawn one; each drawn entry is made once
    known      values found by an earlier evaluator of the same point and kind of numbers, see `found`
    """

    def __init__(
        self, point: Point, constant: Callable[[Fraction], Scalar] = exact,
        atom: Callable[[Decimal], Scalar] | None = None, known: Mapping[Key, Value] | None = None,
    ) -> None:
        self.point = point
        self.declarations: Declarations = point.declarations
        self.constant = constant
        self.atom = atom or (lambda value: value)
        self.indices: dict[str, int] = dict(point.indices)
        self.locals: dict[str, Scalar] = {}
        self.known = known or {}
        self.drawn: dict[Key, Value] = {}
        self.derived: dict[Key, Value] = {}
        self.replaced: dict[Key, Value] = {}
        self.rounds = 0

    def found(self) -> Mapping[Key, Value]:
        """Return the drawn and derived values that have been needed so far."""
        return {**self.known, **self.drawn, **self.derived}

    def at(self, term: Term, indices: Mapping[str, int] | None = None) -> Value:
        """Return the value of a term for given values of its free indices.

        Raises ArithmeticError where it has none.
        """
        self.indices = {**self.point.indices, **(indices or {})}
        self.rounds = 0
        return self.value(term)

    @abstractmethod
    def value(self, term: Term) -> Value:
        """Return the value of a term."""

    def whole(self, term: Term) -> int:
        """Return the value of an index."""
        if isinstance(term, IndexVar):
            found = self.indices.get(term.name)
            if found is None:
                raise UndefinedError(f"the index {term.name} has no value")
            return found
        if isinstance(term, Const):
            if term.value.denominator != 1:
                raise UndefinedError("an index is not a whole number")
            return int(term.value)
        if isinstance(term, Extent):
            return self.point.sizes[term.name]
        if isinstance(term, Shift):
            return sum(self.whole(part) for part in term.parts) * (-1 if term.negative else 1)
        if isinstance(term, Member):
            return self._index_member(term)
        number = self.value(term)
        if abs(number) > LARGEST_INDEX or number != int(number):
            raise UndefinedError("an index is not a whole number")
        return int(number)

    def _index_member(self, term: Member) -> int:
        places = self._places(term)
        key: Key = (term.family, term.over, places)
        found = self.drawn.get(key, self.known.get(key))
        if found is None:
            found = self.drawn[key] = self.point.index_member(self._family(term), places)
        whole: int = found
        return whole

    def _family(self, term: Member) -> Family:
        for family in self.declarations.family(term.family):
            sets = tuple(index.over if index else "" for index in map(self.declarations.index, family.indices))
            if sets == term.over:
                return family
        for atom in self.declarations.atoms:
            if atom.name == term.family:
                return Family(atom.name, atom.indices, atom.shape)
        raise UndefinedError(f"no family {term.family}")

    # Symbols and families

    def variable(self, term: Variable) -> Value:
        value = self.symbol(term.name)
        return transposed(value) if term.flipped else value

    def symbol(self, name: str) -> Value:
        """Return the value of a declared symbol, drawn or derived, in the base layout."""
        key: Key = (name,)
        for values in (self.replaced, self.drawn, self.derived, self.known):
            if key in values:
                return values[key]
        symbol = self.declarations.symbol(name)
        if symbol is None:
            raise UndefinedError(f"no symbol {name}")
        if symbol.definition is None:
            numbers = [self.atom(number) for number in self.point.symbol(symbol)]
            self.drawn[key] = self._arranged(numbers, symbol.shape, symbol.domain)
            return self.drawn[key]
        self.derived[key] = self._apart(definition_of(symbol, self.declarations))
        return self.derived[key]

    def _apart(self, term: Term) -> Value:
        """Evaluate a definition, which knows nothing of the indices and arguments around its use."""
        outer = self.indices, self.locals
        self.indices, self.locals = dict(self.point.indices), {}
        try:
            return self.value(term)
        finally:
            self.indices, self.locals = outer

    def _arranged(self, numbers: list[Scalar], shape: Shape, domain: str) -> Value:
        if domain == "probability":
            total = add_up(numbers)
            numbers = [number / total for number in numbers]
        sizes = self.point.dimensions(shape)
        if not sizes:
            return numbers[0]
        width = sizes[1] if len(sizes) == 2 else 1
        return [numbers[start:start + width] for start in range(0, len(numbers), width)]

    def member(self, term: Member) -> Value:
        family = self._family(term)
        if family.values is not None:
            return self.index(term)
        at = self._places(term)
        key: Key = (family.name, term.over, at)
        for values in (self.replaced, self.drawn, self.known):
            if key in values:
                return values[key]
        numbers = [self.atom(number) for number in self.point.member(family, at)]
        self.drawn[key] = self._arranged(numbers, family.shape, family.domain)
        return self.drawn[key]

    def _places(self, term: Member) -> tuple[int, ...]:
        """Return the indices of an element, each checked against its set."""
        places = tuple(self.whole(index) for index in term.indices)
        for place, over in zip(places, term.over, strict=True):
            declared = self.declarations.index_set(over)
            if declared is None or place not in self.point.values_of(declared):
                raise UndefinedError("an index is out of its range")
        return places

    def index(self, term: Term) -> Value:
        return self.constant(Fraction(self.whole(term)))


def definition_of(symbol: Symbol, declarations: Declarations) -> Term:
    """Return the typed definition of a derived symbol."""
    assert symbol.definition is not None
    return elaborate(formula(symbol.definition, declarations), declarations).term
