"""Assignments that were found sound before: read back as they were, and never when anything changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.spec import SpecError, compiled, load_assignment
from autograder.spec.compiled import open_assignment
from autograder.spec.fields import Fields, all_kinds

PROBLEMS = Path(__file__).parents[2] / "problems"
SAMPLES = PROBLEMS.parent / "submissions_sample"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compiled, "_KEPT", tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROBLEMS / "hw2_cbow", tmp_path / "hw2_cbow"))


def everything(value: Any) -> Any:
    """Return a value with the types of all that it is made of."""
    if isinstance(value, Fields):
        return type(value), {name: everything(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [everything(item) for item in value]
    if isinstance(value, dict):
        return {name: everything(item) for name, item in value.items()}
    return type(value), value


@pytest.mark.parametrize("name", ["cs224n_a2", "hw2_cbow"])
def test_what_is_read_back_is_what_was_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_assignment(PROBLEMS / name)
    monkeypatch.delattr("autograder.spec.loading.load_assignment")
    again = open_assignment(PROBLEMS / name)
    assert again is not first
    assert everything(again) == everything(first)
    assert again == first


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a problem": lambda folder: append(folder / "cbow.yaml", "\n# more\n"),
    "a file that is gone": lambda folder: next(folder.rglob("*.py")).unlink(),
    "a file that is new": lambda folder: (folder / "new.txt").write_text(""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_anything_is_seen(change: str, folder: Path) -> None:
    before = compiled.fingerprint(folder)
    assert compiled.fingerprint(folder) == before
    CHANGES[change](folder)
    assert compiled.fingerprint(folder) != before


def test_a_change_of_the_code_is_seen(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled.fingerprint(folder)
    shutil.copytree(compiled._PACKAGE / "spec", tmp_path / "package/spec")
    monkeypatch.setattr(compiled, "_PACKAGE", tmp_path / "package")
    changed = compiled.fingerprint(folder)
    append(tmp_path / "package/spec/model.py", "# changed\n")
    assert len({before, changed, compiled.fingerprint(folder)}) == 3


def test_a_fault_is_told_each_time(folder: Path) -> None:
    open_assignment(folder)
    file = folder / "assignment.yaml"
    file.write_text(file.read_text().replace("title:", "titel:", 1))
    for _ in range(2):
        with pytest.raises(SpecError, match="titel"):
            open_assignment(folder)


@pytest.mark.parametrize("spoiled", ["", "{}", "[]", "{", '{"fingerprint": "FOUND", "assignment": {"is": "Nothing", "has": 1}}'])
def test_what_cannot_be_used_is_read_anew(spoiled: str, folder: Path, kept: Path) -> None:
    first = open_assignment(folder)
    (file,) = kept.iterdir()
    file.write_text(spoiled.replace("FOUND", compiled.fingerprint(folder)))
    assert open_assignment(folder) == first == load_assignment(folder)


def test_a_place_that_cannot_be_written_costs_time_only(folder: Path, kept: Path) -> None:
    kept.write_text("in the way")
    assert open_assignment(folder) == load_assignment(folder)


def test_it_does_not_fill_up(folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_MAX_KEPT", 2)
    for name in ("one", "two", "three"):
        open_assignment(Path(shutil.copytree(folder, folder.parent / name)))
    assert sorted(file.name.partition("-")[0] for file in kept.iterdir()) == ["three", "two"]


def test_outside_an_environment_of_our_own_nothing_is_kept(
    folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", "/usr")
    monkeypatch.setattr("sys.base_prefix", "/usr")
    open_assignment(folder)
    assert not kept.exists()


def test_setting_up_keeps_what_is_sound(folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, folder.parent / "problems/sound")
    shutil.copytree(folder, folder.parent / "problems/broken")
    append(folder.parent / "problems/broken/assignment.yaml", "nonsense: 1\n")
    monkeypatch.setattr(compiled, "_PACKAGE", folder.parent / "autograder")
    compiled.open_all()
    assert [file.name.partition("-")[0] for file in kept.iterdir()] == ["sound"]


GRADE = """
import sys
from pathlib import Path
from autograder.sandbox.supervisor import Limits, Sandbox

kept, assignment, submission, results = map(Path, sys.argv[1:])
with Sandbox.open(Limits()) as sandbox:
    from autograder.gradescope.session import Paths, run_session
    from autograder.spec import compiled

    compiled._KEPT = kept
    assert run_session(Paths(submission, results, assignment), sandbox) == 0
print("imported", *sys.modules)
"""


def test_grading_a_kept_assignment_imports_nothing_that_reads_one(kept: Path, tmp_path: Path) -> None:
    problems = PROBLEMS / "hw2_cbow"
    given = [str(place) for place in (kept, problems, SAMPLES / "hw2_cbow/correct", tmp_path / "results.json")]
    readers = {"pydantic", "pydantic_core", "annotated_types", "yaml", "autograder.spec.loading"}
    imported = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", GRADE, *given], capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        imported.append(set(done.stdout.splitlines()[-1].split()))
    assert readers <= imported[0]
    assert not readers & imported[1]


WORDS = ["late: {days: 3, each: 0.1, after: accept}", "attempts: {count: 2, per: day}", "visibility: after_due_date"]


@pytest.mark.parametrize("line", WORDS)
def test_one_of_a_few_words_is_read_back_as_such(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(folder / "assignment.yaml", f"{line}\n")
    first = open_assignment(folder)
    monkeypatch.delattr("autograder.spec.loading.load_assignment")
    assert everything(open_assignment(folder)) == everything(first)


def test_records_are_made_by_the_names_of_their_fields() -> None:
    kinds = list(all_kinds(Fields))
    assert len(kinds) > 40
    for kind in kinds:
        with pytest.raises(TypeError, match="Extra positional arguments"):
            kind("a")
