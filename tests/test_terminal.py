"""What is printed of a result: wrapped to the terminal, coloured where it is one, and readable by any output."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from autograder.marks import Item, Mark, Result, State, Verdict
from autograder.spec.fields import Visibility
from autograder.terminal import show_result

LONG = "It is 2 times what is expected in every one of the cases, as if a factor had been left in the loss. Look at it."


def mark(title: str = "Gradient", **verdict: object) -> Mark:
    given = {"state": State.WRONG, "points": 0.0, "feedback": (LONG,), **verdict}
    return Mark(problem="loss", part="gradient", number="1.1", title=title, max_points=2.0,
                visibility=Visibility.VISIBLE, verdict=Verdict(**given), tags=())  # type: ignore[arg-type]


def shown(*marks: Mark, out: io.TextIOBase | None = None, verbose: bool = False, failure: str | None = None) -> str:
    target = out or io.StringIO()
    show_result(Result("small", marks, notes=("no file `a.py`",), failure=failure, seconds=1.25), target,  # type: ignore[arg-type]
                verbose=verbose)
    return target.getvalue() if isinstance(target, io.StringIO) else ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = shown(mark("The gradient of the loss for all outside vectors")).splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(" ".join(lines).split()).count(LONG) == 1
    assert all(line == line.rstrip() for line in lines)


def test_a_page_is_as_it_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    item = Item(name="test_one", state=State.RAISED, points=0.0, max_points=1.0, output="ValueError\n  at line 3")
    found = shown(mark(items=(item,), evidence={"tolerance": 1e-06, "cases": ["a" * 60, "b" * 60]}), verbose=True,
                  failure="one part was not graded")
    assert found == """\
Note: no file `a.py`

 1.1      0/2  wrong  Gradient  (loss/gradient)
      It is 2 times what is expected in every one of the cases, as if a factor
      had been left in the loss. Look at it.
      0/1 raised: test_one
        ValueError
          at line 3
        tolerance: 1e-06
        cases:
          - "{}"
          - "{}"

problem  points  states
loss      0 / 2  1 wrong
all       0 / 2  1.2 s
The grader failed: one part was not graded
""".format("a" * 60, "b" * 60)


@pytest.mark.parametrize(("variables", "out", "is_coloured"), [
    ({}, Terminal, True), ({"NO_COLOR": "1"}, Terminal, False), ({}, io.StringIO, False),
    ({"FORCE_COLOR": "1"}, io.StringIO, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal, False),
])
def test_colours_are_for_terminals(
    variables: dict[str, str], out: type[io.StringIO], is_coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[31mwrong\x1b[0m" in shown(mark(), out=out())) == is_coloured


def test_an_output_that_lacks_letters_gets_question_marks(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as out:
        shown(mark(feedback=("Read as σ(x) ŷ",)), out=out)
    assert "Read as ?(x) ?" in (tmp_path / "out").read_text()
