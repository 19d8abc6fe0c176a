"""What is said of references, gradients, mistakes and inputs that are not as they should be: a small problem, one edit each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path

import pytest

from autograder.authoring.crew import Crew, TrialFailed
from autograder.authoring.examination import Scope, examine
from autograder.authoring.inspection import inspect_references, open_problem
from autograder.authoring.solution import make_solution
from autograder.references import References
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import load_assignment
from autograder.spec.loading import reference_folders

PROBLEM = """id: p
title: P
sizes: {n: [3, 5], m: [6, 9]}
parts:
  - id: code
    kind: function
    function: f
    file: f.py
    inputs: {x: {normal: [n]}, A: {normal: [n, m]}, words: {indices: n, count: 3}, k: {index: n}}
    returns:
      loss: {points: 1}
      grad: {shape: [n], points: 1, gradient: {of: loss, wrt: x}}
    reference: REFERENCE.f
    cases: [{count: 4}]
    mistakes:
      - {reference: REFERENCE.wrong, name: first, say: This is wrong.}
      - {reference: REFERENCE.other, name: second, say: This is wrong too.}
"""
CODE = """import numpy as np


def f(x, A, words, k):
    return {"loss": np.sum(x**2) + A[k].sum() + len(words), "grad": 2 * x}


def wrong(x, A, words, k):
    return {"loss": np.sum(x**2), "grad": 2 * x}


def other(x, A, words, k):
    return {"loss": np.sum(x**2), "grad": x}
"""


def write(folder: Path, old: str = "", new: str = "", name: str = "small") -> Path:
    """Write the small assignment with one edit, in its problem file or its reference."""
    assert not old or old in PROBLEM + CODE
    (folder / "reference").mkdir(parents=True)
    # References are kept by name for as long as a process runs: each test has its own.
    stem = f"inspected_{abs(hash((name, old, new)))}"
    (folder / f"reference/{stem}.py").write_text(CODE.replace(old, new) if old else CODE)
    (folder / "p.yaml").write_text((PROBLEM.replace(old, new) if old else PROBLEM).replace("REFERENCE", stem))
    (folder / "assignment.yaml").write_text("id: a\ntitle: A\nproblems: [p]\nseed: s\n")
    return folder


def said(folder: Path) -> list[str]:
    assignment = load_assignment(folder)
    references = References(reference_folders(folder))
    found = inspect_references(open_problem(assignment.problems[0], assignment), assignment, references)
    return [f"{one.place.line}:{'' if one.is_fault else ' warning:'} {one.message}" for one in found]


def test_the_small_problem_is_sound(tmp_path: Path) -> None:
    assert said(write(tmp_path)) == []


@pytest.mark.parametrize(("old", "new", "line", "says"), [
    ('"grad": 2 * x}\n\n\ndef wrong', '"grad": 3 * x}\n\n\ndef wrong', 12, "this is not the derivative of loss with respect to x: entry ["),
    ("wrt: x", "wrt: k", 12, "'k' is no array of numbers, so nothing has a derivative with respect to it"),
    ('{"loss": np.sum(x**2) + A[k]', '{"loss": x**2 + A[k]', 12, "'loss' is no number but an array of shape ("),
    ("shape: [n], points", "shape: [m], points", 12, "returns.grad.shape: says ("),
    ("np.sum(x**2) + A[k]", "np.log(x - x).sum() + A[k]", 14, "gives no finite numbers in case 1"),
    ('{"loss": np.sum(x**2) + A[k]', '{"los": np.sum(x**2) + A[k]', 13, "gives no loss"),
    ("A[k].sum()", "A[99].sum()", 13, "raised IndexError"),
    ('return {"loss": np.sum(x**2), "grad": 2 * x}', "return {}", 16, "mistakes.0.reference: inspected_"),
    ('"grad": x}', '"grad": 2 * x}', 17, "second gives the same as first in every case, so its sentence is never said"),
    ('{"loss": np.sum(x**2), "grad": 2 * x}', '{"loss": np.sum(x**2) + A[k].sum() + len(words), "grad": 2 * x}', 16, "first gives what is right, to the tolerance"),
    ("count: 3}, k", "count: 30, distinct: true}, k", 14, "30 indices for words cannot be drawn from"),
    ("{indices: n, count: 3}", "{indices: n, count: 3, distinct: true}", 9, "warning: parts.0.inputs.words: no case draws a number twice; if that may"),
    ("x: {normal: [n]}", "x: {normal: [n], shift: 9}", 9, "warning: parts.0.inputs.x: every number that is drawn is positive"),
    ("x: {normal: [n]}", "x: {normal: [n], shift: -9}", 9, "warning: parts.0.inputs.x: every number that is drawn is negative"),
    ("x: {normal: [n]}", "x: {normal: [n], scale: 0.0}", 12, "warning: parts.0.returns.grad: is 0 in every case"),
    ("{count: 4}", "{count: 1}", 14, "warning: parts.0.cases: 1 case is not enough"),
    ("{count: 4}", "{count: 4}, {name: again}", 14, "warning: parts.0.cases.1: draws as an earlier case does"),
    ("n: [3, 5], m: [6, 9]", "n: 4, m: 4", 3, "warning: sizes.n: n and m are equal in every case"),
])
def test_what_is_odd_is_named_at_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    found = said(write(tmp_path, old, new))
    assert any(one.startswith(f"{line}: ") and says in one for one in found), found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


def test_a_mutant_that_survives_is_shown_with_the_case_that_would_tell_it(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = write(tmp_path, "x: {normal: [n]}", "x: {normal: [n], shift: 9}", "survivor")
    reference = next((folder / "reference").glob("*.py"))
    reference.write_text(reference.read_text().replace("np.sum(x**2)", "np.sum(np.abs(x) * x)").replace("2 * x", "2 * np.abs(x)"))
    report = examine(load_assignment(folder), Scope(["p"], sandbox))
    survivors = [one.message for one in report.faults]
    assert len(survivors) == report.rows["p/code"].survived > 0
    assert any(one == ("parts.0.cases: a wrong `f` earns everything; this case would tell it:  - {name: large x, inputs: {x: "
                       "{normal: [n], scale: 10.0, shift: 9.0}}}\n"
                       "    -    return {'loss': np.sum(np.abs(x) * x) + A[k].sum() + len(words), 'grad': 2 * np.abs(x)}\n"
                       "    +    return {'loss': np.sum(x * x) + A[k].sum() + len(words), 'grad': 2 * np.abs(x)}")
               for one in survivors), survivors
    assert report.rows["p/code"].score < 1


def test_a_harness_without_a_solution_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, "file: f.py\n", "file: f.py\n    call: harness.f\n", "harness")
    (folder / "harness.py").write_text("def f(student, x, A, words, k):\n    return student.f(x, A, words, k)\n")
    (folder / "assignment.yaml").write_text("id: a\ntitle: A\nproblems: [p]\nseed: s\nharness: harness.py\n")
    _, found = make_solution(load_assignment(folder))
    assert [(one.place.line, one.message.partition(":")[0]) for one in found] == [(9, "parts.0.call")]
    assert "name it there, `solution: solution`" in found[0].message
    (folder / "assignment.yaml").write_text("id: a\ntitle: A\nproblems: [p]\nseed: s\nharness: harness.py\nsolution: mine\n")
    _, found = make_solution(load_assignment(folder))
    assert "there is no f.py in mine/" in found[0].message


def test_a_suite_is_run_where_a_right_submission_is_known(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = tmp_path / "suite"
    shutil.copytree(Path(__file__).parents[1] / "hostile/suite_assignment", folder, ignore=shutil.ignore_patterns(".*"))
    scope = Scope(["code"], sandbox)
    assert [(one.place.line, one.is_fault, one.message.partition(",")[0]) for one in examine(load_assignment(folder), scope).ordered()] == [
        (8, False, "parts.0.suite: no right submission is known")]
    (folder / "solution").mkdir()
    (folder / "assignment.yaml").write_text((folder / "assignment.yaml").read_text() + "solution: solution\n")
    for power, found in ((2, []), (3, [(8, True)])):
        (folder / "solution/work.py").write_text(
            f"def square(x):\n    return x ** {power}\n\n\ndef cube(x):\n    return x ** 3\n\n\ndef twice(x):\n    return 2 * x\n")
        assert [(one.place.line, one.is_fault) for one in examine(load_assignment(folder), scope).ordered()] == found


def test_a_crew_that_fails_says_what(tmp_path: Path) -> None:
    assignment = load_assignment(write(tmp_path, name="crew"))
    solution, _ = make_solution(assignment)
    with Crew.open(assignment, solution, processes=1) as crew, pytest.raises(TrialFailed, match="try_nothing: AttributeError"):
        crew.do("try_nothing", [()])
    here, there = Pipe()
    there.close()
    with pytest.raises(TrialFailed, match="a process that tries mutants was lost"):
        Crew(None, [here]).do("try_mutant", [()])
    here.close()
