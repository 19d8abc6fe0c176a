"""What students can see is the same, byte by byte, whatever becomes of a part that they cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from stages import RIGHT, TINY

from autograder.grade import grade
from autograder.gradescope.results import compose
from autograder.sandbox.supervisor import Sandbox
from autograder.spec import Assignment, load_assignment
from autograder.submission import read_submission

SECRET = "def triple(x):\n    return 3 * x\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """The hidden part is in a file of its own, and has a reference that can break."""
    folder = shutil.copytree(TINY, tmp_path_factory.mktemp("a") / "tiny")
    lines = (folder / "lines.yaml").read_text()
    head, tail = lines.split("function: triple\n    file: solution.py")
    (folder / "lines.yaml").write_text(f"{head}function: triple\n    file: extra.py{tail}")
    (folder / "starter/extra.py").write_text(SECRET)
    return load_assignment(folder)


def seen(sandbox: Sandbox, assignment: Assignment, folder: Path, files: dict[str, str]) -> str:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    contents = compose(grade(read_submission(folder), assignment, sandbox))
    tests = contents["tests"]
    assert isinstance(tests, list)
    shown = [test for test in tests if isinstance(test, dict) and test["visibility"] == "visible"]
    top = {name: value for name, value in contents.items() if name not in ("tests", "extra_data", "score")}
    return json.dumps([top, [{k: v for k, v in test.items() if k != "extra_data"} for test in shown]], indent=1)


# What the student hands in for the hidden part.
FATES = {
    "wrong": {"extra.py": SECRET.replace("3", "4")},
    "raises": {"extra.py": "def triple(x):\n    raise ValueError\n"},
    "hangs": {"extra.py": "def triple(x):\n    while True: pass\n"},
    "does not load": {"extra.py": SECRET + "\nundefined_name\n"},
    "old numpy": {"extra.py": "import numpy as np\ndef triple(x):\n    return 3 * x.astype(np.float)\n"},
    "dies": {"extra.py": "import os\nos._exit(1)\n"},
}


@pytest.mark.parametrize("files", FATES.values(), ids=FATES)
def test_what_is_seen_is_the_same(
    sandbox: Sandbox, assignment: Assignment, tmp_path: Path, files: dict[str, str]
) -> None:
    right = seen(sandbox, assignment, tmp_path / "right", {"solution.py": RIGHT, "extra.py": SECRET})
    assert seen(sandbox, assignment, tmp_path / "other", {"solution.py": RIGHT, **files}) == right
    assert "extra" not in right


def test_a_broken_reference_of_a_hidden_part_is_not_seen(sandbox: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    files = {"solution.py": RIGHT, "extra.py": SECRET}
    right = seen(sandbox, assignment, tmp_path / "right", files)
    folder = shutil.copytree(assignment.folder, tmp_path / "tiny")
    reference = folder / "reference/tiny.py"
    reference.write_text(reference.read_text().replace('{"y": 3 * x}', '{"y": 1 / 0}'))
    assert seen(sandbox, load_assignment(folder), tmp_path / "broken", files) == right
