"""Whether the drawn inputs are wild enough: sizes that differ, indices that repeat, signs of both kinds, cases enough.

Also the cases that a part could have and does not: on them a mutant that survives may still be told from the solution.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from msgspec.structs import replace

from autograder.authoring.findings import Finding, finding
from autograder.cases import DrawnCase
from autograder.spec.code import (
    Case,
    FunctionPart,
    IndexInput,
    IndicesInput,
    Input,
    IntegersInput,
    NormalInput,
    UniformInput,
    ValueInput,
)
from autograder.spec.fields import Fields, Shape, said_by
from autograder.spec.model import Problem
from autograder.spec.positions import Document, Path_

_FEWEST_CASES = 2


def find_tame_ranges(
    part: FunctionPart, cases: Sequence[DrawnCase], path: Path_, document: Document
) -> Iterator[Finding]:
    """Yield warnings about what the drawn cases of a part never try; for a part that others come before, nothing."""
    if part.needs:
        return  # a special case of a function that another part looks at
    ordinary = [drawn for drawn in cases if drawn.case.points is None]
    if len(ordinary) < _FEWEST_CASES:
        yield finding(document, (*path, "cases"), f"{len(ordinary)} case is not enough: what is right by luck in one "
                      "shows in a second; write count: 4", is_fault=False)
    yield from _equal_sizes(part, ordinary, path, document)
    for name, declared in part.inputs.items():
        drawn = [case.inputs[name] for case in ordinary]
        if isinstance(declared, IndicesInput) and any(isinstance(value, list) and len(value) > 1 for value in drawn) \
                and not any(isinstance(value, list) and len(set(value)) < len(value) for value in drawn):
            yield finding(document, (*path, "inputs", name), "no case draws a number twice; if that may happen, add a "
                          f"case with {name}: {{indices: {declared.indices}, count: {declared.count}, repeats: true}}, "
                          "which tells grad[i] = ... from grad[i] += ...", is_fault=False)
        if isinstance(declared, NormalInput) and (sign := _only_sign(drawn)):
            yield finding(document, (*path, "inputs", name), f"every number that is drawn is {sign}, so a lost sign or "
                          "an abs() may not show; lower the shift, or add a case with the other sign", is_fault=False)


def _equal_sizes(
    part: FunctionPart, cases: Sequence[DrawnCase], path: Path_, document: Document
) -> Iterator[Finding]:
    """Yield pairs of sizes that are equal wherever they meet in one array: its transpose would fit."""
    met = {pair for shape in _shapes(part) for pair in combinations(dict.fromkeys(shape), 2)}
    for first, second in sorted(met, key=str):
        pairs = [(_resolve(first, drawn.sizes), _resolve(second, drawn.sizes)) for drawn in cases]
        if pairs and all(one == other for one, other in pairs):
            where: Path_ = (*path, "sizes") if first in part.sizes or second in part.sizes else ("sizes",)
            named = next((name for name in (first, second) if isinstance(name, str)), "")
            yield finding(document, (*where, named), f"{first} and {second} are equal in every case, so a transposed "
                          f"array fits; give ranges, such as {first}: [3, 6], and they differ", is_fault=False)


def _shapes(part: FunctionPart) -> Iterator[Shape]:
    inputs = [*part.inputs.values(), *(declared for case in part.cases for declared in case.inputs.values())]
    yield from (shape for declared in inputs if (shape := _shape(declared)))
    yield from (output.shape for output in part.returns.values())


def _shape(declared: Input) -> Shape:
    if isinstance(declared, NormalInput):
        return declared.normal
    return declared.uniform if isinstance(declared, UniformInput) else ()


def _resolve(dimension: str | int, sizes: Mapping[str, int]) -> int:
    return sizes[dimension] if isinstance(dimension, str) else dimension


def _only_sign(drawn: Sequence[Any]) -> str:
    numbers = np.concatenate([np.ravel(np.asarray(value, dtype=float)) for value in drawn]) if drawn else np.zeros(1)
    if numbers.size < 4:
        return ""
    return "positive" if (numbers > 0).all() else "negative" if (numbers < 0).all() else ""


# Cases that a part could have


def wider_cases(part: FunctionPart, problem: Problem) -> Iterator[tuple[str, FunctionPart]]:
    """Yield cases that a part could have, each as the YAML of it and the part with that case alone."""
    for name, values in _wider(part, problem):
        case = Case(name=name, **values)
        yield as_yaml(case), replace(part, cases=(case,))


def _wider(part: FunctionPart, problem: Problem) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, declared in part.inputs.items():
        for said, other in _other_draws(name, declared, part):
            yield said, {"inputs": {name: other}}
    for name, size in {**problem.sizes, **part.sizes}.items():
        if isinstance(size, tuple) and size[0] > 1:
            yield f"{name} is 1", {"sizes": {name: 1}}


def _other_draws(name: str, declared: Input, part: FunctionPart) -> Iterator[tuple[str, Input]]:
    if isinstance(declared, NormalInput):
        yield f"{name} is zero", replace(declared, scale=0.0, shift=0.0)
        yield f"large {name}", replace(declared, scale=10 * declared.scale)
    elif isinstance(declared, UniformInput):
        high = declared.low + 0.01 * (declared.high - declared.low)
        yield f"small {name}", replace(declared, high=high)
    elif isinstance(declared, IndexInput):
        yield f"{name} is the first", ValueInput(value=0)
    elif isinstance(declared, IndicesInput):
        if not _is_always_distinct(name, part):
            count = declared.count if isinstance(declared.count, str) or declared.count > 1 else 3
            yield f"{name} repeat", replace(declared, count=count, distinct=False, repeats=True)
        yield f"a single one of {name}", replace(declared, count=1, repeats=False)
    elif isinstance(declared, IntegersInput):
        for bound in declared.integers:
            yield f"{name} at {bound}", replace(declared, integers=(bound, bound))


def _is_always_distinct(name: str, part: FunctionPart) -> bool:
    draws = [part.inputs[name], *(case.inputs[name] for case in part.cases if name in case.inputs)]
    return all(isinstance(declared, IndicesInput) and declared.distinct for declared in draws)


def as_yaml(case: Case) -> str:
    """Return a case as one line of YAML, to paste below `cases:`."""
    return f"- {_flow(case)}"


def _flow(value: Any) -> str:
    if isinstance(value, Fields):
        return _flow(said_by(value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return value if value.replace("_", "").replace(" ", "").isalnum() else json.dumps(value)
    return json.dumps(value)
