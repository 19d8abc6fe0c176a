"""What a worker may do: layers, each tried, each then checked, each recorded as held or not with the reason.

`prepare` runs once, in the process that forks workers. `confine` runs in each worker before it sees anything
of a student. A layer that the machine lacks is reported; the others still hold.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import stat
import struct
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.sandbox import landlock, seccomp, sweep
from autograder.sandbox.layers import LAYERS, Confinement, Layer, Limits

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_SHARED_MEMORY = "/dev/shm"


class NotHeld(Exception):
    """A layer cannot be put up here; the text says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who and where a worker is."""

    uid: int | None  # None: stays the grader's user
    folder: str
    parent_pid: int | None  # None: was not forked


@dataclass(frozen=True, slots=True)
class Plan:
    """What is prepared once for all workers of a nursery."""

    limits: Limits
    without: frozenset[str]
    mapped_bytes: int
    syscalls: seccomp.Filter | None
    rules: tuple[landlock.Rule, ...]
    libraries: Mapping[str, int | None]  # open where the worker's user could not reach them by path
    needs_landlock: tuple[int, ...]  # those of them that would lead to more than libraries
    libc: ctypes.CDLL | None
    other_user: bool

    @property
    def lacks_libraries(self) -> bool:
        """Whether there are library folders that a worker can reach neither by path nor by a descriptor."""
        return self.other_user and any(
            fd is None and _closed_ancestor(Path(path)) is not None for path, fd in self.libraries.items())

    def library_paths(self) -> dict[str, str]:
        """Return each library folder with the path by which a worker reaches it."""
        return {path: path if fd is None else f"/proc/self/fd/{fd}" for path, fd in self.libraries.items()}


# --- once, in the nursery ---------------------------------------------------------------------------------------


def prepare(limits: Limits, confinement: Confinement, *, other_user: bool) -> Plan:
    """Look at the machine and open what every worker needs."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    try:
        syscalls = seccomp.build_filter(own_user=other_user) if libc else None
    except seccomp.Unsupported:
        syscalls = None
    # The locks of `multiprocessing` lie in shared memory. Under a user of its own a worker cannot touch what others
    # keep there, and what it leaves is removed by owner. In /tmp lie other people's files, repositories among them,
    # which everybody may read: what honest programs open there goes to the worker's folder instead (see `loading`).
    granted = dict.fromkeys(_readable_paths(), landlock.Access.READ)
    granted |= dict.fromkeys((*((_SHARED_MEMORY,) if other_user else ()), "/dev/null"), landlock.Access.ALL)
    rules = []
    for path, access in granted.items() if libc else ():
        with contextlib.suppress(OSError):
            rules.append(landlock.Rule.open(path, access))
    libraries, needs_landlock = _open_libraries(confinement.without) if other_user else ({}, ())
    return Plan(
        limits=limits,
        without=confinement.without,
        mapped_bytes=_address_space_bytes(),
        syscalls=syscalls,
        rules=tuple(rules),
        libraries={**dict.fromkeys(library_folders()), **libraries},
        needs_landlock=needs_landlock,
        libc=libc,
        other_user=other_user,
    )


def library_folders() -> list[str]:
    """Return the folders that modules are imported from: the standard library and what is installed, nothing else."""
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [str(Path(path) / "lib-dynload") for path in paths[:2]]
    paths.append(str(Path(np.__file__).parent.parent))
    return [path for path in dict.fromkeys(paths) if path and os.path.isdir(path)]


def _readable_paths() -> list[str]:
    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share", "/etc/ld.so.cache"]
    devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random"]
    facts = ["/etc/localtime", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"]
    return [*library_folders(), str(Path(sys.base_prefix) / "lib"), *system, *devices, *facts]


def _address_space_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 256 << 20
    return pages * os.sysconf("SC_PAGE_SIZE")


def _open_libraries(without: frozenset[str]) -> tuple[dict[str, int], tuple[int, ...]]:
    """Open the library folders that another user cannot reach by path (Python may live under a closed home).

    A descriptor leads past the closed folder, and by `..` to all that lies between. Where that is more than Python
    itself, it takes Landlock to make it safe; without Landlock late imports fail there. Return the folders with
    their descriptors, and the descriptors that need Landlock.
    """
    opened: dict[str, int] = {}
    needs_landlock: list[int] = []
    has_landlock = "landlock" not in without and landlock.abi(ctypes.CDLL(None, use_errno=True)) > 0
    safe_parents = {Path(prefix).parent for prefix in (sys.prefix, sys.base_prefix)}
    for path in library_folders():
        blocking = _closed_ancestor(Path(path))
        if blocking is None or not (has_landlock or blocking in safe_parents):
            continue
        with contextlib.suppress(OSError):
            opened[path] = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            if blocking not in safe_parents:
                needs_landlock.append(opened[path])
    return opened, tuple(needs_landlock)


def _closed_ancestor(path: Path) -> Path | None:
    for folder in (path, *path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


# --- in the worker ------------------------------------------------------------------------------------------------


def confine(plan: Plan, identity: Identity, keep: tuple[int, ...]) -> tuple[Layer, ...]:
    """Put up every layer around the calling process and return how they stand.

    keep: descriptors that stay open. The order matters: the user changes before the limits that count by user,
    before the death signal and the seal, which a change of user resets; seccomp comes last, it forbids the rest.
    Raises PermissionError where the plan counts on another user and this process could not become it.
    """
    _prefer_as_victim()
    steps: dict[str, Callable[[], str]] = {
        "process": lambda: f"process {os.getpid()}",
        "environment": lambda: _scrub_environment(identity.folder),
        "session": _leave_session,
        "descriptors": lambda: _close_descriptors(plan, keep),
        "folder": lambda: _enter_folder(identity.folder),
        "user": lambda: _change_user(identity.uid),
        "sealed": lambda: seal_process(plan.libc),
        "lifeline": lambda: _die_with_parent(plan, identity.parent_pid),
        "limits": lambda: _limit_resources(plan),
        "processes": lambda: _limit_processes(plan, identity),
        "privileges": lambda: _give_up_privileges(plan),
        "landlock": lambda: _restrict_files(plan, identity.folder),
        "seccomp": lambda: _restrict_calls(plan),
    }
    layers = {name: _try_layer(name, step, plan.without) for name, step in steps.items()}
    for rule in plan.rules:
        os.close(rule.descriptor)
    if identity.uid is not None and not layers["user"].held:
        raise PermissionError(layers["user"].reason)  # the other layers are looser for a user of its own
    if not layers["landlock"].held:
        for descriptor in plan.needs_landlock:
            os.close(descriptor)
    return tuple(layers[name] for name in LAYERS)


def _try_layer(name: str, step: Callable[[], str], without: frozenset[str]) -> Layer:
    if name in without:
        return Layer(name, *LAYERS[name], held=False, reason="switched off")
    try:
        return Layer(name, *LAYERS[name], held=True, reason=step())
    except (NotHeld, landlock.Unavailable, OSError, ValueError, AttributeError) as error:
        # AttributeError: a call that this platform's os or signal module does not have.
        return Layer(name, *LAYERS[name], held=False, reason=str(error))


SETTINGS: Mapping[str, str] = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",  # each further arena maps 64 MB of the address space that is limited
    "PYTHONHASHSEED": "0",  # a rerun iterates over sets in the same order
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""The part of a worker's environment that takes effect when a process starts; `run_autograder` sets it as well."""


def worker_environment(folder: str) -> dict[str, str]:
    """Return the environment of a worker whose folder is `folder`."""
    inherited = ("SYSTEMROOT",) if sys.platform == "win32" else ()  # Windows cannot open sockets without it
    return {
        **{name: os.environ[name] for name in inherited if name in os.environ},
        **SETTINGS,
        "PATH": "/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "PWD": folder,
        "USER": "student",
        "LOGNAME": "student",
        "MPLBACKEND": "Agg",
    }


def _scrub_environment(folder: str) -> str:
    wanted = worker_environment(folder)
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)
    return f"{len(wanted)} names"


def _leave_session() -> str:
    if os.getsid(0) != os.getpid():
        os.setsid()
    return "own session and process group"


def _close_descriptors(plan: Plan, keep: tuple[int, ...]) -> str:
    if resource is None:
        raise NotHeld("this system inherits handles by list, and the list is empty")
    own = {*keep, *(fd for fd in plan.libraries.values() if fd is not None), *(rule.descriptor for rule in plan.rules)}
    top = 3
    for descriptor in sorted(own | {3}):
        os.closerange(top, descriptor)
        top = max(top, descriptor + 1)
    os.closerange(top, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 16))
    return f"{len(keep)} kept"


def _enter_folder(folder: str) -> str:
    os.chdir(folder)
    return "own, empty"


def _prefer_as_victim() -> None:
    """Let the kernel end this process first when memory runs out. Possible only until the user changes."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _change_user(uid: int | None) -> str:
    if uid is None:
        raise NotHeld("the grader does not run as root, or no other user can be had here")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if set(os.getresuid()) != {uid} or set(os.getresgid()) != {uid}:
        raise NotHeld("the change of user had no effect")
    return f"user {uid}"


def seal_process(libc: ctypes.CDLL | None = None) -> str:
    """Close this process's memory to others of its user. Raises NotHeld or OSError."""
    if sys.platform != "linux":
        raise NotHeld("only on Linux")
    libc = libc or ctypes.CDLL(None, use_errno=True)
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    return "not dumpable"


def _die_with_parent(plan: Plan, parent_pid: int | None) -> str:
    if plan.libc is None:
        raise NotHeld("only on Linux")
    _prctl(plan.libc, _PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent_pid is not None and os.getppid() != parent_pid:
        os._exit(1)  # the parent died before the line above
    return "dies with its parent"


def _limit_resources(plan: Plan) -> str:
    if resource is None:
        raise NotHeld("this system has no resource limits")
    limits = plan.limits
    wanted = {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 1),
        resource.RLIMIT_FSIZE: (limits.file_bytes, limits.file_bytes),
        resource.RLIMIT_NOFILE: (limits.open_files, limits.open_files),
        resource.RLIMIT_STACK: (limits.stack_bytes, limits.stack_bytes),
        resource.RLIMIT_AS: (plan.mapped_bytes + limits.memory_bytes,) * 2,
    }
    missing = [kind for kind, pair in wanted.items() if not _set_limit(kind, pair)]
    if missing:
        raise NotHeld(f"{len(missing)} of {len(wanted)} limits were refused")
    return f"{limits.cpu_seconds} s CPU, {limits.memory_bytes >> 20} MB, files of {limits.file_bytes >> 20} MB"


def _set_limit(kind: int, pair: tuple[int, int]) -> bool:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        pair = (min(pair[0], hard), min(pair[1], hard))
    try:
        resource.setrlimit(kind, pair)
    except (OSError, ValueError):
        return False
    return resource.getrlimit(kind) == pair


def _limit_processes(plan: Plan, identity: Identity) -> str:
    if resource is None or sys.platform != "linux":
        raise NotHeld("only on Linux")
    used = 0
    if os.geteuid() == 0:
        raise NotHeld("root is not counted")
    if identity.uid is None:  # the kernel counts every task of the user
        used = sweep.count_tasks(os.getuid())
    if not _set_limit(resource.RLIMIT_NPROC, (used + plan.limits.processes,) * 2):
        raise NotHeld("refused")
    return f"{plan.limits.processes} beyond {used}" if used else f"{plan.limits.processes}"


def _give_up_privileges(plan: Plan) -> str:
    if plan.libc is None:
        raise NotHeld("only on Linux")
    _prctl(plan.libc, _PR_SET_NO_NEW_PRIVS, 1)
    if os.geteuid() != 0:
        return "no new privileges"
    # Still root (no other user could be had): keep the name, lose the powers.
    for capability in range(64):
        plan.libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, nothing = struct.pack("<Ii", 0x20080522, 0), bytes(24)
    if plan.libc.capset(header, nothing) != 0:
        raise NotHeld("root's capabilities could not be dropped")
    return "no new privileges, no capabilities"


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}): {os.strerror(ctypes.get_errno())}")


def _restrict_files(plan: Plan, folder: str) -> str:
    if plan.libc is None:
        raise NotHeld("only on Linux")
    rules = [*plan.rules, landlock.Rule.open(folder, landlock.Access.ALL)]
    with contextlib.suppress(OSError):
        rules.append(landlock.Rule.open("/proc/self", landlock.Access.READ))
    abi = landlock.restrict(plan.libc, rules)
    with contextlib.suppress(PermissionError):
        os.listdir("/")
        raise NotHeld("the root folder can still be listed")
    return f"ABI {abi}" + ("" if abi >= 6 else ", signals and abstract sockets not covered")


def _restrict_calls(plan: Plan) -> str:
    if plan.libc is None:
        raise NotHeld("only on Linux")
    if plan.syscalls is None:
        raise NotHeld("there is no filter for this kind of processor")
    seccomp.install(plan.syscalls.for_process(os.getpid()), plan.libc)
    with contextlib.suppress(PermissionError):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
        raise NotHeld("a socket can still be opened")
    return "filter installed"
