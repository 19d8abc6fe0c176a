"""Run a command and measure it whole: with all the processes that it started and waited for."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.gradescope.container import Group


@dataclass(frozen=True)
class Usage:
    """What one run took. Memory is that of all its processes together, of the largest where that is not known."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


class RunFailed(Exception):
    """The command did not end well; the text holds the last it said."""


def measure(command: Sequence[str], cwd: Path, accepted: frozenset[int] = frozenset({0})) -> Usage:
    """Run a command in `cwd` with nothing on its input. Raises RunFailed for an exit code that is not accepted."""
    group = Group.make(None)
    activated = {**os.environ, "PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        with open(cwd / ".said", "wb") as said:
            started = time.perf_counter()
            process = subprocess.Popen(group.wrap(command), cwd=cwd, env=activated,
                                       stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            wall_seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        peak_bytes = group.peak_bytes or used.ru_maxrss * 1024
    finally:
        group.close()
    if process.returncode not in accepted:
        text = (cwd / ".said").read_text(errors="replace")[-1500:]
        raise RunFailed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{text}")
    return Usage(wall_seconds, used.ru_utime + used.ru_stime, peak_bytes)


def median(runs: Sequence[Usage]) -> Usage:
    """Return the median of each figure by itself."""
    return Usage(statistics.median(run.wall_seconds for run in runs),
                 statistics.median(run.cpu_seconds for run in runs),
                 int(statistics.median(run.peak_bytes for run in runs)))


def describe_machine() -> str:
    """Say what the figures were taken on, and how busy it was."""
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()} {platform.release()}, " \
           f"Python {platform.python_version()}{load}"
