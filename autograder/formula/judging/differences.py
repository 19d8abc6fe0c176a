"""Values of an answer beside those of the accepted ones: the first point at which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from autograder.formula.declarations import Layout, Question
from autograder.formula.meaning.shapes import ZERO
from autograder.formula.meaning.terms import Const, Term
from autograder.formula.tree import Node
from autograder.formula.values.drawing import Point
from autograder.formula.values.entries import UndefinedError, Value, flat, transposed
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.leaves import Key
from autograder.formula.values.scalars import precisely

DIGITS_AGREED = 40
TOLERANCE = Decimal(10) ** -DIGITS_AGREED
NEAR = Decimal("1e-12")
DIGITS_OF_NEAR = 200


class Difference(Struct, frozen=True):
    """A point at which an answer differs from the reference: a proof that it is wrong. For staff.

    place   row and column of the entry, from 1; actual is None where the answer has no value
    """

    sizes: tuple[tuple[str, int], ...]
    indices: tuple[tuple[str, int], ...]
    place: tuple[int, int]
    expected: float
    actual: float | None


class Expected(Struct, frozen=True):
    """An accepted answer, typed, with its values: for each point, for each assignment of the free indices."""

    node: Node
    term: Term
    variant: str | None
    values: tuple[tuple[Value, ...], ...]


class Prepared(Struct, frozen=True):
    question: Question
    points: tuple[Point, ...]
    free: tuple[tuple[dict[str, int], ...], ...]
    expected: tuple[Expected, ...]
    layouts: tuple[Layout, ...]
    known: tuple[Mapping[Key, Value], ...]
    """Drawn and derived values at each point, found once for all answers."""


def is_zero(term: Term) -> bool:
    return isinstance(term, Const) and term.value == 0


def find_difference(term: Term, expected: Expected, prepared: Prepared, turned: bool = False) -> Difference | None:
    """Return the first point at which a term differs from an accepted answer."""
    rows = zip(prepared.points, prepared.free, expected.values, prepared.known, strict=True)
    for point, assignments, values, known in rows:
        evaluator = Evaluator(point, known=known)
        for assignment, value in zip(assignments, values, strict=True):
            model = transposed(value) if turned else value
            try:
                actual = evaluator.at(term, assignment)
            except (UndefinedError, ArithmeticError):
                return _found(point, assignment, (1, 1), flat(model)[0], None)
            zero = is_zero(term) or expected.term == ZERO
            place = _first_difference(actual, model, zero)
            if place is not None and _first_difference(actual, model, zero, NEAR) is None:
                # Digits may have cancelled, as in 1 - sigma(40): look again with many more.
                with precisely(DIGITS_OF_NEAR):
                    closer = Evaluator(point)
                    model = closer.at(expected.term, assignment)
                    model = transposed(model) if turned else model
                    place = _first_difference(closer.at(term, assignment), model, zero)
            if place is not None:
                row, column, ours, theirs = place
                return _found(point, assignment, (row, column), theirs, ours)
    return None


def _found(point: Point, assignment: dict[str, int], place: tuple[int, int], expected: Decimal,
           actual: Decimal | None) -> Difference:
    indices = {**point.indices, **assignment}
    return Difference(tuple(point.sizes.items()), tuple(indices.items()), place, float(expected),
                      None if actual is None else float(actual))


def _first_difference(
    actual: Value, expected: Value, is_zero: bool, tolerance: Decimal = TOLERANCE
) -> tuple[int, int, Decimal, Decimal] | None:
    ours, theirs = flat(actual), flat(expected)
    if is_zero and len(ours) != len(theirs):
        ours, theirs = (ours * len(theirs), theirs) if len(ours) == 1 else (ours, theirs * len(ours))
    scale = max(abs(number) for number in theirs)
    allowed = tolerance * scale if scale else tolerance
    width = len(expected[0]) if isinstance(expected, list) and isinstance(expected[0], list) else 1
    for position, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if not abs(a - b) <= allowed:
            return position // width + 1, position % width + 1, a, b
    return None
