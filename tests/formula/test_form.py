"""What a form asks for is said, and does not touch the value."""

from __future__ import annotations

import pytest

from autograder.formula.declarations import (
    Declarations,
    Family,
    Form,
    Function,
    Index,
    IndexSet,
    Question,
    Reference,
    Size,
    Symbol,
)
from autograder.formula.judging.judge import Verdict, judge
from autograder.formula.reading import read

DECLARATIONS = Declarations(
    sizes=(Size("d", 2, 4), Size("n", 5, 7), Size("m", 2, 3)),
    sets=(IndexSet("all", "1", "n"), IndexSet("window", "-m", "m", ("window",), without=(0,))),
    indices=(Index("i", "all"), Index("j", "window")),
    symbols=(Symbol("A", ("n", "d")), Symbol("b", ("n",)), Symbol("x", ("d",)), Symbol("a", (), domain="positive")),
    families=(Family("a", ("i",), ("d",), row_of="A"), Family("g", ("j",), ("d",))),
    functions=(Function("sigma"),),
)


def faults(reference: str, answer: str, form: Form) -> list[str]:
    judgement = judge(read(answer, DECLARATIONS), Question(DECLARATIONS, (Reference(reference),), form))
    assert judgement.verdict in (Verdict.CORRECT, Verdict.WRONG_FORM)
    assert (judgement.verdict is Verdict.WRONG_FORM) == bool(judgement.faults)
    return [fault.kind for fault in judgement.faults]


@pytest.mark.parametrize("answer", [
    r"\frac{\sigma(a)(1-\sigma(a))}{\sigma(a)}", r"\frac{a(1-\sigma(a))}{a}", r"1 \cdot (1-\sigma(a))",
    r"-(-(1-\sigma(a)))", r"1-\sigma(a)+0", r"\frac{1-\sigma(a)}{1}", r"-\frac{1}{a}\cdot(-a)(1-\sigma(a))",
    r"a^2\frac{1-\sigma(a)}{a^2}",
])
def test_left_to_simplify(answer: str) -> None:
    assert faults(r"1-\sigma(a)", answer, Form(simplified=True)) == ["simplified"]
    assert faults(r"1-\sigma(a)", answer, Form()) == []


@pytest.mark.parametrize("answer", [
    r"1-\sigma(a)", r"\frac{1}{1+e^{a}}", r"\sigma(-a)", r"-(\sigma(a)-1)", r"\frac{e^{-a}}{1+e^{-a}}",
])
def test_simplified(answer: str) -> None:
    assert faults(r"1-\sigma(a)", answer, Form(simplified=True)) == []


@pytest.mark.parametrize(("answer", "kinds"), [
    (r"\sum_{j=-m, j \ne 0}^m g_j", []),
    (r"\sum_{-m \le j \le m,\; j \ne 0} g_j", []),
    (r"\sum_{j=-m}^{-1} g_j + \sum_{j=1}^m g_j", []),
    (r"\sum_j g_j", ["bounds"]),
    (r"\sum_{j \in window} g_j", ["bounds"]),
])
def test_a_sum_must_say_what_its_set_leaves_out(answer: str, kinds: list[str]) -> None:
    assert faults(r"\sum_{-m \le j \le m, j \ne 0} g_j", answer, Form()) == kinds


@pytest.mark.parametrize(("answer", "kinds"), [
    (r"A^\top b", []),
    ("A.T @ b", []),
    (r"(b^\top A)^\top", []),
    (r"\sum_i b_i a_i", ["sum", "element"]),
    (r"\sum_{i=1}^n A_{i,:}^\top b_i", ["sum", "element"]),
])
def test_vectorised(answer: str, kinds: list[str]) -> None:
    assert faults(r"A^\top b", answer, Form(vectorised=True)) == kinds
    assert faults(r"A^\top b", answer, Form()) == []


@pytest.mark.parametrize(("form", "kinds"), [
    (Form(in_terms_of=("A", "x", "b")), []),
    (Form(in_terms_of=("A", "x")), ["terms"]),
    (Form(functions=("exp",)), ["function"]),
    (Form(functions=("exp", "sigma")), []),
])
def test_terms_and_functions(form: Form, kinds: list[str]) -> None:
    assert faults(r"\sigma(Ax) - b", r"\sigma(Ax) - b", form) == kinds
