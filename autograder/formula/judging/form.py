"""What a right answer looks like, apart from its value: in which terms, with which functions, vectorised or not."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from autograder.formula.declarations import Declarations, Form
from autograder.formula.judging.faults import Fault
from autograder.formula.judging.simplifying import unsimplified
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.indexing import Notes
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.reading import Reading
from autograder.formula.refusals import Unreadable
from autograder.formula.texts import formula
from autograder.formula.tree import (
    Apply,
    Basis,
    Big,
    Binder,
    Call,
    Derivative,
    Expectation,
    Indexed,
    Name,
    Node,
    Number,
    Prime,
    Product,
    Reduce,
    children,
)

STRUCTURE = frozenset(("inner", "dot", "outer", "matmul", "hadamard"))
"""Functions that only spell a product."""


def find_faults(reading: Reading, form: Form, declarations: Declarations, notes: Notes) -> tuple[Fault, ...]:
    """Return what is wrong with the form of an answer, at most one fault of a kind, in the order of the text."""
    faults: dict[str, Fault] = {}
    for fault in _faults(reading, form, declarations):
        faults.setdefault(fault.kind, fault)
    span = reading.answer.span
    if notes.bare:
        sentence = "Write the arguments of the loss, so that it is clear which term is differentiated."
        faults["arguments"] = Fault("arguments", sentence, span)
    if notes.unbounded:
        name = sorted(notes.unbounded)[0]
        faults["bounds"] = Fault("bounds", f"Write the bounds of the sum: which values does `{name}` take?", span)
    return tuple(faults.values())


def _faults(reading: Reading, form: Form, declarations: Declarations) -> Iterator[Fault]:
    if reading.local_names and not form.local_names:
        names = ", ".join(f"`{name}`" for name in reading.local_names)
        yield Fault("own names", f"Put what you call {names} into the formula; the answer is asked{_terms(form)}.",
                    reading.answer.span)
    yield from _Checker(form, declarations).check(reading.answer)
    if form.simplified:
        yield from unsimplified(reading.answer)


def _terms(form: Form) -> str:
    if form.in_terms_of is None:
        return " in the problem's own names"
    if not form.in_terms_of:
        return " as a number"
    shown = [f"`{item}`" for item in form.in_terms_of]
    return " in terms of " + (shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}")


class _Checker:
    def __init__(self, form: Form, declarations: Declarations) -> None:
        self.form = form
        self.declarations = declarations
        allowed = [formula(text, declarations) for text in form.in_terms_of or ()]
        self.names = {node.name for node in map(_base, allowed) if isinstance(node, Name)}
        self.allows_basis = any(isinstance(node, Basis) for node in allowed)
        self.whole = [node for node in allowed if isinstance(node, (Apply, Derivative))]

    def check(self, node: Node) -> Iterator[Fault]:
        if isinstance(node, Apply) and not node.arguments:
            node = self._with_argument(node)
        if node in self.whole or _is_nothing(node):
            return
        yield from self._own(node)
        for child in children(node):
            if isinstance(child, Binder) or (isinstance(node, Indexed) and child in node.indices):
                continue
            yield from self.check(child)

    def _with_argument(self, node: Apply) -> Node:
        declared = self.declarations.function(node.function)
        bare = declared.bare if declared else None
        return Apply(node.function, (Name(bare),), node.primes, span=node.span) if bare else node

    def _own(self, node: Node) -> Iterator[Fault]:
        form = self.form
        if form.vectorised and isinstance(node, (Big, Reduce, Expectation)):
            yield Fault("sum", "Write it vectorised, without a sum over an index.", node.span)
        elif not form.sums and isinstance(node, Big):
            yield Fault("sum", "Write it without a sum.", node.span)
        if form.vectorised and isinstance(node, Indexed):
            yield Fault("element", "Write it with whole vectors and matrices, without picking elements.", node.span)
        if isinstance(node, Apply) and self._is_foreign_function(node.function):
            yield Fault("function", f"`{node.function}` is still there; write it{_terms(form)}.", node.span)
        if form.in_terms_of is None:
            return
        if isinstance(node, (Name, Call)) and self._is_foreign(node.name):
            yield Fault("terms", f"`{_shown(node.name)}` is still there; write it{_terms(form)}.", node.span)
        if isinstance(node, Basis) and not self.allows_basis:
            yield Fault("terms", f"A basis vector is still there; write it{_terms(form)}.", node.span)
        if self._is_derivative(node):
            yield Fault("derivative", "A derivative is still to be worked out here.", node.span)

    def _is_derivative(self, node: Node) -> bool:
        """Whether something is still to be differentiated; a prime behind a vector is a transpose."""
        if isinstance(node, Prime):
            try:
                return elaborate(node.body, self.declarations).term.shape == ()
            except (Misfit, Unreadable):
                return True
        return isinstance(node, Derivative) or (isinstance(node, Apply) and node.primes > 0)

    def _is_foreign(self, name: str) -> bool:
        if name in self.names:
            return False
        known = self.declarations
        quantities = [family for family in known.family(name) if family.values is None]
        return bool(known.symbol(name) or quantities or any(loss.name == name for loss in known.losses))

    def _is_foreign_function(self, name: str) -> bool:
        allowed = self.form.functions
        return allowed is not None and name not in allowed and name not in STRUCTURE


def _is_nothing(node: Node) -> bool:
    """Whether this is how a program writes zeros, `np.zeros_like(v_c)`: only the shape of what it names counts."""
    return isinstance(node, Product) and node.factors[0] == Number(Fraction(0)) and node.operators == ("py*",)


def _base(node: Node) -> Node:
    return node.base if isinstance(node, Indexed) else node


def _shown(name: str) -> str:
    return name.replace("_hat", "^").replace("_bar", "¯") if name.endswith(("_hat", "_bar")) else name
