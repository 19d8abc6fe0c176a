"""Trials in several processes: each has a sandbox of its own and takes the next trial when it is done with one.

    with Crew.open(assignment, solution, processes=2) as crew:
        trials = crew.do("try_mutant", [(mutant,) for mutant in mutants])
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from autograder.assignments import HOME
from autograder.authoring.solution import Solution
from autograder.authoring.trials import Trials
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec.model import Assignment

_MOST_PROCESSES = 4
_END_SECONDS = 20.0
# An interpreter of its own: a fork would take open sandboxes and threads with it, and it must not run our caller again.
_START = "import sys; from autograder.authoring.crew import serve; serve(int(sys.argv[1]))"


class TrialFailed(Exception):
    """A trial could not be made, through a fault of ours."""


class Crew:
    """Where trials are made: in this process, or in several."""

    def __init__(self, trials: Trials | None, workers: Sequence[Connection] = ()) -> None:
        self._trials = trials
        self._workers = workers

    @classmethod
    @contextmanager
    def open(
        cls, assignment: Assignment, solution: Solution, *, processes: int | None = None, sandbox: Sandbox | None = None
    ) -> Iterator[Crew]:
        """Give a crew; with a sandbox, it works in this process and takes that one.

        processes: default one for each processor, up to 4.
        """
        if sandbox is not None or os.name != "posix":
            with open_sandbox(sandbox) as own:
                trials = Trials(assignment, solution, own)
                try:
                    yield cls(trials)
                finally:
                    trials.close()
            return
        started: list[tuple[subprocess.Popen[bytes], Connection]] = []
        try:
            for _ in range(processes or min(_MOST_PROCESSES, os.cpu_count() or 1)):
                started.append(_start(assignment, solution))
            yield cls(None, [connection for _, connection in started])
        finally:
            for _, connection in started:
                connection.close()
            for process, _ in started:
                try:
                    process.wait(_END_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def do(self, what: str, tasks: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of Trials with each of the arguments; return what came of it, in their order.

        Raises TrialFailed.
        """
        if self._trials is not None:
            return [getattr(self._trials, what)(*task) for task in tasks]
        found: dict[int, Any] = {}
        waiting = iter(enumerate(tasks))
        busy: dict[Connection, int] = {}
        try:
            for connection in self._workers:
                self._hand_out(connection, what, waiting, busy)
            while busy:
                for ready in wait(list(busy)):
                    assert isinstance(ready, Connection)
                    number = busy.pop(ready)
                    is_done, result = ready.recv()
                    if not is_done:
                        raise TrialFailed(result)
                    found[number] = result
                    self._hand_out(ready, what, waiting, busy)
        except (EOFError, OSError):
            raise TrialFailed("a process that tries mutants was lost; is there enough memory?") from None
        return [found[number] for number in range(len(tasks))]

    @staticmethod
    def _hand_out(
        connection: Connection, what: str, waiting: Iterator[tuple[int, tuple[Any, ...]]], busy: dict[Connection, int]
    ) -> None:
        number, task = next(waiting, (-1, ()))
        if number >= 0:
            connection.send((what, task))
            busy[connection] = number


@contextmanager
def open_sandbox(given: Sandbox | None) -> Iterator[Sandbox]:
    """Give a sandbox that is there, which stays open, or one for now."""
    if given is not None:
        yield given
        return
    with Sandbox.open(Limits(), for_many=True) as own:
        yield own


def _start(assignment: Assignment, solution: Solution) -> tuple[subprocess.Popen[bytes], Connection]:
    here, there = Pipe()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(
        filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))}
    number = there.fileno()
    process = subprocess.Popen([sys.executable, "-c", _START, str(number)], pass_fds=(number,), env=environment,
                               stdin=subprocess.DEVNULL)
    there.close()
    here.send((assignment, solution))
    return process, here


def serve(number: int) -> None:
    """Make trials until the other end of a connection is closed; `number` is its descriptor."""
    connection = Connection(number)
    try:
        with Sandbox.open(Limits(), for_many=True) as sandbox:
            assignment, solution = connection.recv()
            trials = Trials(assignment, solution, sandbox)
            try:
                while True:
                    what, task = connection.recv()
                    try:
                        connection.send((True, getattr(trials, what)(*task)))
                    except Exception as error:  # told to the process that asked, which names it
                        connection.send((False, f"{what}: {type(error).__name__}: {error}"))
            finally:
                trials.close()
    except (EOFError, OSError, KeyboardInterrupt):
        return
