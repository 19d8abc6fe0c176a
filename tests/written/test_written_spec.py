"""Written parts of a problem file: declared as the formula package takes them, every fault placed and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.formula import declarations as formula
from autograder.spec import SpecError, load_assignment
from autograder.spec.written import FormulaPart, declare_part, pose

EXAMPLE = Path(__file__).parent / "example"

# (text to replace, by what, line:column of the fault, piece of the sentence)
FAULTS = [
    ("last: n,", "last: m,", "5:21", "no size 'm'"),
    ("last: n,", "last: n-1,", "5:21", "must be a number, a size or its negative"),
    ("i: {over: Examples}", "i: {over: Example}", "6:17", "no set 'Example'; did you mean 'Examples'?"),
    ("role: fixed", "role: fix", "6:54", "unknown value 'fix'; did you mean 'fixed'?"),
    ("w: {shape: [d]", "w: {shape: [D]", "8:9", "no size 'D'"),
    ("x[i]:", "x[j]:", "12:5", "no index 'j'"),
    ("x[i]:", "x:", "12:5", "'x' is not a name of the kind that belongs here"),
    ("column_of: X", "column_of: Y", "12:24", "no symbol 'Y'"),
    ("bare: s", "bare: t", "14:13", "no symbol 't'"),
    ("of: J", "of: L", "26:16", "nothing of this name is given"),
    ("sums: true", "depends_on: [f]", "28:5", "no index 'f'"),
    ("in_terms_of:", "in_term_of:", "27:5", "unknown field 'in_term_of'; did you mean 'in_terms_of'?"),
    ("'(1-\\sigma(w^\\top x_t))x_t'", "'-(1-\\sigma(w^\\top x_t)) x_t'", "29:17", "this is the answer, not a mistake"),
    ("answer: 2*7 - 2", "answer: twelve", "42:5", "must be a number, or arithmetic with numbers, not 'twelve'"),
    ("answer: 10", "answer: ten", "43:22", "must be a number"),
    ("answer: skip-gram", "answer: skipgram", "49:5", "no option 'skipgram'; did you mean 'skip-gram'?"),
    ("cbow: {text: CBOW, say: 'Draw it.'}}", "}", "48:5", "at least 2"),
    ("aliases: [a, gradient]", "aliases: [a, shows]", "30:5", "'shows' is also a name of logistic/grad_w"),
    ("kind: equation", "kind: equations", "36:5", "unknown kind 'equations'; did you mean 'equation'?"),
    ("rubric: names", "rubrik: names", "53:5", "unknown field 'rubrik'; did you mean 'rubric'?"),
    ("    points: 1\n    options", "    options", "45:5", "'points' is missing"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


@pytest.mark.parametrize(("old", "new", "place", "saying"), FAULTS)
def test_fault_is_placed_and_said(folder: Path, old: str, new: str, place: str, saying: str) -> None:
    file = folder / "logistic.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        load_assignment(folder)
    said = str(caught.value)
    assert any(f"logistic.yaml:{place}:" in line and saying in line for line in said.splitlines()), said


def part(name: str) -> FormulaPart:
    problem = load_assignment(EXAMPLE).problems[0]
    found = next(part for part in problem.parts if part.id == name)
    assert isinstance(found, FormulaPart)
    return found


def test_a_problem_declares_what_the_formula_package_takes() -> None:
    problem = load_assignment(EXAMPLE).problems[0]
    declared = declare_part(problem.notation, part("grad_w"))
    assert declared.sizes == (formula.Size("d", meaning="number of features"), formula.Size("n"))
    assert declared.sets == (formula.IndexSet("Examples", "1", "n", ("Data",)),)
    assert declared.index("t") == formula.Index("t", "Examples", "fixed")
    assert declared.symbol("s") == formula.Symbol("s", (), "the score", definition=r"w^\top x_t")
    assert declared.family("x") == (formula.Family("x", ("i",), ("d",), column_of="X"),)
    assert declared.function("sigma") == formula.Function("sigma", bare="s")
    assert declared.losses == (formula.Loss("J", r"-\log\sigma(w^\top x_t)"),)
    assert declared.aliases == (formula.Alias(r"\theta", "w"),)


def test_a_part_poses_its_question() -> None:
    problem = load_assignment(EXAMPLE).problems[0]
    question = pose(problem.notation, part("grad_w"))
    assert [reference.variant for reference in question.references] == [None, "by-score"]
    assert question.form == formula.Form(("w", "x_t"))
    assert (question.depends_on, question.layouts, question.every_side) == ((), None, False)


def test_a_part_may_declare_a_name_anew(folder: Path) -> None:
    file = folder / "logistic.yaml"
    file.write_text(file.read_text().replace(
        "    gradient:", "    notation: {indices: {i: {over: Examples, role: free, differs: [t]}}}\n    gradient:", 1))
    problem = load_assignment(folder).problems[0]
    first = problem.parts[0]
    assert isinstance(first, FormulaPart)
    declared = declare_part(problem.notation, first)
    assert declared.index("i") == formula.Index("i", "Examples", "free", differs=("t",))
    assert len(declared.indices) == 2
