"""Arithmetic on shapes: which product two factors make, what may be added to what, what is repeated to fit."""

from __future__ import annotations

from fractions import Fraction

from autograder.formula.declarations import Dimension, Shape
from autograder.formula.meaning.terms import (
    Add,
    Along,
    Const,
    Dot,
    Each,
    Extent,
    Eye,
    Fill,
    Flip,
    Hadamard,
    MatMul,
    Outer,
    Quotient,
    Raise,
    Scale,
    Term,
    walk,
)
from autograder.formula.tree import Span

UNSIZED: Shape = ("?", "?")
"""The shape of an identity matrix whose size is not written."""
ZERO, ONE, MINUS_ONE = (Const(Fraction(value)) for value in (0, 1, -1))


class Misfit(Exception):
    """Shapes that do not fit together; the sentence is for the student, the span is the place."""

    def __init__(self, sentence: str, span: Span) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.span = span


def say_shape(shape: Shape) -> str:
    """Return a shape in words: `a scalar`, `a column of d entries`, `a d x V matrix`."""
    if not shape:
        return "a scalar"
    if len(shape) == 1:
        return f"an array of {shape[0]} entries"
    if shape[1] == 1:
        return f"a column of {shape[0]} entries"
    if shape[0] == 1:
        return f"a row of {shape[1]} entries"
    return f"a {shape[0]} x {shape[1]} matrix"


def squeezed(shape: Shape) -> Shape:
    """Return the shape with 1 x 1 as a scalar."""
    return () if all(dim == 1 for dim in shape) else shape


def flipped(shape: Shape) -> Shape:
    return shape[::-1]


def is_vector(shape: Shape) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and 1 in shape)


def length(shape: Shape) -> Dimension:
    """Return how many entries a vector has."""
    return shape[0] if len(shape) == 1 or shape[1] == 1 else shape[1]


def is_literal(term: Term) -> bool:
    """Whether a scalar is built from numbers and sizes alone, so that it may stand for an array of equal entries."""
    literal = (Const, Extent, Add, Scale, Quotient, Raise)
    return term.shape == () and all(isinstance(part, literal) for part in walk(term))


def fill(term: Term, shape: Shape) -> Term:
    return term if term.shape == shape else Fill(term, shape=shape)


def flip(term: Term) -> Term:
    if len(term.shape) < 2:
        return term
    if isinstance(term, Flip):
        return term.body
    return Flip(term, shape=flipped(term.shape))


def scale(factor: Term, body: Term) -> Term:
    if factor == ONE:
        return body
    if body == ONE:
        return factor
    return Scale(factor, body, shape=body.shape)


def negate(term: Term) -> Term:
    if isinstance(term, Const):
        return Const(-term.value)
    return Scale(MINUS_ONE, term, shape=term.shape)


# Sums


def add(terms: list[Term], span: Span, program: bool, spread: bool) -> Term:
    """Add terms; numbers stand for arrays of equal entries, zero fits everything.

    spread    any scalar may stand for an array of equal entries
    program   rows and columns are repeated as numpy does
    """
    shape: Shape = ()
    for term in terms:
        if term.shape == UNSIZED:
            continue
        if shape in ((), term.shape):
            shape = term.shape or shape
        elif term.shape != ():
            joint = broadcast(shape, term.shape) if program else None
            if joint is None:
                raise Misfit(f"This adds {say_shape(shape)} and {say_shape(term.shape)}.", span)
            shape = joint
    kept = [term for term in terms if term != ZERO]
    for term in kept:
        if term.shape == () != shape and not spread and not is_literal(term):
            raise Misfit(f"This adds {say_shape(shape)} and a scalar.", span)
    if not kept:
        return ZERO
    if any(term.shape == UNSIZED for term in kept) and (len(shape) != 2 or shape[0] != shape[1]):
        raise Misfit(f"This adds an identity matrix and {say_shape(shape)}.", span)
    filled = tuple(sized(term, shape) if term.shape == UNSIZED else fill(term, shape) for term in kept)
    return filled[0] if len(filled) == 1 else Add(filled, shape=shape)


def sized(term: Term, shape: Shape) -> Term:
    """Give an identity matrix, possibly scaled or transposed, the size that its surroundings ask for."""
    if isinstance(term, Eye):
        return Eye(shape=shape)
    if isinstance(term, Scale):
        return Scale(term.factor, sized(term.body, shape), shape=shape)
    return sized(term.body, shape) if isinstance(term, Flip) else term


def broadcast(left: Shape, right: Shape) -> Shape | None:
    """Return the shape that arrays of these shapes take together in numpy; None where they do not fit."""
    rank = max(len(left), len(right))
    padded = [(*(1,) * (rank - len(shape)), *shape) for shape in (left, right)]
    joint: list[Dimension] = []
    for a, b in zip(*padded, strict=True):
        if a != b and 1 not in (a, b):
            return None
        joint.append(b if a == 1 else a)
    return tuple(joint)


# Products


def multiply(left: Term, operator: str, right: Term, span: Span) -> Term:
    """Return the product that the operator and the shapes make of two factors.

    Raises Misfit where the shapes allow none.
    """
    if left.shape == () or right.shape == ():
        return scale(left, right) if left.shape == () else scale(right, left)
    if left.shape == UNSIZED or right.shape == UNSIZED:
        return _times_identity(left, right)
    if operator in ("odot", "circ", "py*"):
        return hadamard(left, right, span, program=operator == "py*")
    if operator == "otimes" and is_vector(left.shape) and is_vector(right.shape):
        return outer(left, right)
    product = matmul(left, right)
    if product is not None:
        return product
    if left.shape == right.shape and is_vector(left.shape):
        if operator in ("cdot", "inner"):
            return Dot(left, right)
        if operator == "*" or (operator == "" and is_activation(left) and is_activation(right)):
            return Hadamard(left, right, shape=left.shape)
    raise Misfit(f"This multiplies {say_shape(left.shape)} and {say_shape(right.shape)}.", span)


def _times_identity(left: Term, right: Term) -> Term:
    """Drop an identity matrix of any size; what scales it stays."""
    identity, other = (left, right) if left.shape == UNSIZED else (right, left)
    while isinstance(identity, Flip):
        identity = identity.body
    if isinstance(identity, Scale):
        return _times_identity(identity.body, scale(identity.factor, other))
    return other


def matmul(left: Term, right: Term) -> Term | None:
    """Return the matrix product; None where the inner dimensions differ."""
    a, b = left.shape, right.shape
    inner, other = a[-1], b[0] if len(b) == 1 else b[-2]
    if inner != other:
        return None
    if len(a) == len(b) == 1:
        return Dot(left, right)
    return MatMul(left, right, shape=squeezed((*a[:-1], *(b[1:] if len(b) == 2 else ()))))


def hadamard(left: Term, right: Term, span: Span, program: bool) -> Term:
    shape = broadcast(left.shape, right.shape) if program else (left.shape if left.shape == right.shape else None)
    if shape is None:
        raise Misfit(f"This multiplies entry by entry {say_shape(left.shape)} and {say_shape(right.shape)}.", span)
    return Hadamard(fill(left, shape), fill(right, shape), shape=shape)


def outer(left: Term, right: Term) -> Term:
    return Outer(left, right, shape=(length(left.shape), length(right.shape)))


def is_activation(term: Term) -> bool:
    r"""Whether a vector is a function of each entry, so that `\exp(x)(1-x)` is meant entry by entry."""
    if isinstance(term, Each):
        return True
    if isinstance(term, (Add, Scale, Fill, Raise, Quotient, Hadamard)):
        parts = [part for part in vars_of(term) if part.shape != () and not isinstance(part, Fill)]
        return bool(parts) and all(is_activation(part) for part in parts)
    return False


def vars_of(term: Term) -> tuple[Term, ...]:
    """Return the direct parts of a sum, product, quotient or power."""
    if isinstance(term, Add):
        return term.terms
    if isinstance(term, Scale):
        return (term.factor, term.body)
    if isinstance(term, Hadamard):
        return (term.left, term.right)
    if isinstance(term, Quotient):
        return (term.numerator, term.denominator)
    if isinstance(term, (Fill, Raise)):
        return (term.body,) if isinstance(term, Fill) else (term.base,)
    return ()


# Quotients and powers


def divide(numerator: Term, denominator: Term, span: Span, program: bool) -> Term:
    if denominator.shape == ():
        return Quotient(numerator, denominator, shape=numerator.shape)
    shape: Shape | None = numerator.shape if numerator.shape == denominator.shape else None
    if shape is None and numerator.shape == () and (program or is_literal(numerator)):
        shape = denominator.shape
    if shape is None and program:
        shape = broadcast(numerator.shape, denominator.shape)
    if shape is None or (len(shape) == 2 and 1 not in shape and not program):
        raise Misfit(f"This divides {say_shape(numerator.shape)} by {say_shape(denominator.shape)}.", span)
    return Quotient(fill(numerator, shape), fill(denominator, shape), shape=shape)


def raise_to(base: Term, exponent: Term, span: Span, program: bool) -> Term:
    if exponent.shape != ():
        raise Misfit(f"The exponent is {say_shape(exponent.shape)}; only scalars are exponents.", span)
    if len(base.shape) == 2 and 1 not in base.shape and not program:
        raise Misfit("A power of a matrix is not read; write the product.", span)
    return Raise(base, exponent, shape=base.shape)


def reduce(operator: str, body: Term, axis: int | None, keepdims: bool, span: Span) -> Term:
    """Reduce along an axis, as numpy does."""
    rank = len(body.shape)
    if axis is None or rank == 0:
        return Along(operator, body)
    if axis < 0:
        axis += rank
    if not 0 <= axis < rank:
        raise Misfit(f"There is no axis {axis} in {say_shape(body.shape)}.", span)
    rest = body.shape[:axis] + ((1,) if keepdims else ()) + body.shape[axis + 1:]
    return Along(operator, body, axis, shape=squeezed(rest))
