"""Elements of arrays in Python text: `u[k]`, `U[:, w]`, `b_w[k]`, a new axis, and the length of an array."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autograder.formula import tree
from autograder.formula.python.calls import whole_number
from autograder.formula.tree import Node

if TYPE_CHECKING:
    from autograder.formula.python.expressions import Expressions


def read_length(reader: Expressions, node: ast.expr, axis: int, where: ast.expr) -> Node:
    """Read `len(y)` and `y.shape[0]` as a size of the problem."""
    within = reader.names.index_set(node.id) if isinstance(node, ast.Name) else None
    counted = next((item.last for item in reader.names.declarations.sets if item.name == within), None)
    is_size = counted is not None and reader.names.declarations.size(counted) is not None
    size = counted if is_size else reader.names.size_of(reader.read(node), axis)
    if size is None:
        raise reader.refuse("It is not clear which size this is; write its name.", where)
    return tree.Name(size, span=reader.span(where))


def read_element(reader: Expressions, node: ast.Subscript) -> Node:
    """Read what square brackets pick."""
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        axis = whole_number(node.slice)
        return read_length(reader, node.value.value, 0 if axis is None else axis, node)
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    named = _layer(reader, node) or _drawn(reader, node, items)
    if named is not None:
        return named
    base = reader.read(node.value)
    if any(_is_newaxis(reader, item) for item in items):
        return _new_axis(reader, node, base, items)
    if isinstance(base, tree.Identity) and len(items) == 1:
        return tree.Basis(_position(reader, items[0]), span=reader.span(node))
    indices = tuple(_position(reader, item) for item in items)
    if len(indices) > 2:
        raise reader.refuse("Arrays here have one or two axes.", node)
    return tree.Indexed(base, indices, from_zero=True, span=reader.span(node))


def is_index(reader: Expressions, node: Node) -> bool:
    """Say whether this counts elements: an index, a size, a drawn word, and sums of these."""
    if isinstance(node, tree.Name):
        known = reader.names.declarations
        return node.name in reader.local or bool(known.index(node.name) or known.size(node.name))
    if isinstance(node, tree.Indexed):
        base = node.base
        families = reader.names.declarations.family(base.name) if isinstance(base, tree.Name) else ()
        return any(family.values is not None for family in families)
    if isinstance(node, tree.Sum):
        return is_index(reader, node.terms[0]) and all(is_index(reader, term) for term in node.terms)
    return is_index(reader, node.body) if isinstance(node, tree.Negate) else isinstance(node, tree.Number)


def _layer(reader: Expressions, node: ast.Subscript) -> Node | None:
    """Read `a[2]` as `a_2`, where only the layers are names of the problem."""
    layer = whole_number(node.slice)
    if not isinstance(node.value, ast.Name) or layer is None or reader.names.meaning(node.value.id, reader.local):
        return None
    return reader.names.meaning(f"{node.value.id}_{layer}", reader.local)


def _drawn(reader: Expressions, node: ast.Subscript, items: list[ast.expr]) -> Node | None:
    """Read `b_w[k]` as the element of the k-th drawn word, which other people write as `b[w[k]]`."""
    base, _, index = (node.value.id if isinstance(node.value, ast.Name) else "").rpartition("_")
    families = reader.names.declarations.family
    is_drawn = any(family.values is not None for family in families(index)) and index not in reader.local
    if not is_drawn or not families(base) or len(items) != 1 or reader.names.declarations.index(index) is not None:
        return None
    word = tree.Indexed(tree.Name(index), (_position(reader, items[0]),), from_zero=True, span=reader.span(node))
    return tree.Indexed(tree.Name(base), (word,), span=reader.span(node))


def _position(reader: Expressions, node: ast.expr) -> Node:
    if isinstance(node, ast.Slice):
        if node.lower is node.upper is node.step is None:
            return tree.Everything(span=reader.span(node))
        raise reader.refuse("Only a whole axis `:` or one index is read here, not a range.", node)
    if isinstance(node, (ast.UnaryOp, ast.List)):
        raise reader.refuse("An index is one name or one number from 0 on.", node)
    found = reader.read(node)
    if not is_index(reader, found):
        # `a_1[1 - a_1]` is a product with square brackets
        raise reader.refuse("This is no index of the problem; write a product with `*` and round brackets.", node)
    return found


def _is_newaxis(reader: Expressions, node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "newaxis":
        return reader.dotted(node) is not None
    return isinstance(node, ast.Constant) and node.value is None


def _new_axis(reader: Expressions, node: ast.Subscript, base: Node, items: list[ast.expr]) -> Node:
    shape = tuple("new" if _is_newaxis(reader, item) else "all" if _is_all(item) else "?" for item in items)
    how = {("all", "new"): "newaxis1", ("new", "all"): "newaxis0", ("new",): "newaxis0"}.get(shape)
    if how is None:
        raise reader.refuse("A vector becomes a column as `x[:, None]`, a row as `x[None, :]`.", node)
    return tree.Recast(base, how, span=reader.span(node))


def _is_all(node: ast.expr) -> bool:
    whole = isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None
    return whole or (isinstance(node, ast.Constant) and node.value is Ellipsis)
