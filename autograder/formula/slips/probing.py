"""Values of formulas at a few probes, to find out which of many formulas an answer is equal to.

A probe is a drawn point and values for all indices that are not fixed, so that even a formula with an index left free
has a value. Values are kept apart by shape and compared to many digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct

from autograder.formula.declarations import Declarations, Layout
from autograder.formula.meaning.indexing import BASE
from autograder.formula.meaning.terms import Term
from autograder.formula.values.drawing import NoDrawError, Point, draw_points, free_values
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely

PROBES = 4
TOLERANCE = Decimal("1e-25")


class View(Struct, frozen=True):
    """One way to take an answer: a layout of rows and columns, and how the arrays of a program behave."""

    layout: Layout = BASE
    flat: bool = False
    program: bool = False


class Sample(Struct, frozen=True):
    """The value of a formula at one probe: the sizes of its axes and its entries, row by row."""

    sizes: tuple[int, ...]
    entries: tuple[Decimal, ...]

    @property
    def scale(self) -> Decimal:
        return max((abs(entry) for entry in self.entries), default=Decimal(0))

    def equals(self, other: Sample) -> bool:
        """Say whether two values are the same; a flat array is a row or a column."""
        if not _same_axes(self.sizes, other.sizes):
            return False
        if not (self.scale.is_finite() and other.scale.is_finite()):
            return False  # log 0: nothing is near to it
        allowed = TOLERANCE * max(self.scale, other.scale, Decimal("1e-10"))
        return all(abs(a - b) <= allowed for a, b in zip(self.entries, other.entries, strict=True))

    def transposed(self) -> Sample:
        if len(self.sizes) < 2:
            return self
        rows, columns = self.sizes
        entries = tuple(self.entries[row * columns + column] for column in range(columns) for row in range(rows))
        return Sample((columns, rows), entries)


def _same_axes(ours: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    if len(ours) == len(theirs):
        return ours == theirs
    return tuple(size for size in ours if size != 1) == tuple(size for size in theirs if size != 1)


class Probes:
    """The probes of one question; evaluates at each of them on demand."""

    def __init__(self, declarations: Declarations, depends_on: tuple[str, ...] = (), count: int = PROBES) -> None:
        self.declarations = declarations
        self.depends_on = depends_on
        self.count = count

    @cached_property
    def _places(self) -> tuple[tuple[Evaluator, dict[str, int]], ...]:
        try:
            points = draw_points(self.declarations, self.count, "probe")
        except NoDrawError:
            return ()
        places = []
        for number, point in enumerate(points):
            chosen = _chosen(list(free_values(point, self.depends_on)), point, number)
            places.append((Evaluator(point), {**dict(self._other_indices(point, number)), **chosen}))
        return tuple(places)

    def _other_indices(self, point: Point, number: int) -> Iterator[tuple[str, int]]:
        """Yield a value for each index that a formula may wrongly leave free, where possible not a fixed one's."""
        taken = set(point.indices.values())
        for index in self.declarations.indices:
            declared = self.declarations.index_set(index.over)
            if index.role != "fixed" and declared is not None:
                values = [value for value in point.values_of(declared) if value not in taken]
                values = values or list(point.values_of(declared))
                if values:
                    yield index.name, values[number % len(values)]

    def sizes(self, number: int) -> dict[str, int]:
        """Return the sizes that were drawn for a probe."""
        return dict(self._places[number][0].point.sizes) if number < len(self._places) else {}

    def sample(self, term: Term, number: int) -> Sample | None:
        """Return the value of a term at one probe; None where it has none."""
        if number >= len(self._places):
            return None
        evaluator, indices = self._places[number]
        try:
            with precisely():
                value = evaluator.at(term, indices)
                return Sample(*_laid_out(value))
        except (ArithmeticError, IndexError):
            return None

    def samples(self, term: Term) -> tuple[Sample, ...] | None:
        """Return the values at every probe; None where one is missing."""
        found = [self.sample(term, number) for number in range(self.count)]
        known = tuple(sample for sample in found if sample is not None)
        return known if len(known) == self.count else None


def _chosen(asked: list[dict[str, int]], point: Point, number: int) -> dict[str, int]:
    """Return values of the indices asked about: in every other probe those of a fixed one, where they may be."""
    meeting = [values for values in asked if set(values.values()) & set(point.indices.values())]
    apart = [values for values in asked if values not in meeting]
    pool = (meeting if number % 2 else apart) or asked
    return pool[number % len(pool)] if pool else {}


def _laid_out(value: Any) -> tuple[tuple[int, ...], tuple[Decimal, ...]]:
    if not isinstance(value, list):
        return (), (value,)
    if not value or not isinstance(value[0], list):
        return (len(value),), tuple(value)
    return (len(value), len(value[0])), tuple(entry for row in value for entry in row)
