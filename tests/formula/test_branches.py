"""Points meet each branch of a piecewise formula, and digits that cancel do not count."""

from __future__ import annotations

import itertools

import pytest

from autograder.formula.declarations import Declarations, Function, Question, Reference, Size, Symbol
from autograder.formula.judging.judge import Verdict, judge
from autograder.formula.reading import read
from autograder.formula.values.drawing import NoDrawError, draw_points

HINGE = Declarations(
    symbols=(
        Symbol("s", (), branches=("s > 1", "0 < s < 1", "s < 0")),
        Symbol("y", (), branches=("positive", "negative")),
        Symbol("t", ()),
    ),
    functions=(Function("f", definition=r"\max(0, 1 - x)"),),
)
RELU = Declarations(sizes=(Size("n", 2, 3),), symbols=(Symbol("x", ()), Symbol("z", ("n",))))


def signs(name: str, count: int = 2) -> list[bool]:
    symbol = next(item for item in HINGE.symbols if item.name == name)
    return [point.symbol(symbol)[0] > 0 for point in draw_points(HINGE, count)]


def test_each_choice_of_branches_has_a_point() -> None:
    s, y, _ = HINGE.symbols
    met = {
        (1 if (score := point.symbol(s)[0]) > 1 else -1 if score < 0 else 0, point.symbol(y)[0] > 0)
        for point in draw_points(HINGE, 2)
    }
    assert met == set(itertools.product((1, 0, -1), (True, False)))


def test_a_scalar_has_both_signs_at_each_two_points() -> None:
    found = signs("t", 8)
    assert all(first != second for first, second in zip(found[::2], found[1::2], strict=True))


@pytest.mark.parametrize(("branch", "said"), [("s is large", "write a comparison"), ("s > 99", "no number")])
def test_a_branch_that_cannot_be_met(branch: str, said: str) -> None:
    declarations = Declarations(symbols=(Symbol("s", (), branches=(branch,)),))
    with pytest.raises(NoDrawError, match=said):
        draw_points(declarations, 1)[0].symbol(declarations.symbols[0])


@pytest.mark.parametrize(("reference", "answer", "verdict"), [
    (r"\max(0, x)", r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", Verdict.CORRECT),
    (r"\max(0, x)", "x", Verdict.WRONG),
    (r"\max(0, x)", r"\begin{cases} x & x > 2 \\ 0 & \text{otherwise} \end{cases}", Verdict.WRONG),
    ("x^2", r"x|x|", Verdict.WRONG),
    ("x^2", r"\begin{cases} x^2 & x < 1.5 \\ x & \text{otherwise} \end{cases}", Verdict.WRONG),
    ("relu(z)", r"z \odot \mathbb{1}\{z > 0\}", Verdict.CORRECT),
    ("relu(z)", r"\frac{z + |z|}{2}", Verdict.CORRECT),
])
def test_verdicts_on_piecewise_answers(reference: str, answer: str, verdict: Verdict) -> None:
    question = Question(RELU, (Reference(reference),))
    assert judge(read(answer, RELU), question).verdict is verdict


@pytest.mark.parametrize(("answer", "verdict"), [
    (r"1 - \sigma(t)", Verdict.CORRECT), (r"1 - \sigma(t + 10^{-20})", Verdict.WRONG),
])
def test_digits_that_cancel(answer: str, verdict: Verdict) -> None:
    declarations = Declarations(
        symbols=(Symbol("x", ()), Symbol("t", (), definition="50 + x^2")), functions=(Function("sigma"),)
    )
    assert judge(read(answer, declarations), Question(declarations, (Reference(r"\sigma(-t)"),))).verdict is verdict
