"""Every fault that a problem file can have is found, placed and said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.spec import SpecError, load_assignment
from autograder.spec.positions import read_document

EXAMPLE = Path(__file__).parent / "example"

# (file, text to replace, by what, line:column of the fault, piece of the sentence)
FAULTS = [
    ("logistic.yaml", "kind: function", "kind: funktion", "8:5", "unknown kind 'funktion'; did you mean 'function'?"),
    ("logistic.yaml", "kind: prose", "kind: prosa", "30:5", "unknown kind 'prosa'; did you mean 'prose'?"),
    ("logistic.yaml", "follow_through:", "folow_through:", "21:5", "unknown field 'folow_through'; did you mean 'follow_through'?"),
    ("logistic.yaml", "follow_through: 0.5", "follow_through: 1e1", "21:5", "less than or equal to 1"),
    ("logistic.yaml", "follow_through: 0.5", "follow_through: '0.5'", "21:5", "must be a number, not '0.5'"),
    ("logistic.yaml", "follow_through: 0.5", "show_expected: yes", "21:5", "must be true or false, not 'yes'"),
    ("logistic.yaml", "follow_through: 0.5", "stand_ins: {ww: other}", "21:17", "no input 'ww'; did you mean 'w'?"),
    ("logistic.yaml", "follow_through: 0.5", "stand_ins: {w: other}", "21:5", "what follow_through says, which is missing"),
    ("logistic.yaml", "{normal: [d]}", "{normal: [dd]}", "14:7", "no size 'dd'"),
    ("logistic.yaml", "{normal: [d]}", "{norml: [d]}", "14:7", "one of its fields must be normal"),
    ("logistic.yaml", "{normal: [d]}", "{indices: d, count: 2, never: x}", "14:7", "'x' is not an input of kind index or indices"),
    ("logistic.yaml", "{normal: [d]}", "{indices: d, count: 2, includes: x}", "14:7", "'x' is not an input of kind index or indices"),
    ("logistic.yaml", "wrt: w}", "wrt: W}", "19:39", "no input 'W'; did you mean 'w'?"),
    ("logistic.yaml", "of: loss,", "of: los,", "19:39", "no other output 'los'; did you mean 'loss'?"),
    ("logistic.yaml", "points: 3}", "points: 2}", "5:1", "says 9, but the parts add up to 8"),
    ("logistic.yaml", "points: 9\n", "points: 8\n", "5:1", "says 8, but the parts add up to 9"),
    ("logistic.yaml", "shape: [], points: 3", "shape: []", "17:5", "give every output its points"),
    ("logistic.yaml", "reference: logistic.logistic ", "reference: logistic.logistik ", "20:5",
     "defines no function 'logistik'; did you mean 'logistic'?"),
    ("logistic.yaml", "reference: logistic.logistic ", "reference: logstic.logistic ", "20:5", "there is no file logstic.py"),
    ("logistic.yaml", "call: harness.logistic", "call: harnes.logistic", "12:5", "write harness.logistic"),
    ("logistic.yaml", "function: logistic_loss", "function: logistic_los", "10:5", "did you mean 'logistic_loss'?"),
    ("logistic.yaml", "file: solution.py", "file: solutions.py", "10:5", "the starter folder has no file solutions.py"),
    ("logistic.yaml", "d: [3, 7]", "d: [7, 3]", "4:9", "must not be above the last"),
    ("logistic.yaml", "  - id: why", "  - id: code", "29:5", "'code' is used twice"),
    ("logistic.yaml", "title: Logistic loss of one example", "title: A\ntitle: B", "3:1", "'title' stands here twice"),
    ("logistic.yaml", "id: logistic", "id: logistics", "1:1", "but the file is named logistic.yaml"),
    ("logistic.yaml", "id: logistic", "id: [", "", "not YAML"),
    ("logistic.yaml", "    points: 1", "", "29:5", "'points' is missing"),
    ("assignment.yaml", "[logistic]", "[logistic, other]", "3:22", "there is no file other.yaml"),
    ("assignment.yaml", "points: 9", "points: 10", "4:1", "says 10, but the problems add up to 9"),
    ("assignment.yaml", "harness: harness.py", "harness: harnes.py", "6:1", "there is no harnes.py"),
    ("assignment.yaml", "seed: any text that students do not have", "", "", "'seed' is missing"),
    ("assignment.yaml", "call_seconds: 5", "call_seconds: five", "8:34", "must be a number, not 'five'"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def test_the_example_is_sound() -> None:
    assignment = load_assignment(EXAMPLE)
    assert assignment.max_points == 9
    assert [part.id for part in assignment.problems[0].parts] == ["code", "why"]


@pytest.mark.parametrize(("file", "old", "new", "place", "saying"), FAULTS)
def test_fault_is_placed_and_said(folder: Path, file: str, old: str, new: str, place: str, saying: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        load_assignment(folder)
    said = str(caught.value)
    assert saying in said
    assert any(f"{file}:{place}" in line and saying in line for line in said.splitlines()), said


def test_all_faults_of_all_files_come_at_once(folder: Path) -> None:
    for file in ("assignment.yaml", "logistic.yaml"):
        text = (folder / file).read_text().replace("points: 9", "points: 7").replace("title:", "titel:")
        (folder / file).write_text(text)
    (folder / "logistic.yaml").write_text((EXAMPLE / "logistic.yaml").read_text().replace("normal", "norml"))
    with pytest.raises(SpecError) as caught:
        load_assignment(folder)
    assert len(caught.value.faults) >= 2


SCALARS = [("1e-6", 1e-6), ("1E3", 1000.0), ("12", 12), ("-3", -3), ("010", 10), ("yes", "yes"), ("no", "no"), ("on", "on"),
           ("true", True), ("~", None), ("1:30", "1:30"), ("2026-01-01", "2026-01-01"), ("'1'", "1"), (".5", 0.5),
           (".inf", ".inf"), ("0x10", "0x10")]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_scalars_are_read_as_written(text: str, value: object) -> None:
    document, faults = read_document(Path("x.yaml"), f"a: {text}")
    assert (document.value, faults) == ({"a": value}, ())


def test_a_file_that_unfolds_without_end_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    _, faults = read_document(Path("x.yaml"), "\n".join(lines))
    assert "use fewer anchors" in str(faults[0])


@pytest.mark.parametrize("text", ["{" * 400_000, "[" * 400_000, "- " * 400_000, "? " * 400_000, "a: " + "{b: " * 50])
def test_deep_nesting_is_refused(text: str) -> None:
    _, faults = read_document(Path("x.yaml"), text)
    assert "nested more than 40 deep" in str(faults[0])


@given(st.text(alphabet=st.sampled_from("ab:-[]{}'\"&*!|>#,? \n\t1.e"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    document, faults = read_document(Path("x.yaml"), text)
    assert faults or document.file == Path("x.yaml")
