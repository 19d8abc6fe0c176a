"""Fork the nursery off the grader itself, as long as that holds no more than a fresh interpreter would.

Python and NumPy are then started once for a submission, not twice. It takes a grader that was started for it, as
`run_autograder` does: with few variables in its environment, which everything below it can read, and with the settings
that workers need, which hold for the whole life of a process.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

from autograder.sandbox.confinement import SETTINGS, worker_environment

HARMLESS = frozenset({"TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TIMEOUT_SECONDS"})
"""Variables that a grader may have over and above those of a worker."""
_GRADERS_SIDE = frozenset({
    "autograder.gradescope", "autograder.gradescope.__main__", "autograder.sandbox.forking",
    "autograder.sandbox.outcomes", "autograder.sandbox.processes", "autograder.sandbox.supervisor",
})
_WORKERS_SIDE = frozenset({
    "autograder", "autograder.sandbox", *(f"autograder.sandbox.{name}" for name in (
        "confinement", "landlock", "layers", "seccomp", "source", "sweep", "wire")),
})
"""What the grader's side needs as well; the rest of it is loaded after the fork."""


def can_fork_here() -> bool:
    """Say whether this process may become a nursery: nothing was loaded, and nobody gave it anything to keep."""
    if sys.platform != "linux" or sys.flags.hash_randomization or len(os.listdir("/proc/self/task")) > 1:
        return False
    names = os.environ.keys()
    is_bare = names <= {*worker_environment(""), *HARMLESS} and SETTINGS.items() <= dict(os.environ).items()
    loaded = {name for name in sys.modules if name.partition(".")[0] == "autograder"}
    return is_bare and loaded <= _GRADERS_SIDE | _WORKERS_SIDE


class ForkedNursery:
    """A nursery that was forked off this process, with as much of Popen as is used of one."""

    def __init__(self, control_descriptor: int, settings: Mapping[str, Any], folder: str) -> None:
        said, their_stderr = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become_nursery(control_descriptor, dict(settings), folder, their_stderr)
        os.close(their_stderr)
        self.stderr = open(said, "rb")  # noqa: SIM115  (closed by who reads it)
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        end = None if timeout is None else time.monotonic() + timeout
        pause_seconds = 0.0002
        while self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
            elif end is not None and time.monotonic() >= end:
                raise subprocess.TimeoutExpired("nursery", timeout or 0.0)
            else:
                time.sleep(pause_seconds)
                pause_seconds = min(0.01, pause_seconds * 1.5)
        return self.returncode

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)


def _become_nursery(control_descriptor: int, settings: dict[str, Any], folder: str, stderr: int) -> NoReturn:
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for source, target in ((null, 0), (null, 1), (stderr, 2)):
            os.dup2(source, target)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) != control_descriptor:
                _close(int(name))
        os.chdir("/")
        os.environ.clear()
        os.environ.update(worker_environment(folder))
        tempfile.tempdir = None  # the grader's own was remembered
        gc.enable()
        from autograder.sandbox import nursery

        for name in _GRADERS_SIDE & sys.modules.keys():
            del sys.modules[name]
        nursery.serve(control_descriptor, settings)
    except BaseException:  # whatever it is: the grader's own code must not go on here
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:  # it was the one that listed them
        return
