"""What could not be read is kept for the people who extend the spelling tables."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from autograder.cli import main

LINES = [
    {"id": "a", "problem": "sigmoid_derivative", "answer": r"\sigma(x)(1-\sigma(x))"},
    {"id": "b", "problem": "sigmoid_derivative", "answer": r"\sigma(x) \frobnicate x"},
]


def test_refused_answers_are_added_to_a_file(tmp_path: Path) -> None:
    table, log = tmp_path / "table.jsonl", tmp_path / "refused.jsonl"
    table.write_text("\n".join(map(json.dumps, LINES)))
    for _ in range(2):
        done = CliRunner().invoke(main, ["formulas", str(table), "--json", "--refused", str(log)])
        assert done.exit_code == 0, done.output
    kept = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["id"] for line in kept] == ["b", "b"]
    assert kept[0]["typed"] == LINES[1]["answer"]
    assert kept[0]["reason"]
    assert "frobnicate" in kept[0]["means"]
