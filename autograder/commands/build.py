"""`autograder build`: what is made from an assignment."""

from __future__ import annotations

import click

from autograder.commands.gradescope import build_gradescope
from autograder.commands.handout import build_handout_command


@click.group()
def build() -> None:
    """Make what an assignment is handed out or graded with."""


build.add_command(build_gradescope)
build.add_command(build_handout_command)
