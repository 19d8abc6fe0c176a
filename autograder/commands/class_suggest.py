"""`autograder class suggest`: what many got wrong in the same way, and no problem file knows."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from autograder.commands.class_options import opened, store_option


@click.command(epilog="Example: autograder class suggest --store class.db --at-least 5")
@store_option
@click.option("--at-least", type=click.IntRange(2), default=3, show_default=True, help="How many must share it.")
@click.option("--run", type=int, help="The answers of this run. Default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each.")
def suggest(store_path: Path, at_least: int, run: int | None, as_json: bool) -> None:
    """List frequent wrong answers that no misconception explains, with the YAML lines to paste into the problem file.

    Say in your own words what is wrong, then `autograder validate` and grade again: `class diff` shows whom it moves.
    Exit codes: 0 listed, 1 there is none, 2 there is nothing to look at.
    """
    from autograder.classroom.suggestions import find_frequent, yaml_lines

    with opened(store_path) as store:
        groups = find_frequent(store.read_marks(store.run(run).id), at_least)
    for group in groups:
        if as_json:
            click.echo(json.dumps({"part": group.part.id, "output": group.output, "answer": group.answer,
                                   "submissions": [one.submission for one in group.submissions],
                                   "examples": group.examples, "yaml": yaml_lines(group)}))
            continue
        what = f"output {group.output}" if group.output else "as typed: " + "  |  ".join(group.examples)
        click.echo(f"# {group.part.number} {group.part.id}: {len(group.submissions)} submissions, {what}")
        click.echo("\n".join(yaml_lines(group)) + "\n")
    if not groups:
        click.echo(f"No wrong answer that nothing explains is shared by {at_least} or more submissions.", err=True)
    sys.exit(0 if groups else 1)
