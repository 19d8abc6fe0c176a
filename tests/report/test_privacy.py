"""Nobody is named unless names are asked for, not even by what students themselves wrote."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from builders import class_of, mark, submission

from autograder.classroom.records import ClassMarks, Student
from autograder.classroom.report.page import render
from autograder.classroom.report.privacy import Names
from autograder.classroom.report.summary import summarise
from autograder.marks import State

JANE = Student("jdoe17", "Jane van Doe", "jane.doe@example.edu", "20261234")
HIDDEN = ["# Jane van Doe", "van Doe, Jane"[4:], "Doe, Jane van", "jane_doe.py, line 3", "JaneDoe", "JANE DOE", "jane.doe@example.edu",
          "written by jdoe17", "id 20261234", "/exports/jane-doe_17/a.py"]
KEPT = ["Doel", "janet doer", "x_jane", "420261234", r"\sum_k u_k"]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_name_is_hidden_however_it_is_joined(text: str) -> None:
    cleaned = Names(is_anonymous=True).clean(text, submission("s", students=[JANE]))
    assert "[name]" in cleaned
    assert "doe" not in cleaned.lower().replace("[name]", "")


@pytest.mark.parametrize("text", KEPT)
def test_other_words_are_kept(text: str) -> None:
    assert Names(is_anonymous=True).clean(text, submission("s", students=[JANE])) == text


def test_short_names_do_not_eat_formulas() -> None:
    graded = submission("s", students=[Student("7", "Max"), Student("8", "Sigma"), Student("9", "")])
    assert Names(is_anonymous=True).clean(r"\max(0, x) + sigma Sigma", graded) == r"\max(0, x) + sigma [name]"


def marks_of_jane() -> ClassMarks:
    typed = {"typed": "x % Jane van Doe", "read as": "x", "plain": "x", "meaning": "m"}
    return class_of(
        submission("jane_van_doe_123", mark(points=0, evidence=typed), mark("p/r", 0, 1, State.UNREADABLE, number="1.2", evidence={"typed": "Jane van Doe", "refused": "`Jane van Doe` is not known."}),
                   mark("p/s", 0, 1, State.NOT_GRADED, number="1.3", evidence={"fault": "in /in/jane_van_doe/a.py"}), students=[JANE]),
        submission("other", failure="lost: jdoe17", students=[JANE]),
    )


def test_an_anonymous_report_holds_no_name_anywhere() -> None:
    report = summarise(marks_of_jane())
    for text in (render(report), json.dumps(asdict(report))):
        assert not re.search(r"van.doe|jdoe|doe.17", text, re.IGNORECASE)
        assert "20261234" not in text
        assert "[name]" in text


def test_with_names_everybody_is_named_and_the_page_says_to_keep_it() -> None:
    report = summarise(marks_of_jane(), is_anonymous=False)
    page = render(report)
    assert "keep it among course staff" in page
    assert page.count("Jane van Doe") > 4
    assert [(row.who, row.submission) for row in report.rows] == [("Jane van Doe", "jane_van_doe_123"), ("Jane van Doe", "other")]
    assert report.questions[0].mistakes[0].who == ("Jane van Doe",)


def test_no_name_of_a_large_class_is_told(large: ClassMarks, page_file: Path) -> None:
    page = page_file.read_text(encoding="utf-8")
    names = {student.name for graded in large.graded for student in graded.students} - {"<script>alert('name')</script>"}
    assert len(names) == 499
    assert not [name for name in names if name in page]
    assert not [graded.submission for graded in large.graded if graded.submission in page]
