"""The pre-check on a terminal: a line and its findings for each part, then what was not checked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.marks import Json
from autograder.precheck.findings import PartReport, Report, Standing, Tone

_STYLES = {Standing.FINE: "green", Standing.MEND: "red", Standing.READ: "cyan"}
_MARKS = {Tone.FINE: ("ok", "green"), Tone.MEND: ("!!", "red"), Tone.NOTE: ("--", "dim")}


def show_part(part: PartReport, console: Console) -> None:
    """Print one part as soon as it is known; answers that are still to be written are named at the end."""
    if part.standing is Standing.OPEN:
        return
    line = Text(f"\n{part.id}", style="bold")
    line.append("  ", style="default")
    line.append(part.standing.value, style=_STYLES.get(part.standing, "yellow"))
    console.print(line)
    if part.title and part.title != part.part:
        console.print(Padding(Text(part.title, style="dim"), (0, 0, 0, 2)))
    for finding in part.findings:
        mark, style = _MARKS[finding.tone]
        row = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
        row.add_column(width=4)
        row.add_column(overflow="fold")
        row.add_row(Text(f"  {mark}", style=style), Text(_without_marks(finding.text)))
        console.print(row)


def _without_marks(text: str) -> str:
    """Take out what only a page shows: bold type, and blocks of fixed width, which a terminal is anyway."""
    return "\n".join(line for line in text.replace("**", "").split("\n") if not line.startswith("```"))


def show_end(report: Report, left: Sequence[str], console: Console) -> None:
    """Print the notes, how many parts stand how, and what the grader will check that this did not."""
    for note in report.notes:
        console.print(Padding(Text(f"\nNote: {note}"), (0, 0, 0, 0)))
    counts = {standing: sum(part.standing is standing for part in report.parts) for standing in Standing}
    console.print()
    console.print(Text(", ".join(f"{count} {standing.value}" for standing, count in counts.items() if count)))
    still_open = [part.part for part in report.parts if part.standing is Standing.OPEN]
    if still_open:
        console.print(Padding(Text(f"\nNothing is written yet for: {', '.join(still_open)}."), (0, 0, 0, 0)))
    console.print(Text("\nWhat the grader will check and this did not:", style="bold"))
    for sentence in left:
        console.print(Padding(Text(f"- {sentence}"), (0, 0, 0, 2)))


def as_json(report: Report, left: Sequence[str]) -> Json:
    """Return the report for scripts."""
    return {
        "assignment": report.assignment,
        "parts": [
            {
                "id": part.id,
                "title": part.title,
                "standing": part.standing.value,
                "findings": [{"tone": finding.tone.value, "text": finding.text} for finding in part.findings],
                "outputs": dict(part.outputs),
                "not checked": list(part.unchecked),
            }
            for part in report.parts
        ],
        "notes": list(report.notes),
        "not checked": list(left),
        "seconds": round(report.seconds, 3),
    }
