"""The small types that every part of a problem file is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar

from msgspec import NODEFAULT, Meta, Struct, structs

Kind = TypeVar("Kind")

# YAML has told text from numbers already: a number that arrives as text is a slip of the author, and is never
# converted. What a text or a mapping may be given as besides is told in `extra` (see `schemas`).
Real: TypeAlias = float
Whole: TypeAlias = int
Flag: TypeAlias = bool
Points = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
"""A share of the points, from 0 to 1."""
Ident = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Dotted = Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")]
Sentence = Annotated[str, Meta(min_length=1, extra={"strips": True})]
FormulaText = Annotated[str, Meta(min_length=1, extra={"strips": True, "takes_numbers": True})]
"""A formula such as `0` or `46` need not be quoted."""
Dimension = Annotated[Whole, Meta(ge=1)] | Name
Shape = tuple[Dimension, ...]


def or_text_for(field: str) -> Meta:
    """Let a mere text stand for a mapping with one field."""
    return Meta(extra={"text_for": field})


class Fields(Struct, frozen=True, kw_only=True):
    """A mapping in a problem file: no unknown field, nothing changes once read.

    What stands below a field is its description. It is a plain record: `schemas` says how an author's text becomes one.
    """


class Word(str, Enum):
    """One of a few words that a field may hold."""


def all_kinds(kind: type[Kind]) -> Iterator[type[Kind]]:
    """Yield a kind of value, and every kind that was derived from it."""
    yield kind
    for inner in kind.__subclasses__():
        yield from all_kinds(inner)


@cache
def fields_of(kind: type[Fields]) -> tuple[structs.FieldInfo, ...]:
    """Return what is declared of each field of a record, in their order."""
    return structs.fields(kind)


@cache
def defaults_of(kind: type[Fields]) -> Mapping[str, Any]:
    """Return what stands for each field that may be left out."""
    return {field.name: field.default_factory() if field.default is NODEFAULT else field.default
            for field in fields_of(kind) if not field.required}


def said_by(record: Fields) -> dict[str, Any]:
    """Return the fields of a record that differ from their defaults, in their order."""
    defaults = defaults_of(type(record))
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}


class Visibility(Word):
    """When a student sees a part's result; the words are Gradescope's own."""

    VISIBLE = "visible"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    HIDDEN = "hidden"


class PartFields(Fields, frozen=True, kw_only=True):
    """What a part of any kind may say."""

    id: Ident
    """The part's name in commands, answers files and results; unique in its problem."""
    aliases: tuple[Ident, ...] = ()
    """Other names under which an answers file may give this part."""
    title: Sentence | None = None
    prompt: Sentence | None = None
    """What the student is asked, in Markdown; printed in the handout."""
    source: Sentence | None = None
    """Where the question comes from."""
    notes: Sentence | None = None
    """For staff: decisions about this part and their reasons."""
    visibility: Visibility | None = None
    """Default: the assignment's."""
    tags: tuple[str, ...] = ()
    needs: tuple[Ident, ...] = ()
    """Parts of the same problem without which this one cannot be graded."""
