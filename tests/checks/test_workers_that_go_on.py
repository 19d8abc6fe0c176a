"""A worker serves the next part and the next file; whatever is not right in one that went on, a fresh one decides."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from autograder.sandbox.supervisor import Job, Limits, Sandbox, Worker

ASSIGNMENT = """\
id: small
title: Small
seed: not told
problems: [functions]
limits: {call_seconds: 1}
"""
PROBLEM = """\
id: functions
title: Functions
sizes: {n: [3, 5]}
parts:
""" + "".join(f"""\
  - id: {name}
    kind: function
    file: code.py
    function: {name}
    reference: small.double
    inputs: {{x: {{normal: [n]}}}}
    returns: {{value: {{shape: [n], points: 1}}}}
    cases: [{{count: 3}}]
""" for name in ("one", "two", "three"))
REFERENCE = '''"""Twice what is given."""


def double(x):
    return {"value": 2 * x}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"problems/small/assignment.yaml": ASSIGNMENT, "problems/small/functions.yaml": PROBLEM,
             "problems/small/reference/small.py": REFERENCE}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


class CountingSandbox(Sandbox):
    """Counts the workers that it gives."""

    started = 0

    def worker(self, job: Job) -> Worker:
        self.started += 1
        return super().worker(job)


@pytest.fixture
def sandbox() -> Iterator[CountingSandbox]:
    with CountingSandbox.open(Limits()) as opened:
        assert isinstance(opened, CountingSandbox)
        yield opened


def marks_of(code: str, folder: Path, sandbox: Sandbox) -> Mapping[str, str]:
    from autograder.grade import grade
    from autograder.spec import load_assignment
    from autograder.submission import read_submission

    handed_in = folder / "handed_in"
    handed_in.mkdir(exist_ok=True)
    (handed_in / "code.py").write_text(textwrap.dedent(code))
    result = grade(read_submission(handed_in), load_assignment(folder / "problems/small"), sandbox)
    assert result.failure is None
    return {mark.part: mark.state.value for mark in result.marks}


RIGHT = "def one(x): return 2 * x\ndef two(x): return 2 * x\ndef three(x): return 2 * x\n"
ALL_RIGHT = {"one": "correct", "two": "correct", "three": "correct"}
# What the first part does to the worker, right as its own value is -> workers that it takes.
BREAKS = {
    "nothing": ("pass", 1),
    "ends it on the next call": ("globals().update(two=lambda x: os._exit(3))", 3),
    "raises in the next": ("globals().update(two=lambda x: 1 / 0)", 3),
    "makes the next wrong": ("globals().update(two=lambda x: 3 * x)", 3),
    "makes the next hang": ("globals().update(two=lambda x: time.sleep(60))", 3),
    "takes the next away": ("globals().pop('two', None)", 3),
    "makes the last wrong": ("globals().update(three=lambda x: -x)", 2),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_one_part_breaks_does_not_reach_the_next(name: str, folder: Path, sandbox: CountingSandbox) -> None:
    does, workers = BREAKS[name]
    code = f"import os, time\ndef one(x):\n    {does}\n    return 2 * x\n" + RIGHT.partition("\n")[2]
    assert marks_of(code, folder, sandbox) == ALL_RIGHT
    assert sandbox.started <= workers


def test_what_is_wrong_is_judged_in_a_worker_of_its_own(folder: Path, sandbox: CountingSandbox) -> None:
    code = RIGHT.replace("def two(x): return 2 * x", "def two(x): return x")
    assert marks_of(code, folder, sandbox) == {**ALL_RIGHT, "two": "wrong"}
    assert sandbox.started == 2  # one, and two in the same; two again, and three in the same


# Code whose parts are not all right -> states, and the workers that it takes.
ENDINGS = {
    "one raises": (RIGHT.replace("def one(x): return 2 * x", "def one(x): return 1 / 0"), {"one": "raised"}, 1),
    "two raises": (RIGHT.replace("def two(x): return 2 * x", "def two(x): return 1 / 0"), {"two": "raised"}, 2),
    "two ends it": ("import os\n" + RIGHT.replace("def two(x): return 2 * x", "def two(x): os._exit(3)"), {"two": "raised"}, 3),
    "one is not there": (RIGHT.replace("def one", "def uno"), {"one": "missing"}, 1),
    "none is there": ("uno = 1\n", dict.fromkeys(ALL_RIGHT, "missing"), 1),
    "it does not load": ("1 / 0\n" + RIGHT, {}, 2),
    "it cannot be read": ("def one(x) return\n", dict.fromkeys(ALL_RIGHT, "raised"), 1),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_no_more_workers_are_started_than_answers_are_owed(name: str, folder: Path, sandbox: CountingSandbox) -> None:
    code, states, workers = ENDINGS[name]
    assert marks_of(code, folder, sandbox) == {**ALL_RIGHT, **states}
    assert sandbox.started == workers


# Where `three` stands, what stands there, and what is in the first file -> workers that it takes.
OTHER_FILES = {
    "of the same folder": ("more.py", "", "", 1),
    "that uses the first": ("more.py", "from code import one as three\n", "", 1),
    "that needs what was not touched": ("more.py", "import json\nassert json.dumps(1) == '1'\n", "import json\njson.dumps = None\n", 2),
    "that waits for ever where something was touched": (
        "more.py", "import json, time\nif json.dumps is None: time.sleep(60)\n", "import json\njson.dumps = None\n", 2),
    "of another folder": ("below/more.py", "", "", 2),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_worker_goes_on_to_a_file(name: str, folder: Path, sandbox: CountingSandbox) -> None:
    place, above, touched, workers = OTHER_FILES[name]
    problem = folder / "problems/small/functions.yaml"
    head, _, tail = problem.read_text().rpartition("    file: code.py")
    problem.write_text(f"{head}    file: {place}{tail}")
    (folder / "handed_in" / place).parent.mkdir(parents=True)
    (folder / "handed_in" / place).write_text(f"{above}def three(x): return 2 * x\n" if "import one" not in above else above)
    assert marks_of(touched + RIGHT.replace("def three", "def drei"), folder, sandbox) == ALL_RIGHT
    assert sandbox.started == workers


def test_none_is_left_when_a_part_cannot_be_judged(folder: Path, sandbox: CountingSandbox) -> None:
    from autograder.grade import grade
    from autograder.spec import load_assignment
    from autograder.submission import read_submission

    (folder / "problems/small/reference/small.py").write_text('"""Broken."""\n\n\ndef double(x):\n    raise ValueError("no")\n')
    (folder / "code.py").write_text(RIGHT)
    result = grade(read_submission(folder / "code.py"), load_assignment(folder / "problems/small"), sandbox)
    assert {mark.state.value for mark in result.marks} == {"not graded"}
    assert not [worker for worker in sandbox._workers if worker.is_alive]
