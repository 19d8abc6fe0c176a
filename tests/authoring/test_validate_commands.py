"""`new problem` and `validate` as an author types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.cli import main


def run(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], input=typed, catch_exceptions=False)


def line_of(file: Path, piece: str) -> int:
    return next(number for number, line in enumerate(file.read_text().split("\n"), start=1) if piece in line)


def test_a_new_problem_is_sound_at_once_and_a_broken_one_is_not(tmp_path: Path) -> None:
    course = tmp_path / "course"
    done = run("new", "problem", "--assignment", course, typed="ridge\nRidge, of a kind\nridge_loss\nregression.py\n")
    assert done.exit_code == 0, done.output
    assert "A short id for the problem [least-squares]" in done.output
    assert {file.relative_to(course).as_posix() for file in course.rglob("*.*")} == {
        "assignment.yaml", "ridge.yaml", "reference/ridge.py", "starter/regression.py"}
    told = json.loads(run("validate", course, "--json").output)[0]
    assert told["findings"] == []
    assert {part["part"]: part["score"] for part in told["parts"]} == {"ridge/ridge_gradient": 1.0, "ridge/code": 1.0}
    assert all(part["killed"] >= 20 and part["rewrites"] >= 5 and not part["rejected"] for part in told["parts"])
    assert told["complete"] is True

    problem = course / "ridge.yaml"
    problem.write_text(problem.read_text().replace("state: wrong, points: 1.5", "state: correct"))
    done = run("validate", problem)
    assert done.exit_code == 0, done.output
    line = line_of(problem, "state: correct}")
    assert f"{problem}:{line}:9: warning: parts.0.examples.2: gets wrong, 1.5 points; look whether that is right" in done.output
    done = run("validate", problem, "--update", typed="n\n")
    assert "correct, no points yet  ->  wrong, 1.5 points" in done.output
    assert "state: correct}" in problem.read_text()
    assert "was changed" in run("validate", problem, "--update", "--yes").output
    assert "{answer: 'X^T (y - Xw)', state: wrong, points: 1.5}" in problem.read_text()

    problem.write_text(problem.read_text().replace("ridge.sign_lost", "ridge.ridge_loss"))
    done = run("validate", course)
    assert done.exit_code == 1, done.output
    line = line_of(problem, "ridge.ridge_loss, name: sign")
    assert f"{problem}:{line}:9: parts.1.mistakes.0: sign gives what is right" in done.output
    assert "Mutants are tried once the faults are mended." in done.output
    assert max(map(len, done.output.splitlines()[:4])) <= 80


def test_a_second_problem_joins_the_first(tmp_path: Path) -> None:
    assert run("new", "problem", "one", "--assignment", tmp_path / "c", "--yes").exit_code == 0
    done = run("new", "problem", "two", "--assignment", tmp_path / "c", "--file", "one.py", "--yes")
    assert done.exit_code == 0, done.output
    head = (tmp_path / "c/assignment.yaml").read_text()
    assert "problems: [one, two]\npoints: 16\n" in head
    starter = (tmp_path / "c/starter/one.py").read_text()
    assert starter.count("def one(") == starter.count("def two(") == 1


@pytest.mark.parametrize(("arguments", "says"), [
    (("one", "--yes"), "one.yaml is there already; choose another id"),
    (("two", "--file", "one.py", "--function", "one", "--yes"), "defines one already; choose another function"),
    (("a b", "--yes"), "'a b' is no id: letters, digits, - and _ only"),
    (("two", "--function", "2x", "--yes"), "'2x' is no name of a Python function"),
    (("two", "--file", "x.txt", "--yes"), "'x.txt' is no name of a Python file"),
])
def test_nothing_is_overwritten(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    run("new", "problem", "one", "--assignment", tmp_path, "--yes")
    before = {file: file.read_text() for file in tmp_path.rglob("*.*")}
    done = run("new", "problem", *arguments, "--assignment", tmp_path)
    assert (done.exit_code, says in done.output, "Nothing was written." in done.output) == (2, True, True), done.output
    assert {file: file.read_text() for file in tmp_path.rglob("*.*")} == before


def test_a_problem_that_no_assignment_names_is_named(tmp_path: Path) -> None:
    run("new", "problem", "one", "--assignment", tmp_path, "--yes")
    (tmp_path / "two.yaml").write_text((tmp_path / "one.yaml").read_text())
    done = run("validate", tmp_path / "two.yaml")
    assert done.exit_code == 2
    assert f"{tmp_path}/two.yaml: is not among the problems of {tmp_path}/assignment.yaml" in done.output


def test_a_file_that_is_no_problem_is_named(tmp_path: Path) -> None:
    (tmp_path / "assignment.yaml").write_text("id: a\ntitle: [\n")
    done = run("validate", tmp_path)
    assert (done.exit_code, "assignment.yaml:" in done.output) == (2, True), done.output
