"""The commands on a class, from an export to a gradebook, and what they say when something is wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from exports_of_all_kinds import GRADESCOPE, write_folder
from school import SMALL, Class

from autograder.cli import main
from autograder.commands.class_grade import read_deadlines

RIGHT = "def double(x):\n    return 2 * x\n\n\ndef triple(x):\n    return 3 * x\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `autograder class ...` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(main, ["class", *map(str, arguments)], catch_exceptions=False)


def test_a_class_from_export_to_gradebook(run: Callable[..., Result], tmp_path: Path, folder: Path) -> None:
    write_folder(tmp_path / "class", {"submission_metadata.yml": GRADESCOPE, "submission_101/solution.py": RIGHT,
                                      "submission_102/solution.py": RIGHT.replace("3 *", "4 *"), "stray.txt": "?"})
    graded = run("grade", "class", "--assignment", folder, "--jobs", 1)
    assert graded.exit_code == 1, graded.output
    assert "1 belong to nobody:\n  stray.txt\n" in graded.output
    assert "submission_103 (Dee Example): the export holds no files of it" in graded.output
    assert "2 graded, 0 unchanged, 1 not graded, through no fault of theirs. Run 1 in class.db." in graded.output
    assert "Nothing counts yet. To make it current: autograder class apply --store class.db" in graded.output
    assert "3 of 3, " in graded.output, "progress is told in plain lines where there is no terminal"

    shown = run("diff")
    assert (shown.exit_code, shown.output.splitlines()[0]) == (1, "Run 1: nothing is current yet, so all of it is new.")
    assert run("apply", "--why", "first", "--who", "Uma").output == (
        "Run 1 is current. To take it back: autograder class undo --store class.db\n")
    assert run("apply").output == "Run 1 is current already.\n"
    assert run("diff").exit_code == 0

    (folder / "lines.yaml").write_text((folder / "lines.yaml").read_text().replace("points: 3}", "points: 4}", 1))
    again = run("grade", "class", "--assignment", folder, "--jobs", 1, "--problem", "lines")
    assert "Beside the current marks 2 go up, 0 go down, 1 stay: autograder class diff --store class.db" in again.output
    assert run("diff").output == """\
Run 2 beside run 1, which is current:
  altogether                   2 up      0 down      1 stay
  lines                        2 up      0 down      1 stay

Ada Example and Ben Example [submission_101]: 6 -> 7 (+1)
  lines: 6 -> 7
    1.1 lines/double: correct 3 -> correct 4/4
    because lines.yaml:11: returns: {y: {shape: [n], points: 3}} -> {y: {shape: [n], points: 4}}

Cyd Example [submission_102]: 3 -> 4 (+1)
  lines: 3 -> 4
    1.1 lines/double: correct 3 -> correct 4/4
    because lines.yaml:11: returns: {y: {shape: [n], points: 3}} -> {y: {shape: [n], points: 4}}
"""
    line = json.loads(run("diff", "--json").output.splitlines()[0])
    assert (line["submission"], line["before"], line["after"], line["problems"][0]["problem"]) == ("submission_101", 6, 7, "lines")

    assert run("mark", "Ben Example", "slopes/why", "2", "--why", "read it").output == (
        "Ada Example and Ben Example: 2 points for slopes/why, by hand.\n")
    written = run("export", "--format", "moodle", "-o", "marks.csv")
    assert (written.exit_code, "marks.csv: marks of 4 students." in written.output) == (0, True)
    assert "Participant 00123456,Ada Example,ada@university.example,Submitted for grading,8,10" in Path("marks.csv").read_text()
    assert run("mark", "Ben Example", "slopes/why", "--remove", "--why", "a slip").output == (
        "Ada Example and Ben Example: the machine's mark counts again for slopes/why.\n")

    assert run("undo", "--why", "not yet").output == "Run 1 is no longer current; nothing is.\n"
    log = run("log").output
    assert [line.split("  ", 1)[1].partition(": ")[2] for line in log.splitlines()[:-1]] == [
        "grade run 1", "apply run 1. first", "grade run 2", "mark 00123456, 00123457 slopes/why: 2. read it",
        "export moodle to marks.csv run 1", "mark 00123456, 00123457 slopes/why: taken back. a slip", "undo run 1. not yet"]
    assert log.endswith("Current: none\n")
    assert json.loads(run("log", "--json").output.splitlines()[1])["who"] == "Uma"


@pytest.fixture
def graded(school: Class, monkeypatch: pytest.MonkeyPatch) -> Path:
    school.hand_in(ada="lines/double 3", ben="")
    school.grade()
    return school.store.path


FAULTS = [
    (["grade", "class", "--assignment", SMALL, "--from", "moodle"], 2, "was read as an export of the kind 'moodle'"),
    (["grade", "class", "--assignment", SMALL, "--problem", "linse"], 2, "there is no problem 'linse' in small; did you mean 'lines'?"),
    (["grade", "class", "--assignment", SMALL, "--due", "tomorrow"], 2,
     "--due tomorrow: is no time with its offset; write it as 2026-02-15T23:59-08:00"),
    (["grade", "class", "--assignment", SMALL, "--extension", "ada"], 2, "--extension ada: say STUDENT=TIME"),
    (["grade", "class"], 2, "say which assignment is meant with --assignment problems/NAME"),
    (["grade", "nothing", "--assignment", SMALL], 2, "Path 'nothing' does not exist"),
    (["diff", "--store", "none.db"], 2, "there is no store none.db. Make one: autograder class grade EXPORT --store none.db"),
    (["diff", "9"], 2, "there is no run 9; there are 1"),
    (["undo"], 2, "nothing was applied in class.db that could be undone"),
    (["export", "--format", "canvas"], 2, "no run of class.db was applied yet: autograder class apply --store class.db"),
    (["mark", "ada", "lines/double", "--why", "x"], 2, "say how many POINTS, or --remove"),
    (["mark", "ada", "lines/double", "1"], 2, "say why with --why"),
    (["mark", "eve", "lines/double", "1", "--why", "x"], 2, "knows no student eve"),
    (["export", "--format", "jsonl", "--run", "1", "--gradebook", "class/ada/points.txt"], 2,
     "a gradebook can be filled in for canvas and moodle, not for jsonl. marks-jsonl.jsonl was not written."),
    (["export", "--format", "canvas", "--run", "1", "-o", "no/such/file.csv"], 2, "file.csv was not written."),
]


@pytest.mark.parametrize(("arguments", "code", "said"), FAULTS, ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, list) else "")
def test_what_goes_wrong_is_said_in_words(
    run: Callable[..., Result], graded: Path, arguments: list[object], code: int, said: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_store_that_somebody_holds_is_said(
    run: Callable[..., Result], graded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.classroom.store._BUSY_MILLISECONDS", 10)
    holder = sqlite3.connect(graded, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = run("apply", 1)
    holder.close()
    assert result.exit_code == 2
    assert "class.db could not be read or written: database is locked. What was in it before is safe" in result.output


def test_whoever_is_not_in_the_gradebook_is_named(run: Callable[..., Result], graded: Path) -> None:
    Path("book.csv").write_text("Student,ID,SIS Login ID,Section,Small (7)\n    Points Possible,,,,10\nAda,ada,,A,\n")
    result = run("export", "--format", "canvas", "--run", 1, "--gradebook", "book.csv", "--column", "7")
    assert (result.exit_code, "not in the gradebook: ben (ben)" in result.output) == (1, True)
    assert Path("marks-canvas.csv").read_text().splitlines()[-1] == "Ada,ada,,A,3"


def test_deadlines_are_read() -> None:
    deadlines = read_deadlines("2026-02-15T23:59-08:00", ["00123456=2026-02-20T23:59:00Z"])
    assert deadlines.due_at is not None
    assert deadlines.extensions["00123456"].isoformat() == "2026-02-20T23:59:00+00:00"
