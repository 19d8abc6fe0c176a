"""What reports group by stays among staff: students see none of it."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.checks.formula import FormulaChecker, Shares
from autograder.gradescope.results import compose
from autograder.marks import Mark, Result
from autograder.spec import load_assignment
from autograder.spec.fields import Visibility
from autograder.spec.written import FormulaPart
from autograder.submission.answers import Answer
from autograder.submission.places import Place

HOME = Path(__file__).parents[2]


def test_the_meaning_of_an_answer_is_staffs_alone() -> None:
    assignment = load_assignment(HOME / "problems" / "hw2_cbow")
    problem, part = next((p, q) for p in assignment.problems for q in p.parts if isinstance(q, FormulaPart))
    checker = FormulaChecker(part, problem.notation, Shares(1.0, 1.0))
    place = Place("answers.md", 1)
    verdicts = [checker.check(Answer(text, place)).verdict for text in (part.answer, f"1 ({part.answer})", f"2 ({part.answer})")]
    right, again, wrong = (verdict.evidence["meaning"] for verdict in verdicts)
    assert right == again != wrong
    marks = tuple(Mark("p", f"q{n}", f"1.{n}", "T", part.points, Visibility.VISIBLE, verdict) for n, verdict in enumerate(verdicts))
    shown = compose(Result("a", marks))
    tests = shown["tests"]
    assert isinstance(tests, list)
    assert str(right) in json.dumps([test["extra_data"] for test in tests if isinstance(test, dict)])
    seen = {**shown, "extra_data": None, "tests": [{**test, "extra_data": None} for test in tests if isinstance(test, dict)]}
    assert str(right) not in json.dumps(seen)
    assert str(wrong) not in json.dumps(seen)
