"""`autograder doctor`: what holds a submission in on this machine, and what is lost without it."""

from __future__ import annotations

import json
import sys

import click


@click.command(epilog="Example: autograder doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the layers as JSON.")
def doctor(as_json: bool) -> None:
    """Show which layers of the wall around student code hold here, what each protects, what is lost without it.

    Exit codes: 0 all hold, 1 some do not, 2 no worker can be started at all.
    """
    from autograder.sandbox.supervisor import SandboxError, probe_layers

    try:
        layers = probe_layers()
    except SandboxError as error:
        click.echo(f"No submission can be graded here: {error}", err=True)
        sys.exit(2)
    lacking = [layer for layer in layers if not layer.held]
    if as_json:
        fields = ("name", "held", "reason", "protects", "lost")
        click.echo(json.dumps([{field: getattr(layer, field) for field in fields} for layer in layers], indent=1))
        sys.exit(1 if lacking else 0)
    for layer in layers:
        click.echo(f"{'held' if layer.held else 'MISSING':8}{layer.name:13}{layer.protects}")
        if not layer.held:
            click.echo(f"{'':21}Lost without it: {layer.lost}\n{'':21}Why: {layer.reason}")
    click.echo()
    if lacking:
        names = ", ".join(layer.name for layer in lacking)
        click.echo(f"{len(lacking)} of {len(layers)} layers are missing here: {names}. Right submissions get right "
                   "marks all the same; what a hostile one could do is said above. docs/security.md says more.")
    else:
        click.echo(f"All {len(layers)} layers hold.")
    sys.exit(1 if lacking else 0)
