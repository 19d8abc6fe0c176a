"""Figures and what is concluded from them: tolerances between margins, seeds that matter, formulas in other spellings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from autograder.authoring.examination import Scope, examine
from autograder.authoring.findings import Row
from autograder.authoring.formulas import try_formulas
from autograder.authoring.inspection import open_problem
from autograder.authoring.skeleton import Plan, plan_files, write_files
from autograder.authoring.tolerance import advise
from autograder.grade import Grader
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import Assignment, load_assignment
from autograder.spec.code import FunctionPart
from autograder.spec.written import FormulaPart


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("course")
    write_files(plan_files(Plan(folder, "lines", "Lines", "fit", "lines.py")))
    return load_assignment(folder)


@pytest.mark.parametrize(("tolerance", "honest", "wrong", "says"), [
    (1e-6, 1e-14, 1e-1, None),
    (1e-6, None, None, None),
    (1e-6, 3e-7, 1e-1, "1e-06 is tight: honest rewrites are up to 3.0e-07 off, wrong programs 1.0e-01 or more; take 1e-04"),
    (1e-6, 1e-14, 2e-6, "1e-06 is loose: honest rewrites are up to 1.0e-14 off, wrong programs 2.0e-06 or more; take 1e-10"),
    (0.01, None, None, "0.01 is loose"),
])
def test_a_tolerance_lies_well_between(
    course: Assignment, tolerance: float, honest: float | None, wrong: float | None, says: str | None
) -> None:
    opened = open_problem(course.problems[0], course)
    part = replace(course.problems[0].parts[1], relative_tolerance=tolerance)
    assert isinstance(part, FunctionPart)
    row = Row("lines/code", 5, honest_error=honest, wrong_error=wrong)
    found = [one.message for one in advise(part, row, ("parts", 1), opened.document)]
    assert found == [] if says is None else says in found[0]


def test_slips_are_caught_and_spellings_accepted(course: Assignment, sandbox: Sandbox) -> None:
    problem = course.problems[0]
    part = problem.parts[0]
    assert isinstance(part, FormulaPart)
    with Grader(course, sandbox) as grader:
        trials = try_formulas(problem, part, grader, "answers.md")
        assert (trials.survivors, trials.rejected) == ((), ())
        assert trials.killed >= 15
        assert trials.rewrites >= 4
        # Graded by another answer than the one that they are made of, all of that is the other way round.
        other = replace(part, answer="X^\\top (y - Xw)")
        turned = try_formulas(problem, other, grader, "answers.md")
    assert len(turned.rejected) == turned.rewrites > 0
    assert turned.equal >= 1  # the slip of the sign makes this one right


STEP = """id: p
title: P
sizes: {n: 2}
parts:
  - id: code
    kind: function
    function: f
    file: f.py
    inputs: {x: {normal: [n]}}
    returns: {y: {shape: [n], points: 1}}
    reference: seeds_that_matter.f
    cases: [{count: 2}]
"""


def test_a_mutant_that_one_case_tells_by_luck_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    """Right of -1.2 the two are the same: some seeds draw nothing left of it."""
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/seeds_that_matter.py").write_text(
        "import numpy as np\n\n\ndef f(x):\n    return {'y': np.maximum(x, -1.2)}\n")
    (tmp_path / "p.yaml").write_text(STEP)
    said = []
    for seed in range(12):
        (tmp_path / "assignment.yaml").write_text(f"id: a\ntitle: A\nproblems: [p]\nseed: s{seed}\n")
        said = [str(one) for one in examine(load_assignment(tmp_path), Scope(["p"], sandbox)).ordered()]
        if any("the seed matters" in one for one in said):
            break
    assert any(f"{tmp_path / 'p.yaml'}:12:5: warning: parts.0.cases: the seed matters: with another one this mutant of `f` would "
               "earn everything, since a single case tells it" in one for one in said), said
