"""What the pre-check says of a part, and of a whole submission. It never says that anything has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Tone(str, Enum):
    """What a finding asks of the student."""

    FINE = "fine"
    MEND = "mend"
    NOTE = "note"


class Standing(str, Enum):
    """How a part stands as far as can be told without the answers."""

    FINE = "no objection"
    MEND = "to mend"
    READ = "read"
    OPEN = "nothing there yet"
    UNCHECKED = "not checked here"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, in Markdown."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class PartReport:
    """What was found about one part.

    outputs    for code: whether an output is what the question states it is; None where it states nothing
    unchecked  what the grader looks at in this part and the pre-check could not, each a clause
    """

    problem: str
    part: str
    title: str
    standing: Standing
    findings: tuple[Finding, ...] = ()
    outputs: Mapping[str, bool | None] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.problem}/{self.part}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about a submission."""

    assignment: str
    parts: tuple[PartReport, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def is_to_mend(self) -> bool:
        return any(part.standing is Standing.MEND for part in self.parts)

    @property
    def is_open(self) -> bool:
        return any(part.standing is Standing.OPEN for part in self.parts)
