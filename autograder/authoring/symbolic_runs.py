"""Whether two programs give the same for all real numbers near drawn ones: both run on symbols, then a proof is sought.

What is proved is proved in exact arithmetic, on the paths of the given calls: for their sizes and whole numbers, and
as long as every comparison comes out as it does there. Programs are an author's own. They run in a process that is made
for them and can be killed, each on plain floats as well: what goes another way on symbols proves nothing.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from types import FrameType, ModuleType
from typing import Any, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct

from autograder.assignments import HOME
from autograder.authoring.symbols import Symbol, make_numpy, read_number
from autograder.formula.proving.proof import PROVED, Prover
from autograder.formula.values.scalars import precisely
from autograder.formula.values.tracing import NotTraceableError, Tape
from autograder.sandbox.values import split_result

SECONDS = 20.0
"""For one pair of programs; after that no other call is begun."""
HARNESS = "harness_of_the_assignment"
"""The module with the adapters, in the folder of a program."""
_PROOF_SECONDS = 10.0
_END_SECONDS = 60.0
_START = "from autograder.authoring.symbolic_runs import serve; serve()"
_SAME = 1e-6  # floats against symbols: only that both are the same computation
Line: TypeAlias = tuple[str, int]
"""A file and a line in it."""
_TOO_LONG = f"it takes more than {SECONDS:.0f} s"


class Call(Struct, frozen=True):
    """A call of a program.

    function   a name in the file; with an adapter, that is called with the module of the file instead
    inputs     in their order
    real       the inputs that are real numbers, or lists of them that are to be arrays
    returned   how many values come back
    outputs    the numbers of those that matter
    """

    file: str
    function: str
    adapter: str | None
    inputs: dict[str, Any]
    real: tuple[str, ...]
    returned: int
    outputs: tuple[int, ...]


class Request(Struct, frozen=True):
    """Two programs, each a folder with all its files, and what they are called with.

    file, changed   where the second is another than the first: lines of one file
    """

    folders: tuple[str, str]
    file: str
    changed: tuple[int, ...]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """What came of a call, and the lines that were run."""

    values: list[Any]
    lines: list[Line]


class _NoProofError(Exception):
    """Why there is no proof."""


def ask(request: Request) -> str:
    """Return why two programs cannot be proved to give the same, '' where they are; from a process of its own."""
    path = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
    try:
        done = subprocess.run([sys.executable, "-c", _START], input=msgspec.json.encode(request), capture_output=True,
                              timeout=_END_SECONDS, env={**os.environ, "PYTHONPATH": path}, check=True)
        return msgspec.json.decode(done.stdout, type=str)
    except subprocess.TimeoutExpired:
        return _TOO_LONG
    except (subprocess.CalledProcessError, msgspec.DecodeError):
        return "the process that ran it was lost"


def serve() -> None:
    """Answer one request."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    sys.stdout.buffer.write(msgspec.json.encode(find_obstacle(request)))


def find_obstacle(request: Request) -> str:
    """Return why two programs cannot be proved to give the same; '' where they are."""
    end = time.monotonic() + SECONDS
    lines: set[Line] = set()
    try:
        with Prover(_PROOF_SECONDS) as prover, precisely():
            for call in request.calls:
                if time.monotonic() > end:
                    return _TOO_LONG
                lines |= _prove(request.folders, call, prover)
    except (_NoProofError, NotTraceableError) as error:
        return str(error)
    except Exception as error:  # whatever comes of it that a program, or NumPy, is given other numbers than floats
        return f"on symbols, {type(error).__name__}: {error}"
    differing = {(f"{request.folders[1]}/{request.file}", number) for number in request.changed}
    return "" if differing & lines else "no graded case runs the line that differs"


def _prove(folders: tuple[str, str], call: Call, prover: Prover) -> set[Line]:
    """Return the lines that a call runs in the second program, once it gives the same as the first. Raises."""
    tape = Tape()
    drawn = {name: np.asarray(call.inputs[name], dtype=float) for name in call.real}
    symbols = {name: np.frompyfunc(lambda x: Symbol(tape.atom(Decimal(x))), 1, 1)(x) for name, x in drawn.items()}
    sides = []
    for folder in folders:
        floats = _run(folder, call, {name: x.copy() if x.ndim else float(x) for name, x in drawn.items()}, np)
        traced = _run(folder, call, {name: np.copy(x) if np.ndim(x) else x for name, x in symbols.items()},
                      make_numpy(tape))
        if floats.lines != traced.lines:
            raise _NoProofError("on symbols it takes another path")
        sides.append([_entries(floats.values[number], traced.values[number], tape) for number in call.outputs])
    for left, right in zip(*sides, strict=True):
        if left.shape != right.shape:
            raise _NoProofError("it gives another shape")
        if prover.prove(tape, list(zip(left.flat, right.flat, strict=True))) != PROVED:
            raise _NoProofError("no proof was found")
    return set(traced.lines)


def _entries(plain: Any, value: Any, tape: Tape) -> Any:
    """Return an output as numbers of a tape, without axes of length 1; they must be those that floats give."""
    expected, array = np.squeeze(np.asarray(plain, dtype=float)), np.squeeze(np.asarray(value, dtype=object))
    entries = [read_number(entry, tape) for entry in array.flat]
    found = np.array([float(entry.value) for entry in entries if entry is not None])
    allowed = _SAME * np.abs(expected).max(initial=0.0)
    if array.shape != expected.shape or found.size != expected.size or \
            not (np.abs(found - expected.ravel()) <= allowed).all():
        raise _NoProofError("on symbols it gives other numbers")
    return np.array(entries, dtype=object).reshape(array.shape)


# One call of one program


def _run(folder: str, call: Call, inputs: dict[str, Any], numpy: ModuleType) -> _Run:
    """Call a program that is loaded for this call alone, with what it is to have for NumPy."""
    random.seed(0)
    np.random.seed(0)
    beside, _, name = f"{folder}/{call.file}".rpartition("/")
    with _modules_of(folder, beside, numpy), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        module = importlib.import_module(name.removesuffix(".py"))
        given = {name: inputs[name] if name in inputs else copy.deepcopy(value) for name, value in call.inputs.items()}
        lines: list[Line] = []
        with _followed(folder, lines):
            if call.adapter is not None:
                result = getattr(importlib.import_module(HARNESS), call.adapter)(module, **given)
            else:
                result = getattr(module, call.function)(*given.values())
    values, names = split_result(result, call.returned)
    if names is not None:
        raise _NoProofError("its outputs come by name, which is not looked into")
    return _Run(values, lines)


@contextlib.contextmanager
def _modules_of(folder: str, beside: str, numpy: ModuleType) -> Iterator[None]:
    """Find the modules of a folder, and beside a file in it, with another NumPy to import; forget them at the end."""
    known = list(sys.path)
    sys.path[:0] = [beside, folder]
    sys.modules["numpy"] = numpy
    try:
        yield
    finally:
        sys.path[:] = known
        sys.modules["numpy"] = np
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(folder + os.sep):
                del sys.modules[name]


@contextlib.contextmanager
def _followed(folder: str, lines: list[Line]) -> Iterator[None]:
    """Write down the lines of a folder's files as they are run."""
    def follow(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        file = frame.f_code.co_filename
        if not file.startswith(folder + os.sep):
            return None
        if event == "line":
            lines.append((file, frame.f_lineno))
        return follow

    before = sys.gettrace()
    sys.settrace(follow)
    try:
        yield
    finally:
        sys.settrace(before)
