"""The models that an author's values are validated with say what the records do, and give records back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from autograder.spec import load_assignment
from autograder.spec.code import Case, IndicesInput, NormalInput
from autograder.spec.fields import Fields
from autograder.spec.model import AssignmentFile, Problem
from autograder.spec.notation import AliasNote, LossNote, Notation, SizeNote
from autograder.spec.positions import Document, read_document
from autograder.spec.validation import validate
from autograder.spec.written import Example, FormulaPart, Mistake

ASSIGNMENTS = sorted(file.parent for file in (Path(__file__).parents[2] / "problems").glob("*/assignment.yaml"))


def read(kind: type[Fields], value: Any) -> Fields | None:
    record, faults = validate(kind, Document(Path("p.yaml"), value, {}))
    assert not faults
    return record


@pytest.mark.parametrize("folder", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_the_plain_values_of_a_record_are_read_as_that_record(folder: Path) -> None:
    assignment = load_assignment(folder)
    assert read(AssignmentFile, to_builtins(assignment.head)) == assignment.head
    for problem in assignment.problems:
        assert read(Problem, to_builtins(problem)) == problem


SOUND: list[tuple[Fields, dict[str, Any]]] = [
    (Example(answer="0"), {"answer": 0}),
    (Example(answer="x + 1"), {"answer": " x + 1\n"}),
    (Mistake(answer="x", say="A slip."), {"answer": "x", "say": "A slip.  "}),
    (Notation(given={"J": LossNote(definition="x^2")}), {"given": {"J": "x^2"}}),
    (Notation(given={"J": LossNote(definition="3")}), {"given": {"J": 3}}),
    (Notation(aliases={"q": AliasNote(means="x", local=True)}), {"aliases": {"q": {"means": "x", "local": True}}}),
    (Notation(aliases={"q": AliasNote(means="x")}), {"aliases": {"q": "x"}}),
    (Notation(sizes={"d": SizeNote(between=(3, 5))}), {"sizes": {"d": {"between": [3, 5]}}}),
    (Case(inputs={"x": NormalInput(normal=("d", 2), scale=2.0), "k": IndicesInput(indices="V", count=3)}),
     {"inputs": {"x": {"normal": ["d", 2], "scale": 2}, "k": {"indices": "V", "count": 3}}}),
]


@pytest.mark.parametrize(("record", "value"), SOUND)
def test_what_is_sound_becomes_a_record(record: Fields, value: dict[str, Any]) -> None:
    assert read(type(record), value) == record


FORMULA = "id: f, kind: formula, points: 1, answer: x"
FAULTY: list[tuple[type[Fields], str, str]] = [
    (Example, "answer: '  '", "answer: string should have at least 1 character"),
    (Example, "answer: true", "answer: must be text; put it in quotes, not 'True'"),
    (Example, "answer: x, points: -1", "points: input should be greater than or equal to 0"),
    (Example, "answer: x, points: 1e999", "points: input should be a finite number"),
    (Example, "answer: x, points: true", "points: must be a number, not 'True'"),
    (Example, "answer: x, state: rigth", "state: unknown value 'rigth'"),
    (Case, "count: 101", "count: input should be less than or equal to 100"),
    (Case, "count: 1.0", "count: must be a whole number, not '1.0'"),
    (Case, "sizes: {2d: 3}", "sizes.2d: '2d' is not a name of the kind that belongs here"),
    (Case, "sizes: {d: x}", "sizes.d: must be a whole number, not 'x', or must be a list, not 'x'"),
    (Case, "inputs: {x: {scale: 2}}", "inputs.x: says how to draw an input; one of its fields must be normal, uniform"),
    (Case, "inputs: {x: {normal: [0]}}", "inputs.x.normal.0: input should be greater than or equal to 1, or must be text"),
    (Notation, "families: {u: {}}", "families.u: 'u' is not a name of the kind that belongs here"),
    (Notation, "given: {J: []}", "given.J: must be a mapping of fields"),
    (FormulaPart, f"{FORMULA}, vectorised: 1", "vectorised: must be true or false, not '1'"),
    (FormulaPart, f"{FORMULA}, mistake: []", "mistake: unknown field 'mistake'; did you mean 'mistakes'?"),
    (Problem, "id: p, title: P, parts: []", "parts: tuple should have at least 1 item"),
    (Problem, "id: p, title: P, parts: [{id: w, kind: prose, points: 1}, {id: f}]", "parts.1: must have a 'kind'"),
]


@pytest.mark.parametrize(("kind", "text", "says"), FAULTY)
def test_what_is_not_is_said_at_its_place(kind: type[Fields], text: str, says: str) -> None:
    document, unread = read_document(Path("p.yaml"), f"{{{text}}}")
    record, (fault,) = validate(kind, document)
    assert (record, unread) == (None, ())
    assert fault.message.startswith(says)
    assert fault.place.line == 1
