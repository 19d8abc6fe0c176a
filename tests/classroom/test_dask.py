"""A class on a cluster: a scheduler and two workers on loopback, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from kill_test import contents_of, write_work
from school import BY, SMALL, Told

from autograder.classroom.exports import read_export
from autograder.classroom.grading import Graders, Order, grade_class
from autograder.classroom.local import LocalGraders
from autograder.classroom.store import Store
from autograder.classroom.tasks import Setup, grader_version
from autograder.cli import main
from autograder.spec import load_assignment

pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
QUIET = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "critical"}


def start(module: str, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *map(str, arguments)]
    return subprocess.Popen(command, env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
    file = tmp_path / "scheduler.json"
    scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", file)
    workers = [start("dask_worker", "--scheduler-file", file, "--nthreads", 1, "--no-nanny", "--local-directory", tmp_path)
               for _ in range(2)]
    try:
        import json

        from distributed import Client

        deadline = time.monotonic() + 30
        while not (file.exists() and file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=30)
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


class Killing(Told):
    """Kills a worker once a few submissions are done."""

    def __init__(self, worker: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self._worker = worker

    def done(self, name: str, *, is_new: bool) -> None:
        super().done(name, is_new=is_new)
        if len(self.names) == 4:
            os.kill(self._worker.pid, signal.SIGKILL)


def test_a_cluster_that_loses_a_worker_gives_the_same_store(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    from autograder.classroom.cluster import ClusterGraders

    address, workers = cluster
    assignment, version = load_assignment(SMALL), grader_version()
    setup = Setup(str(SMALL), assignment.digest, version, 60)
    handed_in = write_work(tmp_path / "class", 12)

    def grade(path: Path, graders: Graders, told: Told) -> list[object]:
        with Store.open(path, create=True) as store, read_export(handed_in) as export:
            grade_class(export, assignment, store, graders, Order(grader=version), BY, told)
        return contents_of(path)

    with LocalGraders(setup, 1) as graders:
        local = grade(tmp_path / "local.db", graders, Told())
    told = Killing(workers[0])
    with ClusterGraders(address, setup) as graders:
        assert graders.count == 2
        remote = grade(tmp_path / "remote.db", graders, told)
    assert workers[0].wait(10) == -signal.SIGKILL
    assert (len(told.names), told.failures) == (12, [])
    assert remote == local


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.classroom import cluster

    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.3)
    monkeypatch.chdir(tmp_path)
    write_work(tmp_path / "class", 1)
    result = CliRunner().invoke(main, ["class", "grade", "class", "--assignment", str(SMALL), "--dask", "tcp://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9: " in result.output
    assert "Start one: dask scheduler" in result.output
