"""What the pre-check says of functions and answers, rung by rung, on a small problem of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.commands.check import keep_watching
from autograder.precheck.findings import PartReport, Report, Standing
from autograder.precheck.line import check, what_is_left
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import load_assignment
from autograder.spec.model import Assignment
from autograder.spec.public import as_students_see
from autograder.submission import read_submission

SMALL = Path(__file__).parent / "small"
HOME = Path(__file__).parents[2]
RIGHT = """
import numpy as np

def square_loss(w, X, y):
    away = X @ w - y
    return away @ away / 2, X.T @ away

def smooth(x):
    return 1 / (1 + np.exp(-x))

def secret(w):
    return np.sum(w ** 2), 2 * w
"""
ANSWERS = """
## square_grad
$$X^\\top (Xw - y)$$
## hidden_grad
$$2w$$
## limit
0
## which
flat
## why
Because.
## chain
$$ (a+b)^2 = (a+b)(a+b) = a^2 + 2ab + b^2 $$
## when
$$w = 0$$
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


@pytest.fixture(scope="module")
def small() -> Assignment:
    return as_students_see(load_assignment(SMALL))


def run(small: Assignment, sandbox: Sandbox, tmp_path: Path, code: str = RIGHT, answers: str = ANSWERS,
        problem: str | None = None) -> Report:
    (tmp_path / "small.py").write_text(code)
    (tmp_path / "answers.md").write_text(answers)
    return check(read_submission(tmp_path), small, sandbox, problem)


def part(report: Report, name: str) -> PartReport:
    return next(one for one in report.parts if one.part == name)


def said(report: PartReport) -> str:
    return "\n".join(f"{finding.tone.value}: {finding.text}" for finding in report.findings)


def test_right_work_meets_no_objection_and_is_never_said_to_pass(
    small: Assignment, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = run(small, sandbox, tmp_path)
    assert not report.is_to_mend
    assert not report.is_open
    square = part(report, "square")
    assert square.outputs == {"loss": True, "grad_w": True}
    assert "fine: `loss` is J, as the problem gives it, in all 3 cases." in said(square)
    assert "fine: `grad_w` is the derivative of J with respect to `w`, in all 3 cases." in said(square)
    assert "fine: It leaves its inputs as they are." in said(square)
    own = part(report, "own")
    assert own.outputs == {"loss": None, "grad_w": None}
    assert "agrees with finite differences of the `loss` that your function returns" in said(own)
    assert "fine: A small step against `grad_w` lowers your `loss`." in said(own)
    assert said(part(report, "smooth")) == (
        "fine: `value` is what the question states, in all 3 cases.\nfine: It leaves its inputs as they are.")
    grad = part(report, "square_grad")
    assert grad.standing is Standing.FINE
    assert "note: Read as: `Xᵀ (X w - y)`" in said(grad)
    assert "fine: This is the derivative of `J` with respect to `w`." in said(grad)
    assert "has the values that your `square_loss` returns as `grad_w`" in said(grad)
    assert part(report, "hidden_grad").standing is Standing.READ
    assert said(part(report, "hidden_grad")) == "note: Read as: `2 w`\nnote: This is a column of d entries."
    left = "\n".join(what_is_left(report, small))
    assert "Your functions run on other inputs" in left
    assert "`hidden_grad`, `limit`, `which`, `chain`, `when`: whether the answer is right." in left
    assert "`own`: whether `loss`, `grad_w` of `secret` has the right value." in left
    assert "passed" not in left


CODE = [
    # (text to replace, by what, part, what is said)
    ("return away @ away / 2, X.T @ away", "return away @ away / 2, -X.T @ away", "square", "has the wrong sign everywhere"),
    ("return away @ away / 2, X.T @ away", "return away @ away, X.T @ away", "square",
     "The gradient is right, so the `loss` is what is off."),
    ("return away @ away / 2, X.T @ away", "return away @ away, 2 * X.T @ away", "square",
     "That `loss` is what is off: mend it first"),
    ("return away @ away / 2, X.T @ away", "return away @ away, 3 * X.T @ away", "square",
     "Both are off: begin with the `loss`."),
    ("return away @ away / 2, X.T @ away", "return away @ away / 2, 3 * X.T @ away", "square",
     "the gradient is what is off."),
    ("return away @ away / 2, X.T @ away", "return 0.0, 0 * w", "square", "Everything that your function returns is 0"),
    ("return away @ away / 2, X.T @ away", "return X.T @ away, away @ away / 2", "square", "in another order: grad_w, loss"),
    ("return away @ away / 2, X.T @ away", "return away @ away / 2", "square", "It returned 1 value where 2 are asked"),
    ("return away @ away / 2, X.T @ away", "return away @ away / 2, away", "square", "has shape ("),
    ("return away @ away / 2, X.T @ away", "return 1 / 0", "square", "It raised **ZeroDivisionError**"),
    ("away = X @ w - y", "w += 1; away = X @ w - y", "square", "changes its input `w` in place"),
    ("2 * w", "-2 * w", "own", "One of the two is off, here or in a function that is called here."),
    ("2 * w", "-2 * w", "own", "A small step against `grad_w` should lower your `loss`; it goes up"),
    ("2 * w", "w[:1]", "own", "has shape (1,)"),
    ("2 * w", "w / 0", "own", "Look for a logarithm of 0, a division by 0"),
    ("np.sum(w ** 2), 2 * w", "0.0, w", "own", "`grad_w` is the input `w` as it was given, in every case"),
    ("def smooth(x)", "def smoth(x)", "smooth", "There is no function `smooth` in small.py; did you mean 'smoth'?"),
    ("import numpy as np", "import numpy as np; 1 +", "smooth", "is not valid Python"),
    ("1 / (1 + np.exp(-x))", "x", "smooth", "`value` is not what the question states."),
    ("1 / (1 + np.exp(-x))", "[][0]", "smooth", "in small.py, line 9"),
]


@pytest.mark.parametrize(("old", "new", "name", "says"), CODE)
def test_what_is_wrong_with_a_function_is_said(
    small: Assignment, sandbox: Sandbox, tmp_path: Path, old: str, new: str, name: str, says: str
) -> None:
    assert old in RIGHT
    found = part(run(small, sandbox, tmp_path, code=RIGHT.replace(old, new)), name)
    assert found.standing is Standing.MEND
    assert says in said(found)


def test_single_precision_is_no_reason_to_doubt_a_gradient(small: Assignment, sandbox: Sandbox, tmp_path: Path) -> None:
    """Differences of a rounded loss are noise, which says nothing about the gradient."""
    code = RIGHT.replace("np.sum(w ** 2), 2 * w", "np.sum(w.astype(np.float32) ** 2), (2 * w).astype(np.float32)")
    found = part(run(small, sandbox, tmp_path, code=code), "own")
    assert found.standing is Standing.FINE
    assert "differences" not in said(found)


def test_an_empty_answer_sheet_is_not_taken_for_missing_code(
    small: Assignment, sandbox: Sandbox, tmp_path: Path
) -> None:
    sheet = {"cells": [{"cell_type": "markdown", "source": "## why"}]}
    (tmp_path / "answers.ipynb").write_text(json.dumps(sheet))
    report = check(read_submission(tmp_path), small, sandbox)
    assert said(part(report, "square")) == (
        "mend: There is no `small.py` in the submission. Hand it in under exactly this name.")


def test_functions_that_hang_end_and_the_rest_is_checked(small: Assignment, sandbox: Sandbox, tmp_path: Path) -> None:
    report = run(small, sandbox, tmp_path, code=RIGHT.replace("away = X", "while True: pass\n    away = X"))
    assert "had not returned after 1 seconds" in said(part(report, "square"))
    assert part(report, "smooth").standing is Standing.FINE


def test_a_notebook_is_work_like_any_other_and_its_training_is_left_alone(
    small: Assignment, sandbox: Sandbox, tmp_path: Path
) -> None:
    cells = [("code", "%matplotlib inline\nimport numpy as np"), ("code", RIGHT.replace("2 * w", "w[:9] @ (1, 2)")),
             ("markdown", ANSWERS), ("code", "while True:\n    square_loss(np.ones(3), np.ones((2, 3)), np.ones(2))")]
    notebook = {"cells": [{"cell_type": kind, "source": text, "outputs": []} for kind, text in cells]}
    (tmp_path / "hw.ipynb").write_text(json.dumps(notebook))
    report = check(read_submission(tmp_path), small, sandbox)
    assert part(report, "square").standing is Standing.FINE
    assert part(report, "square_grad").standing is Standing.FINE
    assert "in hw.ipynb, cell 2, line 12 (`return np.sum(w ** 2), w[:9] @ (1, 2)`)" in said(part(report, "own"))
    assert "so what trains, plots or tests was left alone" in said(part(report, "own"))
    assert any("`%matplotlib inline` (cell 1)" in note for note in report.notes)


WRITTEN = [
    ("$$X^\\top (Xw - y)$$", "$$X (Xw - y)$$", "square_grad", Standing.MEND, "mend: "),
    ("$$X^\\top (Xw - y)$$", "$$-X^\\top (Xw - y)$$", "square_grad", Standing.MEND, "by your formula and"),
    ("$$X^\\top (Xw - y)$$", "$$X^\\top (Xw - q)$$", "square_grad", Standing.MEND, "^"),
    ("$$X^\\top (Xw - y)$$", "", "square_grad", Standing.OPEN, "below the heading `## square_grad`"),
    ("$$2w$$", "$$2u$$", "hidden_grad", Standing.MEND, "2u\n ^"),
    ("$$2w$$", "$$w X$$", "hidden_grad", Standing.READ, "With the shapes that the problem declares this has no value."),
    ("$$2w$$", "$$w$$ and then $$3w$$", "hidden_grad", Standing.READ, "the last one was judged"),
    ("$$2w$$", "Either $w$ or $2w$.", "hidden_grad", Standing.MEND, "may change it (`or`)"),
    ("flat", "perhaps", "which", Standing.MEND, "It is not clear which one you chose."),
    ("flat", "flat", "which", Standing.READ, "Read as: A flat one."),
    ("Because.", "Because.", "why", Standing.READ, "A person will read and mark it."),
    ("= (a+b)(a+b) =", "= (a+b)(a+q) =", "chain", Standing.MEND, "^"),
    ("= (a+b)(a+b) =", "= (a+b)(a+b) =", "chain", Standing.READ, "Read as: `(a + b)²`, then"),
    ("$$w = 0$$", "$$w = 0$$", "when", Standing.READ, "Read as: `w = 0`"),
    ("$$w = 0$$", "at the minimum", "when", Standing.READ, "answered in words"),
]


@pytest.mark.parametrize(("old", "new", "name", "standing", "says"), WRITTEN)
def test_what_was_read_is_shown_and_what_was_not_is_marked(
    small: Assignment, sandbox: Sandbox, tmp_path: Path, old: str, new: str, name: str, standing: Standing, says: str
) -> None:
    assert old in ANSWERS
    found = part(run(small, sandbox, tmp_path, answers=ANSWERS.replace(old, new)), name)
    assert (found.standing, says in said(found)) == (standing, True), said(found)


def command(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["check", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def word2vec() -> Assignment:
    return as_students_see(load_assignment(HOME / "problems/cs224n_a2"))


def test_what_is_not_known_is_not_counted_as_right(word2vec: Assignment, sandbox: Sandbox) -> None:
    """With K left out nothing is stated; the other cases tell of the slip."""
    work = read_submission(HOME / "submissions_sample/cs224n_a2/wrong_factor")
    report = part(check(work, word2vec, sandbox, "negative-sampling"), "number-of-negatives")
    assert "`loss` is 1/2 of what it should be, in every entry and every case." in said(report)
    assert "It is right in" not in said(report)


def test_what_needs_a_part_waits_until_that_has_something_right(word2vec: Assignment, sandbox: Sandbox) -> None:
    report = check(read_submission(HOME / "submissions_sample/cs224n_a2/unfinished"), word2vec, sandbox, "negative-sampling")
    assert part(report, "code").standing is Standing.MEND
    waiting = part(report, "stability")
    assert waiting.standing is Standing.UNCHECKED
    assert said(waiting) == "note: This is looked at once `code` has something right."
    assert "`number-of-negatives`, `stability`: all of it." in what_is_left(report, word2vec)


def test_a_loss_that_stands_still_is_not_blamed_on_signs(word2vec: Assignment, sandbox: Sandbox) -> None:
    work = read_submission(HOME / "submissions_sample/cs224n_a2/wrong_softmax_axis")
    told = said(part(check(work, word2vec, sandbox, "naive-softmax"), "code"))
    assert "Both are off: begin with the `loss`." in told
    assert "Look at the signs first" not in told


def test_the_command_says_how_it_went_by_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(RIGHT)
    code, output = command(tmp_path, "numbers", "--assignment", SMALL)
    assert code == 0, output
    assert output.startswith(f"Checking {tmp_path}")
    assert "What the grader will check and this did not:" in output
    assert "Nothing is written yet for: square_grad, " in output
    assert max(map(len, output.splitlines()[1:])) <= 80  # the first line holds the path, as long as it is
    assert "\x1b" not in output
    (tmp_path / "small.py").write_text(RIGHT.replace("2 * w", "w"))
    assert command(tmp_path, "--assignment", SMALL)[0] == 1
    assert command(tmp_path, "numbrs", "--assignment", SMALL) == (
        2, f"Checking {tmp_path} ...\nThere is no file or problem 'numbrs'; did you mean 'numbers'?\n")
    code, output = command(tmp_path)
    assert (code, "No problem files were found beside" in output) == (2, True)


def test_the_command_speaks_json(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(RIGHT)
    code, output = command(tmp_path, "--assignment", SMALL, "--json")
    told = json.loads(output)
    assert code == 0
    square = next(one for one in told["parts"] if one["id"] == "numbers/square")
    assert square["standing"] == "no objection"
    assert square["outputs"] == {"loss": True, "grad_w": True}
    assert told["not checked"]


def test_a_handout_that_was_changed_is_named(tmp_path: Path) -> None:
    (tmp_path / "problems").mkdir()
    (tmp_path / "problems/assignment.yaml").write_text("id: a\ntitle: A\nproblems: [gone]\n")
    code, output = command(tmp_path)
    assert code == 2
    assert "gone.yaml: cannot be read" in output
    assert "Unpack the handout again" in output


def test_a_folder_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **more: path != tmp_path and may(path, mode, **more))
    code, output = command(tmp_path)
    assert (code, "you have no permission to read it. Copy your work into a folder of your own" in output) == (2, True)


def test_watching_runs_again_at_each_save(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.py"
    file.write_text("1")
    (tmp_path / ".hidden.py").write_text("1")
    runs: list[str] = []
    pauses = iter(["", "2", "", "stop"])

    def sleep(seconds: float) -> None:
        change = next(pauses)
        if change == "stop":
            raise KeyboardInterrupt
        if change:
            file.write_text(change)
            import os
            os.utime(file, (1, 1))

    with pytest.raises(KeyboardInterrupt):
        keep_watching(tmp_path, lambda: runs.append(file.read_text()), sleep)
    assert runs == ["1", "2"]
    assert capsys.readouterr().out.count("Checking again ...") == 1
