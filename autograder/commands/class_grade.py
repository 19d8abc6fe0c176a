"""`autograder class grade`: an export -> results in a store, as they are made, and a proposal at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from autograder.commands.class_options import by_options, fail, make_by, opened, store_option

if TYPE_CHECKING:
    from autograder.classroom.cluster import ClusterGraders
    from autograder.classroom.exports import Export
    from autograder.classroom.grading import Deadlines, Order, Outcome
    from autograder.classroom.local import LocalGraders
    from autograder.classroom.store import Store
    from autograder.classroom.tasks import Setup
    from autograder.spec import Assignment

_MOST_LISTED = 20


@click.command(epilog="Example: autograder class grade submissions.zip --assignment problems/cs224n_a2")
@click.argument("export", type=click.Path(exists=True, path_type=Path))
@store_option
@click.option("--assignment", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of the assignment. Default: the only one there is.")
@click.option("--problem", help="Grade this problem only; the others stay as they are.")
@click.option("--force", is_flag=True, help="Grade again what is in the store already.")
@click.option("--jobs", type=click.IntRange(1, 1024), help="How many to grade at once. Default: one for each core.")
@click.option("--from", "kind", type=click.Choice(["gradescope", "canvas", "moodle", "folders"]),
              help="The kind of export. Default: found out.")
@click.option("--due", metavar="TIME", help="When it was due, such as 2026-02-15T23:59-08:00; late days count from it.")
@click.option("--extension", "extensions", metavar="STUDENT=TIME", multiple=True,
              help="A due time of a student's own, by id, email or number; may be given several times.")
@click.option("--dask", metavar="ADDRESS", help="Grade on a Dask cluster, such as tcp://scheduler:8786.")
@by_options
def grade(
    export: Path, store_path: Path, assignment: Path | None, problem: str | None, force: bool, jobs: int | None,
    kind: str | None, due: str | None, extensions: tuple[str, ...], dask: str | None, why: str, who: str | None,
) -> None:
    """Grade an EXPORT of Gradescope, Canvas or Moodle, or a folder with a folder or zip for each student.

    Every result is in the store as soon as it is there: stop this at any time and run it again, it goes on. What was
    graded before and has not changed is not graded again. Nothing counts until you say `class apply`; what would change
    is shown by `class diff`. Exit codes: 0 all graded, 1 some could not be graded, 2 nothing was graded.
    """
    from autograder.assignments import UnclearAssignment, choose_assignment
    from autograder.classroom.exports import BadExport, read_export
    from autograder.classroom.grading import Order
    from autograder.classroom.tasks import grader_version
    from autograder.spec import SpecError, load_assignment

    try:
        deadlines = read_deadlines(due, extensions)
        loaded = load_assignment(assignment or choose_assignment(export))
        handed_in = read_export(export, kind)
    except (SpecError, UnclearAssignment, BadExport, ValueError) as error:
        fail(str(error))
        return
    order = Order(problem, force, grader_version(), deadlines)
    with handed_in, opened(store_path, create=True) as store:
        _list_oddities(handed_in, loaded, due)
        outcome = _run(handed_in, loaded, store, order, dask, jobs, why, who)
        _conclude(outcome, store)
        sys.exit(1 if outcome.failures else 0)


def _run(
    export: Export, assignment: Assignment, store: Store, order: Order, dask: str | None, jobs: int | None, why: str,
    who: str | None,
) -> Outcome:
    from autograder.classroom.grading import UnknownProblem, grade_class
    from autograder.classroom.processes import CannotStart
    from autograder.classroom.tasks import Setup

    setup = Setup(str(assignment.folder), assignment.digest, order.grader, _patience_seconds(assignment))
    try:
        with _graders(setup, dask, jobs) as graders, Meter() as meter:
            return grade_class(export, assignment, store, graders, order, make_by(who, why), meter)
    except (CannotStart, UnknownProblem) as error:
        fail(str(error))
    except KeyboardInterrupt:
        click.echo(f"\nStopped. What was graded is in {store.path}; the same command goes on from there.", err=True)
        sys.exit(2)
    raise AssertionError("fail ends the command")


def _graders(setup: Setup, dask: str | None, jobs: int | None) -> LocalGraders | ClusterGraders:
    """Return what grades: this machine's cores or a cluster's."""
    if dask is None:
        from autograder.classroom.local import LocalGraders

        return LocalGraders(setup, jobs)
    try:
        from autograder.classroom.cluster import ClusterGraders, NoCluster
    except ImportError as error:
        fail(f"--dask needs the package distributed ({error}). Install it: pip install 'autograder[dask]'")
        raise AssertionError("fail ends the command") from None
    try:
        return ClusterGraders(dask, setup)
    except NoCluster as error:
        fail(str(error))
        raise AssertionError("fail ends the command") from None


def _patience_seconds(assignment: Assignment) -> float:
    """Return after which time a process that grades one submission is taken for lost."""
    return assignment.head.limits.submission_seconds + 300.0


def read_deadlines(due: str | None, extensions: Sequence[str]) -> Deadlines:
    """Return when students had to hand in. Raises ValueError in words."""
    from autograder.classroom.grading import Deadlines

    own = {}
    for extension in extensions:
        student, equals, time = extension.rpartition("=")
        if not equals or not student:
            raise ValueError(f"--extension {extension}: say STUDENT=TIME, such as 00123456=2026-02-20T23:59-08:00")
        own[student] = _moment("--extension", time)
    return Deadlines(_moment("--due", due) if due else None, own)


def _moment(option: str, text: str) -> datetime:
    from autograder.gradescope.metadata import parse_moment

    moment = parse_moment(text)
    if moment is None:
        raise ValueError(f"{option} {text}: is no time with its offset; write it as 2026-02-15T23:59-08:00")
    return moment


def _list_oddities(export: Export, assignment: Assignment, due: str | None) -> None:
    """Say what of an export belongs to nobody or is odd, before anything is graded."""
    _list("belong to nobody", export.nobodys)
    for oddity in export.oddities:
        click.echo(oddity, err=True)
    if assignment.head.late is not None and due is None:
        click.echo("The assignment has a rule for late work, but an export does not say when it was due: nobody counts "
                   "as late. Say when with --due TIME.", err=True)
    late = [one.name for one in export.submissions if one.is_marked_late]
    if late and assignment.head.late is not None:
        _list("are marked as late, without a time; they count as in time", late)


def _list(what: str, names: Sequence[str]) -> None:
    if names:
        click.echo(f"{len(names)} {what}:", err=True)
        for name in names[:_MOST_LISTED]:
            click.echo(f"  {name}", err=True)
        if len(names) > _MOST_LISTED:
            click.echo(f"  and {len(names) - _MOST_LISTED} more", err=True)


def _conclude(outcome: Outcome, store: Store) -> None:
    from autograder.classroom.differences import compare

    told = [f"{outcome.graded} graded", f"{outcome.reused} unchanged"]
    if outcome.failures:
        told.append(f"{outcome.failures} not graded, through no fault of theirs")
    click.echo(f"{', '.join(told)}. {'Run' if outcome.is_new else 'Nothing is new since run'} {outcome.run} in "
               f"{store.path}.")
    if store.current == outcome.run:
        click.echo("It is current.")
        return
    if store.current is not None:
        up, down, stay = compare(store, outcome.run).counts()
        click.echo(f"Beside the current marks {up} go up, {down} go down, {stay} stay: autograder class diff --store "
                   f"{store.path}")
    click.echo(f"Nothing counts yet. To make it current: autograder class apply --store {store.path}")


class Meter:
    """A bar with rate and time left; plain lines where the output is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True, soft_wrap=True)
        self._bar = Progress(
            BarColumn(bar_width=None), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), console=self._console, disable=not self._console.is_terminal)
        self._is_plain = not self._console.is_terminal
        self._total = self._done = self._new = 0
        self._started = 0.0

    def start(self, total: int) -> None:
        """Say how many submissions there are."""
        self._total, self._started = total, self._bar.get_time()
        self._task = self._bar.add_task("", total=total, rate="")

    def done(self, name: str, *, is_new: bool) -> None:
        """Count one submission."""
        self._done += 1
        self._new += is_new
        seconds = max(self._bar.get_time() - self._started, 1e-3)
        rate = self._new / seconds
        self._bar.update(self._task, advance=1, rate=f"{rate:.1f}/s")
        step = max(1, self._total // 20)
        if self._is_plain and (self._done % step == 0 or self._done == self._total):
            left = (self._total - self._done) * seconds / self._done
            click.echo(f"{self._done} of {self._total}, {rate:.1f} graded a second, {left:.0f} s left", err=True)

    def fail(self, name: str, reason: str) -> None:
        """Say in one line what could not be graded."""
        said = "".join(character for character in " ".join(reason.split())[:300] if character.isprintable())
        self._console.print(f"{name}: {said}", markup=False, highlight=False)

    def __enter__(self) -> Meter:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
