"""Graders on this machine: a process for each core, behind the `concurrent.futures.Executor` that all graders share."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import TracebackType

from autograder.classroom.processes import Processes
from autograder.classroom.tasks import Reply, Setup, Task


class LocalGraders:
    """As many processes as asked for; the threads of the executor only wait for them."""

    def __init__(self, setup: Setup, count: int | None = None) -> None:
        self.count = count or usable_cores()
        self._processes = Processes(setup)
        self._executor: Executor = ThreadPoolExecutor(self.count)

    def submit(self, task: Task) -> Future[Reply]:
        return self._executor.submit(self._processes.grade, task)

    def close(self) -> None:
        """Drop what has not begun, wait for what has, and end the processes."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._processes.close()

    def __enter__(self) -> LocalGraders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def usable_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
