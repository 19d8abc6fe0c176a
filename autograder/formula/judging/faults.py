"""What can be wrong with the form of an answer whose value is right."""

from __future__ import annotations

from msgspec import Struct

from autograder.formula.tree import Span


class Fault(Struct, frozen=True):
    """One thing about the form; `kind` is a fixed word for reports, `sentence` is for the student."""

    kind: str
    sentence: str
    span: Span
