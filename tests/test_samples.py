"""Every sample submission gets exactly what its `expect.yaml` says: states, points, and a piece of the feedback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from autograder.grade import grade
from autograder.gradescope.results import compose, encode
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import Assignment, load_assignment
from autograder.submission import read_submission

HOME = Path(__file__).parent.parent
SAMPLES = sorted((HOME / "submissions_sample").glob("*/*/"))
SECRETS = ("reference/", "reference.", "mistakes_", "Traceback", str(HOME))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


@pytest.fixture(scope="module")
def assignments() -> dict[str, Assignment]:
    return {folder.name: load_assignment(folder) for folder in (HOME / "problems").iterdir()}


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_sample(folder: Path, sandbox: Sandbox, assignments: dict[str, Assignment]) -> None:
    expected: dict[str, Any] = yaml.safe_load((folder / "expect.yaml").read_text())
    result = grade(read_submission(folder), assignments[folder.parent.name], sandbox)
    assert result.failure is None
    marks = {mark.id: mark for mark in result.marks}
    said = {}
    for part, wanted in expected["parts"].items():
        mark = marks[part]
        feedback = "\n\n".join(mark.verdict.feedback)
        said[part] = (mark.state.value, round(mark.points, 6), wanted.get("says", "") in feedback or feedback)
        assert not any(secret in feedback for secret in SECRETS), feedback
    assert said == {
        part: (wanted["state"], wanted["points"], True) for part, wanted in expected["parts"].items()
    }
    assert expected.get("notes", "") in "\n\n".join(result.notes)
    rest = expected.get("rest")
    if rest is not None:
        assert {mark.state.value for part, mark in marks.items() if part not in expected["parts"]} <= {rest}
    assert encode(compose(result))


def test_every_sample_says_what_it_must_get() -> None:
    assert SAMPLES
    assert [folder for folder in SAMPLES if not (folder / "expect.yaml").is_file()] == []
