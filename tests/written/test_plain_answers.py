"""Answers in plain text get the verdicts that a TA gives them, also where mathematics is said in English."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.formula_table import judge_table
from tests.written.test_unseen_answers import ASSIGNMENTS, STATES

TABLE = Path(__file__).with_name("plain_answers.txt")


def test_plain_answers_get_their_verdicts() -> None:
    rows = [line.split(None, 2) for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    lines = [json.dumps({"problem": problem, "answer": answer}) for _, problem, answer in rows]
    wrong = []
    for (label, problem, answer), judged in zip(rows, judge_table(lines, ASSIGNMENTS, prove=False), strict=True):
        is_variant = ";" in str(judged["means"]) and judged["state"] != "unreadable"
        if judged["state"] not in STATES[label] or is_variant != (label == "variant") or judged["wrong_step"]:
            wrong.append(f"{label} {problem} {answer}\n  {judged['state']}: {judged['means']} {judged['wrong_step']}")
    assert not wrong, "\n".join(wrong)
