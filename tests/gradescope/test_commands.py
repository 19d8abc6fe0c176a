"""The commands: what they print, and their exit codes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from stages import RIGHT, TINY, borrow_libraries, write_solution

from autograder.cli import main
from autograder.gradescope.rehearsal import SetUp, Stage
from autograder.sandbox import supervisor
from autograder.sandbox.supervisor import Layer


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_build_says_what_it_made(tmp_path: Path) -> None:
    done = run("build", "gradescope", TINY, "-o", tmp_path / "a.zip")
    assert done.exit_code == 0
    assert "Four functions of one number, 10 points" in done.output
    told = json.loads(run("build", "gradescope", TINY, "-o", tmp_path / "b.zip", "--json").output)
    assert told["sha256"] in done.output
    assert told["bytes"] == (tmp_path / "a.zip").stat().st_size


def test_build_refuses_an_assignment_with_a_fault(tmp_path: Path) -> None:
    folder = shutil.copytree(TINY, tmp_path / "tiny")
    (folder / "curves.yaml").write_text((folder / "curves.yaml").read_text().replace("tiny.square", "tiny.sqare"))
    done = run("build", "gradescope", folder, "-o", tmp_path / "a.zip")
    assert done.exit_code == 2
    assert "curves.yaml:12:5: " in done.output
    assert "did you mean 'square'?" in done.output
    assert "a.zip was not made." in done.output
    assert not (tmp_path / "a.zip").exists()


@pytest.fixture
def no_installing(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_up(stage: Stage, limit_seconds: float = 0) -> SetUp:
        borrow_libraries(stage._place.platform / "source")
        return SetUp(0.0, "")

    monkeypatch.setattr(Stage, "set_up", set_up)


@pytest.mark.usefixtures("no_installing")
def test_rehearse_shows_what_students_and_staff_see(tmp_path: Path) -> None:
    run("build", "gradescope", TINY, "-o", tmp_path / "a.zip")
    done = run("rehearse", tmp_path / "a.zip", write_solution(tmp_path, RIGHT), "--staff")
    assert done.exit_code == 0
    seen, staff = done.output.split("--- staff also see ---")
    assert "2.1 Square [correct] (4/4)" in seen
    assert "Triple" not in seen
    assert "[hidden]\n1.2 Triple, unseen [correct] (2/2)" in staff


@pytest.mark.usefixtures("no_installing")
def test_rehearse_prints_json_and_resubmits(tmp_path: Path) -> None:
    run("build", "gradescope", TINY, "-o", tmp_path / "a.zip")
    submission = write_solution(tmp_path, RIGHT)
    done = run("rehearse", tmp_path / "a.zip", submission, submission, "--resubmit", "--json")
    first, second = map(json.loads, done.output.splitlines())
    assert first["sound"] is second["sound"] is True
    assert "This is submission 2 of the 3" in second["results"]["output"]


def test_rehearse_refuses_what_the_platform_could_not_use(tmp_path: Path) -> None:
    submission = write_solution(tmp_path)
    (tmp_path / "not.zip").write_text("text")
    done = run("rehearse", tmp_path / "not.zip", submission)
    assert (done.exit_code, "not.zip cannot be unpacked" in done.output) == (2, True)
    folder = tmp_path / "wrapped/autograder"
    folder.mkdir(parents=True)
    for name in ("run_autograder", "setup.sh"):
        (folder / name).write_text("#!/bin/sh\n")
    archive = shutil.make_archive(str(tmp_path / "wrapped"), "zip", tmp_path / "wrapped")
    done = run("rehearse", archive, submission)
    assert done.exit_code == 2
    assert "stands in a folder of the zip; the platform looks for it at the zip's root" in done.output
    (folder / "run_autograder").unlink()
    archive = shutil.make_archive(str(tmp_path / "bare"), "zip", folder)
    assert "the zip has no run_autograder at its root" in run("rehearse", archive, submission).output


def test_rehearse_shows_why_a_set_up_failed(tmp_path: Path) -> None:
    folder = tmp_path / "zip"
    folder.mkdir()
    (folder / "run_autograder").write_text("#!/bin/sh\n")
    (folder / "setup.sh").write_text("echo no such package >&2\r\nexit 3\r\n")
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", folder)
    done = run("rehearse", archive, write_solution(tmp_path))
    assert done.exit_code == 2
    assert "setup.sh ended with status 3:\nno such package" in done.output


def test_rehearse_needs_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("build", "gradescope", TINY, "-o", tmp_path / "a.zip")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    done = run("rehearse", tmp_path / "a.zip", write_solution(tmp_path))
    assert done.exit_code == 2
    assert "there is no bash on this machine; rehearse on Linux, macOS or in WSL" in done.output


def test_rehearse_ends_with_1_when_results_would_not_be_taken(tmp_path: Path) -> None:
    folder = tmp_path / "zip"
    folder.mkdir()
    (folder / "run_autograder").write_text("#!/bin/sh\necho started\necho '{\"score\": NaN}' >results/results.json\n")
    (folder / "setup.sh").write_text("")
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", folder)
    done = run("rehearse", archive, write_solution(tmp_path), "--staff")
    assert done.exit_code == 1
    assert "The autograder failed to execute correctly. Please try submitting it again." in done.output
    assert "The platform did not take the results (http): results.json holds NaN or Infinity" in done.output


def test_doctor_says_what_holds_and_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [Layer(name, *words, held=True, reason="checked") for name, words in supervisor.LAYERS.items()]
    monkeypatch.setattr(supervisor, "probe_layers", lambda: tuple(held))
    done = run("doctor")
    assert done.exit_code == 0
    assert f"All {len(held)} layers hold." in done.output
    lacking = [replace(layer, held=layer.name != "landlock", reason="the kernel has none") for layer in held]
    monkeypatch.setattr(supervisor, "probe_layers", lambda: tuple(lacking))
    done = run("doctor")
    assert done.exit_code == 1
    assert "MISSING landlock" in done.output
    assert f"Lost without it: {supervisor.LAYERS['landlock'][1]}" in done.output
    assert "Why: the kernel has none" in done.output
    assert f"1 of {len(held)} layers are missing here: landlock." in done.output
    told = json.loads(run("doctor", "--json").output)
    assert [layer["name"] for layer in told if not layer["held"]] == ["landlock"]


def test_doctor_says_when_nothing_can_be_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe() -> None:
        raise supervisor.SandboxError("a worker did not start: no /proc")

    monkeypatch.setattr(supervisor, "probe_layers", probe)
    done = run("doctor")
    assert done.exit_code == 2
    assert "No submission can be graded here: a worker did not start: no /proc" in done.output
