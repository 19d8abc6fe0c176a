"""Answers that mean the same share a fingerprint however they are typed; answers that differ do not."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.formula.declarations import Declarations, Function, Question, Reference, Symbol
from autograder.formula.judging.fingerprint import fingerprint
from autograder.formula.judging.judge import Verdict, judge
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from autograder.formula.values.scalars import precisely
from tests.formula.questions import QUESTIONS, with_row
from tests.formula.test_answers import TABLE, spelled

PLANE = Question(
    Declarations(symbols=(Symbol("x"), Symbol("y"), Symbol("p", domain="unit")), functions=(Function("sigma"),)),
    (Reference("x y"),),
)
# Each row: ways to write one thing. No two rows mean the same.
ROWS = [
    ("x y", "y*x", r"\frac{x}{1/y}", "x*y", "-(-x) y", "(x+1) y - y", "np.multiply(x, y)"),
    ("-x y", "- y x", "x(-y)"),
    ("x + y", "y + x", "x - (-y)"),
    ("x - y", "-(y - x)"),
    ("0", "x - x", r"\sigma(x) + \sigma(-x) - 1"),
    ("1", r"\sigma(x) + \sigma(-x)", "p/p", "p + (1 - p)"),
    ("1/2", "0.5", r"\sigma(0)"),
    (r"\sigma(x)", r"\frac{1}{1+e^{-x}}", r"1 - \sigma(-x)", r"\frac12(1 + \tanh(x/2))", "1/(1 + np.exp(-x))"),
    (r"\sigma(x) + 10^{-9}",),
    (r"\max(0, x)", "np.maximum(x, 0)"),
    ("x",),
    (r"\sigma(x)(1-\sigma(x))", r"\sigma(x)\sigma(-x)", r"\sigma(x) - \sigma(x)^2"),
]


def meaning(text: str, question: Question, *, up_to_sign: bool = False) -> str:
    return fingerprint(read(text, question.declarations), question, up_to_sign=up_to_sign)


def test_rows_of_spellings() -> None:
    found = [{meaning(text, PLANE) for text in row} for row in ROWS]
    assert [len(row) for row in found] == [1] * len(ROWS), [
        (row, meanings) for row, meanings in zip(ROWS, found, strict=True) if len(meanings) > 1]
    assert len(set.union(*found)) == len(ROWS)


def test_sides_of_an_equation_may_be_exchanged() -> None:
    assert meaning("x - y", PLANE, up_to_sign=True) == meaning("y - x", PLANE, up_to_sign=True)
    assert meaning("x - y", PLANE, up_to_sign=True) != meaning("x + y", PLANE, up_to_sign=True)


def test_a_formula_without_a_value_goes_by_what_was_read() -> None:
    question = QUESTIONS["softmax_grad_U"]
    first, again, other = (meaning(text, question) for text in ("U v_c U", r"U\, v_c\,U", "v_c U U"))
    assert first == again != other


def test_right_answers_share_what_is_accepted_and_wrong_ones_do_not() -> None:
    """Over every spelling in the tables that is right as it stands, or wrong."""
    right: dict[str, set[str]] = defaultdict(set)
    wrong: dict[str, set[str]] = defaultdict(set)
    answers = [(problem, answer, {}) for problem, _, answer in spelled()]
    if TABLE.is_file():
        rows = map(json.loads, TABLE.read_text(encoding="utf-8").splitlines())
        answers += [(row["problem"], row["answer"], row) for row in itertools.islice(rows, 0, None, 3)]
    for problem, answer, row in answers:
        question = QUESTIONS[problem]
        try:
            reading = read(answer, with_row(question, row).declarations)
            judgement = judge(reading, question)
        except Unreadable:
            continue
        if judgement.verdict in (Verdict.CORRECT, Verdict.WRONG_FORM) and judgement.variant is None:
            right[problem].add(fingerprint(reading, question))
        elif judgement.verdict is Verdict.WRONG:
            wrong[problem].add(fingerprint(reading, question))
    assert sum(map(len, wrong.values())) > 50
    accepted = {problem: {meaning(reference.answer, QUESTIONS[problem])
                          for reference in QUESTIONS[problem].references} for problem in right}
    assert not {problem: found - accepted[problem] for problem, found in right.items() if found - accepted[problem]}
    assert not {problem: found & wrong[problem] for problem, found in right.items() if found & wrong[problem]}


@given(st.decimals(-3, 3, places=5), st.decimals(-3, 3, places=5))
def test_numbers_on_the_edge_of_a_digit(a: Decimal, b: Decimal) -> None:
    """The product of two short numbers is short: rounded as it stands, its last digit could fall either way."""
    question = Question(Declarations(symbols=(Symbol("x"),)), (Reference("x"),))
    with precisely():
        shown = format(a * b, "f")
    spellings = [f"({a}) ({b})", f"({b}) ({a})", shown, f"({a}) ({b}) e^{{x}} e^{{-x}}", rf"\frac{{({a}) ({b}) x}}{{x}}"]
    assert len({meaning(text, question) for text in spellings}) == 1


@pytest.mark.parametrize("text", ["x/0", r"\log(0)", "1/(x-x)"])
def test_what_is_undefined_still_has_a_fingerprint(text: str) -> None:
    assert len(meaning(text, PLANE)) == 12


def test_two_formulas_given_as_one_answer_mean_what_both_mean() -> None:
    question = QUESTIONS["softmax_grad_vc"]
    right, wrong = meaning(r"U\hat{y}-u_o", question), meaning(r"U\hat{y}", question)
    assert meaning(r"U\hat{y}-u_o \text{ or } U(\hat{y}-y)", question) == right
    assert meaning(r"U\hat{y}-u_o \text{ or } U\hat{y}", question) not in (right, wrong)
