"""`autograder show`: a problem as students see it, and for staff with its answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autograder.spec.code import FunctionPart
    from autograder.spec.model import Assignment, Part, Problem


@click.command(epilog="Example: autograder show negative-sampling --staff")
@click.argument("problem")
@click.option("--assignment", "assignments", type=click.Path(exists=True, file_okay=False, path_type=Path),
              multiple=True, help="Folder of the assignment; left out: whichever holds the problem.")
@click.option("--staff", is_flag=True, help="Show answers, references and known mistakes as well.")
def show(problem: str, assignments: tuple[Path, ...], staff: bool) -> None:
    """Print a PROBLEM: what is asked, the names that answers may use, how functions are called and on what.

    Exit codes: 0 shown, 2 there is no such problem.
    """
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    found, known = _find(problem, assignments)
    if len(found) != 1:
        names = ", ".join(assignment.folder.name for assignment, _ in found)
        click.echo(f"'{problem}' is in {names}; say which with --assignment." if found else
                   f"There is no problem '{problem}'; there are: {', '.join(known) or 'none here'}.", err=True)
        sys.exit(2)
    console = Console()
    for depth, style, text in _lines(*found[0], staff=staff):
        console.print(Padding(Text(text, style=style), (0, 0, 0, 2 * depth)))


def _find(name: str, folders: tuple[Path, ...]) -> tuple[list[tuple[Assignment, Problem]], list[str]]:
    """Return the problems of that name with their assignments, and the names that there are."""
    from autograder.assignments import find_assignments
    from autograder.spec import SpecError, load_assignment
    from autograder.spec.public import is_public_half, load_public

    here = Path("problems")
    places = folders or ((here,) if is_public_half(here) else tuple(find_assignments()))
    found, known = [], []
    for place in places:
        try:
            assignment = load_public(place) if is_public_half(place) else load_assignment(place)
        except SpecError as error:
            click.echo(str(error), err=True)
            continue
        known += [problem.id for problem in assignment.problems]
        found += [(assignment, problem) for problem in assignment.problems if problem.id == name]
    return found, known


def _lines(assignment: Assignment, problem: Problem, *, staff: bool) -> Iterator[tuple[int, str, str]]:
    """Yield the lines of a problem, each with its depth and style."""
    from autograder.formula.writing.rendering import plain
    from autograder.handout.pages import names
    from autograder.spec.public import is_public

    yield 0, "bold", problem.title
    if problem.intro:
        yield 0, "", problem.intro
    for name, about in names(problem, plain):
        yield 1, "dim", f"{name}: {about}"
    for part in problem.parts:
        if staff or is_public(assignment, part):
            yield 0, "", ""
            yield from _part(part)
            if staff:
                yield from _staff(assignment, part)


def _part(part: Part) -> Iterator[tuple[int, str, str]]:
    from autograder.spec.code import FunctionPart
    from autograder.spec.written import ChoicePart

    points = f"{part.max_points:g} point{'s' * (part.max_points != 1)}"
    yield 0, "bold", f"{part.id}  ({part.kind}, {points})" + (f"  {part.title}" if part.title else "")
    if part.prompt:
        yield 1, "", part.prompt
    if isinstance(part, ChoicePart):
        yield from ((2, "", f"{key}: {option.text}") for key, option in part.options.items())
    if isinstance(part, FunctionPart):
        yield from _function(part)


def _function(part: FunctionPart) -> Iterator[tuple[int, str, str]]:
    from autograder.spec.fields import said_by

    yield 1, "", f"{part.function} in {part.file}" + (f", called by {part.call}" if part.call else "")
    for name, drawn in part.inputs.items():
        said = ", ".join(f"{key}: {_plain(value)}" for key, value in said_by(drawn).items())
        yield 2, "dim", f"input {name}: {said}"
    for name, output in part.returns.items():
        about = [f"shape ({', '.join(map(str, output.shape))})" if output.shape else "a number"]
        about += [f"gradient of {output.gradient.of} with respect to {output.gradient.wrt}"] if output.gradient else []
        about += [f"given as {output.given}"] if output.given else []
        about += [f"{output.points:g} points"] if output.points is not None else []
        yield 2, "dim", f"output {name}: {', '.join(about)}"
    for case in part.cases:
        yield 2, "dim", f"{case.count} x {case.name or 'random inputs'}" + (
            f", {case.points:g} points of its own" if case.points is not None else "")


def _plain(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, (tuple, list)) else str(value)


def _staff(assignment: Assignment, part: Part) -> Iterator[tuple[int, str, str]]:
    """Yield what only staff may see: answers, mistakes, notes, and the source of the reference."""
    from autograder.spec.code import FunctionPart
    from autograder.spec.reference_files import reference_source

    for field in ("answer", "or_answers", "start", "end", "working", "rubric", "notes", "visibility"):
        value = getattr(part, field, None)
        if value:
            said = " | ".join(value) if isinstance(value, tuple) else getattr(value, "value", value)
            yield 1, "cyan", f"{field}: {said}"
    for mistake in getattr(part, "mistakes", ()):
        what = getattr(mistake, "answer", None) or getattr(mistake, "reference", "")
        yield 1, "yellow", f"mistake {mistake.name or ''} ({mistake.credit:g}): {what}"
        yield 2, "dim", mistake.say
    if isinstance(part, FunctionPart):
        from autograder.spec.loading import reference_folders

        yield 1, "cyan", f"reference: {part.reference}"
        for line in reference_source(reference_folders(assignment.folder), part.reference).splitlines():
            yield 2, "green", line
