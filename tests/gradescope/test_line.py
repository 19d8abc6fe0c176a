"""The whole line as the platform starts it: what is stored, what students see, whatever goes wrong."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from stages import NOON, RIGHT, open_stage, write_solution

from autograder.gradescope.rehearsal import Run, Stage
from autograder.gradescope.sample_metadata import Rehearsed, make_metadata
from autograder.gradescope.views import Moment, staff_view, student_view


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return open_stage(tmp_path_factory.mktemp("platform"))


def student(run: Run, moment: Moment = Moment.NOW) -> str:
    return "\n".join(student_view(run.posted, moment))


def test_a_right_submission_earns_everything(stage: Stage, tmp_path: Path) -> None:
    run = stage.run(write_solution(tmp_path), make_metadata(NOON))
    assert run.is_sound, run.faults or run.posted
    assert run.posted.results is not None
    assert run.posted.results["score"] == 10
    assert run.exit_status == 0
    assert run.outlived == 0


def test_hidden_parts_do_not_show(stage: Stage, tmp_path: Path) -> None:
    hangs = RIGHT.replace("return 3 * x", "while True: pass")
    run = stage.run(write_solution(tmp_path, hangs), make_metadata(NOON))
    now = student(run)
    assert now.startswith("Score: not shown yet")
    assert [line for line in now.splitlines() if line.startswith(("1.", "2."))] == [
        "1.1 Double [correct] (3/3)", "2.1 Square [correct] (4/4)"]
    for word in ("unseen", "later", "secret", "1.2", "1.3", "not graded", "seconds", "Triple", "triple", "timed out"):
        assert word not in now
    assert "Negate" in student(run, Moment.DUE)
    assert "Triple" not in student(run, Moment.PUBLISHED)
    assert "[hidden]\n1.2 Triple, unseen [timed out] (0/2)" in "\n".join(staff_view(run.posted))


def test_one_student_from_the_first_submission_to_the_one_over_the_limit(stage: Stage, tmp_path: Path) -> None:
    due_at = NOON + timedelta(minutes=40)
    wrong = RIGHT.replace("x ** 2", "x ** 3").replace("3 * x", "5 * x")
    earlier: list[Rehearsed] = []
    pages = []
    for number, text in enumerate([wrong, RIGHT, wrong, RIGHT]):
        moment = NOON + timedelta(minutes=30 * number)
        run = stage.run(write_solution(tmp_path, text), make_metadata(moment, earlier, due_at))
        assert run.is_sound
        earlier.append(Rehearsed(moment, run.posted.results))
        pages.append(student(run, Moment.DUE))
    first, second, third, over = pages
    assert "This is submission 1 of the 3 that are graded in any 24 hours." in first
    assert "Since" not in first
    assert "Since your submission of Mon 16 Feb 2026, 12:00 (UTC+00:00):" in second
    assert "- 2.1 Square: was wrong, is correct now (+4 points)" in second
    assert "- 2.1 Square: was correct, is wrong now (-4 points)" in third
    assert "**1 day late: 25 % of the points are taken off.** You handed this in on Mon 16 Feb 2026, 13:00" in third
    assert "**This submission was not graded:** 3 submissions are graded in any 24 hours. You can hand in again from " \
           "Tue 17 Feb 2026, 12:00 (UTC+00:00) on." in over
    assert "what stands here is the result of your submission of Mon 16 Feb 2026, 13:00" in over
    assert "2.1 Square [wrong] (0/4)" in over
    assert not any("Triple" in page for page in pages)
    scores = [one.results["score"] for one in earlier if one.results]
    assert scores == [4, 10, 3, 3]


@pytest.mark.parametrize("metadata", [None, {"created_at": 5, "users": [3], "previous_submissions": [None]}])
def test_metadata_never_keeps_a_submission_from_being_graded(
    stage: Stage, tmp_path: Path, metadata: dict[str, object] | None
) -> None:
    run = stage.run(write_solution(tmp_path), metadata)
    assert run.is_sound
    assert run.posted.results is not None
    assert run.posted.results["score"] == 10
    assert run.posted.results["extra_data"]["metadata"]


def test_an_upload_is_unpacked_when_it_is_a_zip(stage: Stage, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "upload"), "zip", write_solution(tmp_path))
    assert "2.1 Square [correct] (4/4)" in student(stage.run(Path(archive), make_metadata(NOON)))
    (tmp_path / "broken.zip").write_text("no zip at all")
    run = stage.run(tmp_path / "broken.zip", make_metadata(NOON))
    assert run.is_sound
    assert "2.1 Square [missing] (0/4)" in student(run)


def test_a_submission_without_files_is_graded_too(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = stage.run(tmp_path / "empty", make_metadata(NOON))
    assert run.is_sound
    assert "1.1 Double [missing] (0/3)" in student(run)
