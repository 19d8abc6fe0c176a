"""`autograder validate`: is an assignment sound, and do its cases tell wrong work from right?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from autograder.authoring.examples import Graded
    from autograder.authoring.findings import Report, Row
    from autograder.authoring.gate import Permit
    from autograder.spec.model import Assignment


@click.command(epilog="Example: autograder validate problems/cs224n_a2/sgd.yaml")
@click.argument("problems", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--update", is_flag=True, help="Only run the examples; write what they get into the files, after asking.")
@click.option("--yes", is_flag=True, help="With --update: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures and findings as JSON.")
def validate(problems: tuple[Path, ...], update: bool, yes: bool, as_json: bool) -> None:
    """Prove PROBLEMS sound: folders of assignments or single problem files; left out, all that are under problems/.

    Holds references against the derivatives of their losses, and formulas against code; grades a right submission, the
    untouched starter, the examples; then tries small slips in code and formulas, which must lose points, and honest
    rewrites, which must not. Exit codes: 0 sound, 1 some fault was found, 2 a file cannot be read as a problem.
    """
    from autograder.authoring.crew import TrialFailed
    from autograder.authoring.examination import Scope, examine, grade_all_examples
    from autograder.authoring.gate import remember
    from autograder.sandbox.supervisor import SandboxError
    from autograder.spec import SpecError, load_assignment

    reports, is_unreadable = [], False
    for folder, names in _choose(problems):
        try:
            assignment = load_assignment(folder)
            if lost := [name for name in names if name not in {problem.id for problem in assignment.problems}]:
                head = folder / "assignment.yaml"
                click.echo(f"{folder / lost[0]}.yaml: is not among the problems of {head}", err=True)
                is_unreadable = True
                continue
            scope = Scope(names or [problem.id for problem in assignment.problems], say=_tell_who_waits)
            if update:
                _update(folder, grade_all_examples(assignment, scope), yes=yes)
                continue
            report = examine(assignment, scope)
            if not names:
                remember(assignment, tuple(str(fault) for fault in report.faults))
        except SpecError as error:
            is_unreadable = True
            click.echo(str(error), err=True)
            continue
        except (SandboxError, TrialFailed) as error:
            click.echo(f"{folder}: nothing can be tried here: {error}", err=True)
            sys.exit(2)
        reports.append((folder, report))
        if not as_json:
            _show(folder, report)
    if as_json:
        click.echo(json.dumps([_plain(folder, report) for folder, report in reports], indent=1))
    sys.exit(2 if is_unreadable else 1 if any(report.faults for _, report in reports) else 0)


def pass_gate(assignment: Assignment, reason: str | None, *, quiet: bool = False) -> Permit:
    """Return the permit to publish an assignment; whoever waits is told what for. Raises Refused."""
    from autograder.authoring.crew import TrialFailed
    from autograder.authoring.gate import Refused, admit, find_all_faults, judge
    from autograder.sandbox.supervisor import SandboxError

    def find_faults(assignment: Assignment) -> tuple[str, ...]:
        if not quiet:
            click.echo("Validating; it is done once for the same files, and takes up to a minute ...", err=True)
        return find_all_faults(assignment)

    try:
        permit = admit(judge(assignment, find_faults), reason)
    except (SandboxError, TrialFailed) as error:
        raise Refused(f"the assignment cannot be validated here: {error}") from None
    if permit.reason and not quiet:
        click.echo(f"Allowed with {_count(len(permit.faults), 'fault')}: {permit.reason}", err=True)
    return permit


def _tell_who_waits(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{text} ...", err=True)


def _choose(paths: Sequence[Path]) -> list[tuple[Path, list[str]]]:
    """Return the folders that are meant, each with the ids of problems; none stands for all."""
    from autograder.assignments import find_assignments

    chosen: dict[Path, list[str]] = {}
    for path in paths or find_assignments():
        if path.is_file() and path.name != "assignment.yaml":
            chosen.setdefault(path.parent, []).append(path.stem)
        elif path.is_file():
            chosen[path.parent] = []
        elif (path / "assignment.yaml").is_file() or not list(path.glob("*/assignment.yaml")):
            chosen[path] = []
        else:
            chosen.update({file.parent: [] for file in sorted(path.glob("*/assignment.yaml"))})
    return list(chosen.items())


def _show(folder: Path, report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(box=None, pad_edge=False)
    table.add_column(folder.name, overflow="fold", min_width=28)
    for name in ("caught", "equal", "honest", "tests", "margins"):
        table.add_column(name, justify="right", no_wrap=True)
    problem = ""
    for row in report.rows.values():
        own, _, part = row.part.partition("/")
        if own != problem:
            problem = own
            table.add_row(f"[bold]{problem}[/bold]")
        table.add_row(f"  {part}", _share(row.killed, row.killed + row.survived),
                      _share(row.proved, row.equal), _share(row.rewrites - row.rejected, row.rewrites),
                      str(row.examples or ""), _margins(row))
    console.print(table)
    for one in report.ordered():
        click.echo(str(one))
    for equal in report.equal:
        if not equal.is_proved:
            click.echo(str(equal))
    click.echo(_sum_up(report))


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else ""


def _margins(row: Row) -> str:
    if row.honest_error is None and row.wrong_error is None:
        return ""
    wrong = "" if row.wrong_error is None else f"{row.wrong_error:.0e}"
    return f"{row.honest_error or 0:.0e}<{row.tolerance:.0e}<{wrong}" if row.tolerance else ""


def _sum_up(report: Report) -> str:
    killed = sum(row.killed for row in report.rows.values())
    survived = sum(row.survived for row in report.rows.values())
    equal, proved = (sum(getattr(row, name) for row in report.rows.values()) for name in ("equal", "proved"))
    rewrites, rejected = (sum(getattr(row, name) for row in report.rows.values()) for name in ("rewrites", "rejected"))
    warnings = len(report.ordered()) - len(report.faults)
    counted = f"{_count(len(report.faults), 'fault')}, {_count(warnings, 'warning')}, {report.seconds:.0f} s"
    if not report.is_complete:
        return f"{counted}. Mutants are tried once the faults are mended."
    refusing = [row.part for row in report.rows.values() if row.takes_single_precision is False]
    single = f" Single precision loses points in {', '.join(refusing)}." if refusing else ""
    score = f"{100 * killed / (killed + survived):.1f} %" if killed + survived else "none"
    return (f"{counted}. Mutants caught: {killed} of {killed + survived} ({score}), {equal} more are equal, "
            f"{proved} of them by proof. Honest rewrites refused: {rejected} of {rewrites}.{single}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _plain(folder: Path, report: Report) -> dict[str, Any]:
    return {
        "assignment": folder.name,
        "complete": report.is_complete,
        "seconds": round(report.seconds, 2),
        "parts": [{**asdict(row), "score": row.score} for row in report.rows.values()],
        "equal": [{**asdict(one), "proved": one.is_proved} for one in report.equal],
        "findings": [{"file": str(one.place.file), "line": one.place.line, "column": one.place.column,
                      "kind": "fault" if one.is_fault else "warning", "message": one.message}
                     for one in report.ordered()],
    }


def _update(folder: Path, examples: dict[str, list[Graded]], *, yes: bool) -> None:
    """Show what examples get now, and write it down where that is wanted."""
    from autograder.authoring.examples import write_down

    for problem, graded in examples.items():
        changed = [one for one in graded if one.change]
        for one in changed:
            click.echo(f"{problem}.yaml, {one.mark.part}: {' '.join(one.example.answer.split())[:60]}")
            click.echo(f"    {one.change}")
            for said in one.mark.verdict.feedback:
                click.echo(f"    {' '.join(said.split())[:200]}")
        if changed and (yes or click.confirm(f"Write this into {problem}.yaml?")):
            file = folder / f"{problem}.yaml"
            file.write_text(write_down(file.read_text(encoding="utf-8"), graded), encoding="utf-8")
            click.echo(f"{file} was changed.")
