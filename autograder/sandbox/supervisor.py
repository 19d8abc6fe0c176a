"""The grader's side of the wall: ask for a worker, load a submission in it, call its functions.

    with Sandbox.open() as sandbox, sandbox.worker(job) as worker:
        loaded = worker.load(deadline_seconds=20)
        outcome = worker.call(function="sigmoid", inputs={"x": x}, deadline_seconds=10)

Nothing here raises for what student code does: every ending is an outcome. SandboxError is always our fault.
"""

from __future__ import annotations

import posixpath
import secrets
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from autograder.sandbox import confinement, outcomes
from autograder.sandbox.layers import LAYERS, Confinement, Layer, Limits
from autograder.sandbox.outcomes import CallOutcome, Died, LoadOutcome, Malformed, Places, TimedOut
from autograder.sandbox.processes import (
    Ending,
    InterpreterStarter,
    NurseryStarter,
    Process,
    SandboxError,
    Starter,
    count_oom_kills,
    free_bytes,
    wait_readable,
)
from autograder.sandbox.source import Source, compile_harness, decode_source
from autograder.sandbox.wire import (
    Deadline,
    FrameReader,
    WireError,
    clean_output,
    clean_text,
    receive_available,
    send_frame,
)

__all__ = ["Cell", "Confinement", "Job", "Layer", "Limits", "Sandbox", "SandboxError", "Worker", "probe_layers"]

_HELLO_SECONDS = 60.0
_LOOK_SECONDS = 0.25


class Cell(Struct, frozen=True):
    """A code cell of a notebook, as Python source."""

    number: int
    source: str


class Job(Struct, frozen=True):
    """A submission for a worker: files by relative path with `/`, the student's laid over the support files.

    entry: the file to import.  cells: for a notebook, its code; it then stands in place of the entry's bytes.
    title: the name by which the student knows the entry, where that is another: the notebook of its cells.
    harness: source of the public adapters.  mode: `definitions` leaves out what runs at import.
    numpy_aliases: give names that NumPy removed their old meaning.
    """

    files: Mapping[str, bytes]
    entry: str
    support: Mapping[str, bytes] = field(default_factory=dict)
    harness: bytes | None = None
    mode: Literal["full", "definitions"] = "full"
    numpy_aliases: bool = False
    cells: tuple[Cell, ...] = ()
    title: str = ""


class Sandbox:
    """Where workers come from."""

    def __init__(self, starter: Starter, limits: Limits) -> None:
        self._starter = starter
        self._limits = limits
        self._layers: tuple[Layer, ...] = ()
        self._restarts = 0
        self._workers: list[Worker] = []
        self.notes: list[str] = []

    @classmethod
    def open(
        cls, limits: Limits | None = None, confinement: Confinement | None = None, *, fork: bool | None = None,
        for_many: bool = False,
    ) -> Sandbox:
        """Start what workers are made from; it goes on starting while the caller does other things.

        fork: whether workers are forked from a nursery (default: on Linux), else each is an interpreter of its own.
        for_many: whether it pays to load beforehand what students import. Raises SandboxError.
        """
        limits, layers = limits or Limits(), confinement or Confinement()
        fork = sys.platform == "linux" if fork is None else fork
        _seal(layers)
        if fork:
            return cls(NurseryStarter(limits, layers, for_many=for_many), limits)
        return cls(InterpreterStarter(limits, layers), limits)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """How the layers stood in the last worker, before any student code ran in it."""
        if not self._layers:
            self.worker(Job(files={}, entry="")).close()
        return self._layers

    def worker(self, job: Job) -> Worker:
        """Start a worker for `job`. Raises SandboxError."""
        frame_id = secrets.token_hex(16)
        process = self._starter.start(frame_id)
        worker = Worker(self._starter, process, job, self._limits, self.notes)
        self._workers = [other for other in self._workers if other.is_alive] + [worker]
        self._layers = worker.greet(frame_id)
        if self._starter.restarts > self._restarts:
            self._restarts = self._starter.restarts
            self.notes.append("the process that starts workers was lost and replaced")
        return worker

    def close(self) -> None:
        """End every worker and what they were made from."""
        for worker in self._workers:
            worker.close()
        self._starter.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Worker:
    """One worker process and the job it was given. After it timed out or died, ask the sandbox for another."""

    def __init__(self, starter: Starter, process: Process, job: Job, limits: Limits, notes: list[str]) -> None:
        self._starter = starter
        self._process: Process | None = process
        self._job = job
        self._limits = limits
        self._notes = notes
        self._reader = FrameReader(limits.reply_bytes)
        self._oom_kills = count_oom_kills()
        self._printed = bytearray()

    @property
    def is_alive(self) -> bool:
        """Whether the worker can still be asked."""
        return self._process is not None

    def greet(self, frame_id: str) -> tuple[Layer, ...]:
        """Wait for the worker's first word: how the layers stand. Raises SandboxError."""
        reply = self._await(frame_id, Deadline(_HELLO_SECONDS), _HELLO_SECONDS)
        if not isinstance(reply, dict) or not isinstance(reply.get("layers"), list):
            self.close()
            said = getattr(reply, "output", "")
            raise SandboxError(f"a worker did not start: {clean_text(said, 300) or reply}")
        return tuple(Layer(name, *LAYERS[name], held, reason) for name, held, reason in reply["layers"])

    def is_like(self, job: Job) -> bool:
        """Whether another job asks for nothing but another file of the same folder."""
        return replace(job, entry=self._job.entry, cells=self._job.cells, title=self._job.title) == self._job and (
            posixpath.dirname(job.entry) == posixpath.dirname(self._job.entry))

    def load_next(self, job: Job, deadline_seconds: float) -> LoadOutcome:
        """Import the entry of another job that is like its own, beside what was loaded."""
        self._job = job
        return self.load(deadline_seconds)

    def load(self, deadline_seconds: float) -> LoadOutcome:
        """Lay out the job's files and import its entry."""
        job = self._job
        reply = self._request(
            {
                "op": "load",
                "files": {**job.files, **_joined_cells(job)},
                "support": dict(job.support),
                "harness": None if job.harness is None else compile_harness(job.harness),
                "entry": job.entry,
                "mode": job.mode,
                "numpy_aliases": job.numpy_aliases,
            },
            deadline_seconds,
        )
        if not isinstance(reply, dict):
            return reply
        try:
            if reply.get("kind") == "loaded":
                return outcomes.read_loaded(reply, _encoding_notes(job), self._output())
            return outcomes.read_raised(reply, _places(job), self._output())
        except WireError as error:
            return self._reject(error)

    def call(
        self,
        *,
        inputs: Mapping[str, Any],
        function: str | None = None,
        adapter: str | None = None,
        outputs: int | None = None,
        seed: int = 0,
        deadline_seconds: float,
    ) -> CallOutcome:
        """Call one function: the harness's `adapter` with the module and named inputs, or the student's by position.

        outputs: how many values are expected, if that is known.  seed: for `random` and `numpy.random`.
        """
        if (function is None) == (adapter is None):
            raise ValueError("name either a function or an adapter")
        request = {
            "op": "call",
            "function": function,
            "adapter": adapter,
            "inputs": dict(inputs),
            "outputs": outputs,
            "seed": seed,
        }
        reply = self._request(request, deadline_seconds)
        if not isinstance(reply, dict):
            return reply
        try:
            if reply.get("kind") == "returned":
                return outcomes.read_returned(reply, inputs, self._output())
            return outcomes.read_raised(reply, _places(self._job), self._output())
        except WireError as error:
            return self._reject(error)

    def close(self) -> None:
        """End the worker and everything it started, and remove what it left."""
        self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- one request --------------------------------------------------------------------------------------------

    def _request(
        self, message: Mapping[str, Any], deadline_seconds: float
    ) -> dict[str, Any] | TimedOut | Died | Malformed:
        """Send a request under a fresh random id and wait for the frame that bears it."""
        if self._process is None:
            raise SandboxError("this worker is gone; ask the sandbox for another")
        deadline = Deadline(deadline_seconds)
        frame_id = secrets.token_hex(16)
        self._reader.forgive_noise()
        self._printed.clear()
        self._discard_output()
        try:
            send_frame(self._process.channel, frame_id, message, deadline)
        except TimeoutError:
            self._end()
            return TimedOut(deadline_seconds, "")
        except OSError:
            return self._mourn()
        return self._await(frame_id, deadline, deadline_seconds)

    def _await(
        self, frame_id: str, deadline: Deadline, deadline_seconds: float
    ) -> dict[str, Any] | TimedOut | Died | Malformed:
        assert self._process is not None
        channel, output, watch = self._process.channel, self._process.output, self._process.watch
        watched = [channel.fileno(), output.fileno(), *([] if watch is None else [watch])]
        free, next_look = free_bytes(), Deadline(_LOOK_SECONDS)
        while not deadline.has_passed():
            ready = wait_readable(watched, min(_LOOK_SECONDS, deadline.remaining_seconds()))
            if next_look.has_passed():
                next_look = Deadline(_LOOK_SECONDS)
                if self._is_filling(free):
                    return self._end_for_disk(free)
            if output.fileno() in ready and not self._read_output():
                watched.remove(output.fileno())
            is_over = watch in ready and channel.fileno() not in ready
            if channel.fileno() in ready:
                data = receive_available(channel)
                is_over = data is None
                try:
                    self._reader.feed(data or b"")
                    reply = self._reader.take(frame_id)
                except WireError as error:
                    return self._reject(error)
                if reply is not None:
                    self._read_output(rounds=8)
                    return reply
            if is_over:
                return self._mourn()
        self._read_output(rounds=8)
        ending = self._end()
        return TimedOut(deadline_seconds, self._output(), cpu_seconds=ending.cpu_seconds)

    def _is_filling(self, before: tuple[int, ...]) -> bool:
        return any(then - now > self._limits.disk_bytes for then, now in zip(before, free_bytes(), strict=False))

    def _end_for_disk(self, before: tuple[int, ...]) -> Died:
        """End a worker while free space is falling. Raises SandboxError where it was not the one who took it."""
        self._end()
        if self._is_filling(before):
            raise SandboxError("something else is filling the disk")
        return Died(None, None, False, self._output(), is_out_of_disk=True)

    def _reject(self, error: WireError) -> Malformed:
        self._end()
        return Malformed(str(error), self._output())

    def _mourn(self) -> TimedOut | Died | Malformed:
        """Say how the worker ended: its channel is closed or its process is dead."""
        assert self._process is not None
        watch = self._process.watch
        if watch is not None and not wait_readable([watch], 0.5):
            return self._reject(WireError("the worker closed its channel"))
        self._read_output(rounds=8)
        ending = self._end()
        code, limits = ending.exit_code, self._limits
        if code is None or code >= 0:
            return Died(None, code, False, self._output())
        if -code == getattr(signal, "SIGXCPU", 0) or ending.cpu_seconds >= limits.cpu_seconds:
            return TimedOut(ending.cpu_seconds, self._output(), cpu_used_up=True)
        # Only the kernel and the worker itself can send it SIGKILL.
        starved = code == -9 and (ending.peak_bytes > limits.memory_bytes // 2 or count_oom_kills() > self._oom_kills)
        return Died(-code, None, starved, self._output())

    def _end(self) -> Ending:
        process, self._process = self._process, None
        if process is None:
            return Ending(None, 0.0, 0, survivors=False, leftovers=False)
        ending = self._starter.end(process)
        if ending.survivors:
            self._notes.append("processes that a submission started could not all be ended")
        if ending.leftovers:
            self._notes.append("files that a submission left could not all be removed")
        return ending

    # --- what it prints -------------------------------------------------------------------------------------------

    def _read_output(self, rounds: int = 1) -> bool:
        """Read what was printed and keep its beginning. Return False at its end."""
        assert self._process is not None
        for _ in range(rounds):
            data = receive_available(self._process.output)
            if not data:
                return data is not None
            self._printed += data[: max(0, self._limits.output_bytes - len(self._printed))]
        return True

    def _discard_output(self) -> None:
        """Drop what was printed between requests, by a thread that was left."""
        self._read_output(rounds=64)
        self._printed.clear()

    def _output(self) -> str:
        return clean_output(bytes(self._printed), self._limits.output_bytes)


def probe_layers(confinement_: Confinement | None = None) -> tuple[Layer, ...]:
    """Return how each layer stands on this machine, in a worker started for the purpose."""
    with Sandbox.open(confinement=confinement_) as sandbox:
        return sandbox.layers


def _seal(layers: Confinement) -> None:
    if "sealed" not in layers.without:
        with suppress(confinement.NotHeld, OSError):
            confinement.seal_process()


def _joined_cells(job: Job) -> dict[str, bytes]:
    if not job.cells:
        return {}
    return {job.entry: "\n".join(cell.source for cell in job.cells).encode("utf-8", "replace")}


def _sources(job: Job) -> dict[str, Source]:
    files = {**job.files, **_joined_cells(job)}
    return {name: decode_source(data) for name, data in files.items() if name.endswith(".py") or name == job.entry}


def _encoding_notes(job: Job) -> tuple[str, ...]:
    return tuple(f"{clean_text(name, 100)}: {source.note}" for name, source in _sources(job).items() if source.note)


def _places(job: Job) -> Places:
    starts, line = [], 1
    for cell in job.cells:
        starts.append((line, cell.number))
        line += decode_source(cell.source.encode("utf-8", "replace")).text.count("\n") + 1
    return Places(_sources(job), job.entry, tuple(starts), job.title or job.entry)
