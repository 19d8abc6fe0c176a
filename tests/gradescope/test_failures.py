"""Whatever ends or hinders the grader half-way: what staff and students see is right, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from stages import NOON, RIGHT, open_stage, write_solution

from autograder.gradescope.container import Place
from autograder.gradescope.rehearsal import Run, Stage
from autograder.gradescope.results import NOTHING_GRADED, OUR_FAULT
from autograder.gradescope.sample_metadata import make_metadata
from autograder.gradescope.views import staff_view, student_view

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and mounts as on Linux")

# The part that is graded last hangs, so that something can happen in the meantime.
HANGS_AT_THE_END = RIGHT.replace("return -x", "while True: pass")
PATIENT = {"assignment.yaml": ("call_seconds: 2", "call_seconds: 50")}


def adapt(stage_folder: Path, changes: dict[str, tuple[str, str]]) -> None:
    for name, (old, new) in changes.items():
        file = stage_folder / "autograder/source/problems/tiny" / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))


def when_half_done(
    platform: Path, act: Callable[[int], None], last: str = "Triple, unseen"
) -> threading.Thread:
    """Run `act` with the grader's process id once all parts up to `last` are marked."""
    def watch() -> None:
        path = platform / "results/results.json"
        for _ in range(600):
            time.sleep(0.05)
            if path.exists() and f"{last} [correct]" in path.read_text():
                act(grader_of(platform))
                return

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def grader_of(platform: Path) -> int:
    """Return the process that the stage started; what it forks has the same command line."""
    for pid in processes_of(platform):
        with suppress(OSError):
            if int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]) == os.getpid():
                return pid
    raise AssertionError("the grader is not running")


def processes_of(platform: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(platform).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def page(run: Run) -> str:
    return "\n".join(student_view(run.posted))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_grader_that_is_ended_leaves_the_marks_it_has(tmp_path: Path, number: int) -> None:
    stage = open_stage(tmp_path)
    adapt(tmp_path, PATIENT)
    thread = when_half_done(tmp_path / "autograder", lambda pid: os.kill(pid, number))
    run = stage.run(write_solution(tmp_path, HANGS_AT_THE_END), make_metadata(NOON))
    thread.join()
    assert run.is_sound, run.faults
    assert run.posted.results is not None
    assert run.posted.results["score"] == 9
    assert run.posted.results["extra_data"]["regrade"] == ["lines/later"]
    assert "Score: not shown yet" in page(run)
    assert "1.1 Double [correct] (3/3)" in page(run)
    assert OUR_FAULT not in page(run)  # what the student sees of it is complete
    assert "Negate, seen later [not graded] (0/1)" in "\n".join(staff_view(run.posted))
    for _ in range(100):
        if not processes_of(tmp_path / "autograder"):
            break
        time.sleep(0.05)
    assert processes_of(tmp_path / "autograder") == [], "nothing that runs student code outlives the grader"


def test_what_is_seen_and_was_not_reached_is_said_to_be_ungraded(tmp_path: Path) -> None:
    stage = open_stage(tmp_path)
    adapt(tmp_path, {"assignment.yaml": ("call_seconds: 2", "call_seconds: 50"),
                     "lines.yaml": ("visibility: after_due_date", "visibility: visible")})
    adapt(tmp_path, {"lines.yaml": ("visibility: hidden", "visibility: visible")})
    thread = when_half_done(tmp_path / "autograder", lambda pid: os.kill(pid, signal.SIGKILL), "Double")
    run = stage.run(write_solution(tmp_path, HANGS_AT_THE_END), make_metadata(NOON))
    thread.join()
    said = page(run)
    assert said.startswith(f"Score: 5 / 10\n\n{OUR_FAULT}")
    assert "1.3 Negate, seen later [not graded] (0/1)" in said
    assert "2.1 Square [not graded] (0/4)\n    This part could not be graded, through no fault of yours." in said


def test_the_time_limit_of_the_platform_is_not_reached(tmp_path: Path) -> None:
    stage = open_stage(tmp_path)
    adapt(tmp_path, PATIENT)
    run = stage.run(write_solution(tmp_path, HANGS_AT_THE_END), make_metadata(NOON), limit_seconds=22)
    assert run.exit_status == 0
    assert run.posted.results is not None
    assert run.posted.results["score"] == 9
    assert "[timed out] (0/1)" in "\n".join(staff_view(run.posted))


def test_the_platform_stops_a_run_as_it_does(tmp_path: Path) -> None:
    stage = open_stage(tmp_path)
    run = stage.run(write_solution(tmp_path), make_metadata(NOON), limit_seconds=0.2)
    assert run.exit_status is None
    assert page(run) == "Score: 0\n\nYour submission timed out. It took longer than 0.2 seconds to run."


# (file in the zip, what it is overwritten with, what the student reads, what staff read)
DAMAGES = [
    ("problems/tiny/lines.yaml", "id: lines\ntitle: [\n", NOTHING_GRADED, "lines.yaml:3:1: not YAML"),
    ("problems/tiny/assignment.yaml", "", NOTHING_GRADED, "assignment.yaml:1:1: must be a mapping of fields"),
    ("problems/tiny/reference/tiny.py", "def double(x):\n    return {'y': 1 / 0}\n\n"
     "def triple(x):\n    return 3\n\ndef square(x):\n    return {'y': x * x}\n\ndef negate(x):\n    return {'z': x}\n",
     OUR_FAULT, "lines/double: tiny.double raised ZeroDivisionError"),
    ("autograder/grade.py", "def grade(:\n", "**The grader could not be started: a fault of its own, not of yours.**",
     "SyntaxError"),
]


@pytest.mark.parametrize(("name", "text", "said", "told"), DAMAGES, ids=[damage[0] for damage in DAMAGES])
def test_a_damaged_zip_is_nobodys_fault_but_ours(tmp_path: Path, name: str, text: str, said: str, told: str) -> None:
    stage = open_stage(tmp_path)
    (tmp_path / "autograder/source" / name).write_text(text)
    run = stage.run(write_solution(tmp_path), make_metadata(NOON))
    assert run.is_sound, run.faults
    assert said in page(run)
    assert "Traceback" not in page(run)
    assert "ZeroDivisionError" not in page(run)
    assert told in "\n".join(staff_view(run.posted))
    if said == OUR_FAULT:
        assert "2.1 Square [correct] (4/4)" in page(run)


# --- disks ------------------------------------------------------------------------------------------------------


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Put a small file system of its own under a folder; skips where that cannot be done."""
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    with (folder / "ballast").open("wb", buffering=0) as file:  # what a buffer still held would fail again as it closes
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass


def test_a_disk_that_fills_up_costs_no_marks(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=24m,mode=755"):
        stage = open_stage(tmp_path)
        thread = when_half_done(tmp_path / "autograder", lambda pid: fill(tmp_path))
        run = stage.run(write_solution(tmp_path, HANGS_AT_THE_END), make_metadata(NOON))
        thread.join()
        assert not any(tmp_path.glob("autograder/results/.*")), "nothing is left beside the results"
    assert run.is_sound, run.faults
    assert "[timed out] (0/1)" in "\n".join(staff_view(run.posted)), "this was marked when the disk was full"


def test_a_results_folder_that_cannot_be_written_to_is_said_in_the_output(tmp_path: Path) -> None:
    open_stage(tmp_path)
    platform = tmp_path / "autograder"
    for name in ("submission", "results"):
        (platform / name).mkdir()
    (platform / "submission/solution.py").write_text(RIGHT)
    with mounted(platform / "results", "size=1m,ro"):
        done = subprocess.run(["./run_autograder"], cwd=platform, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
    assert done.returncode == 2
    assert "results/results.json cannot be written: Read-only file system" in done.stdout
    assert "2.1      4/4  correct  Square  (curves/square)" in done.stdout, "staff can take the marks from here"


def test_no_room_at_all_is_said_in_the_output(tmp_path: Path) -> None:
    with mounted(tmp_path, "size=24m,mode=755"):
        open_stage(tmp_path)
        platform = tmp_path / "autograder"
        for name in ("submission", "results"):
            (platform / name).mkdir()
        (platform / "submission/solution.py").write_text(RIGHT)
        fill(tmp_path)
        done = subprocess.run(["./run_autograder"], cwd=platform, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
    assert done.returncode == 2
    assert "cannot be written: No space left on device" in done.stdout
    assert "2.1      4/4  correct  Square" in done.stdout


def test_the_results_are_read_as_they_stand_when_the_grader_returns(tmp_path: Path) -> None:
    """The stage is no better than the platform: an unsound file is judged, not mended."""
    stage = Stage(Place(tmp_path))
    open_stage(tmp_path)
    script = "#!/bin/sh\nprintf '%s' \"$(cat submission/answer)\" >results/results.json\n"
    (tmp_path / "autograder/run_autograder").write_text(script)
    told: dict[str, Any] = {"score": 1, "tests": 5}
    (tmp_path / "handed_in").mkdir()
    (tmp_path / "handed_in/answer").write_text(json.dumps(told))
    run = stage.run(tmp_path / "handed_in", None)
    assert run.posted.error_code == "http"
    assert not run.is_sound
