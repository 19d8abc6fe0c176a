"""Parts that are graded by calling the student's function: inputs, outputs, cases."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from msgspec import Meta

from autograder.spec.fields import (
    Dotted,
    Fields,
    FileName,
    Flag,
    FormulaText,
    Ident,
    Name,
    PartFields,
    Points,
    Real,
    Sentence,
    Shape,
    Share,
    Whole,
)

Range = tuple[Whole, Whole]
Size = Whole | Range
"""A fixed size, or the first and last of a range to draw from."""


class NormalInput(Fields, frozen=True, kw_only=True):
    """An array of independent normal numbers."""

    normal: Shape
    scale: Real = 1.0
    shift: Real = 0.0


class UniformInput(Fields, frozen=True, kw_only=True):
    """An array of independent uniform numbers."""

    uniform: Shape
    low: Real = 0.0
    high: Real = 1.0


class IndexInput(Fields, frozen=True, kw_only=True):
    """One row number, from 0 to the size less one."""

    index: Name
    never: Name | None = None
    """An index input whose value this one must not take."""


class IndicesInput(Fields, frozen=True, kw_only=True):
    """A list of row numbers."""

    indices: Name
    count: Whole | Name
    never: Name | None = None
    """An index input whose value does not occur among them, or an indices input of which none does."""
    includes: Name | None = None
    """An index input whose value occurs among them, or an indices input of which each value occurs exactly once."""
    distinct: Flag = False
    repeats: Flag = False
    """At least one number occurs twice; none of an indices input that is included."""


class IntegersInput(Fields, frozen=True, kw_only=True):
    """A list of whole numbers drawn from a range, or one of them where count is left out."""

    integers: Range
    count: Whole | Name | None = None


class ValueInput(Fields, frozen=True, kw_only=True):
    """The same value in every case."""

    value: Flag | Whole | Real | str | tuple[Whole | Real | str, ...] | None


Input: TypeAlias = NormalInput | UniformInput | IndexInput | IndicesInput | IntegersInput | ValueInput
INPUT_KINDS: tuple[str, ...] = tuple(kind.__struct_fields__[0] for kind in get_args(Input))
"""The first field of an input names its kind."""


class Draws(Fields, frozen=True, kw_only=True):
    """The first numbers of a list of row numbers, as a function that draws anew where it hits one word sees them."""

    first: Whole | Name
    """How many: a number, or an input that holds it."""
    of: Name
    other_than: Name | None = None
    """An index input whose value is passed over."""


class GradientOf(Fields, frozen=True, kw_only=True):
    """Which loss this output is the gradient of, and with respect to which input."""

    of: Name
    wrt: Name


class Output(Fields, frozen=True, kw_only=True):
    """One value that the function returns."""

    shape: Shape = ()
    points: Points | None = None
    """Left out for every output of a part: the part's points are earned by all outputs together."""
    meaning: Sentence | None = None
    gradient: GradientOf | None = None
    given: FormulaText | None = None
    """Its value in the problem's notation: a given loss, or a formula that the question itself states. It is public:
    the pre-check compares with it, and with its derivatives. Where a symbol is a number and its input an array, it
    holds entry by entry."""
    relative_tolerance: Annotated[Real, Meta(gt=0, lt=1)] | None = None
    """Allowed error as a share of the largest expected entry; default: the part's."""
    exact: Flag = False
    """A whole number that must be met exactly."""


class OtherCall(Fields, frozen=True, kw_only=True):
    """Another way to call the function that counts as right, tried when the first does not fit."""

    call: Dotted
    say: Sentence
    credit: Share = 1.0
    only_if_it_raises: Flag = False
    """Tried only where no call before gave any value: for a call whose result other functions of the student shape."""


class CodeMistake(Fields, frozen=True, kw_only=True):
    """A known mistake: what it computes, and what to tell the student."""

    reference: Dotted
    """A function beside the reference that computes what the mistake gives."""
    say: Sentence
    name: Ident | None = None
    credit: Share = 0.0


class Case(Fields, frozen=True, kw_only=True):
    """One or several drawn inputs."""

    name: Sentence | None = None
    """What is special about the inputs; told to the student when the case fails."""
    count: Annotated[Whole, Meta(ge=1, le=100)] = 1
    sizes: dict[Name, Size] = {}
    inputs: dict[Name, Input] = {}
    call: Dotted | None = None
    outputs: tuple[Name, ...] = ()
    """The outputs that the case looks at; left out: all."""
    points: Points | None = None
    """Points of the case itself: then the outputs' own points do not depend on it."""
    say: Sentence | None = None
    """What to tell a student whose function fails here."""


class FunctionPart(PartFields, frozen=True, kw_only=True):
    """A function that the student wrote, called on drawn inputs and compared with a reference."""

    kind: Literal["function"]
    function: Name
    file: FileName
    call: Dotted | None = None
    """An adapter in the public harness; left out: the function takes the inputs in their order."""
    other_calls: tuple[OtherCall, ...] = ()
    inputs: Annotated[dict[Name, Input], Meta(min_length=1)]
    sizes: dict[Name, Size] = {}
    """Over and above the problem's sizes."""
    where: dict[Name, Name | Draws] = {}
    """For `given`: the input that a symbol, index, size or family of the notation is, where the names differ."""
    returns: Annotated[dict[Name, Output], Meta(min_length=1)]
    reference: Dotted
    points: Points | None = None
    relative_tolerance: Annotated[Real, Meta(gt=0, lt=1)] = 1e-6
    follow_through: Share = 0.0
    """What a gradient earns that is right for the student's own, wrong loss; with stand_ins, what an output earns that
    is right for them."""
    stand_ins: dict[Name, str] = {}
    """Values of inputs at which the harness, and the reference, use stand-ins for the student's own earlier functions:
    what is right there follows from an earlier mistake."""
    changed_inputs: Share = 1.0
    """What right values earn when the function changed its inputs in place."""
    show_expected: Flag = False
    """Whether the student may see the expected value of a wrong entry."""
    call_seconds: Annotated[Real, Meta(gt=0, le=600)] | None = None
    mistakes: tuple[CodeMistake, ...] = ()
    cases: Annotated[tuple[Case, ...], Meta(min_length=1)]

    @property
    def max_points(self) -> float:
        """All the points of the part: its own, or its outputs', and those of its cases."""
        own = self.points if self.points is not None else sum(o.points or 0 for o in self.returns.values())
        return own + sum(case.points or 0 for case in self.cases)

    @property
    def is_all_or_nothing(self) -> bool:
        return all(output.points is None for output in self.returns.values())
