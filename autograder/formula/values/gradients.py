"""Whether a formula is the gradient of a loss, for authors: a reference that is not is a fault of the problem."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.declarations import Declarations
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.shapes import say_shape
from autograder.formula.meaning.terms import Term
from autograder.formula.proving.proof import DIFFERS, PROVED, Prover, same_number
from autograder.formula.tree import Derivative, Node
from autograder.formula.values.drawing import Point, draw_points, free_values
from autograder.formula.values.entries import flat
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely

POINTS = 3


class GradientCheck(Struct, frozen=True):
    """What came of comparing a formula with a derivative.

    means      `proved`, `agrees at 6 points`, `differs` or `does not fit`
    evidence   for the author: where and how far they are apart; empty when they agree
    """

    matches: bool
    means: str
    evidence: str = ""


def gradient_matches(
    loss: Node,
    wrt: Node,
    answer: Node,
    declarations: Declarations,
    *,
    depends_on: tuple[str, ...] = (),
    prover: Prover | None = None,
) -> GradientCheck:
    """Compare `answer` with the derivative of `loss` with respect to `wrt`, entry by entry.

    A gradient is laid out as its variable: a column for a vector, d x V for a d x V matrix.
    depends_on: free indices of the question; all their values are tried. Without a prover, only points are compared.
    Raises Misfit or Unreadable where either formula has no meaning.
    """
    # A derivative that the problem gives a name to must be worked out here all the same.
    plain = replace(declarations, atoms=())
    slope = elaborate(Derivative(loss, wrt), plain).term
    term = elaborate(answer, declarations).term
    if term.shape != slope.shape and term.shape != ():
        return GradientCheck(
            False, "does not fit", f"The derivative is {say_shape(slope.shape)}, the answer {say_shape(term.shape)}."
        )
    count = 0
    with precisely():
        for point in draw_points(declarations, POINTS):
            for indices in free_values(point, depends_on):
                count += 1
                evidence = _difference(slope, term, point, indices)
                if evidence:
                    return GradientCheck(False, DIFFERS, evidence)
    if prover is not None and prover.prove_equal(slope, term, declarations, depends_on) == PROVED:
        return GradientCheck(True, PROVED)
    return GradientCheck(True, f"agrees at {count} points")


def _difference(slope: Term, term: Term, point: Point, indices: Mapping[str, int]) -> str:
    """Return what an author should know of the first entries that differ; empty where none do."""
    evaluator = Evaluator(point)
    expected, actual = flat(evaluator.at(slope, indices)), flat(evaluator.at(term, indices))
    for number, wanted in enumerate(expected):
        found = actual[number if len(actual) > 1 else 0]
        if not same_number(wanted, found):
            drawn = {**point.sizes, **point.indices, **indices}
            at = ", ".join(f"{name}={value}" for name, value in drawn.items()) or "a drawn point"
            entry = f"entry {number + 1} of {len(expected)}" if len(expected) > 1 else "the value"
            return f"At {at}, {entry} of the derivative is {wanted:.12g}, of the answer {found:.12g}."
    return ""
