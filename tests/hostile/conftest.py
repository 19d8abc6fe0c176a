"""The table at the end of a run: what hostile submissions gained and lost, by category."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

_NAME = "hostile"


@pytest.fixture
def note_outcome(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Give a function that notes what a submission earned, and what it was allowed to, for the table."""

    def note(category: str, points: Mapping[str, float], allowed: Mapping[str, Sequence[float]]) -> None:
        gained = sum(max(0.0, points.get(part, 0.0) - max(values)) for part, values in allowed.items())
        lost = sum(max(0.0, min(values) - points.get(part, 0.0)) for part, values in allowed.items())
        record_property(_NAME, json.dumps({"category": category, "gained": gained, "lost": lost}))

    return note


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print a line for each category."""
    rows: dict[str, list[float]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in getattr(report, "user_properties", ()):
                if name == _NAME and report.when == "call":
                    noted = json.loads(value)
                    row = rows.setdefault(noted["category"], [0, 0, 0.0, 0.0])
                    row[0] += 1
                    row[1] += outcome == "passed"
                    row[2] += noted["gained"]
                    row[3] += noted["lost"]
    if not rows:
        return
    terminalreporter.section("hostile submissions")
    line = "{:<24}{:>12}{:>12}{:>16}{:>14}".format
    terminalreporter.write_line(line("category", "submissions", "contained", "points gained", "points lost"))
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    for category, row in [*sorted(rows.items()), ("all", total)]:
        terminalreporter.write_line(line(category, *(f"{number:g}" for number in row)))
