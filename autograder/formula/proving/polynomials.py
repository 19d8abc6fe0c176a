"""Polynomials over the rationals in any number of variables, small and sparse, for exact proofs.

sympy has them too; but to load it takes a hundred times as long as most proofs do. What is hard about polynomials, to
factor them, is left to it (see `proof_server`).

A monomial is one whole number that holds the power of each variable in bits of its own: the product of two monomials
is their sum, and the greater number is the later in lexicographic order. A coefficient is an `int` or a `Fraction`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

Monomial: TypeAlias = int
Coefficient: TypeAlias = "int | Fraction"

_BITS = 17
"""Of one power: sixteen, and one that stays free."""
_LARGEST_POWER = (1 << _BITS - 1) - 1
_MAX_DIVISION_STEPS = 20_000


class TooLargeError(ArithmeticError):
    """A power is beyond what is kept."""


class Polynomial:
    """A polynomial; never changed once it is made."""

    __slots__ = ("_hash", "degree", "terms")

    def __init__(self, terms: dict[Monomial, Coefficient], degree: int) -> None:
        """Keep terms, none of them with a coefficient of 0. degree: no power of any variable is greater."""
        if degree > _LARGEST_POWER:
            raise TooLargeError
        self.terms = terms
        self.degree = degree
        self._hash: int | None = None

    @classmethod
    def constant(cls, value: Coefficient) -> Polynomial:
        return cls({0: value} if value else {}, 0)

    @classmethod
    def variable(cls, number: int) -> Polynomial:
        return cls({1 << _BITS * number: 1}, 1)

    def __len__(self) -> int:
        return len(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __repr__(self) -> str:
        return " + ".join(f"{c} * {dict(powers(m))}" for m, c in sorted(self.terms.items())) or "0"

    @property
    def is_constant(self) -> bool:
        return not self.terms or (len(self.terms) == 1 and 0 in self.terms)

    @property
    def leading(self) -> Monomial:
        """The last monomial; there must be one."""
        return max(self.terms)

    @property
    def leading_coefficient(self) -> Coefficient:
        return self.terms[self.leading]

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            total = terms.get(monomial, 0) + coefficient
            if total:
                terms[monomial] = total
            else:
                del terms[monomial]
        return Polynomial(terms, max(self.degree, other.degree))

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()}, self.degree)

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        terms: dict[Monomial, Coefficient] = {}
        for one, factor in other.terms.items():
            for another, coefficient in self.terms.items():
                monomial = one + another
                terms[monomial] = terms.get(monomial, 0) + factor * coefficient
        return Polynomial({monomial: value for monomial, value in terms.items() if value}, self.degree + other.degree)

    def scaled(self, factor: Coefficient) -> Polynomial:
        """Return this times a number other than 0."""
        if factor == 1:
            return self
        return Polynomial({monomial: whole(value * factor) for monomial, value in self.terms.items()}, self.degree)

    def without(self, monomial: Monomial) -> Polynomial:
        """Return this divided by a monomial that divides each term."""
        return Polynomial({own - monomial: value for own, value in self.terms.items()}, self.degree)

    def quotient(self, divisor: Polynomial) -> Polynomial | None:
        """Return this divided by another; None where that leaves a rest, or takes too long to find out."""
        lead = divisor.leading
        others = [(monomial, value) for monomial, value in divisor.terms.items() if monomial != lead]
        by = divisor.terms[lead]
        left = dict(self.terms)
        waiting = [-monomial for monomial in left]
        heapq.heapify(waiting)
        guard = _guard(max(-waiting[0], lead).bit_length() // _BITS + 1) if waiting else 0
        found: dict[Monomial, Coefficient] = {}
        for _ in range(_MAX_DIVISION_STEPS):
            if not waiting:
                return Polynomial(found, self.degree)
            monomial = -heapq.heappop(waiting)
            coefficient = left.pop(monomial, 0)
            if not coefficient:
                continue
            if ((monomial | guard) - lead) & guard != guard:
                return None
            share = coefficient if by == 1 else whole(Fraction(coefficient) / by)
            found[monomial - lead] = share
            for other, value in others:
                at = monomial - lead + other
                before = left.get(at)
                if before is None:
                    heapq.heappush(waiting, -at)
                left[at] = (before or 0) - share * value
        return None

    def common_monomial(self) -> Monomial:
        """Return the greatest monomial that divides each term."""
        monomials = iter(self.terms)
        least = list(powers(next(monomials)))
        for monomial in monomials:
            least = [(at, min(power, power_of(monomial, at))) for at, power in least]
        return sum(power << _BITS * at for at, power in least)

    def by_power(self, variable: int) -> dict[int, Polynomial]:
        """Return what each power of a variable is multiplied with."""
        gathered: dict[int, dict[Monomial, Coefficient]] = {}
        for monomial, value in self.terms.items():
            power = power_of(monomial, variable)
            gathered.setdefault(power, {})[monomial - (power << _BITS * variable)] = value
        return {power: Polynomial(terms, self.degree) for power, terms in gathered.items()}

    def is_linear_somewhere(self) -> bool:
        """Say whether a variable appears once, to the power of 1 and times a number: then this is no product."""
        seen: dict[int, int] = {}
        alone = []
        for monomial in self.terms:
            found = list(powers(monomial))
            for at, power in found:
                seen[at] = seen.get(at, 0) + power
            if len(found) == 1 and found[0][1] == 1:
                alone.append(found[0][0])
        return any(seen[at] == 1 for at in alone)


def powers(monomial: Monomial) -> Iterator[tuple[int, int]]:
    """Yield each variable of a monomial with its power."""
    at = 0
    while monomial:
        power = monomial & _LARGEST_POWER
        if power:
            yield at, power
        monomial >>= _BITS
        at += 1


def power_of(monomial: Monomial, variable: int) -> int:
    return monomial >> _BITS * variable & _LARGEST_POWER


def monomial_of(powers_: Mapping[int, int]) -> Monomial:
    """Return the monomial of given powers, by variable. Raises TooLargeError."""
    if any(power > _LARGEST_POWER for power in powers_.values()):
        raise TooLargeError
    return sum(power << _BITS * at for at, power in powers_.items())


def whole(value: Coefficient) -> Coefficient:
    """Return a number as an int where it is one: that is much faster to work with."""
    return value.numerator if value.denominator == 1 else value


@lru_cache(maxsize=64)
def _guard(variables: int) -> int:
    """Return the free bit of each power: what is subtracted from it is too much where it is used up."""
    return sum(1 << _BITS * at + _BITS - 1 for at in range(variables))
