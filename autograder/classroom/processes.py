"""Processes that grade: started, asked, and replaced when one is lost.

Only `subprocess` is used, so that this works inside a worker of a cluster as well as here.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from autograder.classroom.frames import read_message, write_message
from autograder.classroom.tasks import Reply, Setup, Task, decode_results

_START_SECONDS = 120.0
_END_SECONDS = 10.0
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = """import sys
sys.path.insert(0, {root!r})
from autograder.classroom.grading_process import main
main()"""


class CannotStart(Exception):
    """A process that grades cannot be started as asked; it would not help to try again."""


class ProcessLost(Exception):
    """The process ended or said nothing for too long."""


class GradingProcess:
    """One process and the pipe to it. Raises CannotStart or ProcessLost."""

    def __init__(self, setup: Setup) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-c", _BOOT.format(root=_ROOT), json.dumps(asdict(setup))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, start_new_session=True, cwd="/",
        )
        self._tasks, self._replies = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        try:
            hello = self._read(_START_SECONDS)
        except ProcessLost as lost:
            self.close()
            raise CannotStart(f"a process that grades did not start: {lost}") from None
        if "refused" in hello:
            self.close()
            raise CannotStart(f"a process that grades found other files in the assignment's or the grader's place: "
                              f"{hello['refused']}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def grade(self, task: Task, seconds: float) -> Reply:
        """Grade a submission. Raises ProcessLost."""
        contents = task.contents
        try:
            write_message(self._tasks, {
                "files": dict(contents.files), "left_out": dict(contents.left_out), "notes": list(contents.notes),
                "problems": None if task.problems is None else list(task.problems),
            })
        except OSError:
            raise ProcessLost(self._last_words()) from None
        reply = self._read(seconds)
        if "failure" in reply:
            return Reply({}, reply["failure"])
        return Reply(decode_results(reply["results"]))

    def _read(self, seconds: float) -> dict[str, Any]:
        """Wait for a message; a pipe cannot be waited for with a deadline on every system, a process can be ended."""
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            message = read_message(self._replies)
        finally:
            timer.cancel()
        if message is None:
            raise ProcessLost(self._last_words())
        return message

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        code = self._process.returncode
        ending = "it said nothing" if code is None else f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        self._said.seek(0)
        said = self._said.read()[-2000:].decode("utf-8", "replace").strip()
        return f"{ending}: {said.splitlines()[-1][:300]}" if said else ending

    def close(self) -> None:
        """Let the process end by itself, since its workers are to end with it; kill it where it does not."""
        with suppress(OSError):
            self._tasks.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._replies.close()
        self._said.close()


class Processes:
    """Processes for as many threads as ask at once; each is warm when it is asked again."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._idle: queue.SimpleQueue[GradingProcess] = queue.SimpleQueue()

    def grade(self, task: Task) -> Reply:
        """Grade a submission; where a process is lost over it, once more in another. Raises CannotStart."""
        reasons = []
        for _ in range(2):
            process = self._take()
            try:
                reply = process.grade(task, self._setup.seconds)
            except ProcessLost as lost:
                reasons.append(str(lost))
                process.close()
            else:
                self._idle.put(process)
                return reply
        return Reply({}, f"the process that graded it was lost twice: {'; then '.join(reasons)}")

    def _take(self) -> GradingProcess:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return GradingProcess(self._setup)

    def close(self) -> None:
        """End all that are idle."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
