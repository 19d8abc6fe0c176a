"""Type, shape, dtype, finite, value: in this order, and nothing broadcasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.checks.comparison import Rung, compare, fits_shape

VECTOR = np.array([1.0, -2.0, 3.0])
MATRIX = np.arange(6.0).reshape(2, 3) + 1

# (value, expected, rung)
TABLE = [
    (None, VECTOR, Rung.TYPE),
    ("text", VECTOR, Rung.TYPE),
    (np.array([]), VECTOR, Rung.SHAPE),
    (np.array(1.0), VECTOR, Rung.SHAPE),
    (np.ones((3, 3)), VECTOR, Rung.SHAPE),
    (MATRIX.T, MATRIX, Rung.SHAPE),
    (np.ones((1, 6)), MATRIX, Rung.SHAPE),
    (np.array(["1", "2", "3"]), VECTOR, Rung.DTYPE),
    (VECTOR.astype(complex), VECTOR, Rung.DTYPE),
    (np.array([1.0, np.nan, 3.0]), VECTOR, Rung.FINITE),
    (np.array([1.0, -2.0, np.inf]), VECTOR, Rung.FINITE),
    (VECTOR * (1 + 2e-5), VECTOR, Rung.VALUE),
    (np.zeros(3), VECTOR, Rung.VALUE),
    (VECTOR * (1 + 1e-7), VECTOR, Rung.RIGHT),
    (VECTOR.astype(np.float32), VECTOR, Rung.RIGHT),
    (VECTOR.astype(np.int64), VECTOR, Rung.RIGHT),
    (VECTOR.reshape(1, 3), VECTOR, Rung.RIGHT),
    (VECTOR.reshape(3, 1), VECTOR, Rung.RIGHT),
    (np.array([2.5]), np.array(2.5), Rung.RIGHT),
    (np.array([True, False]), np.array([1.0, 0.0]), Rung.RIGHT),
    (np.zeros(2), np.zeros(2), Rung.RIGHT),
    (np.full(2, 1e-9), np.zeros(2), Rung.VALUE),
]


@pytest.mark.parametrize(("value", "expected", "rung"), TABLE)
def test_rungs(value: object, expected: np.ndarray, rung: Rung) -> None:
    assert compare(value, "", expected, 1e-6).rung is rung


def test_the_worst_entry_is_named() -> None:
    actual = MATRIX.copy()
    actual[1, 2] += 1
    actual[0, 1] += 0.5
    comparison = compare(actual, "ndarray", MATRIX, 1e-6)
    assert comparison.worst == (1, 2)
    assert comparison.relative_error == pytest.approx(1 / 6)


def test_an_exact_output_allows_nothing() -> None:
    assert compare(np.array(46), "int", np.array(46.0), 1e-6, exact=True).is_right
    assert not compare(np.array(46.0000001), "float", np.array(46.0), 1e-6, exact=True).is_right


arrays = hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=4), elements=st.floats(-1e6, 1e6))


@given(arrays, st.floats(1e-3, 1e300))
def test_no_value_can_widen_the_tolerance(expected: np.ndarray, size: float) -> None:
    scale = max(float(np.abs(expected).max()), 1e-5)
    actual = expected.copy()
    actual.flat[0] += size * scale
    assert not compare(actual, "", expected, 1e-6).is_right


@given(hnp.array_shapes(max_dims=3, max_side=4), hnp.array_shapes(max_dims=3, max_side=4))
def test_shapes_that_fit_hold_the_same_number_of_entries(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    assert fits_shape(a, a)
    assert not fits_shape(a, b) or np.prod(a) == np.prod(b)
