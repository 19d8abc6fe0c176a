"""`autograder check`: what can be said of one's own work before it is handed in."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autograder.spec.model import Assignment

_PAUSE_SECONDS = 0.5


@click.command(epilog="Examples: autograder check   or, one problem:  autograder check negative-sampling")
@click.argument("path", required=False)
@click.argument("problem", required=False)
@click.option("--assignment", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="The folder with the problem files; left out: found beside PATH.")
@click.option("--watch", is_flag=True, help="Check again each time a file is saved; end with Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(path: str | None, problem: str | None, assignment: Path | None, watch: bool, as_json: bool) -> None:
    """Check the work in PATH (here, if left out) before you hand it in: all of it, or one PROBLEM.

    Nothing leaves your machine, and no answer is needed: what is said rests on your own code, on finite differences,
    and on the losses that the problems give. Exit codes: 0 no objection to what is there, 1 something to mend,
    2 nothing could be checked.
    """
    folder, chosen = _read_arguments(path, problem)
    if not as_json:
        click.echo(f"Checking {folder if str(folder) != '.' else 'this folder'} ...")
    if not watch:
        sys.exit(_check_once(folder, chosen, assignment, as_json))
    try:
        keep_watching(folder, lambda: _check_once(folder, chosen, assignment, as_json))
    except KeyboardInterrupt:
        click.echo("\nNo longer watching.")


def _read_arguments(path: str | None, problem: str | None) -> tuple[Path, str | None]:
    """Tell a path from a problem where only one was given."""
    if path is not None and problem is None and not os.path.exists(path):
        return Path(), path
    return Path(path or "."), problem


def keep_watching(
    folder: Path, run: Callable[[], object], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Run now, and again whenever a file changed, until interrupted."""
    seen: dict[Path, float] = {}
    while True:
        now = _saved(folder)
        if now != seen:
            if seen:
                click.echo("\nChecking again ...")
            seen = now
            run()
            click.echo("\nWatching; save a file to check again, Ctrl-C to end.")
        sleep(_PAUSE_SECONDS)


def _saved(folder: Path) -> dict[Path, float]:
    """Return when each of the student's files was saved last."""
    found = {}
    for file in [folder] if folder.is_file() else sorted(folder.glob("*")) + sorted(folder.glob("*/*")):
        hidden = any(step.startswith((".", "__")) for step in file.relative_to(folder).parts)
        if not hidden and file.suffix in (".py", ".ipynb", ".md", ".tex", ".txt", ".yaml"):
            try:
                found[file] = file.stat().st_mtime
            except OSError:  # gone in the meantime
                continue
    return found


def _check_once(folder: Path, problem: str | None, assignment: Path | None, as_json: bool) -> int:
    from autograder.sandbox.supervisor import Limits, Sandbox, SandboxError

    try:
        with Sandbox.open(Limits()) as sandbox:
            from rich.console import Console

            from autograder.precheck.line import check as check_submission
            from autograder.precheck.line import what_is_left
            from autograder.precheck.terminal import as_json as to_json
            from autograder.precheck.terminal import show_end, show_part
            from autograder.submission import NoSubmission, read_submission

            console = Console()
            try:
                _must_open(folder)
                loaded = _load(folder, problem, assignment)
                submission = read_submission(folder)
            except (_CannotCheck, NoSubmission) as error:
                click.echo(str(error), err=True)
                return 2
            report = check_submission(submission, loaded, sandbox, problem,
                                      on_part=lambda part: None if as_json else show_part(part, console))
            left = what_is_left(report, loaded)
            if as_json:
                click.echo(json.dumps(to_json(report, left), indent=1))
            else:
                show_end(report, left, console)
            return 1 if report.is_to_mend else 0
    except SandboxError as error:
        click.echo(f"Your code could not be started in a process of its own: {error}", err=True)
        return 2


class _CannotCheck(Exception):
    """Why there is nothing to check, and what to do."""


def _must_open(folder: Path) -> None:
    if not os.access(folder, os.R_OK | os.X_OK if os.path.isdir(folder) else os.R_OK):
        raise _CannotCheck(f"{folder} cannot be opened: you have no permission to read it. Copy your work into a "
                           "folder of your own and run this there.")


def _load(folder: Path, problem: str | None, assignment: Path | None) -> Assignment:
    """Return the assignment as students see it, and hold the name of the problem against it."""
    from autograder.spec import SpecError, load_assignment
    from autograder.spec.faults import did_you_mean
    from autograder.spec.public import as_students_see, is_public_half, load_public

    found = assignment or _find_problem_files(folder)
    try:
        loaded = load_public(found) if is_public_half(found) else as_students_see(load_assignment(found))
    except SpecError as error:
        raise _CannotCheck(f"{error}\nThe problem files are not as they were handed out. Unpack the handout again, "
                           "beside your own files.") from None
    ids = [one.id for one in loaded.problems]
    if problem is not None and problem not in ids:
        near = did_you_mean(problem, ids) or f"; the problems are {', '.join(ids)}"
        raise _CannotCheck(f"There is no file or problem '{problem}'{near}")
    return loaded


def _find_problem_files(folder: Path) -> Path:
    """Return the problem files beside a submission, or in a folder around it; else those of this repository."""
    from autograder.assignments import UnclearAssignment, choose_assignment
    from autograder.spec.public import is_public_half

    start = folder.resolve()
    for place in (start, *start.parents)[:4]:
        for candidate in (place / "problems", place):
            if is_public_half(candidate):
                return candidate
    try:
        return choose_assignment(folder)
    except UnclearAssignment:
        where = "here" if str(folder) == "." else f"beside {folder}"
        raise _CannotCheck(f"No problem files were found {where}. Run this in the folder of the unpacked handout, or "
                           "name that folder: autograder check PATH") from None
