"""What can be wrong with a problem file, and where.

    SpecError            everything wrong with an assignment, collected
      Fault              one thing: file, line, column, sentence, suggestion
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct


class Place(Struct, frozen=True):
    """A position in a file; line and column count from 1, and 0 stands for the file as a whole."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)


class Fault(Struct, frozen=True):
    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class SpecError(Exception):
    """Raised with every fault of an assignment at once, in the order of files and lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda f: (str(f.place.file), f.place.line, f.place.column)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known word nearest to this one, or an empty string."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if not near:
        folded = {k.casefold(): k for k in known}
        near = [folded[word.casefold()]] if word.casefold() in folded else []
    return f"; did you mean '{near[0]}'?" if near else ""
