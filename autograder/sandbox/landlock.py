"""Landlock through its three system calls: which files a process may reach. Source: linux/landlock.h."""

from __future__ import annotations

import ctypes
import enum
import os
import stat
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_DEVICES_AND_SOCKETS = 1 << 6 | 1 << 9 | 1 << 11
_RIGHTS_OF_ABI_1 = (1 << 13) - 1
_RENAME_ACROSS, _TRUNCATE, _DEVICE_CONTROL = 1 << 13, 1 << 14, 1 << 15  # from ABI 2, 3 and 5
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL


class Unavailable(Exception):
    """The kernel has no Landlock, or refuses it."""


class Access(enum.Enum):
    READ = _READ_FILE | _READ_FOLDER
    ALL = (_RIGHTS_OF_ABI_1 | _RENAME_ACROSS | _TRUNCATE) & ~_MAKE_DEVICES_AND_SOCKETS & ~_EXECUTE


@dataclass(frozen=True, slots=True)
class Rule:
    """A folder or file, held open, and what may be done below it."""

    descriptor: int
    access: Access

    @classmethod
    def open(cls, path: str, access: Access) -> Rule:
        return cls(os.open(path, os.O_PATH | os.O_CLOEXEC), access)


def abi(libc: ctypes.CDLL) -> int:
    """Return the kernel's version of Landlock, below 1 where there is none."""
    return int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def restrict(libc: ctypes.CDLL, rules: Sequence[Rule]) -> int:
    """Leave the calling process nothing but `rules`, and return the ABI that was used.

    Where the kernel can, also no TCP (ABI 4), no signals and no abstract sockets to the outside (ABI 6).
    Raises Unavailable. Needs no_new_privs.
    """
    version = abi(libc)
    if version < 1:
        raise Unavailable(f"the kernel has no Landlock ({os.strerror(ctypes.get_errno())})")
    handled = _RIGHTS_OF_ABI_1
    for since, right in ((2, _RENAME_ACROSS), (3, _TRUNCATE), (5, _DEVICE_CONTROL)):
        handled |= right if version >= since else 0
    attributes = struct.pack("<QQQ", handled, 0b11, 0b11)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        raise Unavailable(f"no ruleset: {os.strerror(ctypes.get_errno())}")
    try:
        for rule in rules:
            _add(libc, ruleset, rule, handled)
        if libc.syscall(_RESTRICT_SELF, ruleset, 0) != 0:
            raise Unavailable(f"refused: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(ruleset)
    return version


def _add(libc: ctypes.CDLL, ruleset: int, rule: Rule, handled: int) -> None:
    rights = rule.access.value & handled
    if not stat.S_ISDIR(os.fstat(rule.descriptor).st_mode):
        rights &= _ON_FILES
    if libc.syscall(_ADD_RULE, ruleset, 1, struct.pack("<Qi", rights, rule.descriptor), 0) != 0:
        raise Unavailable(f"a rule was refused: {os.strerror(ctypes.get_errno())}")
