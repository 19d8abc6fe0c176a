"""A batch that is killed at random moments: see kill_test.py, which does it to the real command more often."""

from __future__ import annotations

import os
import random
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from kill_test import contents_of, count_results, kill_often
from school import BY, G1, Class, NamedPoints, Told

from autograder.classroom.exports import read_export
from autograder.classroom.grading import grade_class
from autograder.classroom.store import Store
from autograder.classroom.tasks import Reply, Task
from autograder.spec import Assignment

SECONDS_EACH = 0.004


class Slow(NamedPoints):
    """Graders that take a moment over each."""

    def submit(self, task: Task) -> Future[Reply]:
        time.sleep(SECONDS_EACH)
        return super().submit(task)


class Writing(Told):
    """Tells in a file of what is done."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("a", buffering=1)

    def done(self, name: str, *, is_new: bool) -> None:
        self._file.write(f"done {name}\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked batch")
def test_kills_at_random_moments_lose_nothing(school: Class, small: Assignment, tmp_path: Path) -> None:
    school.hand_in(**{f"s{n:02}": f"lines/double 1\nlines/triple {n % 4}\nslopes/slope 0.{n}" for n in range(30)})

    def start(store: Path, told: Path) -> int:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            try:
                with Store.open(store, create=True) as opened, read_export(school.folder) as export:
                    grade_class(export, small, opened, Slow(small), G1, BY, Writing(told))
            finally:
                os._exit(0)
        return pid

    began = time.monotonic()
    os.waitpid(start(tmp_path / "whole.db", tmp_path / "whole.txt"), 0)
    seconds = time.monotonic() - began
    assert count_results(tmp_path / "whole.db") == 60
    lines = list(kill_often(start, seconds, 12, tmp_path, contents_of(tmp_path / "whole.db"), 2, random.Random(7)))
    assert "12 kills" in lines[-1]
