"""`autograder new problem`: begin a problem of your own with one that is whole."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@click.group()
def new() -> None:
    """Begin something of your own."""


@new.command(epilog="Example: autograder new problem least-squares --assignment mycourse --yes")
@click.argument("problem", required=False)
@click.option("--assignment", type=click.Path(file_okay=False, path_type=Path),
              help="The assignment's folder; made where it is not there yet.")
@click.option("--title", help="What the problem is called in the handout.")
@click.option("--function", help="The function that students are to write.")
@click.option("--file", "file_name", help="The file of the starter that it is in.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what is not given from the id of the problem.")
def problem(
    problem: str | None, assignment: Path | None, title: str | None, function: str | None, file_name: str | None,
    yes: bool,
) -> None:
    """Write a new PROBLEM with its reference and starter: a small one that validates, for you to change.

    Nothing that is there is overwritten. Exit codes: 0 written, 2 not written.
    """
    from autograder.authoring.skeleton import CannotBegin, Plan, plan_files, write_files

    def ask(question: str, given: str | Path | None, suggestion: str) -> str:
        if given is not None or yes:
            return str(given if given is not None else suggestion)
        return str(click.prompt(question, default=suggestion))

    name = ask("A short id for the problem", problem, "least-squares")
    words = re.sub(r"\W", "_", name)
    plan = Plan(
        folder=Path(ask("The folder of the assignment", assignment, "mycourse")),
        id=name,
        title=ask("Its title", title, words.replace("_", " ").capitalize()),
        function=ask("The function that students write", function, words),
        file=ask("The file that it is in", file_name, f"{words}.py"),
    )
    try:
        _refuse_odd_names(plan.id, plan.function, plan.file)
        files = plan_files(plan)
        write_files(files)
    except (CannotBegin, ValueError, OSError) as error:
        click.echo(f"{error}\nNothing was written.", err=True)
        sys.exit(2)
    for file in files:
        click.echo(f"written: {file}")
    click.echo(f"It is a whole problem about least squares. Change it line by line, and see what that does:\n"
               f"    autograder validate {plan.folder / plan.id}.yaml")


def _refuse_odd_names(problem: str, function: str, file: str) -> None:
    if not _ID.fullmatch(problem):
        raise ValueError(f"'{problem}' is no id: letters, digits, - and _ only, and a letter first")
    if not _NAME.fullmatch(function):
        raise ValueError(f"'{function}' is no name of a Python function")
    if not file.endswith(".py") or not _NAME.fullmatch(file[:-3]):
        raise ValueError(f"'{file}' is no name of a Python file that can be imported, such as least_squares.py")
