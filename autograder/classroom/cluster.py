"""Graders on a Dask cluster, behind the same `concurrent.futures.Executor`.

Each thread of a worker keeps a warm process that grades (a worker may start processes by `subprocess` and in no other
way). The assignment's folder must be on every worker at the same path, and the same grader installed; a process that
finds other files refuses. A worker that dies costs nobody: its submissions go to another.
"""

from __future__ import annotations

from concurrent.futures import Executor, Future
from contextlib import suppress
from types import TracebackType
from typing import Any

from distributed import Client, KilledWorker, WorkerPlugin, get_worker

from autograder.classroom.processes import Processes
from autograder.classroom.tasks import Reply, Setup, Task

_CONNECT_SECONDS = 30.0
_RETRIES = 3


class NoCluster(Exception):
    """There is no scheduler, or it has no workers; the text says what to do."""


class _Plugin(WorkerPlugin):
    """Keeps the processes of one worker for as long as it is needed."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.processes: Processes | None = None

    def setup(self, worker: Any) -> None:
        self.processes = Processes(self._setup)

    def teardown(self, worker: Any) -> None:
        if self.processes is not None:
            self.processes.close()


def _grade_here(name: str, task: Task) -> Reply:
    """Grade a submission in a process of the worker that this runs in."""
    plugin = get_worker().plugins[name]
    assert isinstance(plugin, _Plugin)
    assert plugin.processes is not None
    return plugin.processes.grade(task)


def _connect(address: str) -> Any:
    return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]


class ClusterGraders:
    """All threads of all workers that a scheduler has. Raises NoCluster."""

    def __init__(self, address: str, setup: Setup) -> None:
        self._name = f"autograder-{setup.digest[:16]}"
        try:
            self._client: Any = _connect(address)
        except (OSError, ValueError) as error:
            raise NoCluster(f"no Dask scheduler answers at {address}: {error}. Start one: dask scheduler") from None
        try:
            self.count = sum(self._client.nthreads().values())
            if not self.count:
                raise NoCluster(f"the Dask scheduler at {address} has no workers. Start some: dask worker {address}")
            self._client.register_plugin(_Plugin(setup), name=self._name)
        except BaseException:  # whatever it is goes on; the connection must not stay open behind it
            self._client.close()
            raise
        self._executor: Executor = self._client.get_executor(pure=False, retries=_RETRIES)

    def submit(self, task: Task) -> Future[Reply]:
        """Send a submission to the cluster. A worker that was lost over it again and again is its failure alone."""
        told: Future[Reply] = Future()

        def pass_on(done: Future[Reply]) -> None:
            try:
                told.set_result(done.result())
            except KilledWorker as error:
                told.set_result(Reply({}, f"the workers that graded it were lost: {error}"))
            except BaseException as error:  # it belongs to who waits for the result, not to this thread
                told.set_exception(error)

        self._executor.submit(_grade_here, self._name, task).add_done_callback(pass_on)
        return told

    def close(self) -> None:
        """Drop what has not begun, and let the workers end their processes."""
        self._executor.shutdown(wait=False)
        with suppress(OSError, ValueError):
            self._client.unregister_worker_plugin(self._name)
        self._client.close()

    def __enter__(self) -> ClusterGraders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
