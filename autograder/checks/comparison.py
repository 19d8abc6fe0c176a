"""One returned value against the reference: type, shape, dtype, finite, value, in this order.

Nothing broadcasts. The tolerance scales with the reference only, so no student's value can widen it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

# An expected value of exactly 0 has no scale of its own; rounding leaves at most this much.
_ZERO_TOLERANCE = 1e-12


class Rung(IntEnum):
    """How far up a value got; each rung needs the ones before it."""

    TYPE = 1
    SHAPE = 2
    DTYPE = 3
    FINITE = 4
    VALUE = 5
    RIGHT = 6


class Comparison(Struct, frozen=True):
    """How one output of one case compares."""

    rung: Rung
    """The first rung that failed, or RIGHT."""
    actual: Array | None
    """The student's numbers as float64: in the expected shape from the rung FINITE on, in their own at SHAPE."""
    expected: Array
    actual_shape: tuple[int, ...] | None = None
    actual_type: str = ""
    relative_error: float = 0.0
    """The worst entry's error as a share of the largest expected entry."""
    worst: tuple[int, ...] = ()
    """Index of the worst entry, or of the first that is not finite."""

    @property
    def is_right(self) -> bool:
        return self.rung is Rung.RIGHT

    @property
    def has_extra_axes(self) -> bool:
        """Whether the shape differs from the asked one by axes of length 1 only."""
        return self.actual_shape is not None and self.actual_shape != self.expected.shape


def compare(value: Any, type_name: str, expected: Array, tolerance: float, *, exact: bool = False) -> Comparison:
    """Compare a returned value with the reference.

    value: what came over the wire: a plain ndarray, or None where it was no array of numbers.
    tolerance: allowed error as a share of the largest expected entry; exact: none at all.
    """
    expected = np.asarray(expected, dtype=np.float64)
    if not isinstance(value, np.ndarray):
        return Comparison(Rung.TYPE, None, expected, None, type_name)
    shape = value.shape
    is_real = value.dtype.kind in "fiub"
    if not fits_shape(shape, expected.shape):
        return Comparison(Rung.SHAPE, value.astype(np.float64) if is_real else None, expected, shape, type_name)
    if not is_real:
        return Comparison(Rung.DTYPE, None, expected, shape, str(value.dtype))
    actual = value.astype(np.float64).reshape(expected.shape)
    finite = np.isfinite(actual)
    if not finite.all():
        return Comparison(Rung.FINITE, actual, expected, shape, type_name, float("inf"), _first(~finite))
    scale = float(np.abs(expected).max(initial=0.0))
    allowed = 0.0 if exact else max(tolerance * scale, _ZERO_TOLERANCE)
    with np.errstate(over="ignore"):
        error = np.abs(actual - expected)
        relative = float(error.max(initial=0.0) / np.float64(scale or 1.0))
    worst = _first(error == error.max()) if error.size else ()
    is_right = bool((error <= allowed).all())
    return Comparison(Rung.RIGHT if is_right else Rung.VALUE, actual, expected, shape, type_name, relative, worst)


def fits_shape(actual: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    """Whether the shapes are the same up to axes of length 1: then every entry has one place, and none is repeated."""
    return _long_axes(actual) == _long_axes(expected)


def _long_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _first(where: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(where)), where.shape)) if where.ndim else ()
