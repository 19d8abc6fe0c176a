"""A fingerprint of what a formula means: two spellings of it share one, whatever they look like.

For grouping answers in reports. It says nothing of what is right: it follows from the answer and the names that the
problem declares, and from nothing else.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from autograder.formula.declarations import Layout, Question
from autograder.formula.judging.differences import Prepared
from autograder.formula.judging.judge import prepare
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.indexing import BASE
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.meaning.terms import Term, is_piecewise
from autograder.formula.reading import Reading
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Chain, Node
from autograder.formula.values.entries import Value, flat
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely
from autograder.formula.writing.rendering import latex
from autograder.formula.writing.writer import normal

_POINTS = 2
"""Enough to tell formulas apart, with both signs of every scalar; questions with branches take more."""
_DIGITS = 12
_DIGITS_OF_VALUES = 30
_LENGTH = 12
_NOTHING = Decimal("1e-30")
# Drawn numbers have few digits, so their sums and products may lie exactly on the edge between two roundings, where
# the sixtieth digit would decide. No multiple by this number does.
_OFF_THE_EDGE = Decimal("1.2360679774997896964091736687312762354406183596115257")


def fingerprint(reading: Reading, question: Question, *, up_to_sign: bool = False) -> str:
    """Return twelve hexadecimal digits that stand for the value of an answer; of its text, where it has no value.

    up_to_sign   give a formula and its negative the same: for the difference of the sides of an equation
    Raises Unreadable, Misfit or ArithmeticError where the question itself is at fault.
    """
    stated = [(reading.tree, *reading.others), *((chain,) for chain in reading.also)]
    found = sorted({_meaning(chains, reading, question, up_to_sign) for chains in stated})
    return found[0] if len(found) == 1 else _digest("all of", *found)


def _meaning(chains: Sequence[Chain], reading: Reading, question: Question, up_to_sign: bool) -> str:
    """Return what a text means that can be read as each of the chains: what is accepted, if one of them is that."""
    found: list[str] = []
    for chain in chains:
        for meaning in _meanings(chain.sides[-1], reading, prepare(question), up_to_sign):
            if meaning in _accepted(question, up_to_sign):
                return meaning
            found.append(meaning)
    return found[0] if found else _digest("text", latex(normal(chains[0].sides[-1])))


def _meanings(node: Node, reading: Reading, prepared: Prepared, up_to_sign: bool) -> Iterator[str]:
    """Yield what an answer means in the layout of the problem; where it has no value there, in the first that fits.

    A program may be meant for arrays of one dimension or of two.
    """
    is_program = reading.dialect == "python"
    for layout in prepared.layouts:
        fits = False
        for is_flat in (False, True) if is_program else (False,):
            try:
                term = elaborate(node, prepared.question.declarations, layout, flat=is_flat, program=is_program,
                                 text=reading.text).term
                yield _of_term(term, prepared, layout, up_to_sign)
                fits = True
            except (Unreadable, Misfit, ArithmeticError):
                continue
        if fits:
            return


@lru_cache(maxsize=256)
def _accepted(question: Question, up_to_sign: bool) -> frozenset[str]:
    prepared = prepare(question)
    return frozenset(_of_term(expected.term, prepared, BASE, up_to_sign) for expected in prepared.expected)


@lru_cache(maxsize=256)
def _count_points(question: Question) -> int:
    """Return at how many points answers to a question are valued: as many for each, or spellings would differ."""
    branches = math.prod(max(1, len(symbol.branches)) for symbol in question.declarations.symbols)
    has_branches = branches > 1 or any(is_piecewise(expected.term) for expected in prepare(question).expected)
    return max(2 * _POINTS, branches) if has_branches else _POINTS


def _of_term(term: Term, prepared: Prepared, layout: Layout, up_to_sign: bool) -> str:
    values: list[Value] = []
    count = _count_points(prepared.question)
    with precisely(_DIGITS_OF_VALUES):
        for point, assignments, known in list(zip(prepared.points, prepared.free, prepared.known, strict=True))[:count]:
            evaluator = Evaluator(point, known=known)
            values += (evaluator.at(term, assignment) for assignment in assignments)
        sign = _sign(values) if up_to_sign else 1
        written = [_write([sign * entry for entry in flat(value)]) for value in values]
    widths = [len(value[0]) if isinstance(value, list) and isinstance(value[0], list) else 1 for value in values]
    return _digest(layout.name, str(widths), *written)


def _sign(values: Sequence[Value]) -> int:
    """Return the sign of the first entry that is not nothing."""
    first = next((entry for value in values for entry in flat(value) if abs(entry) > _NOTHING), Decimal(1))
    return -1 if first < 0 else 1


def _write(entries: Sequence[Decimal]) -> str:
    """Return entries as whole multiples of a twelfth digit of the largest of them; `0` where all are nothing."""
    largest = max(abs(entry) for entry in entries) * _OFF_THE_EDGE
    if largest < _NOTHING:
        return "0"
    step = largest.adjusted() - _DIGITS
    steps = [int((entry * _OFF_THE_EDGE).scaleb(-step).to_integral_value()) for entry in entries]
    return f"{' '.join(map(str, steps))} e{step}"


def _digest(*pieces: str) -> str:
    return hashlib.sha256("\n".join(pieces).encode()).hexdigest()[:_LENGTH]
