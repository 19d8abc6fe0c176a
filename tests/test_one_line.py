"""From `run_autograder` to results.json, as Gradescope and a newcomer run it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

HOME = Path(__file__).parent.parent
SCHEMA = HOME.parent / "shared/gradescope/results.schema.json"


def run(submission: Path, results: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [HOME / "run_autograder", submission, "--results", results, *more],
        capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)
    contents = json.loads(results.read_bytes(), parse_constant=lambda word: pytest.fail(f"{word} in results.json"))
    return done.returncode, contents, done.stdout + done.stderr


def hold_to_schema(contents: dict[str, Any]) -> None:
    if SCHEMA.is_file():
        jsonschema.validate(contents, json.loads(SCHEMA.read_text()))


@pytest.mark.parametrize("assignment", ["cs224n_a2", "hw2_cbow"])
def test_a_correct_submission_gets_every_point(assignment: str, tmp_path: Path) -> None:
    code, contents, said = run(HOME / "submissions_sample" / assignment / "correct", tmp_path / "results.json")
    assert code == 0, said
    hold_to_schema(contents)
    open_parts = [test for test in contents["tests"] if "by hand" in test["tags"]]
    lost = [test["name"] for test in contents["tests"] if test["score"] < test["max_score"] and test not in open_parts]
    assert lost == []
    assert contents["score"] == sum(test["score"] for test in contents["tests"])
    assert contents["extra_data"]["spec digest"]
    assert contents["extra_data"]["confinement"]["process"] == "held"
    assert {path.name for path in tmp_path.iterdir()} == {"results.json"}


def test_a_problem_file_at_fault_gives_results_that_say_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "assignment.yaml").write_text("id: broken\ntitle: B\nproblems: [a]\nseed: s\n")
    (broken / "a.yaml").write_text("id: a\ntitle: A\nparts: [{id: p, kind: gradeint, points: 1}]\n")
    code, contents, said = run(HOME / "submissions_sample/cs224n_a2/correct", tmp_path / "results.json",
                               "--assignment", str(broken))
    assert code == 2
    hold_to_schema(contents)
    assert "a.yaml:3:" in said
    assert "unknown kind 'gradeint'" in said
    assert "fault of its own" in contents["output"]
    assert "gradeint" not in contents["output"]
    assert "gradeint" in contents["extra_data"]["failure"]


def test_a_submission_that_is_not_there(tmp_path: Path) -> None:
    done = subprocess.run([HOME / "run_autograder", tmp_path / "nothing"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no" in done.stderr
