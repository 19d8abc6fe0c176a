"""A slip is named when it explains every case, and only then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograder.cases import DrawnCase
from autograder.checks.comparison import compare
from autograder.checks.misconceptions import KnownMistake, Observation, diagnose
from autograder.spec.code import Case

SIZES = [{"V": 5, "d": 3, "K": 4}, {"V": 7, "d": 2, "K": 6}, {"V": 4, "d": 6, "K": 3}]


def observe(change: Callable[[np.ndarray, dict[str, int], int], np.ndarray]) -> list[Observation]:
    """Return what a function gives that turns every expected gradient (V, d) into something else."""
    observations = []
    for number, sizes in enumerate(SIZES):
        expected = np.random.default_rng(number).standard_normal((sizes["V"], sizes["d"]))
        drawn = DrawnCase(number, Case(), sizes, {"o": number, "negatives": [number + 1, 0]})
        observations.append(Observation(drawn, compare(change(expected, sizes, number), "ndarray", expected, 1e-6)))
    return observations


def spoil_row(expected: np.ndarray, row: int) -> np.ndarray:
    changed = expected.copy()
    changed[row] *= 1.7
    return changed


SLIPS = [
    ("sign", lambda e, s, n: -e),
    ("zero", lambda e, s, n: np.zeros_like(e)),
    ("transpose", lambda e, s, n: e.T),
    ("factor", lambda e, s, n: 2 * e),
    ("factor", lambda e, s, n: -0.25 * e),
    ("mean for sum", lambda e, s, n: e / s["K"]),
    ("mean for sum", lambda e, s, n: e / s["V"]),
    ("sum for mean", lambda e, s, n: e * s["K"]),
    ("single precision", lambda e, s, n: e.astype(np.float16).astype(np.float32) * 0 + e * (1 + 2e-5)),
    ("some rows", lambda e, s, n: spoil_row(e, n)),
    ("mistake", lambda e, s, n: np.cumsum(e, axis=0)),
    (None, lambda e, s, n: e + 1),
    (None, lambda e, s, n: -e if n else e),
    (None, lambda e, s, n: e[::-1] * 3 + 1),
    (None, lambda e, s, n: np.full_like(e, np.nan)),
]


@pytest.mark.parametrize(("name", "change"), SLIPS)
def test_slips_are_named(name: str | None, change: Callable[[np.ndarray, dict[str, int], int], np.ndarray]) -> None:
    observations = observe(change)
    known = KnownMistake("mistake", "You add the rows up.", 0.25,
                         tuple(np.cumsum(o.comparison.expected, axis=0) for o in observations))
    diagnosis = diagnose("grad_U", observations, [known])
    assert (diagnosis.name if diagnosis else None) == name
    if diagnosis is not None:
        assert diagnosis.sentence.endswith((".", "?"))


def test_a_declared_mistake_comes_before_a_general_slip() -> None:
    observations = observe(lambda e, s, n: -e)
    known = KnownMistake("uphill", "You climb.", 0.5, tuple(-o.comparison.expected for o in observations))
    diagnosis = diagnose("grad_U", observations, [known])
    assert diagnosis is not None
    assert (diagnosis.name, diagnosis.credit) == ("uphill", 0.5)


def test_the_factor_of_a_single_number_is_not_named() -> None:
    """A student who returns 1 would otherwise be told what is expected."""
    expected = np.array(3.7)
    drawn = DrawnCase(1, Case(), {"d": 3}, {})
    assert diagnose("loss", [Observation(drawn, compare(np.array(1.0), "float", expected, 1e-6))], ()) is None
