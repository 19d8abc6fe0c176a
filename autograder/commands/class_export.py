"""`autograder class export`: marks in the form that a gradebook takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.class_options import by_options, fail, make_by, opened, store_option

if TYPE_CHECKING:
    from autograder.classroom.gradebooks import Filled
    from autograder.classroom.records import ClassMarks


@click.command(epilog="Example: autograder class export --format canvas --gradebook grades.csv --column 'Homework 2'")
@store_option
@click.option("--format", "kind", type=click.Choice(["gradescope", "canvas", "moodle", "jsonl"]), required=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: marks-FORMAT.csv here.")
@click.option("--gradebook", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A gradebook of Canvas or a worksheet of Moodle, to be filled in; all else in it stays.")
@click.option("--column", default="", help="The assignment as Canvas calls it. Default: its title here.")
@click.option("--run", type=int, help="The marks of this run. Default: those that are current.")
@by_options
def export(
    store_path: Path, kind: str, output: Path | None, gradebook: Path | None, column: str, run: int | None, why: str,
    who: str | None,
) -> None:
    """Write the current marks, hand marks included, as a file that Gradescope, Canvas or Moodle takes.

    Exit codes: 0 written, 1 written but somebody is not in the gradebook that was given, 2 not written.
    """
    from autograder.classroom.gradebooks import BadGradebook

    file = output or Path(f"marks-{kind}.{'jsonl' if kind == 'jsonl' else 'csv'}")
    with opened(store_path) as store:
        marks = store.read_marks(run, evidence=False)
        try:
            given = gradebook.read_text(encoding="utf-8-sig") if gradebook is not None else None
            filled = _compose(marks, kind, column, given)
            file.write_text(filled.text, encoding="utf-8", newline="")
        except (BadGradebook, OSError, UnicodeDecodeError) as error:
            fail(f"{error}. {file} was not written.")
            return
        store.note(make_by(who, why), f"export {kind} to {file.name}", run or store.current)
    click.echo(f"{file}: marks of {len({one.id for graded in marks.latest for one in graded.students})} students.")
    for graded in marks.latest:
        if graded.failure:
            click.echo(f"  not fully graded: {graded.submission}: {' '.join(graded.failure.split())[:200]}", err=True)
    for student in filled.missing:
        click.echo(f"  not in the gradebook: {student.name} ({student.id})", err=True)
    sys.exit(1 if filled.missing else 0)


def _compose(marks: ClassMarks, kind: str, column: str, gradebook: str | None) -> Filled:
    from autograder.classroom import gradebooks

    if kind == "canvas":
        return gradebooks.canvas(marks, column or marks.title, gradebook)
    if kind == "moodle":
        return gradebooks.moodle(marks, gradebook)
    if gradebook is not None:
        raise gradebooks.BadGradebook(f"a gradebook can be filled in for canvas and moodle, not for {kind}")
    text = gradebooks.gradescope(marks) if kind == "gradescope" else gradebooks.json_lines(marks)
    return gradebooks.Filled(text, ())
