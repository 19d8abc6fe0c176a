"""A table of answers is judged line by line; a line that cannot be used costs no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.formula_table import judge_table
from autograder.spec import Assignment, load_assignment

PROBLEMS = Path(__file__).parents[2] / "problems"
FIELDS = {"id", "problem", "state", "points", "read_as", "means", "wrong_step", "seconds"}


@pytest.fixture(scope="module")
def assignments() -> list[Assignment]:
    return [load_assignment(PROBLEMS / name) for name in ("cs224n_a2", "hw2_cbow")]


# (line, state, points, read as, piece of the means)
LINES = [
    ({"problem": "softmax_grad_vc", "answer": "U(ŷ − y)"}, "correct", 4, r"U (\hat{y} - y)", "the same formula"),
    ({"problem": "softmax_grad_vc", "answer": "U\\hat y - Uy"}, "correct", 4, r"U \hat{y} - U y", "agrees at 4 points to 40 digits"),
    ({"problem": "naive-softmax/softmax_grad_vc", "answer": "U^T(\\hat y - y)"}, "correct", 4, r"U^{\top} (\hat{y} - y)", "U stored by rows"),
    ({"problem": "b", "answer": "-u_o + \\sum_w \\hat y_w u_w"}, "right value, wrong form", 2, None, "agrees"),
    ({"problem": "softmax_grad_vc", "answer": "U\\hat y"}, "wrong", 2, r"U \hat{y}", "differs at a point"),
    ({"problem": "softmax_grad_vc", "answer": "U("}, "unreadable", 0, None, "This bracket is not closed."),
    ({"problem": "softmax_grad_vc", "answer": "$U\\hat y$ (minus the true column)"}, "unreadable", 0, None, "may change it (`minus`)"),
    ({"problem": "softmax_grad_vc", "answer": "M(\\hat y - y)", "alias": {"M": "U"}}, "correct", 4, None, ""),
    ({"problem": "negsample_grad_uk", "answer": "\\sigma(z) v_c", "define": {"z": "u_k^T v_c"}}, "right value, wrong form", 1, None, ""),
    ({"problem": "tanh_derivative", "answer": "Let t = tanh x. Then 1 - t^2"}, "right value, wrong form", 1, "1 - \\tanh(x)^{2}", ""),
    ({"problem": "tanh_derivative", "answer": "(1-t)(1+t), t=tanh x"}, "right value, wrong form", 1, None, ""),
    ({"problem": "hw2_cbow/sigmoid_derivative", "answer": "z = σ(x), z(1-z)"}, "right value, wrong form", 1, None, ""),
    ({"problem": "hw2_cbow/sigmoid_derivative", "answer": "σ(z)(1-σ(z)) where z = x"}, "correct", 2, None, ""),
    ({"problem": "softmax_grad_vc", "answer": "U @ (y_hat - y)", "format": "python"}, "correct", 4, None, ""),
    ({"problem": "crossentropy_equals_nll", "answer": "-\\sum_w y_w \\log \\hat y_w = -y_o \\log \\hat y_o = -\\log \\hat y_o"}, "correct", 2, None, ""),
    ({"problem": "sample_count_cbow", "answer": "20"}, "correct", 1, "20", "whole-windows"),
    ({"problem": "more_samples", "answer": "CBOW"}, "wrong", 0, None, ""),
    ({"problem": "cost", "answer": "It is cheaper."}, "by hand", 0, None, "marked by hand"),
    ({"problem": "softmax_grad_zero", "answer": "\\hat y = y"}, "correct", 1, None, ""),
    ({"problem": "softmax_grad_v", "answer": "1"}, "not graded", 0, None, "no written part 'softmax_grad_v'; did you mean 'softmax_grad_vc'?"),
    ({"problem": "softmax_grad_vc"}, "not graded", 0, None, "a line needs a 'problem' and an 'answer', both text"),
    ({"problem": "softmax_grad_vc", "answer": "1", "alias": {"a": 3}}, "not graded", 0, None, "'alias' must map spellings to what they mean"),
    ([1, 2], "not graded", 0, None, "a line needs a 'problem'"),
    ("no JSON", "not graded", 0, None, "this line is not JSON"),
]


@pytest.mark.parametrize(("line", "state", "points", "read_as", "means"), LINES)
def test_a_line_is_judged(assignments: list[Assignment], line: object, state: str, points: float, read_as: str | None, means: str) -> None:
    text = line if isinstance(line, str) else json.dumps(line)
    (judged,) = judge_table([text], assignments, prove=False)
    assert set(judged) == FIELDS | ({"typed", "reason"} if state == "unreadable" else set())
    assert (judged["state"], judged["points"]) == (state, pytest.approx(points))
    assert read_as is None or judged["read_as"] == read_as
    assert means in str(judged["means"])
    json.dumps(judged)


def test_lines_keep_their_order_and_ids(assignments: list[Assignment]) -> None:
    lines = ['{"id": "a", "problem": "b", "answer": "U(\\\\hat y - y)"}', "", "broken", '{"problem": "b", "answer": "U"}']
    judged = list(judge_table(lines, assignments))
    assert [(line["id"], line["state"]) for line in judged] == [("a", "correct"), ("3", "not graded"), ("4", "wrong")]


def test_names_of_one_line_do_not_reach_the_next(assignments: list[Assignment]) -> None:
    lines = [json.dumps({"problem": "b", "answer": "M(\\hat y - y)", "alias": {"M": "U"}}), json.dumps({"problem": "b", "answer": "M(\\hat y - y)"})]
    assert [line["state"] for line in judge_table(lines, assignments, prove=False)] == ["correct", "unreadable"]
