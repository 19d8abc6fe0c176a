"""Problems that the package knows nothing of: a file of YAML and one reference each are enough to grade and pre-check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grade import grade
from autograder.handout.audit import audit
from autograder.handout.given_faults import find_given_faults
from autograder.handout.package import build_handout
from autograder.marks import State
from autograder.precheck.findings import Standing
from autograder.precheck.line import check
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import Assignment, load_assignment
from autograder.spec.public import as_students_see
from autograder.submission import read_submission

HERE = Path(__file__).parent
LAYERS = """import numpy as np
def layer_norm_backward(x, gamma, g):
    n, s = len(x), x.std()
    z = (x - x.mean()) / s
    jacobian = (np.eye(n) - 1 / n - np.outer(z, z) / n) / s
    return jacobian @ (gamma * g), g * z
"""
ATTENTION = """import numpy as np
def attention(q, K, c):
    e = np.exp((s := K @ q / len(q) ** 0.5) - s.max())
    a = e / e.sum()
    return a, K.T @ ((np.diag(a) - np.outer(a, a)) @ c) / len(q) ** 0.5
"""
GLOVE = """import numpy as np
def glove(W, C, F, X):
    loss, grad = 0.0, np.zeros_like(W)
    for i in range(len(W)):
        for j in range(len(C)):
            away = W[i] @ C[j] - np.log(X[i, j])
            loss += F[i, j] * away ** 2
            grad[i] += 2 * F[i, j] * away * C[j]
    return loss, grad
"""
ANSWERS = """
## dgamma
$$\\hat{x} \\odot g$$
## dq
$$\\frac{K^\\top (\\mathrm{diag}(a) - a a^\\top) c}{\\sqrt{d}}$$
## dw
$$\\sum_{j} 2 F_{kj} c_j (c_j^\\top w_k - \\log X_{kj})$$
"""
CONSTANT = LAYERS.replace("(np.eye(n) - 1 / n - np.outer(z, z) / n) / s", "np.eye(n) / s")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load_assignment(HERE)


def write(folder: Path, layers: str = LAYERS, answers: str = ANSWERS) -> Path:
    for name, text in (("layers.py", layers), ("attention.py", ATTENTION), ("glove.py", GLOVE), ("answers.md", answers)):
        (folder / name).write_text(text)
    return folder


def test_right_work_is_right_before_and_after(assignment: Assignment, sandbox: Sandbox, tmp_path: Path) -> None:
    submission = read_submission(write(tmp_path))
    result = grade(submission, assignment, sandbox)
    assert [(mark.id, mark.state) for mark in result.marks if mark.state is not State.CORRECT] == []
    report = check(submission, as_students_see(assignment), sandbox)
    assert {part.id: part.standing for part in report.parts} == {
        "layer-norm/code": Standing.FINE, "layer-norm/dgamma": Standing.FINE, "attention/code": Standing.FINE,
        "attention/dq": Standing.READ, "glove/code": Standing.FINE, "glove/dw": Standing.FINE}
    assert all(value for part in report.parts for value in part.outputs.values())


def test_a_known_mistake_is_named_when_graded_and_seen_before(
    assignment: Assignment, sandbox: Sandbox, tmp_path: Path
) -> None:
    submission = read_submission(write(tmp_path, CONSTANT, ANSWERS.replace("\\hat{x}", "x")))
    marks = {mark.id: mark for mark in grade(submission, assignment, sandbox).marks}
    assert marks["layer-norm/code"].points == 2
    assert "differentiate them too" in "".join(marks["layer-norm/code"].verdict.feedback)
    assert marks["layer-norm/dgamma"].points == 1
    parts = {part.id: part for part in check(submission, as_students_see(assignment), sandbox).parts}
    assert parts["layer-norm/code"].outputs == {"dx": False, "dgamma": True}
    assert parts["layer-norm/dgamma"].standing is Standing.MEND


def test_its_handout_gives_nothing_away(assignment: Assignment) -> None:
    assert list(find_given_faults(assignment)) == []
    assert audit(build_handout(assignment), assignment) == ()
