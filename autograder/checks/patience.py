"""A bound on the time that one formula may take: the last resort, for what no limit of the readers foresaw."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfPatience(Exception):
    """The time is over."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raise OutOfPatience in the body after so many seconds, where the system can interrupt it.

    That takes POSIX and the main thread; elsewhere the body runs as long as it takes.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise OutOfPatience
