"""How a call of a student's function is made: again in a fresh worker where the machine may have been at fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from autograder.sandbox.outcomes import CallOutcome, Died, Raised, Returned, TimedOut
from autograder.student_code import Deadline, Opened, OpenFunction

RETURNED = Returned((), None, "tuple", (), "", (), 0.1)
STARVED, BUSY = TimedOut(4.0, "", cpu_seconds=0.3), TimedOut(4.0, "", cpu_seconds=3.9)
DISK_FULL, KILLED = Died(None, None, False, "", is_out_of_disk=True), Died(9, None, False, "")


class Worker:
    def __init__(self, replies: list[CallOutcome]) -> None:
        self._replies = replies

    def call(self, **_: Any) -> CallOutcome:
        return self._replies.pop(0)

    def close(self) -> None:
        pass


class Code:
    """A submission whose workers give these replies, one after the other."""

    def __init__(self, replies: Sequence[CallOutcome]) -> None:
        self.deadline = Deadline(60.0)
        self.replies = list(replies)

    def start(self, file: str) -> Opened:
        return Opened(Worker(self.replies), file, ("f",))

    def put_back_numpy_names(self, file: str, reply: Raised) -> bool:
        return False


@pytest.mark.parametrize(("replies", "seen", "left"), [
    ([RETURNED, BUSY], RETURNED, 1),
    ([STARVED, RETURNED], RETURNED, 0),
    ([STARVED, STARVED, RETURNED], STARVED, 1),
    ([BUSY, RETURNED], BUSY, 1),
    ([TimedOut(4.0, ""), RETURNED], TimedOut(4.0, ""), 1),
    ([TimedOut(300.0, "", cpu_used_up=True), RETURNED], TimedOut(300.0, "", cpu_used_up=True), 1),
    ([DISK_FULL, RETURNED], RETURNED, 0),
    ([DISK_FULL, DISK_FULL, RETURNED], DISK_FULL, 1),
    ([KILLED, RETURNED], KILLED, 1),
])
def test_a_call_that_others_may_have_disturbed_is_made_once_more(
    replies: list[CallOutcome], seen: CallOutcome, left: int
) -> None:
    code = Code(replies)
    function = OpenFunction(code, "word2vec.py", "f", code.start("word2vec.py"), 4.0)
    assert function.call(None, {}, 1) == seen
    assert len(code.replies) == left
