"""Polynomials of our own, held against sympy's."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import QQ
from sympy.polys.rings import ring

from autograder.formula.proving.polynomials import Polynomial, TooLargeError, monomial_of, power_of, powers, whole

RING = ring("x0 x1 x2", QQ)[0]
POWERS = st.tuples(*[st.integers(0, 3)] * 3)
VALUES = st.fractions(-5, 5, max_denominator=4).filter(bool)
POLYNOMIALS = st.dictionaries(POWERS, VALUES, max_size=5).map(
    lambda terms: (Polynomial({monomial_of(dict(enumerate(key))): whole(value) for key, value in terms.items()}, 3),
                   RING({key: QQ(value.numerator, value.denominator) for key, value in terms.items()})))


def same(ours: Polynomial, theirs: object) -> bool:
    terms = {tuple(power_of(monomial, at) for at in range(3)): Fraction(value) for monomial, value in ours.terms.items()}
    return terms == {key: Fraction(int(v.numerator), int(v.denominator)) for key, v in theirs.terms()}


@settings(max_examples=40, deadline=None)
@given(POLYNOMIALS, POLYNOMIALS)
def test_they_agree_with_sympy(left: tuple[Polynomial, object], right: tuple[Polynomial, object]) -> None:
    (a, their_a), (b, their_b) = left, right
    assert same(a + b, their_a + their_b)
    assert same(a - b, their_a - their_b)
    assert same(a * b, their_a * their_b)
    if not b:
        return
    product = (a * b).quotient(b)
    assert product == a
    assert hash(product) == hash(a)
    exact, rest = their_a.div(their_b)
    quotient = a.quotient(b)
    assert (quotient is None) == bool(rest)
    assert quotient is None or same(quotient, exact)
    assert same(b, their_b)
    assert b.without(b.common_monomial()).common_monomial() == 0
    total = Polynomial.constant(0)
    for power, part in b.by_power(1).items():
        for _ in range(power):
            part = part * Polynomial.variable(1)
        total = total + part
    assert total == b


def test_a_power_that_does_not_fit_is_refused() -> None:
    high = Polynomial({monomial_of({2: 50_000}): 1}, 50_000)
    assert dict(powers((high * Polynomial.variable(0)).leading)) == {0: 1, 2: 50_000}
    with pytest.raises(TooLargeError):
        high * high
    with pytest.raises(TooLargeError):
        monomial_of({0: 70_000})


def test_a_division_that_would_never_end_is_given_up() -> None:
    high = Polynomial({monomial_of({0: 60_000}): 1, 0: -1}, 60_000)
    assert high.quotient(Polynomial.variable(0) - Polynomial.constant(1)) is None


def test_what_is_linear_in_a_variable_is_no_product() -> None:
    x, y, one = Polynomial.variable(0), Polynomial.variable(1), Polynomial.constant(1)
    assert (x + y * y).is_linear_somewhere()
    assert not (x * y + x + y + one).is_linear_somewhere()
    assert not (x * x - y * y).is_linear_somewhere()
    assert "2 * {0: 1}" in repr(x + x)
    assert repr(x - x) == "0"
