"""What holds: comparisons of scalars and indices, indicators, cases; for arrays entry by entry."""

from __future__ import annotations

from functools import reduce

from autograder.formula import tree
from autograder.formula.declarations import Shape
from autograder.formula.latex.dotted import is_zero
from autograder.formula.meaning.shapes import ONE, Misfit, add, fill, hadamard, negate, say_shape
from autograder.formula.meaning.terms import Add, All, Choice, Each, Flip, Part, Term, Test, Truth
from autograder.formula.meaning.whole_functions import WholeFunctions
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node, Span, children


class Conditions(WholeFunctions):
    """Types conditions and what depends on them."""

    def condition(self, node: Node) -> Term:
        """Type a condition on scalars and indices."""
        if isinstance(node, tree.Both):
            return All(tuple(self.condition(part) for part in node.conditions))
        operator, left, right = self._compared(node)
        if left.shape != () or right.shape != ():
            raise Misfit("Only scalars and indices are compared here.", node.span)
        return Test(operator, left, right)

    def indicator(self, node: tree.Indicator) -> Term:
        if self._shape_of(node.condition) == ():
            return Truth(self.condition(node.condition))
        return self._mask(node.condition)

    def cases(self, node: tree.Cases) -> Term:
        shape = next((found for b in node.branches if b.condition and (found := self._shape_of(b.condition))), ())
        if shape:
            return self._entry_by_entry(node, shape)
        values = [self.term(branch.value) for branch in node.branches]
        shape = next((value.shape for value in values if value.shape != ()), ())
        for value, branch in zip(values, node.branches, strict=True):
            if value.shape != shape and value.shape != ():
                raise Misfit(f"One case is {say_shape(shape)}, another {say_shape(value.shape)}.", branch.value.span)
            if value.shape == () != shape and not is_zero(branch.value):
                raise Misfit(f"One case is {say_shape(shape)}, another a scalar.", branch.value.span)
        tests = tuple(None if b.condition is None else self.condition(b.condition) for b in node.branches)
        return Choice(tuple(fill(value, shape) for value in values), tests, shape=shape)

    # Comparisons

    def _compared(self, node: Node) -> tuple[str, Term, Term]:
        if not isinstance(node, tree.Compare):
            raise self.refusal("This is not a condition.", node.span)
        left, right = self._comparable(node.left), self._comparable(node.right)
        if node.operator in ("=", "!=") and not self.program:
            left, right = _indices(left, right) or (left, right)
        ours, theirs = self.set_of(left), self.set_of(right)
        if ours is not None and theirs is not None and ours != theirs:
            fitting = self.converted(left, theirs), self.converted(right, ours)
            if fitting == (None, None):
                raise Misfit("This compares indices of different kinds.", node.span)
            left, right = (fitting[0] or left), (right if fitting[0] is not None else fitting[1] or right)
        return node.operator, left, right

    def _comparable(self, node: Node) -> Term:
        if any(isinstance(part, tree.Name) and (part.name in self.scope or self.declarations.index(part.name))
               for part in (node, *children(node))):
            try:
                return self.index(node)
            except Unreadable:
                return self.term(node)
        return self.term(node)

    # Arrays, entry by entry

    def _shape_of(self, node: Node) -> Shape:
        """Return the shape of what is compared: that of an array, if there is one."""
        parts = node.conditions if isinstance(node, tree.Both) else (node,)
        for part in parts:
            _, left, right = self._compared(part)
            if left.shape or right.shape:
                return left.shape or right.shape
        return ()

    def _mask(self, node: Node) -> Term:
        """Return 1 where a condition holds and 0 elsewhere, for each entry."""
        if isinstance(node, tree.Both):
            return reduce(lambda one, other: _both(one, other, node.span), map(self._mask, node.conditions))
        operator, left, right = self._compared(node)
        if left.shape == right.shape == ():
            return Truth(Test(operator, left, right))
        if () not in (left.shape, right.shape) and left.shape != right.shape:
            raise Misfit(f"This compares {say_shape(left.shape)} with {say_shape(right.shape)}.", node.span)
        less = operator in ("<", "<=")
        ahead = add([right, negate(left)] if less else [left, negate(right)], node.span, False, spread=True)
        if operator in ("<", ">"):
            return _positive(ahead)
        if operator in ("<=", ">="):
            return _opposite(_positive(negate(ahead)))
        differs = Each("abs", Each("sign", ahead, shape=ahead.shape), shape=ahead.shape)
        return differs if operator == "!=" else _opposite(differs)

    def _entry_by_entry(self, node: tree.Cases, shape: Shape) -> Term:
        """Add the cases, each times 1 where it is the first that holds."""
        parts: list[Term] = []
        left: Term = fill(ONE, shape)
        for branch in node.branches:
            value = self.term(branch.value)
            if value.shape not in ((), shape):
                sentence = f"This case is {say_shape(value.shape)}; compared is {say_shape(shape)}."
                raise Misfit(sentence, branch.value.span)
            mask = fill(self._mask(branch.condition), shape) if branch.condition else fill(ONE, shape)
            parts.append(_both(fill(value, shape), _both(left, mask, node.span), node.span))
            left = _both(left, _opposite(mask), node.span)
        return add(parts, node.span, False, spread=True)


def _indices(left: Term, right: Term) -> tuple[Term, Term] | None:
    """Return where two columns or rows of one array stand, `u_i = u_k`: they are equal where these are."""
    one, other = (term.body if isinstance(term, Flip) else term for term in (left, right))
    if not isinstance(one, Part) or not isinstance(other, Part) or one.of != other.of:
        return None
    if one.row is None and other.row is None and one.column is not None and other.column is not None:
        return one.column, other.column
    if one.column is None and other.column is None and one.row is not None and other.row is not None:
        return one.row, other.row
    return None


def _positive(term: Term) -> Term:
    return Each("sign", Each("relu", term, shape=term.shape), shape=term.shape)


def _opposite(mask: Term) -> Term:
    return Add((fill(ONE, mask.shape), negate(mask)), shape=mask.shape)


def _both(one: Term, other: Term, span: Span) -> Term:
    shape = one.shape or other.shape
    return hadamard(fill(one, shape), fill(other, shape), span, program=False)
