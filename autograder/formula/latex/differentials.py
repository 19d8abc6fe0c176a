r"""Derivatives inside answers: those that the problem names, and those that are to be worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from autograder.formula.declarations import Atom, Declarations
from autograder.formula.meaning.functions import USUAL
from autograder.formula.meaning.indexing import Indexing
from autograder.formula.meaning.shapes import Misfit, fill, flip, say_shape
from autograder.formula.meaning.terms import (
    Each,
    Fill,
    Flip,
    IndexVar,
    Local,
    Member,
    Part,
    Reshape,
    Slope,
    SlopeAt,
    Term,
    Variable,
)
from autograder.formula.meaning.terms import children as children_of
from autograder.formula.texts import formula
from autograder.formula.tree import Apply, Call, Derivative, Name, Node, Number, Prime, Sum, children

Bindings = dict[str, Node]
MAX_ORDER = 4
TOO_MANY_ORDERS = f"Derivatives are read up to the order {MAX_ORDER}; work this one out."


class Differentials(Indexing):
    """Derivatives of losses, of derived symbols, of functions."""

    def derivative(self, node: Derivative) -> Term:
        for atom in self.declarations.atoms:
            found = _match_atom(atom, node, self.declarations)
            if found is not None:
                return self._atom(atom, found, node)
        if isinstance(node.of, (Name, Call)) and self._is_opaque(node.of.name):
            raise self.refusal("This derivative is not one that the answer may name; work it out.", node.span,
                               "undeclared")
        of, wrt = self.term(node.of), self.term(node.wrt)
        return self._slope(of, wrt, node)

    def _is_opaque(self, name: str) -> bool:
        return any(loss.name == name and loss.definition is None for loss in self.declarations.losses)

    def _slope(self, of: Term, wrt: Term, node: Node) -> Term:
        variable = _bare(wrt)
        if not isinstance(variable, (Variable, Member, Part)):
            raise self.refusal("A derivative is taken with respect to a name of the problem.", node.span)
        if of.shape != () and wrt.shape != ():
            raise Misfit(f"The derivative of {say_shape(of.shape)} by {say_shape(wrt.shape)} is not read; "
                         "differentiate a scalar.", node.span)
        if _orders(of) >= MAX_ORDER:
            raise self.refusal(TOO_MANY_ORDERS, node.span, "limit")
        slope: Term = Slope(of, variable, shape=variable.shape if of.shape == () else of.shape)
        if wrt.shape == () or wrt.shape == slope.shape:
            return slope
        return flip(slope) if wrt.shape == slope.shape[::-1] else Reshape(slope, shape=wrt.shape)

    # Named derivatives

    def _atom(self, atom: Atom, bindings: Bindings, node: Derivative) -> Term:
        with_arguments = isinstance(node.of, Call)
        if atom.arguments and not with_arguments:
            if atom.bare == "unreadable":
                arguments = ", ".join(atom.arguments)
                raise self.refusal(f"Write the arguments of the loss: `{atom.of}({arguments})`.", node.span)
            if atom.bare == "fault":
                self.notes.bare.add(atom.name)
        indices = tuple(self._atom_index(name, bindings) for name in atom.indices)
        shape = self.declared_shape(atom.shape)
        if atom.definition is not None:
            body = self.defined(atom.definition, dict(zip(atom.indices, indices, strict=True)))
            body = fill(body, shape) if body.shape == () else body
            return body if isinstance(body, Fill) else self.oriented(body, atom.name)
        over = tuple(self.set_of(index) or "" for index in indices)
        return self.oriented(Member(atom.name, over, indices, shape=shape), atom.name)

    def _atom_index(self, name: str, bindings: Mapping[str, Node]) -> Term:
        if name in bindings:
            return self.index(bindings[name])
        declared = self.declarations.index(name)
        over = declared.over if declared else ""
        bound = [term for term in self.scope.values() if isinstance(term, IndexVar) and term.over == over]
        if len(bound) == 1:
            return bound[0]
        self.notes.free.add(name)
        return IndexVar(name, over)

    # Primes

    def primed_function(self, node: Apply) -> Term:
        r"""Type `\sigma'(x)`: the derivative of the function at each entry."""
        if len(node.arguments) != 1:
            raise self.refusal(f"Write the argument of this derivative: `{node.function}'(...)`.", node.span)
        at = self.term(node.arguments[0])
        declared = self.declarations.function(node.function)
        facts = USUAL.get(node.function)
        if declared is not None and declared.definition is not None:
            with self.binding({declared.argument: Local("x")}):
                body = self.defined(declared.definition, {declared.argument: Local("x")})
        elif facts is not None and facts.kind == "each":
            body = Each(node.function, Local("x"))
        else:
            raise self.refusal(f"The derivative of `{node.function}` is not read; work it out.", node.span)
        if node.primes + _orders(at) > MAX_ORDER:
            raise self.refusal(TOO_MANY_ORDERS, node.span, "limit")
        return SlopeAt(body, "x", at, node.primes, shape=at.shape)

    def prime(self, node: Prime) -> Term:
        """Type a prime behind an expression: a transpose of a vector, a derivative of a scalar."""
        body = self.term(node.body)
        if body.shape != ():
            if node.count > 1:
                raise self.refusal("A double prime behind a vector has no meaning here.", node.span)
            return flip(body)
        variables = [s for s in self.declarations.symbols if s.shape == () and s.definition is None]
        used = [s for s in variables if s.name in _names(node.body)]
        if len(used) != 1:
            raise self.refusal("It is not clear by which variable this prime differentiates; write `d/dx`.", node.span)
        slope: Term = body
        if node.count + _orders(body) > MAX_ORDER:
            raise self.refusal(TOO_MANY_ORDERS, node.span, "limit")
        for _ in range(node.count):
            slope = Slope(slope, Variable(used[0].name))
        return slope


def _orders(term: Term) -> int:
    """Return how many differentiations stand one inside the other: each doubles the work of all that are in it."""
    inner = max(map(_orders, children_of(term)), default=0)
    own = term.order if isinstance(term, SlopeAt) else int(isinstance(term, Slope))
    return own + inner


def is_only_named(node: Node, declarations: Declarations) -> bool:
    """Whether a formula is nothing but the derivative of a loss, which the problem lets nobody name."""
    return isinstance(node, Derivative) and isinstance(node.of, (Name, Call)) and (
        any(loss.name == node.of.name for loss in declarations.losses)
        and all(_match_atom(atom, node, declarations) is None for atom in declarations.atoms))


def _bare(term: Term) -> Term:
    """Return the variable under what the layout has put around it."""
    while isinstance(term, (Flip, Reshape)):
        term = term.body
    return term


def _names(node: Node) -> set[str]:
    own = {node.name} if isinstance(node, Name) else set()
    return own.union(*(_names(child) for child in children(node)))


def _match_atom(atom: Atom, node: Derivative, declarations: Declarations) -> Bindings | None:
    """Lay a declared derivative over one that was typed; return what its indices stand for."""
    of, arguments = (node.of.name, node.of.arguments) if isinstance(node.of, Call) else (None, ())
    if isinstance(node.of, Name):
        of = node.of.name
    if of != atom.of:
        return None
    bindings: Bindings = {}
    if not unify(formula(atom.wrt, declarations), node.wrt, atom.indices, bindings):
        return None
    patterns = [formula(text, declarations) for text in atom.arguments]
    if arguments and not _unify_all(patterns, arguments, atom, bindings):
        return None
    return bindings


def _unify_all(patterns: Sequence[Node], nodes: Sequence[Node], atom: Atom, bindings: Bindings) -> bool:
    return len(patterns) == len(nodes) and all(
        unify(pattern, node, atom.indices, bindings) for pattern, node in zip(patterns, nodes, strict=True))


def unify(pattern: Node, node: Node, slots: Sequence[str], bindings: Bindings) -> bool:
    """Whether a tree is an instance of a pattern in which some index names are slots; fills `bindings`."""
    if isinstance(pattern, Name) and pattern.name in slots:
        return bindings.setdefault(pattern.name, node) == node
    if isinstance(pattern, Sum) and not isinstance(node, Sum):
        # `w_t` is `w_{t+j}` for j = 0.
        shifts = [term for term in pattern.terms if isinstance(term, Name) and term.name in slots]
        rest = [term for term in pattern.terms if term not in shifts]
        return len(shifts) == 1 and rest == [node] and unify(shifts[0], Number(Fraction(0)), slots, bindings)
    ours, theirs = children(pattern), children(node)
    if not ours and not theirs:
        return pattern == node
    if type(pattern) is not type(node) or len(ours) != len(theirs):
        return False
    return all(unify(a, b, slots, bindings) for a, b in zip(ours, theirs, strict=True))
