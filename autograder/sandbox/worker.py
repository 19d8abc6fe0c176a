"""The worker: lays out one submission, loads it, calls its functions and sends back what they returned.

It holds no reference and no verdict. Student code shares its process and may change anything here; all it can
gain is a reply, and a reply is only numbers.
"""

from __future__ import annotations

import builtins
import io
import os
import random
import signal
import socket
import sys
import time
import types
import warnings
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np

from autograder.sandbox import confinement, loading, values
from autograder.sandbox.layers import Confinement, Layer, Limits
from autograder.sandbox.wire import FrameReader, clean_text, decode_message, encode_frame, gather

MAX_REQUEST_BYTES = 512 << 20
MAX_FRAMES = 12
MAX_FAILURES = 100
MAX_WARNINGS = 12
_CHUNK_BYTES = 1 << 18
_SLACK_BYTES = 1 << 16
_seconds = time.perf_counter
_encode_frame, _gather, _type_name = encode_frame, gather, values.type_name
_describe_all, _split_result = values.describe_all, values.split_result
_seed_numpy, _seed_random, _cancel_timer = np.random.seed, random.seed, getattr(signal, "setitimer", None)
_is_posix, _dup2, _ndarray = os.name == "posix", os.dup2, np.ndarray
_public_errors = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


class Worker:
    """One job in one process."""

    def __init__(
        self,
        channel: socket.socket,
        output: socket.socket,
        folder: str,
        libraries: Mapping[str, str],
        reply_bytes: int,
    ) -> None:
        self._channel = channel
        self._folder = folder
        self._libraries = libraries
        self._output = output
        self._reply_bytes = reply_bytes
        self._streams: dict[str, io.TextIOBase] = {}
        self._reader = FrameReader(MAX_REQUEST_BYTES)
        self._is_prepared = False
        self._module: types.ModuleType | None = None
        self._harness: types.ModuleType | None = None
        self._spare_memory: bytearray | None = bytearray(1 << 20)

    def serve(self) -> NoReturn:
        """Answer requests until the channel ends. Never returns: nothing that student code left to run at exit runs."""
        failures = 0
        while failures < MAX_FAILURES:
            try:
                frame_id, request = self._next_request()
            except EOFError:
                break
            except BaseException:  # a signal handler of the student's raised here, or the channel is broken
                failures += 1
                continue
            failures = 0
            self._answer(frame_id, request)
        os._exit(0)

    def _next_request(self) -> tuple[str, dict[str, Any]]:
        while True:
            frame_id = self._reader.next_id()
            request = self._reader.take(frame_id) if frame_id else None
            if frame_id and request is not None:
                return frame_id, request
            data = self._channel.recv(_CHUNK_BYTES)
            if not data:
                raise EOFError
            self._reader.feed(data)

    def _answer(self, frame_id: str, request: dict[str, Any]) -> None:
        caught: list[str] = []
        self._restore_streams()
        started = _seconds()
        try:
            with warnings.catch_warnings():
                pass  # forgets which warnings were given, so that each request reports its own
            warnings.showwarning = _collect_into(caught)
            reply = self._load(request) if request["op"] == "load" else self._call(request)
        except BaseException as error:  # SystemExit, KeyboardInterrupt, GeneratorExit and all others are replies
            self._spare_memory = None
            try:
                reply = self._report(error)
            except BaseException:  # most likely there is still no memory
                reply = {"kind": "raised", "error": _public_name(error), "message": ""}
        reply["seconds"] = _seconds() - started
        reply["warnings"] = caught
        self._calm_down()
        self._send(frame_id, reply)

    def _send(self, frame_id: str, reply: dict[str, Any]) -> None:
        try:
            buffers = _encode_frame(frame_id, reply)
        except BaseException as error:  # memory is short, or the reply is odd: say so in a small frame
            buffers = _encode_frame(frame_id, {"kind": "raised", "error": _public_name(error), "message": ""})
        for buffer in _gather(buffers):
            self._channel.sendall(buffer)

    def _calm_down(self) -> None:
        """Undo what would disturb the next request: traces, timers, a lost stdout."""
        sys.settrace(None)
        sys.setprofile(None)
        if _cancel_timer is not None:
            _cancel_timer(signal.ITIMER_REAL, 0)
        for name in ("stdout", "stderr"):
            with suppress(BaseException):
                getattr(sys, name).flush()
        if self._spare_memory is None:
            with suppress(MemoryError):
                self._spare_memory = bytearray(1 << 20)

    def _restore_streams(self) -> None:
        """Make prints go to the supervisor, whatever the last request did to them."""
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            if _is_posix:
                with suppress(OSError):
                    _dup2(self._output.fileno(), descriptor)
            ours = self._streams.get(name)
            if ours is None or not _is_as_opened(ours) or getattr(sys, name, None) is not ours:
                self._streams[name] = self._open_stream(descriptor)
                setattr(sys, name, self._streams[name])

    def _open_stream(self, descriptor: int) -> io.TextIOBase:
        try:
            raw: Any = io.FileIO(descriptor, "w", closefd=False) if _is_posix else self._output.makefile("wb", 0)
        except OSError:  # even the socket is lost
            return io.StringIO()
        return io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", line_buffering=True)

    # --- requests ------------------------------------------------------------------------------------------

    def _load(self, request: dict[str, Any]) -> dict[str, Any]:
        files = {**request["support"], **request["files"]}
        if request["entry"] not in files:
            raise FileNotFoundError(f"there is no {request['entry']}")
        entry = os.path.join(self._folder, *request["entry"].split("/"))
        notes = loading.lay_out(files, self._folder)
        if not self._is_prepared:
            loading.prepare_imports(self._folder, os.path.dirname(entry), self._libraries)
            loading.provide_notebook_names()
            loading.keep_temporary_files(self._folder)
            self._is_prepared = True
        restored = loading.restore_numpy_names() if request["numpy_aliases"] else []
        if request["harness"] is not None and self._harness is None:
            self._harness = loading.load_harness(request["harness"])
        with suppress(OSError):
            os.chdir(os.path.dirname(entry))
        sys.argv[:] = [entry]
        _seed_numpy(0)
        _seed_random(0)
        pruned = request["mode"] == "definitions"
        self._module = loading.load_entry(entry, files[request["entry"]], definitions_only=pruned)
        functions, others = _public_names(self._module)
        return {"kind": "loaded", "functions": functions, "others": others, "notes": notes, "restored": restored}

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._module is None:
            raise RuntimeError("nothing is loaded")
        inputs: dict[str, Any] = request["inputs"]
        before = {name: _state_of(value) for name, value in inputs.items()}
        _seed_numpy(request["seed"])
        _seed_random(request["seed"])
        if request["adapter"] is not None:
            result = getattr(self._harness, request["adapter"])(self._module, **inputs)
        else:
            result = getattr(self._module, request["function"])(*inputs.values())
        items, keys = _split_result(result, request["outputs"])
        return {
            "kind": "returned",
            "values": _describe_all(items, self._reply_bytes - _SLACK_BYTES),
            "keys": keys,
            "container": _type_name(result),
            "changed": [name for name, value in inputs.items() if _state_of(value) != before[name]],
        }

    # --- failures ------------------------------------------------------------------------------------------

    def _report(self, error: BaseException) -> dict[str, Any]:
        """Return a message about an exception: a public name, its text on one line, frames in the student's files."""
        frames: deque[list[Any]] = deque(maxlen=MAX_FRAMES)  # the innermost ones
        column = None
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if path := self._relative(code.co_filename):
                frames.append([path, trace.tb_lineno, clean_text(code.co_name, 80)])
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and (path := self._relative(error.filename)):
            frames.append([path, _count_or(error.lineno, 0), ""])
            column = _count_or(error.offset, None)
        return {
            "kind": "raised",
            "error": _public_name(error),
            "message": self._message(error),
            "frames": list(frames),
            "column": column,
        }

    def _relative(self, filename: object) -> str | None:
        if type(filename) is str and filename.startswith(self._folder + os.sep):
            return filename[len(self._folder) + 1 :].replace(os.sep, "/")
        return None

    def _message(self, error: BaseException) -> str:
        try:
            text = error.msg if isinstance(error, SyntaxError) else str(error)
        except BaseException:  # __str__ of a student's class may raise anything
            return "(its message cannot be shown)"
        if not isinstance(text, str):
            return ""
        return clean_text(str.replace(text[:4000], self._folder + os.sep, ""), 500)


def run(
    channel: socket.socket,
    output: socket.socket,
    frame_id: str,
    layers: tuple[Layer, ...],
    folder: str,
    plan: confinement.Plan,
) -> NoReturn:
    """Say how the layers stand, then serve. output: where prints go."""
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    warnings.simplefilter("default")  # once: filters that the student sets must last
    worker = Worker(channel, output, folder, plan.library_paths(), plan.limits.reply_bytes)
    report = [[layer.name, layer.held, layer.reason] for layer in layers]
    for buffer in encode_frame(frame_id, {"kind": "hello", "layers": report}):
        channel.sendall(buffer)
    worker.serve()


def _is_as_opened(stream: io.TextIOBase) -> bool:
    try:
        return not stream.closed and stream.encoding == "utf-8"
    except ValueError:  # its buffer was taken away
        return False


def _collect_into(caught: list[str]) -> Callable[..., None]:
    def show(message: object, category: type[Warning], filename: str, lineno: int, *rest: object) -> None:
        if len(caught) < MAX_WARNINGS:
            caught.append(clean_text(f"{category.__name__}: {message}", 200))

    return show


def _public_names(module: types.ModuleType) -> tuple[list[str], list[str]]:
    names = [name for name in list(vars(module)) if type(name) is str and name.isidentifier() and len(name) <= 100]
    names = [name for name in names if not name.startswith("__")][:2000]
    functions = [name for name in names if callable(vars(module)[name])]
    return functions, [name for name in names if name not in set(functions)]


def _public_name(error: BaseException) -> str:
    """Return the name of the first class of the exception that Python or NumPy defines."""
    for kind in type.__dict__["__mro__"].__get__(type(error)):
        module, name = kind.__dict__.get("__module__", "builtins"), values.type_name_of_class(kind)
        if name in _public_errors and getattr(builtins, name, None) is kind:
            return name
        if isinstance(module, str) and module.split(".")[0] == "numpy":
            return name
    return "Exception"


def _state_of(value: Any) -> Any:
    """Return what of an input a function may change: nothing of a number or a text."""
    if type(value) is _ndarray:
        return value.dtype.str, value.shape, value.tobytes()
    if value is None or isinstance(value, (bool, int, float, str)):
        return None
    return b"".join(_encode_frame("", {"": value}))


def _count_or(value: object, otherwise: int | None) -> int | None:
    return value if type(value) is int and 0 <= value < 10**9 else otherwise


def main() -> NoReturn:
    """Run a worker in a fresh interpreter, where workers cannot be forked. Its instructions come on stdin."""
    instructions = sys.stdin.buffer.read()
    size = int.from_bytes(instructions[:4], "big")
    settings = decode_message(instructions[4 : 4 + size], instructions[4 + size :])
    sock = _adopt(settings["channel"])
    output = _adopt(settings["output"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    plan = confinement.prepare(
        Limits(**settings["limits"]),
        Confinement(frozenset(settings["without"])),
        other_user=False,
    )
    identity = confinement.Identity(uid=None, folder=settings["folder"], parent_pid=None)
    layers = confinement.confine(plan, identity, keep=(sock.fileno(), output.fileno()))
    run(sock, output, settings["id"], layers, settings["folder"], plan)


def _adopt(description: Any) -> socket.socket:
    if isinstance(description, bytes):
        return socket.fromshare(description)  # type: ignore[attr-defined,no-any-return]  # Windows
    return socket.socket(fileno=description)
