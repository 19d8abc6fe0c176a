"""What a line of Python text changes of an array: `y[o] = 1`, `delta[o] -= 1`, `dU[:, o] -= v_c`, `dx[x > 0] = 1`."""

from __future__ import annotations

import ast

from autograder.formula import tree
from autograder.formula.python.calls import number, product, total
from autograder.formula.python.expressions import Expressions
from autograder.formula.tree import Node, Span

ONLY_ADDED = "An entry may be added to or subtracted from here: `delta[o] -= 1`."
ONLY_ONE_SET = "Only one entry of a vector may be set here: `y[o] = 1`."


def read_change(reader: Expressions, target: ast.Subscript, sign: ast.operator | None, value: ast.expr) -> Node:
    """Return what an array is after its entries at `target` changed; sign: None where they are set.

    Raises Unreadable where this is no change of one entry, one column, or of all entries that meet a condition.
    """
    before, span = reader.read_line(target.value), reader.span(target)
    if isinstance(target.slice, (ast.Compare, ast.BoolOp)):
        condition, change = reader.read_condition(target.slice), reader.read_line(value)
        after = _combined(reader, before, sign, change, target)
        return tree.Cases((tree.Branch(after, condition), tree.Branch(before, None)), span=span)
    placed = placed_change(reader, target, before, value)
    if sign is not None:
        return total((before, with_sign(reader, sign, placed, target)), span)
    if is_zeros(before):
        return placed
    entry = reader.read_line(target)
    if not isinstance(entry, tree.Indexed) or len(entry.indices) != 1 or axes_of(reader, before) == 2:
        raise reader.refuse(ONLY_ONE_SET, target)
    change = total((reader.read_line(value), tree.Negate(entry, span=span)), span)
    return total((before, product((change, tree.Basis(entry.indices[0], span=span)), ("py*",), span)), span)


def placed_change(reader: Expressions, target: ast.Subscript, before: Node, value: ast.expr) -> Node:
    """Return an array that is zero but for a value at the place of `target`."""
    if isinstance(before, tree.Number):
        raise reader.refuse("This is a number and has no entries; begin with `np.zeros(...)`.", target)
    change, span = reader.read_line(value), reader.span(target)
    items = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    whole = [isinstance(item, ast.Slice) and item.lower is item.upper is item.step is None for item in items]
    if whole in ([False, True], [True, False]) or (whole == [False] and axes_of(reader, before) == 2):
        place = tree.Basis(reader.read_line(items[whole.index(False)]), span=span)
        factors = (change, place) if whole[0] else (place, change)
        return product(factors, ("otimes",), span)
    if whole != [False]:
        raise reader.refuse(ONLY_ONE_SET, target)
    place = tree.Basis(reader.read_line(items[0]), span=span)
    return place if change == number(1) else product((change, place), ("py*",), span)


def with_sign(reader: Expressions, sign: ast.operator, change: Node, where: ast.expr) -> Node:
    """Return what `+=` or `-=` adds."""
    if not isinstance(sign, (ast.Add, ast.Sub)):
        raise reader.refuse(ONLY_ADDED, where)
    return tree.Negate(change, span=change.span) if isinstance(sign, ast.Sub) else change


def is_zeros(node: Node) -> bool:
    """Say whether this is `np.zeros(...)`."""
    return node == number(0) or (isinstance(node, tree.Product) and node.factors[0] == number(0))


def axes_of(reader: Expressions, node: Node) -> int | None:
    """Return how many axes an array has, where its names tell."""
    if isinstance(node, tree.Name):
        symbol = reader.names.declarations.symbol(node.name)
        return len(symbol.shape) if symbol is not None else None
    if isinstance(node, tree.Product) and "otimes" in node.operators:
        return 2
    if isinstance(node, tree.Product) and is_zeros(node):
        return axes_of(reader, node.factors[-1])
    if isinstance(node, tree.Sum):
        return axes_of(reader, node.terms[0])
    return axes_of(reader, node.body) if isinstance(node, (tree.Transpose, tree.Negate)) else None


def _combined(
    reader: Expressions, before: Node, sign: ast.operator | None, change: Node, where: ast.Subscript
) -> Node:
    span: Span = reader.span(where)
    if sign is None:
        return change
    if isinstance(sign, ast.Mult):
        return product((before, change), ("py*",), span)
    return total((before, with_sign(reader, sign, change, where)), span)
