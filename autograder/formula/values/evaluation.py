"""Values of typed formulas at a point, in 50 digits or in any number that carries more (see `scalars`).

A value is a number, a list (flat vector) or a list of rows, by the rank of the term's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from autograder.formula.declarations import Shape
from autograder.formula.meaning.terms import (
    Add,
    All,
    Along,
    Choice,
    Const,
    Dot,
    Each,
    Extent,
    Eye,
    Fill,
    Flip,
    Hadamard,
    IndexVar,
    Local,
    MatMul,
    Member,
    Outer,
    Part,
    Quotient,
    Raise,
    Reshape,
    Scale,
    Shift,
    Slope,
    SlopeAt,
    Stack,
    Term,
    Test,
    Total,
    Truth,
    Variable,
    Whole,
)
from autograder.formula.values.derivative import slopes, slopes_of_all
from autograder.formula.values.entries import (
    REDUCTIONS,
    TESTS,
    UndefinedError,
    Value,
    add_up,
    as_rank,
    entrywise,
    flat,
    like,
    multiply_up,
    pick,
    transposed,
)
from autograder.formula.values.leaves import Leaves
from autograder.formula.values.scalars import Scalar, apply, power

MAX_ROUNDS = 2000
"""Rounds of the sums of one formula at one point."""


class Evaluator(Leaves):
    """Values of whole formulas."""

    def value(self, term: Term) -> Value:
        """Return the value of a term with the indices and arguments as they stand."""
        return _RULES[type(term)](self, term)

    # Leaves

    def const(self, term: Const) -> Value:
        return self.constant(term.value)

    def extent(self, term: Extent) -> Value:
        return self.constant(Fraction(self.point.sizes[term.name]))

    def local(self, term: Local) -> Value:
        return self.locals[term.name]

    def eye(self, term: Eye) -> Value:
        size = self.point.dimensions(term.shape)[0]
        return [[self.constant(Fraction(int(i == j))) for j in range(size)] for i in range(size)]

    def part(self, term: Part) -> Value:
        value = self.value(term.of)
        row = None if term.row is None else self.whole(term.row) - 1
        column = None if term.column is None else self.whole(term.column) - 1
        if len(term.of.shape) == 1:
            return pick(value, row)
        if term.shape == ():
            line = value[0] if row is None else pick(value, row)
            return line[0] if column is None else pick(line, column)
        if row is not None:
            return [pick(value, row)]
        assert column is not None
        return [[pick(line, column)] for line in value]

    # Arithmetic

    def add(self, term: Add) -> Value:
        return entrywise(add_up, *(self.value(part) for part in term.terms))

    def scale(self, term: Scale) -> Value:
        factor = self.value(term.factor)
        return entrywise(lambda numbers: factor * numbers[0], self.value(term.body))

    def matmul(self, term: MatMul) -> Value:
        left, right = self.value(term.left), self.value(term.right)
        if len(term.left.shape) == 1:
            left = [left]
        columns = [right] if len(term.right.shape) == 1 else transposed(right)
        product = [[add_up([a * b for a, b in zip(row, column, strict=True)]) for column in columns] for row in left]
        return as_rank(product, len(term.shape), rows=len(term.left.shape) == 1)

    def dot(self, term: Dot) -> Value:
        pairs = zip(flat(self.value(term.left)), flat(self.value(term.right)), strict=True)
        return add_up([a * b for a, b in pairs])

    def outer(self, term: Outer) -> Value:
        left, right = flat(self.value(term.left)), flat(self.value(term.right))
        return [[a * b for b in right] for a in left]

    def hadamard(self, term: Hadamard) -> Value:
        return entrywise(lambda numbers: numbers[0] * numbers[1], self.value(term.left), self.value(term.right))

    def quotient(self, term: Quotient) -> Value:
        numerator, denominator = self.value(term.numerator), self.value(term.denominator)
        if term.denominator.shape == ():
            return entrywise(lambda numbers: numbers[0] / denominator, numerator)
        return entrywise(lambda numbers: numbers[0] / numbers[1], numerator, denominator)

    def raised(self, term: Raise) -> Value:
        exponent: Scalar = self.value(term.exponent)
        if isinstance(term.exponent, Const) and term.exponent.value.denominator == 1:
            exponent = int(term.exponent.value)
        return entrywise(lambda numbers: power(numbers[0], exponent), self.value(term.base))

    def flip(self, term: Flip) -> Value:
        return transposed(self.value(term.body))

    def fill(self, term: Fill) -> Value:
        value, sizes = self.value(term.body), self.point.dimensions(term.shape)
        own = self.point.dimensions(term.body.shape)
        if len(sizes) == 1:
            return [value] * sizes[0] if not own else value * (sizes[0] if own[0] == 1 else 1)
        if not own:
            return [[value] * sizes[1] for _ in range(sizes[0])]
        rows = [value] if len(own) == 1 else value
        rows = rows * (sizes[0] if len(rows) == 1 else 1)
        return [row * (sizes[1] if len(row) == 1 else 1) for row in rows]

    def reshape(self, term: Reshape) -> Value:
        entries = flat(self.value(term.body))
        sizes = self.point.dimensions(term.shape)
        if not sizes:
            return entries[0]
        if len(sizes) == 1:
            return entries
        return [entries[start:start + sizes[1]] for start in range(0, len(entries), sizes[1])]

    # Functions

    def each(self, term: Each) -> Value:
        return entrywise(lambda numbers: apply(term.function, numbers[0]), self.value(term.body))

    def along(self, term: Along) -> Value:
        value = self.value(term.body)
        rule = REDUCTIONS[term.operator]
        if term.axis is None or len(term.body.shape) < 2:
            return rule(flat(value))
        lines = value if term.axis == 1 else transposed(value)
        found = [rule(line) for line in lines]
        if len(term.shape) < 2:
            return found if term.shape else found[0]
        return [[number] for number in found] if term.axis == 1 else [found]

    def whole_function(self, term: Whole) -> Value:
        name, bodies = term.function, term.bodies
        if name == "onehot":
            size, at = self.point.dimensions(term.shape)[0], self.whole(bodies[0])
            return [[self.constant(Fraction(int(place == at)))] for place in range(1, size + 1)]
        values = [self.value(body) for body in bodies]
        if name in ("max", "min"):
            return entrywise(max if name == "max" else min, *values)
        value = values[0]
        if name == "diag":
            entries = flat(value)
            zero = self.constant(Fraction(0))
            return [[a if i == j else zero for j in range(len(entries))] for i, a in enumerate(entries)]
        if name == "diagonal":
            entries = [row[place] for place, row in enumerate(value)]
            return entries if len(term.shape) == 1 else [[entry] for entry in entries]
        if name == "trace":
            return add_up([row[place] for place, row in enumerate(value)])
        if name == "norm":
            return apply("sqrt", add_up([entry * entry for entry in flat(value)]))
        if name == "softmax":
            exponentials = entrywise(lambda numbers: apply("exp", numbers[0]), value)
            total = add_up(flat(exponentials))
            return entrywise(lambda numbers: numbers[0] / total, exponentials)
        raise UndefinedError(f"no function {name}")

    # Conditions and binders

    def holds(self, term: Term) -> bool:
        if isinstance(term, All):
            return all(self.holds(test) for test in term.tests)
        assert isinstance(term, Test)
        left, right = self.value(term.left), self.value(term.right)
        return bool(TESTS[term.operator](left, right))

    def truth(self, term: Truth) -> Value:
        return self.constant(Fraction(int(self.holds(term.test))))

    def choice(self, term: Choice) -> Value:
        for value, test in zip(term.values, term.tests, strict=True):
            if test is None or self.holds(test):
                return self.value(value)
        raise UndefinedError("no case covers this point")

    def total(self, term: Total) -> Value:
        found: list[Value] = []
        for number in range(self.whole(term.first), self.whole(term.last) + 1):
            self.rounds += 1
            if self.rounds > MAX_ROUNDS:
                raise UndefinedError("too many rounds")
            with self._counting(term.index.name, number):
                if term.test is None or self.holds(term.test):
                    found.append(self.value(term.body))
        if term.operator == "prod":
            return multiply_up(found) if found else self.constant(Fraction(1))
        return entrywise(add_up, *found) if found else self._zeros(term.shape)

    @contextmanager
    def _counting(self, name: str, number: int) -> Iterator[None]:
        """Let an index have a value for a while."""
        outer = self.indices
        self.indices = {**outer, name: number}
        try:
            yield
        finally:
            self.indices = outer

    def _zeros(self, shape: Shape) -> Value:
        return self.fill(Fill(Const(Fraction(0)), shape=shape)) if shape else self.constant(Fraction(0))

    def stack(self, term: Stack) -> Value:
        if term.index is None:
            values = [self.value(body) for body in term.bodies]
        else:
            declared = self.declarations.index_set(term.index.over)
            assert declared is not None
            values = []
            for number in self.point.values_of(declared):
                with self._counting(term.index.name, number):
                    values.append(self.value(term.bodies[0]))
        lines = [flat(value) for value in values]
        return transposed(lines) if term.axis == 1 else lines

    # Derivatives

    def slope(self, term: Slope) -> Value:
        """Differentiate by replacing the variable with numbers that carry derivatives."""
        at = self.value(term.wrt)
        entries = flat(at)

        def outcome(numbers: Sequence[Scalar]) -> list[Scalar]:
            return flat(self._with(term.wrt, like(at, list(numbers))).value(term.of))

        if term.of.shape == ():
            return like(at, slopes(lambda numbers: outcome(numbers)[0], entries))
        found = [row[0] for row in slopes_of_all(outcome, entries)]
        return like(self.value(term.of), found)

    def _with(self, wrt: Term, value: Value) -> Evaluator:
        # What is drawn stays, and is drawn once; what is derived may depend on the variable and is found anew.
        derived = {(symbol.name,) for symbol in self.declarations.symbols if symbol.definition is not None}
        known = {key: value for key, value in self.known.items() if key not in derived}
        other = Evaluator(self.point, self.constant, self.atom, known)
        other.indices, other.locals, other.drawn = dict(self.indices), dict(self.locals), self.drawn
        other.replaced = dict(self.replaced)
        if isinstance(wrt, Variable):
            other.replaced[(wrt.name,)] = transposed(value) if wrt.flipped else value
        elif isinstance(wrt, Member):
            at = tuple(self.whole(index) for index in wrt.indices)
            other.replaced[(wrt.family, wrt.over, at)] = value
        elif isinstance(wrt, Part) and isinstance(wrt.of, Variable):
            other.replaced[(wrt.of.name,)] = self._with_part(wrt, value)
        else:
            raise UndefinedError("not a variable")
        return other

    def _with_part(self, wrt: Part, value: Value) -> Value:
        assert isinstance(wrt.of, Variable)
        whole = [list(row) for row in self.symbol(wrt.of.name)]
        entries = iter(flat(value))
        rows = range(len(whole)) if wrt.row is None else [self.whole(wrt.row) - 1]
        columns = range(len(whole[0])) if wrt.column is None else [self.whole(wrt.column) - 1]
        for row in rows:
            for column in columns:
                whole[row][column] = next(entries)
        return whole

    def slope_at(self, term: SlopeAt) -> Value:
        return entrywise(lambda numbers: self._nth_slope(term, term.order, numbers[0]), self.value(term.at))

    def _nth_slope(self, term: SlopeAt, order: int, number: Scalar) -> Scalar:
        if order == 0:
            outer, self.locals = self.locals, {**self.locals, term.name: number}
            try:
                return self.value(term.body)
            finally:
                self.locals = outer
        return slopes(lambda numbers: self._nth_slope(term, order - 1, numbers[0]), [number])[0]


_RULES: Mapping[type[Term], Callable[[Any, Any], Value]] = {
    Const: Evaluator.const, Extent: Evaluator.extent, IndexVar: Evaluator.index, Shift: Evaluator.index,
    Local: Evaluator.local, Eye: Evaluator.eye, Variable: Evaluator.variable, Member: Evaluator.member,
    Part: Evaluator.part, Add: Evaluator.add, Scale: Evaluator.scale, MatMul: Evaluator.matmul, Dot: Evaluator.dot,
    Outer: Evaluator.outer, Hadamard: Evaluator.hadamard, Quotient: Evaluator.quotient, Raise: Evaluator.raised,
    Flip: Evaluator.flip, Fill: Evaluator.fill, Reshape: Evaluator.reshape, Each: Evaluator.each,
    Along: Evaluator.along, Whole: Evaluator.whole_function, Truth: Evaluator.truth, Choice: Evaluator.choice,
    Total: Evaluator.total, Stack: Evaluator.stack, Slope: Evaluator.slope, SlopeAt: Evaluator.slope_at,
}
