"""What can come of a request to a worker, checked before anybody believes it."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.exceptions
from msgspec import Struct

from autograder.sandbox.source import Source
from autograder.sandbox.wire import WireError, clean_text

PROBLEMS = frozenset({"none", "text", "object", "ragged", "deep", "large", "error"})
MAX_VALUES = 64
_MAX_NAMES = 4000
_ERROR_NAMES = frozenset(
    name
    for module in (builtins, numpy.exceptions, np.linalg)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_FUNCTION = re.compile(r"[^\W\d]\w*|<(?:lambda|module|listcomp|dictcomp|setcomp|genexpr)>")


class Frame(Struct, frozen=True):
    """A place in the student's files. For a notebook, `cell` is set and `line` counts within it."""

    file: str
    line: int
    function: str
    text: str
    column: int | None = None
    cell: int | None = None


class Value(Struct, frozen=True):
    """One returned value: a plain array, or what it was instead.

    problem: none (it was None), text, object (not numbers), ragged, deep, large, error (it refused conversion).
    shape and dtype are those before conversion; where there is an array, only long doubles differ.
    """

    array: np.ndarray[Any, Any] | None
    type_name: str
    dtype: str
    shape: tuple[int, ...] | None
    problem: str | None
    note: str = ""


class Loaded(Struct, frozen=True):
    """The submission is imported. `functions` are the callable names it defines, `others` the rest."""

    functions: tuple[str, ...]
    others: tuple[str, ...]
    notes: tuple[str, ...]
    restored_numpy_names: tuple[str, ...]
    output: str
    warnings: tuple[str, ...]
    seconds: float


class Returned(Struct, frozen=True):
    """A call returned. `keys` names the values where it returned a dict; `container` is the type it returned."""

    values: tuple[Value, ...]
    keys: tuple[str, ...] | None
    container: str
    changed_inputs: tuple[str, ...]
    output: str
    warnings: tuple[str, ...]
    seconds: float


class Raised(Struct, frozen=True):
    """Student code raised. `error` is always the name of a built-in or NumPy exception; innermost frame last."""

    error: str
    message: str
    frames: tuple[Frame, ...]
    output: str
    warnings: tuple[str, ...]
    seconds: float

    @property
    def is_out_of_memory(self) -> bool:
        return self.error in ("MemoryError", "_ArrayMemoryError")


class TimedOut(Struct, frozen=True):
    """No reply by the deadline, or the worker's CPU time is used up. The worker is gone."""

    seconds: float
    output: str
    cpu_used_up: bool = False
    cpu_seconds: float | None = None
    """Processor time that the worker had in all, where it was ended at a deadline."""


class Died(Struct, frozen=True):
    """The worker ended without a reply. One of `signal` and `exit_code` is set, unless neither could be learned."""

    signal: int | None
    exit_code: int | None
    is_out_of_memory: bool
    output: str
    is_out_of_disk: bool = False


class Malformed(Struct, frozen=True):
    """Something that is no reply came back. The worker is gone."""

    reason: str
    output: str


LoadOutcome = Loaded | Raised | TimedOut | Died | Malformed
CallOutcome = Returned | Raised | TimedOut | Died | Malformed


class Places(Struct, frozen=True):
    """The student's files as the supervisor read them, so that no line of source comes from the worker."""

    sources: Mapping[str, Source]
    entry: str
    cells: tuple[tuple[int, int], ...]  # (first line in the joined text, number of the cell)
    title: str = ""  # what the student calls the entry

    def frame(self, file: str, line: int, function: str, column: int | None = None) -> Frame:
        text = clean_text(self.sources[file].line(line), 200)
        function = function if _FUNCTION.fullmatch(function) and not keyword.iskeyword(function) else ""
        if file == self.entry and self.cells:
            first, cell = max((start, number) for start, number in self.cells if start <= max(line, 1))
            return Frame(self.title or file, line - first + 1, function, text, column, cell)
        return Frame(file, line, function, text, column)


def read_loaded(reply: Mapping[str, Any], notes: tuple[str, ...], output: str) -> Loaded:
    """Check a reply to `load`; `notes` are the supervisor's own. Raises WireError."""
    return Loaded(
        functions=_names(reply.get("functions")),
        others=_names(reply.get("others")),
        notes=(*notes, *_texts(reply.get("notes"), 300)),
        restored_numpy_names=_names(reply.get("restored")),
        output=output,
        warnings=_texts(reply.get("warnings"), 200),
        seconds=_seconds(reply),
    )


def read_returned(reply: Mapping[str, Any], inputs: Mapping[str, Any], output: str) -> Returned:
    """Check a reply to `call`. Raises WireError."""
    values, keys = reply.get("values"), reply.get("keys")
    if not isinstance(values, list) or len(values) > MAX_VALUES:
        raise WireError("no list of values")
    if keys is not None and (not isinstance(keys, list) or len(keys) != len(values)):
        raise WireError("keys that do not fit the values")
    changed = _texts(reply.get("changed"), 100)
    return Returned(
        values=tuple(_value(item) for item in values),
        keys=None if keys is None else _texts(keys, 100),
        container=clean_text(reply.get("container"), 60) or "?",
        changed_inputs=tuple(name for name in inputs if name in changed),
        output=output,
        warnings=_texts(reply.get("warnings"), 200),
        seconds=_seconds(reply),
    )


def read_raised(reply: Mapping[str, Any], places: Places, output: str) -> Raised:
    """Check a report of an exception. Raises WireError."""
    error, frames, column = reply.get("error"), reply.get("frames", []), reply.get("column")
    if not isinstance(frames, list) or len(frames) > 50:
        raise WireError("no list of frames")
    found = [frame for item in frames if (frame := _frame(item, places)) is not None]
    if found and type(column) is int and 0 < column < 10_000:
        last = found[-1]
        found[-1] = Frame(last.file, last.line, last.function, last.text, column, last.cell)
    return Raised(
        error=error if isinstance(error, str) and error in _ERROR_NAMES else "Exception",
        message=clean_text(reply.get("message"), 500),
        frames=tuple(found),
        output=output,
        warnings=_texts(reply.get("warnings"), 200),
        seconds=_seconds(reply),
    )


def _frame(item: Any, places: Places) -> Frame | None:
    if not isinstance(item, list) or len(item) != 3:
        raise WireError("a frame that is none")
    file, line, function = item
    if not isinstance(file, str) or type(line) is not int or not isinstance(function, str):
        raise WireError("a frame that is none")
    if file not in places.sources or not 0 <= line < 10**7:
        return None
    return places.frame(file, line, function)


def _value(item: Any) -> Value:
    if not isinstance(item, dict):
        raise WireError("a value that is none")
    array, problem, shape = item.get("array"), item.get("problem"), item.get("shape")
    if (array is None) == (problem is None):
        raise WireError("a value with neither array nor problem")
    if array is not None and not isinstance(array, np.ndarray):
        raise WireError("an array that is none")
    if problem is not None and not (isinstance(problem, str) and problem in PROBLEMS):
        raise WireError("an unknown problem")
    if shape is not None and not (
        isinstance(shape, list) and len(shape) <= 64 and all(type(n) is int and n >= 0 for n in shape)
    ):
        raise WireError("an impossible shape")
    if array is not None:
        shape = list(array.shape)
    return Value(
        array=array,
        type_name=clean_text(item.get("type"), 60) or "?",
        dtype=clean_text(item.get("dtype"), 40),
        shape=None if shape is None else tuple(shape),
        problem=problem,
        note=clean_text(item.get("note"), 200),
    )


def _names(items: Any) -> tuple[str, ...]:
    if not isinstance(items, list) or len(items) > _MAX_NAMES:
        raise WireError("no list of names")
    return tuple(name for name in items if isinstance(name, str) and name.isidentifier() and len(name) <= 100)


def _texts(items: Any, limit: int) -> tuple[str, ...]:
    if not isinstance(items, list) or len(items) > 1000:
        raise WireError("no list of texts")
    return tuple(clean_text(item, limit) for item in items)


def _seconds(reply: Mapping[str, Any]) -> float:
    seconds = reply.get("seconds")
    return float(seconds) if isinstance(seconds, float) and 0 <= seconds < 1e6 else 0.0
