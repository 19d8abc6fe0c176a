"""A gradient by differences earns its points and is named to staff; a formula is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grade import Selection, grade
from autograder.marks import Mark
from autograder.sandbox.supervisor import Sandbox
from autograder.spec import load_assignment
from autograder.submission import read_submission

EXAMPLE = Path(__file__).parents[1] / "spec/example"
LOSS = """
import numpy as np

def loss_of(w, x, label):
    z = float(np.dot(w, x))
    return np.logaddexp(0, -z) if label else np.logaddexp(0, z)

def logistic_loss(w, x, label):
"""
FORMULA = "    return loss_of(w, x, label), (1 / (1 + np.exp(-np.dot(w, x))) - label) * x\n"
DIFFERENCES = """    gradient = np.zeros_like(w)
    for i in range(len(w)):
        step = np.zeros_like(w)
        step[i] = 1e-5
        gradient[i] = (loss_of(w + step, x, label) - loss_of(w - step, x, label)) / 2e-5
    return loss_of(w, x, label), gradient
"""
SINGLE = "    return loss_of(w, x, label), np.float32((1 / (1 + np.exp(-np.dot(w, x))) - label) * x)\n"
ROUGH_LOSS = "    return np.float32(loss_of(w, x, label)), np.float32((1 / (1 + np.exp(-np.dot(w, x))) - label) * x)\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as sandbox:
        yield sandbox


@pytest.mark.parametrize(("body", "is_named"), [(FORMULA, False), (DIFFERENCES, True), (SINGLE, True), (ROUGH_LOSS, False)],
                         ids=["formula", "differences", "single precision", "all in single precision"])
def test_differences_are_named_to_staff_and_cost_nothing(
    sandbox: Sandbox, tmp_path: Path, body: str, is_named: bool
) -> None:
    (tmp_path / "solution.py").write_text(LOSS + body)
    mark = graded(sandbox, tmp_path)
    assert mark.points >= 7
    assert ("by differences?" in mark.verdict.evidence) is is_named
    assert "differences" not in " ".join(mark.verdict.feedback)


def graded(sandbox: Sandbox, folder: Path) -> Mark:
    assignment = load_assignment(EXAMPLE)
    return grade(read_submission(folder), assignment, sandbox, Selection("logistic", "code")).marks[0]
