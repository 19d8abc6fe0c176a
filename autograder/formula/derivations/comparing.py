"""Whether two sides of a derivation are equal: typed in one layout, evaluated at the same points."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from autograder.formula.declarations import Declarations, Shape
from autograder.formula.derivations.chains import ReadSide
from autograder.formula.judging.differences import DIGITS_AGREED, TOLERANCE, Difference
from autograder.formula.meaning import terms
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.shapes import ZERO, Misfit, say_shape
from autograder.formula.meaning.terms import Term
from autograder.formula.proving.proof import PROVED, Prover
from autograder.formula.refusals import Unreadable
from autograder.formula.slips.probing import View
from autograder.formula.tree import Call, Derivative, Name, Node, walk
from autograder.formula.values.drawing import Point, free_values
from autograder.formula.values.entries import Value, flat, transposed
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely

MAX_ASSIGNMENTS = 8
"""Values of the free indices that are tried at each point."""
ROUND = 10
MAX_WORK = 60_000
"""Nodes and rounds of sums that are worked out for one derivation in one layout."""


class Typed(Struct, frozen=True):
    """A side in one view.

    term      None where its shapes do not fit; `problem` says why
    is_open   that may be our fault: a derivative stands in it that is beyond us
    """

    term: Term | None
    free: frozenset[str] = frozenset()
    problem: str | None = None
    is_open: bool = False


class Comparison(Struct, frozen=True):
    """Whether two sides are equal; None where that cannot be told.

    means       `the same formula`, `proved`, `agrees at 4 points to 40 digits`, `differs at a point`, `shapes` ...
    problem     what does not fit, for the student; `is_inside` says that it is within the side itself
    difference  the point that refutes an equality, for staff
    """

    agrees: bool | None
    means: str
    problem: str | None = None
    difference: Difference | None = None
    is_inside: bool = False


class Comparer:
    """Compares sides in one view; what it types and evaluates is kept.

    cases   indices w and o that the derivation tells cases of apart by: a side need hold in one of them only
    """

    def __init__(
        self, declarations: Declarations, points: Sequence[Point], view: View, cases: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.declarations = declarations
        self.points = tuple(points)
        self.view = view
        self.cases = tuple(cases)
        self._typed: dict[int, tuple[Node, Typed]] = {}
        self._work = 0
        self._values: dict[tuple[int, int, tuple[tuple[str, int], ...]], Value | None] = {}

    @cached_property
    def _evaluators(self) -> tuple[Evaluator, ...]:
        return tuple(Evaluator(point) for point in self.points)

    def typed(self, node: Node, dialect: str) -> Typed:
        if id(node) not in self._typed:
            self._typed[id(node)] = node, self._elaborated(node, dialect == "python")
        return self._typed[id(node)][1]

    def _elaborated(self, node: Node, program: bool) -> Typed:
        try:
            typed = elaborate(
                node, self.declarations, self.view.layout, flat=self.view.flat and program, program=program)
        except Misfit as misfit:
            return Typed(None, problem=misfit.sentence, is_open=any(map(self._is_beyond_us, walk(node))))
        except Unreadable as refusal:
            return Typed(None, problem=refusal.sentence, is_open=True)
        return Typed(typed.term, frozenset(typed.notes.free))

    def _is_beyond_us(self, node: Node) -> bool:
        """Whether a node is a derivative that is not worked out, as of a vector by a vector."""
        if not isinstance(node, Derivative):
            return False
        try:
            elaborate(node, self.declarations, self.view.layout)
        except (Misfit, Unreadable):
            return True
        return False

    def compare(self, left: ReadSide, right: ReadSide) -> Comparison:
        """Compare two sides in every honest reading of each; one that agrees counts."""
        first: Comparison | None = None
        for ours, theirs in itertools.product(left.nodes, right.nodes):
            found = self._compare(ours, left.dialect, theirs, right.dialect)
            if found.agrees:
                return found
            if first is None or (first.agrees is None and found.agrees is False):
                first = found
        assert first is not None
        return first

    def _compare(self, left: Node, left_dialect: str, right: Node, right_dialect: str) -> Comparison:
        ours, theirs = self.typed(left, left_dialect), self.typed(right, right_dialect)
        if ours.term is None or theirs.term is None:
            bad = theirs if theirs.term is None else ours
            is_known = theirs.term is None and not theirs.is_open
            return Comparison(False if is_known else None, "shapes", bad.problem, is_inside=True)
        if left == right:
            return Comparison(True, "the same formula")
        turned = False
        if not _same_shape(ours.term, theirs.term):
            turned = ours.term.shape == theirs.term.shape[::-1] and (_holds_slope(left) or _holds_slope(right))
            if not turned:
                return Comparison(False, "shapes", _shapes(ours.term.shape, theirs.term.shape))
        return self._by_value(ours, theirs, turned)

    def _by_value(self, ours: Typed, theirs: Typed, turned: bool) -> Comparison:
        assert ours.term is not None
        assert theirs.term is not None
        free = tuple(sorted(ours.free | theirs.free))
        agreeing: list[dict[str, int]] = []
        differing: list[tuple[dict[str, int], Difference]] = []
        compared: set[int] = set()
        for number, point in enumerate(self.points):
            for indices in itertools.islice(free_values(point, free), MAX_ASSIGNMENTS):
                left, right = self._value(ours.term, number, indices), self._value(theirs.term, number, indices)
                if left is None or right is None:
                    continue
                compared.add(number)
                difference = _difference(point, indices, left, transposed(right) if turned else right)
                if difference is None:
                    agreeing.append({**point.indices, **indices})
                    continue
                differing.append(({**point.indices, **indices}, difference))
                if not self.cases:
                    break
        if not compared:
            tried = "This takes too long to work out." if self._work > MAX_WORK else (
                "This has no value at any point that was tried.")
            return Comparison(None, "no value", tried)
        if differing:
            case = self._case(agreeing, [indices for indices, _ in differing])
            if case is not None:
                return Comparison(True, f"agrees where {case}, at {len(compared)} points to {DIGITS_AGREED} digits")
            return Comparison(False, "differs at a point", difference=differing[0][1])
        return Comparison(True, f"agrees at {len(compared)} points to {DIGITS_AGREED} digits")

    def _case(self, agreeing: Sequence[dict[str, int]], differing: Sequence[dict[str, int]]) -> str | None:
        """Return the case in which two sides always agree, where the derivation tells cases apart."""
        for index, other in self.cases:
            known = [*agreeing, *differing]
            if not agreeing or any(index not in indices or other not in indices for indices in known):
                continue
            for is_equal in (True, False):
                apart = [indices for indices in differing if (indices[index] == indices[other]) == is_equal]
                within = [indices for indices in agreeing if (indices[index] == indices[other]) == is_equal]
                if within and not apart:
                    return f"{index} {'=' if is_equal else '≠'} {other}"
        return None

    def _value(self, term: Term, number: int, indices: dict[str, int]) -> Value | None:
        key = (id(term), number, tuple(sorted(indices.items())))
        if key not in self._values:
            self._values[key] = self._worked_out(term, number, indices)
        return self._values[key]

    def _worked_out(self, term: Term, number: int, indices: dict[str, int]) -> Value | None:
        if self._work > MAX_WORK:
            return None
        evaluator = self._evaluators[number]
        try:
            with precisely():
                return evaluator.at(term, indices)
        except (ArithmeticError, IndexError):
            return None
        finally:
            self._work += sum(1 for _ in terms.walk(term)) + ROUND * evaluator.rounds

    def proved(self, left: ReadSide, right: ReadSide, prover: Prover) -> bool:
        """Say whether two sides that agree in value are proved equal."""
        ours, theirs = self.typed(left.nodes[0], left.dialect), self.typed(right.nodes[0], right.dialect)
        if ours.term is None or theirs.term is None or not _same_shape(ours.term, theirs.term):
            return False
        free = tuple(sorted(ours.free | theirs.free))
        return prover.prove_equal(ours.term, theirs.term, self.declarations, free) == PROVED


def is_head(node: Node) -> bool:
    """Whether a side is a bare derivative of a loss: row or column is then the writer's choice."""
    return isinstance(node, Derivative) and isinstance(node.of, (Name, Call))


def _holds_slope(node: Node) -> bool:
    """Whether a derivative is left to be worked out, which may be written as a row or as a column."""
    return any(isinstance(part, Derivative) for part in walk(node))


def _same_shape(left: Term, right: Term) -> bool:
    if ZERO in (left, right) or left.shape == right.shape:
        return True
    axes = [tuple(size for size in term.shape if size != 1) for term in (left, right)]
    return axes[0] == axes[1] and 1 in (len(left.shape), len(right.shape))


def _shapes(left: Shape, right: Shape) -> str:
    return f"This is {say_shape(right)}; the side before it is {say_shape(left)}."


def _difference(point: Point, indices: dict[str, int], left: Value, right: Value) -> Difference | None:
    """Return the first entry in which two values differ; a single number stands for equal entries."""
    ours, theirs = flat(left), flat(right)
    count = max(len(ours), len(theirs))
    ours, theirs = ours * (count // len(ours)), theirs * (count // len(theirs))
    scale = max(max(map(abs, ours)), max(map(abs, theirs)))
    allowed = TOLERANCE * scale if scale > TOLERANCE else TOLERANCE
    wide = left if len(flat(left)) == count else right
    width = len(wide[0]) if isinstance(wide, list) and isinstance(wide[0], list) else 1
    for position, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if not abs(a - b) <= allowed:
            places = position // width + 1, position % width + 1
            drawn = {**point.indices, **indices}
            return Difference(tuple(point.sizes.items()), tuple(drawn.items()), places, float(a), float(b))
    return None
