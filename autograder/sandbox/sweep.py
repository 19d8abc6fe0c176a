"""End what a worker started and remove what it left. Runs in the process that forks workers.

Where workers have users of their own, it becomes such a user to do it: the kernel then lets it end and remove what that
user owns and nothing else, whatever links or races were laid out.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import stat
import time
from collections.abc import Iterator

_SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
_MOST_BYTES = 1 << 16  # of a file in /proc; those that are read here come in one piece
_MAX_DEPTH = 3  # of folders of others in which everybody may write


@contextlib.contextmanager
def acting_as(uid: int, killer: int) -> Iterator[None]:
    """Be `uid`, without any power of root, for as long as the block lasts. For root, in a process of one thread.

    The real user is `killer`, a user that nobody else has, and only the saved one stays root. With `uid` as effective
    user this process may signal that user's processes, while they may not signal it.
    """
    groups = os.getgroups()
    try:
        os.setgroups([])
        os.setresgid(uid, uid, 0)
        os.setresuid(killer, uid, 0)
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


def can_act_as(uid: int, killer: int) -> bool:
    """Return whether this process can really become `uid` and back, and has no power of root in between."""
    try:
        with acting_as(uid, killer):
            return os.getresuid() == (killer, uid, 0) and _effective_capabilities() == 0
    except OSError:
        return False


def kill_all_as(uid: int, killer: int) -> None:
    """Send an end to every process of `uid`; those that are just being forked need another."""
    with acting_as(uid, killer), contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)


def remove_all_as(uid: int, killer: int, folder: str, end: float) -> None:
    """Empty a worker's folder and remove what else `uid` owns where everybody may write, until the moment `end`."""
    with acting_as(uid, killer):
        empty_folder(folder, end)
        for shared in _SHARED_FOLDERS:
            _remove_owned_below(shared, uid, _MAX_DEPTH, end)


def has_processes(uid: int) -> bool:
    """Return whether another process of `uid` is alive (zombies do not count)."""
    with contextlib.suppress(PermissionError):
        try:
            os.getpriority(os.PRIO_USER, uid)
        except ProcessLookupError:  # the kernel knows of none, and looks faster than a walk through /proc
            return False
    others = (pid for pid in _process_ids() if pid != os.getpid())
    return any(uid in _users(pid) and _state(pid) != "Z" for pid in others)


def count_tasks(uid: int) -> int:
    """Return how many threads the processes of `uid` have together."""
    return sum(_threads(pid) for pid in _process_ids() if uid in _users(pid))


def users_in_use() -> set[int]:
    """Return every user of a process that exists now."""
    found: set[int] = set()
    for entry in _process_ids():
        found |= _users(entry)
    return found


def kill_orphans(spare: set[int]) -> int:
    """End this process's children other than `spare`: what dead workers left to their reaper. Return how many.

    A child's id cannot be anybody else's before this process has waited for it.
    """
    own, ended = os.getpid(), 0
    listed = _lines(f"/proc/{own}/task/{own}/children")  # fresher than a walk through /proc, if the kernel has it
    children = map(int, listed[0].split()) if listed else (pid for pid in _process_ids() if _parent(pid) == own)
    for child in children:
        if child not in spare:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
                ended += 1
    return ended


def empty_folder(path: str, end: float) -> None:
    """Remove everything in the folder `path`, at any depth, without following links, until the monotonic moment `end`.

    Nested folders are moved up first, one level at a time, so neither depth nor path length matters.
    """
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return
        os.chmod(path, 0o700)
        base = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            changed = True
            while changed and time.monotonic() < end:
                changed = sum(_remove_entry(base, name) for name in os.listdir(base) if time.monotonic() < end) > 0
        finally:
            os.close(base)


def _remove_entry(base: int, name: str) -> bool:
    """Remove `name` or move what it holds up into `base`. Return whether anything changed."""
    try:
        if not stat.S_ISDIR(os.stat(name, dir_fd=base, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=base)
            return True
        os.chmod(name, 0o700, dir_fd=base)
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=base)
        try:
            for child in os.listdir(folder):
                _lift(folder, child, base)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=base)
    except OSError:
        return False
    return True


def _lift(folder: int, child: str, base: int) -> None:
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.stat(child, dir_fd=folder, follow_symlinks=False).st_mode):
            os.chmod(child, 0o700, dir_fd=folder)  # moving a folder writes to it
            os.rename(child, secrets.token_hex(12), src_dir_fd=folder, dst_dir_fd=base)
        else:
            os.unlink(child, dir_fd=folder)


def _remove_owned_below(folder: str, uid: int, depth: int, end: float) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        with contextlib.suppress(OSError):
            found = entry.stat(follow_symlinks=False)
            is_folder = stat.S_ISDIR(found.st_mode)
            if found.st_uid != uid:
                if is_folder and found.st_mode & stat.S_IWOTH and depth:
                    _remove_owned_below(entry.path, uid, depth - 1, end)
            elif is_folder:
                empty_folder(entry.path, end)
                os.rmdir(entry.path)
            else:
                os.unlink(entry.path)


# --- /proc ----------------------------------------------------------------------------------------------------


def _process_ids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _users(pid: int) -> set[int]:
    # The owner of /proc/PID is root for a process that is not dumpable: read the four users instead.
    _, _, rest = _read(f"/proc/{pid}/status").partition(b"\nUid:")  # a line break in the name before it is escaped
    return {int(word) for word in rest.partition(b"\n")[0].split()}


def _effective_capabilities() -> int:
    _, _, rest = _read("/proc/self/status").partition(b"\nCapEff:")
    return int(rest.partition(b"\n")[0] or b"-1", 16)


def _threads(pid: int) -> int:
    fields = _stat_fields(pid)
    return int(fields[17]) if len(fields) > 17 else 0


def _state(pid: int) -> str:
    fields = _stat_fields(pid)
    return fields[0] if fields else "Z"


def _parent(pid: int) -> int:
    fields = _stat_fields(pid)
    return int(fields[1]) if len(fields) > 1 else 0


def _stat_fields(pid: int) -> list[str]:
    # The name of the program is in brackets and may hold anything: what follows its last bracket is ours.
    return " ".join(_lines(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _lines(path: str) -> list[str]:
    return _read(path).decode("utf-8", "replace").splitlines()


def _read(path: str) -> bytes:
    # Without the layers of `open`: it is done for every process there is, after every worker.
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _MOST_BYTES)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
