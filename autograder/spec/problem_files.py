"""What one problem's marks depend on: its own file, its references, and what of the assignment holds for all.

    read_problem_files   the texts, to be kept and compared line by line
    digest_problem       a digest that changes with what is declared, and not with comments, notes or other problems
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from autograder.spec.code import FunctionPart
from autograder.spec.definitions import find_definitions
from autograder.spec.loading import SHARED_REFERENCES, reference_folders
from autograder.spec.model import Assignment, Problem
from autograder.spec.reference_files import find_reference_files, reference_names
from autograder.spec.suite import UnittestPart

# What of `assignment.yaml` no mark depends on: what is only said, and what is applied to the sum.
_SAID = {"title", "source", "notes", "points", "late", "attempts", "problems", "solution"}
_UNJUDGED = frozenset({"notes", "source", "examples"})


def read_problem_files(assignment: Assignment, problem: Problem) -> dict[str, str]:
    """Return the texts that the marks of a problem depend on, by the names that staff know them by."""
    folder = assignment.folder
    files = {f"{problem.id}.yaml": folder / f"{problem.id}.yaml", "assignment.yaml": folder / "assignment.yaml"}
    files |= {_name(file, folder): file for file in _code(assignment, problem)}
    return {name: file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") for name, file in files.items()}


def _code(assignment: Assignment, problem: Problem) -> Iterator[Path]:
    folder, head = assignment.folder, assignment.head
    yield from find_reference_files(reference_folders(folder), [problem])
    if head.harness is not None:
        yield folder / head.harness
    for name in head.support:
        place = folder / (head.starter or "") / name
        yield from [place] if place.is_file() else sorted(place.rglob("*.py"))
    for part in problem.parts:
        if isinstance(part, UnittestPart):
            yield from sorted((folder / part.suite).rglob("*.py"))


def _name(file: Path, folder: Path) -> str:
    if file.is_relative_to(folder):
        return file.relative_to(folder).as_posix()
    return f"reference/{file.relative_to(SHARED_REFERENCES).as_posix()}"


def digest_problem(assignment: Assignment, problem: Problem) -> str:
    """Return a digest of all that can change a mark of the problem."""
    folders = reference_folders(assignment.folder)
    references = find_reference_files(folders, [problem])
    shared = {name: text for name, text in read_problem_files(assignment, problem).items()
              if not name.endswith(".yaml") and not name.startswith("reference/")}
    declared = {
        "head": {name: value for name, value in to_builtins(assignment.head).items() if name not in _SAID},
        "problem": _without_notes(to_builtins(problem)),
        "asked": list(_asked(assignment)),
        "shared": shared,
        "references": find_definitions(references, folders, reference_names([problem])),
    }
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()


def _without_notes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_notes(item) for key, item in value.items() if key not in _UNJUDGED}
    return [_without_notes(item) for item in value] if isinstance(value, (list, tuple)) else value


def _asked(assignment: Assignment) -> Iterator[tuple[object, ...]]:
    """Yield what is asked anywhere: other problems' names decide what an answer's heading can mean, and which files
    and functions a submission is searched for."""
    for problem in assignment.problems:
        for part in problem.parts:
            wanted = (part.file, part.function) if isinstance(part, FunctionPart) else getattr(part, "files", ())
            visibility = part.visibility or assignment.head.visibility
            yield problem.id, part.id, part.kind, part.aliases, visibility.value, tuple(wanted)
