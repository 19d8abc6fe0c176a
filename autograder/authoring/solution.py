"""A right submission: an author's own files, or the references called in the student's place.

    solution/FILE.py   as a student would hand it in; needed where a harness stands between inputs and function
    made from a reference otherwise: its files are laid beside, and a file with the asked name calls them
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from autograder.authoring.findings import Finding, finding
from autograder.spec.code import FunctionPart
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment
from autograder.spec.positions import read_document
from autograder.spec.reference_files import find_reference_files
from autograder.spec.suite import UnittestPart
from autograder.spec.written import ChoicePart, EquationPart, FormulaPart, NumberPart
from autograder.submission import Submission

_BESIDE = "worked"
"""The package that holds the copies of references."""


@dataclass(frozen=True, slots=True)
class Target:
    """One function that is to be mutated, and the parts that it can reach, the nearest first."""

    file: str
    function: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """A right submission, which of its files are the author's own, and the functions to mutate."""

    files: Mapping[str, bytes]
    own: frozenset[str]
    targets: tuple[Target, ...]

    @property
    def code(self) -> Submission:
        return Submission({name: data for name, data in self.files.items() if name.endswith(".py")})

    @property
    def submission(self) -> Submission:
        return Submission(self.files)

    def covers(self, part: UnittestPart) -> bool:
        """Whether there is what a suite of tests imports; the references cannot stand for that."""
        return bool(part.files) and set(part.files) <= self.own


def make_solution(assignment: Assignment) -> tuple[Solution, list[Finding]]:
    """Return a right submission to an assignment, and what keeps it from being one to every part."""
    files = dict(_own_files(assignment))
    own = frozenset(files)
    findings: list[Finding] = []
    roots: dict[str, list[tuple[str, str]]] = {}
    has_references = False
    for problem in assignment.problems:
        for number, part in enumerate(problem.parts):
            if not isinstance(part, FunctionPart):
                continue
            name = f"{problem.id}/{part.id}"
            if part.file in files and not _is_made(files[part.file]):
                roots[name] = [(part.file, called) for called in (part.function, *_called(assignment, part))]
            elif part.call is None:
                has_references = True
                files[part.file] = files.get(part.file, b"") + _stand_in(part).encode()
                roots[name] = [("", part.reference.rpartition(".")[2])]
            else:
                file = assignment.folder / f"{problem.id}.yaml"
                document, _ = read_document(file, file.read_text(encoding="utf-8"))
                findings.append(finding(document, ("parts", number, "call"), _say_no_solution(assignment, part)))
    if has_references:
        files |= _reference_files(assignment)
    if answers := _answers(assignment):
        files[assignment.head.answers] = answers.encode()
    return Solution(files, own, tuple(_targets(files, roots, assignment))), findings


def _own_files(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    if assignment.head.solution is not None:
        folder = assignment.folder / assignment.head.solution
        for file in sorted(folder.rglob("*.py")):
            yield file.relative_to(folder).as_posix(), file.read_bytes()


def _say_no_solution(assignment: Assignment, part: FunctionPart) -> str:
    folder = assignment.head.solution
    if folder is None:
        return ("nothing right can be called through a harness without a right submission: write one into a folder "
                "solution/ beside assignment.yaml and name it there, `solution: solution`")
    return f"there is no {part.file} in {folder}/, so nothing right can be called through the harness"


# A reference in the student's place

_MADE = "# made from references"


def _is_made(data: bytes) -> bool:
    return data.startswith(_MADE.encode())


def _stand_in(part: FunctionPart) -> str:
    """Return a function that takes the inputs in their order and returns the outputs in theirs."""
    stem, _, function = part.reference.rpartition(".")
    outputs = ", ".join(f"outputs[{name!r}]" for name in part.returns)
    return (f"{_MADE}\nfrom {_BESIDE}.{stem} import {function} as _right_{part.function}\n\n\n"
            f"def {part.function}(*inputs):\n"
            f"    outputs = _right_{part.function}(**dict(zip({tuple(part.inputs)!r}, inputs)))\n"
            f"    return {outputs}\n\n\n")


def _reference_files(assignment: Assignment) -> dict[str, bytes]:
    folders = reference_folders(assignment.folder)
    found = {f"{_BESIDE}/__init__.py": b""}
    for file in find_reference_files(folders, assignment.problems):
        folder = next(folder for folder in folders if file.is_relative_to(folder))
        found[f"{_BESIDE}/{file.relative_to(folder).as_posix()}"] = file.read_bytes()
    return found


def _answers(assignment: Assignment) -> str:
    """Return an answers file with the right answer to every part that has one in the problem file."""
    found = []
    for problem in assignment.problems:
        for part in problem.parts:
            if isinstance(part, (FormulaPart, EquationPart, NumberPart)):
                found.append(f"## {part.id}\n\n$$\n{part.answer}\n$$\n")
            elif isinstance(part, ChoicePart):
                found.append(f"## {part.id}\n\n{part.answer}\n")
    return "\n".join(found)


# What is to be mutated


def _called(assignment: Assignment, part: FunctionPart) -> Iterator[str]:
    """Yield the student's functions that an adapter of the harness may call."""
    if part.call is None or assignment.head.harness is None:
        return
    bodies = _functions((assignment.folder / assignment.head.harness).read_text(encoding="utf-8"))
    for name in _reachable([part.call.rpartition(".")[2]], bodies):
        for node in ast.walk(bodies[name]):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "student":
                yield node.attr


def _targets(
    files: Mapping[str, bytes], roots: Mapping[str, list[tuple[str, str]]], assignment: Assignment
) -> Iterator[Target]:
    parsed = {name: _functions(data.decode()) for name, data in files.items()
              if name.endswith(".py") and not _is_made(data)}
    reached: dict[tuple[str, str], dict[str, int]] = {}
    for part, starts in roots.items():
        for file, start in starts:
            for name, bodies in parsed.items():
                if file and name != file:
                    continue
                for distance, function in enumerate(_reachable([start], _merged(parsed) if not file else bodies)):
                    if function in bodies:
                        near = reached.setdefault((name, function), {})
                        near[part] = min(distance, near.get(part, distance))
    for (file, function), parts in reached.items():
        if not _is_given(assignment, file, parsed[file][function]):
            yield Target(file, function, tuple(sorted(parts, key=parts.__getitem__)))


def _merged(parsed: Mapping[str, Mapping[str, ast.FunctionDef]]) -> dict[str, ast.FunctionDef]:
    return {name: node for bodies in parsed.values() for name, node in bodies.items()}


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def _reachable(starts: Iterable[str], bodies: Mapping[str, ast.FunctionDef]) -> list[str]:
    """Return the functions that others name, directly or by way of each other, the nearest first."""
    found = [name for name in starts if name in bodies]
    for name in found:
        named = {node.id for node in ast.walk(bodies[name]) if isinstance(node, ast.Name)}
        found += sorted((named & set(bodies)) - set(found))
    return found


def _is_given(assignment: Assignment, file: str, function: ast.FunctionDef) -> bool:
    """Whether students get a function with the starter as it is: it is nobody's mistake."""
    if assignment.head.starter is None:
        return False
    starter = assignment.folder / assignment.head.starter / file
    if not starter.is_file():
        return False
    theirs = _functions(starter.read_text(encoding="utf-8")).get(function.name)
    return theirs is not None and ast.unparse(theirs) == ast.unparse(function)
