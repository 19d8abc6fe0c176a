"""Plain values -> a record, with every fault in one go and a suggestion where a name is nearly right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from autograder.spec.code import INPUT_KINDS
from autograder.spec.faults import Fault, did_you_mean
from autograder.spec.fields import Fields
from autograder.spec.positions import Document, Path_
from autograder.spec.schemas import schema_of

Record = TypeVar("Record", bound=Fields)

_SAYINGS = {
    "missing": "'{name}' is missing",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text; put it in quotes",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of names",
    "model_type": "must be a mapping of fields",
    "model_attributes_type": "must be a mapping of fields",
    "union_tag_not_found": "must have a 'kind'",
}


def validate(kind: type[Record], document: Document) -> tuple[Record | None, tuple[Fault, ...]]:
    """Return the record, or None and what keeps the document from being one."""
    try:
        record: Any = schema_of(kind).model_validate(document.value)
        return record, ()
    except ValidationError as error:
        by_path: dict[Path_, list[str]] = {}
        for item in error.errors(include_url=False):
            path = _path(item, document)
            sayings = by_path.setdefault(path, [])
            saying = _say(dict(item), path, kind)
            if saying not in sayings:
                sayings.append(saying)
        return None, tuple(
            Fault(document.place(path), _subject(path, document) + ", or ".join(sayings))
            for path, sayings in by_path.items()
        )


def _path(item: Mapping[str, Any], document: Document) -> Path_:
    """Drop what the validator adds to a location (names of union members), so that a place can be found."""
    path: Path_ = ()
    value: Any = document.value
    for step in item["loc"]:
        is_member_name = isinstance(value, dict) and value.get("kind") == step
        if is_member_name or (*path, step) not in document.places:
            continue
        path = (*path, step)
        value = value[step]
    if item["type"] == "union_tag_invalid" and (*path, "kind") in document.places:
        return (*path, "kind")
    return path


def _subject(path: Path_, document: Document) -> str:
    where = ".".join(str(step) for step in path)
    return f"{where}: " if where else ""


def _say(item: dict[str, Any], path: Path_, model: type[Fields]) -> str:
    kind, context, name = item["type"], item.get("ctx", {}), str(item["loc"][-1])
    if kind == "extra_forbidden":
        return f"unknown field '{name}'{did_you_mean(name, _field_names(model))}"
    if kind in ("union_tag_invalid", "literal_error", "enum"):
        known = [word.strip(" '") for word in str(context.get("expected_tags") or context["expected"])
                 .replace(" or ", ", ").split(",")]
        given = str(context.get("tag", item["input"]))
        word = "kind" if kind == "union_tag_invalid" else "value"
        return f"unknown {word} '{given}'{did_you_mean(given, known) or '; known are ' + ', '.join(known)}"
    if kind == "union_tag_not_found" and path and "inputs" in path:
        return f"says how to draw an input; one of its fields must be {', '.join(INPUT_KINDS)}"
    if kind == "string_pattern_mismatch":
        return f"'{item['input']}' is not a name of the kind that belongs here"
    saying = _SAYINGS.get(kind)
    if saying is None:
        text = str(item["msg"])
        return text[0].lower() + text[1:]
    given = item["input"]
    seen = f", not '{given}'" if kind.endswith("_type") and isinstance(given, (str, int, float)) else ""
    return saying.format(name=name) + seen


def _field_names(kind: type[Fields]) -> list[str]:
    """Return every field name that occurs anywhere in the schema of a record."""
    schema = schema_of(kind).model_json_schema()
    names = set(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return sorted(names)
