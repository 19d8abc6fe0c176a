"""Why a returned value is wrong: one explanation, given only if it fits every case.

Each rule turns the expected value into what a certain slip would have returned instead; the slip is named when that
is what the student returned, in every case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from autograder.cases import Drawn, DrawnCase
from autograder.checks.comparison import Array, Comparison, Rung

# Loose enough for float32 arithmetic, tight enough that no two slips meet on random inputs.
_MATCH_TOLERANCE = 1e-5
# Ratios are told as fractions with denominators up to this: a mean in place of a sum is 1/11, not 0.0909.
_MOST_PARTS = 20


class Observation(Struct, frozen=True):
    """One output of one case, as it came back."""

    drawn: DrawnCase
    comparison: Comparison


class KnownMistake(Struct, frozen=True):
    """What a declared mistake gives for one output in each of the observed cases."""

    name: str
    say: str
    credit: float
    values: tuple[Array | None, ...]
    is_whole: bool = False
    """Whether it was seen to be made in every output where it shows, in one that is not 0 and in others."""


class Diagnosis(Struct, frozen=True):
    name: str
    sentence: str
    credit: float = 0.0


def diagnose(
    output: str, observations: Sequence[Observation], known: Sequence[KnownMistake]
) -> Diagnosis | None:
    """Return what explains every observation of a wrong output, or None.

    Nothing but zeros is no slip but an unfinished function, unless another output shows which mistake leads to them.
    Mistakes declared in the problem come next, for they say more; then the slips that any gradient may hold.
    """
    if observations and all(o.comparison.actual_type == "NoneType" for o in observations):
        return Diagnosis("none", f"`{output}` is None in every case. Is something still to be written, or is a "
                                 "`return` missing?")
    if not observations or any(o.comparison.actual is None for o in observations):
        return None
    unfinished = _zero(output, observations)
    if unfinished is not None and not any(mistake.is_whole for mistake in known):
        return unfinished
    for mistake in known:
        if _is_made(mistake, observations):
            return Diagnosis(mistake.name, mistake.say, mistake.credit)
    for rule in _RULES:
        diagnosis = rule(output, observations)
        if diagnosis is not None:
            return diagnosis
    return None


def put_whole_mistakes_first(
    observed: Mapping[str, Sequence[Observation]], known: Mapping[str, Sequence[KnownMistake]]
) -> dict[str, tuple[KnownMistake, ...]]:
    """Order the mistakes of each output: before the others those that are made in every output where they show.

    Two mistakes may give the same in one output; the others then tell which one was made.
    """
    broken, shown = set(), set()
    for output, mistakes in known.items():
        observations = observed.get(output, ())
        for mistake in mistakes:
            if not _is_made(mistake, observations):
                broken.add(mistake.name)
            elif _zero(output, observations) is None:
                shown.add(mistake.name)
    return {
        output: tuple(sorted((replace(mistake, is_whole=mistake.name in shown - broken) for mistake in mistakes),
                             key=lambda mistake: mistake.name in broken))
        for output, mistakes in known.items()
    }


def _is_made(mistake: KnownMistake, observations: Sequence[Observation]) -> bool:
    return len(observations) == len(mistake.values) and all(
        _matches(o.comparison, value) for o, value in zip(observations, mistake.values, strict=True))


def _matches(comparison: Comparison, value: Array | None) -> bool:
    actual = comparison.actual
    if actual is None or value is None or np.shape(value) != actual.shape or not np.isfinite(actual).all():
        return False
    scale = float(np.abs(value).max(initial=0.0))
    return bool(np.abs(actual - value).max(initial=0.0) <= _MATCH_TOLERANCE * max(scale, 1e-9))


def _zero(output: str, observations: Sequence[Observation]) -> Diagnosis | None:
    if all(o.comparison.actual is not None and not np.any(o.comparison.actual) for o in observations):
        return Diagnosis("zero", f"`{output}` is 0 in every case. Is this part of your function still to be written?")
    return None


def _sign(output: str, observations: Sequence[Observation]) -> Diagnosis | None:
    if all(_matches(o.comparison, -o.comparison.expected) for o in observations):
        return Diagnosis("sign", f"`{output}` has the wrong sign everywhere; its size is right. "
                                 "Go through the minus signs of your derivation once more.")
    return None


def _transpose(output: str, observations: Sequence[Observation]) -> Diagnosis | None:
    matrices = [o for o in observations if o.comparison.expected.ndim == 2]
    if len(matrices) == len(observations) and all(_is_transpose(o.comparison) for o in matrices):
        return Diagnosis("transpose", f"`{output}` is the transpose of what is asked: its rows and columns are "
                                      "exchanged. Return its `.T`.")
    return None


def _is_transpose(comparison: Comparison) -> bool:
    """Whether a matrix came as its transpose; one row or one column is the same either way."""
    if comparison.actual is None or 1 in comparison.expected.shape:
        return comparison.is_right
    turned = comparison.actual.shape == comparison.expected.T.shape
    return turned and _matches(comparison, comparison.expected.T)


def _factor(output: str, observations: Sequence[Observation]) -> Diagnosis | None:
    ratios = [_ratio(o.comparison) for o in observations]
    told = [(ratio, o) for ratio, o in zip(ratios, observations, strict=True) if not np.isnan(ratio)]
    if not told or len(told) < sum(1 for o in observations if np.any(o.comparison.expected)):
        return None
    for name in told[0][1].drawn.sizes:
        for inverse in (False, True):
            sizes = [float(o.drawn.sizes[name]) for _, o in told]
            factors = [1 / size if inverse else size for size in sizes]
            is_told_apart = len(set(sizes)) > 1 or len(told[0][1].drawn.sizes) == 1
            if is_told_apart and all(np.isclose(r, f, rtol=1e-5) for (r, _), f in zip(told, factors, strict=True)):
                return _size_factor(output, name, inverse)
    first = told[0][0]
    if sum(o.comparison.expected.size for _, o in told) < 2:
        return None  # any number is a multiple of any other: to name the factor would be to name what is expected
    if all(np.isclose(ratio, first, rtol=1e-5) for ratio, _ in told):
        return Diagnosis("factor", f"`{output}` is {_say_ratio(first)} what it should be, in every entry and every "
                                   "case. Look for a constant factor that is lost or one too many.")
    return None


def _say_ratio(ratio: float) -> str:
    fraction = Fraction(ratio).limit_denominator(_MOST_PARTS)
    if not np.isclose(float(fraction), ratio, rtol=1e-5) or fraction.denominator == 1:
        return f"{ratio:.6g} times"
    return f"{fraction} of" if abs(fraction) < 1 else f"{fraction} times"


def _size_factor(output: str, name: str, inverse: bool) -> Diagnosis:
    if inverse:
        return Diagnosis("mean for sum", f"`{output}` is divided by {name}: you take a mean where a sum is asked.")
    return Diagnosis("sum for mean", f"`{output}` is {name} times too large: you add something up {name} times, "
                                     "or take a sum where a mean is asked.")


def _ratio(comparison: Comparison) -> float:
    """Return c where actual = c * expected, or nan."""
    actual, expected = comparison.actual, comparison.expected
    if actual is None or actual.shape != expected.shape or not np.isfinite(actual).all() or not np.any(expected):
        return float("nan")
    ratio = float((actual * expected).sum() / (expected * expected).sum())
    is_told_from_one = abs(ratio - 1) > 1e-3  # nearer to 1 it is a matter of precision, not of a factor
    return ratio if ratio and is_told_from_one and _matches(comparison, ratio * expected) else float("nan")


def _single_precision(output: str, observations: Sequence[Observation]) -> Diagnosis | None:
    errors = [o.comparison.relative_error for o in observations]
    if all(o.comparison.rung >= Rung.VALUE for o in observations) and 0 < max(errors) < 3e-4:
        return Diagnosis("single precision", f"`{output}` is right to about {_digits(max(errors))} digits only. "
                                             "Compute in float64 (do not use `float32` or `float16` arrays), add no "
                                             "small constant such as 1e-5, and clip nothing that need not be.")
    return None


def _digits(error: float) -> int:
    return max(1, int(-np.log10(error)))


def _wrong_rows(output: str, observations: Sequence[Observation]) -> Diagnosis | None:
    """Name the rows that are wrong when they are exactly those that an index input points at."""
    usable = [o for o in observations if o.comparison.rung is Rung.VALUE and o.comparison.expected.ndim == 2]
    if not usable or len(usable) < sum(1 for o in observations if not o.comparison.is_right):
        return None
    for name in usable[0].drawn.inputs:
        if all(_points_at_the_wrong(o, _rows(o.drawn.inputs.get(name))) for o in usable):
            return Diagnosis("some rows", f"Only rows of `{output}` that `{name}` points at are wrong; "
                                          "the other rows are right. Look at what you add to those.")
    return None


def _points_at_the_wrong(observation: Observation, rows: frozenset[int]) -> bool:
    """Whether these rows hold all wrong ones, and are few enough that it says something."""
    return 2 * len(rows) <= len(observation.comparison.expected) and _bad_rows(observation.comparison) <= rows


def _rows(value: Drawn) -> frozenset[int]:
    if isinstance(value, int):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(v for v in value if isinstance(v, int))
    return frozenset()


def _bad_rows(comparison: Comparison) -> frozenset[int]:
    assert comparison.actual is not None
    scale = float(np.abs(comparison.expected).max(initial=0.0))
    error = np.abs(comparison.actual - comparison.expected).reshape(len(comparison.expected), -1)
    return frozenset(int(row) for row in np.flatnonzero(error.max(axis=1) > _MATCH_TOLERANCE * scale))


Rule = Callable[[str, Sequence[Observation]], "Diagnosis | None"]
_RULES: tuple[Rule, ...] = (_sign, _transpose, _factor, _single_precision, _wrong_rows)

