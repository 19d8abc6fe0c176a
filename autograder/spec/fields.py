"""The small types that every part of a problem file is made of."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

# YAML has told text from numbers already; a number that arrives as text is a slip of the author, never converted.
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Points = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
"""A share of the points, from 0 to 1."""
Ident = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _formula_text(value: Any) -> Any:
    """A formula such as `0` or `46` need not be quoted."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


FormulaText = Annotated[
    str,
    BeforeValidator(_formula_text, json_schema_input_type=str | int | float),
    StringConstraints(strip_whitespace=True, min_length=1),
]
Dimension = Annotated[Whole, Field(ge=1)] | Name
Shape = tuple[Dimension, ...]


class Fields(BaseModel):
    """A mapping in a problem file: no unknown field, nothing changes once read.

    What stands below a field is its description. Validators are built on first use: where an assignment was found
    sound before, none are (see `compiled`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def all_kinds(kind: type[Fields] = Fields) -> Iterator[type[Fields]]:
    """Yield every kind of mapping that was defined."""
    yield kind
    for inner in kind.__subclasses__():
        yield from all_kinds(inner)


class Visibility(str, Enum):
    """When a student sees a part's result; the words are Gradescope's own."""

    VISIBLE = "visible"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    HIDDEN = "hidden"


class PartFields(Fields):
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
