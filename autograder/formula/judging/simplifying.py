"""What is left to simplify in a formula: factors that cancel, ones, zeros, pairs of minus signs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from autograder.formula.judging.faults import Fault
from autograder.formula.latex.dotted import is_zero
from autograder.formula.tree import Divide, Negate, Node, Number, Power, Product, Sum, walk

ONE = Number(Fraction(1))


def unsimplified(node: Node) -> Iterator[Fault]:
    """Yield what is left to simplify, outermost first."""
    inner: set[int] = set()
    for part in walk(node):
        if isinstance(part, Sum) and any(is_zero(term) for term in part.terms):
            yield Fault("simplified", "A term 0 is still there; leave it out.", part.span)
        if isinstance(part, (Product, Divide, Negate)) and id(part) not in inner:
            inner |= {id(piece) for piece in _nested(part)}
            yield from _of_product(part)


def _nested(node: Node) -> Iterator[Node]:
    """Yield the products and quotients that belong to this one."""
    yield node
    for child in _direct(node):
        if isinstance(child, (Product, Divide, Negate)):
            yield from _nested(child)


def _direct(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Product):
        return node.factors
    if isinstance(node, Divide):
        return (node.numerator, node.denominator)
    return (node.body,) if isinstance(node, Negate) else ()


def _of_product(node: Node) -> Iterator[Fault]:
    above, below, signs = _factors(node)
    common = [factor for factor in above if factor in below]
    if common:
        yield Fault("simplified", "Something cancels here: the same factor stands above and below a fraction line.",
                    node.span)
    if signs > 1:
        yield Fault("simplified", "Two minus signs here make a plus.", node.span)
    if ONE in below or (ONE in above and len(above) > 1):
        yield Fault("simplified", "A factor 1 is still there; leave it out.", node.span)


def _factors(node: Node) -> tuple[list[Node], list[Node], int]:
    """Return the factors above and below the line, and how many minus signs stand before them."""
    if isinstance(node, Negate):
        above, below, signs = _factors(node.body)
        return above, below, signs + 1
    if isinstance(node, Divide):
        above, below, signs = _factors(node.numerator)
        lower, upper, more = _factors(node.denominator)
        return above + upper, below + lower, signs + more
    if isinstance(node, Product):
        pieces = [_factors(factor) for factor in node.factors]
        return ([f for piece in pieces for f in piece[0]], [f for piece in pieces for f in piece[1]],
                sum(piece[2] for piece in pieces))
    if isinstance(node, Power) and isinstance(node.exponent, Number) and node.exponent.value > 0:
        return [node.base], [], 0
    return [node], [], 0
