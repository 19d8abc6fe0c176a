"""The typed tree: what a formula means once shapes are known.

`shapes` turns a surface tree into terms; evaluation, differentiation and proof work on terms only. Every product is
resolved, every broadcast is explicit, every index knows what it runs over. A shape has no entry (scalar), one (a
flat vector, only from Python text read as 1-D arrays) or two: a declared vector is a column (d, 1) or a row (1, d).
Dimensions are whole numbers or names of sizes and are equal only when they are the same; 1 by 1 is a scalar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import astuple, replace

from autograder.formula.declarations import Shape


class Term(Struct, frozen=True, kw_only=True):
    """A typed piece of a formula. Equality looks at meaning, never at spans."""

    shape: Shape = ()


# Leaves


class Const(Term, frozen=True):
    """An exact scalar."""

    value: Fraction


class Extent(Term, frozen=True):
    """The value of a size, as a scalar: `K` in `1/K`."""

    name: str


class Variable(Term, frozen=True):
    """A declared symbol; `flipped` says that the layout stores it transposed (a row, or U by rows)."""

    name: str
    flipped: bool = False


class Eye(Term, frozen=True):
    """The identity matrix; shape (n, n)."""


# Indices: scalar terms with whole values


class IndexVar(Term, frozen=True):
    """A bound, free or fixed index and the index set that it runs over."""

    name: str
    over: str


class Shift(Term, frozen=True):
    """An index plus a whole number or another index, `c + 1`, `t + j`; or the negative of one part, `-j`."""

    parts: tuple[Term, ...]
    over: str
    negative: bool = False


class Member(Term, frozen=True):
    """An element of a family whose elements are drawn: `w_k` (an index of set `values`), or a drawn vector.

    `over` are the index sets that tell families of one name apart.
    """

    family: str
    over: tuple[str, ...]
    indices: tuple[Term, ...]
    flipped: bool = False


# Entries and pieces of arrays


class Part(Term, frozen=True):
    """Rows and columns picked from an array: an index from the set's first on, or None for all of them.

    `U[:, w]` is Part(U, None, w) of shape (d, 1); an entry of a column is Part(y, w, 0th) with column None.
    """

    of: Term
    row: Term | None
    column: Term | None


# Arithmetic


class Add(Term, frozen=True):
    """Terms of one shape."""

    terms: tuple[Term, ...]


class Scale(Term, frozen=True):
    """A scalar times anything."""

    factor: Term
    body: Term


class MatMul(Term, frozen=True):
    left: Term
    right: Term


class Dot(Term, frozen=True):
    """The scalar product of two arrays of one shape."""

    left: Term
    right: Term


class Outer(Term, frozen=True):
    """left times right transposed, for two vectors of any orientation; shape (n, m)."""

    left: Term
    right: Term


class Hadamard(Term, frozen=True):
    """The entrywise product of two arrays of one shape."""

    left: Term
    right: Term


class Quotient(Term, frozen=True):
    """Numerator over a scalar, or entrywise over an array of the same shape."""

    numerator: Term
    denominator: Term


class Raise(Term, frozen=True):
    """Entrywise power with a scalar exponent."""

    base: Term
    exponent: Term


class Flip(Term, frozen=True):
    """The transpose."""

    body: Term


class Fill(Term, frozen=True):
    """A scalar, row, column or flat vector repeated to a larger shape."""

    body: Term


class Reshape(Term, frozen=True):
    """The same entries in the same order, in another shape."""

    body: Term


# Functions


class Each(Term, frozen=True):
    """A function applied to every entry: exp, log, sigma, tanh, sqrt, abs, relu, ... or a declared one."""

    function: str
    body: Term


class Whole(Term, frozen=True):
    """A function of whole arrays: softmax (axis -1: of all entries), diag, norm, trace, onehot, ..."""

    function: str
    bodies: tuple[Term, ...]
    axis: int | None = None


class Along(Term, frozen=True):
    """A reduction (`sum`, `mean`, `prod`, `max`) along an axis, or of everything (None)."""

    operator: str
    body: Term
    axis: int | None = None


# Conditions and binders


class Test(Term, frozen=True):
    """A comparison of two scalars or indices: `=`, `!=`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: Term
    right: Term


class All(Term, frozen=True):
    """Conditions that all hold."""

    tests: tuple[Term, ...]


class Truth(Term, frozen=True):
    """1 where the condition holds, else 0."""

    test: Term


class Choice(Term, frozen=True):
    """Values by condition, the first that holds; a condition None always holds."""

    values: tuple[Term, ...]
    tests: tuple[Term | None, ...]


class Total(Term, frozen=True):
    """A sum or product over an index from `first` to `last`, of those that pass `test`."""

    operator: str
    index: IndexVar
    first: Term
    last: Term
    test: Term | None
    body: Term


class Stack(Term, frozen=True):
    """Arrays side by side: `bodies` written out, or one body for each value of `index`.

    axis 1 sets columns side by side, axis 0 sets rows below each other.
    """

    bodies: tuple[Term, ...]
    axis: int
    index: IndexVar | None = None


class Slope(Term, frozen=True):
    """The derivative of a scalar by a variable, not worked out; shape of the variable.

    `wrt` is a Variable, a Member, or a Part of a Variable; a derived variable counts as independent of what it is
    derived from.
    """

    of: Term
    wrt: Term


class Local(Term, frozen=True):
    """The argument of a function that is being differentiated."""

    name: str


class SlopeAt(Term, frozen=True):
    """The derivative of a function at every entry of `at`: `body` is its value in Local(name)."""

    body: Term
    name: str
    at: Term
    order: int


T = TypeVar("T", bound=Term)


def _field_names(term: Term) -> tuple[str, ...]:
    return term.__struct_fields__


def children(term: Term) -> tuple[Term, ...]:
    """Return the terms directly under `term`, in the order of its fields."""
    found: list[Term] = []
    for value in astuple(term):
        if isinstance(value, Term):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(item for item in value if isinstance(item, Term))
    return tuple(found)


def walk(term: Term) -> Iterator[Term]:
    """Yield `term` and everything under it, outermost first."""
    waiting = [term]
    while waiting:
        first = waiting.pop()
        yield first
        waiting += reversed(children(first))


def map_children(term: T, change: Callable[[Term], Term]) -> T:
    """Return `term` with `change` applied to each child; the same object when nothing changed."""
    changed: dict[str, object] = {}
    for name in _field_names(term):
        value = getattr(term, name)
        if isinstance(value, Term):
            new = change(value)
            if new is not value:
                changed[name] = new
        elif isinstance(value, tuple) and any(isinstance(item, Term) for item in value):
            items = tuple(change(item) if isinstance(item, Term) else item for item in value)
            if any(a is not b for a, b in zip(items, value, strict=True)):
                changed[name] = items
    return replace(term, **changed) if changed else term


KINKED = ("abs", "sign", "relu", "max", "min")


def is_piecewise(term: Term) -> bool:
    """Whether the formula changes with where its values lie, other than by which index is which."""
    for part in walk(term):
        if isinstance(part, (Each, Whole)) and part.function in KINKED:
            return True
        if isinstance(part, Along) and part.operator in KINKED:
            return True
        ordered = isinstance(part, Test) and part.operator not in ("=", "!=")
        if ordered and any(isinstance(leaf, (Variable, Member)) for leaf in walk(part)):
            return True
    return False
