"""The figures of a report are those that a plain recount of the marks gives."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recount import compare, recount

from autograder.classroom.gradebooks import gradescope, json_lines
from autograder.classroom.records import ClassMarks, PartMark
from autograder.classroom.report.measures import count_in_bins
from autograder.classroom.report.summary import summarise


def table_of(marks: ClassMarks) -> str:
    """Return the latest marks as CSV, with what the recount needs of the evidence."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow("submission kept_share part state points max_points hand_points seconds diagnoses meaning".split())
    for graded in marks.latest:
        for mark in graded.marks:
            hand = "" if mark.hand_points is None else mark.hand_points
            writer.writerow([graded.submission, graded.kept_share, mark.id, mark.state.value, mark.points,
                             mark.max_points, hand, mark.seconds, "|".join(diagnoses(mark)),
                             mark.evidence.get("meaning", "")])
    return text.getvalue()


def diagnoses(mark: PartMark) -> Iterator[str]:
    if "mistake" in mark.evidence:
        yield str(mark.evidence["mistake"])
    outputs = mark.evidence.get("outputs", {})
    assert isinstance(outputs, dict)
    yield from (output["diagnosis"] for output in outputs.values() if output["diagnosis"])


def test_a_recount_of_five_hundred_agrees(large: ClassMarks) -> None:
    figures = json.loads(json.dumps(asdict(summarise(large))))
    found = recount(list(csv.DictReader(io.StringIO(table_of(large)))))
    assert compare(found, figures) == []
    # The recount would notice: there is much to count, and a wrong figure is told.
    assert len(found["questions"]) == len({mark.id for graded in large.latest for mark in graded.marks}) >= 30
    assert sum(len(question["mistakes"]) for question in found["questions"].values()) > 5
    figures["questions"][1]["mean_share"] += 0.001
    assert len(compare(found, figures)) == 1


def test_a_recount_of_what_was_exported_agrees(large: ClassMarks, tmp_path: Path) -> None:
    """The script works on files alone: the figures and two exports."""
    (tmp_path / "marks.jsonl").write_text(json_lines(large), encoding="utf-8")
    (tmp_path / "marks.csv").write_text(gradescope(large), encoding="utf-8", newline="")
    figures = asdict(summarise(large))
    script = Path(__file__).with_name("recount.py")

    def run() -> tuple[int, str]:
        (tmp_path / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
        command = [sys.executable, "-I", str(script), "marks.jsonl", "marks.csv", "figures.json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert run() == (0, "all figures agree\n")
    figures["scores"]["median"] += 1
    code, said = run()
    assert (code, said.count("median")) == (1, 2)


@given(st.lists(st.floats(0, 90) | st.integers(0, 90).map(float) | st.integers(0, 900).map(lambda n: n / 10), min_size=1),
       st.sampled_from([0.5, 1.0, 3.0, 17.5, 60.0, 90.0, 1000.0]))
def test_bins_hold_every_score_once(values: list[float], top: float) -> None:
    bins = count_in_bins(values, top)
    assert sum(bin_.count for bin_ in bins) == len(values)
    assert bins[0].low == 0
    assert bins[-1].high >= max(top, *values) - 1e-6
    assert len(bins) <= 21
    for number, bin_ in enumerate(bins):
        is_last = number == len(bins) - 1
        inside = [v for v in values if bin_.low - 1e-6 <= v and (v < bin_.high + 1e-6 if is_last else v < bin_.high - 1e-6)]
        edge = [v for v in values if abs(v - bin_.high) <= 1e-6]
        assert len(inside) - len(edge) <= bin_.count <= len(inside) + len(edge)


@pytest.mark.parametrize(("top", "width"), [(90, 5), (100, 5), (20, 1), (5, 0.5), (1000, 50), (1, 0.05)])
def test_bins_are_of_a_round_width(top: float, width: float) -> None:
    bins = count_in_bins([0.0, top], top)
    assert bins[0].high == width
    assert bins[-1].high == top
    assert (bins[0].count, bins[-1].count) == (1, 1)
