"""Surface tree to typed tree: every product resolved, every index bound, every shape known."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Declarations, Dimension, Layout, Shape, Symbol
from autograder.formula.latex.dotted import without_zeros
from autograder.formula.latex.lexicon import build_lexicon
from autograder.formula.meaning.functions import USUAL
from autograder.formula.meaning.indexing import BASE, Notes
from autograder.formula.meaning.shapes import (
    ONE,
    UNSIZED,
    ZERO,
    Misfit,
    add,
    divide,
    fill,
    flip,
    flipped,
    is_vector,
    length,
    multiply,
    negate,
    raise_to,
    squeezed,
)
from autograder.formula.meaning.terms import (
    All,
    Along,
    Const,
    Each,
    Extent,
    Eye,
    IndexVar,
    Part,
    Term,
    Test,
    Total,
    Variable,
    Whole,
    walk,
)
from autograder.formula.texts import formula
from autograder.formula.tree import Node
from autograder.formula.values.conditions import Conditions


class Typed(Struct, frozen=True):
    """A formula whose shapes fit, and what came up while it was typed."""

    term: Term
    notes: Notes


def elaborate(
    node: Node, declarations: Declarations, layout: Layout = BASE, *, flat: bool = False, program: bool = False,
    text: str = "",
) -> Typed:
    """Type a formula.

    flat      vectors are 1-D arrays, as many write them in Python
    program   `+` and `*` repeat arrays as numpy does
    text      the answer, for the carets of a refusal

    Raises Misfit where shapes do not fit, Unreadable where the formula does not say what it means.
    """
    elaborator = Elaborator(declarations, layout, flat, program, text)
    term = elaborator.term(node)
    if any(part.shape == UNSIZED for part in walk(term)):
        sentence = "It is not clear how large this identity matrix is; write `I_d`."
        raise elaborator.refusal(sentence, node.span, "ambiguous")
    return Typed(term, elaborator.notes)


class Elaborator(Conditions):
    """Types the nodes of one formula."""

    def term(self, node: Node) -> Term:
        rule = _RULES.get(type(node))
        if rule is None:
            raise self.refusal("This cannot stand inside a formula.", node.span)
        term: Term = rule(self, node)
        return term

    def defined(self, definition: str, indices: Mapping[str, Term]) -> Term:
        plain = Elaborator(self.declarations)
        known = build_lexicon(self.declarations).kinds
        arguments = tuple(Symbol(name) for name in indices if name not in known)
        declarations = self.declarations
        if arguments:
            declarations = replace(declarations, symbols=(*declarations.symbols, *arguments))
        with plain.binding(indices):
            return plain.term(formula(definition, declarations))

    # Leaves

    def number(self, node: tree.Number) -> Term:
        return Const(node.value)

    def name(self, node: tree.Name) -> Term:
        bound = self.scope.get(node.name)
        if bound is not None:
            return bound
        symbol = self.declarations.symbol(node.name)
        if symbol is not None:
            return self._variable(symbol.name, symbol.shape)
        if self.declarations.size(node.name) is not None:
            return Extent(node.name)
        if self.declarations.index(node.name) is not None:
            hint = " If you mean zero, type the digit 0." if node.name == "o" else ""
            raise self.refusal(f"`{node.name}` is an index and has no value of its own here.{hint}", node.span,
                               "undeclared")
        loss = next((item for item in self.declarations.losses if item.name == node.name), None)
        if loss is not None and loss.definition is not None:
            return self.defined(loss.definition, {})
        if self.declarations.family(node.name):
            other = node.name.swapcase()
            hint = f" Did you mean `{other}`?" if self.declarations.symbol(other) else ""
            raise self.refusal(f"`{node.name}` needs an index here.{hint}", node.span, "undeclared")
        raise self.refusal(f"`{node.name}` has no value of its own here.", node.span, "undeclared")

    def _variable(self, name: str, shape: Shape) -> Term:
        if len(shape) == 1:
            return self.oriented(Variable(name, shape=(shape[0], 1)), name)
        if len(shape) == 2 and self.lies_transposed(name):
            return Variable(name, True, shape=flipped(shape))
        return Variable(name, shape=shape)

    def call(self, node: tree.Call) -> Term:
        return self.name(tree.Name(node.name, span=node.span))

    def ones(self, node: tree.Ones) -> Term:
        if node.size is None:
            return ONE
        size = self.term(node.size)
        if not isinstance(size, Extent):
            raise self.refusal("The length of this vector of ones must be a size of the problem.", node.span)
        return fill(ONE, (size.name,) if self.flat else (size.name, 1))

    def identity(self, node: tree.Identity) -> Term:
        if node.size is None:
            return Eye(shape=UNSIZED)
        size = self.term(node.size)
        if not isinstance(size, Extent):
            raise self.refusal("The size of this identity matrix must be a size of the problem.", node.span)
        return Eye(shape=(size.name, size.name))

    def basis(self, node: tree.Basis) -> Term:
        index = self.index(node.index)
        length = self.length_of(self.set_of(index) or "")
        for through in self.declarations.through:
            if through.source == self.set_of(index) and not self._is_length(length):
                index = self.converted(index, through.target) or index
                length = self.length_of(through.target)
        if length is None:
            raise self.refusal("It is not clear how long this one-hot vector is.", node.span)
        return self.oriented(Whole("onehot", (index,), shape=(length, 1)), "*")

    def _is_length(self, size: Dimension | None) -> bool:
        return any(size in symbol.shape for symbol in self.declarations.symbols)

    # Arithmetic

    def negate(self, node: tree.Negate) -> Term:
        return negate(self.term(node.body))

    def sum(self, node: tree.Sum) -> Term:
        terms: Sequence[Node] = node.terms
        if any(isinstance(term, tree.Dots) for term in terms):
            terms = without_zeros(terms)
            if any(isinstance(term, tree.Dots) for term in terms):
                return self.dotted_sum(terms, node.span)
        if not terms:
            return Const(Fraction(0))
        spread = self.program or self.declarations.scalars_spread
        return add([self.term(term) for term in terms], node.span, self.program, spread)

    def product(self, node: tree.Product) -> Term:
        """Multiply factors: what stands side by side first, then from the left, and if shapes ask for it otherwise."""
        factors = [self.term(factor) for factor in node.factors]
        try:
            return self._side_by_side_first(factors, node)
        except Misfit as misfit:
            for fold in (self._from_left, self._from_right) if len(factors) > 2 else ():
                with contextlib.suppress(Misfit):
                    return fold(factors, node)
            raise misfit

    def _side_by_side_first(self, factors: Sequence[Term], node: tree.Product) -> Term:
        groups, operators, start = [], [], 0
        for end, operator in enumerate((*node.operators, None)):
            if operator != "":
                groups.append(self._from_left(factors[start:end + 1], _slice(node, start, end)))
                start = end + 1
                operators.append(operator or "")
        return self._from_left(groups, node, tuple(operators[:-1])) if len(groups) > 1 else groups[0]

    def _from_left(
        self, factors: Sequence[Term], node: tree.Product, operators: tuple[str, ...] | None = None
    ) -> Term:
        result = factors[0]
        for number, factor in enumerate(factors[1:]):
            operator = (operators or node.operators)[number]
            summed = None
            if operators is None:
                summed = self._summed(result, factor, node.factors[number], node.factors[number + 1], number == 0)
            result = summed or multiply(result, operator, factor, node.span)
        return result

    def _from_right(self, factors: Sequence[Term], node: tree.Product) -> Term:
        result = factors[-1]
        for number in range(len(factors) - 2, -1, -1):
            result = multiply(factors[number], node.operators[number], result, node.span)
        return result

    def _summed(self, left: Term, right: Term, before: Node, after: Node, first: bool) -> Term | None:
        r"""`\mathbf{1}^\top x` and `x \mathbf{1}` add up rows or columns: the length of such ones follows from x."""
        if first and _is_ones(before) and isinstance(before, tree.Transpose) and len(right.shape) == 2:
            return Along("sum", right, 0, shape=squeezed((1, right.shape[1])))
        if _is_ones(after) and not isinstance(after, tree.Transpose) and len(left.shape) == 2 and left.shape[1] != 1:
            return Along("sum", left, 1, shape=squeezed((left.shape[0], 1)))
        return None

    def divide(self, node: tree.Divide) -> Term:
        return divide(self.term(node.numerator), self.term(node.denominator), node.span, self.program)

    def power(self, node: tree.Power) -> Term:
        base = self.term(node.base)
        if base.shape != () and isinstance(node.exponent, tree.Name) and node.exponent.name == "T":
            return flip(base)
        return raise_to(base, self.term(node.exponent), node.span, self.program)

    def transpose(self, node: tree.Transpose) -> Term:
        return flip(self.term(node.body))

    # Functions

    def apply(self, node: tree.Apply) -> Term:
        declared = self.declarations.function(node.function)
        if not node.arguments:
            if declared is None or declared.bare is None:
                raise self.refusal(f"`{node.function}` needs an argument.", node.span)
            node = tree.Apply(node.function, (tree.Name(declared.bare, span=node.span),), node.primes, span=node.span)
        if node.primes:
            return self.primed_function(node)
        if declared is not None and declared.definition is not None:
            argument = self.term(node.arguments[0])
            return self.defined(declared.definition, {declared.argument: argument})
        facts = USUAL.get(node.function)
        if facts is None:
            raise self.refusal(f"`{node.function}` is not a function of this problem.", node.span, "undeclared")
        if facts.kind == "each":
            body = self.term(node.arguments[0])
            turned = facts.scalar_first or isinstance(node.arguments[0], tree.Transpose)
            if turned and len(body.shape) == 2 and body.shape[0] == 1:
                self.notes.oddities.add(f"{node.function} of a row")
            return Each(node.function, body, shape=body.shape)
        return self.whole_function(node)

    # Binders

    def big(self, node: tree.Big) -> Term:
        return self._nested(node, list(node.binders))

    def _nested(self, node: tree.Big, binders: list[tree.Binder]) -> Term:
        if not binders:
            return self.term(node.body)
        binder, *rest = binders
        inner = tree.Both((*node.conditions, node.body))
        name, declared = self.bound_set(binder, inner, node.span)
        index = self.fresh_index(name, declared.name)
        first, last = self.range_of(binder, declared)
        with self.binding({name: index}):
            body = self._nested(node, rest)
            tests = tuple(self.condition(c) for c in node.conditions) if not rest else ()
        if declared.without and binder.first is binder.last is None:
            self.notes.unbounded.add(name)
            tests += tuple(Test("!=", index, Const(Fraction(number))) for number in declared.without)
        if node.operator == "prod" and body.shape != ():
            raise Misfit("A product over an index takes scalars.", node.span)
        if body == ZERO and node.operator == "sum":
            return ZERO
        test = All(tests) if len(tests) > 1 else tests[0] if tests else None
        return Total(node.operator, index, first, last, test, body, shape=body.shape)

    def expectation(self, node: tree.Expectation) -> Term:
        if node.law is None:
            return self.term(node.body)
        name, declared = self.bound_set(node.binder, node.body, node.span)
        index = self.fresh_index(name, declared.name)
        if isinstance(node.law, tree.Name) and self.declarations.family(node.law.name):
            with self.binding({name: index}):
                share = self.term(tree.Indexed(node.law, (tree.Name(name),), span=node.law.span))
                return self._weighted(share, index, node)
        law = self.term(node.law)
        if not is_vector(law.shape) or length(law.shape) != declared.length:
            raise Misfit("The distribution of this expectation has no probability for each value of its index.",
                         node.span)
        column = len(law.shape) == 2 and law.shape[1] != 1
        with self.binding({name: index}):
            return self._weighted(Part(law, None, index) if column else Part(law, index, None), index, node)

    def _weighted(self, share: Term, index: IndexVar, node: tree.Expectation) -> Term:
        declared = self.declarations.index_set(index.over)
        assert declared is not None
        weighted = multiply(share, "", self.term(node.body), node.span)
        return Total("sum", index, self.limit(declared.first), self.limit(declared.last), None, weighted,
                     shape=weighted.shape)


def _slice(node: tree.Product, start: int, end: int) -> tree.Product:
    """Return the factors of a product from one position to another."""
    factors = node.factors[start:end + 1]
    return tree.Product(factors, node.operators[start:end], span=factors[0].span.joined(factors[-1].span))


def _is_ones(node: Node) -> bool:
    r"""Whether this is a vector of ones that says no length, or such a row: `1^\top` with a plain 1, too."""
    if node == tree.Transpose(tree.Number(Fraction(1))):
        return True
    if isinstance(node, tree.Transpose):
        return _is_ones(node.body)
    return isinstance(node, tree.Ones) and node.size is None


_RULES: Mapping[type[Node], Callable[[Any, Any], Term]] = {
    tree.Number: Elaborator.number,
    tree.Name: Elaborator.name,
    tree.Call: Elaborator.call,
    tree.Ones: Elaborator.ones,
    tree.Identity: Elaborator.identity,
    tree.Basis: Elaborator.basis,
    tree.Indexed: Elaborator.element,
    tree.Apply: Elaborator.apply,
    tree.Negate: Elaborator.negate,
    tree.Sum: Elaborator.sum,
    tree.Product: Elaborator.product,
    tree.Divide: Elaborator.divide,
    tree.Power: Elaborator.power,
    tree.Transpose: Elaborator.transpose,
    tree.Prime: Elaborator.prime,
    tree.Indicator: Elaborator.indicator,
    tree.Cases: Elaborator.cases,
    tree.Big: Elaborator.big,
    tree.Expectation: Elaborator.expectation,
    tree.Derivative: Elaborator.derivative,
    tree.Matrix: Elaborator.matrix,
    tree.Reduce: Elaborator.reduce,
    tree.Recast: Elaborator.recast,
}
