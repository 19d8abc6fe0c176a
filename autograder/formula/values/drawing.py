"""Points at which formulas are compared: sizes, indices and entries drawn by the declarations, the same every time."""

from __future__ import annotations

import itertools
import math
import operator
import random
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from autograder.formula.declarations import Declarations, Family, Index, IndexSet, Shape, Symbol

MAX_TRIES = 200
MAX_STRATA = 64
SPREADS = (1.0, 3.0, 0.3)
"""How far real scalars lie from 0, for four points each."""
DOMAINS = ("real", "positive", "negative", "unit", "nonzero", "probability")
CONDITION = re.compile(r"\s*(?:(-?[\d.]+)\s*(<=|<)\s*)?(\\?\w+)\s*(?:(<=|>=|<|>)\s*(-?[\d.]+))?\s*")
COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class NoDrawError(ValueError):
    """Raised where declarations allow no draw; the problem is at fault."""


class Point(Struct, frozen=True):
    """One draw. Entries of symbols and families follow from `seed` when they are asked for.

    number    counts the draws of a problem; branches and repetitions go by it
    sizes     by name, all different
    indices   of the fixed indices, counted as their set counts
    """

    declarations: Declarations
    seed: str
    number: int
    sizes: Mapping[str, int]
    indices: Mapping[str, int]

    def limit(self, written: str) -> int:
        """Return the value of a bound of an index set: `1`, `K`, `-m`."""
        sign = -1 if written.startswith("-") else 1
        name = written.removeprefix("-")
        return sign * (int(name) if name.isdigit() else self.sizes[name])

    def values_of(self, declared: IndexSet) -> range:
        return range(self.limit(declared.first), self.limit(declared.last) + 1)

    def dimensions(self, shape: Shape) -> tuple[int, ...]:
        return tuple(dim if isinstance(dim, int) else self.sizes[dim] for dim in shape)

    def symbol(self, symbol: Symbol) -> list[Decimal]:
        """Return the drawn entries of a symbol, row by row.

        The points go through the branches of all symbols together; other scalars have both signs at each two points.
        """
        if symbol.branches:
            branch = symbol.branches[self._stratum(symbol) % len(symbol.branches)]
            return self._entries(f"symbol {symbol.name}", symbol.shape, symbol.domain, branch)
        entries = self._entries(f"symbol {symbol.name}", symbol.shape, symbol.domain)
        if symbol.shape == () and symbol.domain == "real":
            first = random.Random(f"{self.seed} {self.number // 2} sign of {symbol.name}").choice((0, 1))
            return [abs(entry) if (first + self.number) % 2 else -abs(entry) for entry in entries]
        return entries

    def _stratum(self, symbol: Symbol) -> int:
        """Return this point's digit for a symbol, where each symbol with branches is a digit of its number."""
        number = self.number
        for other in self.declarations.symbols:
            if other.name == symbol.name:
                break
            number //= max(1, len(other.branches))
        return number

    def member(self, family: Family, at: tuple[int, ...]) -> list[Decimal]:
        """Return the drawn entries of an element of a family."""
        return self._entries(f"family {family.name} {family.indices} {at}", family.shape, family.domain)

    def _entries(self, name: str, shape: Shape, domain: str, branch: str = "") -> list[Decimal]:
        chance = random.Random(f"{self.seed} {self.number} {name}")
        count = 1
        for dim in self.dimensions(shape):
            count *= dim
        spread = SPREADS[self.number // 4 % len(SPREADS)] if shape == () else 1.0
        if branch in DOMAINS:
            domain, branch = branch, ""
        return [_number_in(chance, domain, branch, spread) for _ in range(count)]

    def index_member(self, family: Family, at: tuple[int, ...]) -> int:
        """Return the drawn index that a family of indices holds at a place: the word `w_k`."""
        target = self.declarations.index_set(family.values or "")
        over = [self.declarations.index(name) for name in family.indices]
        sets = [self.declarations.index_set(index.over) for index in over if index is not None]
        if target is None or len(sets) != len(at):
            raise NoDrawError(f"family {family.name}: its index sets are not declared")
        places = list(itertools.product(*(self.values_of(item) for item in sets if item is not None)))
        taken = {self.indices[name] for name in family.differs if name in self.indices}
        pool = [value for value in self.values_of(target) if value not in taken]
        chance = random.Random(f"{self.seed} {self.number} family {family.name} {family.indices}")
        chance.shuffle(pool)
        if family.distinct or (self.number % 2 == 0 and len(pool) >= len(places)):
            if len(pool) < len(places):
                raise NoDrawError(f"family {family.name}: too few elements to draw from without repetition")
            drawn = pool
        else:
            # Fewer words than places, so that some word is drawn twice.
            few = pool[:max(1, len(places) - 1)]
            drawn = [*few, *(chance.choice(few) for _ in places)]
            drawn = drawn[:len(places)]
            chance.shuffle(drawn)
        return drawn[places.index(at)]


def _number_in(chance: random.Random, domain: str, branch: str, spread: float) -> Decimal:
    """Draw until the condition of a branch holds, such as `x > 0` or `-1 < x <= 1`."""
    if not branch:
        return _number(chance, domain, spread)
    parts = CONDITION.fullmatch(branch)
    if parts is None:
        raise NoDrawError(f"branch {branch!r}: write a comparison with numbers, as x > 0")
    for _ in range(MAX_TRIES):
        number = _number(chance, domain, spread)
        lower = parts[1] is None or COMPARED[parts[2]](Decimal(parts[1]), number)
        if lower and (parts[4] is None or COMPARED[parts[4]](number, Decimal(parts[5]))):
            return number
    raise NoDrawError(f"branch {branch!r}: no number of domain {domain} was found there")


def _number(chance: random.Random, domain: str, spread: float) -> Decimal:
    if domain in ("positive", "probability", "negative", "nonzero"):
        size = chance.uniform(0.2, 2.0)
        sign = {"negative": -1, "nonzero": chance.choice((-1, 1))}.get(domain, 1)
        return Decimal(str(round(sign * size, 6)))
    if domain == "unit":
        return Decimal(str(round(chance.uniform(0.05, 0.95), 6)))
    return Decimal(str(round(chance.gauss(0.0, 1.0) * spread, 6)))


def draw_points(declarations: Declarations, count: int, seed: str = "") -> tuple[Point, ...]:
    """Return `count` points of a problem, or one for each choice of branches where those are more.

    They are the same for the same declarations and seed. Raises NoDrawError where the declarations allow none.
    """
    choices = math.prod(max(1, len(symbol.branches)) for symbol in declarations.symbols)
    return tuple(_draw(declarations, number, seed) for number in range(max(count, min(choices, MAX_STRATA))))


def _draw(declarations: Declarations, number: int, seed: str) -> Point:
    chance = random.Random(f"{seed} {number}")
    for _ in range(MAX_TRIES):
        sizes = {size.name: chance.randint(size.low, size.high) for size in declarations.sizes}
        if len(set(sizes.values())) < len(sizes):
            continue
        point = Point(declarations, seed, number, sizes, {})
        indices = _draw_indices(point, chance)
        if indices is None:
            continue
        point = Point(declarations, seed, number, sizes, indices)
        if all(_can_draw(point, family) for family in declarations.families if family.values is not None):
            return point
    raise NoDrawError("the declared sizes cannot all differ, or leave too few elements to draw from")


def _can_draw(point: Point, family: Family) -> bool:
    index = point.declarations.index(family.indices[0])
    declared = point.declarations.index_set(index.over) if index else None
    if declared is None:
        return False
    try:
        point.index_member(family, (point.limit(declared.first),) * len(family.indices))
    except NoDrawError:
        return False
    return True


def _draw_indices(point: Point, chance: random.Random) -> dict[str, int] | None:
    """Draw the fixed indices; one that equals another follows it."""
    drawn: dict[str, int] = {}
    fixed = [index for index in point.declarations.indices if index.role == "fixed"]
    for index in fixed:
        declared = point.declarations.index_set(index.over)
        if declared is None:
            raise NoDrawError(f"index {index.name}: its set {index.over} is not declared")
        if index.equals is None:
            taken = {drawn[name] for name in index.differs if name in drawn}
            pool = [value for value in point.values_of(declared) if value not in taken]
            if not pool:
                return None
            drawn[index.name] = chance.choice(pool)
        elif index.equals.lstrip("-").isdigit():
            drawn[index.name] = int(index.equals)
    return drawn


def free_values(point: Point, names: tuple[str, ...]) -> Iterator[dict[str, int]]:
    """Yield every assignment of values to free indices that their declarations allow."""
    indices = [index for name in names if (index := point.declarations.index(name)) is not None]
    ranges = []
    for index in indices:
        declared = point.declarations.index_set(index.over)
        ranges.append(point.values_of(declared) if declared else range(0))
    for values in itertools.product(*ranges):
        found = dict(zip((index.name for index in indices), values, strict=True))
        if not any(_is_excluded(index, found, point) for index in indices):
            yield found


def _is_excluded(index: Index, found: Mapping[str, int], point: Point) -> bool:
    others = {**point.indices, **found}
    return any(others.get(name) == found[index.name] for name in index.differs)
