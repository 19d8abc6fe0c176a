"""Frequent wrong answers that nothing explains: grouped by meaning and by numbers, with lines that load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from click.testing import CliRunner
from exports_of_all_kinds import write_folder
from school import BY, SMALL, Told

from autograder.classroom.exports import read_export
from autograder.classroom.grading import Order, grade_class
from autograder.classroom.local import LocalGraders
from autograder.classroom.records import ClassMarks, Graded, PartMark, Student
from autograder.classroom.store import Store
from autograder.classroom.suggestions import Group, find_frequent, yaml_lines
from autograder.classroom.tasks import Setup, grader_version
from autograder.cli import main
from autograder.marks import Json, State
from autograder.spec import load_assignment


def marked(evidence: Sequence[dict[str, Json]], state: State = State.WRONG) -> ClassMarks:
    return ClassMarks("a", "A", tuple(
        Graded(f"s{n}", (Student(f"s{n}"),), (PartMark("p/x", "1.1", "X", state, 0, 2, (), one),))
        for n, one in enumerate(evidence)))


def formula(typed: str, meaning: str, **more: Json) -> dict[str, Json]:
    return {"typed": typed, "read as": typed, "meaning": meaning, **more}


def test_formulas_are_grouped_by_what_they_mean() -> None:
    groups = find_frequent(marked([formula("2a", "m"), formula("a + a", "m"), formula("b", "n"), formula("a2", "m"),
                                   formula("c", "k", mistake="sign"), formula("c", "k", mistake="sign")]), 2)
    assert [(len(group.submissions), group.examples) for group in groups] == [(3, ["2a", "a + a", "a2"])]


def test_right_and_open_answers_are_no_mistakes() -> None:
    for state in (State.CORRECT, State.BY_HAND, State.NOT_GRADED, State.UNREADABLE):
        assert find_frequent(marked([formula("2a", "m")] * 3, state), 2) == []


def case(value: float) -> dict[str, Json]:
    return {"outputs": {"y": {"rung": "value", "at": [0], "actual": value, "expected": 1.0}}}


def function(*values: float, right: bool = False, diagnosis: str | None = None) -> dict[str, Json]:
    return {"function": "f", "outputs": {"y": {"right": right, "diagnosis": diagnosis}}, "cases": [case(v) for v in values]}


def test_functions_are_grouped_by_the_numbers_that_came_back() -> None:
    groups = find_frequent(marked([function(1.5, 2.5), function(1.5 + 1e-12, 2.5), function(1.5, 3.5), function(1.5, right=True),
                                   function(9, 9, diagnosis="sign"), function(9, 9, diagnosis="sign")]), 2)
    assert [(group.output, [one.submission for one in group.submissions]) for group in groups] == [("y", ["s0", "s1"])]


def test_the_lines_load_whatever_was_typed() -> None:
    part = PartMark("p/x", "1.1", "X", State.WRONG, 0, 2)
    loaded = yaml.safe_load("\n".join(yaml_lines(Group(part, answer="it's: a\n# 'b' \x1b[31m"))))
    assert loaded["mistakes"][0]["answer"] == "it's: a # 'b' [31m"
    loaded = yaml.safe_load("\n".join(yaml_lines(Group(part, output="grad_U", examples=["s1", "s2"]))))
    assert loaded["mistakes"][0]["reference"] == "mistakes_FILE.FUNCTION"


def test_through_the_real_line(tmp_path: Path) -> None:
    files = {f"s{n}/answers.md": f"## slope\n${typed}$\n" for n, typed in enumerate(["a^3 b", "b a^3", "a^3b", "2ab"])}
    files |= {f"s{n}/solution.py": f"# {n}\ndef double(x):\n    return x ** 3\n" for n in range(3)}
    assignment, version = load_assignment(SMALL), grader_version()
    setup = Setup(str(SMALL), assignment.digest, version, 60)
    with (Store.open(tmp_path / "class.db", create=True) as store, LocalGraders(setup, 1) as graders,
          read_export(write_folder(tmp_path / "class", files)) as export):
        grade_class(export, assignment, store, graders, Order(grader=version), BY, Told())
    result = CliRunner().invoke(main, ["class", "suggest", "--store", str(tmp_path / "class.db")])
    assert result.exit_code == 0, result.output
    assert "# 1.1 lines/double: 3 submissions, output y\nmistakes:\n" in result.output
    assert "# 2.1 slopes/slope: 3 submissions, as typed: a^3 b  |  b a^3  |  a^3b\nmistakes:\n  - answer: '" in result.output
    none = CliRunner().invoke(main, ["class", "suggest", "--store", str(tmp_path / "class.db"), "--at-least", "9"])
    assert (none.exit_code, none.output) == (1, "No wrong answer that nothing explains is shared by 9 or more submissions.\n")
