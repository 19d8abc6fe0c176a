"""The verdict on an answer: its value at drawn points, its form, the layout it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.declarations import Declarations, Layout, Question, Shape
from autograder.formula.judging.differences import (
    DIGITS_AGREED,
    Difference,
    Expected,
    Prepared,
    find_difference,
    is_zero,
)
from autograder.formula.judging.faults import Fault
from autograder.formula.judging.form import find_faults
from autograder.formula.judging.said import find_contradiction
from autograder.formula.latex.differentials import is_only_named
from autograder.formula.meaning.elaboration import Typed, elaborate
from autograder.formula.meaning.indexing import BASE, Notes
from autograder.formula.meaning.layouts import usual_layouts
from autograder.formula.meaning.shapes import ZERO, Misfit, flipped, say_shape
from autograder.formula.meaning.terms import Term, is_piecewise
from autograder.formula.reading import Reading
from autograder.formula.refusals import Unreadable
from autograder.formula.texts import formula
from autograder.formula.tree import Chain, Head, Node, Span, Transpose
from autograder.formula.values.drawing import draw_points, free_values
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import precisely

POINTS = 4
POINTS_OF_BRANCHES = 16
"""Enough for each branch of a piecewise formula."""
SAID, MIXED = "stated shapes", "two layouts"
BY_LAYOUT = (SAID, MIXED)
"""Means that refute an answer whose value is right: shapes are not as it says, or matrices are not laid out alike."""
TWO_LAYOUTS = ("Two layouts are mixed here: a matrix is used as if it were stored the other way round, and its "
               "gradient does not come out that way.")


class Verdict(Enum):
    """What an answer is worth saying about."""

    CORRECT = "correct"
    WRONG_FORM = "right value, wrong form"
    VARIANT = "convention variant"
    WRONG = "wrong"
    UNREADABLE = "unreadable"


class Judgement(Struct, frozen=True):
    """A verdict and what it rests on.

    means        how it was decided, in words: `the same formula`, `proved`, `agrees at 4 points to 40 digits` ...
    variant      the layout or reading of the question that the answer is right in
    sentence     what to tell the student about shapes, free indices or ambiguity; None where there is nothing to add
    faults       of form
    place        where in the text the shapes do not fit
    difference   the point that refutes a wrong answer
    refusal      why an answer could not be read
    """

    verdict: Verdict
    means: str
    variant: str | None = None
    sentence: str | None = None
    faults: tuple[Fault, ...] = ()
    difference: Difference | None = None
    refusal: Unreadable | None = None
    place: Span | None = None


class Proving(Protocol):
    """Something that decides identities exactly; see `proof.Prover`."""

    def prove_equal(
        self, left: Term, right: Term, declarations: Declarations, depends_on: tuple[str, ...] = ()
    ) -> str: ...


@lru_cache(maxsize=256)
def prepare(question: Question, count: int = POINTS) -> Prepared:
    """Type and evaluate the accepted answers of a question, at `count` points or more.

    Raises Unreadable, Misfit or ArithmeticError where the question itself is at fault.
    """
    declarations = question.declarations
    accepted = [(formula(reference.answer, declarations), reference.variant) for reference in question.references]
    typed = [(node, elaborate(node, declarations).term, variant) for node, variant in accepted]
    if any(is_piecewise(term) for _, term, _ in typed):
        count = max(count, POINTS_OF_BRANCHES)
    points = draw_points(declarations, count)
    free = tuple(tuple(free_values(point, question.depends_on)) for point in points)
    evaluators = [Evaluator(point) for point in points]
    expected = []
    with precisely():
        for node, term, variant in typed:
            values = tuple(
                tuple(evaluator.at(term, assignment) for assignment in assignments)
                for evaluator, assignments in zip(evaluators, free, strict=True)
            )
            expected.append(Expected(node, term, variant, values))
    layouts = question.layouts if question.layouts is not None else usual_layouts(declarations)
    return Prepared(
        question, points, free, tuple(expected), (BASE, *(item for item in layouts if item != BASE)),
        tuple(evaluator.found() for evaluator in evaluators),
    )


def judge(reading: Reading, question: Question, prover: Proving | None = None) -> Judgement:
    """Judge an answer that was read.

    A text with several honest readings is judged only where all of them come to the same verdict.
    """
    prepared = prepare(question)
    with precisely():
        found = [_judge_chain(chain, reading, prepared, prover) for chain in (reading.tree, *reading.others)]
        judgement = _agreed(found, reading)
        for chain in reading.also:
            other = _judge_chain(chain, reading, prepared, prover)
            has_form = judgement.verdict is Verdict.WRONG_FORM and other.verdict is Verdict.CORRECT
            if has_form or _RANK.index(other.verdict) > max(_RANK.index(judgement.verdict), 1):
                judgement = other
    return judgement


_RANK = (Verdict.CORRECT, Verdict.WRONG_FORM, Verdict.VARIANT, Verdict.WRONG, Verdict.UNREADABLE)


def _agreed(found: Sequence[Judgement], reading: Reading) -> Judgement:
    fitting = [item for item in found if item.means not in ("shapes", "unusual reading") and item.refusal is None]
    usable = fitting or [item for item in found if item.refusal is None] or list(found)
    if len({item.verdict for item in usable}) == 1:
        return usable[0]
    sentence = "This can be read in two ways that differ. Put brackets around what belongs together."
    refusal = Unreadable(sentence, reading.tree.span, reading.text, "ambiguous")
    return Judgement(Verdict.UNREADABLE, "two readings disagree", sentence=sentence, refusal=refusal)


def _judge_chain(chain: Chain, reading: Reading, prepared: Prepared, prover: Proving | None) -> Judgement:
    if not prepared.question.every_side:
        last = _judge_side(chain.sides[-1], reading, prepared, prover)
        return _asked_form_before(chain, last, reading, prepared, prover) or last
    for side in chain.sides[:-1]:
        if isinstance(side, Head):
            sentence = "This side of the chain could not be read."
            refusal = Unreadable(sentence, side.span, reading.text, "undeclared")
            return Judgement(Verdict.UNREADABLE, "a side could not be read", sentence=sentence, refusal=refusal)
        judgement = _judge_side(side, reading, prepared, prover)
        if judgement.verdict not in (Verdict.CORRECT, Verdict.WRONG_FORM):
            return judgement
    return _judge_side(chain.sides[-1], reading, prepared, prover)


def _asked_form_before(
    chain: Chain, last: Judgement, reading: Reading, prepared: Prepared, prover: Proving | None
) -> Judgement | None:
    """Judge by a whole side with the form that is asked, where the chain only goes on from it with equal ones."""
    own_names = any(alias.local for alias in reading.aliases)
    if last.verdict is not Verdict.WRONG_FORM or own_names or any(sign != "=" for sign in chain.relations):
        return None
    for side in reversed(chain.sides[:-1]):
        if isinstance(side, Head):
            return None
        judgement = _judge_side(side, reading, prepared, prover)
        if judgement.verdict is not Verdict.WRONG_FORM:
            return judgement if judgement.verdict is Verdict.CORRECT else None
    return None


def _judge_side(node: Node, reading: Reading, prepared: Prepared, prover: Proving | None) -> Judgement:
    question = prepared.question
    if is_only_named(node, question.declarations):
        refusal = Unreadable("This only names the derivative that is asked for; what is it equal to?", node.span,
                             reading.text, "incomplete")
        return Judgement(Verdict.UNREADABLE, "no answer yet", sentence=refusal.sentence, refusal=refusal)
    try:
        typed, judgement = _in_declared_layout(node, reading, prepared, prover)
        if judgement.verdict is not Verdict.CORRECT:
            return _in_other_layouts(node, reading, prepared) or judgement
    except Unreadable as refusal:
        refusal.text = refusal.text or reading.text
        return Judgement(Verdict.UNREADABLE, "not readable", sentence=refusal.sentence, refusal=refusal)
    if judgement.variant is not None:
        return replace(judgement, verdict=Verdict.VARIANT)
    transposed_name = _transposed_alias(reading, question)
    if transposed_name is not None:
        return replace(judgement, verdict=Verdict.VARIANT, variant=transposed_name)
    side = replace(reading, tree=Chain((node,), span=node.span))
    faults = find_faults(side, question.form, question.declarations, typed.notes if typed else Notes())
    if faults:
        return replace(judgement, verdict=Verdict.WRONG_FORM, faults=faults)
    return judgement


def _transposed_alias(reading: Reading, question: Question) -> str | None:
    """Return the layout that an alias such as `outsideVectors` for the transpose of U brings with it."""
    for alias in reading.aliases:
        try:
            meaning = formula(alias.means, replace(question.declarations, aliases=()))
        except Unreadable:
            continue
        if isinstance(meaning, Transpose):
            return f"{alias.written} stored by rows"
    return None


def _in_declared_layout(
    node: Node, reading: Reading, prepared: Prepared, prover: Proving | None
) -> tuple[Typed | None, Judgement]:
    """Judge the value in the layout of the problem; a program may also be meant for 1-D arrays."""
    misfit: Misfit | None = None
    judgement: Judgement | None = None
    for flat_vectors in (False, True) if reading.dialect == "python" else (False,):
        try:
            typed = _typed(node, reading, prepared, BASE, flat_vectors)
        except Misfit as error:
            misfit = misfit or error
            continue
        found = _value(node, typed, prepared, prover)
        if found.verdict is Verdict.CORRECT:
            said = _contradicted(typed.term, reading, prepared, BASE)
            return (typed, found) if said is None else (None, said)
        judgement = judgement or found
        if reading.is_row and typed.term.shape[:1] == (1,):
            break  # 1-D arrays, whose transpose is the same, would hide what the comment says
    if judgement is not None:
        return None, judgement
    assert misfit is not None
    return None, Judgement(Verdict.WRONG, "shapes", sentence=misfit.sentence, place=misfit.span)


def _typed(node: Node, reading: Reading, prepared: Prepared, layout: Layout, flat_vectors: bool) -> Typed:
    return elaborate(node, prepared.question.declarations, layout, flat=flat_vectors,
                     program=reading.dialect == "python", text=reading.text)


def _in_other_layouts(node: Node, reading: Reading, prepared: Prepared) -> Judgement | None:
    """Judge the value in another layout; one that contradicts what the answer says about shapes is not meant."""
    is_stored_by_rows = _transposed_alias(reading, prepared.question) is not None
    contradicted: Judgement | None = None
    for layout in prepared.layouts:
        if layout.transposed and is_stored_by_rows:
            continue  # `outsideVectors` has its words as rows already, whatever U has
        for flat_vectors in (False, True) if reading.dialect == "python" else (False,):
            try:
                typed = _typed(node, reading, prepared, layout, flat_vectors)
            except Misfit:
                continue
            if typed.notes.free - set(prepared.question.depends_on) or typed.notes.oddities:
                continue
            thorough = _thorough(typed.term, prepared)
            for expected in thorough.expected:
                if expected.variant is not None or not _matches(typed.term, expected, thorough, layout == BASE):
                    continue
                if _is_mixed(typed.term, expected, prepared, layout):
                    contradicted = contradicted or Judgement(Verdict.WRONG, MIXED, sentence=TWO_LAYOUTS)
                else:
                    name = layout.name if layout != BASE else "the gradient transposed"
                    said = _contradicted(typed.term, reading, prepared, layout)
                    if said is None:
                        return Judgement(Verdict.VARIANT, _agreement(thorough), variant=name)
                    contradicted = contradicted or said
    return contradicted


def _is_mixed(term: Term, expected: Expected, prepared: Prepared, layout: Layout) -> bool:
    """Whether the gradient of a matrix is laid out in another way than the matrices that it is made of."""
    shape = expected.term.shape
    of_matrix = any(symbol.shape == shape for symbol in prepared.question.declarations.symbols)
    if layout == BASE or len(shape) != 2 or 1 in shape or not of_matrix:
        return False
    return (term.shape == shape) == ("*" in layout.transposed)


def _contradicted(term: Term, reading: Reading, prepared: Prepared, layout: Layout) -> Judgement | None:
    """Judge an answer that is right in a layout in which a shape cannot be as the answer says; None where all can."""
    asked = prepared.expected[0].term.shape
    sentence = find_contradiction(term, reading.shapes, prepared.question.declarations, layout, asked)
    return Judgement(Verdict.WRONG, SAID, sentence=sentence) if sentence is not None else None


def _agreement(prepared: Prepared) -> str:
    return f"agrees at {len(prepared.points)} points to {DIGITS_AGREED} digits"


# Values


def _value(node: Node, typed: Typed, prepared: Prepared, prover: Proving | None) -> Judgement:
    """Compare the value of a typed answer with each accepted one."""
    question = prepared.question
    left_free = typed.notes.free - set(question.depends_on)
    if left_free:
        name = sorted(left_free)[0]
        return Judgement(Verdict.WRONG, "an index is left free",
                         sentence=f"The index `{name}` is left free: no sum runs over it, and the answer has none.")
    prepared = _thorough(typed.term, prepared)
    unusual = bool(typed.notes.oddities)
    first: Judgement | None = None
    for expected in prepared.expected:
        if node == expected.node:
            return Judgement(Verdict.CORRECT, "the same formula", variant=expected.variant)
        if not _same_shape(typed.term, expected.term.shape) and expected.term != ZERO:
            if first is None:
                first = Judgement(Verdict.WRONG, "shapes", sentence=_shape_sentence(typed.term, expected.term.shape))
            continue
        difference = find_difference(typed.term, expected, prepared)
        outcome = "" if difference is not None else _proved(typed.term, expected, prepared, prover)
        if difference is None and outcome != "differs":
            means = "proved" if outcome == "proved" else _agreement(prepared)
            return Judgement(Verdict.CORRECT, means, variant=expected.variant)
        if first is None or first.difference is None:
            first = Judgement(Verdict.WRONG, "unusual reading" if unusual else "differs at a point",
                              difference=difference)
    assert first is not None
    return first


def _proved(term: Term, expected: Expected, prepared: Prepared, prover: Proving | None) -> str:
    """Return `proved`, `differs`, or something else where that stays open."""
    if prover is None:
        return ""
    question = prepared.question
    return prover.prove_equal(term, expected.term, question.declarations, question.depends_on)


def _same_shape(term: Term, shape: Shape) -> bool:
    return term.shape == shape or is_zero(term) or (len(term.shape) == 1 and shape == (*term.shape, 1))


def _shape_sentence(term: Term, shape: Shape) -> str:
    return f"This is {say_shape(term.shape)}; the answer is {say_shape(shape)}."


def _thorough(term: Term, prepared: Prepared) -> Prepared:
    """Return the question prepared at more points, where the answer is piecewise."""
    if len(prepared.points) < POINTS_OF_BRANCHES and is_piecewise(term):
        return prepare(prepared.question, POINTS_OF_BRANCHES)
    return prepared


def _matches(term: Term, expected: Expected, prepared: Prepared, only_turned: bool) -> bool:
    """Whether a value agrees everywhere, possibly transposed."""
    shape = expected.term.shape
    same = not only_turned and _same_shape(term, shape) and not is_zero(term)
    if same and find_difference(term, expected, prepared) is None:
        return True
    if len(shape) == 2 and term.shape == flipped(shape):
        return find_difference(term, expected, prepared, turned=True) is None
    return False
