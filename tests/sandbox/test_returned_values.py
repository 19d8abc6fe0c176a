"""What student code may return, and what is sent of it."""

from __future__ import annotations

import decimal
import fractions
from typing import Any

import numpy as np
import pytest

from autograder.sandbox.values import describe, describe_all, split_result, type_name

MANY = 1 << 20


class Subclass(np.ndarray[Any, Any]):
    """Lies in every way that a subclass can."""

    shape = property(lambda self: (9, 9))  # type: ignore[assignment]

    def __array_finalize__(self, source: object) -> None:
        pass

    def __array__(self, *args: object, **kwargs: object) -> Any:
        return np.full((3,), 7.0)

    def copy(self, *args: object) -> Any:
        return np.full((3,), 8.0)


class Convertible:
    def __array__(self, dtype: object = None, copy: object = None) -> Any:
        return np.arange(3.0)


class Refusing:
    def __array__(self, dtype: object = None, copy: object = None) -> Any:
        raise KeyboardInterrupt if dtype else ArithmeticError("no")


class Tensor:
    """Like a torch tensor that carries a gradient."""

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return np.arange(2.0)


NUMERIC = [
    (np.arange(3.0), np.arange(3.0), "float64"),
    (3, np.array(3), "int64"),
    (2.5, np.array(2.5), "float64"),
    (True, np.array(True), "bool"),
    (1 + 2j, np.array(1 + 2j), "complex128"),
    (np.float32(1.5), np.array(1.5, np.float32), "float32"),
    ([[1, 2], [3, 4.5]], np.array([[1, 2], [3, 4.5]]), "float64"),
    ((1, 2), np.array([1, 2]), "int64"),
    ([], np.array([]), "float64"),
    ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], np.array([[1.0, 2.0], [3.0, 4.0]]), "float64"),
    (np.array([[1, 2]]).view(np.matrix), np.array([[1, 2]]), "int64"),
    (np.ma.masked_array([1.0, 2.0], [False, True]), np.array([1.0, 2.0]), "float64"),
    (np.arange(4.0).view(Subclass), np.arange(4.0), "float64"),
    (Convertible(), np.arange(3.0), "float64"),
    (Tensor(), np.arange(2.0), "float64"),
    (np.longdouble(1.5), np.array(1.5), np.dtype(np.longdouble).name),
    (np.array([1.0], ">f8"), np.array([1.0]), "float64"),
]


@pytest.mark.parametrize(("value", "array", "dtype"), NUMERIC, ids=[type_name(row[0]) + str(n) for n, row in enumerate(NUMERIC)])
def test_numeric_values_become_plain_arrays(value: Any, array: Any, dtype: str) -> None:
    report = describe(value, MANY)
    assert report["problem"] is None
    assert type(report["array"]) is np.ndarray
    np.testing.assert_array_equal(report["array"], array)
    assert report["array"].shape == array.shape
    assert (report["dtype"], report["type"]) == (dtype, type(value).__name__)


def nested(depth: int) -> Any:
    value: Any = 1.0
    for _ in range(depth):
        value = [value]
    return value


ODD = [
    (None, "none"), ("0.5", "text"), (["1", "2"], "text"), (np.array(["a"]), "text"), (b"1", "text"),
    ([1, [2, 3]], "ragged"), ({1, 2}, "object"), ({"a": 1}, "object"), ((i for i in [1]), "object"), (map(int, "12"), "object"),
    (decimal.Decimal(1), "object"), (fractions.Fraction(1, 3), "object"), (10**400, "object"), ([1.0, None], "object"),
    (np.array([1.0], object), "object"), (np.zeros(1, [("a", float)]), "object"), (np.datetime64("2020-01-01"), "object"),
    (print, "object"), (object(), "object"), (nested(40), "deep"), (nested(100_000), "deep"), (np.zeros(MANY), "large"),
    (Refusing(), "error"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "problem"), ODD, ids=[f"{type_name(v)}-{p}" for v, p in ODD])
def test_other_values_are_named_not_sent(value: Any, problem: str) -> None:
    report = describe(value, MANY)
    assert (report["problem"], report["array"]) == (problem, None)
    assert report["type"] == type_name(value)


def test_a_view_is_copied_so_that_a_thread_cannot_change_it_later() -> None:
    original = np.zeros(3)
    report = describe(original, MANY)
    original[:] = 1
    np.testing.assert_array_equal(report["array"], np.zeros(3))


def test_all_values_together_are_bounded() -> None:
    reports = describe_all([np.zeros(50), np.zeros(50), np.zeros(5)], 500)
    assert [report["problem"] for report in reports] == [None, "large", None]


@pytest.mark.parametrize(("result", "outputs", "count", "keys"), [
    ((1, 2, 3), None, 3, None), ((1, 2, 3), 3, 3, None), ((1, 2), 3, 2, None), ([1, 2, 3], 3, 3, None),
    ([1, 2, 3], None, 1, None), ([1, 2, 3], 2, 1, None), ((1, 2), 1, 1, None), ({"a": 1, "b": 2}, None, 2, ["a", "b"]),
    (7, 3, 1, None), (tuple(range(1000)), None, 64, None), ((), None, 0, None),
])  # fmt: skip
def test_results_are_taken_apart(result: Any, outputs: int | None, count: int, keys: list[str] | None) -> None:
    items, found = split_result(result, outputs)
    assert (len(items), found) == (count, keys)


def test_a_class_cannot_choose_what_it_is_called() -> None:
    class Meta(type):
        __name__ = "ndarray"  # type: ignore[assignment]

    kind = Meta("x" * 500, (), {})
    assert type_name(kind()) == "x" * 59 + "…"
