"""A folder of problem files -> Assignment, or every fault in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from autograder.spec.consistency import Sources, find_faults
from autograder.spec.faults import Fault, Place, SpecError
from autograder.spec.model import Assignment, AssignmentFile, Problem
from autograder.spec.positions import Document, read_document
from autograder.spec.reference_files import SHARED_REFERENCES, find_reference_files, reference_folders
from autograder.spec.validation import validate
from autograder.spec.written_checks import find_clashes

__all__ = ["SHARED_REFERENCES", "load_assignment", "reference_folders"]


def load_assignment(folder: Path) -> Assignment:
    """Read an assignment's folder.

    Raises SpecError with every fault of every file, each with its line and column.
    """
    folder = folder.resolve()
    head_file = folder / "assignment.yaml"
    document, faults = _read(head_file)
    if document is None:
        raise SpecError(faults)
    head, found = validate(AssignmentFile, document)
    faults += found
    if head is None:
        raise SpecError(faults)
    sources = Sources(folder, head, reference_folders(folder))
    faults += _head_faults(folder, head, document)
    problems: list[Problem] = []
    documents: list[Document] = []
    for number, name in enumerate(head.problems):
        problem, inner, found = _load_problem(folder / f"{name}.yaml", document.place(("problems", number)), sources)
        faults += found
        if problem is not None and inner is not None:
            problems.append(problem)
            documents.append(inner)
            if problem.id != name:
                faults += (Fault(Place(folder / f"{name}.yaml", 1, 1),
                                 f"id: is '{problem.id}', but the file is named {name}.yaml"),)
    faults += tuple(find_clashes(zip(problems, documents, strict=True)))
    total = sum(problem.max_points for problem in problems)
    if head.points is not None and len(problems) == len(head.problems) and abs(total - head.points) > 1e-9:
        faults += (Fault(document.place(("points",)),
                         f"points: says {head.points:g}, but the problems add up to {total:g}"),)
    if faults:
        raise SpecError(faults)
    return Assignment(folder=folder, head=head, problems=tuple(problems), digest=digest_files(folder, head, problems))


def digest_files(folder: Path, head: AssignmentFile, problems: Iterable[Problem]) -> str:
    """Return a digest of every file that can change a mark: the assignment's own and the references it needs."""
    own = [file for file in folder.rglob("*") if file.suffix in (".py", ".yaml") and "__pycache__" not in file.parts]
    if head.solution is not None:  # on Gradescope it is not there
        own = [file for file in own if not file.is_relative_to(folder / head.solution)]
    files = {file.relative_to(folder).as_posix(): file for file in own}
    for file in find_reference_files(reference_folders(folder), problems):
        if not file.is_relative_to(folder):
            files[f"/{file.relative_to(SHARED_REFERENCES).as_posix()}"] = file
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        # Line ends are no part of it: the same assignment, checked out elsewhere, is the same.
        digest.update(f"{name}\0".encode() + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _read(file: Path) -> tuple[Document | None, tuple[Fault, ...]]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, (Fault(Place(file), "this file is missing"),)
    except (OSError, UnicodeDecodeError) as error:
        return None, (Fault(Place(file), f"cannot be read: {error}"),)
    document, faults = read_document(file, text)
    if not isinstance(document.value, dict):
        return None, faults or (Fault(Place(file, 1, 1), "must be a mapping of fields"),)
    return document, faults


def _load_problem(
    file: Path, named_at: Place, sources: Sources
) -> tuple[Problem | None, Document | None, tuple[Fault, ...]]:
    if not file.is_file():
        return None, None, (Fault(named_at, f"there is no file {file.name} beside this one"),)
    document, faults = _read(file)
    if document is None:
        return None, None, faults
    problem, found = validate(Problem, document)
    faults += found
    if problem is not None:
        faults += tuple(find_faults(problem, document, sources))
    return problem, document, faults


def _head_faults(folder: Path, head: AssignmentFile, document: Document) -> tuple[Fault, ...]:
    faults = []
    for field in ("harness", "starter"):
        name = getattr(head, field)
        if name is not None and not (folder / name).exists():
            faults.append(Fault(document.place((field,)), f"{field}: there is no {name} in {folder.name}/"))
    for number, name in enumerate(head.support):
        if head.starter is None or not (folder / head.starter / name).exists():
            faults.append(Fault(document.place(("support", number)), f"support: there is no {name} in the starter"))
    if len(set(head.problems)) < len(head.problems):
        faults.append(Fault(document.place(("problems",)), "problems: one of them is named twice"))
    return tuple(faults)
