"""Kill a batch at random moments, and see that nothing that was finished is lost and nothing is half-written.

The suite kills a forked batch a few times; `python tests/classroom/kill_test.py 200` kills the real command that often.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from autograder.classroom.store import Store  # noqa: E402


def contents_of(path: Path) -> list[object]:
    """Return all that the newest run of a store holds, without the times that things took."""
    with Store.open(path) as store:
        run = store.run()
        return [(run.head.problems, run.head.parts), *(
            (entry.name, entry.students, entry.content, entry.created_at, entry.is_latest, entry.kept_share, entry.failure,
             [(problem, store.key_of(number), _timeless(store.read_result(number)))
              for problem, number in sorted(entry.results.items())])
            for entry in store.entries(run.id))]


def _timeless(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _timeless(getattr(value, name)) for name in value.__dataclass_fields__ if name != "seconds"}
    if isinstance(value, dict):
        return {key: _timeless(inner) for key, inner in value.items() if key != "seconds"}
    return [_timeless(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def count_results(path: Path) -> int:
    """Return how many results a store holds, after asking the database whether it is sound."""
    if not path.exists():
        return 0
    connection = sqlite3.connect(path)
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok", verdict
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'results'").fetchone()[0]
        if not tables:
            return 0
        broken = connection.execute("SELECT count(*) FROM results WHERE json_valid(marks) = 0").fetchone()[0]
        assert broken == 0
        return int(connection.execute("SELECT count(*) FROM results").fetchone()[0])
    finally:
        connection.close()


def kill_at_random(start: Callable[[], tuple[int, Path]], seconds: float, chance: random.Random) -> tuple[int, bool]:
    """Start a batch and kill it; return how many submissions it had told of as done, and whether it had ended."""
    pid, told = start()
    end = time.monotonic() + chance.uniform(0, seconds)
    while time.monotonic() < end:
        ended, _ = os.waitpid(pid, os.WNOHANG)
        if ended:
            return _count_told(told), True
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return _count_told(told), False


def _count_told(told: Path) -> int:
    lines = told.read_text().splitlines() if told.exists() else []
    return sum(line.startswith("done ") or " graded a second" in line for line in lines)


def kill_often(
    start: Callable[[Path, Path], int], seconds: float, kills: int, folder: Path, expected: list[object],
    problems: int, chance: random.Random,
) -> Iterator[str]:
    """Kill batches on one store until it is complete, then on a new one; yield a line about each store.

    start: begin a batch on a store, telling of what is done in a file; return its process.
    """
    number = done = resumed = 0
    while done < kills:
        number += 1
        store, told = folder / f"{number}.db", folder / f"{number}.txt"
        before, is_over = 0, False
        while not is_over and done < kills:
            told.unlink(missing_ok=True)
            finished, is_over = kill_at_random(lambda: (start(store, told), told), seconds, chance)  # noqa: B023
            done += not is_over
            after = count_results(store)
            assert after >= before, "a result was lost"
            # What is told of as done is in the store: found there, or added by this batch before it was told.
            assert after >= problems * finished, f"{finished} submissions were done, {after} results are there"
            resumed += after > 0 and not is_over
            before = after
        pid = start(store, told)
        os.waitpid(pid, 0)
        assert contents_of(store) == expected, "a resumed run differs from one that was never interrupted"
        yield f"store {number}: {done} kills so far, {resumed} with results to resume from; complete and equal"


def write_work(folder: Path, count: int) -> Path:
    """Write submissions that differ."""
    for number in range(count):
        student = folder / f"student_{number:02}"
        student.mkdir(parents=True)
        (student / "solution.py").write_text(
            f"# {number}\ndef double(x):\n    return 2 * x\n\n\ndef triple(x):\n    return {number} * x\n")
        (student / "answers.md").write_text(f"## slope\n$2ab + {number}$\n")
    return folder


def main(kills: int) -> None:
    """Kill the real command."""
    def start(store: Path, told: Path) -> int:
        with told.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "autograder", "class", "grade", str(handed_in), "--store", str(store),
                 "--assignment", str(HERE / "small"), "--jobs", "2"],
                cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stream, start_new_session=True)
        process.returncode = 0  # waited for by its number, below
        return process.pid

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        handed_in = write_work(folder / "class", 16)
        began = time.monotonic()
        os.waitpid(start(folder / "whole.db", folder / "whole.txt"), 0)
        seconds = time.monotonic() - began
        print(f"uninterrupted: {seconds:.1f} s, {count_results(folder / 'whole.db')} results", flush=True)
        for line in kill_often(start, 1.1 * seconds, kills, folder, contents_of(folder / "whole.db"), 2, random.Random(1)):
            print(line, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
