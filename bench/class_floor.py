"""The floor of a class: the numeric work alone, done by bare forks of a warm process without any protection.

For each submission: a fork of a process that holds NumPy, the problems and the references; the student's files are laid
into a folder and imported; every function is called on the inputs that the grader draws, through the same adapters; the
arrays come back through a pipe; the references are called on the same inputs and the arrays compared. Nothing is
confined, nothing explained, nothing kept. Reads a JSON list of [folder, deadline] pairs, prints the points of each.

    python bench/class_floor.py ASSIGNMENT LIST.json {submission|part}
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import tempfile
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from autograder.cases import DrawnCase, draw_cases  # noqa: E402
from autograder.references import References  # noqa: E402
from autograder.spec import Assignment, load_assignment  # noqa: E402
from autograder.spec.code import FunctionPart  # noqa: E402
from autograder.spec.loading import reference_folders  # noqa: E402
from autograder.student_code import read_support  # noqa: E402

CALL_SECONDS = 60.0


@dataclass
class Asked:
    """One function part with its drawn inputs."""

    part: FunctionPart
    cases: Sequence[DrawnCase]


def main(folder: Path, submissions: Sequence[str], forks: str) -> list[int]:
    """Return how many outputs of each submission are right."""
    assignment = load_assignment(folder)
    asked = [Asked(part, list(draw_cases(part, problem, assignment.head.seed)))
             for problem in assignment.problems for part in problem.parts if isinstance(part, FunctionPart)]
    references = References(reference_folders(folder))
    support = read_support(assignment)
    return [_grade(Path(one), assignment, support, asked, references, forks) for one in submissions]


def _grade(
    submission: Path, assignment: Assignment, support: Mapping[str, bytes], asked: Sequence[Asked],
    references: References, forks: str,
) -> int:
    right = 0
    for group in [[one] for one in asked] if forks == "part" else [list(asked)]:
        replies = _fork(lambda group=group: _call_all(submission, assignment, support, group))
        for one, values in zip(group, replies, strict=False):
            for drawn, returned in zip(one.cases, values, strict=False):
                expected = references.call(one.part.reference, tuple(one.part.returns), drawn.inputs)
                right += _count_right(one.part, expected, returned)
    return right


def _count_right(part: FunctionPart, expected: Mapping[str, Any], returned: Sequence[Any]) -> int:
    if len(returned) != len(expected):
        return 0
    pairs = zip(expected.values(), returned, strict=True)
    with np.errstate(all="ignore"):
        return sum(want.shape == np.shape(got) and bool(np.isfinite(got).all()) and
                   bool((abs(got - want) <= part.relative_tolerance * max(abs(want).max(initial=0.0), 1e-12)).all())
                   for want, got in pairs)


def _fork(work: Callable[[], Any]) -> Any:
    """Do the work in a fork, and return what it gives; nothing where it dies or takes too long."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        try:
            with open(os.devnull, "wb") as null:
                os.dup2(null.fileno(), 1)
                os.dup2(null.fileno(), 2)
            with os.fdopen(theirs, "wb") as pipe:
                pipe.write(repr(work()).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    data = b""
    with os.fdopen(ours, "rb") as pipe:
        while select.select([pipe], [], [], CALL_SECONDS)[0]:
            piece = os.read(pipe.fileno(), 1 << 18)
            if not piece:
                break
            data += piece
        else:
            os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return _read(data)


def _read(data: bytes) -> list[list[list[Any]]]:
    try:
        return [[[np.asarray(value) for value in case] for case in part] for part in json.loads(data)]
    except ValueError:
        return []


def _call_all(submission: Path, assignment: Assignment, support: Mapping[str, bytes], group: Sequence[Asked]) -> Any:
    here = tempfile.mkdtemp()
    try:
        for name, data in support.items():
            (Path(here) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(here) / name).write_bytes(data)
        shutil.copytree(submission, here, dirs_exist_ok=True)
        sys.path.insert(0, here)
        harness = types.ModuleType("harness")
        if assignment.head.harness:
            exec((assignment.folder / assignment.head.harness).read_text(), harness.__dict__)
        modules: dict[str, types.ModuleType | None] = {}
        return _Lists([[_call(one, drawn, modules, harness, Path(here)) for drawn in one.cases] for one in group])
    finally:
        shutil.rmtree(here, ignore_errors=True)


class _Lists:
    """Nested lists that are written as JSON."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return json.dumps(self._value)


def _call(
    one: Asked, drawn: DrawnCase, modules: dict[str, types.ModuleType | None], harness: types.ModuleType, here: Path
) -> list[Any]:
    part = one.part
    try:
        if part.file not in modules:
            modules[part.file] = None
            module = types.ModuleType(part.file[:-3])
            sys.modules[module.__name__] = module
            exec(compile((here / part.file).read_bytes(), part.file, "exec"), module.__dict__)
            modules[part.file] = module
        student = modules[part.file]
        inputs = {name: value.copy() if isinstance(value, np.ndarray) else value
                  for name, value in drawn.inputs.items()}
        call = drawn.case.call or part.call
        if call is not None:
            value = getattr(harness, call.rpartition(".")[2])(student, **inputs)
        else:
            value = getattr(student, part.function)(*inputs.values())
        values = value if isinstance(value, (tuple, list)) and len(part.returns) > 1 else (value,)
        return [np.asarray(got, dtype=float).tolist() for got in values]
    except BaseException:  # whatever a student's code raises is an answer that is not right
        return []


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), sys.argv[3])))
