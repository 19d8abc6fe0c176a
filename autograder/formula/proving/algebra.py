"""Quotients of polynomials in atoms and *generators*, in which equal expressions look the same.

A generator stands for what is no rational function of the atoms: an exponential for each of a basis of the exponents
(so `exp(-x)` is `1/exp(x)`), a logarithm for each irreducible factor, and square roots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Protocol

from msgspec import Struct, field

from autograder.formula.proving.polynomials import (
    Coefficient,
    Monomial,
    Polynomial,
    power_of,
    powers,
    whole,
)

MAX_TERMS = 5_000
MAX_POWER = 64
MAX_COEFFICIENT_BITS = 20_000
ZERO, ONE = Polynomial.constant(0), Polynomial.constant(1)

Powers = Mapping[Polynomial, int]


class Factoring(Protocol):
    """What is asked for factors; it may raise whatever it likes instead."""

    def factor(self, polynomial: Polynomial) -> tuple[Coefficient, list[tuple[Polynomial, int]]]:
        """Return a number and irreducible factors with their powers."""

    def factor_number(self, number: int) -> Mapping[int, int]:
        """Return the prime factors of a whole number above 0, with their powers."""


class UndecidedError(Exception):
    """The expressions are beyond this method."""


class TooMuchWorkError(Exception):
    """More steps would be needed than were allowed."""


class FinerError(Exception):
    """A fraction of an exponent turned up: start again with exponents in units that are `factor` times smaller."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        self.factor = factor


class Quotient(Struct, frozen=True):
    """A numerator over a product of powers of polynomials; those stay apart, so that sums find common ones."""

    over: Polynomial
    under: Powers = field(default_factory=dict)


class ExponentRow(Struct, frozen=True):
    """`reduced`, led by `pivot`, is this combination of the exponents that generators stand for."""

    reduced: Polynomial
    pivot: Monomial
    combination: Mapping[int, Coefficient]


class Algebra:
    """Turns the steps of one program into quotients.

    work: how many products of two terms may be formed.
    """

    def __init__(self, atoms: int, scale: int, factoring: Factoring, work: float) -> None:
        self.used = atoms
        self.scale = scale
        self.factoring = factoring
        self.work_left = work
        self.rows: dict[frozenset[tuple[Polynomial, int]], list[ExponentRow]] = {}
        self.exponents: dict[Polynomial, Quotient] = {}
        self.logarithms: dict[Polynomial, int] = {}
        self.roots: list[tuple[int, Quotient]] = []

    def fresh(self) -> int:
        self.used += 1
        return self.used - 1

    # Arithmetic

    def constant(self, value: Fraction | int) -> Quotient:
        return Quotient(Polynomial.constant(whole(value)))

    def times_polynomial(self, left: Polynomial, right: Polynomial) -> Polynomial:
        self.work_left -= len(left) * len(right)
        if self.work_left < 0:
            raise TooMuchWorkError
        product = left * right
        if len(product) > MAX_TERMS:
            raise UndecidedError
        if any(value.numerator.bit_length() > MAX_COEFFICIENT_BITS for value in product.terms.values()):
            raise UndecidedError
        return product

    def product(self, polynomial: Polynomial, powers_: Powers) -> Polynomial:
        for factor, power in powers_.items():
            for _ in range(power):
                polynomial = self.times_polynomial(polynomial, factor)
        return polynomial

    def add(self, left: Quotient, right: Quotient) -> Quotient:
        if left.under == right.under:
            return self.cancelled(left.over + right.over, left.under)
        under = {
            factor: max(left.under.get(factor, 0), right.under.get(factor, 0))
            for factor in (*left.under, *right.under)
        }
        over = ZERO
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
        return self.cancelled(self.times_polynomial(left.over, right.over), under)

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
                self.work_left -= len(over)
                quotient = over.quotient(factor)
                if quotient is None:
                    break
                self.work_left -= len(quotient) * len(factor)
                over, remaining = quotient, remaining - 1
            if remaining:
                left[factor] = remaining
        return Quotient(over, left)

    def inverse(self, value: Quotient) -> Quotient:
        if not value.over:
            raise UndecidedError
        monomial = value.over.common_monomial()
        rest = value.over.without(monomial)
        over = self.product(ONE, value.under)
        to_one = whole(1 / Fraction(rest.leading_coefficient))
        under = {Polynomial.variable(at): power for at, power in powers(monomial)}
        if not rest.is_constant:
            under[rest.scaled(to_one)] = 1
        return self.cancelled(over.scaled(to_one), under)

    def raised(self, value: Quotient, power: int) -> Quotient:
        if power < 0:
            return self.raised(self.inverse(value), -power)
        if power > MAX_POWER:
            raise UndecidedError
        over = self.product(ONE, {value.over: power})
        return Quotient(over, {factor: own * power for factor, own in value.under.items()})

    # Generators

    def exp(self, value: Quotient) -> Quotient:
        over, result = self.without_logarithms(value)
        rows = self.rows.setdefault(frozenset(value.under.items()), [])
        reduced, combination = over, dict[int, Coefficient]()
        for row in rows:
            share = reduced.terms.get(row.pivot, 0)
            if share:
                share = whole(Fraction(share) / row.reduced.terms[row.pivot])
                reduced = reduced - row.reduced.scaled(share)
                for at, own in row.combination.items():
                    combination[at] = combination.get(at, 0) + share * own
        if reduced:
            at = self.fresh()
            inverse = {other: -own for other, own in combination.items()}
            rows.append(ExponentRow(reduced, reduced.leading, {**inverse, at: 1}))
            self.exponents[Polynomial.variable(at)] = Quotient(over.scaled(Fraction(1, self.scale)), value.under)
            combination = {at: 1}
        for at, share in combination.items():
            units = share * self.scale
            if units.denominator != 1:
                raise FinerError(units.denominator)
            result = self.multiply(result, self.raised(Quotient(Polynomial.variable(at)), int(units)))
        return result

    def without_logarithms(self, value: Quotient) -> tuple[Polynomial, Quotient]:
        """Take whole multiples of logarithms out of an exponent: exp(a + 2 log p) is exp(a) p²."""
        over, result = value.over, self.constant(1)
        if value.under:
            return over, result
        for factor, at in self.logarithms.items():
            logarithm = Polynomial.variable(at)
            share = over.terms.get(logarithm.leading, 0)
            if share and share.denominator == 1:
                over = over - logarithm.scaled(share)
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
                leading = Fraction(factor.leading_coefficient)
                content *= leading**own
                logarithm = self.logarithm(factor.scaled(whole(1 / leading)))
                total = self.add(total, self.times(logarithm, power * own))
            for number, sign in ((content.numerator, 1), (content.denominator, -1)):
                for prime, own in self.factoring.factor_number(abs(number)).items():
                    part = self.logarithm(Polynomial.constant(prime))
                    total = self.add(total, self.times(part, sign * power * own))
        return total

    def factored(self, polynomial: Polynomial) -> tuple[Coefficient, list[tuple[Polynomial, int]]]:
        """Return a number and irreducible factors; the common cases without a search for them."""
        monomial = polynomial.common_monomial()
        rest = polynomial.without(monomial)
        factors = [(Polynomial.variable(at), power) for at, power in powers(monomial)]
        if rest.is_constant:
            return rest.terms[0], factors
        if rest.is_linear_somewhere():
            return 1, [*factors, (rest, 1)]
        content, found = self.factoring.factor(rest)
        return content, [*factors, *found]

    def times(self, value: Quotient, count: int) -> Quotient:
        return Quotient(value.over.scaled(count), value.under)

    def logarithm(self, factor: Polynomial) -> Quotient:
        if factor in self.exponents:
            return self.exponents[factor]
        if factor not in self.logarithms:
            self.logarithms[factor] = self.fresh()
        return Quotient(Polynomial.variable(self.logarithms[factor]))

    def sqrt(self, value: Quotient) -> Quotient:
        for at, inside in self.roots:
            if not self.difference(inside, value):
                return Quotient(Polynomial.variable(at))
        at = self.fresh()
        self.roots.append((at, value))
        return Quotient(Polynomial.variable(at))

    # Equality

    def difference(self, left: Quotient, right: Quotient) -> Polynomial:
        """Return the numerator of the difference, in which no square of a root is left."""
        return self.without_squares(self.add(left, self.negate(right))).over

    def without_squares(self, value: Quotient) -> Quotient:
        for at, inside in reversed(self.roots):
            value = self.without_square(value, at, inside)
        return value

    def without_square(self, value: Quotient, at: int, inside: Quotient) -> Quotient:
        if all(power_of(monomial, at) < 2 for monomial in value.over.terms):
            return value
        total = self.constant(0)
        for power, part in value.over.by_power(at).items():
            kept = self.product(part, {Polynomial.variable(at): power % 2})
            total = self.add(total, self.multiply(Quotient(kept), self.raised(inside, power // 2)))
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
