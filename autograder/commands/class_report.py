"""`autograder class report`: one page on what came of a class."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.class_options import fail, opened, store_option

if TYPE_CHECKING:
    from autograder.classroom.records import ClassMarks
    from autograder.classroom.report.figures import ClassReport


@click.command(epilog="Example: autograder class report --store class.db -o report.html")
@store_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("report.html"),
              show_default=True, help="Where to write the page.")
@click.option("--run", type=int, help="Report this run instead of the current one, before it is applied.")
@click.option("--names", is_flag=True, help="Name students. Without it nobody is named.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures instead of writing the page.")
def report(store_path: Path, output: Path, run: int | None, names: bool, as_json: bool) -> None:
    """Report on a class: scores, questions, mistakes, and which question looks broken.

    The page is one file and loads nothing from anywhere. Exit codes: 0 written, 2 there is nothing to report or no
    place to write it.
    """
    with opened(store_path) as store:
        marks = store.read_marks(run)
        if as_json:
            from autograder.classroom.report.summary import summarise

            click.echo(json.dumps(asdict(summarise(marks, is_anonymous=not names)), indent=1))
            return
    found = _write(marks, output, names=names)
    first = ", ".join(question.number for question in found.questions if question.suspicions)
    click.echo(f"{output}: {found.submissions} submissions, {len(found.questions)} questions. "
               f"{f'Look at these first: {first}.' if first else 'Nothing looks broken.'}")


def _write(marks: ClassMarks, output: Path, *, names: bool) -> ClassReport:
    try:
        from autograder.classroom.report.page import write_report
    except ModuleNotFoundError as error:
        fail(f"The page needs {error.name}, which is not installed. Run ./setup.sh --dev, or install "
             "autograder[class]. The figures can be had without it: --json")
    try:
        return write_report(marks, output, anonymous=not names)
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")
