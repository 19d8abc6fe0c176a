"""The other side of `proof`: decides whether expressions are identically equal. Run by path, in a process of its own.

A request is a line of JSON: a program, each step an operation on earlier steps, and pairs of steps. The answer is a
line of JSON: for each pair whether it is proved equal. No text is ever parsed as mathematics.

Every step becomes a sum of quotients of polynomials over the rationals. Their variables are the atoms of the program
and *generators*: an exponential for each of a basis of the exponents (so `exp(-x)` is `1/exp(x)`), a logarithm for
each irreducible factor, and square roots. Two steps are equal when the numerator of their difference is zero;
quotients over different denominators stay apart until then, because most of them cancel one by one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any

from sympy import QQ, factorint  # type: ignore[import-untyped]
from sympy.polys.rings import ring  # type: ignore[import-untyped]

MAX_TERMS = 5_000
MAX_POWER = 64
MAX_PARTS = 32
MAX_SCALE = 12
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 600

Polynomial = Any
"""An element of a sympy ring; sympy has no types for them."""
Powers = Mapping[Polynomial, int]


class UndecidedError(Exception):
    """The expressions are beyond this method."""


class FinerError(Exception):
    """A fraction of an exponent turned up: start again with exponents in units that are `factor` times smaller."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        self.factor = factor


@dataclass(frozen=True)
class Quotient:
    """A numerator over a product of powers of polynomials; those stay apart, so that sums find common ones."""

    over: Polynomial
    under: Powers = field(default_factory=dict)


@dataclass(frozen=True)
class ExponentRow:
    """`reduced`, led by `pivot`, is this combination of the exponents that generators stand for."""

    reduced: Polynomial
    pivot: tuple[int, ...]
    combination: Mapping[int, Any]


class Algebra:
    """Turns the steps of one program into quotients."""

    def __init__(self, atoms: int, spare: int, scale: int) -> None:
        self.ring: Any = ring([f"x{number}" for number in range(atoms + spare)], QQ)[0]
        self.used = atoms
        self.scale = scale
        self.rows: dict[frozenset[tuple[Polynomial, int]], list[ExponentRow]] = {}
        self.exponents: dict[Polynomial, Quotient] = {}
        self.logarithms: dict[Polynomial, Polynomial] = {}
        self.roots: list[tuple[int, Quotient]] = []

    def fresh(self) -> int:
        if self.used >= len(self.ring.gens):
            raise UndecidedError
        self.used += 1
        return self.used - 1

    # Arithmetic

    def constant(self, value: Fraction | int) -> Quotient:
        return Quotient(self.ring.ground_new(QQ(value.numerator, value.denominator)))

    def product(self, polynomial: Polynomial, powers: Powers) -> Polynomial:
        for factor, power in powers.items():
            for _ in range(power):
                polynomial = polynomial * factor
                if len(polynomial) > MAX_TERMS:
                    raise UndecidedError
        return polynomial

    def add(self, left: Quotient, right: Quotient) -> Quotient:
        if left.under == right.under:
            return self.cancelled(left.over + right.over, left.under)
        under = {
            factor: max(left.under.get(factor, 0), right.under.get(factor, 0))
            for factor in (*left.under, *right.under)
        }
        over = self.ring.zero
        for part in (left, right):
            over = over + self.product(
                part.over, {factor: power - part.under.get(factor, 0) for factor, power in under.items()}
            )
        return self.cancelled(over, under)

    def negate(self, value: Quotient) -> Quotient:
        return Quotient(-value.over, value.under)

    def multiply(self, left: Quotient, right: Quotient) -> Quotient:
        under = dict(left.under)
        for factor, power in right.under.items():
            under[factor] = under.get(factor, 0) + power
        return self.cancelled(self.product(left.over, {right.over: 1}), under)

    def divide(self, left: Quotient, right: Quotient) -> Quotient:
        return self.multiply(left, self.inverse(right))

    def cancelled(self, over: Polynomial, under: Powers) -> Quotient:
        """Divide the numerator by each factor of the denominator that divides it."""
        if not over:
            return Quotient(over)
        left: dict[Polynomial, int] = {}
        for factor, power in under.items():
            remaining = power
            while remaining:
                whole, rest = over.div(factor)
                if rest:
                    break
                over, remaining = whole, remaining - 1
            if remaining:
                left[factor] = remaining
        return Quotient(over, left)

    def inverse(self, value: Quotient) -> Quotient:
        if not value.over:
            raise UndecidedError
        monomial = tuple(map(min, zip(*value.over.monoms(), strict=True)))
        rest = value.over.quo(self.ring({monomial: 1}))
        over = self.product(self.ring.one, value.under)
        leading = rest.LC
        under = {gen: power for gen, power in zip(self.ring.gens, monomial, strict=True) if power}
        if not rest.is_ground:
            under[rest * (1 / leading)] = 1
        return self.cancelled(over * (1 / leading), under)

    def raised(self, value: Quotient, power: int) -> Quotient:
        if power < 0:
            return self.raised(self.inverse(value), -power)
        if power > MAX_POWER:
            raise UndecidedError
        over = self.product(self.ring.one, {value.over: power})
        return Quotient(over, {factor: own * power for factor, own in value.under.items()})

    # Generators

    def exp(self, value: Quotient) -> Quotient:
        over, result = self.without_logarithms(value)
        rows = self.rows.setdefault(frozenset(value.under.items()), [])
        reduced, combination = over, dict[int, Any]()
        for row in rows:
            share = reduced.get(row.pivot, 0) / row.reduced[row.pivot]
            if share:
                reduced = reduced - row.reduced * share
                for at, own in row.combination.items():
                    combination[at] = combination.get(at, 0) + share * own
        if reduced:
            at = self.fresh()
            inverse = {other: -own for other, own in combination.items()}
            rows.append(ExponentRow(reduced, reduced.leading_expv(), {**inverse, at: QQ(1)}))
            unit = QQ(1, self.scale)
            self.exponents[self.ring.gens[at]] = Quotient(over * unit, value.under)
            combination = {at: QQ(1)}
        for at, share in combination.items():
            units = share * self.scale
            if units.denominator != 1:
                raise FinerError(int(units.denominator))
            result = self.multiply(result, self.raised(Quotient(self.ring.gens[at]), int(units)))
        return result

    def without_logarithms(self, value: Quotient) -> tuple[Polynomial, Quotient]:
        """Take whole multiples of logarithms out of an exponent: exp(a + 2 log p) is exp(a) p²."""
        over, result = value.over, self.constant(1)
        if value.under:
            return over, result
        for factor, logarithm in self.logarithms.items():
            share = over.coeff(logarithm)
            if share and share.denominator == 1:
                over = over - logarithm * share
                result = self.multiply(result, self.raised(Quotient(factor), int(share)))
        return over, result

    def log(self, value: Quotient) -> Quotient:
        """Return the logarithm of the absolute value, as a sum over factors."""
        if not value.over:
            raise UndecidedError
        total = self.constant(0)
        for polynomial, power in ((value.over, 1), *((factor, -own) for factor, own in value.under.items())):
            content, factors = self.factored(polynomial)
            for factor, own in factors:
                content *= factor.LC**own
                total = self.add(total, self.times(self.logarithm(factor * (1 / factor.LC)), power * own))
            for number, sign in ((content.numerator, 1), (content.denominator, -1)):
                for prime, own in factorint(abs(int(number))).items():
                    part = self.logarithm(self.ring.ground_new(QQ(int(prime))))
                    total = self.add(total, self.times(part, sign * power * own))
        return total

    def factored(self, polynomial: Polynomial) -> tuple[Any, list[tuple[Polynomial, int]]]:
        """Return a number and irreducible factors; the common cases without sympy's search for factors."""
        monomial = tuple(map(min, zip(*polynomial.monoms(), strict=True)))
        rest = polynomial.quo(self.ring({monomial: 1}))
        factors = [(gen, power) for gen, power in zip(self.ring.gens, monomial, strict=True) if power]
        if rest.is_ground:
            return rest.LC, factors
        if _is_linear_somewhere(rest):
            return self.ring.domain.one, [*factors, (rest, 1)]
        content, found = rest.factor_list()
        return content, [*factors, *found]

    def times(self, value: Quotient, count: int) -> Quotient:
        return Quotient(value.over * count, value.under)

    def logarithm(self, factor: Polynomial) -> Quotient:
        if factor in self.exponents:
            return self.exponents[factor]
        if factor not in self.logarithms:
            self.logarithms[factor] = self.ring.gens[self.fresh()]
        return Quotient(self.logarithms[factor])

    def sqrt(self, value: Quotient) -> Quotient:
        for at, inside in self.roots:
            if not self.difference(inside, value):
                return Quotient(self.ring.gens[at])
        at = self.fresh()
        self.roots.append((at, value))
        return Quotient(self.ring.gens[at])

    # Equality

    def difference(self, left: Quotient, right: Quotient) -> Polynomial:
        """Return the numerator of the difference, in which no square of a root is left."""
        return self.without_squares(self.add(left, self.negate(right))).over

    def without_squares(self, value: Quotient) -> Quotient:
        for at, inside in reversed(self.roots):
            value = self.without_square(value, at, inside)
        return value

    def without_square(self, value: Quotient, at: int, inside: Quotient) -> Quotient:
        gathered: dict[int, Polynomial] = {}
        for monomial, coefficient in value.over.terms():
            power = monomial[at]
            rest = (*monomial[:at], 0, *monomial[at + 1 :])
            gathered[power] = gathered.get(power, self.ring.zero) + self.ring({rest: coefficient})
        if all(power < 2 for power in gathered):
            return value
        total = self.constant(0)
        for power, part in gathered.items():
            piece = self.multiply(Quotient(part * self.ring.gens[at] ** (power % 2)), self.raised(inside, power // 2))
            total = self.add(total, piece)
        return total

    # Functions

    def sigma(self, value: Quotient) -> Quotient:
        power = self.exp(value)
        return self.divide(power, self.add(self.constant(1), power))

    def softplus(self, value: Quotient) -> Quotient:
        return self.log(self.add(self.constant(1), self.exp(value)))

    def sinh(self, value: Quotient) -> Quotient:
        power = self.exp(value)
        return self.divide(self.add(power, self.negate(self.inverse(power))), self.constant(2))

    def cosh(self, value: Quotient) -> Quotient:
        power = self.exp(value)
        return self.divide(self.add(power, self.inverse(power)), self.constant(2))

    def tanh(self, value: Quotient) -> Quotient:
        square = self.raised(self.exp(value), 2)
        return self.divide(self.add(square, self.constant(-1)), self.add(square, self.constant(1)))

    def coth(self, value: Quotient) -> Quotient:
        return self.inverse(self.tanh(value))

    def sech(self, value: Quotient) -> Quotient:
        return self.inverse(self.cosh(value))

    def csch(self, value: Quotient) -> Quotient:
        return self.inverse(self.sinh(value))


FUNCTIONS: Mapping[str, Callable[[Algebra, Quotient], Quotient]] = {
    "exp": Algebra.exp, "log": Algebra.log, "sqrt": Algebra.sqrt, "sigma": Algebra.sigma, "softplus": Algebra.softplus,
    "sinh": Algebra.sinh, "cosh": Algebra.cosh, "tanh": Algebra.tanh, "coth": Algebra.coth, "sech": Algebra.sech,
    "csch": Algebra.csch,
}  # fmt: skip


def _is_linear_somewhere(polynomial: Polynomial) -> bool:
    """Say whether a variable appears once, to the power of 1 and times a number: then it cannot be a product."""
    powers = list(zip(*polynomial.monoms(), strict=True))
    alone = [monomial for monomial in polynomial.monoms() if sum(monomial) == 1]
    return any(sum(powers[monomial.index(1)]) == 1 for monomial in alone)


Parts = tuple[Quotient, ...]
"""A sum of quotients over different denominators, none of them zero."""


class Sums:
    """Arithmetic on sums that are gathered over one denominator only where there is no way around it."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra

    def merged(self, quotients: Iterable[Quotient]) -> Parts:
        """Add up those over the same denominator."""
        pending = list(quotients)
        found: dict[frozenset[tuple[Polynomial, int]], Quotient] = {}
        while pending:
            part = pending.pop()
            key = frozenset(part.under.items())
            other = found.pop(key, None)
            if other is not None:
                pending.append(self.algebra.cancelled(part.over + other.over, part.under))
            elif part.over:
                found[key] = part
        return tuple(found.values())

    def gathered(self, parts: Parts) -> Quotient:
        return reduce(self.algebra.add, parts, self.algebra.constant(0))

    def add(self, left: Parts, right: Parts) -> Parts:
        return self.merged((*left, *right))

    def multiply(self, left: Parts, right: Parts) -> Parts:
        if len(left) * len(right) > MAX_PARTS:
            left, right = (self.gathered(left),), (self.gathered(right),)
        return self.merged(self.algebra.multiply(a, b) for a in left for b in right)

    def divide(self, left: Parts, right: Parts) -> Parts:
        return self.multiply(left, (self.algebra.inverse(self.gathered(right)),))

    def power(self, base: Parts, exponent: int) -> Parts:
        return self.merged([self.algebra.raised(self.gathered(base), exponent)])

    def apply(self, function: str, argument: Parts) -> Parts:
        if function not in FUNCTIONS:
            raise UndecidedError
        return self.merged([FUNCTIONS[function](self.algebra, self.gathered(argument))])

    def are_equal(self, left: Parts, right: Parts) -> bool:
        rest = self.merged((*left, *map(self.algebra.negate, right)))
        return not rest or not self.algebra.without_squares(self.gathered(rest)).over


def run(steps: Sequence[Sequence[Any]], algebra: Algebra) -> list[Parts]:
    """Return what each step of a program is worth."""
    sums = Sums(algebra)
    values: list[Parts] = []
    for operation, *operands in steps:
        if operation == "atom":
            values.append((Quotient(algebra.ring.gens[operands[0]]),))
        elif operation == "constant":
            values.append(sums.merged([algebra.constant(Fraction(operands[0], operands[1]))]))
        elif operation == "power":
            values.append(sums.power(values[operands[0]], operands[1]))
        elif operation == "apply":
            values.append(sums.apply(operands[0], values[operands[1]]))
        else:
            arithmetic = {"+": sums.add, "*": sums.multiply, "/": sums.divide}[operation]
            values.append(arithmetic(values[operands[0]], values[operands[1]]))
    return values


def decide(request: Mapping[str, Any]) -> list[bool]:
    """Return for each pair of steps whether it is proved equal."""
    steps = request["steps"]
    atoms = 1 + max((step[1] for step in steps if step[0] == "atom"), default=-1)
    spare = 8 + 3 * sum(step[0] == "apply" for step in steps)
    scale = 1
    while scale <= MAX_SCALE:
        algebra = Algebra(atoms, spare, scale)
        try:
            values, sums = run(steps, algebra), Sums(algebra)
            return [sums.are_equal(values[left], values[right]) for left, right in request["pairs"]]
        except UndecidedError:
            break
        except FinerError as finer:
            scale = lcm(scale * finer.factor, scale)
    return [False] * len(request["pairs"])


def limit() -> None:
    """Cap memory and processor time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def serve() -> None:
    """Answer requests until the input ends."""
    limit()
    for line in sys.stdin:
        try:
            proved = decide(json.loads(line))
        except (MemoryError, RecursionError):
            proved = []
        sys.stdout.write(json.dumps(proved) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
