"""The gate: faults keep an assignment from being published, a reason lets it pass and is kept, a verdict is remembered."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.authoring.gate import MEMORY, GateVerdict, Permit, Refused, admit, judge
from autograder.cli import main
from autograder.gradescope.allowed import read_allowed
from autograder.spec import load_assignment

TINY = Path(__file__).parents[1] / "gradescope/tiny"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns(".*", "__pycache__"))


def test_faults_need_a_reason() -> None:
    assert admit(GateVerdict(()), None) == admit(GateVerdict(()), "whatever") == Permit()
    with pytest.raises(Refused) as refused:
        admit(GateVerdict(("p.yaml:3:5: a fault",)), "  ")
    assert str(refused.value) == (
        'p.yaml:3:5: a fault\n1 fault: mend it, or say with --allow "REASON" why it may be published all the same; staff '
        "will see the reason.")
    permit = admit(GateVerdict(("p.yaml:3:5: a fault",)), " the data set is late ")
    assert json.loads(permit.as_json()) == {"reason": "the data set is late", "faults": ["p.yaml:3:5: a fault"]}


def test_a_verdict_is_remembered_until_a_file_changes(folder: Path) -> None:
    asked = []

    def find(assignment: object) -> tuple[str, ...]:
        asked.append(assignment)
        return ("x: a fault",)

    assert judge(load_assignment(folder), find) == GateVerdict(("x: a fault",))
    assert judge(load_assignment(folder), find) == GateVerdict(("x: a fault",), is_remembered=True)
    for name in ("lines.yaml", "reference/tiny.py", "starter/solution.py"):
        (folder / name).write_text((folder / name).read_text() + "\n# changed\n")
        assert not judge(load_assignment(folder), find).is_remembered, name
    (folder / MEMORY).write_text("{}")
    assert not judge(load_assignment(folder), find).is_remembered
    assert len(asked) == 5


def test_what_is_at_fault_is_not_built_and_a_reason_goes_into_the_zip(folder: Path, tmp_path: Path) -> None:
    starter = folder / "starter/solution.py"
    starter.write_text("def double(x):\n    return 2 * x\n\n\n" + starter.read_text().replace("def double", "def _double"))
    zipped = tmp_path / "a.zip"
    build = ["build", "gradescope", str(folder), "-o", str(zipped)]
    done = CliRunner().invoke(main, build)
    assert done.exit_code == 2, done.output
    assert "lines.yaml:15:5: parts.1: the untouched starter earns 3 of 3 points" in done.output
    assert "a.zip was not made." in done.output
    assert not zipped.exists()
    done = CliRunner().invoke(main, [*build, "--allow", "they get this one for nothing"])
    assert done.exit_code == 0, done.output
    assert "Allowed with 1 fault: they get this one for nothing" in done.output
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "source")
        assert not [name for name in archive.namelist() if name.endswith(MEMORY)]
    told = read_allowed(tmp_path / "source/problems/tiny")["published in spite of faults"]
    assert isinstance(told, dict)
    assert told["reason"] == "they get this one for nothing"
    assert len(told["faults"]) == 1


def test_staff_see_the_reason_in_every_result(folder: Path, tmp_path: Path) -> None:
    (folder / "allowed.json").write_text(Permit("the data set is late", ("a fault",)).as_json())
    results = tmp_path / "results.json"
    done = subprocess.run(
        [sys.executable, "-m", "autograder.gradescope", str(folder / "starter"), "--assignment", str(folder), "--results",
         str(results)], capture_output=True, text=True, check=False, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    told = json.loads(results.read_text())["extra_data"]["published in spite of faults"]
    assert told == {"reason": "the data set is late", "faults": ["a fault"]}
    assert "the data set is late" not in done.stdout


@pytest.mark.parametrize(("text", "told"), [(None, {}), ("by hand", {"published in spite of faults": "by hand"})])
def test_a_package_without_a_reason_says_nothing(tmp_path: Path, text: str | None, told: dict[str, str]) -> None:
    if text is not None:
        (tmp_path / "allowed.json").write_text(text)
    assert read_allowed(tmp_path) == told


def test_a_solution_is_packed_into_nothing(folder: Path, tmp_path: Path) -> None:
    from autograder.gradescope.package import build_package

    (folder / "solution").mkdir()
    (folder / "solution/solution.py").write_text("secret = 1\n")
    head = folder / "assignment.yaml"
    before = load_assignment(folder).digest
    head.write_text(head.read_text() + "solution: solution\n")
    assignment = load_assignment(folder)
    assert not [name for name in build_package(assignment).files if "tiny/solution" in name]
    (folder / "solution/solution.py").write_text("secret = 2\n")
    assert load_assignment(folder).digest == assignment.digest != before
