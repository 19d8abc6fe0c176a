"""Classes with hardly anything in them still have a report, and it says so in words."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict

import pytest
from builders import class_of, mark, report_on, submission

from autograder.classroom.records import ClassMarks, Graded, Student
from autograder.classroom.report.page import render
from autograder.classroom.report.summary import summarise
from autograder.marks import State

FULL = [submission(f"s{n}", mark(), mark("p/r", number="1.2")) for n in range(12)]
ZERO = [submission(f"s{n}", mark(points=0.0), mark("p/r", points=0.0, number="1.2")) for n in range(12)]
BY_HAND = [submission(f"s{n}", mark(points=0.0, state=State.BY_HAND), mark("p/r", n, 12, number="1.2")) for n in range(12)]
UNMARKED = [*BY_HAND, submission("none", mark(points=0.0, state=State.MISSING), mark("p/r", 3, 12, number="1.2"))]
CASES = {
    "nobody": ((), "No submission has marks yet."),
    "one student": ((submission("s", mark(points=3, of=4)),), "The one submission has 3 of 4 points."),
    "one part": ([submission(f"s{n}", mark(points=n, of=11)) for n in range(12)], "nothing to compare"),
    "all full marks": (FULL, "All 12 submissions have 2 of 2 points."),
    "all zero": (ZERO, "All 12 submissions have 0 of 2 points."),
    "no answers": ([submission(f"s{n}", mark(points=0.0, state=State.MISSING)) for n in range(12)], "12 of 12 submissions have no answer"),
    "nothing to earn": ([submission(f"s{n}", mark(points=0.0, of=0.0)) for n in range(12)], "no points to count yet"),
    "by hand": (BY_HAND, "12 submissions have parts that are still to be marked by hand"),
    "by hand, one missing": (UNMARKED, "no marks yet"),
    "nothing graded": ([submission(f"s{n}", failure="the worker was lost") for n in range(3)], "3 submissions have no marks at all"),
    "no reason": ([submission("s")], "It has not been graded."),
    "too few": ([submission(f"s{n}", mark(points=n, of=9), mark("p/r", n, 9, number="1.2")) for n in range(9)], "too few answers"),
    "alike elsewhere": ([submission(f"s{n}", mark(points=n, of=11), mark("p/r", number="1.2")) for n in range(12)],
                        "all alike elsewhere"),
    "two parts, two students": ([submission("s", mark()), submission("t", mark("x/y", 2, 3))], "Nothing looks broken as far as 2 submissions can tell"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_page_says_it(case: str) -> None:
    graded, said = CASES[case]
    report = summarise(class_of(*graded))
    page = render(report)
    assert said in page
    assert "nan" not in page
    assert "None" not in page
    json.dumps(asdict(report), allow_nan=False)


def test_a_correlation_is_a_number_or_the_reason_why_not() -> None:
    rows = [(n % 3, n) for n in range(12)]
    (one, other) = report_on(*(submission(f"s{n}", mark(points=p, of=3), mark("p/r", r, 12, number="1.2"))
                               for n, (p, r) in enumerate(rows))).questions
    assert one.discrimination.value == pytest.approx(other.discrimination.value)
    assert one.discrimination.value == pytest.approx(statistics.correlation(*zip(*rows, strict=True)))
    for graded, why in ((FULL, "all earned the same"), (FULL[:9], "too few answers"), (BY_HAND, "no marks yet")):
        assert report_on(*graded).questions[0].discrimination.why == why


def test_questions_come_in_the_order_of_their_numbers() -> None:
    numbers = ["1.2", "10.1", "2.10", "2.9", "1.1"]
    report = report_on(submission("s", *(mark(f"p/{n}", number=n) for n in numbers)))
    assert [question.number for question in report.questions] == ["1.1", "1.2", "2.9", "2.10", "10.1"]


def test_a_part_that_only_some_have_is_counted_for_those() -> None:
    report = report_on(*(submission(f"s{n}", mark(), *([mark("p/new", 0.5, 1, number="1.2")] if n else [])) for n in range(4)))
    assert [(q.counted, q.mean_share) for q in report.questions] == [(4, 1.0), (3, 0.5)]


def test_hand_points_win_and_late_days_cost() -> None:
    marked = submission("s", mark(points=0.0, of=4, hand=3.0), mark("p/r", 0.0, 2, State.BY_HAND, hand=2.0, number="1.2"))
    late = Graded("t", (Student("t"),), marked.marks, kept_share=0.5)
    report = report_on(marked, late)
    assert (report.scores.lowest, report.scores.highest) == (2.5, 5.0)
    assert [question.mean_share for question in report.questions] == [0.75, 1.0]
    assert report.waiting == 0
    assert [question.hand_marked for question in report.questions] == [2, 2]


def test_groups_count_once_and_their_members_all() -> None:
    pair = [Student("a", "A"), Student("b", "B")]
    report = report_on(submission("s", mark(), students=pair), submission("t", mark()))
    assert (report.submissions, report.students, report.scores.count) == (2, 3, 2)


def test_titles_come_from_the_assignment_where_there_is_none() -> None:
    assert summarise(ClassMarks("hw2", "", ())).title == "hw2"
