"""The public half: every field was decided on, nothing withheld is in it, and it can be read again."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.spec import SpecError, load_assignment
from autograder.spec.fields import Fields
from autograder.spec.model import AssignmentFile, Problem
from autograder.spec.public import PUBLIC, WITHHELD, as_students_see, is_public_half, load_public, public_half

HOME = Path(__file__).parents[2]
ASSIGNMENTS = sorted(file.parent for file in (HOME / "problems").glob("*/assignment.yaml"))


def models(annotation: Any, seen: set[type[Fields]]) -> Iterator[type[Fields]]:
    if isinstance(annotation, type) and issubclass(annotation, Fields) and annotation not in seen:
        seen.add(annotation)
        yield annotation
        for hint in typing.get_type_hints(annotation).values():
            yield from models(hint, seen)
    for argument in typing.get_args(annotation):
        yield from models(argument, seen)


MODELS = [*models(AssignmentFile, set()), *models(Problem, set())]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_public_or_withheld(model: type[Fields]) -> None:
    public, withheld = PUBLIC.get(model, frozenset()), WITHHELD.get(model, frozenset())
    undecided = set(model.__struct_fields__) - public - withheld
    assert not undecided, f"{model.__name__}: say in autograder/spec/public.py whether students may have {undecided}"
    assert not public & withheld
    assert not (public | withheld) - set(model.__struct_fields__), "a field that there is no more"


def test_the_lists_name_no_other_models() -> None:
    assert {*PUBLIC, *WITHHELD} == set(MODELS)


@pytest.mark.parametrize("folder", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_what_is_written_reads_as_what_students_see(folder: Path, tmp_path: Path) -> None:
    assignment = load_assignment(folder)
    for name, text in public_half(assignment).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert is_public_half(tmp_path)
    assert not is_public_half(folder)
    assert not is_public_half(tmp_path / "nowhere")
    read = load_public(tmp_path)
    assert read.problems == as_students_see(assignment).problems
    asked = [part.id for problem in assignment.problems for part in problem.parts]
    assert [part.id for problem in read.problems for part in problem.parts] == asked


@pytest.mark.parametrize("folder", ASSIGNMENTS, ids=lambda folder: folder.name)
def test_nothing_withheld_is_written(folder: Path) -> None:
    assignment = load_assignment(folder)
    text = "\n".join(public_half(assignment).values())
    assert assignment.head.seed not in text
    for word in ("reference:", "answer:", "mistakes:", "rubric:", "notes:", "seed:", "stand_ins:", "working:"):
        assert word not in text
    for problem in assignment.problems:
        for part in problem.parts:
            for mistake in getattr(part, "mistakes", ()):
                assert mistake.say not in text


def test_code_that_students_do_not_see_is_left_out_and_questions_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "unseen"
    (folder / "reference").mkdir(parents=True)
    (folder / "reference/r.py").write_text("def f(x):\n    return {'y': x}\n")
    (folder / "assignment.yaml").write_text("id: unseen\ntitle: U\nproblems: [p, q]\nseed: s\n")
    function = "kind: function, function: f, file: a.py, reference: r.f, points: 1, cases: [{count: 1}], inputs: " \
               "{x: {normal: []}}, returns: {y: {}}"
    (folder / "p.yaml").write_text(
        f"id: p\ntitle: P\nparts:\n  - {{id: seen, {function}}}\n  - {{id: later, visibility: after_due_date, {function}}}\n"
        f"  - {{id: written, kind: number, answer: 7, points: 1, visibility: hidden, prompt: How many?}}\n")
    (folder / "q.yaml").write_text(f"id: q\ntitle: Q\nparts:\n  - {{id: never, visibility: hidden, {function}}}\n")
    public = public_half(load_assignment(folder))
    assert list(public) == ["assignment.yaml", "p.yaml"]
    assert "How many?" in public["p.yaml"]
    assert "later" not in public["p.yaml"]
    assert "7" not in public["p.yaml"]


@pytest.mark.parametrize(("name", "text", "says"), [
    ("assignment.yaml", "id: a\ntitle: [\n", "assignment.yaml:"),
    ("p.yaml", "id: p\ntitle: P\nparts: [{id: x, kind: formla, points: 1}]\n", "unknown kind 'formla'"),
    ("p.yaml", None, "p.yaml: cannot be read"),
])
def test_a_handout_that_was_changed_is_named(tmp_path: Path, name: str, text: str | None, says: str) -> None:
    (tmp_path / "assignment.yaml").write_text("id: a\ntitle: A\nproblems: [p]\n")
    (tmp_path / "p.yaml").write_text("id: p\ntitle: P\nparts: [{id: x, kind: prose, points: 1}]\n")
    assert load_public(tmp_path).problems[0].id == "p"
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SpecError, match=says):
        load_public(tmp_path)


LOSS = """id: p
title: P
notation: {symbols: {w: {shape: [d]}}, sizes: {d: {}}, sets: {k: {last: d}}, indices: {j: {over: k}},
           families: {'n[j]': {values: k}}, given: {J: 'w^\\\\top w', L: {}}}
parts:
  - {id: f, kind: formula, answer: 2w, points: 1, gradient: {of: J, wrt: w}, precheck: judge}
  - {id: c, kind: function, function: f, file: a.py, reference: r.f, points: 1, cases: [{count: 1}], sizes: {d: 3},
     inputs: {v: {normal: [d]}, s: {indices: d, count: 5}}, where: {w: v, n: {first: 2, of: s}}, returns: {y: {given: J}}}
"""


@pytest.mark.parametrize(("old", "new", "says"), [
    ("where: {w: v", "where: {u: v", "the notation declares no 'u'"),
    ("where: {w: v", "where: {w: vv", "no input 'vv'; did you mean 'v'?"),
    ("of: s}", "of: S}", "no input 'S'; did you mean 's'?"),
    ("where: {w: v,", "where: {w: {first: 2, of: s},", "draws stand for a family of indices only"),
    ("{y: {given: J}}", "{y: {}}", "says what the notation means for 'given', which no output has"),
    ("gradient: {of: J,", "gradient: {of: L,", "only the gradient of a loss that is given with its definition"),
    ("gradient: {of: J, wrt: w}, ", "", "only the gradient of a loss that is given with its definition"),
])
def test_what_is_given_must_fit(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/r.py").write_text("def f(v, s):\n    return {'y': v @ v}\n")
    (tmp_path / "assignment.yaml").write_text("id: a\ntitle: A\nproblems: [p]\nseed: s\n")
    (tmp_path / "p.yaml").write_text(LOSS)
    load_assignment(tmp_path)
    assert old in LOSS
    (tmp_path / "p.yaml").write_text(LOSS.replace(old, new))
    with pytest.raises(SpecError) as raised:
        load_assignment(tmp_path)
    assert says in str(raised.value)
