"""Attacks on the rules of an assignment: its time, and what follows from an earlier mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from attacks import FULL, RIGHT
from hostile_run import ASSIGNMENT, HOME, ONLY_ROOT, Outcome, grade_hostile, is_valid

pytestmark = [ONLY_ROOT]


def graded(folder: Path, code: str, limits: dict[str, float], follow_through: float = 0.0) -> Outcome:
    """Grade the right solution with code behind it, under other limits and rules."""
    assignment = Path(shutil.copytree(ASSIGNMENT, folder / "assignment"))
    head = yaml.safe_load((assignment / "assignment.yaml").read_text())
    problem = yaml.safe_load((assignment / "code.yaml").read_text())
    head["limits"] |= limits
    for part in problem["parts"]:
        if len(part["returns"]) == 3:
            part["follow_through"] = follow_through
            for output, points in zip(part["returns"].values(), (6, 7, 7), strict=True):
                output["points"] = points
            del part["points"]
    (assignment / "assignment.yaml").write_text(yaml.safe_dump(head))
    (assignment / "code.yaml").write_text(yaml.safe_dump(problem, sort_keys=False))
    submission = Path(shutil.copytree(RIGHT, folder / "submission"))
    with (submission / "solution.py").open("a") as file:
        file.write(f"\n\n{code}\n")
    outcome = grade_hostile(submission, folder, assignment)
    assert is_valid(outcome.results)
    assert outcome.traces() == {}
    return outcome


def test_calls_that_end_just_in_time_use_up_the_time_for_all(tmp_path: Path) -> None:
    """Each call keeps its limit and all together do not: what comes first counts, what comes late is not run."""
    slow = ("import time\ntime.sleep(0.8)\n"
            "def slowed(f):\n    def g(*a):\n        time.sleep(0.8)\n        return f(*a)\n    return g\n"
            "for name in ('sigmoid', 'softmax', 'normalize_rows', 'naive_softmax', 'neg_sampling'):\n"
            "    globals()[name] = slowed(globals()[name])\n")
    outcome = graded(tmp_path, slow, {"submission_seconds": 6, "import_seconds": 3, "call_seconds": 3})
    assert outcome.states["sigmoid"] == "correct"
    assert outcome.states["neg_sampling"] == "timed out"
    assert outcome.points["neg_sampling"] == 0
    assert {part: outcome.points[part] for part in ("q1", "q2", "q3")} == {"q1": 10, "q2": 10, "q3": 10}


def test_a_part_that_takes_all_the_time_gains_nothing_by_it(tmp_path: Path) -> None:
    hang = "import time\ndef sigmoid(x):\n    time.sleep(60)\n"
    outcome = graded(tmp_path, hang, {"submission_seconds": 2.5, "import_seconds": 2, "call_seconds": 20})
    assert outcome.states["sigmoid"] == "timed out"
    assert sum(outcome.points.values()) <= sum(FULL.values()) - FULL["sigmoid"]
    assert outcome.points["q1"] == 10


LOSSES = {
    "nothing": ("0.0", "0 * v_c", "0 * U", 0.0),
    "a constant": ("3.0", "0 * v_c", "0 * U", 0.0),
    "a constant with gradients that are not its own": ("3.0", "v_c", "U", 0.0),
    "the loss itself by finite numbers only": ("float('inf')", "v_c", "U", 0.0),
    "a loss that answers each call otherwise": ("np.random.rand()", "v_c", "U", 0.0),
    "a gradient that is not finite": ("v_c.sum()", "v_c * np.nan", "U * np.nan", 0.0),
    # Nobody can tell this from an honest mistake but by reading: the share that follows is the price of the rule.
    "a product of all that there is": ("v_c @ U.sum(axis=0)", "U.sum(axis=0)", "0 * U + v_c", 7.0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_loss_of_ones_own_earns(name: str, tmp_path: Path) -> None:
    loss, grad_v, grad_U, most = LOSSES[name]
    code = f"def neg_sampling(v_c, o, negs, U):\n    return {loss}, {grad_v}, {grad_U}\n"
    outcome = graded(tmp_path, code, {}, follow_through=0.5)
    assert outcome.points["neg_sampling"] <= most
    assert outcome.states["neg_sampling"] != "correct"
    assert {part: points for part, points in outcome.points.items() if part != "neg_sampling" and points != FULL[part]} == {}


FAKES = {
    "claims about its own functions": "sys.modules['_harness'].__dict__.update(_own_loss=lambda *a: skipgram, skipgram=skipgram)",
    "a stand-in that gives nothing": "sys.modules['_harness']._stand_in_loss = lambda v, o, U, *a, **k: (0.0, 0 * v, 0 * U)",
    "losses that are wrong on purpose": "naiveSoftmaxLossAndGradient = negSamplingLossAndGradient = (\n"
                                       "    lambda v, o, U, *a, **k: (1.0, np.ones_like(v), np.ones_like(U)))",
}


@pytest.mark.parametrize("name", FAKES)
def test_putting_together_what_nobody_gave_earns_nothing(name: str, tmp_path: Path) -> None:
    """What follows from wrong earlier functions is worked out by the grader, from nothing that the worker says."""
    submission = Path(shutil.copytree(HOME / "submissions_sample" / "cs224n_a2" / "correct", tmp_path / "submission"))
    with (submission / "word2vec.py").open("a") as file:
        file.write("\n\nimport sys\nimport numpy as np\n\n\ndef skipgram(word, m, outside, index, V, U, dataset, loss=None):\n"
                   f"    return 7.0, np.ones_like(V), np.ones_like(U)\n\n\nif '_harness' in sys.modules:\n    {FAKES[name]}\n")
    outcome = grade_hostile(submission, tmp_path, HOME / "problems" / "cs224n_a2")
    code = {test["extra_data"]["id"]: test for test in outcome.results["tests"] if "id" in test.get("extra_data", {})}
    assert code["skipgram/code"]["score"] == 0, code["skipgram/code"]["output"]
    assert code["sigmoid/code"]["score"] == code["sigmoid/code"]["max_score"]
    assert is_valid(outcome.results)
