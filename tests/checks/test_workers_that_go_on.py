"""A worker serves the next part as long as all was right; whatever is not right in one that went on, a fresh one decides."""

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
    assert sandbox.started == 3  # one, and two in the same; two again; three


def test_none_is_left_when_a_part_cannot_be_judged(folder: Path, sandbox: CountingSandbox) -> None:
    from autograder.grade import grade
    from autograder.spec import load_assignment
    from autograder.submission import read_submission

    (folder / "problems/small/reference/small.py").write_text('"""Broken."""\n\n\ndef double(x):\n    raise ValueError("no")\n')
    (folder / "code.py").write_text(RIGHT)
    result = grade(read_submission(folder / "code.py"), load_assignment(folder / "problems/small"), sandbox)
    assert {mark.state.value for mark in result.marks} == {"not graded"}
    assert not [worker for worker in sandbox._workers if worker.is_alive]
