"""`autograder grade`: one submission, all of it, one problem, one part, or exactly what a mark names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

if TYPE_CHECKING:
    from autograder.marks import Result
    from autograder.sandbox.supervisor import Sandbox
    from autograder.spec.model import Assignment

EXISTING = click.Path(exists=True, path_type=Path)


@click.command(epilog="Example: autograder grade submissions_sample/cs224n_a2/correct --problem negative-sampling")
@click.argument("submission", type=EXISTING)
@click.option("--assignment", type=EXISTING, help="Folder of the assignment, such as problems/cs224n_a2.")
@click.option("--problem", help="Grade this problem only.")
@click.option("--part", help="Grade this part only.")
@click.option("--replay", metavar="ID", help="Grade again exactly what a mark names, and show its evidence.")
@click.option("--verbose", "-v", is_flag=True, help="Show the evidence for staff: cases, worst entries, means.")
@click.option("--json", "as_json", is_flag=True, help="Print results.json instead of a summary.")
def grade(
    submission: Path, assignment: Path | None, problem: str | None, part: str | None, replay: str | None,
    verbose: bool, as_json: bool,
) -> None:
    """Grade one SUBMISSION: a folder, .zip, .ipynb or .py.

    The ID of a mark is in its evidence, as problem/part@digest: the inputs are drawn as they were then, and parts that
    it needs are graded before it. Exit codes: 0 graded, 1 graded but some part failed on our side, 2 nothing could be
    graded.
    """
    from autograder.sandbox.supervisor import Limits, Sandbox

    with Sandbox.open(Limits()) as sandbox:
        from autograder.assignments import UnclearAssignment, choose_assignment
        from autograder.grade import UnknownSelection
        from autograder.gradescope.results import compose, encode
        from autograder.spec import SpecError
        from autograder.spec.compiled import open_assignment
        from autograder.submission import NoSubmission

        try:
            loaded = open_assignment(assignment or choose_assignment(submission))
            if replay is not None:
                result = _replay(submission, loaded, sandbox, replay)
            else:
                result = _grade(submission, loaded, sandbox, problem, part)
        except (SpecError, UnclearAssignment, UnknownSelection, NoSubmission) as error:
            click.echo(str(error), err=True)
            sys.exit(2)
    if as_json:
        click.echo(encode(compose(result, loaded.head.visibility)).decode(), nl=False)
    else:
        from autograder.terminal import show_result

        show_result(result, sys.stdout, verbose=verbose or replay is not None)
    sys.exit(1 if result.failure else 0)


def _grade(
    submission: Path, assignment: Assignment, sandbox: Sandbox, problem: str | None, part: str | None
) -> Result:
    from autograder.grade import Selection
    from autograder.grade import grade as grade_submission
    from autograder.submission import read_submission

    return grade_submission(read_submission(submission), assignment, sandbox, Selection(problem, part))


def _replay(submission: Path, assignment: Assignment, sandbox: Sandbox, name: str) -> Result:
    """Grade the problem that a mark belongs to as it was graded then, and keep that mark alone."""
    from autograder.grade import Replay, UnknownSelection

    replay = Replay.read(name)
    if not replay.is_of(assignment):
        click.echo(f"The problem files or references have changed since that mark was given ({replay.digest}; now "
                   f"{assignment.digest[:8]}). What follows is by the files as they are now.", err=True)
    result = _grade(submission, assignment, sandbox, replay.problem, None)
    marks = tuple(mark for mark in result.marks if mark.part == replay.part)
    if not marks:
        raise UnknownSelection(f"{assignment.head.id}/{replay.problem} has no part '{replay.part}'")
    return replace(result, marks=marks)
