"""The layers of the wall by name: what each protects, and what is lost without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use."""

    cpu_seconds: int = 300
    memory_bytes: int = 512 << 20  # beyond what Python and NumPy map themselves
    file_bytes: int = 64 << 20
    disk_bytes: int = 1 << 30  # by which free space may fall during one request
    open_files: int = 128
    processes: int = 128  # threads and processes together
    stack_bytes: int = 64 << 20
    output_bytes: int = 64 << 10  # kept of what is printed in one call
    reply_bytes: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the wall, as it stands in a worker."""

    name: str
    protects: str
    lost: str
    held: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Confinement:
    """The layers to put up: all of them, except those named in `without` (for tests)."""

    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = set(self.without) - set(LAYERS)
        if unknown:
            raise ValueError(f"no such layer: {', '.join(sorted(unknown))}")


# name: (what it protects, what is lost without it)
LAYERS: dict[str, tuple[str, str]] = {
    "process": (
        "Student code runs in a process of its own; only arrays come back.",
        "Nothing holds: student code could read and change the grader.",
    ),
    "environment": (
        "The environment holds a dozen harmless names.",
        "Tokens and paths in the grader's environment can be read.",
    ),
    "session": (
        "The worker is a session of its own: no terminal, no signals by group.",
        "Signals to a process group reach the grader, and its terminal can be written to.",
    ),
    "descriptors": (
        "No open file of the grader is inherited.",
        "Files that the grader has open can be read and written.",
    ),
    "folder": (
        "The worker starts in a fresh folder of its own.",
        "Files are read and written where the grader runs.",
    ),
    "limits": (
        "CPU time, memory, file size and open files of the worker are bounded.",
        "One submission can use up the machine's memory, disk or time.",
    ),
    "processes": (
        "The number of processes and threads is bounded.",
        "A fork bomb can stop the machine, unless seccomp holds.",
    ),
    "user": (
        "The worker runs as a user that owns nothing and was never used before.",
        "The worker can read and change what the grader's user can, unless Landlock and seccomp hold.",
    ),
    "privileges": (
        "No program can raise the worker's privileges, and none are left to it.",
        "A set-user-id program gives the worker privileges.",
    ),
    "sealed": (
        "Memory and environment of the worker and of the process that forks it are closed to others.",
        "A process of the same user can read and change their memory.",
    ),
    "lifeline": (
        "The worker dies with the process that forked it.",
        "A worker can outlive a grader that was killed.",
    ),
    "landlock": (
        "Only the libraries can be read, only the worker's own folder written; no TCP, no signals to others.",
        "Every file that is readable for the worker's user can be read, tests and reference included.",
    ),
    "seccomp": (
        "No network, no other programs, no tracing, no signals to others; processes only under an own user.",
        "The worker can use the network and other programs, and start processes under the grader's user.",
    ),
}
