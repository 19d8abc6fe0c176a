"""Arrays written out, and what Python does to arrays: rows, columns, dots, reductions, reshaping."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Dimension, Shape
from autograder.formula.latex.differentials import Differentials
from autograder.formula.latex.dotted import PLACE, General, counts_from_one, general_element, one_apart
from autograder.formula.meaning.shapes import Misfit, add, is_vector, length, reduce, say_shape
from autograder.formula.meaning.terms import Const, Extent, IndexVar, Reshape, Stack, Term, Total
from autograder.formula.tree import Node, Span


class Stacking(Differentials):
    """Arrays built from their parts."""

    # Dots

    def dotted_sum(self, terms: Sequence[Node], span: Span) -> Term:
        written = [term for term in terms if not isinstance(term, tree.Dots)]
        general = general_element(written) if len(written) > 1 else None
        if general is None and len(terms) - len(written) > 1:
            return self._stretches(terms, span)
        if general is None or not counts_from_one(general.values) or isinstance(terms[-1], tree.Dots):
            raise self.refusal("It is not clear what the dots stand for; write a sum.", span, "ambiguous")
        index = self._running_index(general.values[-1], span)
        with self.binding({PLACE: index}):
            body = self.term(general.element)
        declared = self.declarations.index_set(index.over)
        assert declared is not None
        return Total("sum", index, self.limit(declared.first), self.limit(declared.last), None, body, shape=body.shape)

    def _stretches(self, terms: Sequence[Node], span: Span) -> Term:
        """Type a sum with dots in several places, each between two terms: `f(-m) + ... + f(-1) + f(1) + ... + f(m)`."""
        parts: list[Term] = []
        position = 0
        while position < len(terms):
            if position + 2 < len(terms) and isinstance(terms[position + 1], tree.Dots):
                parts.append(self._stretch(terms[position], terms[position + 2], span))
                position += 3
            else:
                parts.append(self.term(terms[position]))
                position += 1
        return add(parts, span, self.program, self.declarations.scalars_spread)

    def _stretch(self, first: Node, last: Node, span: Span) -> Term:
        """Type the sum from one term to another one, whose indices differ in one place, where they are 1 and a size."""
        general = None if isinstance(last, tree.Dots) else general_element([first, last])
        ends = sorted(map(self.index, general.values), key=lambda end: isinstance(end, Extent)) if general else []
        over = next((item.name for item in self.declarations.sets if ends and isinstance(ends[1], Extent) and (
            item.last == ends[1].name)), None)
        if general is None or over is None or ends[0] != Const(Fraction(1)):
            raise self.refusal("It is not clear what the dots stand for; write a sum.", span, "ambiguous")
        index = self.fresh_index(PLACE, over)
        with self.binding({PLACE: index}):
            body = self.term(general.element)
        return Total("sum", index, ends[0], ends[1], None, body, shape=body.shape)

    def _running_index(self, last: Node, span: Span) -> IndexVar:
        """Return an index over the set whose last element was written, or to which it belongs."""
        free = set(self.notes.free)
        term = self.index(last)
        self.notes.free = free  # an index that only says where the dots end leaves nothing free
        for declared in self.declarations.sets:
            if declared.first == "1" and (declared.name == self.set_of(term) or term == self.limit(declared.last)):
                return self.fresh_index(PLACE, declared.name)
        if isinstance(term, Extent):
            if self.declarations.index_set(term.name) is not None:
                return self.fresh_index(PLACE, term.name)
            raise Misfit(f"Nothing that is listed here is counted from 1 to {term.name}.", span)
        raise self.refusal("It is not clear where the dots end.", span, "ambiguous")

    # Arrays

    def matrix(self, node: tree.Matrix) -> Term:
        written = [row for row in node.rows if not all(isinstance(cell, tree.Dots) for cell in row.cells)]
        if not written:
            raise Misfit("There is nothing in this array.", node.span)
        if len(written) < len(node.rows):
            return self._rows_with_dots(written, node.span)
        rows = [self._row(row) for row in written]
        if len(rows) == 1:
            return rows[0]
        if any(row.shape != rows[0].shape for row in rows):
            raise Misfit("The rows of this array differ in shape.", node.span)
        if rows[0].shape and rows[0].shape[0] != 1:
            raise Misfit("Blocks of matrices are not read.", node.span)
        return Stack(tuple(rows), 0, shape=(len(rows), rows[0].shape[-1] if rows[0].shape else 1))

    def _rows_with_dots(self, rows: Sequence[tree.Row], span: Span) -> Term:
        r"""Type rows of one cell each with dots between them: one row for each value of an index."""
        cells = [row.cells[0] for row in rows]
        listed = self._listed(cells, span) if all(len(row.cells) == 1 for row in rows) else None
        if listed is None:
            raise self.refusal("It is not clear what the dots stand for.", span, "ambiguous")
        index, body = listed
        count = self.length_of(index.over)
        assert count is not None
        if body.shape == ():
            return Stack((body,), 0, index, shape=(count, 1))
        return self._stacked((body,), count, index, span, below=True)

    def _row(self, row: tree.Row) -> Term:
        cells = [cell for cell in row.cells if not isinstance(cell, tree.Dots)]
        dotted = len(cells) < len(row.cells)
        listed = self._listed(cells, row.span) if dotted or len(cells) > 2 else None
        if listed is not None:
            index, body = listed
            count = self.length_of(index.over)
            assert count is not None
            return self._stacked((body,), count, index, row.span)
        if dotted:
            raise self.refusal("It is not clear what the dots stand for.", row.span, "ambiguous")
        terms = [self.term(cell) for cell in cells]
        if len(terms) == 1:
            return terms[0]
        if any(term.shape != terms[0].shape for term in terms):
            raise Misfit("The columns of this array differ in shape.", row.span)
        return self._stacked(tuple(terms), len(terms), None, row.span)

    def _listed(self, cells: Sequence[Node], span: Span) -> tuple[IndexVar, Term] | None:
        """Type the general element of cells that run over a set; None where they do not.

        One cell may be apart, as that of the true word in `[y_1 v, ..., (y_o - 1) v, ..., y_V v]`.
        """
        general = general_element(cells) if len(cells) > 1 else None
        apart = None if general is not None else one_apart(cells)
        if apart is not None:
            general = self._with_exception(*apart, span)
        if general is None or not counts_from_one(general.values):
            return None
        index = self._running_index(general.values[-1], span)
        with self.binding({PLACE: index}):
            return index, self.term(general.element)

    def _with_exception(self, general: General, apart: Node, span: Span) -> General | None:
        """Let the element that its own index names be another than all others."""
        over = self._running_index(general.values[-1], span).over
        known = {index.name for index in self.declarations.indices if index.over == over}
        names = {node.name for node in tree.walk(apart) if isinstance(node, tree.Name)} & known
        if len(names) != 1:
            return None
        condition = tree.Compare("=", tree.Name(PLACE), tree.Name(names.pop()))
        branches = (tree.Branch(apart, condition), tree.Branch(general.element, None))
        return replace(general, element=tree.Cases(branches, span=span))

    def _stacked(
        self, bodies: tuple[Term, ...], count: Dimension, index: IndexVar | None, span: Span, below: bool = False
    ) -> Term:
        """Set columns side by side and rows below each other; `below` says that the latter was written."""
        shape = bodies[0].shape
        if below and len(shape) == 2 and shape[1] == 1:
            raise Misfit("These are columns below each other; an array has columns side by side.", span)
        if shape == () or (len(shape) == 2 and shape[1] == 1):
            return Stack(bodies, 1, index, shape=(shape[0] if shape else 1, count))
        if (len(shape) == 2 and shape[0] == 1) or len(shape) == 1:
            return Stack(bodies, 0, index, shape=(count, shape[-1]))
        raise Misfit("Blocks of matrices are not read.", span)

    # Python

    def element(self, node: tree.Indexed) -> Term:
        return super().element(self._of_list(node) if self.program else node)

    def _of_list(self, node: tree.Indexed) -> tree.Indexed:
        """Return `u_k[i]` as `u_i` where i counts the negatives: what a program calls `u_k` holds all of them."""
        inner = node.base
        if not isinstance(inner, tree.Indexed) or not isinstance(inner.base, tree.Name) or len(node.indices) != 1:
            return node
        index = self.index(node.indices[0])
        is_list = any(
            len(family.indices) == 1 and self.converted(index, self.sets_of(family)[0]) is not None
            and self.length_of(self.set_of(index) or "") not in (None, *family.shape)
            for family in self.declarations.family(inner.base.name))
        return replace(node, base=inner.base) if is_list else node

    def reduce(self, node: tree.Reduce) -> Term:
        return reduce(node.operator, self.term(node.body), node.axis, node.keepdims, node.span)

    def recast(self, node: tree.Recast) -> Term:
        body = self.term(node.body)
        if body.shape == ():
            return body
        if node.how in ("newaxis0", "newaxis1"):
            if len(body.shape) != 1:
                raise Misfit(f"A new axis makes {say_shape(body.shape)} an array of three axes.", node.span)
            shape: Shape = (1, body.shape[0]) if node.how == "newaxis0" else (body.shape[0], 1)
        elif not is_vector(body.shape):
            if node.how == "squeeze":
                return body
            raise Misfit(f"This takes {say_shape(body.shape)} apart; it is not read.", node.span)
        elif node.how in ("squeeze", "flat"):
            shape = (length(body.shape),)
        else:
            shape = self._reshaped(body, node)
        return Reshape(body, shape=shape)

    def _reshaped(self, body: Term, node: tree.Recast) -> Shape:
        entries = length(body.shape)
        sizes = []
        for size in node.sizes:
            whole = self.term(size)
            if isinstance(whole, Const):
                sizes.append(entries if whole.value == -1 else int(whole.value))
            else:
                sizes.append(whole.name if isinstance(whole, Extent) else "?")
        if [size for size in sizes if size != 1] != [entries] or len(sizes) > 2:
            raise Misfit(f"{say_shape(body.shape).capitalize()} does not take this shape.", node.span)
        return tuple(sizes)
