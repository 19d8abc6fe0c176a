"""What the commands on a class share: the store, and who is asking."""

from __future__ import annotations

import getpass
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from autograder.classroom.rows import By
    from autograder.classroom.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])


def store_option(command: Command) -> Command:
    """Add `--store`."""
    return click.option("--store", "store_path", type=click.Path(dir_okay=False, path_type=Path),
                        default=Path("class.db"), show_default=True, help="The file with the class's marks.")(command)


def by_options(command: Command) -> Command:
    """Add `--why` and `--who`, which go into the log."""
    command = click.option("--who", default=None, help="Your name for the log. Default: that of your account.")(command)
    return click.option("--why", default="", help="The reason, for the log.")(command)


def make_by(who: str | None, why: str) -> By:
    """Return who does something, and why."""
    from autograder.classroom.rows import By

    try:
        return By(who or getpass.getuser(), why)
    except (KeyError, OSError):  # an account without a name, as in a container
        return By("unknown", why)


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[Store]:
    """Open the store; end the command in words where it cannot be used."""
    from autograder.classroom.store import BadStore, Store

    try:
        with Store.open(path, create=create) as store:
            yield store
    except BadStore as error:
        fail(str(error))
    except sqlite3.Error as error:
        fail(f"{path} could not be read or written: {error}. What was in it before is safe; see that nothing else "
             "holds it and that the disk has room, and run this again.")


def fail(message: str) -> NoReturn:
    """End the command: nothing could be done."""
    click.echo(message, err=True)
    sys.exit(2)
