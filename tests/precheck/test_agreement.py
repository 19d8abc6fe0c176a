"""The pre-check and the grader never disagree about what both judge, on the same inputs: over samples and mutants.

A part of the mutants is taken here; run this file as a script for all of them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from autograder.sandbox.supervisor import Limits, Sandbox  # before anything that holds answers

HOME = Path(__file__).parents[2]
SAMPLES = sorted((HOME / "submissions_sample").glob("*/*/"))
STRIDE, START = 40, 5
# Their deadlines would take minutes; what they say is graded by the very same lines as any other.
SLOW = {"endless_loop", "endless_draws", "strange_more_draws"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


def disagreements(folder: Path, name: str, sandbox: Sandbox) -> list[str]:
    """Return every part of a submission about which the two say different things."""
    from autograder.grade import grade
    from autograder.marks import State
    from autograder.precheck.findings import Standing
    from autograder.precheck.line import check
    from autograder.spec import load_assignment
    from autograder.spec.public import as_students_see
    from autograder.submission import read_submission

    assignment = load_assignment(HOME / "problems" / name)
    submission = read_submission(folder)
    marks = {mark.id: mark for mark in grade(submission, assignment, sandbox).marks}
    found = []
    for part in check(submission, as_students_see(assignment), sandbox, seed=assignment.head.seed).parts:
        mark = marks[part.id]
        if mark.state in (State.SKIPPED, State.BY_HAND):
            continue
        graded = mark.verdict.evidence.get("outputs")
        for output, is_right in part.outputs.items():
            told = graded[output]["right"] if isinstance(graded, dict) else False  # type: ignore[index,call-overload]
            if is_right is not None and is_right != told:
                found.append(f"{part.id}: {output} is {is_right} before, {told} after")
        judges_all = bool(part.outputs) and None not in part.outputs.values()
        if judges_all and part.standing is Standing.FINE and mark.points < mark.max_points:
            found.append(f"{part.id}: no objection before, {mark.state.value} after")
        if part.standing is Standing.MEND and mark.state is State.CORRECT and not mark.verdict.evidence.get("outputs"):
            found.append(f"{part.id}: to mend before, correct after")
        if not part.outputs and part.standing is Standing.FINE and mark.state is not State.CORRECT:
            found.append(f"{part.id}: right before, {mark.state.value} after")
        if mark.state is State.MISSING and part.standing not in (Standing.MEND, Standing.OPEN):
            found.append(f"{part.id}: {part.standing.value} before, missing after")
    return found


@pytest.mark.parametrize("folder", [f for f in SAMPLES if f.name not in SLOW], ids=lambda f: f"{f.parent.name}/{f.name}")
def test_samples(folder: Path, sandbox: Sandbox) -> None:
    assert disagreements(folder, folder.parent.name, sandbox) == []


def test_mutants(sandbox: Sandbox) -> None:
    from mutants import make_mutants

    found = []
    for mutant in make_mutants()[START::STRIDE]:
        with tempfile.TemporaryDirectory() as folder:
            mutant.write(Path(folder))
            found += [f"{mutant.function}: {mutant.edit}: {said}"
                      for said in disagreements(Path(folder), mutant.assignment, sandbox)]
    assert found == []


def main() -> None:
    from mutants import make_mutants

    with Sandbox.open(Limits()) as sandbox:
        count = 0
        for mutant in make_mutants():
            with tempfile.TemporaryDirectory() as folder:
                mutant.write(Path(folder))
                for said in disagreements(Path(folder), mutant.assignment, sandbox):
                    count += 1
                    print(f"{mutant.function}: {mutant.edit}: {said}", flush=True)
        print(f"{count} disagreements")


if __name__ == "__main__":
    main()
