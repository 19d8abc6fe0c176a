"""Where a rehearsal runs: a folder or a chroot, held to the size of one of the platform's containers.

A control group does the holding and the measuring; where none can be made, a run goes on without and says so.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_PERIOD_MICROSECONDS = 100_000
# Joins the groups named first, then becomes the command: its process id stays the one that was started.
_JOIN = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ >"$1" || exit 125; shift; n=$((n - 1)); done; exec "$@"'
# In a mount namespace of its own, so that nothing stays mounted whatever happens.
_ENTER = """
root=$1; n=$2; shift 2
mount -t proc proc "$root/proc" || exit 125
[ -c "$root/dev/null" ] || mount --rbind /dev "$root/dev" || exit 125
while [ "$n" -gt 0 ]; do
  mkdir -p "$root$1" && mount --bind "$1" "$root$1" && mount -o remount,ro,bind "$root$1" || exit 125
  shift; n=$((n - 1))
done
exec chroot "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$@"
"""


@dataclass(frozen=True, slots=True)
class Size:
    """What a container gives; the platform's default is 0.5 CPU and 768 MB."""

    cpus: float
    memory_mb: int


DEFAULT_SIZE = Size(0.5, 768)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that holds `autograder/`, or a whole system to change root into.

    lent: folders of this machine that are put, read-only, at the same place in the chroot.
    """

    root: Path
    is_chroot: bool = False
    lent: tuple[Path, ...] = ()

    @property
    def platform(self) -> Path:
        """The folder that stands for /autograder, as seen from here."""
        return self.root / "autograder"

    @property
    def platform_inside(self) -> str:
        """The same folder as seen from within."""
        return "/autograder" if self.is_chroot else str(self.platform)

    def wrap(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` in the platform's folder."""
        if not self.is_chroot:
            return list(command)
        lent = [str(path) for path in self.lent]
        enter = ["sh", "-c", _ENTER, "sh", str(self.root), str(len(lent)), *lent]
        return ["unshare", "--mount", *enter, self.platform_inside, *command]


class Group:
    """A control group of version 1 or 2 for one run, or nothing where none can be made."""

    def __init__(self, folders: Sequence[Path], held: Size | None, reason: str = "") -> None:
        self._folders = tuple(folders)
        self.held = held
        """What it holds its processes to; None where it only measures, or is not there."""
        self.reason = reason
        """Why it does not hold them to what was asked; empty where it does."""

    @classmethod
    def make(cls, size: Size | None) -> Group:
        """Make a group that holds what joins it to `size`, or only measures it."""
        name = f"autograder-{os.getpid()}-{secrets.token_hex(4)}"
        folders: list[Path] = []
        try:
            if (_CGROUPS / "cgroup.controllers").exists():
                folders = [_CGROUPS / name]
                folders[0].mkdir()
                _hold_v2(folders[0], size)
            else:
                for controller in ("memory", "cpu"):
                    (_CGROUPS / controller / name).mkdir()
                    folders.append(_CGROUPS / controller / name)
                _hold_v1(folders[0], folders[1], size)
        except OSError as error:
            cls(folders, None).close()
            return cls((), None, f"no control group can be made here ({error.strerror})")
        return cls(folders, size)

    def wrap(self, command: Sequence[str]) -> list[str]:
        """Return the command that joins the group and becomes `command`."""
        if not self._folders:
            return list(command)
        entries = [str(folder / "cgroup.procs") for folder in self._folders]
        return ["sh", "-c", _JOIN, "sh", str(len(entries)), *entries, *command]

    @property
    def peak_bytes(self) -> int | None:
        """The most memory that all its processes held together; None where it is not known."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            with suppress(IndexError, OSError, ValueError):
                return int((self._folders[0] / name).read_text())
        return None

    def processes(self) -> list[int]:
        """Return the processes that are in the group now."""
        found: set[int] = set()
        for folder in self._folders:
            with suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        return sorted(found)

    def close(self) -> None:
        """End what is left in the group, as the platform does with the container, and remove the group."""
        for _ in range(200):
            left = self.processes()
            for pid in left:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                break
            time.sleep(0.01)
        for folder in self._folders:
            for _ in range(50):  # the kernel lets go of a group a moment after its last process
                with suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    break
                time.sleep(0.01)


def _hold_v1(memory: Path, cpu: Path, size: Size | None) -> None:
    if size is not None:
        (memory / "memory.limit_in_bytes").write_text(str(size.memory_mb << 20))
        (cpu / "cpu.cfs_period_us").write_text(str(_PERIOD_MICROSECONDS))
        (cpu / "cpu.cfs_quota_us").write_text(str(int(size.cpus * _PERIOD_MICROSECONDS)))


def _hold_v2(folder: Path, size: Size | None) -> None:
    if size is not None:
        (folder / "memory.max").write_text(str(size.memory_mb << 20))
        (folder / "cpu.max").write_text(f"{int(size.cpus * _PERIOD_MICROSECONDS)} {_PERIOD_MICROSECONDS}")
