"""The process that forks workers: it holds NumPy and this side of the package, and never a secret.

It is a fresh interpreter, or a fork of a grader that has not read anything yet (see `forking`).

The supervisor asks over a socket of packets, one request and one answer at a time. When that socket ends,
however the supervisor died, every worker and everything workers left behind is removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import secrets
import select
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from autograder.sandbox import confinement, loading, sweep, worker
from autograder.sandbox.confinement import Identity, Plan
from autograder.sandbox.layers import Confinement, Limits

PACKET_BYTES = 1 << 16
_SWEEP_SECONDS = 60.0
_PR_SET_CHILD_SUBREAPER = 36
# What students import most: loaded once for many workers, and where workers cannot reach the standard library's folder.
_PRELOADED = """argparse bisect collections copy csv dataclasses datetime decimal functools glob heapq inspect itertools
    json locale logging math mmap operator pathlib pickle pprint queue random re shutil statistics string subprocess
    tempfile textwrap threading timeit traceback typing unittest uuid warnings numpy.testing""".split()  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ward:
    """A worker that this nursery forked."""

    pid: int
    uid: int | None
    killer: int | None
    folder: str


class Nursery:
    """Forks workers, ends them, and cleans up after them."""

    def __init__(self, control: socket.socket, parent_folder: str, limits: Limits, confinement_: Confinement) -> None:
        self._control = control
        self._parent_folder = parent_folder
        self._wards: dict[int, Ward] = {}
        self._ended: dict[int, dict[str, Any]] = {}
        self._spare_user = None if "user" in confinement_.without else self._find_users()
        self._plan: Plan = confinement.prepare(limits, confinement_, other_user=self._spare_user is not None)

    @property
    def lacks_libraries(self) -> bool:
        """Whether workers will not be able to import what is not loaded before they are forked."""
        return self._plan.lacks_libraries

    def move_libraries(self) -> None:
        """Let modules that are loaded here find in workers what belongs to them."""
        loading.move_libraries(self._plan.library_paths())

    def serve(self) -> None:
        """Answer requests until the supervisor is gone, then end every worker."""
        while True:
            if not select.select([self._control], [], [], 10.0)[0]:
                self._collect()
                continue
            try:
                packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 4)
            except ConnectionError:
                break
            if not packet:
                break
            request = json.loads(packet)
            if request["op"] == "spawn":
                self._spawn(request, descriptors)
            else:
                self._reply(self._retire(Ward(**request["ward"])))
        for ward in list(self._wards.values()):
            self._retire(ward)
        with contextlib.suppress(OSError):
            os.rmdir(self._parent_folder)

    def _reply(self, answer: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        packet = json.dumps(answer).encode("ascii")
        if descriptors:
            socket.send_fds(self._control, [packet], descriptors)
        else:
            self._control.send(packet)

    # --- a new worker -----------------------------------------------------------------------------------------

    def _spawn(self, request: dict[str, Any], descriptors: list[int]) -> None:
        uid, killer = self._next_users()
        own_pid = os.getpid()
        folder = os.path.join(self._parent_folder, secrets.token_hex(12))
        try:
            os.mkdir(folder, 0o700)
            if uid is not None:
                os.chown(folder, uid, uid)
            pid = os.fork()
        except OSError as error:
            self._reply({"error": f"no worker could be started: {error.strerror}"})
            with contextlib.suppress(OSError):
                os.rmdir(folder)
            for descriptor in descriptors:
                os.close(descriptor)
            return
        if pid == 0:
            self._become_worker(request["id"], descriptors, Identity(uid, folder, own_pid))
        self._wards[pid] = Ward(pid, uid, killer, folder)
        for descriptor in descriptors:
            os.close(descriptor)
        watch = _open_pidfd(pid)
        self._reply({"ward": asdict(self._wards[pid])}, () if watch is None else (watch,))
        if watch is not None:
            os.close(watch)

    def _become_worker(self, frame_id: str, descriptors: list[int], identity: Identity) -> NoReturn:
        try:
            self._control.detach()
            channel, output = descriptors
            null = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((null, 0), (output, 1), (output, 2)):
                os.dup2(source, target)
            os.close(null)
            layers = confinement.confine(self._plan, identity, keep=(channel, output))
            worker.run(
                socket.socket(fileno=channel),
                socket.socket(fileno=output),
                frame_id,
                layers,
                identity.folder,
                self._plan,
            )
        finally:
            os._exit(70)

    def _find_users(self) -> int | None:
        """Return where the users of workers begin, if a process can really become one of them here."""
        first = _first_spare_user()
        if first is None or not sweep.can_act_as(first, first + 1):
            return None
        return first

    def _next_users(self) -> tuple[int | None, int | None]:
        """Return a user for a worker and one for who ends it, neither of which owns a process."""
        if self._spare_user is None:
            return None, None
        uid = self._spare_user
        busy = sweep.users_in_use() if uid < 1 << 20 else set()
        while uid in busy or uid + 1 in busy:
            uid += 2
        self._spare_user = uid + 2
        return uid, uid + 1

    # --- its end ------------------------------------------------------------------------------------------------

    def _retire(self, ward: Ward) -> dict[str, Any]:
        """Kill a worker and all that it started, remove what it left, and say how it ended.

        The worker may be that of an earlier nursery, which died: then only what its user left can be found.
        """
        if self._is_running(ward):
            with contextlib.suppress(OSError):
                os.kill(ward.pid, signal.SIGKILL)
        survivors = self._sweep_orphans(ward) if ward.uid is None else self._sweep_user(ward)
        with contextlib.suppress(OSError):
            os.rmdir(ward.folder)
        self._wards.pop(ward.pid, None)
        return {**self._ended.pop(ward.pid, {}), "survivors": survivors, "leftovers": os.path.lexists(ward.folder)}

    def _sweep_user(self, ward: Ward) -> bool:
        """End everything of the worker's user and remove its files. Return whether anything lives on."""
        assert ward.uid is not None
        assert ward.killer is not None
        end = time.monotonic() + _SWEEP_SECONDS
        pause_seconds = 0.0002
        while True:
            sweep.kill_all_as(ward.uid, ward.killer)
            self._collect()
            if not (self._is_running(ward) or sweep.has_processes(ward.uid)):
                break
            if time.monotonic() > end:
                return True
            time.sleep(pause_seconds)
            pause_seconds = min(0.01, pause_seconds * 1.5)
        sweep.remove_all_as(ward.uid, ward.killer, ward.folder, end)
        return False

    def _sweep_orphans(self, ward: Ward) -> bool:
        """End the worker and everything that came to this process when its parents died."""
        end = time.monotonic() + _SWEEP_SECONDS
        orphans = 1
        while orphans or self._is_running(ward):
            self._collect()
            orphans = sweep.kill_orphans(set(self._wards))
            if time.monotonic() > end:
                break
            time.sleep(0.0005)
        sweep.empty_folder(ward.folder, end)
        return orphans > 0

    def _is_running(self, ward: Ward) -> bool:
        """Whether a worker of this nursery was not reaped yet, which tells how it ended."""
        return ward.pid in self._wards and ward.pid not in self._ended

    def _collect(self) -> None:
        """Reap whatever ended, and remember how workers did."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid in self._wards:
                    self._ended[pid] = {
                        "exit_code": os.waitstatus_to_exitcode(status),
                        "cpu_seconds": usage.ru_utime + usage.ru_stime,
                        "peak_bytes": usage.ru_maxrss * 1024,
                    }


def _open_pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):  # Linux before 5.3
        return None


def _first_spare_user() -> int | None:
    """Return where to take users for workers from, or None where this process cannot change its user.

    Far above what systems hand out where the user namespace maps that many, else below its end.
    """
    if os.geteuid() != 0:
        return None
    try:
        lines = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    except OSError:
        return None
    start, _, count = max(lines, key=lambda line: line[2])
    if start + count > 1 << 30:
        return (1 << 29) + 2 * secrets.randbelow(1 << 28)
    if count >= 8192:
        return start + count - 6000 + 2 * secrets.randbelow(2000)
    return None


def main() -> NoReturn:
    """Run a nursery. argv: the control descriptor, then the settings."""
    serve(int(sys.argv[1]), json.loads(sys.argv[2]))


def serve(control_descriptor: int, settings: dict[str, Any]) -> NoReturn:
    """Make this process a nursery."""
    control = socket.socket(fileno=control_descriptor)
    _reset_signals()
    if sys.platform == "linux":
        if "sealed" not in settings["without"]:
            with contextlib.suppress(confinement.NotHeld, OSError):
                confinement.seal_process()
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    limits = Limits(**settings["limits"])
    nursery = Nursery(control, settings["folder"], limits, Confinement(frozenset(settings["without"])))
    for name in _PRELOADED if settings["for_many"] or nursery.lacks_libraries else ():
        importlib.import_module(name)
    nursery.move_libraries()
    sys.path_importer_cache.clear()  # as each worker must: done here, it copies no pages there
    gc.freeze()  # a collection in a worker then leaves the shared pages alone
    control.send(b"{}")
    nursery.serve()
    os._exit(0)


def _reset_signals() -> None:
    # Ignored and blocked signals are inherited through exec: a grader that ignores SIGTERM would pass that on.
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE, signal.SIGXFSZ}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
