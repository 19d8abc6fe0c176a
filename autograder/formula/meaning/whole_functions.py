"""Functions of whole arrays: scalar, outer and matrix products by name, norm, trace, diagonal, reductions, softmax."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from autograder.formula import tree
from autograder.formula.meaning.shapes import (
    Misfit,
    add,
    fill,
    is_vector,
    length,
    multiply,
    outer,
    reduce,
    say_shape,
)
from autograder.formula.meaning.stacking import Stacking
from autograder.formula.meaning.terms import Dot, Reshape, Term, Whole
from autograder.formula.tree import Span


class WholeFunctions(Stacking):
    """Types functions that are not taken entry by entry."""

    @abstractmethod
    def basis(self, node: tree.Basis) -> Term:
        """Type a one-hot vector."""

    def whole_function(self, node: tree.Apply) -> Term:
        if node.function == "onehot":
            return self.basis(tree.Basis(node.arguments[0], span=node.span))
        bodies = [self.term(argument) for argument in node.arguments]
        name, body = node.function, bodies[0]
        if name in ("inner", "dot"):
            return self._inner(name, bodies, node.span)
        if name == "outer":
            if not all(is_vector(item.shape) for item in bodies):
                raise Misfit("An outer product takes two vectors.", node.span)
            return outer(*bodies)
        if name in ("matmul", "hadamard"):
            return multiply(bodies[0], "py@" if name == "matmul" else "py*", bodies[1], node.span)
        if name in ("total", "mean") or (name in ("max", "min") and len(bodies) == 1):
            return reduce("sum" if name == "total" else name, body, None, False, node.span)
        if name in ("max", "min"):
            joint = add(bodies, node.span, True, True).shape
            return Whole(name, tuple(fill(item, joint) for item in bodies), shape=joint)
        if name == "norm":
            return Whole("norm", (body,))
        if name == "trace":
            if len(body.shape) != 2 or body.shape[0] != body.shape[1]:
                raise Misfit(f"A trace is taken of a square matrix, not of {say_shape(body.shape)}.", node.span)
            return Whole("trace", (body,))
        if name == "diag":
            return self._diagonal(body, node.span)
        if body.shape != () and not is_vector(body.shape):
            raise Misfit(f"`{name}` of {say_shape(body.shape)}: say of which column or row.", node.span)
        return Whole(name, (body,), shape=body.shape)

    def _inner(self, name: str, bodies: Sequence[Term], span: Span) -> Term:
        left, right = bodies
        if name == "dot" and self.program:
            return multiply(left, "py@", right, span)
        if left.shape == () or right.shape == ():
            return multiply(left, "", right, span)
        if is_vector(left.shape) and is_vector(right.shape) and length(left.shape) == length(right.shape):
            right = right if left.shape == right.shape else Reshape(right, shape=left.shape)
            return Dot(left, right)
        raise Misfit(f"This is an inner product of {say_shape(left.shape)} and {say_shape(right.shape)}.", span)

    def _diagonal(self, body: Term, span: Span) -> Term:
        if body.shape == ():
            return body
        if is_vector(body.shape):
            return Whole("diag", (body,), shape=(length(body.shape), length(body.shape)))
        if body.shape[0] != body.shape[1]:
            raise Misfit(f"A diagonal is taken of a square matrix, not of {say_shape(body.shape)}.", span)
        return Whole("diagonal", (body,), shape=(body.shape[0],) if self.flat else (body.shape[0], 1))
