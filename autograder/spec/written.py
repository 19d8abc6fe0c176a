"""Parts that are graded from what the student wrote: formulas, derivations, equations, numbers, choices, prose."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from autograder.formula import declarations as formula
from autograder.spec.fields import (
    Fields,
    Flag,
    FormulaText,
    Ident,
    Name,
    PartFields,
    Points,
    Sentence,
    Share,
    Whole,
)
from autograder.spec.notation import NO_NOTATION, Notation, Spellings, declare


class Example(Fields, frozen=True, kw_only=True):
    """An answer and what it must get: run by `autograder validate`, which can also fill in what is left out."""

    answer: FormulaText
    """As a student types it, in any dialect; several lines are the lines of a derivation."""
    state: Literal["correct", "partly correct", "wrong", "right value, wrong form", "unreadable", "timed out",
                   "by hand"] | None = None
    points: Points | None = None
    note: Sentence | None = None
    """Whose answer it is, or why it stands here; for staff."""


class WrittenFields(PartFields, frozen=True, kw_only=True):
    """What written parts of every kind say."""

    points: Points
    notation: Notation = NO_NOTATION
    """Over and above the problem's; the same name declares anew."""
    examples: tuple[Example, ...] = ()
    """Question tests: answers with the state and the points that they must get."""

    @property
    def max_points(self) -> float:
        return self.points


class OtherAnswer(Fields, frozen=True, kw_only=True):
    """Another honest reading of the question, and what it earns."""

    answer: FormulaText
    reading: Ident
    """Parts of a problem that know the same reading belong together: all of them are answered in it, or none."""
    say: Sentence
    credit: Share = 1.0


class Mistake(Fields, frozen=True, kw_only=True):
    """A known wrong answer, what to tell the student, and what is still right in it."""

    answer: FormulaText
    say: Sentence
    name: Ident | None = None
    credit: Share = 0.0


class Derived(Fields, frozen=True, kw_only=True):
    """Which given loss the answer is the derivative of, and with respect to what."""

    of: Name
    wrt: FormulaText


class LayoutNote(Fields, frozen=True, kw_only=True):
    """Another consistent way to lay the quantities out; `*` stands for all of them."""

    name: Sentence
    rows: tuple[str, ...] = ()
    """Symbols and families whose vectors are rows."""
    transposed: tuple[str, ...] = ()
    """Matrices that are stored transposed."""
    result: Flag = False
    """Whether the answer comes out transposed."""


class FormulaPart(WrittenFields, frozen=True, kw_only=True):
    """A closed form: right by value, and right in form."""

    kind: Literal["formula"]
    answer: FormulaText
    or_answers: Spellings = ()
    """Answers of another value that are just as right: a probability where a log-likelihood stands."""
    other_answers: tuple[OtherAnswer, ...] = ()
    gradient: Derived | None = None
    """Proved against the answer when the assignment is validated."""
    precheck: Literal["read", "judge"] = "read"
    """What the pre-check on students' own machines says: how the answer was read, or also whether it is the derivative
    that `gradient` names."""
    in_terms_of: Spellings | None = None
    """What the answer may be built from; left out: everything declared."""
    functions: tuple[str, ...] | None = None
    """Functions that it may use beside those; left out: all."""
    vectorised: Flag = False
    """No sum over an index, no reduction, no single element."""
    sums: Flag = True
    """Whether sums and products over an index are fine."""
    local_names: Flag = False
    """Whether names that the student defined are fine."""
    simplified: Flag = False
    """Whether what cancels must be cancelled, and no factor 1 and no term 0 be left."""
    wrong_form: Share | None = None
    """What the right value in another form earns; default: the assignment's."""
    other_layout: Share | None = None
    """What another consistent layout of rows and columns earns; default: the assignment's."""
    layouts: tuple[LayoutNote, ...] | None = None
    """The layouts that are accepted; left out: the usual ones."""
    depends_on: tuple[Name, ...] = ()
    """Free indices that the answer may depend on."""
    every_side: Flag = False
    """A chain is right only if each of its sides is; otherwise the last one is judged."""
    wrong_step: Share = 1.0
    """What a right last side earns after a step that does not follow; the step is named in any case."""
    mistakes: tuple[Mistake, ...] = ()


class DerivationPart(WrittenFields, frozen=True, kw_only=True):
    """A chain of equal sides from a given start to a given end; every step is judged."""

    kind: Literal["derivation"]
    start: FormulaText
    end: FormulaText
    min_steps: Annotated[Whole, Meta(ge=0, le=20)] = 1
    """How many sides there must be between the two ends."""
    no_steps: Share = 0.0
    """What the two ends alone earn, where steps are asked."""
    wrong_step: Share = 0.5
    """What a chain earns that comes to the right end over a step that does not follow."""
    mistakes: tuple[Mistake, ...] = ()


class EquationPart(WrittenFields, frozen=True, kw_only=True):
    """A condition such as `\\hat y = y`; answered in words, it is marked by hand."""

    kind: Literal["equation"]
    answer: FormulaText
    or_answers: Spellings = ()
    """Conditions that say the same, or say it in another way that is just as right."""
    mistakes: tuple[Mistake, ...] = ()


class NumberPart(WrittenFields, frozen=True, kw_only=True):
    """An exact number, given as such or as a sum that can be worked out."""

    kind: Literal["number"]
    answer: FormulaText
    other_answers: tuple[OtherAnswer, ...] = ()
    working: Sentence | None = None
    """How the number comes about, in Markdown; for staff."""
    mistakes: tuple[Mistake, ...] = ()


class Option(Fields, frozen=True, kw_only=True):
    """One of the things to choose from."""

    text: Sentence
    written: tuple[Sentence, ...] = ()
    """Other spellings that students use."""
    say: Sentence | None = None
    """What to tell a student who chose it wrongly."""


class ChoicePart(WrittenFields, frozen=True, kw_only=True):
    """One of several options."""

    kind: Literal["choice"]
    options: Annotated[dict[Ident, Option], Meta(min_length=2)]
    answer: Ident


class ProsePart(WrittenFields, frozen=True, kw_only=True):
    """An explanation that a person marks; never lost, never silently full or zero."""

    kind: Literal["prose"]
    rubric: Sentence | None = None


WrittenPart = FormulaPart | DerivationPart | EquationPart | NumberPart | ChoicePart | ProsePart


def declare_part(notation: Notation, part: WrittenPart) -> formula.Declarations:
    """Return what a formula in an answer to this part may use; `notation` is the problem's."""
    return declare(notation.with_more(part.notation))


def pose(notation: Notation, part: FormulaPart) -> formula.Question:
    """Return the question that a formula part asks, as the judge of formulas takes it."""
    references = [formula.Reference(answer) for answer in (part.answer, *part.or_answers)]
    references += [formula.Reference(other.answer, other.reading) for other in part.other_answers]
    layouts = part.layouts if part.layouts is None else tuple(
        formula.Layout(layout.name, frozenset(layout.rows), frozenset(layout.transposed), layout.result)
        for layout in part.layouts
    )
    return formula.Question(
        declarations=declare_part(notation, part),
        references=tuple(references),
        form=formula.Form(part.in_terms_of, part.functions, part.vectorised, part.sums, part.local_names,
                          part.simplified),
        depends_on=part.depends_on,
        layouts=layouts,
        every_side=part.every_side,
    )
