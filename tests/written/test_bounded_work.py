"""A formula made to keep the judge busy, or to make it stumble, costs its own part and little time."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from autograder.checks import written
from autograder.checks.formula import Checked, FormulaChecker
from autograder.checks.patience import OutOfPatience, patience
from autograder.checks.written import Checkers, WrittenChecker
from autograder.marks import State, Verdict
from autograder.spec import load_assignment
from autograder.submission import Submission, read_answers
from autograder.submission.answers import Answer

ASSIGNMENT = load_assignment(Path(__file__).parents[1] / "hostile" / "assignment")

BOMBS = {
    r"\sigma" + "'" * 24 + "(x)": "Derivatives are read up to the order 4",
    r"\frac{d}{dx}" * 20 + r"\sigma(x)": "Derivatives are read up to the order 4",
    r"\sigma'(\sigma'(\sigma'(\sigma'(\sigma'(x)))))": "Derivatives are read up to the order 4",
    "1e999999999 s": "A number of more than 12 digits",
    "s 1e-400": "A number of more than 12 digits",
    "|" * 400 + "s": "nested too deeply",
    r"\|" * 400 + "s": "nested too deeply",
    r"((((1+s)^{60})^{60})^{60})^{60}": "does not have the value",
    r"(1+s+s^2+s^3+x+e^x)^{60}": "does not have the value",
    r"\exp(" * 30 + "x" + ")" * 30: "does not have the value",
    r"x^{x^{x^{x^{x^{x}}}}}": "does not have the value",
    "a" * 3_000: "more than 1600 signs",
    "x) " * 10_000: "This answer is",
    "x" + " " * 20_000 + "s": "This answer is",
}


def grade(text: str) -> Verdict:
    answers = read_answers(Submission({"answers.txt": f"q1: {text}\n".encode()}), ASSIGNMENT)
    problem = next(problem for problem in ASSIGNMENT.problems if problem.id == "written")
    checkers = Checkers(ASSIGNMENT)
    try:
        return WrittenChecker(checkers, answers).check(problem, problem.parts[0])
    finally:
        checkers.close()


@pytest.mark.parametrize("text", BOMBS)
def test_a_bomb_is_a_wrong_or_an_unreadable_answer(text: str) -> None:
    verdict = grade(text)
    assert verdict.points == 0
    assert verdict.state in (State.WRONG, State.UNREADABLE)
    assert BOMBS[text] in "\n".join(verdict.feedback)


def test_what_no_limit_foresees_ends_with_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    def ponder(self: FormulaChecker, answer: Answer) -> Checked:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(FormulaChecker, "check", ponder)
    monkeypatch.setattr(written, "_PART_SECONDS", 0.05)
    verdict = grade("s (1 - s)")
    assert (verdict.state, verdict.points) == (State.TIMED_OUT, 0)
    assert verdict.feedback == ("This takes too long to work out. Give a shorter closed form.",)
    assert verdict.evidence["typed"] == "s (1 - s)"


@pytest.mark.parametrize("error", [RecursionError, OverflowError, ZeroDivisionError, MemoryError])
def test_what_is_too_large_is_unreadable(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(self: FormulaChecker, answer: Answer) -> Checked:
        raise error

    monkeypatch.setattr(FormulaChecker, "check", stumble)
    verdict = grade("s (1 - s)")
    assert (verdict.state, verdict.points) == (State.UNREADABLE, 0)
    assert verdict.feedback == ("This is too large to be worked out. Give a shorter closed form.",)


def test_patience_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with patience(5.0):
        pass
    with pytest.raises(OutOfPatience), patience(0.01):
        threading.Event().wait(10)
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_outside_of_the_main_thread_there_is_no_bound() -> None:
    done: list[bool] = []

    def run() -> None:
        with patience(0.001):
            time.sleep(0.02)
            done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [True]
