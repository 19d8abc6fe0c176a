"""Reasons behind a chain that are false: `because y_o = 0`, where that entry of a one-hot vector is 1."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from autograder.formula.derivations.chains import ReadSide
from autograder.formula.derivations.comparing import Comparer, Comparison
from autograder.formula.derivations.sides import EQUAL, Side
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Indexed, Name, Number

_BIT = re.compile(r"\s*([01])(?![\w.])(?!\s*[-+*/^])")
_ENTRY = re.compile(r"\s*(?:\\[A-Za-z]+|[A-Za-z])_(?:\{[^{}]*\}|\w)\s*")


def find_false_reason(sides: Sequence[Side], comparer: Comparer) -> tuple[ReadSide, ReadSide, Comparison] | None:
    """Return the first remark that gives 0 for an entry that is 1 everywhere, or 1 for one that is 0."""
    for left, right in itertools.pairwise(sides):
        bit = _BIT.match(right.text) if left.remark and right.remark and right.relation == EQUAL else None
        if bit is None or left.relation == EQUAL or not _ENTRY.fullmatch(left.text):
            continue
        entry = _entry(left, comparer)
        if entry is None or comparer.typed(entry.nodes[0], entry.dialect).free:
            continue
        said, other = (ReadSide(right, (Number(Fraction(value)),)) for value in (int(bit[1]), 1 - int(bit[1])))
        comparison = comparer.compare(entry, said)
        if comparison.agrees is False and comparer.compare(entry, other).agrees is True:
            return entry, said, comparison
    return None


def _entry(side: Side, comparer: Comparer) -> ReadSide | None:
    try:
        node = read(side.text, comparer.declarations).answer
    except Unreadable:
        return None
    return ReadSide(side, (node,)) if isinstance(node, (Name, Indexed)) else None
