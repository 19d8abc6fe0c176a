"""Indices: which set each runs over, which element it picks, what a sum binds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction

from msgspec import Struct, field

from autograder.formula.declarations import Declarations, Dimension, Family, IndexSet, Layout, Shape
from autograder.formula.meaning import terms
from autograder.formula.meaning.shapes import Misfit, flipped, length, say_shape, squeezed
from autograder.formula.meaning.terms import (
    Const,
    Extent,
    Flip,
    IndexVar,
    Member,
    Part,
    Reshape,
    Shift,
    Term,
    Variable,
)
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import (
    Apply,
    Big,
    Binder,
    Everything,
    Expectation,
    Indexed,
    Name,
    Negate,
    Node,
    Number,
    Span,
    Sum,
    walk,
)

BASE = Layout("as declared")


class Notes(Struct):
    """What came up while a formula was typed.

    free       free indices that it depends on
    oddities   readings that are possible but unusual, such as exp of a row vector
    bare       derivatives that were named without the arguments of their loss
    unbounded  indices of sums that leave out the bounds although not every element counts
    """

    free: set[str] = field(default_factory=set)
    oddities: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    unbounded: set[str] = field(default_factory=set)


class Indexing(ABC):
    """The indices of one formula; `scope` holds what bound names stand for."""

    def __init__(self, declarations: Declarations, layout: Layout = BASE, flat: bool = False, program: bool = False,
                 text: str = "") -> None:
        self.declarations = declarations
        self.layout = layout
        self.flat = flat
        self.program = program
        self.text = text
        self.notes = Notes()
        self.scope: Mapping[str, Term] = {}

    @abstractmethod
    def term(self, node: Node) -> Term:
        """Type a node."""

    @contextmanager
    def binding(self, names: Mapping[str, Term]) -> Iterator[None]:
        outer = self.scope
        self.scope = {**outer, **names}
        try:
            yield
        finally:
            self.scope = outer

    def refusal(self, sentence: str, span: Span, reason: str = "syntax") -> Unreadable:
        return Unreadable(sentence, span, self.text, reason)

    def lies_in_rows(self, name: str) -> bool:
        return "*" in self.layout.rows or name in self.layout.rows

    def lies_transposed(self, name: str) -> bool:
        return "*" in self.layout.transposed or name in self.layout.transposed

    # Index terms

    def index(self, node: Node) -> Term:
        """Type a node that stands for an index."""
        if isinstance(node, Number):
            return Const(node.value)
        if isinstance(node, Name):
            return self._named_index(node)
        if isinstance(node, Negate):
            body = self.index(node.body)
            return Const(-body.value) if isinstance(body, Const) else Shift((body,), self.set_of(body) or "", True)
        if isinstance(node, Sum):
            parts = tuple(self.index(part) for part in node.terms)
            over = next((s for s in map(self.set_of, parts) if s), "")
            return Shift(parts, over)
        if isinstance(node, Indexed) and isinstance(node.base, Name):
            for family in self.declarations.family(node.base.name):
                if family.values is not None:
                    return self._member(node, node.base.name)
        if isinstance(node, Apply) and node.function == "abs":
            return self.term(node)
        raise self.refusal("This is not an index.", node.span)

    def _named_index(self, node: Name) -> Term:
        bound = self.scope.get(node.name)
        if bound is not None:
            return bound
        return self._free_index(node)

    def _free_index(self, node: Name) -> Term:
        """Type an index that no sum binds; one that equals another is that one, whatever a sum calls by its name."""
        index = self.declarations.index(node.name)
        if index is None:
            if self.declarations.size(node.name) is not None:
                return Extent(node.name)
            raise self.refusal(f"`{node.name}` is not an index.", node.span, "undeclared")
        if index.equals is not None:
            if index.equals.lstrip("-").isdigit():
                return Const(Fraction(int(index.equals)))
            return self._free_index(Name(index.equals, span=node.span))
        if index.role != "fixed":
            self.notes.free.add(index.name)
        return IndexVar(index.name, index.over)

    def set_of(self, term: Term) -> str | None:
        """Return the index set that a typed index belongs to; None for a plain number."""
        if isinstance(term, IndexVar):
            return term.over
        if isinstance(term, Shift):
            return term.over or None
        if isinstance(term, Member):
            family = self._family(term.family, term.over)
            return family.values if family else None
        return None

    def _family(self, name: str, over: tuple[str, ...]) -> Family | None:
        return next((f for f in self.declarations.family(name) if self.sets_of(f) == over), None)

    def sets_of(self, family: Family) -> tuple[str, ...]:
        return tuple(index.over if index else "" for index in map(self.declarations.index, family.indices))

    def converted(self, term: Term, target: str) -> Term | None:
        """Return an index as one of the target set, through a declared family where needed."""
        own = self.set_of(term)
        if own is None or own == target:
            return term
        for through in self.declarations.through:
            if (through.source, through.target) == (own, target):
                return Member(through.by, (own,), (term,))
        return None

    # Elements

    def element(self, node: Indexed) -> Term:
        """Type `u_k`, `y_w`, `U_{:,w}`, `[\\hat y - y]_w`."""
        if isinstance(node.base, Name) and node.base.name not in self.scope:
            if self.declarations.family(node.base.name):
                return self._member(node, node.base.name)
            symbol = self.declarations.symbol(node.base.name)
            if symbol is not None:
                base = Variable(symbol.name, shape=self.declared_shape(symbol.shape))
                if self.program and len(symbol.shape) == 2 and self.lies_transposed(symbol.name):
                    base = Variable(symbol.name, True, shape=flipped(symbol.shape))
                return self.oriented(self._entry(base, node, symbol.shape), symbol.name)
        base_term = self.term(node.base)
        return self._entry(base_term, node, tuple(dim for dim in base_term.shape if dim != 1))

    def declared_shape(self, shape: Shape) -> Shape:
        return (shape[0], 1) if len(shape) == 1 else shape

    def _member(self, node: Indexed, name: str) -> Term:
        indices = [self.index(item) for item in node.indices]
        problems = []
        for family in self.declarations.family(name):
            targets = self.sets_of(family)
            if len(targets) != len(indices):
                continue
            found = [self.converted(index, target) for index, target in zip(indices, targets, strict=True)]
            if all(item is not None for item in found):
                self._check_range(found, targets, node)
                return self._of_family(family, targets, tuple(item for item in found if item is not None), node)
            problems.append(targets)
        if not problems:
            raise self.refusal(f"`{name}` does not take {len(indices)} indices.", node.span)
        raise Misfit(f"`{name}` has no element for this index.", node.span)

    def _check_range(self, indices: list[Term | None], targets: tuple[str, ...], node: Indexed) -> None:
        for index, target, written in zip(indices, targets, node.indices, strict=True):
            declared = self.declarations.index_set(target)
            if declared is None or not isinstance(index, Const) or not declared.first.lstrip("-").isdigit():
                continue
            if index.value < int(declared.first):
                hint = " Is it the letter o?" if index.value == 0 else ""
                sentence = f"There is no element {index.value} here; counting starts at {declared.first}.{hint}"
                raise self.refusal(sentence, written.span, "undeclared")

    def _of_family(self, family: Family, over: tuple[str, ...], indices: tuple[Term, ...], node: Indexed) -> Term:
        if family.definition is not None:
            return self.defined(family.definition, dict(zip(family.indices, indices, strict=True)))
        if family.column_of is not None:
            whole = self.declarations.symbol(family.column_of)
            shape = whole.shape if whole else ()
            base = Variable(family.column_of, shape=self.declared_shape(shape))
            if len(shape) == 1:
                return Part(base, indices[0], None)
            picked: Term = Part(base, None, indices[0], shape=(shape[0], 1))
            return self.oriented(picked, family.name)
        if family.row_of is not None:
            whole = self.declarations.symbol(family.row_of)
            shape = whole.shape if whole else ()
            line = Part(Variable(family.row_of, shape=shape), indices[0], None, shape=(1, shape[1]))
            return self.oriented(Flip(line, shape=(shape[1], 1)), family.name)
        shape = self.declared_shape(family.shape)
        return self.oriented(Member(family.name, over, indices, shape=shape), family.name)

    def oriented(self, term: Term, name: str) -> Term:
        """Lay a vector out as the layout says."""
        if len(term.shape) != 2 or 1 not in term.shape:
            return term
        if self.flat:
            return Reshape(term, shape=(length(term.shape),))
        if isinstance(term, Flip) and self.lies_in_rows(name):
            return term.body
        return Flip(term, shape=flipped(term.shape)) if self.lies_in_rows(name) else term

    @abstractmethod
    def defined(self, definition: str, indices: Mapping[str, Term]) -> Term:
        """Type a declared formula in which names stand for indices."""

    def _entry(self, base: Term, node: Indexed, declared: Shape) -> Term:
        """Pick entries, rows or columns of an array."""
        if base.shape == ():
            raise Misfit("A scalar has no elements.", node.span)
        indices = list(node.indices)
        if len(declared) == 1 or (len(base.shape) == 2 and 1 in base.shape):
            if len(indices) == 2 and isinstance(indices[1], Number):
                indices = indices[:1]
            if len(indices) != 1 or isinstance(indices[0], Everything):
                raise Misfit(f"This picks an element of {say_shape(base.shape)} with the wrong number of indices.",
                             node.span)
            axis = 1 if len(base.shape) == 2 and base.shape[0] == 1 else 0
            index = self._position(indices[0], base, axis, node)
            return Part(base, index, None) if axis == 0 else Part(base, None, index)
        if len(indices) == 1:
            return self._line(base, indices[0], node)
        row = None if isinstance(indices[0], Everything) else self._position(indices[0], base, 0, node)
        column = None if isinstance(indices[1], Everything) else self._position(indices[1], base, 1, node)
        shape = squeezed((1 if row is not None else base.shape[0], 1 if column is not None else base.shape[1]))
        return Part(base, row, column, shape=shape)

    def _line(self, base: Term, index: Node, node: Indexed) -> Term:
        """Pick the row or column that an index can only mean: `U_w` is a column where w is a word."""
        term = self.index(index)
        own = self.set_of(term)
        axes = [axis for axis in (0, 1) if own is not None and self._fits(own, base.shape[axis])]
        if node.from_zero or self.program:
            axes = [0]
        if len(axes) != 1:
            raise self.refusal("It is not clear whether this picks a row or a column; write `U_{:,w}`.", node.span,
                               "ambiguous")
        position = self._position(index, base, axes[0], node)
        if axes[0] == 0:
            return Part(base, position, None, shape=(1, base.shape[1]))
        return Part(base, None, position, shape=(base.shape[0], 1))

    def _fits(self, own: str, dim: object) -> bool:
        if self.length_of(own) == dim:
            return True
        return any(through.source == own and self.length_of(through.target) == dim
                   for through in self.declarations.through)

    def length_of(self, name: str) -> Dimension | None:
        """Return how many elements an index set has, as a dimension."""
        declared = self.declarations.index_set(name)
        return declared.length if declared else None

    def _position(self, index: Node, base: Term, axis: int, node: Indexed) -> Term:
        term = self.index(index)
        if isinstance(term, Const):
            if node.from_zero:
                return Const(term.value + 1)
            if term.value < 1:
                hint = " Is it the letter o?" if term.value == 0 else ""
                raise self.refusal(f"Counting starts at 1 here.{hint}", index.span, "undeclared")
            return term
        own, dim = self.set_of(term), base.shape[axis]
        if own is None or self.length_of(own) == dim:
            return term
        for declared in self.declarations.sets:
            if declared.length == dim:
                found = self.converted(term, declared.name)
                if found is not None:
                    return found
        name = index.name if isinstance(index, Name) and index.name not in self.scope else ""
        letter = self.declarations.index(name)
        if letter is not None and letter.role == "dummy":
            raise self.refusal(f"It is not clear which of the {dim} entries `{letter.name}` picks here.", index.span)
        raise Misfit(f"This index does not count the {dim} entries here.", index.span)

    # Sums

    def bound_set(self, binder: Binder, body: Node, span: Span) -> tuple[str, IndexSet]:
        """Return the index that a sum binds and the set it runs over.

        Raises Unreadable where that is not clear.
        """
        declared = self._set_of_binder(binder)
        name = binder.index
        if name is None:
            name = self._unnamed(body, declared, span)
        if declared is None:
            index = self.declarations.index(name.rstrip("'"))
            own = index.over if index is not None else self._set_by_use(name, body, span)
            declared = self.declarations.index_set(own)
        if declared is None:
            raise self.refusal(f"It is not clear what `{name}` runs over; write the bounds of the sum.", span)
        return name, declared

    def _set_of_binder(self, binder: Binder) -> IndexSet | None:
        if binder.within is not None:
            return self.declarations.index_set(binder.within)
        last = binder.last
        if isinstance(last, Sum) and isinstance(last.terms[0], Name) and isinstance(binder.first, Number):
            last = last.terms[0] if binder.first.value == 0 else last
        if isinstance(last, Name):
            own = self.declarations.index(binder.index) if binder.index else None
            named = [item for item in self.declarations.sets if item.last == last.name]
            for item in named:
                if own is not None and item.name == own.over:
                    return item
            return named[0] if named else self.declarations.index_set(last.name)
        return None

    def _unnamed(self, body: Node, declared: IndexSet | None, span: Span) -> str:
        """Return the one free index in the body that a sum without an index can bind."""
        taken = {binder.index for part in walk(body) if isinstance(part, (Big, Expectation))
                 for binder in (part.binders if isinstance(part, Big) else (part.binder,))}
        names: list[str] = []
        for part in walk(body):
            if isinstance(part, Name) and part.name not in self.scope and part.name not in taken | set(names):
                index = self.declarations.index(part.name)
                if index is not None and index.role != "fixed" and (
                        declared is None or index.over == declared.name):
                    names.append(part.name)
        if len(names) != 1:
            raise self.refusal("It is not clear which index this sum runs over; name it below the sum.", span)
        return names[0]

    def _set_by_use(self, name: str, body: Node, span: Span) -> str:
        """Return the set that an undeclared index can only run over, from what it indexes."""
        possible: set[str] | None = None
        for part in walk(body):
            if not isinstance(part, Indexed) or not isinstance(part.base, Name) or Name(name) not in part.indices:
                continue
            sets = {s for family in self.declarations.family(part.base.name) for s in self.sets_of(family)}
            sets |= {through.source for through in self.declarations.through if through.target in sets}
            symbol = self.declarations.symbol(part.base.name)
            if symbol is not None:
                sets |= {s.name for s in self.declarations.sets if s.length in symbol.shape}
            possible = sets if possible is None else possible & sets
        if not possible or len(possible) > 1:
            raise self.refusal(f"It is not clear what `{name}` runs over; write the bounds of the sum.", span)
        return possible.pop()

    def fresh_index(self, name: str, over: str) -> IndexVar:
        """Return a bound index that no term around it holds, so that sums never capture each other's indices."""
        taken = {part.name for term in self.scope.values() for part in terms.walk(term) if isinstance(part, IndexVar)}
        marked = f"{name}·"
        while marked in taken:
            marked += "·"
        return IndexVar(marked, over)

    def range_of(self, binder: Binder, declared: IndexSet) -> tuple[Term, Term]:
        """Return the first and last value of a bound index."""
        first = self.limit(declared.first) if binder.first is None else self.index(binder.first)
        last = self.limit(declared.last) if binder.last is None else self.index(binder.last)
        if first == Const(Fraction(0)) and declared.first == "1" and isinstance(binder.last, Sum):
            # Counting from 0 to V - 1 names the same elements.
            return self.limit(declared.first), self.limit(declared.last)
        return first, last

    def limit(self, written: str) -> Term:
        """Return a declared bound of an index set as a term."""
        if written.lstrip("-").isdigit():
            return Const(Fraction(int(written)))
        if written.startswith("-"):
            return Shift((Extent(written[1:]),), "", True)
        return Extent(written)
