"""Edits of arithmetic: what may wrongly stand in the place of a term, a factor, a function or an exponent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Declarations
from autograder.formula.tree import Node


class Setting(Struct, frozen=True):
    """What rules may draw on.

    free      the indices that the question is about
    is_step   whether the formula is one side of a chain and the wrong one the next
    bound     the indices that sums in the formula bind
    """

    declarations: Declarations
    free: tuple[str, ...] = ()
    is_step: bool = False
    bound: frozenset[str] = frozenset()


class Edit(Struct, frozen=True):
    """What may wrongly stand in the place of a node.

    piece   the part of it that was changed
    what    what was changed about it, where the name of the slip does not say so: the function that got lost
    """

    piece: Node
    new: Node
    what: str = ""


Rule = Callable[[Node, Setting], Iterator[Edit]]


# Pieces of trees

ONE, TWO = tree.Number(Fraction(1)), tree.Number(Fraction(2))
ZERO = tree.Number(Fraction(0))
SIGMOIDS = frozenset(("sigma",))
ODD_OR_NOT = frozenset(("sigma", "exp", "tanh", "log", "cos", "sin"))


def negative(node: Node) -> Node:
    return node.body if isinstance(node, tree.Negate) else tree.Negate(node)


def one_minus(node: Node) -> Node:
    return tree.Sum((ONE, tree.Negate(node)))


def subtracted_from_one(node: Node) -> Node | None:
    """Return s where the node is 1 - s."""
    if isinstance(node, tree.Sum) and len(node.terms) == 2 and node.terms[0] == ONE:
        second = node.terms[1]
        return second.body if isinstance(second, tree.Negate) else None
    return None


def times(left: Node, right: Node) -> Node:
    return tree.Product((left, right), ("",))


def without_factor(node: tree.Product, position: int) -> Node:
    factors = node.factors[:position] + node.factors[position + 1:]
    gap = max(0, position - 1)
    operators = node.operators[:gap] + node.operators[gap + 1:]
    return tree.Product(factors, operators) if len(factors) > 1 else factors[0]


def _is_sigmoid(node: Node) -> bool:
    return isinstance(node, tree.Apply) and node.function in SIGMOIDS and len(node.arguments) == 1 and not node.primes


def _is_leaf(node: Node) -> bool:
    return isinstance(node, (tree.Name, tree.Indexed))


# Terms and factors


def sign_of_a_term(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Sum):
        for position, term in enumerate(node.terms):
            terms = (*node.terms[:position], negative(term), *node.terms[position + 1:])
            yield Edit(term, replace(node, terms=terms))


def missing_term(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Sum) and subtracted_from_one(node) is None:
        for position, term in enumerate(node.terms):
            rest = node.terms[:position] + node.terms[position + 1:]
            yield Edit(term, replace(node, terms=rest) if len(rest) > 1 else rest[0])


def missing_factor(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Product):
        for position, factor in enumerate(node.factors):
            if not isinstance(factor, tree.Number):
                yield Edit(factor, without_factor(node, position))
    if isinstance(node, tree.Divide):
        yield Edit(node.denominator, node.numerator)


def constant_factor(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Product):
        for position, factor in enumerate(node.factors):
            if isinstance(factor, tree.Number):
                yield Edit(factor, without_factor(node, position))
    if isinstance(node, tree.Sum):
        for position, term in enumerate(node.terms):
            if not any(isinstance(part, tree.Number) for part in (term, negative(term))):
                terms = (*node.terms[:position], times(TWO, term), *node.terms[position + 1:])
                yield Edit(term, replace(node, terms=terms))


def one_too_many(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Number):
        yield Edit(node, replace(node, value=node.value + 1))
        yield Edit(node, replace(node, value=node.value - 1))
    if isinstance(node, tree.Product):
        for position, factor in enumerate(node.factors):
            if _is_leaf(factor) or _is_sigmoid(factor):
                for new in (tree.Sum((factor, tree.Negate(ONE))), tree.Sum((ONE, factor))):
                    factors = (*node.factors[:position], new, *node.factors[position + 1:])
                    yield Edit(factor, replace(node, factors=factors))


def one_for_a_symbol(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Sum):
        for position, term in enumerate(node.terms):
            sign, leaf = (negative, term.body) if isinstance(term, tree.Negate) else (_as_is, term)
            if isinstance(leaf, tree.Indexed):
                terms = (*node.terms[:position], sign(ONE), *node.terms[position + 1:])
                yield Edit(leaf, replace(node, terms=terms))


def _as_is(node: Node) -> Node:
    return node


# Functions


def one_minus_sigma(node: Node, setting: Setting) -> Iterator[Edit]:
    inner = subtracted_from_one(node)
    if inner is not None and (_is_sigmoid(inner) or _is_leaf(inner)):
        yield Edit(inner, inner)
    elif _is_sigmoid(node):
        yield Edit(node, one_minus(node))


def leaf_for_one_minus(node: Node, setting: Setting) -> Iterator[Edit]:
    """`a(1-a)` gives `(1-a)(1-a)`: the other half of the same exchange, where a stands for a sigmoid."""
    if isinstance(node, tree.Product):
        for position, factor in enumerate(node.factors):
            if _is_leaf(factor) and one_minus(factor) in node.factors:
                factors = (*node.factors[:position], one_minus(factor), *node.factors[position + 1:])
                yield Edit(factor, replace(node, factors=factors))


def _slope_pairs(node: Node) -> Iterator[tuple[tree.Product, int, int]]:
    """Yield the positions of s and of 1 - s (or of σ(x) and σ(-x)) in a product."""
    if not isinstance(node, tree.Product):
        return
    for at, factor in enumerate(node.factors):
        opposite = {one_minus(factor)}
        if isinstance(factor, tree.Apply) and _is_sigmoid(factor):
            opposite.add(replace(factor, arguments=(negative(factor.arguments[0]),)))
        for other, partner in enumerate(node.factors):
            if other != at and partner in opposite:
                yield node, at, other


def no_slope(node: Node, setting: Setting) -> Iterator[Edit]:
    for product, _, other in _slope_pairs(node):
        yield Edit(product, without_factor(product, other))


def no_inner_derivative(node: Node, setting: Setting) -> Iterator[Edit]:
    for product, at, other in _slope_pairs(node):
        if at < other and len(product.factors) > 2:
            rest = without_factor(product, other)
            if isinstance(rest, tree.Product):
                yield Edit(times(product.factors[at], product.factors[other]), without_factor(rest, at))


def slope_of_tanh(node: Node, setting: Setting) -> Iterator[Edit]:
    for product, at, other in _slope_pairs(node):
        rest = without_factor(product, other)
        square = one_minus(tree.Power(product.factors[at], TWO))
        position = at - (other < at)
        if isinstance(rest, tree.Product):
            factors = (*rest.factors[:position], square, *rest.factors[position + 1:])
            yield Edit(product, replace(rest, factors=factors))
        else:
            yield Edit(product, square)


def slope_of_sigma(node: Node, setting: Setting) -> Iterator[Edit]:
    square = subtracted_from_one(node)
    if isinstance(square, tree.Power) and square.exponent == TWO:
        yield Edit(node, times(square.base, one_minus(square.base)))


def no_log(node: Node, setting: Setting) -> Iterator[Edit]:
    """(log σ)' = 1 - σ: with the logarithm forgotten it is σ(1 - σ)."""
    inner = subtracted_from_one(node)
    if inner is not None and (_is_sigmoid(inner) or _is_leaf(inner)):
        yield Edit(inner, times(inner, node))
    elif _is_sigmoid(node):
        yield Edit(node, times(node, one_minus(node)))


def log_of_argument(node: Node, setting: Setting) -> Iterator[Edit]:
    inner = subtracted_from_one(node)
    if isinstance(inner, tree.Apply) and _is_sigmoid(inner):
        yield Edit(inner, tree.Divide(times(inner, node), inner.arguments[0]))
    elif isinstance(node, tree.Apply) and _is_sigmoid(node):
        yield Edit(node, tree.Divide(times(node, one_minus(node)), node.arguments[0]))


def minus_inside(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Apply) and len(node.arguments) == 1 and node.function in ODD_OR_NOT:
        yield Edit(node, replace(node, arguments=(negative(node.arguments[0]),)))


def function_lost(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Apply) and len(node.arguments) == 1:
        yield Edit(node, node.arguments[0], node.function)


def other_exponent(node: Node, setting: Setting) -> Iterator[Edit]:
    if isinstance(node, tree.Power) and isinstance(node.exponent, tree.Number):
        for step in (1, -1):
            value = node.exponent.value + step
            yield Edit(node, node.base if value == 1 else replace(node, exponent=tree.Number(value)))
