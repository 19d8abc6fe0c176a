"""Tables for gradebooks: the documented headers, round trips, rows that are filled in, and names that would be formulas."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from school import make_mark

from autograder.classroom import gradebooks
from autograder.classroom.gradebooks import BadGradebook, guard, read_csv, unguard, write_csv
from autograder.classroom.records import ClassMarks, Graded, Student


def graded(name: str, students: list[Student], points: float, *, share: float = 1.0, latest: bool = True) -> Graded:
    return Graded(name, tuple(students), (make_mark("lines/double", "1.1", points, 3), make_mark("slopes/slope", "2.1", 1, 2)),
                  datetime(2026, 2, 16, 5, 14, 9, tzinfo=timezone.utc), latest, share)


ADA = Student("101", "Ada Example", "ada@u.example", "00123456")
BEN = Student("102", "=HYPERLINK(\"http://x\")", "+ben@u.example", "00123457")
CYD = Student("103", "Cyd")
MARKS = ClassMarks("hw2", "Homework 2", (
    graded("submission_8", [ADA], 0, latest=False), graded("submission_9", [ADA, BEN], 3, share=0.75),
    graded("submission_10", [CYD], 1.125), Graded("submission_11", (Student("104", "Dee"),), (), failure="no files"),
))
CANVAS_EXPORT = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (11),Homework 2 (12),Current Score
    Points Possible,,,,,10,5,(read only)
"Example, Ada",101,00123456,ada,A,7,,55
"Known, by number",999,00123457,ben,A,-,EX,1
"Somebody, Else",105,,else,B,1,2,3
"""
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed","Last modified (grade)"
"Participant 101","Ada Example",ada@u.example,Submitted,,5.00,Yes,-
"Participant 777","Nobody",n@u.example,"No submission",,5.00,Yes,-
"""


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_gradescope() -> None:
    text = gradebooks.gradescope(MARKS)
    header, ben, ada, cyd, dee = rows(text)
    assert header == [
        "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status", "Submission ID",
        "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count", "1.1: The part lines/double (3 pts)",
        "2.1: The part slopes/slope (2 pts)"]
    assert ada == ["Ada", "Example", "00123456", "ada@u.example", "", "3", "5", "Graded", "9", "2026-02-16 05:14:09 +0000",
                   "", "", "2", "3", "1"]
    assert cyd[:8] == ["Cyd", "", "103", "", "", "2.12", "5", "Graded"]
    assert dee[5:9] == ["", "", "Ungraded", "11"]
    assert (ben[0], ben[3]) == ("'=HYPERLINK(\"http://x\")", "'+ben@u.example")
    assert gradebooks.read_gradescope(text) == {"00123456": 3, "00123457": 3, "103": 2.12}


def test_canvas() -> None:
    filled = gradebooks.canvas(MARKS, "Homework 2 (12)")
    assert rows(filled.text) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 2 (12)"],
        ["    Points Possible", "", "", "", "", "5"],
        ["'=HYPERLINK(\"http://x\")", "102", "00123457", "'+ben@u.example", "", "3"],
        ["Ada Example", "101", "00123456", "ada@u.example", "", "3"],
        ["Cyd", "103", "", "", "", "2.12"],
    ]
    assert gradebooks.read_canvas(filled.text, "Homework 2 (12)") == {"101": 3, "102": 3, "103": 2.12}
    assert rows(gradebooks.canvas(MARKS).text)[0][-1] == "Homework 2"


@pytest.mark.parametrize("column", ["Homework 2", "Homework 2 (12)", "12"])
def test_a_canvas_gradebook_is_filled_in_and_stays_as_it_is(column: str) -> None:
    filled = gradebooks.canvas(MARKS, column, CANVAS_EXPORT)
    before, after = rows(CANVAS_EXPORT), rows(filled.text)
    assert [row[6] for row in after] == ["Homework 2 (12)", "5", "3", "3", "2"]
    assert [row[:6] + row[7:] for row in after] == [row[:6] + row[7:] for row in before]
    assert [student.id for student in filled.missing] == ["104", "103"]


def test_moodle() -> None:
    filled = gradebooks.moodle(MARKS)
    table = rows(filled.text)
    assert table[0] == ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
                        "Last modified (submission)", "Last modified (grade)", "Feedback comments"]
    assert table[2] == ["Participant 101", "Ada Example", "ada@u.example", "Submitted for grading", "3", "5", "Yes",
                        "2026-02-16 05:14 +0000", "-", ""]
    assert gradebooks.read_moodle(filled.text) == {"101": 3, "102": 3, "103": 2.12}


def test_a_worksheet_is_filled_in_and_stays_as_it_is() -> None:
    filled = gradebooks.moodle(MARKS, WORKSHEET)
    before, after = rows(WORKSHEET), rows(filled.text)
    assert [row[4] for row in after] == ["Grade", "3", ""]
    assert [row[:4] + row[5:] for row in after] == [row[:4] + row[5:] for row in before]
    assert {student.id for student in filled.missing} == {"102", "103", "104"}


def test_json_lines_hold_all_that_students_are_told() -> None:
    lines = [json.loads(line) for line in gradebooks.json_lines(MARKS).splitlines()]
    assert [(line["submission"], line["is_latest"], line["points"]) for line in lines] == [
        ("submission_8", False, 1), ("submission_9", True, 3), ("submission_10", True, 2.125), ("submission_11", True, 0)]
    assert lines[1]["students"][0] == {"id": "101", "name": "Ada Example", "email": "ada@u.example", "sid": "00123456"}
    assert lines[1]["marks"][0]["feedback"] == ["Said."]


@given(st.lists(st.lists(st.text(st.characters(blacklist_categories=["C", "Z"]), max_size=8), min_size=1, max_size=4),
                min_size=1, max_size=4))
def test_cells_come_back_as_they_were_and_none_begins_like_a_formula(table: list[list[str]]) -> None:
    text = write_csv(table)
    assert [row for row in read_csv(text) if row] == [row if row != [""] else [""] for row in table]
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert cell[:1] not in ("=", "@", "\t", "\r")
            assert cell[:1] not in ("+", "-") or cell.lstrip("+-").replace(".", "").isdigit() or len(cell) == 1


@pytest.mark.parametrize(("text", "safe"), [
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-2+3", "'-2+3"), ("-2.5", "-2.5"), ("-", "-"), ("'=x", "''=x"),
    ("O'Neil", "O'Neil"), ("a\u202eb", "a b"), ("\t=1", "' =1"),
])
def test_what_begins_like_a_formula_is_guarded(text: str, safe: str) -> None:
    assert guard(text) == safe
    if text.isprintable():
        assert unguard(safe) == text


@pytest.mark.parametrize(("call", "said"), [
    (lambda: gradebooks.canvas(MARKS, "HW", CANVAS_EXPORT), "no columns of the gradebook are called 'HW'; say which with --column: "
     "Section, Homework 1 (11), Homework 2 (12), Current Score"),
    (lambda: gradebooks.canvas(MARKS, "x", "a,b\n"), "does not begin with the columns Student and ID"),
    (lambda: gradebooks.moodle(MARKS, "Identifier,x\n"), "the worksheet has no column Grade; download it from Moodle again"),
    (lambda: gradebooks.read_moodle("a,b\n"), "the table has no column Identifier, Full name"),
])
def test_other_tables_are_refused_in_words(call: object, said: str) -> None:
    assert callable(call)
    with pytest.raises(BadGradebook) as error:
        call()
    assert said in str(error.value)
