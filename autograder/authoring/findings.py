"""What `validate` finds: faults and warnings at their places, and a row of figures for each part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.spec.faults import Fault, Place
from autograder.spec.positions import Document, Path_


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an author should look at; a fault keeps an assignment from being published, a warning does not."""

    place: Place
    message: str
    is_fault: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {'' if self.is_fault else 'warning: '}{self.message}"


@dataclass(slots=True)
class Row:
    """The figures of one part.

    killed, survived, equal     mutants that earned less, that earned everything, and that nothing tells from right work
    proved                      how many of the equal ones are proved to be, or are answers that a part declares
    rewrites, rejected          honest other ways to write the solution, and how many of them lost points
    honest_error, wrong_error   the largest error of an honest rewrite, the smallest of a killed mutant, where known
    tolerance                   what the part allows, as a share of the largest expected entry
    takes_single_precision      whether the solution in float32 earns everything; None where that was not tried
    """

    part: str
    points: float
    killed: int = 0
    survived: int = 0
    equal: int = 0
    proved: int = 0
    rewrites: int = 0
    rejected: int = 0
    examples: int = 0
    honest_error: float | None = None
    wrong_error: float | None = None
    tolerance: float | None = None
    takes_single_precision: bool | None = None

    @property
    def score(self) -> float | None:
        """The share of the mutants that are none in name only which were told from the solution."""
        told = self.killed + self.survived
        return self.killed / told if told else None


@dataclass(frozen=True, slots=True)
class Equal:
    """A mutant of a program that nothing tells from the solution.

    cases      on how many inputs, beside the graded ones, both gave the same
    obstacle   why there is no proof that they always do; '' where there is one: in exact arithmetic, for all real
               numbers that take the paths of the graded cases
    """

    part: str
    function: str
    change: str
    cases: int
    obstacle: str

    @property
    def is_proved(self) -> bool:
        return not self.obstacle

    def __str__(self) -> str:
        said = "proved equal" if self.is_proved else \
            f"agrees on {self.cases} further cases, not proved equal ({self.obstacle})"
        return f"{self.part}: {said}\n    {self.function}: {self.change}"


@dataclass(slots=True)
class Report:
    """Everything that is known of one assignment, or of some of its problems."""

    rows: dict[str, Row] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    equal: list[Equal] = field(default_factory=list)
    seconds: float = 0.0
    is_complete: bool = True
    """Whether mutants were tried: not where references or solution are at fault already."""

    @property
    def faults(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.ordered() if finding.is_fault)

    def add(self, findings: Iterable[Finding]) -> bool:
        """Keep findings; return whether any of them is a fault."""
        found = list(findings)
        self.findings += found
        return any(finding.is_fault for finding in found)

    def ordered(self) -> list[Finding]:
        """Return every finding once, in the order of files and lines; faults come first at one place."""
        return sorted(dict.fromkeys(self.findings), key=lambda f: (
            str(f.place.file), f.place.line, f.place.column, not f.is_fault))


def finding(document: Document, path: Path_, message: str, *, is_fault: bool = True) -> Finding:
    """Return a finding at a path of a problem file; list items are named by their place in the list, from 0."""
    where = ".".join(str(step) for step in path)
    return Finding(document.place(path), f"{where}: {message}" if where else message, is_fault)


def as_findings(faults: Iterable[Fault]) -> list[Finding]:
    return [Finding(fault.place, fault.message) for fault in faults]
