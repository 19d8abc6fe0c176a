"""A course's own suite: every way in which a test can end has its state, and none earns more than is declared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grade import grade
from autograder.marks import Item, Mark, State
from autograder.sandbox.supervisor import Sandbox
from autograder.spec import SpecError, load_assignment
from autograder.spec.fields import Visibility
from autograder.spec.suite_tests import read_suite
from autograder.submission import read_submission

EXAMPLE = Path(__file__).parent / "suite_example"
RIGHT = """
class Calculator:
    @classmethod
    def shared(cls):
        return cls()

    def add(self, a, b):
        return a + b

    def divide(self, a, b):
        return a / b

    def share(self, set_score):
        set_score(10)

    def speed(self):
        return 3.5
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as sandbox:
        yield sandbox


def graded(sandbox: Sandbox, folder: Path, files: dict[str, str], assignment: Path = EXAMPLE) -> Mark:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)
    (mark,) = grade(read_submission(folder), load_assignment(assignment), sandbox).marks
    return mark


def item(mark: Mark, name: str) -> Item:
    return next(item for item in mark.verdict.items if item.name == name)


def changed(old: str, new: str) -> dict[str, str]:
    assert old in RIGHT
    return {"calculator.py": RIGHT.replace(old, new)}


def test_a_right_submission_earns_everything(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = graded(sandbox, tmp_path, {"calculator.py": RIGHT})
    assert (mark.state, mark.points) == (State.CORRECT, 41), mark.verdict
    assert {one.state for one in mark.verdict.items} == {State.CORRECT}
    first = item(mark, "Adds two numbers")
    assert (first.number, first.tags, first.max_points) == ("1.1", ("sum", "easy"), 2)
    assert item(mark, "Adds negative numbers").visibility is Visibility.HIDDEN
    (entry,) = mark.verdict.leaderboard
    assert (entry.name, entry.value, entry.is_ascending) == ("speed", 3.5, True)


# (what is changed, into what, test, its state and points, a piece of what the student reads)
ENDINGS = [
    ("return a + b", "return a - b", "Adds two numbers", State.WRONG, 0, "-1 != 7"),
    ("return a + b", "return a + b if a != 1 else 0", "Several in one", State.WRONG, 0, "0 != 2"),
    ("return a + b", "raise ValueError('no')", "Several in one", State.RAISED, 0, "ValueError: no\n  in calculator.py, line 8"),
    ("return a + b", "return 3 if (a, b) == (1, 1) else a + b", "A gap that is known", State.WRONG, 0, "expected to fail"),
    ("return a / b", "return 4", "Divides", State.WRONG, 0, "Look at the lecture on division."),
    ("return a / b", "import unittest; raise unittest.SkipTest('later')", "Divides", State.SKIPPED, 0, ""),
    ("return a / b", "raise SystemExit(0)", "Divides", State.RAISED, 0, "Look at the lecture on division."),
    ("return a / b", "raise KeyboardInterrupt", "Divides", State.RAISED, 0, "Look at the lecture on division."),
    ("return a / b", "import os; os._exit(0)", "Divides", State.RAISED, 0, "The Python process ended before the test did."),
    ("return a / b", "while True: pass", "Divides", State.TIMED_OUT, 0, "had not ended after 1.5 seconds"),
    ("return a / b", "return bytearray(1 << 40)", "Divides", State.OUT_OF_MEMORY, 0, "Look at the lecture on division."),
    ("set_score(10)", "set_score(4.5)", "Earns a share", State.PARTLY_CORRECT, 4.5, ""),
    ("set_score(10)", "set_score(1e9)", "Earns a share", State.CORRECT, 10, ""),
    ("set_score(10)", "set_score(-5)", "Earns a share", State.WRONG, 0, ""),
    ("set_score(10)", "set_score(float('nan'))", "Earns a share", State.NOT_GRADED, 0, "through no fault of yours"),
    ("set_score(10)", "set_score('all')", "Earns a share", State.NOT_GRADED, 0, "through no fault of yours"),
    ("set_score(10)", "pass", "Earns a share", State.NOT_GRADED, 0, "through no fault of yours"),
    ("set_score(10)", "import numpy; set_score(numpy.float32(4.5))", "Earns a share", State.PARTLY_CORRECT, 4.5, ""),
    ("set_score(10)", "set_score(3); raise ValueError('halfway')", "Earns a share", State.PARTLY_CORRECT, 3, "halfway"),
    ("return 3.5", "return None", "Is fast", State.CORRECT, 2, ""),
    ("return 3.5", "raise RuntimeError", "Is fast", State.RAISED, 0, "RuntimeError"),
    ("return cls()", "raise OSError('disk')", "Shared, two", State.RAISED, 0,
     "The set-up of all tests in TestShared failed. OSError: disk\n  in calculator.py, line 5"),
]


@pytest.mark.parametrize(("old", "new", "name", "state", "points", "said"), ENDINGS, ids=[e[1] + " " + e[2] for e in ENDINGS])
def test_endings(
    sandbox: Sandbox, tmp_path: Path, old: str, new: str, name: str, state: State, points: float, said: str
) -> None:
    mark = graded(sandbox, tmp_path, changed(old, new))
    one = item(mark, name)
    assert (one.state, one.points) == (state, points), one
    assert said in one.output
    assert "secret input" not in one.output or one.state is State.CORRECT
    assert len(mark.verdict.items) == 10, "no test vanishes"
    assert sum(other.max_points for other in mark.verdict.items) == 41
    assert mark.points == sum(other.points for other in mark.verdict.items)
    others = [other for other in mark.verdict.items if not {other.name, name} <= SHARE_A_FUNCTION.get(old, {other.name, name})
              and other.name != name]
    assert all(other.state is State.CORRECT for other in others), "no other test is touched"


# Tests that call the same function stand or fall together.
SHARE_A_FUNCTION = {
    "return a + b": {"Adds two numbers", "Several in one", "A gap that is known", "Adds negative numbers"},
    "return cls()": {"Shared, one", "Shared, two"},
    "return a / b": {"Divides"}, "set_score(10)": {"Earns a share"}, "return 3.5": {"Is fast"},
}


def test_what_the_suite_lacks_is_told_to_staff(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = graded(sandbox, tmp_path, changed("set_score(10)", "pass"))
    assert mark.state is State.NOT_GRADED
    assert mark.points == 31
    assert "it allows partial credit and ended without setting a score" in str(mark.verdict.evidence["fault"])
    mark = graded(sandbox, tmp_path, changed("set_score(10)", "set_score(1e9)"))
    assert "it set the score to 1e+09 of 10" in str(mark.verdict.evidence["fault"])


# (the whole of calculator.py, state of each test, a piece of what the student reads)
NOT_LOADED = [
    ("import nothing_like_it\n" + RIGHT, State.RAISED,
     "test_calculator.py could not be loaded.\nModuleNotFoundError: No module named 'nothing_like_it'\n  in calculator.py, line 1"),
    ("class Calculator(:\n", State.RAISED, "SyntaxError"),
    ("raise SystemExit\n", State.RAISED, "SystemExit"),
    ("while True: pass\n", State.TIMED_OUT, "had not ended after 1.5 seconds"),
    ("import os\nos._exit(3)\n", State.RAISED, "The Python process ended before the test did."),
    ("class Other: pass\n", State.RAISED, "cannot import name 'Calculator'"),
]


@pytest.mark.parametrize(("text", "state", "said"), NOT_LOADED, ids=[text.splitlines()[0] for text, _, _ in NOT_LOADED])
def test_a_file_that_does_not_load_loses_no_test(
    sandbox: Sandbox, tmp_path: Path, text: str, state: State, said: str
) -> None:
    mark = graded(sandbox, tmp_path, {"calculator.py": text})
    assert mark.points == 0
    assert {one.state for one in mark.verdict.items} == {state}
    assert len(mark.verdict.items) == 10
    assert said in mark.verdict.items[0].output
    assert [one.visibility for one in mark.verdict.items].count(Visibility.HIDDEN) == 1


def test_a_missing_file_is_said_once(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = graded(sandbox, tmp_path, {"notes.txt": ""})
    assert mark.state is State.MISSING
    assert "calculator.py" in mark.verdict.feedback[0]
    assert {one.state for one in mark.verdict.items} == {State.MISSING}


# What a student may try who has read the suite, which lies open to the process that runs it.
FORGERIES = {
    "other tests": {"tests/test_calculator.py": "", "test_calculator.py": "", "helpers.py": "SEVEN = -1\n",
                    "calculator.py": RIGHT.replace("a + b", "-1")},
    "other weights": {"calculator.py": RIGHT.replace("a + b", "-1") + """
import gradescope_utils.autograder_utils.decorators as d
class weight(d.weight):
    def __init__(self, val):
        super().__init__(100)
d.weight = weight
"""},
    "more tests": {"calculator.py": RIGHT.replace("a + b", "-1") + """
import sys, unittest
class TestMore(unittest.TestCase):
    def test_more(self): pass
    test_more.__weight__ = 1000
import builtins
original = unittest.TestLoader.loadTestsFromModule
def load(self, module, *args, **kwargs):
    suite = original(self, module, *args, **kwargs)
    suite.addTest(TestMore('test_more'))
    return suite
unittest.TestLoader.loadTestsFromModule = load
"""},
}


@pytest.mark.parametrize("files", FORGERIES.values(), ids=FORGERIES)
def test_what_the_files_declare_bounds_what_is_earned(sandbox: Sandbox, tmp_path: Path, files: dict[str, str]) -> None:
    mark = graded(sandbox, tmp_path, files)
    assert item(mark, "Adds two numbers").points == 0
    assert item(mark, "Adds two numbers").max_points == 2
    assert mark.points <= 41 - 2 - 3 - 4 + 1e-9


def test_even_a_process_that_is_taken_over_earns_no_more_than_the_part_has(sandbox: Sandbox, tmp_path: Path) -> None:
    taken = RIGHT.replace("a + b", "-1") + """
import sys
runner = sys.modules["_harness"]
runner.Suite.run = lambda self, test: {"status": "passed", "score": 1e9, "text": "", "printed": "", "leaderboard": None}
"""
    mark = graded(sandbox, tmp_path, {"calculator.py": taken})
    assert mark.points == 41


# --- how the suite is read --------------------------------------------------------------------------------------


# (text to replace in the files of the example, by what, a piece of the fault)
FAULTS = [
    ("calculator.yaml", "points: 41", "points: 40", "parts.0.suite: the weights of its tests add up to 41, not to 40"),
    ("calculator.yaml", "suite: tests", "suite: test", "there is no folder test beside this file"),
    ("calculator.yaml", "suite: tests", "suite: tests\n    pattern: check*.py", "no file in tests matches check*.py"),
    ("tests/test_calculator.py", "@weight(7)", "@weight(8)", "the weights of its tests add up to 42, not to 41"),
]


@pytest.mark.parametrize(("name", "old", "new", "fault"), FAULTS)
def test_what_does_not_fit_is_found_before_anything_is_graded(
    tmp_path: Path, name: str, old: str, new: str, fault: str
) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "suite_example")
    file = folder / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(SpecError, match=r"calculator\.yaml:\d:5") as raised:
        load_assignment(folder)
    assert fault in str(raised.value)


def test_weights_that_are_not_plain_are_taken_from_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "suite_example")
    file = folder / "tests/test_calculator.py"
    file.write_text(file.read_text().replace("@weight(7)", "@weight(SEVEN)").replace(
        "class TestShared(unittest.TestCase):", "class Base(unittest.TestCase):") + """

class TestInherited(Base):
    pass

del Base
""")
    suite = read_suite(folder / "tests", "test*.py")
    assert not suite.is_complete
    assert [test.method for test in suite.tests if test.owner == "Base"] == []
    mark = graded(sandbox, tmp_path / "handed_in", {"calculator.py": RIGHT}, folder)
    assert mark.points == 41
    assert item(mark, "Shared, two").max_points == 7


def test_tests_that_only_a_run_can_find_stay_in_the_total_when_it_fails(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "suite_example")
    file = folder / "tests/test_calculator.py"
    file.write_text(file.read_text() + "\n\nmade = [TestShared]\ndel TestShared\nTestMade = made[0]\n")
    mark = graded(sandbox, tmp_path / "handed_in", {"calculator.py": "import nothing_like_it\n"}, folder)
    assert item(mark, "Tests that were not found").max_points == 13
    assert sum(one.max_points for one in mark.verdict.items) == 41
