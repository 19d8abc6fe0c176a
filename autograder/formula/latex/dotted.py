r"""What dots stand for: `y_1 + \cdots + y_V` is a sum over all words, `[u_1, \dots, u_K]` has a column for each k."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from autograder.formula.tree import Dots, Name, Negate, Node, Number, Product, children, map_children

PLACE = "·"
"""The name of the running index in a general element; no text can hold it."""


class General(Struct, frozen=True):
    """The general element of a row with dots, in the index `PLACE`, and the index values that were written."""

    element: Node
    values: tuple[Node, ...]


def general_element(items: Sequence[Node]) -> General | None:
    """Return what several elements have in common when they differ in one index only; None where they do not."""
    first, *rest = items
    values: list[Node] = []
    element: Node | None = None
    for item in rest:
        found = _difference(first, item)
        if found is None:
            return None
        before, after = found
        general = _replaced(first, item, before, after)
        if element is not None and general != element:
            return None
        element = general
        values = values or [before]
        values.append(after)
    return General(element, tuple(values)) if element is not None else None


def one_apart(items: Sequence[Node]) -> tuple[General, Node] | None:
    """Return what all elements but one have in common, and that one; it stands neither first nor last."""
    for position in range(1, len(items) - 1):
        general = general_element([*items[:position], *items[position + 1:]])
        if general is not None and counts_from_one(general.values):
            return general, items[position]
    return None


def _difference(left: Node, right: Node) -> tuple[Node, Node] | None:
    """Return the one pair of indices by which two trees differ; None if there is none or more than one."""
    pairs: list[tuple[Node, Node]] = []
    if not _collect(left, right, pairs) or not pairs or any(pair != pairs[0] for pair in pairs):
        return None
    return pairs[0]


def _collect(left: Node, right: Node, pairs: list[tuple[Node, Node]]) -> bool:
    if left == right:
        return True
    if isinstance(left, (Name, Number)) and isinstance(right, (Name, Number)):
        pairs.append((left, right))
        return True
    ours, theirs = children(left), children(right)
    if type(left) is not type(right) or len(ours) != len(theirs) or not ours:
        return False
    if map_children(left, lambda _: Dots()) != map_children(right, lambda _: Dots()):
        return False
    return all(_collect(a, b, pairs) for a, b in zip(ours, theirs, strict=True))


def _replaced(left: Node, right: Node, before: Node, after: Node) -> Node:
    if left == right:
        return left
    if left == before and right == after:
        return Name(PLACE)
    theirs = iter(children(right))
    return map_children(left, lambda child: _replaced(child, next(theirs), before, after))


def without_zeros(terms: Sequence[Node]) -> list[Node]:
    """Drop zeros, and dots that stand for zeros: `0 + ... + y_o + ... + 0`."""
    kept: list[Node] = []
    after_zero = False
    for position, term in enumerate(terms):
        if is_zero(term):
            after_zero = True
        elif isinstance(term, Dots):
            following = terms[position + 1] if position + 1 < len(terms) else None
            if not (after_zero or (following is not None and is_zero(following))):
                kept.append(term)
                after_zero = False
        else:
            kept.append(term)
            after_zero = False
    return kept


def is_zero(node: Node) -> bool:
    if isinstance(node, Negate):
        return is_zero(node.body)
    if isinstance(node, Product):
        return any(map(is_zero, node.factors))
    return isinstance(node, Number) and node.value == 0


def counts_from_one(values: Sequence[Node]) -> bool:
    """Whether written indices begin 1, or 1, 2, ... and end with something else than a number."""
    numbers = [value.value for value in values if isinstance(value, Number)]
    leading = [Fraction(n + 1) for n in range(len(numbers))]
    return bool(numbers) and numbers == leading and not isinstance(values[-1], Number)
