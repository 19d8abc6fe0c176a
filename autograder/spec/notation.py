"""What written answers of a problem may use: sizes, indices, symbols, losses, spellings.

Each field has its counterpart in `autograder.formula.declarations`; `declare` turns one into the other.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import replace

from autograder.formula import declarations as formula
from autograder.spec.fields import Fields, Flag, FormulaText, Name, Sentence, Shape, Whole, or_text_for

Spellings = tuple[FormulaText, ...]
Role = Literal["fixed", "free", "dummy"]
Domain = Literal["real", "positive", "negative", "unit", "nonzero", "probability"]
_FAMILY = re.compile(r"^([A-Za-z_]\w*)\[([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\]$")
FamilyName = Annotated[str, Meta(pattern=_FAMILY.pattern)]


class Declared(Fields, frozen=True, kw_only=True):
    """Anything that has a meaning, and spellings that no reader could guess."""

    meaning: Sentence | None = None
    written: Spellings = ()
    """Other spellings that students use."""


class SizeNote(Declared, frozen=True, kw_only=True):
    """A whole number such as the length of a vector; drawn small, and no two of them equal."""

    between: tuple[Annotated[Whole, Meta(ge=1)], Annotated[Whole, Meta(le=12)]] = (2, 6)


class SetNote(Declared, frozen=True, kw_only=True):
    """What indices run over, both ends included: whole numbers, sizes, or their negatives."""

    first: FormulaText = "1"
    last: FormulaText
    without: tuple[Whole, ...] = ()
    """Elements that a sum leaves out where it names its index and no bounds; such an answer is not complete in form."""


class IndexNote(Declared, frozen=True, kw_only=True):
    """A name for one element of a set."""

    over: Name
    role: Role = "dummy"
    """Unbound, it stands for: an element that belongs to the problem; the element asked about; nothing."""
    equals: FormulaText | None = None
    """Another index, or a whole number, that it is the same as: `w` in the question about w = o."""
    differs: tuple[Name, ...] = ()


class SymbolNote(Declared, frozen=True, kw_only=True):
    """A scalar, a vector or a matrix."""

    shape: Shape = ()
    domain: Domain = "real"
    definition: FormulaText | None = None
    """Its value in other symbols; left out: it is drawn."""
    branches: Spellings = ()
    """Conditions that draws must meet in turn: `x > 0`, `x < 0`."""


class FamilyNote(Declared, frozen=True, kw_only=True):
    """Quantities with an index, declared as `u[w]`; one name may be declared once for each set."""

    shape: Shape = ()
    domain: Domain = "real"
    column_of: Name | None = None
    """The matrix whose columns they are, or the vector whose entries they are."""
    row_of: Name | None = None
    """The matrix whose rows they are, turned into columns: `x[i]` of a data matrix X."""
    values: Name | None = None
    """A set, where they are themselves indices: the drawn word `w[k]`."""
    distinct: Flag = False
    differs: tuple[Name, ...] = ()
    definition: FormulaText | None = None


class FunctionNote(Declared, frozen=True, kw_only=True):
    """A function of one argument beside the usual ones."""

    argument: Name = "x"
    definition: FormulaText | None = None
    bare: Name | None = None
    """The symbol that the function stands for when it is written without argument."""


class LossNote(Declared, frozen=True, kw_only=True):
    """What is differentiated."""

    definition: FormulaText | None = None


class AtomNote(Declared, frozen=True, kw_only=True):
    """A derivative that answers may name without working it out."""

    of: FormulaText
    wrt: FormulaText
    shape: Shape = ()
    arguments: Spellings = ()
    indices: tuple[Name, ...] = ()
    definition: FormulaText | None = None
    bare: Literal["fault", "fine", "unreadable"] = "fault"
    """What it is when it stands without its arguments."""


class ThroughNote(Fields, frozen=True, kw_only=True):
    """Lets an index of one set stand where one of another is expected: u_k is u_{w_k} by the family w."""

    source: Name
    target: Name
    by: Name


class AliasNote(Fields, frozen=True, kw_only=True):
    """What a spelling means; `local` says that the student defined it, which a rule of form may forbid."""

    means: FormulaText
    local: Flag = False


class Notation(Fields, frozen=True, kw_only=True):
    """Every name that a written answer may use."""

    sizes: dict[Name, SizeNote] = {}
    sets: dict[Name, SetNote] = {}
    indices: dict[Name, IndexNote] = {}
    symbols: dict[Name, SymbolNote] = {}
    families: dict[FamilyName, FamilyNote] = {}
    functions: dict[Name, FunctionNote] = {}
    given: dict[Name, Annotated[LossNote, or_text_for("definition")]] = {}
    """Losses, and other quantities to differentiate; the handout prints them."""
    atoms: dict[Name, AtomNote] = {}
    through: tuple[ThroughNote, ...] = ()
    laws: Spellings = ()
    """Distributions that draws may be said to come from, after a tilde."""
    aliases: dict[str, Annotated[AliasNote, or_text_for("means")]] = {}
    """A spelling and what it means, both as formulas."""
    scalars_spread: Flag = False
    """Whether a scalar may be added to a vector, as in `x - mu`; otherwise that is an error of shapes."""

    def with_more(self, other: Notation) -> Notation:
        """Return this notation with what `other` adds, or declares anew by the same name."""
        if other == NO_NOTATION:
            return self
        merged: dict[str, Any] = {}
        for name in self.__struct_fields__:
            mine, more = getattr(self, name), getattr(other, name)
            if isinstance(mine, bool):
                merged[name] = mine or more
            else:
                merged[name] = {**mine, **more} if isinstance(mine, dict) else (*mine, *more)
        return replace(self, **merged)


NO_NOTATION = Notation()


def family_parts(key: str) -> tuple[str, tuple[str, ...]]:
    """Split `u[w]` into the name and its indices."""
    match = _FAMILY.match(key)
    assert match is not None
    return match[1], tuple(index.strip() for index in match[2].split(","))


def declare(notation: Notation) -> formula.Declarations:
    """Return what the reader and the judge of formulas are told."""
    return formula.Declarations(
        sizes=tuple(
            formula.Size(name, note.between[0], note.between[1], note.meaning or "", note.written)
            for name, note in notation.sizes.items()
        ),
        sets=tuple(
            formula.IndexSet(name, note.first, note.last, note.written, note.meaning or "", note.without)
            for name, note in notation.sets.items()
        ),
        indices=tuple(
            formula.Index(name, note.over, note.role, note.equals, note.differs, note.meaning or "", note.written)
            for name, note in notation.indices.items()
        ),
        symbols=tuple(
            formula.Symbol(
                name, note.shape, note.meaning or "", note.domain, note.definition, note.branches, note.written
            )
            for name, note in notation.symbols.items()
        ),
        families=tuple(_declare_family(key, note) for key, note in notation.families.items()),
        through=tuple(formula.Through(note.source, note.target, note.by) for note in notation.through),
        atoms=tuple(
            formula.Atom(name, note.of, note.wrt, note.shape, note.arguments, note.indices, note.definition, note.bare)
            for name, note in notation.atoms.items()
        ),
        functions=tuple(
            formula.Function(
                name, argument=note.argument, definition=note.definition, bare=note.bare, written=note.written
            )
            for name, note in notation.functions.items()
        ),
        losses=tuple(formula.Loss(name, note.definition, note.written) for name, note in notation.given.items()),
        laws=tuple(formula.Law(written) for written in notation.laws),
        aliases=tuple(formula.Alias(written, note.means, note.local) for written, note in notation.aliases.items()),
        scalars_spread=notation.scalars_spread,
    )


def _declare_family(key: str, note: FamilyNote) -> formula.Family:
    name, indices = family_parts(key)
    return formula.Family(
        name, indices, note.shape, note.meaning or "", note.domain, note.values, note.distinct, note.differs,
        note.column_of, note.definition, note.written, note.row_of,
    )
