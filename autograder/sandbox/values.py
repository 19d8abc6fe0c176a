"""What student code returned, converted exactly once to plain arrays. Runs in the worker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from autograder.sandbox.wire import DTYPES, clean_text

MAX_VALUES = 64
_MAX_NESTING = 16
_MAX_ITEMS = 4_000_000
_asarray, _array, _ndarray, _generic, _dtype = np.asarray, np.array, np.ndarray, np.generic, np.dtype
_class_name = type.__dict__["__name__"].__get__


def type_name(value: object) -> str:
    """Return the name of the value's class, whatever the class says about itself."""
    return type_name_of_class(type(value))


def type_name_of_class(kind: type) -> str:
    """Return the name of a class, whatever its metaclass says."""
    return clean_text(_class_name(kind), 60) or "?"


def split_result(result: Any, outputs: int | None) -> tuple[list[Any], list[str] | None]:
    """Return the values that a call returned and, for a dict, their keys.

    outputs: how many are expected. A tuple is always taken apart unless one value is expected, a list only if
    it has as many items as expected: `[loss, grad]` is two values, `[0.1, 0.2]` an answer typed as a list.
    """
    if isinstance(result, dict):
        items = list(islice(dict.items(result), MAX_VALUES))
        return [value for _, value in items], [clean_text(key, 100) for key, _ in items]
    if isinstance(result, tuple) and outputs != 1:
        return list(islice(iter(result), MAX_VALUES)), None
    if isinstance(result, list) and outputs not in (None, 1):
        items = list(islice(iter(result), MAX_VALUES))
        if len(items) == outputs:
            return items, None
    return [result], None


def describe_all(items: list[Any], max_bytes: int) -> list[dict[str, Any]]:
    """Describe each value; the arrays of all together take at most `max_bytes`."""
    reports = []
    for item in items:
        report = describe(item, max_bytes)
        if report["array"] is not None:
            max_bytes -= report["array"].nbytes
        reports.append(report)
    return reports


def describe(value: Any, max_bytes: int) -> dict[str, Any]:
    """Return a message about `value`: its array if it is numeric, else what it is instead.

    problem: none, text, object, ragged, deep, large or error; absent for a numeric value.
    """
    report: dict[str, Any] = {"type": type_name(value), "array": None, "dtype": "", "shape": None, "problem": None}
    if value is None or isinstance(value, (str, bytes)):
        report["problem"] = "none" if value is None else "text"
        return report
    if isinstance(value, (list, tuple)) and (fault := _fault_of_nested(value)):
        report["problem"] = fault
        return report
    try:
        array = _convert(value)
    except (MemoryError, RecursionError):
        raise
    except ValueError as error:
        report["problem"] = "ragged" if isinstance(value, (list, tuple)) else "error"
        report["note"] = clean_text(str(error), 200)
        return report
    except Exception as error:  # __array__ of a student's class may raise anything
        report["problem"], report["note"] = "error", type_name(error)
        return report
    report["dtype"], report["shape"] = array.dtype.name[:40], list(array.shape)
    report["array"], report["problem"] = _plain(array, max_bytes)
    return report


def _convert(value: Any) -> np.ndarray[Any, Any]:
    if isinstance(value, _ndarray):
        # `view` and `copy` of the base class: a subclass's own methods are never asked.
        return _ndarray.copy(_ndarray.view(value, _ndarray))
    if isinstance(value, (bool, int, float, complex, _generic, list, tuple)):
        return _asarray(value)
    if hasattr(value, "detach"):  # a tensor that carries a gradient refuses to become an array
        value = value.detach().cpu().numpy()
    return _array(_asarray(value), copy=True, subok=False)


def _plain(array: np.ndarray[Any, Any], max_bytes: int) -> tuple[np.ndarray[Any, Any] | None, str | None]:
    if array.dtype.kind in "USM" or array.dtype.kind == "m":
        return None, "text" if array.dtype.kind in "US" else "object"
    if array.ndim > _MAX_NESTING:
        return None, "deep"
    if array.nbytes > max_bytes:
        return None, "large"
    if array.dtype.newbyteorder("<").str in DTYPES:
        return array, None
    if array.dtype.kind == "f":
        return array.astype(_dtype("<f8")), None  # long double
    if array.dtype.kind == "c":
        return array.astype(_dtype("<c16")), None
    return None, "object"


def _fault_of_nested(value: list[Any] | tuple[Any, ...]) -> str | None:
    """Walk nested lists without recursion. Return what makes them no array."""
    stack: list[Iterator[Any]] = [iter(value)]
    seen = 0
    while stack:
        for item in stack[-1]:
            seen += 1
            if seen > _MAX_ITEMS:
                return "large"
            if isinstance(item, (str, bytes)):
                return "text"
            if isinstance(item, (list, tuple)):
                if len(stack) >= _MAX_NESTING:
                    return "deep"
                stack.append(iter(item))
                break
        else:
            stack.pop()
    return None
