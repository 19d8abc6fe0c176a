"""A submission's code, opened part by part: files -> a worker that has loaded them -> calls.

What one function breaks must not cost the next part anything. So a worker serves a part alone, or, where it goes on to
the next part or the next file, only what is right there counts: all else is asked again of a fresh one. When a file
does not load as it stands, its definitions alone are tried; when it needs names that newer NumPy no longer has, they
are put back; either is told to the student. What was found out about a file holds for the parts that follow.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from autograder.checks import sentences
from autograder.marks import State
from autograder.sandbox.outcomes import CallOutcome, Died, Loaded, LoadOutcome, Malformed, Raised, Returned, TimedOut
from autograder.sandbox.supervisor import Cell, Job, Sandbox, Worker
from autograder.spec.code import FunctionPart
from autograder.spec.faults import did_you_mean
from autograder.spec.fields import Visibility
from autograder.spec.model import Assignment, Limits, Part
from autograder.spec.suite import UnittestPart
from autograder.submission import CodeFiles, Submission, Text, take_code
from autograder.submission.definitions import leave_something_out, need_definitions_only

_GONE_FROM_NUMPY = re.compile(r"module 'numpy' has no attribute '(\w+)'|`np\.(\w+)` was removed")


class LoadFault(Struct, frozen=True):
    """Why a function cannot be called at all."""

    state: State
    feedback: tuple[str, ...]
    detail: str


class Plan(Struct, frozen=True):
    """How to load a file, as far as is known."""

    mode: Literal["full", "definitions"] = "full"
    numpy_aliases: bool = False
    notes: tuple[str, ...] = ()


class Deadline:
    """A moment on the monotonic clock after which nothing more is begun."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def cap(self, seconds: float) -> float:
        """Return the seconds that may be used: as asked, or what is left."""
        return max(0.0, min(seconds, self._end - time.monotonic()))

    @property
    def has_passed(self) -> bool:
        return time.monotonic() >= self._end


class Opened(Struct, frozen=True):
    """A worker that has loaded a file, and the names it can call."""

    worker: Worker
    file: str
    functions: tuple[str, ...]


class UsedWorker(Exception):
    """A worker that served other parts before gave something that is not right: only what a fresh one does counts."""


class OpenFunction:
    """One function of the student's, ready to be called in a worker."""

    def __init__(
        self, code: StudentCode, file: str, name: str, opened: Opened, call_seconds: float, *, is_used: bool = False
    ) -> None:
        self._code = code
        self._file = file
        self._name = name
        self._worker: Worker | None = opened.worker
        self._call_seconds = call_seconds
        self._is_used = is_used

    @property
    def is_used(self) -> bool:
        """Whether its worker served other parts before, so that only what is right counts."""
        return self._is_used

    @property
    def notes(self) -> tuple[str, ...]:
        """What the student should know about how the file was loaded."""
        return self._code.plan(self._file).notes

    def call(self, adapter: str | None, inputs: Mapping[str, Any], outputs: int) -> CallOutcome | None:
        """Call the function through an adapter, or directly; None when the submission's time is used up.

        Raises UsedWorker.
        """
        seconds = self._code.deadline.cap(self._call_seconds)
        if seconds <= 0:
            return None
        reply = self._call_once(adapter, inputs, outputs, seconds)
        if self._is_used and not isinstance(reply, Returned):
            raise UsedWorker
        if isinstance(reply, Raised) and self._code.put_back_numpy_names(self._file, reply):
            self.close()
            reply = self._call_once(adapter, inputs, outputs, seconds)
        if _may_be_by_others(reply):
            self.close()
            reply = self._call_once(adapter, inputs, outputs, seconds)
        if isinstance(reply, (TimedOut, Died, Malformed)):
            self.close()
        return reply

    def _call_once(
        self, adapter: str | None, inputs: Mapping[str, Any], outputs: int, seconds: float
    ) -> CallOutcome:
        if self._worker is None:
            opened = self._code.start(self._file)
            if isinstance(opened, Loaded):
                raise AssertionError("a file that loads gives a worker")
            if not isinstance(opened, Opened):
                return opened
            self._worker = opened.worker
        if adapter is None:
            return self._worker.call(function=self._name, inputs=dict(inputs), outputs=outputs,
                                     deadline_seconds=seconds)
        return self._worker.call(adapter=adapter.rpartition(".")[2], inputs=dict(inputs), outputs=outputs,
                                 deadline_seconds=seconds)

    def take_worker(self) -> Worker | None:
        """Give up the worker, if there still is one; who takes it closes it."""
        worker, self._worker = self._worker, None
        return worker

    def close(self) -> None:
        worker = self.take_worker()
        if worker is not None:
            worker.close()


@dataclass
class StudentCode:
    """The code of one submission."""

    sandbox: Sandbox
    code: CodeFiles
    support: Mapping[str, bytes]
    harness: bytes | None
    limits: Limits
    deadline: Deadline
    asked: frozenset[str] = frozenset()
    """The functions that the assignment asks for."""
    lets_workers_go_on: bool = False
    """Whether the worker of a part may serve the next one: for who looks at `is_fresh`, and closes this at the end."""
    is_fresh: bool = True
    """Whether the part that was opened last had a worker of its own."""
    _waiting: Opened | None = None
    """The worker whose part is done."""
    _plans: dict[str, Plan] = field(default_factory=dict)
    _faults: dict[str, LoadFault] = field(default_factory=dict)
    _defined: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: the functions that it defines."""

    @classmethod
    def of(
        cls, submission: Submission, assignment: Assignment, sandbox: Sandbox, deadline: Deadline, *,
        lets_workers_go_on: bool = False,
    ) -> StudentCode:
        """Take what the assignment asks for out of a submission, beside the assignment's own public files."""
        head = assignment.head
        every = [part for problem in assignment.problems for part in problem.parts]
        parts = [part for part in every if isinstance(part, FunctionPart)]
        code = take_code(submission, [file for part in every for file in _files_of(part)])
        # Students are told nothing about files that only parts ask for which they do not see.
        seen = [part for part in every if (part.visibility or head.visibility) is Visibility.VISIBLE]
        notes = take_code(submission, [file for part in seen for file in _files_of(part)]).notes
        code = replace(code, notes=notes)
        harness = (assignment.folder / head.harness).read_bytes() if head.harness else None
        return cls(sandbox, code, read_support(assignment), harness, head.limits, deadline,
                   frozenset(part.function for part in parts), lets_workers_go_on)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the student should know about the files, as far as they were opened."""
        return (*self.code.notes, *(note for plan in self._plans.values() for note in plan.notes))

    def plan(self, file: str) -> Plan:
        if file not in self._plans:
            self._plans[file] = self._first_plan(file)
        return self._plans[file]

    def _first_plan(self, file: str) -> Plan:
        """Run a whole file; of a notebook, where it is sure that this is enough, the definitions alone."""
        origin = self.code.origins.get(file)
        if origin is None or not need_definitions_only(origin.text, self.asked):
            return Plan()
        rest = leave_something_out(origin.text)
        return Plan("definitions", notes=(sentences.say_not_needed(origin.file),) if rest else ())

    def _shown(self, file: str) -> str:
        """Return the name by which the student knows a file."""
        return self.code.origins[file].file if file in self.code.origins else file

    @contextmanager
    def open(self, file: str, function: str, call_seconds: float | None) -> Iterator[OpenFunction | LoadFault]:
        """Give the function ready to be called, or the reason why it cannot be."""
        self.is_fresh = True
        opened: Opened | LoadFault | None = self._known_fault(file, function)
        if opened is None:
            used = self._take_used(file, function)
            self.is_fresh = used is None
            opened = used or self._open(file, function)
        if isinstance(opened, LoadFault):
            yield opened
            return
        seconds = call_seconds or self.limits.call_seconds
        handle = OpenFunction(self, file, function, opened, seconds, is_used=not self.is_fresh)
        try:
            yield handle
            worker = handle.take_worker()
            if worker is not None:
                self._let_go_on(replace(opened, worker=worker))
        finally:
            handle.close()

    def close(self) -> None:
        """End the worker that waits for a next part."""
        if self._waiting is not None:
            self._waiting.worker.close()
            self._waiting = None

    def _take_used(self, file: str, function: str) -> Opened | None:
        """Return the worker that waits, if it has the function or can load it: it ends where it does not."""
        used, self._waiting = self._waiting, None
        if used is None:
            return None
        if used.file != file:
            loaded = self._load_next(used.worker, file)
            used = Opened(used.worker, file, loaded.functions if isinstance(loaded, Loaded) else ())
        if function in used.functions:
            return used
        used.worker.close()
        return None

    def _load_next(self, worker: Worker, file: str) -> LoadOutcome | None:
        """Load another file of the same folder, where the same modules are found, in a worker that has loaded one."""
        seconds = self.deadline.cap(self.limits.import_seconds)
        job = self._job(file, self.plan(file))
        if seconds <= 0 or not worker.is_like(job):
            return None
        return worker.load_next(job, deadline_seconds=seconds)

    def _let_go_on(self, opened: Opened) -> None:
        if self.lets_workers_go_on:
            self._waiting = opened
        else:
            opened.worker.close()

    def _known_fault(self, file: str, function: str) -> LoadFault | None:
        """Return why a function cannot be called, where no worker is needed to learn it."""
        if file in self.code.missing:
            return LoadFault(State.MISSING, (self.code.missing[file],), "no such file")
        if file in self._faults:
            return self._faults[file]
        defined = self._defined.get(file)
        return None if defined is None or function in defined else self._missing_function(file, function, defined)

    def _open(self, file: str, function: str) -> Opened | LoadFault:
        opened = self.start(file)
        if not isinstance(opened, Opened):
            self._faults[file] = _load_fault(self._shown(file), opened)
            return self._faults[file]
        self._defined[file] = opened.functions
        if function in opened.functions:
            return opened
        self._let_go_on(opened)
        return self._missing_function(file, function, opened.functions)

    def _missing_function(self, file: str, function: str, defined: tuple[str, ...]) -> LoadFault:
        near = did_you_mean(function, [name for name in defined if name not in self.asked])
        said = (f"There is no function `{function}` in {self._shown(file)}{near or '.'} Its name must be exactly that "
                "of the starter.")
        return LoadFault(State.MISSING, (said, *self.plan(file).notes), f"defined: {', '.join(sorted(defined)[:40])}")

    def start(self, file: str) -> Opened | LoadOutcome:
        """Load a file in a new worker, in the first way that works; return what stood in the way of the last."""
        plan = self.plan(file)
        outcome = self._load(file, plan)
        if isinstance(outcome, Raised) and self.put_back_numpy_names(file, outcome):
            plan = self.plan(file)
            outcome = self._load(file, plan)
        if not isinstance(outcome, Opened) and plan.mode == "full" and not _is_hopeless(outcome):
            note = sentences.say_definitions_only(self._shown(file), outcome)
            plan = replace(plan, mode="definitions", notes=(*plan.notes, note))
            retried = self._load(file, plan)
            if isinstance(retried, Opened):
                self._plans[file] = plan
                return retried
        return outcome

    def _load(self, file: str, plan: Plan) -> Opened | LoadOutcome:
        seconds = self.deadline.cap(self.limits.import_seconds)
        if seconds <= 0:
            return TimedOut(0.0, "")
        worker = self.sandbox.worker(self._job(file, plan))
        outcome = worker.load(deadline_seconds=seconds)
        if isinstance(outcome, Loaded):
            return Opened(worker, file, outcome.functions)
        worker.close()
        return outcome

    def _job(self, file: str, plan: Plan) -> Job:
        origin = self.code.origins.get(file)
        return Job(files=self.code.files, support=self.support, harness=self.harness, entry=file, mode=plan.mode,
                   numpy_aliases=plan.numpy_aliases, cells=_cells(origin) if origin else (), title=self._shown(file))

    def put_back_numpy_names(self, file: str, raised: Raised) -> bool:
        """Say whether an exception is about a name that newer NumPy has removed, and plan to put such names back."""
        plan = self.plan(file)
        match = _GONE_FROM_NUMPY.search(raised.message)
        if raised.error != "AttributeError" or match is None or plan.numpy_aliases:
            return False
        note = sentences.say_old_numpy(match[1] or match[2], raised.frames)
        self._plans[file] = replace(plan, numpy_aliases=True, notes=(*plan.notes, note))
        return True


def _files_of(part: Part) -> tuple[str, ...]:
    if isinstance(part, FunctionPart):
        return (part.file,)
    return part.files if isinstance(part, UnittestPart) else ()


def read_support(assignment: Assignment) -> dict[str, bytes]:
    """Return the starter's files that are laid beside every submission, by path."""
    head = assignment.head
    if head.starter is None:
        return {}
    root = assignment.folder / head.starter
    files = [file for name in head.support for file in ([root / name] if (root / name).is_file() else
                                                        sorted((root / name).rglob("*.py")))]
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def _cells(text: Text) -> tuple[Cell, ...]:
    """Cut text that was put together from a notebook into its cells again."""
    lines = text.text.split("\n")
    starts = [piece.first_line - 1 for piece in text.pieces]
    return tuple(
        Cell(piece.cell or 0, "\n".join(lines[start:end]))
        for piece, start, end in zip(text.pieces, starts, [*starts[1:], len(lines)], strict=True)
    )


def _may_be_by_others(reply: CallOutcome) -> bool:
    """Whether a call ended in a way that other programs on this machine can bring about.

    The worker had little of a processor until its deadline, or the disk was filling while it ran.
    """
    if isinstance(reply, TimedOut):
        return reply.cpu_seconds is not None and reply.cpu_seconds < 0.5 * reply.seconds
    return isinstance(reply, Died) and reply.is_out_of_disk


def _is_hopeless(outcome: LoadOutcome) -> bool:
    """Whether a file cannot be loaded in any way, because it is no Python at all."""
    return isinstance(outcome, Raised) and outcome.error in ("SyntaxError", "IndentationError", "TabError")


def _load_fault(file: str, outcome: LoadOutcome) -> LoadFault:
    said = sentences.say_load_failure(file, outcome)
    if isinstance(outcome, TimedOut):
        return LoadFault(State.TIMED_OUT, (said,), "the import did not end")
    if isinstance(outcome, Raised):
        state = State.OUT_OF_MEMORY if outcome.is_out_of_memory else State.RAISED
        return LoadFault(state, (said,), f"{outcome.error}: {outcome.message}")
    if isinstance(outcome, Died) and outcome.is_out_of_memory:
        return LoadFault(State.OUT_OF_MEMORY, (said,), "out of memory during the import")
    return LoadFault(State.RAISED, (said,), repr(outcome))
