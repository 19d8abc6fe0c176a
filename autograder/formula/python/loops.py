"""Comprehensions in Python text: sums and products over an index, and arrays listed element by element."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.python.calls import number, total
from autograder.formula.python.identifiers import spelled_out
from autograder.formula.tree import Node

if TYPE_CHECKING:
    from autograder.formula.python.expressions import Expressions

MAX_LISTED = 24
"""Values that may be listed one by one, as the lengths of sentences."""

Loop = ast.GeneratorExp | ast.ListComp


class _Bound(Struct, frozen=True):
    """A loop variable: its binder, what names mean in its body, and whether it counts from 0 as Python does."""

    binder: tree.Binder
    meanings: Mapping[str, Node]
    from_zero: bool = False


def read_loop(reader: Expressions, node: Loop, operator: str) -> Node:
    """Read `body for k in range(K) if condition` as a sum or product over k."""
    listed = _listed_values(node)
    if listed is not None:
        terms = tuple(_with_value(reader, node, value) for value in listed)
        if len(terms) == 1:
            return terms[0]
        if operator == "sum":
            return total(terms, reader.span(node))
        return tree.Product(terms, ("py*",) * (len(terms) - 1), span=reader.span(node))
    bounds: list[_Bound] = []
    conditions: list[Node] = []
    for loop in node.generators:
        bounds.append(_bound(reader, loop))
        reader = reader.knowing(bounds[-1].meanings)
        conditions += [reader.read_condition(test) for test in loop.ifs]
    body = reader.read(node.elt)
    for loop, bound in zip(node.generators, bounds, strict=True):
        if bound.from_zero and _counts(body, bound.binder.index):
            sentence = "This index is used as a number, and Python counts from 0; use it to pick elements only."
            raise reader.refuse(sentence, loop.target, "ambiguous")
    return tree.Big(operator, tuple(bound.binder for bound in bounds), tuple(conditions), body, span=reader.span(node))


def read_listed(reader: Expressions, node: Loop) -> Node:
    """Read `[f(w) for w in range(V)]` as the array of its first element, dots, and its last."""
    span = reader.span(node)
    if len(node.generators) != 1 or node.generators[0].ifs:
        raise reader.refuse("An array is listed over one index, without a condition.", node)
    bound = _bound(reader, node.generators[0])
    first, last = bound.binder.first, bound.binder.last
    if first != number(1) or last is None or bound.binder.index is None:
        raise reader.refuse("An array is listed over all values of an index, as `for w in range(V)`.", node)
    cells = [reader.knowing({bound.binder.index: value}).read(node.elt) for value in (first, number(2), last)]
    return tree.Matrix((tree.Row((*cells[:2], tree.Dots(span=span), cells[2]), span=span),), span=span)


def _listed_values(node: Loop) -> list[ast.expr] | None:
    """Return the numbers of `for n in [7, 8, 11]`."""
    over = node.generators[0].iter
    if len(node.generators) != 1 or node.generators[0].ifs or not isinstance(over, (ast.List, ast.Tuple)):
        return None
    is_short = 0 < len(over.elts) <= MAX_LISTED
    return over.elts if is_short and all(isinstance(value, ast.Constant) for value in over.elts) else None


def _with_value(reader: Expressions, node: Loop, value: ast.expr) -> Node:
    name = _index_name(reader, node.generators[0].target)
    return reader.knowing({name: reader.read(value)}).read(node.elt)


def _index_name(reader: Expressions, node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise reader.refuse("A sum runs over one index, as `for k in range(K)`.", node)
    return spelled_out(reader.source.written(node))


def _bound(reader: Expressions, loop: ast.comprehension) -> _Bound:
    over, target = loop.iter, loop.target
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Name):
        if over.func.id == "range":
            return _range(reader, _index_name(reader, target), over)
        if over.func.id == "enumerate" and len(over.args) == 1 and isinstance(target, ast.Tuple):
            return _enumerated(reader, target, over.args[0])
    within = reader.names.index_set(reader.source.written(over)) if isinstance(over, ast.Name) else None
    if within is None:
        raise reader.refuse("Say what the index runs over with `range(...)` or the name of an index set.", over)
    name = _index_name(reader, target)
    span = reader.span(target)
    element = reader.names.meaning(name, reader.local)
    if isinstance(element, tree.Indexed) and isinstance(element.indices[0], tree.Name):
        # `for u_k in negatives`: the elements by name
        index = element.indices[0].name
        return _Bound(tree.Binder(index, within=within, span=span), {name: element, index: tree.Name(index)})
    return _Bound(tree.Binder(name, within=within, span=span), {name: tree.Name(name)})


def _enumerated(reader: Expressions, target: ast.Tuple, over: ast.expr) -> _Bound:
    """Read `for k, u_k in enumerate(negatives)`, where the second name already says what it means."""
    if len(target.elts) != 2:
        raise reader.refuse("Write this sum over `range(...)`, and pick the elements by their index.", target)
    name, other = (_index_name(reader, element) for element in target.elts)
    known = reader.knowing({name: tree.Name(name)})
    meaning = reader.names.meaning(other, known.local)
    within = reader.names.index_set(reader.source.written(over)) if isinstance(over, ast.Name) else None
    if within is None or not isinstance(meaning, tree.Indexed) or meaning.indices[-1] != tree.Name(name):
        raise reader.refuse("Write this sum over `range(...)`, and pick the elements by their index.", over)
    binder = tree.Binder(name, within=within, span=reader.span(target))
    return _Bound(binder, {name: tree.Name(name), other: meaning}, from_zero=True)


def _range(reader: Expressions, index: str, call: ast.Call) -> _Bound:
    """Read `range(K)`: as many values as in Python, counted from 1 as the elements of the problem are."""
    if len(call.args) not in (1, 2) or call.keywords:
        raise reader.refuse("`range` takes one or two bounds here.", call)
    end = reader.read(call.args[-1])
    first = reader.read(call.args[0]) if len(call.args) == 2 else number(0)
    from_zero = first == number(0)
    first, last = (number(1), end) if from_zero else (first, _one_less(end))
    return _Bound(tree.Binder(index, first, last, span=reader.span(call)), {index: tree.Name(index)}, from_zero)


def _counts(node: Node, index: str | None) -> bool:
    """Whether an index takes part in arithmetic, and not only picks elements."""
    if isinstance(node, tree.Indexed):
        return _counts(node.base, index)
    if isinstance(node, tree.Compare):
        return False
    return node == tree.Name(index or "") or any(_counts(child, index) for child in tree.children(node))


def _one_less(end: Node) -> Node:
    """Return the last value of a range that stops before `end`."""
    if isinstance(end, tree.Number):
        return replace(end, value=end.value - 1)
    if isinstance(end, tree.Sum) and end.terms[-1] == number(1):
        return end.terms[0] if len(end.terms) == 2 else replace(end, terms=end.terms[:-1])
    terms = end.terms if isinstance(end, tree.Sum) else (end,)
    return tree.Sum((*terms, tree.Negate(number(1))), span=end.span)
