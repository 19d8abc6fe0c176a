"""Whether every declared mistake of a function can be told: from what is right, and from every other mistake.

Parts may share their mistakes, written once in the file and named again; each is to show in one of those parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from autograder.authoring.findings import Finding, finding
from autograder.cases import DrawnCase
from autograder.references import BadReference, References
from autograder.spec.code import FunctionPart
from autograder.spec.faults import Place
from autograder.spec.positions import Document, Path_

Values = Sequence[Mapping[str, NDArray[np.float64]]]
_MATCH = 1e-5
"""What the explanation of wrong values takes for the same."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A mistake as one part shows it: what it gives in each case, beside what is right."""

    path: Path_
    name: str
    told: tuple[str, float]
    """What the student hears and gets: two mistakes of which the same is said need not be told apart."""
    values: Values
    right: Values
    tolerances: Mapping[str, float]

    @property
    def differs(self) -> bool:
        return _differ(self.values, self.right, self.tolerances)

    @property
    def passes_by_tolerance(self) -> bool:
        """Whether it is plainly wrong, and taken for right all the same."""
        return not self.differs and _differ(self.values, self.right, dict.fromkeys(self.tolerances, _MATCH))


class KnownMistakes:
    """Gathers the mistakes of the parts of one problem, and says which cannot be told."""

    def __init__(self, document: Document, references: References) -> None:
        self._document = document
        self._references = references
        self._parts: list[list[_Shown]] = []

    def add(self, part: FunctionPart, cases: Sequence[DrawnCase], path: Path_) -> Iterator[Finding]:
        """Take in the mistakes of a part, and yield those whose reference is at fault. Raises BadReference."""
        ordinary = [drawn for drawn in cases if drawn.case.points is None]
        right = self._values(part, part.reference, ordinary)
        tolerances = {name: output.relative_tolerance or part.relative_tolerance
                      for name, output in part.returns.items()}
        shown = []
        for number, mistake in enumerate(part.mistakes):
            where = (*path, "mistakes", number)
            try:
                values = self._values(part, mistake.reference, ordinary)
            except BadReference as error:
                yield finding(self._document, (*where, "reference"), str(error))
                continue
            told = (mistake.say, mistake.credit)
            shown.append(_Shown(where, mistake.name or mistake.reference, told, values, right, tolerances))
        self._parts.append(shown)

    def _values(self, part: FunctionPart, dotted: str, cases: Sequence[DrawnCase]) -> Values:
        return [{name: value for name, value in self._references.call(dotted, tuple(part.returns), drawn.inputs).items()
                 if not drawn.case.outputs or name in drawn.case.outputs} for drawn in cases]

    def find_untold(self) -> Iterator[Finding]:
        """Yield mistakes that are right, or the same as another one, in every part that names them."""
        told: set[Place] = set()
        met: dict[Place, _Shown] = {}
        apart: set[tuple[Place, Place]] = set()
        together: dict[tuple[Place, Place], tuple[_Shown, _Shown]] = {}
        for part in self._parts:
            for shown in part:
                place = self._document.place(shown.path)
                met.setdefault(place, shown)
                if shown.differs:
                    told.add(place)
            for one, other in combinations(part, 2):
                pair = self._document.place(one.path), self._document.place(other.path)
                together.setdefault(pair, (one, other))
                if one.told == other.told or _differ(one.values, other.values, dict.fromkeys(one.tolerances, _MATCH)):
                    apart.add(pair)
        for place, shown in met.items():
            if place not in told and shown.passes_by_tolerance:
                largest = max(shown.tolerances.values())
                yield finding(self._document, (*shown.path[:-2], "relative_tolerance"),
                              f"the tolerance of {largest:g} takes {shown.name} for right, which is a mistake; 1e-6 "
                              "does for most")
            elif place not in told:
                yield finding(self._document, shown.path, f"{shown.name} gives what is right, to the tolerance, in "
                              "every case: it is no mistake, or a case is missing that shows it")
        for pair, (one, other) in together.items():
            if pair not in apart and set(pair) <= told:
                yield finding(self._document, other.path, f"{other.name} gives the same as {one.name} in every case, "
                              "so its sentence is never said; drop one, or add a case that tells them apart")


def _differ(one: Values, other: Values, tolerances: Mapping[str, float]) -> bool:
    return any(_differs(a[name], b[name], tolerances[name]) for a, b in zip(one, other, strict=True) for name in b)


def _differs(one: NDArray[np.float64], other: NDArray[np.float64], tolerance: float) -> bool:
    if one.shape != other.shape:
        return True
    scale = max(float(np.abs(other).max(initial=0.0)), 1e-9)
    with np.errstate(all="ignore"):
        return not bool((np.abs(one - other) <= tolerance * scale).all())
