"""A seccomp filter as pure bytes, for x86_64 and aarch64: no library, no compiler.

The filter forbids what homework never needs. It is a list of refusals, so that an odd but harmless call of
an honest program goes through; calls newer than the list are answered as if the kernel did not have them.
Where a worker has a user of its own it may start processes and signal them (an honest `multiprocessing.Pool`
does): the kernel keeps it from all others, and whatever it started can be found by that user and ended.
Numbers: the kernel's asm/unistd_64.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from dataclasses import dataclass

# Loads, jumps and returns of classic BPF, and the offsets of `struct seccomp_data`.
_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_BITS, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NEWEST_KNOWN = 462
_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_PR_SET_PDEATHSIG = 1
_PID_PLACEHOLDER = 0x7EADBEEF

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# name: (x86_64, aarch64); None where the architecture does not have the call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other programs
    "execve": (59, 221), "execveat": (322, 281),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272), "tkill": (200, 130),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "ioprio_set": (251, 30), "move_pages": (279, 239), "migrate_pages": (256, 238),
    # the network, and sockets of other programs
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    # memory and channels that outlive the process or no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # watching files of others
    "inotify_init": (253, None), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    # wide and often broken surfaces of the kernel
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "seccomp": (317, 277),
    "personality": (135, 92), "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "lookup_dcookie": (212, 18),
    # the machine
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58),
}  # fmt: skip

# Calls whose first argument names a process. They are fine for the worker itself.
_SIGNALS = {"kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240)}
_SCHEDULING = {
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "prlimit64": (302, 261),
}  # fmt: skip
_FORK = {"fork": (57, None), "vfork": (58, None)}
_SETPRIORITY, _SOCKETPAIR, _PRCTL, _CLONE, _CLONE3 = (141, 140), (53, 199), (157, 167), (56, 220), (435, 435)

# Where the worker has the grader's own user, these would work on the grader's files, and Landlock does not
# cover them. They do nothing and report success, so that `shutil.copy` in honest code goes on working.
_PRETENDED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip


class Unsupported(Exception):
    """There is no filter for this machine."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled filter in which the worker's own process id is still open."""

    template: bytes

    def for_process(self, pid: int) -> bytes:
        """Return the program for the process `pid`."""
        return self.template.replace(struct.pack("<I", _PID_PLACEHOLDER), struct.pack("<I", pid))


def build_filter(*, own_user: bool, machine: str | None = None) -> Filter:
    """Build the filter for `machine` (default: this one). Raises Unsupported for others.

    own_user: whether the worker has a user that nobody else has.
    """
    machine = machine or os.uname().machine
    if machine not in _ARCHITECTURES or sys.byteorder != "little":
        raise Unsupported(f"no filter for {machine}")
    audit, column = _ARCHITECTURES[machine]
    refuse = _give(_ERRNO | errno.EPERM)
    program = [_op(_LOAD, _ARCH), _jump(_JUMP_EQUAL, audit, 1, 0), _give(_KILL), _op(_LOAD, _NUMBER)]
    # Numbers of the x32 interface lie above every known one, too.
    program += [_jump(_JUMP_GREATER, _NEWEST_KNOWN, 0, 1), _give(_ERRNO | errno.ENOSYS)]
    for numbers in _REFUSED.values():
        program += _when(numbers[column], [refuse])
    if not own_user:
        for numbers in _PRETENDED.values():
            program += _when(numbers[column], [_give(_ERRNO)])
        for numbers in _FORK.values():
            program += _when(numbers[column], [refuse])
        for pair in _SIGNALS.values():
            program += _when(pair[column], _only_values(0, False))
    for pair in _SCHEDULING.values():
        program += _when(pair[column], _only_values(0, True))
    program += _when(_SETPRIORITY[column], [*_unless_equal(0, 0, refuse), *_only_values(1, True)])
    program += _when(_SOCKETPAIR[column], [*_unless_equal(0, _AF_UNIX, refuse), _give(_ALLOW)])
    program += _when(_PRCTL[column], [_argument(0), _jump(_JUMP_EQUAL, _PR_SET_PDEATHSIG, 0, 1), refuse, _give(_ALLOW)])
    # Threads are always welcome. clone3 hides its flags in memory: glibc then falls back to clone.
    no_namespace = [_argument(0), _jump(_JUMP_BITS, _CLONE_NAMESPACES, 0, 1), refuse]
    only_threads = [] if own_user else [_jump(_JUMP_BITS, _CLONE_THREAD, 1, 0), refuse]
    program += _when(_CLONE[column], [*no_namespace, *only_threads, _give(_ALLOW)])
    program += _when(_CLONE3[column], [_give(_ERRNO | errno.ENOSYS)])
    program.append(_give(_ALLOW))
    return Filter(b"".join(program))


def install(program: bytes, libc: ctypes.CDLL) -> None:
    """Put the calling thread under `program`. Raises OSError. Needs no_new_privs."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    description = Program(len(program) // 8, program)
    if libc.prctl(22, 2, ctypes.byref(description), 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        code = ctypes.get_errno()
        raise OSError(code, f"prctl(PR_SET_SECCOMP): {errno.errorcode.get(code, code)}")


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return _op(code, value, if_true, if_false)


def _give(action: int) -> bytes:
    return _op(_RETURN, action)


def _argument(index: int) -> bytes:
    # The low half: process ids, flags and families are 32 bits wide for the kernel, too.
    return _op(_LOAD, _FIRST_ARGUMENT + 8 * index)


def _when(number: int | None, then: list[bytes]) -> list[bytes]:
    """Return instructions that run `then`, which must end in a return, for the call `number`."""
    return [] if number is None else [_jump(_JUMP_EQUAL, number, 0, len(then)), *then]


def _unless_equal(index: int, value: int, then: bytes) -> list[bytes]:
    return [_argument(index), _jump(_JUMP_EQUAL, value, 1, 0), then]


def _only_values(index: int, zero_is_self: bool) -> list[bytes]:
    check = [_argument(index)]
    if zero_is_self:
        check += [_jump(_JUMP_EQUAL, 0, 0, 1), _give(_ALLOW)]
    return [*check, _jump(_JUMP_EQUAL, _PID_PLACEHOLDER, 0, 1), _give(_ALLOW), _give(_ERRNO | errno.EPERM)]
