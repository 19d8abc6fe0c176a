"""Values as nested lists of numbers: a number, a list (flat vector) or a list of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.formula.values.scalars import Scalar

Value = Any
"""Scalar | list[Scalar] | list[list[Scalar]]"""


class UndefinedError(ArithmeticError):
    """Raised where a formula has no value: an index out of its range, a case that is not covered."""


def pick(line: Sequence[Value], place: int | None) -> Value:
    if place is None:
        return line[0]
    if not 0 <= place < len(line):
        raise UndefinedError("an index is out of its range")
    return line[place]


def flat(value: Value) -> list[Scalar]:
    if not isinstance(value, list):
        return [value]
    return [entry for row in value for entry in row] if value and isinstance(value[0], list) else value


def like(model: Value, entries: Sequence[Scalar]) -> Value:
    """Arrange entries as a value is arranged."""
    if not isinstance(model, list):
        return entries[0]
    if not isinstance(model[0], list):
        return list(entries)
    width = len(model[0])
    return [list(entries[start:start + width]) for start in range(0, len(entries), width)]


def transposed(value: Value) -> Value:
    return [list(column) for column in zip(*value, strict=True)]


def as_rank(product: list[list[Scalar]], rank: int, rows: bool) -> Value:
    if rank == 2:
        return product
    if rank == 0:
        return product[0][0]
    return product[0] if rows else [row[0] for row in product]


def entrywise(rule: Callable[[list[Scalar]], Scalar], *values: Value) -> Value:
    first = values[0]
    if not isinstance(first, list):
        return rule(list(values))
    if not isinstance(first[0], list):
        return [rule(list(entries)) for entries in zip(*values, strict=True)]
    return [[rule(list(entries)) for entries in zip(*rows, strict=True)] for rows in zip(*values, strict=True)]


def add_up(numbers: Sequence[Scalar]) -> Scalar:
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number
    return total


def multiply_up(numbers: Sequence[Scalar]) -> Scalar:
    total = numbers[0]
    for number in numbers[1:]:
        total = total * number
    return total


REDUCTIONS: Mapping[str, Callable[[Sequence[Scalar]], Scalar]] = {
    "sum": add_up, "prod": multiply_up, "max": max, "min": min, "mean": lambda line: add_up(line) / len(line),
}
TESTS: Mapping[str, Callable[[Scalar, Scalar], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}
