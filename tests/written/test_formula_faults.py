"""Every fault that the formulas of a problem can have is found, placed and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.formula.proving.proof import Prover
from autograder.formula_faults import find_formula_faults
from autograder.spec import load_assignment

EXAMPLE = Path(__file__).parent / "example"

# (text to replace, by what, line:column of the fault, piece of the sentence)
FAULTS = [
    ("definition: w^\\top x_t}", "definition: w^\\top q}", "10:5", "`q` is not a name of this problem."),
    ("J: -\\log\\sigma(w^\\top x_t)", "J: -\\log\\sigma(w^\\top x_t", "16:5", "This bracket is not closed."),
    ("aliases: {'\\theta': w}", "aliases: {'\\theta': qq}", "17:13", "aliases.\\theta: `q` is not a name of this problem"),
    ("answer: -(1-\\sigma(w^\\top x_t))x_t\n", "answer: -(1-\\sigma(w^\\top x_t))x_\n", "24:5", "answer:"),
    ("answer: -(1-\\sigma(w^\\top x_t))x_t\n", "answer: -(1-\\sigma(w^\\top X))X\n", "24:5", "has no value"),
    ("answer: -(1-\\sigma(w^\\top x_t))x_t\n", "answer: -\\sigma(w^\\top x_t)x_t\n", "26:5", "the answer is not this derivative"),
    ("wrt: w}", "wrt: w_q}", "26:23", "gradient.wrt"),
    ("in_terms_of: [w, x_t]", "in_terms_of: [w, y_t]", "27:22", "in_terms_of.1: `y_t` is not a name"),
    ("'(1-\\sigma(w^\\top x_t))x_t'", "'-x_t + x_t\\sigma(s)'", "29:17", "this is a right answer, not a mistake"),
    ("say: The sign is wrong.}]", "say: The sign is wrong.}, {answer: 'x_t\\sigma(-s)', say: Other words.}]", "29:93",
     "has the value of a mistake before it, so it would never be told"),
    ("start: 1-\\sigma(s)", "start: \\sigma(s)", "34:5", "end: does not equal the start"),
    ("start: 1-\\sigma(s)", "start: 1-\\sigma(s", "33:5", "start: This bracket is not closed."),
    ("answer: x_t = 0", "answer: x_f = 0", "38:5", "`f` is not a name"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def test_the_example_is_sound_and_its_gradient_is_proved() -> None:
    with Prover() as prover:
        assert list(find_formula_faults(load_assignment(EXAMPLE), prover)) == []


@pytest.mark.parametrize(("old", "new", "place", "saying"), FAULTS)
def test_fault_is_placed_and_said(folder: Path, old: str, new: str, place: str, saying: str) -> None:
    file = folder / "logistic.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    said = "\n".join(map(str, find_formula_faults(load_assignment(folder))))
    assert f"logistic.yaml:{place}:" in said, said
    assert saying in said
