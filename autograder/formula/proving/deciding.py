"""Decides whether expressions are identically equal.

A request is a program, each step an operation on earlier steps, and pairs of steps. The answer says for each pair
whether it is proved equal. No text is ever parsed as mathematics.

Every step becomes a sum of quotients (see `algebra`). Two steps are equal when the numerator of their difference is
zero; quotients over different denominators stay apart until then, because most of them cancel one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import inf, lcm
from typing import Any

from autograder.formula.proving.algebra import (
    FUNCTIONS,
    Algebra,
    Factoring,
    FinerError,
    Quotient,
    UndecidedError,
)
from autograder.formula.proving.polynomials import Polynomial, TooLargeError

MAX_PARTS = 32
MAX_SCALE = 24

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
            values.append((Quotient(Polynomial.variable(operands[0])),))
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


def decide(request: Mapping[str, Any], factoring: Factoring, work: float = inf) -> list[bool]:
    """Return for each pair of steps whether it is proved equal.

    work: how many products of two terms may be formed. Raises TooMuchWorkError and whatever `factoring` does.
    """
    steps = request["steps"]
    atoms = 1 + max((step[1] for step in steps if step[0] == "atom"), default=-1)
    scale = 1
    while scale <= MAX_SCALE:
        algebra = Algebra(atoms, scale, factoring, work)
        try:
            values, sums = run(steps, algebra), Sums(algebra)
            return [sums.are_equal(values[left], values[right]) for left, right in request["pairs"]]
        except (UndecidedError, TooLargeError):
            break
        except FinerError as finer:
            scale = lcm(scale * finer.factor, scale)
    return [False] * len(request["pairs"])
