"""`autograder build gradescope` and `autograder rehearse`: make the zip, and try it before it is uploaded."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from autograder.gradescope.container import Size
    from autograder.gradescope.rehearsal import Run, Stage

EXISTING = click.Path(exists=True, path_type=Path)


@click.command(name="gradescope", epilog="Example: autograder build gradescope problems/cs224n_a2 -o autograder.zip")
@click.argument("assignment", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("autograder.zip"),
              show_default=True, help="Where to write the zip.")
@click.option("--allow", metavar="REASON", help="Make it in spite of faults; staff see why in every result.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def build_gradescope(assignment: Path, output: Path, allow: str | None, as_json: bool) -> None:
    """Make the zip that is uploaded as the autograder of a Gradescope programming assignment.

    The ASSIGNMENT is validated first; nothing is written when it has a fault. Exit codes: 0 made, 2 not made.
    """
    from autograder.authoring.gate import Refused
    from autograder.commands.validate import pass_gate
    from autograder.gradescope.package import CannotPackage, build_package
    from autograder.spec import SpecError, load_assignment

    try:
        loaded = load_assignment(assignment)
        permit = pass_gate(loaded, allow, quiet=as_json)
        package = build_package(loaded, allowed=permit.as_json() if permit.reason else None)
        package.write(output)
    except (SpecError, Refused, CannotPackage, OSError) as error:
        click.echo(f"{error}\n{output} was not made.", err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps({"zip": str(output), "bytes": len(package.data), "sha256": package.digest,
                               "points": loaded.max_points, "files": package.files}))
        return
    click.echo(f"{output}: {loaded.head.title}, {loaded.max_points:g} points, {len(package.files)} files, "
               f"{len(package.data) / 1000:.0f} kB\nsha256 {package.digest}")
    click.echo(f"Try it before you upload it:  autograder rehearse {output} PATH-OF-A-SUBMISSION")


@click.command(epilog="Example: autograder rehearse autograder.zip submissions_sample/cs224n_a2/correct")
@click.argument("archive", metavar="ZIP", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("submissions", metavar="SUBMISSION...", type=EXISTING, nargs=-1, required=True)
@click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A folder with a whole Linux system, to change root into; needs root.")
@click.option("--lend", type=EXISTING, multiple=True, help="With --root: show this folder of the machine there, too.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path),
              help="Work in this folder and leave everything there, to look at.")
@click.option("--seconds", type=float, default=600.0, show_default=True, help="The platform's limit for one run.")
@click.option("--small", is_flag=True, help="Hold runs to the platform's smallest container, 0.5 CPU and 768 MB.")
@click.option("--resubmit", is_flag=True, help="All submissions are one student's, an hour apart.")
@click.option("--metadata", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Give runs this submission_metadata.json.")
@click.option("--staff", is_flag=True, help="Also show what only staff see.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each submission.")
def rehearse(
    archive: Path, submissions: tuple[Path, ...], root: Path | None, lend: tuple[Path, ...], keep: Path | None,
    seconds: float, small: bool, resubmit: bool, metadata: Path | None, staff: bool, as_json: bool,
) -> None:
    """Play Gradescope with a ZIP on this machine, and show what students and staff would see.

    The zip is unpacked and its setup.sh run once, as when the image is built. Exit codes: 0 all results would be
    taken, 1 some would not or leave the documented format, 2 the zip cannot be used.
    """
    from autograder.gradescope.container import DEFAULT_SIZE, Place
    from autograder.gradescope.rehearsal import CannotRehearse, Stage

    size = DEFAULT_SIZE if small else None
    with _folder(root, keep) as folder:
        stage = Stage(Place(folder, root is not None, tuple(path.resolve() for path in lend)), size)
        try:
            stage.unpack(archive)
            set_up = stage.set_up()
        except CannotRehearse as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        if not as_json:
            click.echo(f"Set up in {set_up.seconds:.0f} s.")
        given = json.loads(metadata.read_text(encoding="utf-8")) if metadata else None
        sound = True
        for submission, run in _runs(stage, submissions, given, seconds, resubmit):
            sound = sound and run.is_sound
            for line in [_as_json(submission, run)] if as_json else _as_text(submission, run, staff, size):
                click.echo(line)
    sys.exit(0 if sound else 1)


@contextmanager
def _folder(root: Path | None, keep: Path | None) -> Iterator[Path]:
    if root is not None or keep is not None:
        folder = (root or keep or Path()).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    folder = Path(tempfile.mkdtemp(prefix="autograder-rehearsal-"))
    folder.chmod(0o755)  # student code runs as another user where this runs as root
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(
    stage: Stage, submissions: tuple[Path, ...], metadata: dict[str, Any] | None, seconds: float, resubmit: bool
) -> Iterator[tuple[Path, Run]]:
    from autograder.gradescope.sample_metadata import Rehearsed, make_metadata

    earlier: list[Rehearsed] = []
    start = datetime.now(timezone.utc).astimezone()
    due_at = start + timedelta(days=1)
    for number, submission in enumerate(submissions):
        created_at = start + timedelta(hours=number if resubmit else 0)
        told = metadata or make_metadata(created_at, earlier if resubmit else (), due_at)
        run = stage.run(submission, told, seconds)
        earlier.append(Rehearsed(created_at, run.posted.results if run.posted.is_accepted else None))
        yield submission, run


def _as_text(submission: Path, run: Run, staff: bool, size: Size | None) -> Iterator[str]:
    from autograder.gradescope.views import staff_view, student_view

    memory = f", {run.peak_bytes / 1e6:.0f} MB at most" if run.peak_bytes else ""
    status = "stopped at the limit" if run.exit_status is None else f"exit status {run.exit_status}"
    yield f"\n=== {submission} ===\n{run.seconds:.1f} s{memory}, {status}"
    if size is not None and run.size is None:
        yield "Not held to the small container: no control group can be made here."
    if run.outlived:
        yield f"{run.outlived} processes were still alive when run_autograder had returned."
    yield from (f"Fault: {fault}" for fault in run.faults)
    yield from ("--- students see ---", *student_view(run.posted))
    if staff:
        yield from ("--- staff also see ---", *staff_view(run.posted))


def _as_json(submission: Path, run: Run) -> str:
    return json.dumps({
        "submission": str(submission), "sound": run.is_sound, "faults": run.faults, "seconds": round(run.seconds, 3),
        "peak_bytes": run.peak_bytes, "exit_status": run.exit_status, "outlived": run.outlived,
        "error_code": run.posted.error_code, "results": run.posted.results,
    })
