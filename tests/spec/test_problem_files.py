"""What changes the digest of a problem, and what does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autograder.spec import load_assignment
from autograder.spec.problem_files import digest_problem, read_problem_files

ROOT = Path(__file__).resolve().parents[2]


def digests(folder: Path) -> dict[str, str]:
    assignment = load_assignment(folder)
    return {problem.id: digest_problem(assignment, problem) for problem in assignment.problems}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment that brings its own references, so that they can be changed."""
    folder = tmp_path_factory.mktemp("a") / "cs224n_a2"
    shutil.copytree(ROOT / "problems/cs224n_a2", folder)
    shutil.copytree(ROOT / "reference", folder / "reference", ignore=shutil.ignore_patterns("__pycache__"))
    head = (folder / "assignment.yaml").read_text()
    head = head.replace("[sigmoid, naive-softmax, negative-sampling, skipgram, sgd]", "[naive-softmax, sgd]")
    (folder / "assignment.yaml").write_text(head.replace("points: 90\n", ""))
    return folder


@pytest.fixture(scope="module")
def before(original: Path) -> Mapping[str, str]:
    return digests(original)


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)
    return change


ALL = {"naive-softmax", "sgd"}
CHANGES: list[tuple[str, Callable[[str], str], set[str]]] = [
    ("naive-softmax.yaml", lambda text: "# a comment\n" + text, set()),
    ("naive-softmax.yaml", swap("title:", "notes: seen\ntitle:"), set()),
    ("naive-softmax.yaml", swap("title:", "title: Another"), {"naive-softmax"}),
    ("reference/word2vec.py", swap("error[o] -= 1.0", "error[o] -= 1.5"), {"naive-softmax"}),
    ("reference/word2vec.py", swap("DEFAULT_K = 10", "DEFAULT_K = 9"), set()),
    ("reference/mistakes_softmax.py", lambda text: text.replace("return", "return 1 *", 1), {"naive-softmax"}),
    ("reference/arrays.py", swap("Array = npt", "Array = 1 and npt"), ALL),
    ("reference/word2vec.py", swap('"""Return the softmax', '# why\n    """Return the softmax'), set()),
    ("reference/descent.py", lambda text: text + "\nnp.seterr(all='ignore')\n", {"sgd"}),
    ("reference/activations.py", lambda text: text + "\ndef of_no_use():\n    return 1\n", set()),
    ("harness.py", lambda text: text + "\nX = 1\n", ALL),
    ("assignment.yaml", swap("seed: two", "seed: three"), ALL),
    ("assignment.yaml", swap("title: Word2vec", "title: Word vectors"), set()),
    ("assignment.yaml", swap("seed:", "late: {days: 2, each: 0.1}\nseed:"), set()),
    ("sgd.yaml", swap("id: code", "id: program"), ALL),
]


@pytest.mark.parametrize(("file", "change", "changed"), CHANGES, ids=lambda value: value if isinstance(value, str) else "")
def test_only_what_a_problem_depends_on_changes_its_digest(
    original: Path, before: Mapping[str, str], tmp_path: Path, file: str, change: Callable[[str], str], changed: set[str]
) -> None:
    folder = tmp_path / "cs224n_a2"
    shutil.copytree(original, folder)
    (folder / file).write_text(change((folder / file).read_text()))
    after = digests(folder)
    assert {name for name in after if after[name] != before[name]} == changed


def test_the_texts_are_those_of_the_problem(original: Path) -> None:
    assignment = load_assignment(original)
    texts = read_problem_files(assignment, assignment.problems[0])
    assert {"naive-softmax.yaml", "assignment.yaml", "reference/word2vec.py", "harness.py"} <= set(texts)
    assert {"sgd.yaml", "reference/descent.py"} & set(texts) == set()
    assert texts["naive-softmax.yaml"] == (original / "naive-softmax.yaml").read_text()


def test_names_that_are_found_at_run_time_take_the_whole_file(tmp_path: Path) -> None:
    from autograder.spec.definitions import find_definitions

    file = tmp_path / "reference" / "sneaky.py"
    file.parent.mkdir()
    file.write_text("def a(x):\n    return globals()['b'](x)\n\ndef b(x):\n    return x\n")
    found = find_definitions([file], [file.parent], ["sneaky.a"])
    assert "def b" in found["sneaky.py:a"]
