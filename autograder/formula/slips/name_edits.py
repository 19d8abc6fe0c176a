"""Edits of a whole formula, of its names and of its sums: what may wrongly stand in the place of each."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.slips.arithmetic_edits import ONE, TWO, ZERO, Edit, Setting, negative, times, without_factor
from autograder.formula.tree import Node

# The whole formula


def negated(node: Node, setting: Setting) -> Iterator[Edit]:
    yield Edit(node, negative(node))


def transposed(node: Node, setting: Setting) -> Iterator[Edit]:
    yield Edit(node, node.body if isinstance(node, tree.Transpose) else tree.Transpose(node))


def doubled(node: Node, setting: Setting) -> Iterator[Edit]:
    yield Edit(node, times(TWO, node))
    yield Edit(node, tree.Divide(node, TWO))


def summed(node: Node, setting: Setting) -> Iterator[Edit]:
    for index in setting.free:
        yield Edit(node, tree.Big("sum", (tree.Binder(index),), (), node))


def multiplied(node: Node, setting: Setting) -> Iterator[Edit]:
    for symbol in setting.declarations.symbols:
        if not symbol.shape:
            name = tree.Name(symbol.name)
            yield Edit(name, times(node, name))


def by_another_variable(node: Node, setting: Setting) -> Iterator[Edit]:
    declared = setting.declarations
    places: list[Node] = [tree.Name(symbol.name) for symbol in declared.symbols if symbol.definition is None]
    for family in declared.families:
        if family.values is None and family.definition is None and len(family.indices) == 1:
            over = {index.name: index.over for index in declared.indices}
            for index in declared.indices:
                if index.role != "dummy" and index.over == over.get(family.indices[0]):
                    places.append(tree.Indexed(tree.Name(family.name), (tree.Name(index.name),)))
    for loss in declared.losses:
        if loss.definition is not None:
            for place in places:
                yield Edit(node, tree.Derivative(tree.Name(loss.name), place))


def differentiated(node: Node, setting: Setting) -> Iterator[Edit]:
    """A chain that goes on with the derivative of its last side, as if it were equal to it."""
    if setting.is_step and not isinstance(node, tree.Derivative):
        names = {inner.name for inner in tree.walk(node) if isinstance(inner, tree.Name)}
        for symbol in setting.declarations.symbols:
            if symbol.name in names and symbol.definition is None:
                yield Edit(node, tree.Derivative(node, tree.Name(symbol.name)))


def not_differentiated(node: Node, setting: Setting) -> Iterator[Edit]:
    names = {inner for inner in tree.walk(node) if isinstance(inner, tree.Name)}
    functions = {inner.function for inner in tree.walk(node) if isinstance(inner, tree.Apply)}
    functions |= {function.name for function in setting.declarations.functions if function.definition is not None}
    if len(names) <= 2:
        for function in sorted(functions):
            for name in sorted(names, key=lambda item: item.name):
                yield Edit(node, tree.Apply(function, (name,)))


# Names


def other_index(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Indexed) and len(node.indices) == 1 and isinstance(node.indices[0], tree.Name):
        for index in setting.declarations.indices:
            is_known = index.role == "fixed" or index.name in setting.bound or index.name in setting.free
            if is_known and index.name != node.indices[0].name:
                yield Edit(node, replace(node, indices=(tree.Name(index.name),)))


def other_symbol(node: Node, setting: Setting) -> Iterator[Edit]:
    declared = setting.declarations
    if isinstance(node, tree.Name):
        own = declared.symbol(node.name)
        shape = own.shape if own is not None else None
    elif isinstance(node, tree.Indexed) and isinstance(node.base, tree.Name) and declared.family(node.base.name):
        shape = declared.family(node.base.name)[0].shape
    else:
        return
    for symbol in declared.symbols:
        if symbol.shape == shape and node != tree.Name(symbol.name):
            yield Edit(node, tree.Name(symbol.name))
    for family in declared.families:
        if family.shape == shape and family.values is None and len(family.indices) == 1:
            yield from (Edit(node, other) for other in _elements(family.name, node, setting))


def _elements(family: str, node: Node, setting: Setting) -> Iterator[Node]:
    indices = node.indices if isinstance(node, tree.Indexed) else ()
    names = [index.name for index in setting.declarations.indices if index.role != "dummy"]
    for index in (*indices, *(tree.Name(name) for name in names if tree.Name(name) not in indices)):
        other = tree.Indexed(tree.Name(family), (index,))
        if other != node and not (isinstance(node, tree.Indexed) and node.base == other.base):
            yield other


def other_wrt(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Derivative):
        for atom in setting.declarations.atoms:
            if setting.declarations.symbol(atom.wrt) and node.wrt != tree.Name(atom.wrt):
                yield Edit(node, replace(node, wrt=tree.Name(atom.wrt)))


# Sums and cases


def sum_dropped(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Big):
        yield Edit(node, node.body)


def other_set(node: Node, setting: Setting) -> Iterator[Edit]:
    if not isinstance(node, tree.Big) or len(node.binders) != 1:
        return
    binder = node.binders[0]
    for other in setting.declarations.sets:
        if other.name != binder.within:
            yield Edit(node, replace(node, binders=(tree.Binder(binder.index, within=other.name),)))
    for condition in node.conditions:
        if not _excludes_zero(condition):
            rest = tuple(item for item in node.conditions if item is not condition)
            yield Edit(node, replace(node, conditions=rest))
    if isinstance(binder.first, tree.Negate):
        yield Edit(node, replace(node, binders=(replace(binder, first=ONE),)))
        yield Edit(node, replace(node, binders=(replace(binder, last=tree.Negate(ONE)),)))


def centre_counted(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Big):
        for condition in node.conditions:
            if _excludes_zero(condition):
                rest = tuple(item for item in node.conditions if item is not condition)
                yield Edit(node, replace(node, conditions=rest))


def _excludes_zero(condition: Node) -> bool:
    if not isinstance(condition, tree.Compare) or condition.operator != "!=":
        return False
    return ZERO in (condition.left, condition.right)


def product_for_sum(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Big) and node.operator == "sum":
        yield Edit(node, replace(node, operator="prod"))


def mean_for_sum(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Big) and node.operator == "sum":
        for size in setting.declarations.sizes:
            yield Edit(node, tree.Divide(node, tree.Name(size.name)))


def sum_for_mean(node: Node, setting: Setting) -> Iterator[Edit]:
    sizes = {tree.Name(size.name) for size in setting.declarations.sizes}
    if isinstance(node, tree.Divide) and node.denominator in sizes:
        yield Edit(node, node.numerator)
    if isinstance(node, tree.Product):
        for position, factor in enumerate(node.factors):
            if isinstance(factor, tree.Divide) and factor.numerator == ONE and factor.denominator in sizes:
                yield Edit(factor, without_factor(node, position))


def cases_exchanged(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Cases) and len(node.branches) == 2:
        first, second = node.branches
        branches = (replace(first, value=second.value), replace(second, value=first.value))
        yield Edit(node, replace(node, branches=branches))


def one_case(node: Node, setting: Setting) -> Iterator[Edit]:
    if not isinstance(node, tree.Cases):
        return
    scalars = [tree.Name(symbol.name) for symbol in setting.declarations.symbols if not symbol.shape]
    for position, branch in enumerate(node.branches):
        for value in (ZERO, ONE, *scalars):
            if value != branch.value:
                new = replace(branch, value=value)
                branches = (*node.branches[:position], new, *node.branches[position + 1:])
                yield Edit(branch, replace(node, branches=branches))
