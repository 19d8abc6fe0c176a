"""The cases of the shipped problems can be drawn whatever the secret, and each declared mistake shows in them.

Parts of a problem may share their mistakes; each is to show in one of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder.cases import draw_cases
from autograder.references import References
from autograder.spec import load_assignment
from autograder.spec.code import FunctionPart
from autograder.spec.loading import reference_folders

PROBLEMS = Path(__file__).resolve().parents[1] / "problems"
SECRETS = [f"secret {number}" for number in range(12)]


@pytest.mark.parametrize("name", ["cs224n_a2", "hw2_cbow"])
def test_every_mistake_shows_with_every_secret(name: str) -> None:
    assignment = load_assignment(PROBLEMS / name)
    references = References(reference_folders(assignment.folder))
    declared, shown = set(), set()
    for problem in assignment.problems:
        for part in problem.parts:
            if not isinstance(part, FunctionPart):
                continue
            outputs = tuple(part.returns)
            for secret in SECRETS:
                cases = [drawn for drawn in draw_cases(part, problem, secret) if drawn.case.points is None]
                right = [references.call(part.reference, outputs, drawn.inputs) for drawn in cases]
                for mistake in part.mistakes:
                    wrong = [references.call(mistake.reference, outputs, drawn.inputs) for drawn in cases]
                    declared.add((problem.id, mistake.name, secret))
                    if any(differs(a, b) for a, b in zip(wrong, right, strict=True)):
                        shown.add((problem.id, mistake.name, secret))
    assert declared
    assert declared - shown == set()


def differs(wrong: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> bool:
    return any(
        np.max(np.abs(wrong[name] - value), initial=0.0) > 1e-4 * np.max(np.abs(value), initial=0.0)
        for name, value in right.items()
    )
