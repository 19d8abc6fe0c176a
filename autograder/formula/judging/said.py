"""Shapes that an answer states, beside those that a layout of rows and columns gives its names and itself."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.formula.declarations import Declarations, Layout, Shape
from autograder.formula.judging.differences import is_zero
from autograder.formula.latex.said_shapes import SaidShape
from autograder.formula.meaning.shapes import flipped, say_shape
from autograder.formula.meaning.terms import Term


def find_contradiction(
    term: Term, said: Sequence[SaidShape], declarations: Declarations, layout: Layout, asked: Shape
) -> str | None:
    """Return what to say about the first stated shape that cannot be in this layout; None where all can be.

    asked   the shape of the answer as the problem declares it
    """
    for item in said if not is_zero(term) else ():
        if item.of:
            shape = _shape_of(item.of, declarations, layout)
            if shape is not None and not _fits(item.shape, shape):
                return (f"By what you say, `{item.of}` is {say_shape(item.shape)}; this formula is right only where "
                        f"it is {say_shape(shape)}.")
            is_matrix = shape is not None and 1 not in shape and shape in (asked, flipped(asked))
            if is_matrix and not _fits(item.shape, term.shape):
                return (f"By what you say, `{item.of}` is {say_shape(item.shape)}; its gradient here is "
                        f"{say_shape(term.shape)}.")
        else:
            stated = (_shape_of(item.like, declarations, layout) or term.shape) if item.like else item.shape
            is_column = len(stated) == 2 and stated == asked and stated[1] == 1 and "*" in layout.rows
            if is_column or not _fits(stated, term.shape):
                return f"You say that the answer is {say_shape(stated)}; what stands here is {say_shape(term.shape)}."
    return None


def _shape_of(name: str, declarations: Declarations, layout: Layout) -> Shape | None:
    """Return the shape that a name has in a layout."""
    symbol = declarations.symbol(name)
    shape = symbol.shape if symbol is not None else next((item.shape for item in declarations.family(name)), ())
    if not shape:
        return None
    if len(shape) == 1:
        is_row = "*" in layout.rows or name in layout.rows
        return (1, shape[0]) if is_row else (shape[0], 1)
    return flipped(shape) if "*" in layout.transposed or name in layout.transposed else shape


def _fits(said: Shape, shape: Shape) -> bool:
    """Whether a shape is the one that is stated; (d,) says only how many entries a vector has."""
    if len(said) == 1 or len(shape) == 1:
        return [size for size in said if size != 1] == [size for size in shape if size != 1]
    return said == (shape or (1, 1))
