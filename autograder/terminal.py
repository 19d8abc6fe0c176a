"""A result on a terminal: coloured where it is one, plain when piped, 80 columns enough."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.marks import Json, Mark, Result, State

_STYLES = {
    State.CORRECT: "green",
    State.PARTLY_CORRECT: "yellow",
    State.WRONG_FORM: "yellow",
    State.BY_HAND: "cyan",
    State.NOT_GRADED: "magenta",
}


def show_result(result: Result, console: Console, *, verbose: bool = False) -> None:
    """Print every part with its state, points and feedback; with verbose also the evidence for staff."""
    for note in result.notes:
        console.print(Text(f"Note: {note}"))
    for mark in result.marks:
        _show_mark(mark, console, verbose=verbose)
    console.print()
    console.print(_summary(result))
    if result.failure is not None:
        console.print(f"[magenta]The grader failed:[/] {escape(result.failure)}")


def _show_mark(mark: Mark, console: Console, *, verbose: bool) -> None:
    style = _STYLES.get(mark.state, "red")
    line = Text(f"\n{mark.number:>4}  ")
    line.append(f"{mark.points:g}/{mark.max_points:g}".rjust(7), style="bold")
    line.append("  ")
    line.append(mark.state.value, style=style)
    line.append(f"  {mark.title}")
    line.append(f"  ({mark.id})", style="dim")
    console.print(line)
    for paragraph in mark.verdict.feedback:
        console.print(Padding(Text(paragraph), (0, 0, 0, 6)))
    for item in mark.verdict.items:
        said = "".join(f"\n  {text}" for text in item.output.splitlines())
        console.print(Padding(Text(f"{item.points:g}/{item.max_points:g} {item.state.value}: {item.name}{said}"),
                              (0, 0, 0, 6)))
    if verbose and mark.verdict.evidence:
        for evidence in _lines(dict(mark.verdict.evidence)):
            console.print(Padding(Text(evidence, style="dim"), (0, 0, 0, 8)))


def _lines(evidence: Json, indent: str = "") -> Iterator[str]:
    """Yield the evidence as indented lines; what is short stays on one."""
    if isinstance(evidence, dict):
        for key, value in evidence.items():
            short = json.dumps(value, default=str)
            if len(short) <= 100:
                yield f"{indent}{key}: {value if isinstance(value, str) else short}"
            else:
                yield f"{indent}{key}:"
                yield from _lines(value, indent + "  ")
    elif isinstance(evidence, list):
        for item in evidence:
            short = json.dumps(item, default=str)
            if len(short) <= 100:
                yield f"{indent}- {short}"
            else:
                yield f"{indent}-"
                yield from _lines(item, indent + "  ")
    else:
        yield f"{indent}{evidence}"


def _summary(result: Result) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("problem")
    table.add_column("points", justify="right")
    table.add_column("states")
    for problem in dict.fromkeys(mark.problem for mark in result.marks):
        marks = [mark for mark in result.marks if mark.problem == problem]
        states = ", ".join(
            f"{sum(1 for m in marks if m.state is state)} {state.value}"
            for state in dict.fromkeys(mark.state for mark in marks)
        )
        points = f"{sum(m.points for m in marks):g} / {sum(m.max_points for m in marks):g}"
        table.add_row(problem, points, states)
    table.add_row(Text("all", style="bold"), Text(f"{result.points:g} / {result.max_points:g}", style="bold"),
                  f"{result.seconds:.1f} s")
    return table
