"""Start and end worker processes, from the supervisor's side: through a nursery, or one interpreter each."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from autograder.sandbox.confinement import worker_environment
from autograder.sandbox.forking import ForkedNursery, can_fork_here
from autograder.sandbox.layers import Confinement, Limits
from autograder.sandbox.wire import encode_frame

_PACKET_BYTES = 1 << 16
_START_SECONDS = 60.0
_SPAWN_SECONDS = 30.0
_RETIRE_SECONDS = 120.0
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = """import sys
sys.path.insert(0, {root!r})
from autograder.sandbox.{module} import main
sys.path.remove({root!r})
main()"""


class SandboxError(Exception):
    """The sandbox itself failed: never the student's fault."""


class Ending(Struct, frozen=True):
    """How a worker process ended, as far as it could be learned."""

    exit_code: int | None
    cpu_seconds: float
    peak_bytes: int
    survivors: bool
    leftovers: bool


class Process(Struct, frozen=True):
    """A worker process that was just started. `watch` is readable once it is dead, where the system has that."""

    channel: socket.socket
    output: socket.socket
    watch: int | None
    ward: Mapping[str, Any]


class Starter(Protocol):
    """Starts and ends worker processes."""

    restarts: int

    def start(self, frame_id: str) -> Process: ...

    def end(self, process: Process) -> Ending: ...

    def close(self) -> None: ...


def make_parent_folder() -> str:
    """Make the folder that holds the folders of workers: passable for every user, readable for none but ours."""
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
        try:
            if _is_passable(Path(base).resolve()):
                path = os.path.realpath(tempfile.mkdtemp(prefix="autograder-", dir=base))
                os.chmod(path, 0o711)
                return path
        except OSError:  # full, read-only or not there: try the next
            continue
    raise SandboxError("no folder for temporary files can be written to")


def _is_passable(folder: Path) -> bool:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return True
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _command(module: str, *arguments: str) -> list[str]:
    # Not `-I`: it would also ignore PYTHONHASHSEED, and the whole environment is ours anyway.
    return [sys.executable, "-s", "-c", _BOOT.format(root=_PACKAGE_ROOT, module=module), *arguments]


class NurseryStarter:
    """Asks a nursery for workers, and replaces the nursery when it is lost."""

    def __init__(self, limits: Limits, confinement: Confinement, *, for_many: bool) -> None:
        self._limits = limits
        self._confinement = confinement
        self._for_many = for_many
        self._folder = make_parent_folder()
        self._lock = threading.Lock()
        self.restarts = 0
        self._launch()

    def _launch(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {
            "folder": self._folder,
            "limits": asdict(self._limits),
            "without": sorted(self._confinement.without),
            "for_many": self._for_many,
        }
        inherited = dict(os.environ) if "environment" in self._confinement.without else {}
        self._nursery: subprocess.Popen[bytes] | ForkedNursery
        with theirs:
            if not self.restarts and can_fork_here():
                self._nursery = ForkedNursery(theirs.fileno(), settings, self._folder)
                self._is_ready = False
                return
            self._nursery = subprocess.Popen(
                _command("nursery", str(theirs.fileno()), json.dumps(settings)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={**inherited, **worker_environment(self._folder)},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._is_ready = False

    def start(self, frame_id: str) -> Process:
        with ExitStack() as on_failure:
            (channel, their_channel), (output, their_output) = socket.socketpair(), socket.socketpair()
            for ours in (channel, output):
                on_failure.callback(ours.close)
                ours.setblocking(False)
            with their_channel, their_output:
                descriptors = (their_channel.fileno(), their_output.fileno())
                answer, received = self._ask({"op": "spawn", "id": frame_id}, descriptors, _SPAWN_SECONDS)
            if "ward" not in answer:
                raise SandboxError(str(answer.get("error", "the nursery gave no worker")))
            on_failure.pop_all()
        return Process(channel, output, received[0] if received else None, answer["ward"])

    def end(self, process: Process) -> Ending:
        process.channel.close()
        process.output.close()
        if process.watch is not None:
            os.close(process.watch)
        answer, _ = self._ask({"op": "retire", "ward": dict(process.ward)}, (), _RETIRE_SECONDS)
        return Ending(
            exit_code=answer.get("exit_code"),
            cpu_seconds=float(answer.get("cpu_seconds", 0.0)),
            peak_bytes=int(answer.get("peak_bytes", 0)),
            survivors=bool(answer.get("survivors", True)),
            leftovers=bool(answer.get("leftovers", True)),
        )

    def close(self) -> None:
        """End the nursery and with it every worker. A second call does nothing."""
        self._control.close()
        if self._nursery.returncode is None:
            self._stop_nursery(_RETIRE_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(
        self, request: Mapping[str, Any], descriptors: tuple[int, ...], seconds: float
    ) -> tuple[dict[str, Any], list[int]]:
        """Send one request and wait for its answer; where the nursery is lost, once more with a new one."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    return self._exchange(request, descriptors, seconds)
                except (OSError, ValueError) as error:
                    self._control.close()
                    said = self._stop_nursery(0.0)
                    if attempt == 2:
                        raise SandboxError(f"the process that starts workers was lost: {said or error}") from error
                    self.restarts += 1
                    self._launch()
        raise AssertionError("unreachable")

    def _exchange(
        self, request: Mapping[str, Any], descriptors: tuple[int, ...], seconds: float
    ) -> tuple[dict[str, Any], list[int]]:
        if not self._is_ready:
            self._receive(_START_SECONDS)
            self._is_ready = True
        packet = json.dumps(request).encode("ascii")
        self._control.settimeout(seconds)
        if descriptors:
            socket.send_fds(self._control, [packet], descriptors)
        else:
            self._control.send(packet)
        return self._receive(seconds)

    def _receive(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        self._control.settimeout(seconds)
        packet, received, _, _ = socket.recv_fds(self._control, _PACKET_BYTES, 4)
        if not packet:
            raise ConnectionError("it ended")
        return json.loads(packet), received

    def _stop_nursery(self, patience_seconds: float) -> str:
        """Wait for the nursery to end by itself, then end it. Return the last line of what it said."""
        try:
            self._nursery.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self._nursery.kill()
            self._nursery.wait()
        assert self._nursery.stderr is not None
        with self._nursery.stderr as stream:
            os.set_blocking(stream.fileno(), False)
            said = (stream.read() or b"").decode("utf-8", "replace").strip()
        return said.splitlines()[-1][:300] if said else ""


class InterpreterStarter:
    """Starts a fresh interpreter for each worker, where workers cannot be forked."""

    def __init__(self, limits: Limits, confinement: Confinement) -> None:
        self._limits = limits
        self._confinement = confinement
        self._folder = make_parent_folder()
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self.restarts = 0

    def start(self, frame_id: str) -> Process:
        folder = os.path.join(self._folder, secrets.token_hex(12))
        os.mkdir(folder, 0o700)
        channel, their_channel = socket.socketpair()
        output, their_output = socket.socketpair()
        sockets = (their_channel, their_output)
        posix = os.name == "posix"
        with their_channel, their_output:
            popen = subprocess.Popen(
                _command("worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=worker_environment(folder),
                start_new_session=posix,
                pass_fds=tuple(sock.fileno() for sock in sockets) if posix else (),
            )
            channel_handle, output_handle = (_handle(sock, popen.pid) for sock in sockets)
            settings = {
                "id": frame_id,
                "channel": channel_handle,
                "output": output_handle,
                "folder": folder,
                "limits": asdict(self._limits),
                "without": sorted(self._confinement.without),
            }
            _, header, *body = encode_frame("", settings)
            assert popen.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                popen.stdin.write(b"".join([len(header).to_bytes(4, "big"), header, *body]))
                popen.stdin.close()
        channel.setblocking(False)
        output.setblocking(False)
        self._running[popen.pid] = popen
        watch = None
        with contextlib.suppress(AttributeError, OSError):  # Linux since 5.3 only
            watch = os.pidfd_open(popen.pid)
        return Process(channel, output, watch, {"pid": popen.pid, "folder": folder})

    def end(self, process: Process) -> Ending:
        process.channel.close()
        process.output.close()
        if process.watch is not None:
            os.close(process.watch)
        popen = self._running.pop(process.ward["pid"])
        exit_code = popen.poll()
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(popen.pid, signal.SIGKILL)
        else:
            popen.kill()
        if exit_code is None:
            exit_code = popen.wait()
        shutil.rmtree(process.ward["folder"], ignore_errors=True)
        return Ending(exit_code, 0.0, 0, survivors=False, leftovers=os.path.lexists(process.ward["folder"]))

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _handle(sock: socket.socket, pid: int) -> int | bytes:
    share = getattr(sock, "share", None)  # Windows hands sockets over by value
    return sock.fileno() if share is None else bytes(share(pid))


def free_bytes() -> tuple[int, ...]:
    """Return the free space of each file system that workers may write to."""
    spaces = []
    for folder in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")):
        with contextlib.suppress(OSError, AttributeError):  # AttributeError: Windows
            found = os.statvfs(folder)
            spaces.append(found.f_bavail * found.f_frsize)
    return tuple(spaces)


def count_oom_kills() -> int:
    """Return how many processes this machine has ended for want of memory since it started, 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def wait_readable(descriptors: list[int], seconds: float) -> set[int]:
    """Return which of the descriptors can be read, or none after `seconds`."""
    if not hasattr(select, "poll"):
        return set(select.select(descriptors, [], [], seconds)[0])
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(seconds * 1000)}
