"""Where the marks of a plot stand. Across, in percent of the plot's width; down, in pixels: so text keeps its size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.classroom.report.figures import Attempts, Question, Scores

# The room beside and around a plot.
LEFT, RIGHT = 8.0, 98.0
TOP, BOTTOM = 14.0, 34.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One mark of a plot, with what is said of it when it is pointed at or read out.

    A bar reaches from (x, y) over `width` and `height`; a dot and the ends of a line use x, y and `x2`.
    """

    x: float
    y: float
    says: str
    kind: str = ""
    width: float = 0.0
    height: float = 0.0
    x2: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    height: float
    shapes: tuple[Shape, ...]
    across: tuple[Tick, ...] = ()
    down: tuple[Tick, ...] = ()
    rules: tuple[Tick, ...] = ()
    """Vertical lines with a word, such as the median."""

    @property
    def floor(self) -> float:
        return self.height - BOTTOM


def plot_scores(scores: Scores, height: float = 240.0) -> Plot:
    """Return a histogram."""
    low, high = scores.bins[0].low, scores.bins[-1].high
    most = max(bin_.count for bin_ in scores.bins)
    floor = height - BOTTOM

    def across(points: float) -> float:
        return LEFT + (points - low) / (high - low) * (RIGHT - LEFT)

    shapes = []
    for number, bin_ in enumerate(scores.bins):
        tall = bin_.count / most * (floor - TOP)
        upper = "to" if number == len(scores.bins) - 1 else "to below"
        says = f"{bin_.low:g} {upper} {bin_.high:g} points: {say_count(bin_.count, 'submission')}"
        wide = across(bin_.high) - across(bin_.low)
        shapes.append(Shape(across(bin_.low) + 0.15, floor - tall, says, "bar", wide - 0.3, tall))
    every = max(1, math.ceil(len(scores.bins) / 5))
    edges = [edge for edge in [bin_.low for bin_ in scores.bins][::every] if across(high) - across(edge) > 8]
    ticks = tuple(Tick(across(edge), f"{edge:g}") for edge in (*edges, high))
    rules = () if scores.median is None else (Tick(across(scores.median), f"median {scores.median:.4g}"),)
    return Plot(height, tuple(shapes), ticks, _count_ticks(most, floor), rules)


def _count_ticks(most: int, floor: float) -> tuple[Tick, ...]:
    step = next(step for power in range(9) for step in (10**power, 2 * 10**power, 5 * 10**power) if most / step <= 4)
    return tuple(Tick(floor - count / most * (floor - TOP), str(count)) for count in range(0, most + 1, step))


def plot_questions(questions: Sequence[Question], height: float = 320.0) -> Plot:
    """Return a dot for each question: how easy it is across, how well it tells strong from weak down."""
    placed = [(question, question.mean_share, question.discrimination.value) for question in questions
              if question.mean_share is not None and question.discrimination.value is not None]
    values = [value for *_, value in placed if value is not None]
    low = math.floor(min([-0.2, *values]) * 5) / 5
    high = math.ceil(max([0.6, *values]) * 5) / 5
    floor = height - BOTTOM

    def down(value: float) -> float:
        return floor - (value - low) / (high - low) * (floor - TOP)

    shapes = []
    for question, share, value in placed:
        assert share is not None
        assert value is not None
        kind = "dot suspect" if question.suspicions else "dot"
        says = f"{question.number} {question.title}: {share:.0%} of the points earned, correlation {value:+.2f}"
        label = question.number if question.suspicions else ""
        shapes.append(Shape(_share_across(share), down(value), says, kind, label=label))
    fifths = range(round(low * 5), round(high * 5) + 1)
    ticks = tuple(Tick(down(fifth / 5), f"{fifth / 5:.1f}".replace("-", "−")) for fifth in fifths)
    shapes.sort(key=lambda shape: shape.kind)  # what is suspect comes on top
    return Plot(height, tuple(shapes), _share_ticks(), ticks)


def _share_across(share: float) -> float:
    return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)


def _share_ticks() -> tuple[Tick, ...]:
    return tuple(Tick(_share_across(quarter / 4), f"{quarter / 4:.0%}") for quarter in range(5))


def plot_periods(attempts: Attempts, height: float = 200.0) -> Plot:
    """Return bars for when work came in: first attempts below, later ones on top."""
    most = max(period.count for period in attempts.periods)
    floor = height - BOTTOM
    wide = (RIGHT - LEFT) / len(attempts.periods)
    shapes = []
    for number, period in enumerate(attempts.periods):
        if not period.count:
            continue
        again = period.count - period.first_attempts
        low, tall = (count / most * (floor - TOP) for count in (period.first_attempts, period.count))
        says = f"{period.label}: {period.first_attempts} first and {say_count(again, 'later attempt')}"
        left = LEFT + number * wide + wide * 0.05
        shapes.append(Shape(left, floor - low, "", "bar first", wide * 0.9, low))
        shapes.append(Shape(left, floor - tall, says, "bar again", wide * 0.9, tall - low))
    every = max(1, math.ceil(len(attempts.periods) / 4))
    ticks = [Tick(LEFT + (number + 0.5) * wide, period.label)
             for number, period in enumerate(attempts.periods) if number % every == every // 2]
    return Plot(height, tuple(shapes), tuple(ticks), _count_ticks(most, floor))


def plot_cohorts(attempts: Attempts, row: float = 34.0) -> Plot:
    """Return a line for those who tried so many times, from their first to their last attempt."""
    height = TOP + row * len(attempts.cohorts) + BOTTOM
    shapes, rows = [], []
    for number, cohort in enumerate(attempts.cohorts):
        y = TOP + row * (number + 0.5)
        rows.append(Tick(y, f"{cohort.attempts}{'+' if cohort.is_more else ''}"))
        if cohort.first_share is None or cohort.last_share is None:
            continue
        times = "once" if cohort.attempts == 1 else f"{rows[-1].label} times"
        says = f"{say_count(cohort.students, 'author')} handed in {times}: {cohort.first_share:.0%}"
        says += "" if cohort.attempts == 1 else f" first, {cohort.last_share:.0%} last"
        first, last = _share_across(cohort.first_share), _share_across(cohort.last_share)
        shapes.append(Shape(first, y, says, "way", x2=last))
    return Plot(height, tuple(shapes), _share_ticks(), tuple(rows))


@dataclass(frozen=True, slots=True)
class Kind:
    """States that are shown alike."""

    name: str
    label: str
    states: tuple[str, ...]


KINDS = (
    Kind("right", "correct", ("correct",)),
    Kind("partly", "partly right", ("partly correct", "right value, wrong form")),
    Kind("wrong", "wrong", ("wrong",)),
    Kind("broken", "unreadable or did not run",
         ("unreadable", "raised", "timed out", "out of memory", "forbidden")),
    Kind("absent", "missing", ("missing", "skipped")),
    Kind("open", "by hand", ("by hand",)),
    Kind("ours", "not graded", ("not graded",)),
)


def plot_states(states: Mapping[str, int]) -> tuple[Shape, ...]:
    """Return the pieces of a bar of full width: what became of the answers, in a fixed order."""
    total = sum(states.values())
    shapes, x = [], 0.0
    for kind in KINDS:
        held = {state: states[state] for state in kind.states if states.get(state)}
        wide = 100 * sum(held.values()) / total if total else 0.0
        if held:
            says = ", ".join(f"{count} {state}" for state, count in held.items())
            shapes.append(Shape(x, 0, f"{says} of {total}", kind.name, wide))
        x += wide
    return tuple(shapes)


def say_count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
