"""The public half of an assignment: what students may have of its problem files, by an explicit list of fields.

    public_half(assignment)   -> its files as text, for the handout
    load_public(folder)       -> an Assignment made of them, with stand-ins where something was withheld
    as_students_see(...)      -> the same without the detour over files

A field that is in neither list below is in no handout, and a test fails until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from autograder.spec import code, handing_in, model, notation, suite, written
from autograder.spec.faults import Fault, Place, SpecError
from autograder.spec.fields import Fields, Visibility, said_by
from autograder.spec.positions import Document, read_document
from autograder.spec.validation import validate

SUPPORT_FOLDER = "support"
"""Where the handout keeps its own copy of the files that are laid beside every submission."""

_DECLARED = "meaning written"
_PART = "id aliases title prompt source"
_KEPT_CODE = "notes visibility tags"
_KEPT_PART = f"{_KEPT_CODE} needs"
_KEPT_WRITTEN = f"{_KEPT_PART} examples"
_WRITTEN = f"{_PART} points notation kind"


def _fields(names_of: Mapping[type[Fields], str]) -> Mapping[type[Fields], frozenset[str]]:
    return {kind: frozenset(names.split()) for kind, names in names_of.items()}


PUBLIC = _fields({
    model.AssignmentFile: "id title problems harness starter support answers wrong_form other_layout limits late "
                          "attempts source",
    model.Limits: "submission_seconds import_seconds call_seconds",
    handing_in.Late: "days each grace_minutes after",
    handing_in.Attempts: "count per",
    model.Problem: "id title intro source sizes notation parts",
    notation.Notation: "sizes sets indices symbols families functions given atoms through laws aliases "
                       "scalars_spread",
    notation.SizeNote: f"{_DECLARED} between",
    notation.SetNote: f"{_DECLARED} first last without",
    notation.IndexNote: f"{_DECLARED} over role equals differs",
    notation.SymbolNote: f"{_DECLARED} shape domain definition branches",
    notation.FamilyNote: f"{_DECLARED} shape domain column_of row_of values distinct differs definition",
    notation.FunctionNote: f"{_DECLARED} argument definition bare",
    notation.LossNote: f"{_DECLARED} definition",
    notation.AtomNote: f"{_DECLARED} of wrt shape arguments indices bare",
    notation.ThroughNote: "source target by",
    notation.AliasNote: "means local",
    code.FunctionPart: f"{_PART} kind needs function file call other_calls inputs sizes where returns points "
                       "relative_tolerance call_seconds cases",
    code.OtherCall: "call say credit only_if_it_raises",
    code.NormalInput: "normal scale shift",
    code.UniformInput: "uniform low high",
    code.IndexInput: "index never",
    code.IndicesInput: "indices count never includes distinct repeats",
    code.IntegersInput: "integers count",
    code.ValueInput: "value",
    code.Draws: "first of other_than",
    code.Output: "shape points meaning gradient given relative_tolerance exact",
    code.GradientOf: "of wrt",
    code.CodeMistake: "",
    code.Case: "name count sizes inputs call outputs points",
    suite.UnittestPart: f"{_PART} kind points files",
    written.FormulaPart: f"{_WRITTEN} gradient precheck in_terms_of functions vectorised sums local_names simplified "
                         "wrong_form other_layout layouts depends_on every_side",
    written.Example: "",
    written.OtherAnswer: "",
    written.Derived: "of wrt",
    written.LayoutNote: "name rows transposed result",
    written.Mistake: "",
    written.DerivationPart: f"{_WRITTEN} min_steps",
    written.EquationPart: _WRITTEN,
    written.NumberPart: _WRITTEN,
    written.ChoicePart: f"{_WRITTEN} options",
    written.Option: "text written",
    written.ProsePart: _WRITTEN,
})

WITHHELD = _fields({
    model.AssignmentFile: "points seed visibility solution notes",  # points: they would tell of parts that are not seen
    model.Problem: "points notes",
    notation.AtomNote: "definition",
    code.FunctionPart: f"{_KEPT_CODE} reference follow_through stand_ins changed_inputs show_expected "
                       "mistakes",
    code.CodeMistake: "reference say name credit",
    code.Case: "say",
    suite.UnittestPart: f"{_KEPT_PART} suite pattern test_seconds",
    written.FormulaPart: f"{_KEPT_WRITTEN} answer or_answers other_answers mistakes wrong_step",
    written.Example: "answer state points note",
    written.OtherAnswer: "answer reading say credit",
    written.Mistake: "answer say name credit",
    written.DerivationPart: f"{_KEPT_WRITTEN} start end no_steps wrong_step mistakes",
    written.EquationPart: f"{_KEPT_WRITTEN} answer or_answers mistakes",
    written.NumberPart: f"{_KEPT_WRITTEN} answer other_answers working mistakes",
    written.ChoicePart: f"{_KEPT_WRITTEN} answer",
    written.Option: "say",
    written.ProsePart: f"{_KEPT_WRITTEN} rubric",
})

# What stands for a withheld field that a part cannot do without. Nothing is ever compared with it.
_STAND_INS: Mapping[str, Mapping[str, Any]] = {
    "function": {"reference": "withheld.withheld"},
    "unittest": {"suite": "withheld"},
    "formula": {"answer": "0"},
    "derivation": {"start": "0", "end": "0"},
    "equation": {"answer": "0 = 0"},
    "number": {"answer": "0"},
    "choice": {"answer": "withheld"},
    "prose": {},
}
_PUBLIC_SEED = "the pre-check"


def public_half(assignment: model.Assignment) -> dict[str, str]:
    """Return the text of every public problem file, by name."""
    head, *problems = _public_values(assignment)
    if assignment.head.support:
        head["starter"] = SUPPORT_FOLDER
    else:
        head.pop("starter", None)
    files = {"assignment.yaml": head, **{f"{problem['id']}.yaml": problem for problem in problems}}
    return {name: yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
            for name, value in files.items()}


def as_students_see(assignment: model.Assignment) -> model.Assignment:
    """Return the assignment as a student's handout holds it."""
    head, *problems = _public_values(assignment)
    file = assignment.folder / "assignment.yaml"
    return _compose(assignment.folder, Document(file, head, {}), [Document(file, value, {}) for value in problems])


def is_public_half(folder: Path) -> bool:
    """Whether a folder holds what a handout does: an assignment without the seed of the grader's inputs."""
    file = folder / "assignment.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:  # it is not there, or nobody may look
        return False
    value = read_document(file, text)[0].value
    return isinstance(value, dict) and "seed" not in value


def load_public(folder: Path) -> model.Assignment:
    """Read the public half of an assignment.

    Raises SpecError: a file of the handout is missing or was changed.
    """
    head = _read(folder / "assignment.yaml")
    names = head.value.get("problems", []) if isinstance(head.value, dict) else []
    assert isinstance(names, list)
    return _compose(folder, head, [_read(folder / f"{name}.yaml") for name in names])


def _read(file: Path) -> Document:
    try:
        document, faults = read_document(file, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Fault(Place(file), f"cannot be read: {error}")]) from None
    if faults or not isinstance(document.value, dict):
        raise SpecError(faults or [Fault(Place(file), "must be a mapping of fields")])
    return document


def _compose(folder: Path, head: Document, problems: list[Document]) -> model.Assignment:
    """Make an Assignment of public values, with stand-ins for what is withheld."""
    assert isinstance(head.value, dict)
    head = Document(head.file, {**head.value, "seed": _PUBLIC_SEED}, head.places)
    read_head, faults = validate(model.AssignmentFile, head)
    found = []
    for document in problems:
        filled = Document(document.file, _fill_in(document.value), document.places)
        problem, more = validate(model.Problem, filled)
        faults += more
        found += [problem] if problem is not None else []
    if read_head is None or faults:
        raise SpecError(faults)
    return model.Assignment(folder=folder, head=read_head, problems=tuple(found), digest="public")


def _fill_in(problem: Any) -> Any:
    parts = problem.get("parts") if isinstance(problem, dict) else None
    if not isinstance(parts, list):
        return problem
    return {**problem, "parts": [_fill_in_part(part) if isinstance(part, dict) else part for part in parts]}


def _fill_in_part(part: Mapping[str, Any]) -> dict[str, Any]:
    filled = {**_STAND_INS.get(str(part.get("kind")), {}), **part}
    gradient = part.get("gradient")
    if part.get("kind") == "formula" and isinstance(gradient, dict):
        # The derivative itself, as the question states it: that is what the pre-check compares an answer with.
        filled["answer"] = rf"\frac{{\partial {gradient.get('of')}}}{{\partial {gradient.get('wrt')}}}"
    return filled


def _public_values(assignment: model.Assignment) -> list[dict[str, Any]]:
    """Return the public values of the head and of each problem that has public parts."""
    head = _publish(assignment.head)
    problems = []
    for problem in assignment.problems:
        parts = [_publish(part) for part in problem.parts if is_public(assignment, part)]
        if parts:
            problems.append({**_publish(problem), "parts": parts})
    head["problems"] = [problem["id"] for problem in problems]
    return [head, *problems]


def is_public(assignment: model.Assignment, part: model.Part) -> bool:
    """Whether students know of a part: all that they answer in writing, and the code whose marks they see."""
    visibility = part.visibility or assignment.head.visibility
    return isinstance(part, written.WrittenFields) or visibility is Visibility.VISIBLE


def _publish(value: Any) -> Any:
    """Return the public fields that say more than their defaults, as plain values."""
    if isinstance(value, Fields):
        return {name: _publish(item) for name, item in said_by(value).items() if name in PUBLIC[type(value)]}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {name: _publish(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_publish(item) for item in value]
    return value
