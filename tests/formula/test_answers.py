"""Answers in many spellings get the verdicts that people gave them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.formula.judging.judge import Judgement, Verdict, judge
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from tests.formula.questions import QUESTIONS, with_row

SPELLINGS = Path(__file__).with_name("spellings.txt")
TABLE = Path(__file__).parents[3] / "shared" / "formulas" / "answers.jsonl"
VERDICTS = {
    "correct": Verdict.CORRECT, "form": Verdict.WRONG_FORM, "variant": Verdict.VARIANT, "wrong": Verdict.WRONG,
    "unreadable": Verdict.UNREADABLE,
}
LABELS = {
    "correct": Verdict.CORRECT, "right-value-wrong-form": Verdict.WRONG_FORM, "convention-variant": Verdict.VARIANT,
    "wrong": Verdict.WRONG,
}
NOT_READ = {
    "negsample_grad_vc-0069": "v_0 stands for two different names",
    "negsample_grad_uo-0070": "v_0 stands for two different names",
    "softmax_grad_uw-0209": "u_0 may be u_o or a slip; an index 0 is asked about, not marked",
}
"""Answers of the table that are refused, and why that is right."""


def spelled() -> Iterator[tuple[str, str, str]]:
    problem = ""
    for line in SPELLINGS.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and line[1:-1] in QUESTIONS:
            problem = line[1:-1]
        elif line and not line.startswith("#"):
            verdict, answer = line.split(None, 1)
            yield problem, verdict, answer


def judgement_of(problem: str, answer: str, row: dict[str, object] | None = None) -> Judgement:
    question = QUESTIONS[problem]
    try:
        return judge(read(answer, with_row(question, row or {}).declarations), question)
    except Unreadable as refusal:
        return Judgement(Verdict.UNREADABLE, "not readable", refusal=refusal)


@pytest.mark.parametrize("problem", QUESTIONS)
def test_spellings(problem: str) -> None:
    found = [
        (verdict, judgement_of(problem, answer), answer) for name, verdict, answer in spelled() if name == problem
    ]
    assert found
    wrong = [f"{answer}\n  expected {verdict}, found {judgement.verdict.value}: {judgement.means} {judgement.sentence}"
             for verdict, judgement, answer in found if judgement.verdict is not VERDICTS[verdict]]
    assert not wrong, "\n".join(wrong)


def test_refusals_show_the_place() -> None:
    for problem, verdict, answer in spelled():
        if verdict == "unreadable":
            refusal = judgement_of(problem, answer).refusal
            assert refusal is not None, answer
            assert refusal.sentence[0].isupper() or refusal.sentence[0] == "`", answer
            assert refusal.sentence.rstrip()[-1] in ".?`", refusal.sentence
            assert "^" in refusal.drawing().splitlines()[-1], answer
            assert 0 <= refusal.span.start <= refusal.span.end <= len(answer), answer


CASES = "w = o: (ŷ_w − 1)v_c\nw ≠ o: ŷ_w v_c"
TABLE_OF_CASES = """| case | gradient |
|---|---|
| $w=o$ | $(\\hat y_w-1)v_c$ |
| $w\\ne o$ | $\\hat y_w v_c$ |"""
BY_LINES = [
    ("softmax_grad_uw", CASES, "correct"),
    ("softmax_grad_uw", CASES.replace("w =", "- if w =").replace("w ≠", "- if w ≠"), "correct"),
    ("softmax_grad_uw", "(ŷ_w − 1)v_c, w = o\nŷ_w v_c, w ≠ o", "correct"),
    ("softmax_grad_uw", "(ŷ_w − 1)v_c when w = o\nŷ_w v_c when w ≠ o", "correct"),
    ("softmax_grad_uw", "w=o -> (yhat_w - 1) v_c\nelse -> yhat_w v_c", "correct"),
    ("softmax_grad_uw", "w=o -> yhat_w v_c\nelse -> (yhat_w - 1) v_c", "wrong"),
    ("softmax_grad_uw", "(\\hat y_w-1)v_c, w=o\n\\hat y_w v_c, w \\ne o", "correct"),
    ("softmax_grad_uw", "For $w=o$:\n$$(\\hat y_w-1)v_c$$\nFor $w\\ne o$:\n$$\\hat y_w v_c$$", "correct"),
    ("softmax_grad_uw", TABLE_OF_CASES, "correct"),
    ("softmax_grad_uw", "The gradient is\n\n" + TABLE_OF_CASES, "correct"),
    ("softmax_grad_uw", TABLE_OF_CASES.replace("\\ne o", "=o").replace("$w=o$", "$w\\ne o$", 1), "wrong"),
    ("softmax_grad_uw", "gradient | if\n:--|--:\n(ŷ_w − 1)v_c | w = o\nŷ_w v_c | w ≠ o", "correct"),
    ("softmax_grad_uw", "| $w=o$ | $w \\ne o$ |\n|---|---|\n| $(\\hat y_w-1)v_c$ | $\\hat y_w v_c$ |", "unreadable"),
    ("softmax_grad_uw", "Case 1: $w=o$\n$$(\\hat y_o-1)v_c$$\nCase 2: $w \\ne o$\n$$\\hat y_w v_c$$", "correct"),
    ("softmax_grad_uw", "Case 1 (w = o): (ŷ_o − 1) v_c\nCase 2 (w ≠ o): ŷ_w v_c", "correct"),
    ("softmax_grad_uw", "(i) w = o: (ŷ_o − 1) v_c\n(ii) w ≠ o: ŷ_w v_c", "correct"),
    ("softmax_grad_vc", "Let $\\theta = U^Tv_c$. Then we have\n\n$$\\frac{\\partial J}{\\partial\\theta} = \\hat{y}-y$$\n\nBy the chain "
     "rule,\n\n$$\\frac{\\partial J}{\\partial v_c} = U\\frac{\\partial J}{\\partial\\theta} = U(\\hat{y}-y)$$", "correct"),
    ("softmax_grad_vc", "$$\\frac{\\partial J}{\\partial\\theta} = \\hat{y}-y$$\nBy the chain rule,\n$$\\frac{\\partial J}{\\partial v_c} "
     "= U(\\hat{y}-y)$$", "correct"),
    ("softmax_grad_vc", "$$\\begin{aligned}\\frac{\\partial J}{\\partial v_c} &= -u_o + \\sum_w \\hat y_w u_w && \\text{(by the "
     "quotient rule)}\\\\ &= U(\\hat y - y) && \\blacksquare\\end{aligned}$$", "correct"),
    ("leaky_relu_derivative", "= 1 for x>0\n= α for x<0", "correct"),
    ("softmax_grad_vc", "= -u_o + sum_w ŷ_w u_w\n= U(ŷ - y)", "correct"),
    ("softmax_grad_vc", "-U y\n+ U ŷ", "correct"),
    ("softmax_grad_vc", "U (ŷ\n- y)", "correct"),
    ("softmax_grad_vc", "\\mathbf{U}\n(\\hat y - y)", "correct"),
    ("softmax_grad_vc", "-U y\n\nU ŷ", "unreadable"),
    ("softmax_grad_vc", "-Uy + Uŷ\nU(ŷ - y)", "unreadable"),
    ("softmax_grad_vc", "$\\delta = \\hat y - y$\n$g = U\\delta$", "form"),
]


@pytest.mark.parametrize(("problem", "answer", "verdict"), BY_LINES)
def test_lines_say_what_belongs_together(problem: str, answer: str, verdict: str) -> None:
    judgement = judgement_of(problem, answer)
    assert judgement.verdict is VERDICTS[verdict], (judgement.means, judgement.sentence)


@pytest.mark.skipif(not TABLE.is_file(), reason="the table of answers does not lie beside this repository")
def test_table_of_answers() -> None:
    rows = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
    readable = [row for row in rows if row.get("readable", True)]
    found = {row["id"]: judgement_of(row["problem"], row["answer"], row) for row in rows}
    unread = [row["id"] for row in readable if found[row["id"]].verdict is Verdict.UNREADABLE]
    assert sorted(unread) == sorted(NOT_READ)
    assert len(unread) <= 0.03 * len(readable)
    misjudged = {
        row["id"]: found[row["id"]] for row in rows
        if found[row["id"]].verdict not in (Verdict.UNREADABLE, LABELS[row["verdict"]])
    }
    assert not misjudged
