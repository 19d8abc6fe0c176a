"""`autograder build handout`: what students get, searched for answers before it is written."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import click


@click.command(name="handout", epilog="Example: autograder build handout problems/cs224n_a2 -o handout.zip")
@click.argument("assignment", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("handout.zip"), show_default=True,
              help="Where to write it: a name that ends in .zip, or a new folder.")
@click.option("--allow", metavar="REASON", help="Make it in spite of faults; the reason is printed again.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def build_handout_command(assignment: Path, output: Path, allow: str | None, as_json: bool) -> None:
    """Make what students get: starter files, answer sheets, the public half of the problems, and the pre-check.

    The ASSIGNMENT is validated first. Then every file is searched for answers, references, hidden inputs and expected
    numbers, inside archives too; nothing is written where one is found. Exit codes: 0 made, 1 an answer would be given
    away, 2 not made for another reason.
    """
    from autograder.authoring.gate import Refused
    from autograder.commands.validate import pass_gate
    from autograder.handout.audit import audit
    from autograder.handout.given_faults import find_given_faults
    from autograder.handout.package import CannotHandOut, build_handout
    from autograder.handout.wheel import CannotBuildWheel
    from autograder.spec import SpecError, load_assignment

    try:
        loaded = load_assignment(assignment)
        permit = pass_gate(loaded, allow, quiet=as_json)
        if faults := list(find_given_faults(loaded)):
            raise CannotHandOut("\n".join(map(str, faults)))
        handout = build_handout(loaded)
        if not as_json:
            click.echo(f"Searching {len(handout.files)} files for answers ...")
        leaks = audit(handout, loaded)
        if leaks:
            click.echo("\n".join(map(str, leaks)), err=True)
            click.echo(f"{output} was not made: it would give away what stands above.", err=True)
            sys.exit(1)
        if output.suffix == ".zip":
            handout.write_zip(output)
        else:
            handout.write_folder(output)
    except (SpecError, Refused, CannotHandOut, CannotBuildWheel, OSError) as error:
        click.echo(f"{error}\n{output} was not made.", err=True)
        sys.exit(2)
    digest = hashlib.sha256(handout.as_zip()).hexdigest()
    if as_json:
        click.echo(json.dumps({"output": str(output), "sha256": digest, "files": sorted(handout.files),
                               "allowed": permit.reason}))
        return
    click.echo(f"{output}: {loaded.head.title}, {len(handout.files)} files; no answer was found in it.")
    click.echo(f"sha256 {digest}")
    click.echo("Try it as a student does: unpack it, install the wheel in it, run `autograder check` in its folder.")
