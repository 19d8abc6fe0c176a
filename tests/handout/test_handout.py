"""What is in a handout, what can be done with it, and that it is the same every time."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from functools import lru_cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.handout.package import CannotHandOut, Handout, build_handout
from autograder.handout.wheel import CannotBuildWheel, build_wheel
from autograder.spec import load_assignment
from autograder.submission import read_answers, read_submission

HOME = Path(__file__).parents[2]
TINY = HOME / "tests/gradescope/tiny"


@lru_cache
def handout(name: str) -> Handout:
    return build_handout(load_assignment(HOME / "problems" / name))


def test_what_students_get() -> None:
    made = handout("cs224n_a2")
    assert {"README.md", "answers.md", "answers.tex", "answers.ipynb", "word2vec.py", "sgd.py", "utils/utils.py",
            "problems/assignment.yaml", "problems/skipgram.yaml", "problems/harness.py",
            "problems/support/utils/utils.py", made.wheel.name} <= set(made.files)
    assert "def skipgram(" in made.files["problems/harness.py"].decode()
    assert made.files["word2vec.py"] == (HOME / "problems/cs224n_a2/starter/word2vec.py").read_bytes()
    assert len(made.files["README.md"].decode().splitlines()) <= 60


@pytest.mark.parametrize("name", ["cs224n_a2", "hw2_cbow"])
def test_an_untouched_handout_answers_nothing_and_its_sheets_can_be_filled_in(name: str, tmp_path: Path) -> None:
    assignment = load_assignment(HOME / "problems" / name)
    made = handout(name)
    made.write_folder(tmp_path / "h")
    assert read_answers(read_submission(tmp_path / "h"), assignment).by_part == {}
    written = [(p.id, part.id) for p in assignment.problems for part in p.parts if part.kind not in ("function", "unittest")]
    for file in ("answers.md", "answers.tex", "answers.ipynb"):
        sheet = made.files[file].decode()
        for _, part in written:
            heading = part.replace("_", r"\_") if file.endswith(".tex") else part
            assert heading in sheet
    filled = []
    for line in made.files["answers.md"].decode().split("\n"):
        filled.append(line)
        if line.startswith("## "):
            filled.append(f"\n$$x_{{{len(filled)}}}$$\n")
    (tmp_path / "answers.md").write_text("\n".join(filled))
    found = read_answers(read_submission(tmp_path / "answers.md"), assignment)
    assert {(key.problem, key.part) for key in found.by_part} == set(written)
    assert found.notes == ()


def test_a_filled_in_notebook_and_a_filled_in_tex_file_are_read(tmp_path: Path) -> None:
    assignment = load_assignment(HOME / "problems/hw2_cbow")
    made = handout("hw2_cbow")
    notebook = json.loads(made.files["answers.ipynb"])
    cell = next(cell for cell in notebook["cells"] if "## tanh_derivative" in cell["source"])
    cell["source"] += "$$1 - \\tanh^2(x)$$"
    (tmp_path / "answers.ipynb").write_text(json.dumps(notebook))
    tex = made.files["answers.tex"].decode()
    at = tex.index("\n\n", tex.index(r"\subsection*{backprop\_dw2"))
    (tmp_path / "answers.tex").write_text(tex[:at] + "\n\\[ (a_2 - 1) a_1 \\]\n" + tex[at:])
    found = read_answers(read_submission(tmp_path), assignment)
    assert {key.part: answer.text for key, answer in found.by_part.items()} == {
        "tanh_derivative": "1 - \\tanh^2(x)", "backprop_dw2": "(a_2 - 1) a_1"}


def test_the_same_files_give_the_same_bytes() -> None:
    assignment = load_assignment(HOME / "problems/hw2_cbow")
    assert build_handout(assignment).as_zip() == build_handout(assignment).as_zip()


def test_the_wheel_is_one_that_installers_take_and_holds_no_grader(tmp_path: Path) -> None:
    wheel = build_wheel()
    assert not [name for name in wheel.modules if name.startswith((
        "autograder.gradescope", "autograder.grade", "autograder.store", "autograder.cli"))]
    (tmp_path / wheel.name).write_bytes(wheel.data)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", tmp_path / "in",
         tmp_path / wheel.name], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "in/autograder/formula/latex/spelling.ini").is_file()
    helped = subprocess.run([sys.executable, "-m", "autograder", "--help"], cwd=tmp_path / "in", capture_output=True,
                            text=True, check=False, timeout=120)
    assert "Check your homework before you hand it in." in helped.stdout
    metadata = (tmp_path / "in" / f"{wheel.name.split('-py3')[0]}.dist-info/METADATA").read_text()
    assert "Requires-Dist: numpy" in metadata
    assert "sympy" not in metadata


def test_what_keeps_a_wheel_from_being_built(tmp_path: Path) -> None:
    with pytest.raises(CannotBuildWheel, match=r"there is no autograder\.commands\.student"):
        build_wheel(tmp_path)
    (tmp_path / "autograder/commands").mkdir(parents=True)
    (tmp_path / "autograder/commands/student.py").write_text("")
    with pytest.raises(CannotBuildWheel, match=r"pyproject\.toml cannot be read"):
        build_wheel(tmp_path)
    (tmp_path / "pyproject.toml").write_text('dependencies = [\n    "numpy>=2",\n]\n')
    with pytest.raises(CannotBuildWheel, match="does not name each of numpy, pyyaml"):
        build_wheel(tmp_path)


def test_nothing_old_is_handed_out(tmp_path: Path) -> None:
    (tmp_path / "solution.py").write_text("old")
    with pytest.raises(CannotHandOut, match="is not empty"):
        handout("hw2_cbow").write_folder(tmp_path)


def test_the_command_makes_a_zip_of_one_folder(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "handout", str(TINY), "-o", str(tmp_path / "h.zip")])
    assert done.exit_code == 0, done.output
    assert "no answer was found in it" in done.output
    with zipfile.ZipFile(tmp_path / "h.zip") as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"tiny"}
    told = json.loads(CliRunner().invoke(
        main, ["build", "handout", str(TINY), "-o", str(tmp_path / "folder"), "--json"]).output)
    assert told["sha256"] in done.output
    assert (tmp_path / "folder/README.md").is_file()
    again = CliRunner().invoke(main, ["build", "handout", str(TINY), "-o", str(tmp_path / "folder")])
    assert (again.exit_code, "is not empty" in again.output) == (2, True)


def test_the_command_refuses_what_gives_an_answer_away(tmp_path: Path) -> None:
    import shutil

    folder = shutil.copytree(TINY, tmp_path / "tiny")
    starter = folder / "starter/solution.py"
    starter.write_text(starter.read_text() + "\n" + (folder / "reference/tiny.py").read_text())
    # Such a starter is refused by the gate already, as it earns points; whoever lets it pass is stopped here.
    done = CliRunner().invoke(main, ["build", "handout", str(folder), "-o", str(tmp_path / "h.zip"), "--allow", "a test"])
    assert done.exit_code == 1, done.output
    assert "solution.py: holds code of the reference file tiny.py" in done.output
    assert "was not made: it would give away what stands above" in done.output
    assert not (tmp_path / "h.zip").exists()


@pytest.mark.parametrize(("old", "new", "says"), [
    ("\\frac{1}{2} (Xw - y)", "1 + \\frac{1}{2} (Xw - y)", "numbers/square, output loss, given as J: this is not what small.square returns in case 1"),
    ("'\\frac{1}{1+e^{-x}}'", "'\\frac{1}{1+e^{-q}}'", "output value, given as"),
    ("'\\frac{1}{1+e^{-x}}'", "w + a", "This adds a column of d entries and a scalar."),
    ("'\\frac{1}{1+e^{-x}}'", "a", "no case gives all that it needs; say under `where`"),
])
def test_a_given_formula_that_is_not_so_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    import shutil

    folder = shutil.copytree(HOME / "tests/precheck/small", tmp_path / "small")
    text = (folder / "numbers.yaml").read_text()
    assert old in text
    (folder / "numbers.yaml").write_text(text.replace(old, new))
    done = CliRunner().invoke(main, ["build", "handout", str(folder), "-o", str(tmp_path / "h.zip")])
    assert done.exit_code == 2, done.output
    assert says in done.output
