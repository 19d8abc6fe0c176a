"""What is sent to a process that grades, and what comes back: plain values, on this machine or another."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.classroom.rows import ProblemResult, unpack_mark
from autograder.submission import Contents

PACKAGE = Path(__file__).resolve().parents[1]
# Every file of ours that can change a mark. What shows marks is not among them.
_GRADING = ("sandbox", "formula", "spec", "submission", "checks", "grade.py", "marks.py", "cases.py", "references.py",
            "student_code.py")


@dataclass(frozen=True, slots=True)
class Setup:
    """By what is graded. A process that finds other files or another grader in its place refuses."""

    folder: str
    """Of the assignment."""
    digest: str
    """Of all its files."""
    grader: str
    seconds: float
    """After which a process that says nothing is taken for lost."""


@dataclass(frozen=True, slots=True)
class Task:
    """One submission, and the problems to grade; None stands for all."""

    contents: Contents
    problems: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a task: results by problem, or why there are none."""

    results: Mapping[str, ProblemResult]
    failure: str | None = None


def grader_version() -> str:
    """Return what tells one grader from another: its version, its own files, and what its numbers rest on."""
    digest = hashlib.sha256()
    for file in sorted(_grading_files()):
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{__version__}+{digest.hexdigest()[:12]} python {python} numpy {version('numpy')} sympy {version('sympy')}"


def _grading_files() -> Iterator[Path]:
    for name in _GRADING:
        place = PACKAGE / name
        if place.is_file():
            yield place
        else:
            yield from (file for file in place.rglob("*") if file.suffix in (".py", ".ini"))


def digest_contents(contents: Contents) -> tuple[str, dict[str, str]]:
    """Return the digest of what was handed in, and that of each of its files by path."""
    files = {path: hashlib.sha256(data).hexdigest()[:16] for path, data in sorted(contents.files.items())}
    files |= {path: f"left out: {reason}" for path, reason in sorted(contents.left_out.items())}
    notes = list(contents.notes)
    whole = json.dumps([{path: hashlib.sha256(data).hexdigest() for path, data in contents.files.items()},
                        dict(contents.left_out), notes], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest(), files


def encode_results(results: Mapping[str, Any]) -> bytes:
    """Return results by problem as JSON."""
    return json.dumps(results, separators=(",", ":"), allow_nan=False).encode("ascii")


def decode_results(data: bytes) -> dict[str, ProblemResult]:
    """Return results by problem, as `encode_results` wrote them."""
    return {
        problem: ProblemResult(tuple(unpack_mark(mark) for mark in result["marks"]), result["failure"])
        for problem, result in json.loads(data).items()
    }
