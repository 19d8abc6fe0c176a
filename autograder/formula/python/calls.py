"""A call in Python text: its arguments by name, and the building blocks of what it means."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from msgspec import Struct

from autograder.formula import tree
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node, Span


class Reader(Protocol):
    """The reader of expressions, as far as functions need it."""

    def read(self, node: ast.expr) -> Node: ...

    def read_condition(self, node: ast.expr) -> Node: ...

    def read_loop(self, node: ast.GeneratorExp | ast.ListComp, operator: str) -> Node: ...

    def read_count(self, node: ast.expr) -> Node | None: ...

    def read_array(self, node: ast.expr) -> Node: ...

    def refuse(self, sentence: str, node: ast.expr, reason: str = "syntax") -> Unreadable: ...


class Arguments(Struct, frozen=True):
    """The arguments of one call, by the parameter names of the function."""

    reader: Reader
    call: ast.Call
    name: str
    span: Span
    given: Mapping[str, ast.expr]

    def __contains__(self, parameter: str) -> bool:
        return parameter in self.given and not _is_none(self.given[parameter])

    def node(self, parameter: str) -> Node:
        return self.reader.read(self.given[parameter])

    def integer(self, parameter: str) -> int | None:
        """Return a whole number that is written out, or None where it is left out."""
        if parameter not in self:
            return None
        value = whole_number(self.given[parameter])
        if value is None:
            raise self.reader.refuse(f"`{parameter}` must be a whole number here.", self.given[parameter])
        return value

    def flag(self, parameter: str) -> bool:
        value = self.given.get(parameter)
        if value is None:
            return False
        if not (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
            raise self.reader.refuse(f"`{parameter}` must be True or False.", value)
        return value.value

    def sizes(self, parameter: str) -> tuple[Node, ...]:
        """Return the sizes of a shape, written as one number or as a tuple."""
        value = self.given[parameter]
        items = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
        return tuple(self.reader.read(item) for item in items)

    def refusal(self, sentence: str, reason: str = "syntax") -> Unreadable:
        return self.reader.refuse(sentence, self.call, reason)


Build = Callable[[Arguments], Node]


class Function(Struct, frozen=True):
    """Parameter names, those that may be left out with a `?`, and what a call means."""

    parameters: tuple[str, ...]
    build: Build


def bind(
    reader: Reader, function: Function, call: ast.Call, name: str, span: Span, values: Sequence[ast.expr]
) -> Node:
    """Return what a call of a function means; `values` are its positional arguments, with any `self`."""
    names = [parameter.rstrip("?") for parameter in function.parameters]
    if len(values) > len(names):
        most = f"{len(names)} argument{'s' * (len(names) > 1)}"
        raise reader.refuse(f"`{name}` takes at most {most} here.", values[len(names)])
    given = dict(zip(names, values, strict=False))
    for keyword in call.keywords:
        spelled = {"dim": "axis", "keepdim": "keepdims", "a": "x", "input": "x"}.get(keyword.arg or "", keyword.arg)
        if keyword.arg == "dtype":
            continue
        if spelled not in names or spelled in given:
            raise reader.refuse(f"`{name}` with `{keyword.arg or '**'}` is not read here.", keyword.value)
        given[spelled] = keyword.value
    missing = [parameter for parameter in function.parameters if parameter not in given and parameter[-1] != "?"]
    if missing:
        raise reader.refuse(f"`{name}` needs {len(missing)} more argument{'s' * (len(missing) > 1)}.", call)
    return function.build(Arguments(reader, call, name, span, given))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def whole_number(value: ast.expr) -> int | None:
    """Return the value of a whole number that is written out, None for anything else."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        inner = whole_number(value.operand)
        return None if inner is None else -inner
    if isinstance(value, ast.Constant) and type(value.value) is int:
        return value.value
    return None


def number(value: int) -> tree.Number:
    return tree.Number(Fraction(value))


def product(factors: Sequence[Node], operators: Sequence[str], span: Span) -> Node:
    """Return one product: a sign in front of its first factor goes before all, as mathematics has it."""
    first = factors[0]
    if not operators:
        return first
    if isinstance(first, tree.Negate):
        return tree.Negate(product([first.body, *factors[1:]], operators, span), span=span)
    if isinstance(first, tree.Product) and all(sign.startswith("py") for sign in (*first.operators, *operators)):
        factors, operators = [*first.factors, *factors[1:]], [*first.operators, *operators]
    return tree.Product(tuple(factors), tuple(operators), span=span)


def quotient(over: Node, under: Node, span: Span) -> Node:
    if isinstance(over, tree.Negate):
        return tree.Negate(tree.Divide(over.body, under, span=span), span=span)
    return tree.Divide(over, under, span=span)


def total(terms: Sequence[Node], span: Span) -> Node:
    """Return one sum; Python adds from left to right, so a first term that is a sum says nothing of its own."""
    first = terms[0]
    return tree.Sum((*(first.terms if isinstance(first, tree.Sum) else (first,)), *terms[1:]), span=span)
