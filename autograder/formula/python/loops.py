"""Comprehensions in Python text: sums and products over an index, and arrays listed element by element."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
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


class Bound(Struct, frozen=True):
    """A loop variable: its binder, what names mean in its body, and whether it counts from 0 as Python does."""

    binder: tree.Binder
    meanings: Mapping[str, Node]
    from_zero: bool = False


def read_loop(reader: Expressions, node: Loop, operator: str) -> Node:
    """Read `body for k in range(K) if condition` as a sum or product over k."""
    listed = listed_values(node.generators[0]) if len(node.generators) == 1 and not node.generators[0].ifs else None
    if listed is not None and lists_within([node.elt]):
        raise reader.refuse("A list of numbers within another is not read here; write the sum out.", node)
    if listed is not None:
        terms = tuple(_with_value(reader, node, value) for value in listed)
        if len(terms) == 1:
            return terms[0]
        if operator == "sum":
            return total(terms, reader.span(node))
        return tree.Product(terms, ("py*",) * (len(terms) - 1), span=reader.span(node))
    ranges = _joined_ranges(node.generators[0].iter)
    if len(ranges) > 1 and operator == "sum":
        first, *rest = node.generators
        loops = [ast.comprehension(first.target, over, first.ifs, first.is_async) for over in ranges]
        wholes = [ast.copy_location(ast.GeneratorExp(node.elt, [loop, *rest]), node) for loop in loops]
        return total([read_loop(reader, whole, operator) for whole in wholes], reader.span(node))
    bounds: list[Bound] = []
    conditions: list[Node] = []
    for loop in node.generators:
        bounds.append(bind_loop(reader, loop))
        reader = reader.knowing(bounds[-1].meanings)
        conditions += [reader.read_condition(test) for test in loop.ifs]
    body = reader.read(node.elt)
    for bound in bounds:
        body = with_words(reader, bound, body)
    for loop, bound in zip(node.generators, bounds, strict=True):
        check_counting(reader, bound, (body, *conditions), loop.target)
    return tree.Big(operator, tuple(bound.binder for bound in bounds), tuple(conditions), body, span=reader.span(node))


def _joined_ranges(over: ast.expr) -> list[ast.expr]:
    """Return the parts of `list(range(-m, 0)) + list(range(1, m + 1))` and of `[*range(-m, 0), *range(1, m + 1)]`."""
    if isinstance(over, ast.BinOp) and isinstance(over.op, ast.Add):
        return [*_joined_ranges(over.left), *_joined_ranges(over.right)]
    if isinstance(over, ast.List) and over.elts and all(isinstance(item, ast.Starred) for item in over.elts):
        return [item.value for item in over.elts if isinstance(item, ast.Starred)]
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id in ("list", "tuple", "reversed"):
        return _joined_ranges(over.args[0]) if len(over.args) == 1 and not over.keywords else [over]
    return [over]


def with_words(reader: Expressions, bound: Bound, node: Node) -> Node:
    """Read `B[:, n] for n in negatives` as the columns of the drawn words, where n counts the draws.

    A problem that reads u_k as the vector of the k-th drawn word everywhere (`through`) needs nothing of the kind.
    """
    known, name = reader.names.declarations, bound.binder.index
    drawn = next((family for family in known.families if family.values is not None and (
        index := known.index(family.indices[0])) is not None and index.over == bound.binder.within), None)
    if drawn is None or any(through.source == bound.binder.within for through in known.through):
        return node
    length = next((item.last for item in known.sets if item.name == drawn.values), None)
    word = tree.Indexed(tree.Name(drawn.name), (tree.Name(name or ""),), from_zero=True)

    def step(part: Node) -> Node:
        if not isinstance(part, tree.Indexed) or not isinstance(part.base, tree.Name):
            return part
        symbol = known.symbol(part.base.name)
        sizes = symbol.shape if symbol is not None else ()
        sizes = (length,) if len(part.indices) == 1 and length in sizes else sizes  # `B[n]`, stored by rows
        picked = [word if index == tree.Name(name or "") and size == length else index
                  for index, size in zip(part.indices, sizes, strict=False)]
        return replace(part, indices=(*picked, *part.indices[len(picked):]))

    return tree.rewrite(node, step)


def check_counting(reader: Expressions, bound: Bound, found: Iterable[Node], target: ast.expr) -> None:
    """Refuse an index that counts from 0 in Python and from 1 here, where that makes a difference."""
    if bound.from_zero and any(_counts(node, bound.binder.index) for node in found):
        sentence = "This index is used as a number, and Python counts from 0; use it to pick elements only."
        raise reader.refuse(sentence, target, "ambiguous")


def read_listed(reader: Expressions, node: Loop) -> Node:
    """Read `[f(w) for w in range(V)]` as the array of its first element, dots, and its last."""
    span = reader.span(node)
    if len(node.generators) != 1 or node.generators[0].ifs:
        raise reader.refuse("An array is listed over one index, without a condition.", node)
    bound = bind_loop(reader, node.generators[0])
    first, last = bound.binder.first, bound.binder.last
    if first != number(1) or last is None or bound.binder.index is None:
        raise reader.refuse("An array is listed over all values of an index, as `for w in range(V)`.", node)
    body = reader.knowing(bound.meanings).read(node.elt)
    cells = [_at(body, bound.binder.index, value) for value in (first, number(2), last)]
    return tree.Matrix((tree.Row((*cells[:2], tree.Dots(span=span), cells[2]), span=span),), span=span)


def _at(body: Node, index: str, value: Node) -> Node:
    """Put the value of an index in place, counted from 1; in square brackets other numbers count from 0."""

    def step(node: Node) -> Node:
        if isinstance(node, tree.Indexed) and node.from_zero and marked in node.indices:
            raised = (number(int(item.value) + 1) if isinstance(item, tree.Number) else item for item in node.indices)
            return replace(node, indices=tuple(raised), from_zero=False)
        return node

    marked = tree.Name(index)
    return tree.rewrite(tree.rewrite(body, step), lambda node: value if node == marked else node)


def listed_values(loop: ast.comprehension | ast.For) -> list[ast.expr] | None:
    """Return the numbers of `for n in [7, 8, 11]`."""
    over = loop.iter
    if not isinstance(over, (ast.List, ast.Tuple)):
        return None
    is_short = 0 < len(over.elts) <= MAX_LISTED
    return over.elts if is_short and all(isinstance(value, ast.Constant) for value in over.elts) else None


def lists_within(nodes: Sequence[ast.AST]) -> bool:
    """Say whether something here goes through numbers one by one, so that doing so around it would take long."""
    inner = (part for node in nodes for part in ast.walk(node))
    return any(isinstance(part, (ast.comprehension, ast.For)) and listed_values(part) is not None for part in inner)


def _with_value(reader: Expressions, node: Loop, value: ast.expr) -> Node:
    name = _index_name(reader, node.generators[0].target)
    return reader.knowing({name: reader.read(value)}).read(node.elt)


def _index_name(reader: Expressions, node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise reader.refuse("A sum runs over one index, as `for k in range(K)`.", node)
    return spelled_out(reader.source.written(node))


def bind_loop(reader: Expressions, loop: ast.comprehension | ast.For) -> Bound:
    """Return what the variables of a loop stand for, and the index that it runs over."""
    (over,), target = _joined_ranges(loop.iter)[:1], loop.target
    called = over.func.id if isinstance(over, ast.Call) and isinstance(over.func, ast.Name) else ""
    if called == "range" and isinstance(over, ast.Call):
        return _range(reader, _index_name(reader, target), over)
    if called in ("enumerate", "zip") and isinstance(over, ast.Call) and isinstance(target, ast.Tuple):
        counter = target.elts[0] if called == "enumerate" else None
        targets = target.elts if counter is None else target.elts[1:]
        if not over.args or len(targets) != len(over.args) or over.keywords:
            raise reader.refuse("Write this sum over `range(...)`, and pick the elements by their index.", target)
        return _over_arrays(reader, targets, over.args, counter)
    return _over_arrays(reader, [target], [over])


def _over_arrays(
    reader: Expressions, targets: Sequence[ast.expr], arrays: Sequence[ast.expr], counter: ast.expr | None = None
) -> Bound:
    """Bind the elements of arrays that are gone through together, and the index that counts them."""
    names = [_index_name(reader, target) for target in targets]
    counted = _index_name(reader, counter) if counter is not None else None
    known = reader.knowing({counted: tree.Name(counted)}) if counted is not None else reader
    meanings = [_element_by_name(known, name) or _element_of_list(known, array)
                for name, array in zip(names, arrays, strict=True)]
    index = counted or next((_picked(element) for element in meanings if element is not None), None)
    if index is None:
        only = arrays[0].id if len(arrays) == 1 and isinstance(arrays[0], ast.Name) else ""
        is_set = reader.names.index_set(only) is not None
        index = names[0] if is_set else _fresh(reader, names)
    within = ""
    found: dict[str, Node] = {index: tree.Name(index)}
    for target, name, array, element in zip(targets, names, arrays, meanings, strict=True):
        own = _set_of(reader, array, element)
        if own is None or within not in ("", own) or (element is not None and _picked(element) != index):
            where = array if counter is None and len(arrays) == 1 else target
            raise reader.refuse(_UNCLEAR if len(arrays) == 1 and counter is None else _BY_INDEX, where)
        within = own
        if element is not None:
            found[name] = element
        elif name != index:
            found[name] = _entry(reader, array, index)
    span = reader.span(targets[0])
    return Bound(tree.Binder(index, within=within, span=span), found, from_zero=counted is not None)


_UNCLEAR = "Say what the index runs over with `range(...)` or the name of an index set."
_BY_INDEX = "Write this sum over `range(...)`, and pick the elements by their index."


def _element_by_name(reader: Expressions, name: str) -> tree.Indexed | None:
    """Return what `u_k` means, where that is an element picked by one index; also `u_n`, by an index of its own."""
    element = reader.names.meaning(name, reader.local)
    base, _, index = name.partition("_")
    if element is None and len(index) == 1 and reader.names.declarations.family(base):
        return tree.Indexed(tree.Name(base), (tree.Name(index),))
    return element if isinstance(element, tree.Indexed) and isinstance(element.indices[0], tree.Name) else None


def _element_of_list(reader: Expressions, array: ast.expr) -> tree.Indexed | None:
    """Return what goes through `for u in u_k`: a program calls all the vectors by the name of one of them."""
    element = reader.names.meaning(array.id, reader.local) if isinstance(array, ast.Name) else None
    is_listed = isinstance(element, tree.Indexed) and reader.names.declarations.index(_picked(element)) is not None
    return element if is_listed and isinstance(element, tree.Indexed) else None


def _picked(element: Node) -> str:
    index = element.indices[-1] if isinstance(element, tree.Indexed) else None
    return index.name if isinstance(index, tree.Name) else ""


def _set_of(reader: Expressions, array: ast.expr, element: tree.Indexed | None) -> str | None:
    """Return the index set that counts what an array goes through; an element by name tells which set is meant."""
    names = reader.names
    if isinstance(array, ast.Name):
        written = reader.source.written(array)
        within = names.index_set(written) or (names.drawn(written) or ("", None))[1]
        if within is not None:
            return within
        index = names.declarations.index(_picked(element)) if element is not None else None
        if index is not None and names.meaning(written, reader.local) == element:
            return index.over
        near = [item.name for item in names.declarations.sets if names.set_named_like(written, item.name)]
        if element is not None and len(near) == 1 and (index is None or index.over == near[0]):
            return near[0]
        if names.meaning(written, reader.local) is None:
            return None
    size = names.size_of(reader.read(array), 0)
    return next((item.name for item in names.declarations.sets if size is not None and item.last == size), None)


def _entry(reader: Expressions, array: ast.expr, index: str) -> Node:
    """Return the entry or row of an array at an index: a row of `U.T` is a column of U, one of `negatives` a word."""
    span = reader.span(array)
    if isinstance(array, ast.Name) and reader.names.index_set(array.id) is not None:
        family, _ = reader.names.drawn(array.id) or ("", "")
        if not family:
            raise reader.refuse(_BY_INDEX, array)
        return tree.Indexed(tree.Name(family), (tree.Name(index),), from_zero=True, span=span)
    whole = reader.read(array)
    if isinstance(whole, tree.Transpose):
        return tree.Indexed(whole.body, (tree.Everything(), tree.Name(index)), from_zero=True, span=span)
    return tree.Indexed(whole, (tree.Name(index),), from_zero=True, span=span)


def _fresh(reader: Expressions, names: Sequence[str]) -> str:
    """Return a letter for an index that nothing here is called by."""
    free = (letter for letter in "nrlqpijkm" if letter not in names and letter not in reader.local)
    return next(letter for letter in free if reader.names.meaning(letter, {}) is None)


def _called(call: ast.Call) -> str:
    """Return the last word of what is called: `array` of `np.array(w)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def read_count(reader: Expressions, node: ast.expr) -> Node | None:
    """Read the entries of `w == w[k]` added up, where w holds drawn words: how many of them are w_k."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        return None
    for array, other in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
        while isinstance(array, ast.Call) and len(array.args) == 1 and _called(array) in ("list", "array", "asarray"):
            array = array.args[0]
        drawn = reader.names.drawn(array.id) if isinstance(array, ast.Name) and array.id not in reader.local else None
        if drawn is not None:
            family, within = drawn
            index = _fresh(reader, ())
            span = reader.span(node)
            sign = "=" if isinstance(node.ops[0], ast.Eq) else "!="
            word = tree.Indexed(tree.Name(family), (tree.Name(index),))
            same = tree.Compare(sign, word, reader.read(other), span=span)
            return tree.Big("sum", (tree.Binder(index, within=within),), (same,), number(1), span=span)
    return None


def _range(reader: Expressions, index: str, call: ast.Call) -> Bound:
    """Read `range(K)`: as many values as in Python, counted from 1 as the elements of the problem are."""
    if len(call.args) not in (1, 2) or call.keywords:
        raise reader.refuse("`range` takes one or two bounds here.", call)
    end = reader.read(call.args[-1])
    first = reader.read(call.args[0]) if len(call.args) == 2 else number(0)
    from_zero = first == number(0)
    first, last = (number(1), end) if from_zero else (first, _one_less(end))
    return Bound(tree.Binder(index, first, last, span=reader.span(call)), {index: tree.Name(index)}, from_zero)


def _counts(node: Node, index: str | None) -> bool:
    """Whether an index takes part in arithmetic, and not only picks elements."""
    if isinstance(node, tree.Indexed):
        return _counts(node.base, index)
    if isinstance(node, tree.Basis) and isinstance(node.index, tree.Name):
        return False
    if isinstance(node, tree.Compare):
        return any(isinstance(side, tree.Number) for side in (node.left, node.right)) and any(
            _counts(side, index) for side in (node.left, node.right))
    return node == tree.Name(index or "") or any(_counts(child, index) for child in tree.children(node))


def _one_less(end: Node) -> Node:
    """Return the last value of a range that stops before `end`."""
    if isinstance(end, tree.Number):
        return replace(end, value=end.value - 1)
    if isinstance(end, tree.Sum) and end.terms[-1] == number(1):
        return end.terms[0] if len(end.terms) == 2 else replace(end, terms=end.terms[:-1])
    terms = end.terms if isinstance(end, tree.Sum) else (end,)
    return tree.Sum((*terms, tree.Negate(number(1))), span=end.span)
