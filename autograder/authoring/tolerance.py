"""Advice on a tolerance, from both sides: how far off honest rewrites are, and how near wrong programs come."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograder.authoring.findings import Finding, Row, finding
from autograder.spec.code import FunctionPart
from autograder.spec.model import Problem
from autograder.spec.positions import Document, Path_

_MARGIN = 10.0
"""A tolerance should be so many times away from either side."""
_ROUNDING = 1e-15
"""What honest programs may always be off."""
_LOOSEST = 1e-3


def advise(part: FunctionPart, row: Row, path: Path_, document: Document) -> Iterator[Finding]:
    """Yield a warning where the tolerance is nearer to honest or to wrong programs than it should be."""
    for name, output in {"": None, **part.returns}.items():
        tolerance = part.relative_tolerance if output is None else output.relative_tolerance
        if tolerance is None:
            continue
        own: Path_ = () if output is None else ("returns", name)
        where = (*path, *own, "relative_tolerance")
        honest = max(row.honest_error or 0.0, _ROUNDING)
        wrong = row.wrong_error if row.wrong_error is not None else _LOOSEST * _MARGIN
        figures = f"honest rewrites are up to {honest:.1e} off, wrong programs {wrong:.1e} or more"
        if tolerance < honest * _MARGIN:
            yield finding(document, where, f"{tolerance:g} is tight: {figures}; take {_between(honest, wrong):.0e}",
                          is_fault=False)
        elif tolerance > wrong / _MARGIN:
            yield finding(document, where, f"{tolerance:g} is loose: {figures}; take {_between(honest, wrong):.0e}",
                          is_fault=False)


def _between(honest: float, wrong: float) -> float:
    """Return the power of ten in the middle, on a scale of powers."""
    middle: float = 10.0 ** round((math.log10(honest) + math.log10(max(wrong, honest))) / 2)
    return middle


def tolerance_path(problem: Problem, part: str, document: Document) -> Path_:
    """Return where in a part its tolerance is set; nothing where it has none of its own."""
    number, declared = next((number, one) for number, one in enumerate(problem.parts)
                            if one.id == part.partition("/")[2])
    if isinstance(declared, FunctionPart):
        for name, output in declared.returns.items():
            if output.exact or output.relative_tolerance is not None:
                return ("returns", name)
        if ("parts", number, "relative_tolerance") in document.places:
            return ("relative_tolerance",)
    return ()
