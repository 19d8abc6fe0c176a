"""The commands. Each has `--help` with an example, and exit codes that mean something.

Nothing is imported here that a command does not use: the sandbox must open before an answer is loaded.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from autograder import __version__
from autograder.commands.build import build
from autograder.commands.check import check
from autograder.commands.classroom import classroom
from autograder.commands.doctor import doctor
from autograder.commands.grade import grade
from autograder.commands.gradescope import rehearse
from autograder.commands.new import new
from autograder.commands.show import show
from autograder.commands.validate import validate

EXISTING = click.Path(exists=True, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Grade derive-it-and-implement-it homework: code, formulas, derivations."""


@main.command(epilog="Example: autograder formulas answers.jsonl --assignment problems/cs224n_a2 --json")
@click.argument("table", type=EXISTING)
@click.option("--assignment", "assignments", type=EXISTING, multiple=True,
              help="Folder of the assignment; may be given several times. Default: all there are.")
@click.option("--refused", type=click.Path(path_type=Path),
              help="Add the answers that could not be read to this file, a JSON line each.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each answer.")
def formulas(table: Path, assignments: tuple[Path, ...], refused: Path | None, as_json: bool) -> None:
    """Judge many written answers: each line of TABLE is {"problem": ..., "answer": ...}."""
    from autograder.assignments import find_assignments
    from autograder.formula_table import judge_table
    from autograder.spec import SpecError, load_assignment

    try:
        loaded = [load_assignment(folder) for folder in assignments or find_assignments()]
    except SpecError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    log = refused.open("a", encoding="utf-8") if refused else nullcontext(None)
    with table.open(encoding="utf-8") as lines, log as refusals:
        for judged in judge_table(lines, loaded):
            if refusals is not None and judged["state"] == "unreadable":
                refusals.write(json.dumps(judged) + "\n")
            if as_json:
                click.echo(json.dumps(judged))
            else:
                click.echo(f"{judged['id']}  {judged['state']}  {judged['points']}  {judged['read_as']}")


@main.command(epilog="Example: autograder schema > docs/schema/problem.schema.json")
@click.option("--of", "model", type=click.Choice(["problem", "assignment"]), default="problem", show_default=True)
@click.option("--page", is_flag=True, help="Print docs/problem-spec.md instead: every field, for people.")
def schema(model: str, page: bool) -> None:
    """Print the JSON Schema of a problem file, for editors."""
    from autograder.spec.model import AssignmentFile, Problem
    from autograder.spec.pages import json_schema, render_page

    chosen = json_schema(Problem if model == "problem" else AssignmentFile)
    click.echo(render_page() if page else json.dumps(chosen, indent=2))


for command in (build, check, classroom, doctor, grade, new, rehearse, show, validate):
    main.add_command(command)

if __name__ == "__main__":
    main()
