"""The audit of a handout: everything in it is searched for answers before anybody gets it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograder.handout.code_leaks import find_code, find_numbers
from autograder.handout.formula_leaks import FormulaSearch, Leak
from autograder.handout.imports_proof import find_ways_to_references
from autograder.handout.package import Handout
from autograder.handout.unpacking import Piece, unpack
from autograder.spec.code import FunctionPart
from autograder.spec.fields import Fields
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment
from autograder.spec.public import WITHHELD
from autograder.spec.written import Example
from autograder.submission import Submission, read_answers

_TELLING = 16
"""Characters of a withheld text that are not found elsewhere by chance."""


def audit(handout: Handout, assignment: Assignment) -> tuple[Leak, ...]:
    """Return everything in a handout that gives an answer away; assignment: the whole of it, answers and all."""
    pieces = list(unpack(handout.files))
    return (
        *find_withheld(pieces, assignment),
        *FormulaSearch(assignment).find(pieces),
        *find_code(pieces, assignment),
        *find_numbers(pieces, assignment),
        *_written_answers(handout, assignment),
        *find_ways_to_references(handout, assignment, tuple(sorted(_references(assignment))),
                                 reference_folders(assignment.folder)),
    )


def find_withheld(pieces: Iterable[Piece], assignment: Assignment) -> Iterator[Leak]:
    """Yield each file that holds the text of a withheld field, whatever its spaces and case."""
    secrets = {_plain(text): name for name, text in _withheld_texts(assignment) if len(_plain(text)) >= _TELLING}
    public = _plain(" ".join(_public_texts(assignment)))
    secrets = {text: name for text, name in secrets.items() if text not in public}
    for piece in pieces:
        text = _plain(piece.text or "")
        for secret, name in secrets.items():
            # The package has a library of common mistakes, whose sentences problem files may well share.
            if secret in text and not (".whl!" in piece.path and "`mistakes`" in name):
                yield Leak(piece.path, f"holds {name}")


def _plain(text: str) -> str:
    return "".join(text.split()).casefold().replace(">", "").replace("%", "")


def _withheld_texts(assignment: Assignment) -> Iterator[tuple[str, str]]:
    yield "the seed of the grader's inputs", assignment.head.seed
    for problem in assignment.problems:
        for part in problem.parts:
            for field in sorted(WITHHELD.get(type(part), ())):
                for text in _texts(getattr(part, field)):
                    yield f"`{field}` of {problem.id}/{part.id}", text
        yield f"`notes` of {problem.id}", problem.notes or ""
    yield "`notes` of the assignment", assignment.head.notes or ""


def _public_texts(assignment: Assignment) -> Iterator[str]:
    for problem in assignment.problems:
        yield from (problem.intro or "", problem.title)
        for part in problem.parts:
            yield from (part.prompt or "", part.title or "")


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value of a problem file; names of parts and of functions are none."""
    if isinstance(value, str):
        yield value if not value.replace("_", "").replace("-", "").replace(".", "").isalnum() else ""
    elif isinstance(value, Example):
        yield from _texts(value.answer)  # what it gets is said in words that the package has as well
    elif isinstance(value, Fields):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)


def _written_answers(handout: Handout, assignment: Assignment) -> Iterator[Leak]:
    """Yield answers that the grader would find in an untouched handout."""
    for name, data in handout.files.items():
        if name.endswith((".md", ".tex")) and not name.startswith("problems/"):
            found = read_answers(Submission({name: data}), assignment).by_part
            yield from (Leak(name, f"answers {key.problem}/{key.part}") for key in found)


def _references(assignment: Assignment) -> set[str]:
    parts = [part for problem in assignment.problems for part in problem.parts if isinstance(part, FunctionPart)]
    return {part.reference for part in parts} | {mistake.reference for part in parts for mistake in part.mistakes}
