"""Families of answers that came from people who had never seen the reader, with the verdict that a TA gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from autograder.formula_table import judge_table
from autograder.spec import load_assignment

TABLE = Path(__file__).with_name("unseen_answers.txt")
ASSIGNMENTS = [load_assignment(Path(__file__).parents[2] / "problems" / name) for name in ("cs224n_a2", "hw2_cbow")]
STATES = {
    "correct": {"correct"}, "form": {"right value, wrong form"}, "variant": {"correct", "partly correct"},
    "wrong": {"wrong"}, "slip": {"correct", "right value, wrong form", "wrong"}, "unreadable": {"unreadable"},
    "by-hand": {"by hand"},
}


class Row(NamedTuple):
    label: str
    problem: str
    answer: str


def rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            label, problem, answer = line.split(None, 2)
            yield Row(label, problem, answer.replace("⏎", "\n"))


def test_every_family_gets_its_verdict() -> None:
    found = list(rows())
    lines = [json.dumps({"problem": row.problem, "answer": row.answer}) for row in found]
    wrong = []
    for row, judged in zip(found, judge_table(lines, ASSIGNMENTS, prove=False), strict=True):
        is_variant = ";" in str(judged["means"]) and judged["state"] != "unreadable"
        as_said = judged["state"] in STATES[row.label] and is_variant == (row.label == "variant")
        is_slip = judged["wrong_step"] is not None and row.label != "wrong"
        if not as_said or is_slip != (row.label == "slip"):
            wrong.append(f"{row.label} {row.problem} {row.answer}\n  {judged['state']}: {judged['means']} {judged['wrong_step']}")
    assert not wrong, "\n".join(wrong)



def test_a_definition_in_an_answer_is_its_own() -> None:
    lines = [json.dumps({"problem": "softmax_grad_vc", "answer": answer}) for answer in (
        r"\newcommand{\yh}{\hat y} U(\yh - y)", r"U(\yh - y)")]
    states = [judged["state"] for judged in judge_table(lines, ASSIGNMENTS, prove=False)]
    assert states == ["correct", "unreadable"]


BROKEN = [
    ("softmax_grad_vc", r"\begin{split}\frac{\partial J}{\partial v_c}&=-u_o+\sum_w\hat y_wu_w\\&, =U(\hat y-y)\end{split}"),
    ("softmax_grad_uw_other", r"\text{where } w\neq o,=\sigma(x)\; y_w=0,\text{ so } \frac{\partial J}{\partial u_w}=\hat y_w v_c"),
    ("crossentropy_equals_nll", r"$-\sum_w y_w\log\hat y_w=-y_o\log\hat y_o=-\log\hat y_o$, bec,U)}{\p $q=1$ and $k=1}^K(\sigma$"),
]


@pytest.mark.parametrize(("problem", "answer"), BROKEN)
def test_a_broken_answer_gets_a_verdict(problem: str, answer: str) -> None:
    (judged,) = judge_table([json.dumps({"problem": problem, "answer": answer})], ASSIGNMENTS, prove=False)
    assert judged["state"] in {"correct", "wrong", "right value, wrong form", "unreadable", "by hand"}
