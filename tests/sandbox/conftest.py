"""One sandbox for the tests that look at what student code may do, and small ways to run a piece of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest

from autograder.sandbox.outcomes import Loaded
from autograder.sandbox.supervisor import Job, Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as opened:
        yield opened


@pytest.fixture
def load(sandbox: Sandbox) -> Iterator[Callable[..., Any]]:
    """Load a source as `solution.py`; give the worker and the outcome."""
    workers = []

    def start(source: str | bytes, seconds: float = 20, **job: Any) -> Any:
        data = dedent(source).encode() if isinstance(source, str) else source
        files = {"solution.py": data, **job.pop("files", {})}
        worker = sandbox.worker(Job(files=files, entry=job.pop("entry", "solution.py"), **job))
        workers.append(worker)
        return worker, worker.load(seconds)

    yield start
    for worker in workers:
        worker.close()


@pytest.fixture
def call(load: Callable[..., Any]) -> Callable[..., Any]:
    """Run a body as the function `f` of a fresh worker and return the outcome of calling it."""

    def run(source: str | bytes, *, seconds: float = 20, outputs: int | None = None, **inputs: Any) -> Any:
        worker, loaded = load(source)
        assert isinstance(loaded, Loaded), loaded
        return worker.call(function="f", inputs=inputs, outputs=outputs, deadline_seconds=seconds)

    return run
