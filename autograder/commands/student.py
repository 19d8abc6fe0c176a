"""The commands that students have: those of the handout's wheel."""

from __future__ import annotations

import click

from autograder import __version__
from autograder.commands.check import check
from autograder.commands.show import show


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Check your homework before you hand it in."""


for command in (check, show):
    main.add_command(command)
