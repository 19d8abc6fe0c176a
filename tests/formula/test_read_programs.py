"""Answers typed as lines of a program get the verdicts that people gave them: loops, functions, cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.formula.judging.judge import Verdict
from tests.formula.questions import QUESTIONS
from tests.formula.test_answers import VERDICTS, judgement_of

PROGRAMS = Path(__file__).with_name("programs.txt")


def programs() -> list[tuple[str, str, str]]:
    """Return (problem, verdict, answer) for each line of the table."""
    found: list[tuple[str, str, str]] = []
    problem = ""
    for line in PROGRAMS.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            problem = line[1:-1]
        elif line and not line.startswith("#"):
            verdict, answer = line.split(None, 1)
            found.append((problem, verdict, answer.replace("\\n", "\n")))
    return found


@pytest.mark.parametrize("problem", QUESTIONS)
def test_programs(problem: str) -> None:
    wrong = []
    for name, verdict, answer in programs():
        judgement = judgement_of(name, answer) if name == problem else None
        if judgement is not None and judgement.verdict is not VERDICTS[verdict]:
            wrong.append(f"{answer}\n  expected {verdict}, found {judgement.verdict.value}: {judgement.sentence}")
    assert not wrong, "\n".join(wrong)


def test_every_question_of_the_table_is_one() -> None:
    assert {problem for problem, _, _ in programs()} <= set(QUESTIONS)


def test_refusals_show_the_place() -> None:
    for problem, expected, answer in programs():
        if VERDICTS[expected] is Verdict.UNREADABLE:
            refusal = judgement_of(problem, answer).refusal
            assert refusal is not None, answer
            assert refusal.sentence.rstrip()[-1] in ".?`", refusal.sentence
            assert "^" in refusal.drawing().splitlines()[-1], answer
