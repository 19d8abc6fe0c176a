"""The arithmetic of a report: means, quantiles, correlations, bins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograder.classroom.report.figures import Bin, Discrimination, Scores

FEWEST = 10
"""With fewer answers a correlation, or a comparison of quarters, says more about chance than about a question."""
_MOST_BINS = 20
_ALIKE = 1e-12


def mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile, between two values in proportion to their distance; 0 of no values."""
    return float(np.quantile(values, share)) if values else 0.0


def correlate(shares: Sequence[float], rests: Sequence[float]) -> Discrimination:
    """Return the correlation of a question with the rest of the test, or the words for why there is none."""
    if not shares:
        return Discrimination(None, "nothing to compare")
    if len(shares) < FEWEST:
        return Discrimination(None, "too few answers")
    own, others = np.asarray(shares), np.asarray(rests)
    if own.std() < _ALIKE:
        return Discrimination(None, "all earned the same")
    if others.std() < _ALIKE:
        return Discrimination(None, "all alike elsewhere")
    return Discrimination(float(np.corrcoef(own, others)[0, 1]))


def describe_scores(points: Sequence[float], max_points: float) -> Scores:
    if not points:
        return Scores(0, max_points)
    return Scores(
        count=len(points),
        max_points=max_points,
        bins=count_in_bins(points, max_points),
        mean=mean(points),
        deviation=float(np.std(points, ddof=1)) if len(points) > 1 else None,
        lowest=min(points),
        lower_quartile=quantile(points, 0.25),
        median=quantile(points, 0.5),
        upper_quartile=quantile(points, 0.75),
        highest=max(points),
    )


def count_in_bins(values: Sequence[float], top: float) -> tuple[Bin, ...]:
    """Return at most twenty bins of a round width that hold every value, from 0 to `top` at least."""
    low, high = min(0.0, *values), max(top, *values)
    if high <= low:
        return ()
    width = _round_width((high - low) / _MOST_BINS)
    first = math.floor(low / width)
    count = max(1, math.ceil(high / width - 1e-9) - first)
    found = [0] * count
    for value in values:
        found[min(int(value / width - first + 1e-9), count - 1)] += 1
    edges = [round((first + position) * width, 10) for position in range(count + 1)]
    return tuple(Bin(edges[at], edges[at + 1], number) for at, number in enumerate(found))


def _round_width(least: float) -> float:
    """Return the smallest of ..., 0.5, 1, 2, 5, 10, ... that is no smaller than `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))
