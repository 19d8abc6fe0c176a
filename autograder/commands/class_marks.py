"""`autograder class diff, apply, undo, log, mark`: a regrade as a transaction."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.class_options import by_options, fail, make_by, opened, store_option

if TYPE_CHECKING:
    from autograder.classroom.differences import Difference, SubmissionChange
    from autograder.classroom.store import Store


@click.command(epilog="Example: autograder class diff --store class.db")
@click.argument("run", type=int, required=False)
@store_option
@click.option("--all", "everybody", is_flag=True, help="Also list those whose points stay the same.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each submission.")
def diff(run: int | None, store_path: Path, everybody: bool, as_json: bool) -> None:
    """Show what a RUN (the newest, if left out) would change: who goes up, down or stays, and why.

    Exit codes: 0 nobody moves, 1 somebody does, 2 there is nothing to compare.
    """
    from autograder.classroom.differences import compare

    with opened(store_path) as store:
        found = compare(store, store.run(run).id)
    for line in _json_lines(found) if as_json else _lines(found, everybody=everybody):
        click.echo(line)
    sys.exit(1 if found.movers else 0)


def _lines(found: Difference, *, everybody: bool) -> Iterator[str]:
    if found.current is None:
        yield f"Run {found.run}: nothing is current yet, so all of it is new."
    elif found.current == found.run:
        yield f"Run {found.run} is current."
        return
    else:
        yield f"Run {found.run} beside run {found.current}, which is current:"
    up, down, stay = found.counts()
    yield f"  {'altogether':24} {up:5} up  {down:5} down  {stay:5} stay"
    for problem in dict.fromkeys(one.problem for change in found.changes for one in change.problems):
        up, down, stay = found.counts(problem)
        yield f"  {problem:24} {up:5} up  {down:5} down  {stay:5} stay"
    if found.current is None:
        return
    for change in found.changes if everybody else found.movers:
        yield ""
        yield from _change_lines(change)


def _change_lines(change: SubmissionChange) -> Iterator[str]:
    from autograder.classroom.records import say_names

    before, after = (("nothing" if points is None else f"{points:.6g}") for points in (change.before, change.after))
    moved = f" ({change.moved:+.6g})" if change.before is not None and change.after is not None else ""
    yield f"{say_names(change.students)} [{change.name}]: {before} -> {after}{moved}"
    for remark in change.remarks:
        yield f"  {remark}"
    for problem in change.problems:
        if problem.parts or abs(problem.after - problem.before) > 1e-9:
            yield f"  {problem.problem}: {problem.before:.6g} -> {problem.after:.6g}"
            yield from (f"    {part.sentence}" for part in problem.parts)
            yield from (f"    because {reason}" for reason in problem.reasons)


def _json_lines(found: Difference) -> Iterator[str]:
    for change in found.changes:
        yield json.dumps({
            "run": found.run, "current": found.current, "submission": change.name,
            "students": [student.id for student in change.students], "before": change.before, "after": change.after,
            "remarks": list(change.remarks),
            "problems": [{"problem": one.problem, "before": one.before, "after": one.after,
                          "reasons": list(one.reasons), "parts": [part.sentence for part in one.parts]}
                         for one in change.problems],
        })


@click.command(epilog="Example: autograder class apply --store class.db --why 'tolerance of softmax was too tight'")
@click.argument("run", type=int, required=False)
@store_option
@by_options
def apply(run: int | None, store_path: Path, why: str, who: str | None) -> None:
    """Make a RUN (the newest, if left out) current: exports and the report show it.

    Exit codes: 0 it is current, 2 there is no such run.
    """
    with opened(store_path) as store:
        number = store.run(run).id
        if store.current == number:
            click.echo(f"Run {number} is current already.")
            return
        store.apply(number, make_by(who, why))
        click.echo(f"Run {number} is current. To take it back: autograder class undo --store {store_path}")


@click.command(epilog="Example: autograder class undo --store class.db --why 'students were told another rule'")
@store_option
@by_options
def undo(store_path: Path, why: str, who: str | None) -> None:
    """Take back the last apply: what was current before it is current again, as it was. Hand marks stay.

    Exit codes: 0 taken back, 2 nothing was applied.
    """
    with opened(store_path) as store:
        taken_back, current = store.undo(make_by(who, why))
        click.echo(f"Run {taken_back} is no longer current; " +
                   ("nothing is." if current is None else f"run {current} is again."))


@click.command(epilog="Example: autograder class log --store class.db")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each.")
def log(store_path: Path, as_json: bool) -> None:
    """Show who did what, when and why, and which run is current."""
    with opened(store_path) as store:
        for line in store.log():
            if as_json:
                click.echo(json.dumps({"at": line.at, "who": line.who, "what": line.what, "run": line.run,
                                       "why": line.why}))
            else:
                run = f" run {line.run}" if line.run is not None else ""
                click.echo(f"{line.at}  {line.who}: {line.what}{run}{f'. {line.why}' if line.why else ''}")
        if not as_json:
            click.echo(f"Current: {'none' if store.current is None else f'run {store.current}'}")


@click.command(epilog="Example: autograder class mark 00123456 negative-sampling/cost 2 --why 'read it'")
@click.argument("student")
@click.argument("part")
@click.argument("points", required=False)
@store_option
@click.option("--remove", is_flag=True, help="Take the hand mark back; the machine's counts again.")
@by_options
def mark(
    student: str, part: str, points: str | None, store_path: Path, remove: bool, why: str, who: str | None
) -> None:
    """Give a STUDENT POINTS for a PART by hand. They win over the machine's, now and after every regrade.

    STUDENT is an id, a number, an email or a name as in the export; who handed in together gets it together. Exit
    codes: 0 marked, 2 not marked.
    """
    from autograder.classroom.hand_marks import CannotMark, check_points, find_part, find_submission

    if remove == (points is not None):
        fail("say how many POINTS, or --remove")
    if not why:
        fail("say why with --why: whoever is asked about this mark will want to know")
    with opened(store_path) as store:
        try:
            graded = find_submission(store, student)
            found = find_part(graded, part)
            given = None if points is None else check_points(points, found)
        except CannotMark as error:
            fail(str(error))
            return
        store.mark_by_hand([one.id for one in graded.students], found.id, given, make_by(who, why))
        _say_marked(store, found.id, given, " and ".join(one.name or one.id for one in graded.students))


def _say_marked(store: Store, part: str, points: float | None, names: str) -> None:
    if points is None:
        click.echo(f"{names}: the machine's mark counts again for {part}.")
    else:
        click.echo(f"{names}: {points:g} points for {part}, by hand.")
