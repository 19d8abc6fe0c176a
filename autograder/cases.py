"""Drawn inputs: the sizes and arrays with which a student's function is called.

Seeds derive from the assignment's secret, the problem and the part, so a rerun draws the same inputs, and nobody
can tell them from the files that students have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from autograder.spec.code import (
    Case,
    FunctionPart,
    IndexInput,
    IndicesInput,
    Input,
    IntegersInput,
    NormalInput,
    Size,
    UniformInput,
)
from autograder.spec.fields import Shape
from autograder.spec.model import Problem

Array: TypeAlias = NDArray[np.float64]
Drawn: TypeAlias = "Array | list[int] | int | float | str | None | list[int | float | str]"
_MAX_TRIES = 1000


class CannotDraw(Exception):
    """The problem file asks for inputs that do not exist; the author's fault, never the student's."""


class DrawnCase(Struct, frozen=True):
    """One set of inputs for a function."""

    number: int
    case: Case
    sizes: Mapping[str, int]
    inputs: Mapping[str, Drawn]

    @property
    def name(self) -> str:
        return self.case.name or "random inputs"

    def describe(self) -> str:
        """Name the case for a student by what can be told: what is special about it, and its sizes."""
        sizes = ", ".join(f"{name} = {size}" for name, size in self.sizes.items())
        return f"{self.name} ({sizes})" if sizes else self.name


def draw_cases(part: FunctionPart, problem: Problem, secret: str) -> Iterator[DrawnCase]:
    """Yield the cases of a part in their order; the n-th does not depend on how many there are.

    Raises CannotDraw where the declared inputs contradict each other.
    """
    number = 0
    for kind, case in enumerate(part.cases):
        for repeat in range(case.count):
            number += 1
            rng = np.random.default_rng(derive_seed(secret, problem.id, part.id, str(kind), str(repeat)))
            sizes = _draw_sizes({**problem.sizes, **part.sizes, **case.sizes}, rng)
            yield DrawnCase(number, case, sizes, _draw_inputs({**part.inputs, **case.inputs}, sizes, rng))


class CaseBook:
    """The cases of an assignment's parts: drawn once, however many submissions are called on them."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._drawn: dict[tuple[str, str], tuple[DrawnCase, ...]] = {}

    def of(self, part: FunctionPart, problem: Problem) -> tuple[DrawnCase, ...]:
        """Return the cases of a part in their order. Raises CannotDraw."""
        key = (problem.id, part.id)
        if key not in self._drawn:
            self._drawn[key] = tuple(draw_cases(part, problem, self._secret))
        return self._drawn[key]


def derive_seed(secret: str, *names: str) -> int:
    """Return a 128-bit seed from the secret and names."""
    digest = hashlib.sha256("\0".join((secret, *names)).encode()).digest()
    return int.from_bytes(digest[:16], "big")


def _draw_sizes(declared: Mapping[str, Size], rng: np.random.Generator) -> dict[str, int]:
    """Draw every size; those that are drawn differ from all others, so that no wrong layout can fit by luck."""
    sizes = {name: size for name, size in declared.items() if isinstance(size, int)}
    for name, size in declared.items():
        if isinstance(size, tuple):
            free = [n for n in range(size[0], size[1] + 1) if n not in sizes.values()]
            if not free:
                raise CannotDraw(f"no size is left for {name} in [{size[0]}, {size[1]}] that differs from the others")
            sizes[name] = int(rng.choice(free))
    return {name: sizes[name] for name in declared}


def _draw_inputs(
    declared: Mapping[str, Input], sizes: Mapping[str, int], rng: np.random.Generator
) -> dict[str, Drawn]:
    """Draw every input after those that it must not meet or must include."""
    drawn: dict[str, Drawn] = {}
    while len(drawn) < len(declared):
        left = [name for name in declared if name not in drawn]
        name = next((n for n in left if not _partners(declared[n]) & set(left)), None)
        if name is None:
            raise CannotDraw(f"{' and '.join(left)} each wait for another of them to be drawn")
        drawn[name] = _draw_input(name, declared[name], sizes, drawn, rng)
    return {name: drawn[name] for name in declared}


def _partners(declared: Input) -> set[str]:
    if isinstance(declared, IndexInput):
        return {declared.never} if declared.never else set()
    if isinstance(declared, IndicesInput):
        return {name for name in (declared.never, declared.includes) if name}
    return set()


def _plain(numbers: Array | float) -> Array | float:
    """A scalar input is a Python float, which every function takes; an array stays one."""
    return np.asarray(numbers) if np.ndim(numbers) else float(numbers)


def _resolve(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sizes[d] if isinstance(d, str) else d for d in shape)


def _draw_input(
    name: str, declared: Input, sizes: Mapping[str, int], drawn: Mapping[str, Drawn], rng: np.random.Generator
) -> Drawn:
    if isinstance(declared, NormalInput):
        return _plain(declared.shift + declared.scale * rng.standard_normal(_resolve(declared.normal, sizes)))
    if isinstance(declared, UniformInput):
        return _plain(rng.uniform(declared.low, declared.high, _resolve(declared.uniform, sizes)))
    if isinstance(declared, IndexInput):
        return _draw_index(name, sizes[declared.index], drawn.get(declared.never or ""), rng)
    if isinstance(declared, IndicesInput):
        return _draw_indices(name, declared, sizes, drawn, rng)
    if isinstance(declared, IntegersInput):
        low, high = declared.integers
        if declared.count is None:
            return int(rng.integers(low, high + 1))
        count = sizes[declared.count] if isinstance(declared.count, str) else declared.count
        return [int(n) for n in rng.integers(low, high + 1, count)]
    value = declared.value
    return list(value) if isinstance(value, tuple) else value


def _draw_index(name: str, size: int, never: Drawn, rng: np.random.Generator) -> int:
    free = [n for n in range(size) if n != never]
    if not free:
        raise CannotDraw(f"no index is left for {name} below {size}")
    return int(rng.choice(free))


def _draw_indices(
    name: str, declared: IndicesInput, sizes: Mapping[str, int], drawn: Mapping[str, Drawn], rng: np.random.Generator
) -> list[int]:
    never, included = drawn.get(declared.never or ""), drawn.get(declared.includes or "")
    once = [n for n in dict.fromkeys(included) if isinstance(n, int)] if isinstance(included, list) else []
    count = (sizes[declared.count] if isinstance(declared.count, str) else declared.count) - len(once)
    taken = {*(never if isinstance(never, list) else [never]), *once}
    free = [n for n in range(sizes[declared.indices]) if n not in taken]
    needed = count if declared.distinct else 1
    if count < 0 or len(free) < needed or (declared.repeats and (declared.distinct or count < 2)):
        raise CannotDraw(f"{count + len(once)} indices for {name} cannot be drawn from {len(free) + len(once)} as "
                         "declared")
    for _ in range(_MAX_TRIES):
        indices = [int(n) for n in rng.choice(free, count, replace=not declared.distinct)]
        if isinstance(included, int) and included not in indices:
            indices[int(rng.integers(count))] = included
        if declared.repeats and len(set(indices)) == count:
            first, second = rng.choice(count, 2, replace=False)
            indices[first] = indices[second]
        fits = not isinstance(included, int) or included in indices
        if fits and (not declared.repeats or len(set(indices)) < count):
            return [int(n) for n in rng.permutation(indices + once)] if once else indices
    raise CannotDraw(f"no indices for {name} were found that repeat and include as declared")
