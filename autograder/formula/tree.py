"""The surface tree: what a student typed, before anything is known about shapes.

Every dialect reader (LaTeX, Unicode, Python) builds this tree. Names are already resolved to the canonical names
that the problem declares; products keep the operator that was typed, because only the shapes of the factors decide
what it means (see `shapes`). Two trees are equal when they say the same thing: spans never take part in equality.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import astuple, replace


class Span(Struct, frozen=True):
    """Offsets of a piece of the text as it was typed: `text[start:end]`."""

    start: int
    end: int

    def joined(self, other: Span) -> Span:
        return Span(min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(0, 0)


class Node(Struct, frozen=True, kw_only=True):
    """A piece of a formula; `span` says where it was typed."""

    span: Span = NOWHERE

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in _field_names(self))

    def __hash__(self) -> int:
        return hash((type(self).__name__, *(getattr(self, name) for name in _field_names(self))))


# Leaves


class Number(Node, frozen=True):
    """An exact number: `2`, `0.5`, `1e-3`."""

    value: Fraction


class Name(Node, frozen=True):
    """A declared symbol, size, index, or a family written without its index, by canonical name: `U`, `y_hat`, `V`."""

    name: str


class Ones(Node, frozen=True):
    r"""The vector of ones, `\mathbf{1}` or `\mathbf{1}_V`; its length follows from the context when not written."""

    size: Node | None = None


class Identity(Node, frozen=True):
    """The identity matrix `I` or `I_d`; its size follows from the context when not written."""

    size: Node | None = None


class Basis(Node, frozen=True):
    """The one-hot vector `e_o`."""

    index: Node


class Everything(Node, frozen=True):
    """A full slice `:` among indices."""


class Dots(Node, frozen=True):
    r"""An ellipsis `\cdots` among the terms of a sum, the factors of a product or the cells of a matrix."""


class Head(Node, frozen=True):
    r"""The left side of an answer, such as `\nabla_U J` or `g`, of which only the text is kept."""

    text: str


# Names with something attached


class Indexed(Node, frozen=True):
    r"""An element: `u_k`, `\hat y_w`, `[\hat y - y]_w`, `w_{t+j}`, `U_{:,w}`, `y_hat[w]`.

    `base` is the family or vector; `from_zero` says that the indices count from 0 (Python) rather than from 1.
    """

    base: Node
    indices: tuple[Node, ...]
    from_zero: bool = False


class Apply(Node, frozen=True):
    r"""A declared function applied, by canonical name: `\sigma(x)`; `primes` counts `\sigma'(x)`.

    No argument at all is a function written bare: `\sigma(1-\sigma)`.
    """

    function: str
    arguments: tuple[Node, ...]
    primes: int = 0


class Call(Node, frozen=True):
    """A declared quantity, mostly a loss, with its arguments written out: `J(v_c, w_{t+j}, U)`."""

    name: str
    arguments: tuple[Node, ...]


# Arithmetic


class Negate(Node, frozen=True):
    body: Node


class Sum(Node, frozen=True):
    """Two or more terms; a subtracted term is a `Negate`."""

    terms: tuple[Node, ...]


class Product(Node, frozen=True):
    r"""Two or more factors and, between each two, the operator as typed, in canonical spelling.

    Operators: `''` (juxtaposed), `'*'`, `'cdot'`, `'times'`, `'@'`, `'odot'`, `'circ'`, `'otimes'`; a Python reader
    writes `'py*'` for its elementwise, broadcasting product and `'py@'` for its matrix product.
    """

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


class Divide(Node, frozen=True):
    numerator: Node
    denominator: Node


class Power(Node, frozen=True):
    base: Node
    exponent: Node


class Transpose(Node, frozen=True):
    body: Node


class Prime(Node, frozen=True):
    """A derivative written as a prime behind an expression: `(e^x)'`."""

    body: Node
    count: int = 1


# Conditions


class Compare(Node, frozen=True):
    """A condition `left operator right` with operator one of `=`, `!=`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: Node
    right: Node


class Both(Node, frozen=True):
    """Conditions that all hold: `-m <= j <= m, j != 0`."""

    conditions: tuple[Node, ...]


class Indicator(Node, frozen=True):
    r"""One where the condition holds and zero elsewhere: `\mathbb{1}[w=o]`, `\delta_{wo}`."""

    condition: Node


class Branch(Node, frozen=True):
    """One line of `Cases`; no condition means *otherwise*."""

    value: Node
    condition: Node | None


class Cases(Node, frozen=True):
    branches: tuple[Branch, ...]


# Binders


class Binder(Node, frozen=True):
    r"""What a sum runs over, as far as it was written.

    `\sum_{k=1}^K` has index, first and last; `\sum_{w \in V}` index and within; `\sum_k` the index alone;
    `\sum_K` only within; `\sum` nothing at all. `within` is the canonical name of a declared index set, or a size.
    """

    index: str | None
    first: Node | None = None
    last: Node | None = None
    within: str | None = None


class Big(Node, frozen=True):
    """A sum or product over bound indices: `operator` is `sum` or `prod`; `conditions` restrict the indices."""

    operator: str
    binders: tuple[Binder, ...]
    conditions: tuple[Node, ...]
    body: Node


class Expectation(Node, frozen=True):
    r"""`\mathbb{E}_{w \sim \hat y}[body]`; `law` is the vector of probabilities or the declared sampling law."""

    binder: Binder
    law: Node | None
    body: Node


# Derivatives


class Derivative(Node, frozen=True):
    r"""`\partial of / \partial wrt`, also `\nabla_{wrt} of`; `of` is a `Name`, a `Call` or any expression."""

    of: Node
    wrt: Node


# Arrays


class Row(Node, frozen=True):
    cells: tuple[Node, ...]


class Matrix(Node, frozen=True):
    r"""A matrix or vector written out, row by row; a cell or a row may be `Dots`."""

    rows: tuple[Row, ...]


class Reduce(Node, frozen=True):
    """`np.sum(body, axis=0)`: operator `sum`, `mean`, `prod` or `max`; axis None reduces everything."""

    operator: str
    body: Node
    axis: int | None = None
    keepdims: bool = False


class Recast(Node, frozen=True):
    """The same entries in another array shape: `x[:, None]`, `x.reshape(-1, 1)`, `x.squeeze()`, `x.ravel()`.

    `how` is `squeeze`, `flat`, `newaxis0`, `newaxis1` or `reshape`; `sizes` are the arguments of `reshape`
    (a number, -1 included, or the name of a size).
    """

    body: Node
    how: str
    sizes: tuple[Node, ...] = ()


# A whole answer


class Chain(Node, frozen=True):
    """An answer: one side, or several joined by relations (`=`, `approx`, `propto`, `<`, `=>` ...).

    `relations[i]` stands between `sides[i]` and `sides[i + 1]`; `continues` says that it began with a relation sign.
    """

    sides: tuple[Node, ...]
    relations: tuple[str, ...] = ()
    continues: bool = False


N = TypeVar("N", bound=Node)


def _field_names(node: Node) -> tuple[str, ...]:
    return node.__struct_fields__[:-1]  # the last is the span


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly under `node`, in the order of its fields."""
    found: list[Node] = []
    for value in astuple(node):
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Node))
    return tuple(found)


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and everything under it, outermost first, left to right."""
    waiting = [node]
    while waiting:
        first = waiting.pop()
        yield first
        waiting += reversed(children(first))


def map_children(node: N, change: Callable[[Node], Node]) -> N:
    """Return `node` with `change` applied to each child; the same object when nothing changed."""
    changed: dict[str, object] = {}
    for name in _field_names(node):
        value = getattr(node, name)
        if isinstance(value, Node):
            new = change(value)
            if new is not value:
                changed[name] = new
        elif isinstance(value, tuple) and any(isinstance(item, Node) for item in value):
            items = tuple(change(item) if isinstance(item, Node) else item for item in value)
            if any(a is not b for a, b in zip(items, value, strict=True)):
                changed[name] = items
    return replace(node, **changed) if changed else node


def rewrite(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return the tree with `change` applied to every node, innermost first."""
    return change(map_children(node, lambda child: rewrite(child, change)))


def edits(node: Node, alternatives: Callable[[Node], Iterable[Node]]) -> Iterator[tuple[Node, Node]]:
    """Yield `(place, tree)` for every tree that differs from `node` by one replacement.

    `alternatives(place)` gives what may stand in place of a node; each of them gives one edited tree.
    """
    for new in alternatives(node):
        yield node, new
    here = children(node)
    for position, child in enumerate(here):
        for place, edited in edits(child, alternatives):
            yield place, with_child(node, position, edited)


def with_child(node: Node, position: int, new: Node) -> Node:
    """Return `node` with another child at a position in the order of `children`."""
    count = -1

    def change(child: Node) -> Node:
        nonlocal count
        count += 1
        return new if count == position else child

    return map_children(node, change)


def number_of(node: Node) -> Fraction | None:
    """Return the number that a formula of nothing but numbers, sums, products and signs is."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negate):
        value = number_of(node.body)
        return None if value is None else -value
    if isinstance(node, (Sum, Product)):
        found = [value for value in map(number_of, children(node)) if value is not None]
        if len(found) == len(children(node)):
            return sum(found, Fraction(0)) if isinstance(node, Sum) else math.prod(found, start=Fraction(1))
    return None
