"""The models as people and editors read them: docs/problem-spec.md and JSON Schema."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from autograder.spec.fields import Fields, all_kinds
from autograder.spec.model import AssignmentFile, Problem
from autograder.spec.schemas import schema_of

_HEAD = """# Fields of a problem file

Generated from the model by `autograder schema --page`; a test keeps it current. How to write a problem is told in
[instructors.md](instructors.md).

An assignment is a folder: `assignment.yaml`, and a file `ID.yaml` for each of its problems. Every fault of every
file is reported at once, with file, line and column. Reading is strict: an unknown field, a key that stands twice,
text where a number belongs are faults; only `true` and `false` are booleans; `1e-6` is a number.
"""


def json_schema(model: type[Fields]) -> dict[str, Any]:
    """Return the JSON Schema of a model, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_described(model)}


def _described(model: type[Fields]) -> dict[str, Any]:
    """Return the schema of a model with what its source says below each field."""
    schema = schema_of(model).model_json_schema()
    kinds = {kind.__name__: kind for kind in all_kinds(Fields)}
    for name, definition in {model.__name__: schema, **schema.get("$defs", {})}.items():
        for base in reversed(kinds[name].__mro__ if name in kinds else ()):
            for field, description in _descriptions(base).items():
                definition["properties"][field]["description"] = description
    return schema


@cache
def _descriptions(kind: type) -> dict[str, str]:
    if not issubclass(kind, Fields):
        return {}
    (declared,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(declared, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(declared.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def render_page() -> str:
    """Return docs/problem-spec.md: a table of fields for every kind of mapping."""
    schemas: dict[str, Any] = {}
    for model in (AssignmentFile, Problem):
        schema = _described(model)
        schemas |= {model.__name__: schema, **schema.get("$defs", {})}
    objects = {name: schema for name, schema in schemas.items() if "properties" in schema}
    titles = {name: _title(name, schema) for name, schema in objects.items()}
    titles |= {name: ", ".join(f"`{word}`" for word in schema["enum"]) for name, schema in schemas.items()
               if "enum" in schema}
    sections = [_section(titles[name], schema, titles) for name, schema in _in_order(objects)]
    return "\n".join([_HEAD, *sections])


def _in_order(objects: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the models from the whole to its parts, each once."""
    waiting, seen = ["AssignmentFile", "Problem"], set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in objects:
            continue
        seen.add(name)
        yield name, objects[name]
        waiting += list(_references(objects[name]["properties"]))


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield str(schema["$ref"]).rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def _title(name: str, schema: dict[str, Any]) -> str:
    kind = schema["properties"].get("kind", {}).get("const")
    if kind:
        return f"A part of kind {kind}"
    if name == "AssignmentFile":
        return "The file assignment.yaml"
    if name == "Problem":
        return "A problem file"
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return words[0].upper() + words[1:]


def _section(title: str, schema: dict[str, Any], titles: dict[str, str]) -> str:
    about = inspect.cleandoc(schema.get("description", ""))
    lines = [f"## {title}", "", about, "", "| field | value | default | meaning |", "| --- | --- | --- | --- |"]
    needed = set(schema.get("required", ()))
    for name, field in schema["properties"].items():
        default = "**needed**" if name in needed else _default(field)
        meaning = " ".join(str(field.get("description", "")).split())
        lines.append(f"| `{name}` | {_value(field, titles)} | {default} | {meaning} |".replace("\\\\", "\\"))
    return "\n".join([*lines, ""])


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    return "" if default in (None, [], {}, "") or isinstance(default, dict) else f"`{default}`"


def _value(field: dict[str, Any], titles: dict[str, str]) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if "$ref" in field:
        name = str(field["$ref"]).rpartition("/")[2]
        return titles[name] if titles[name].startswith("`") else _link(titles[name])
    for key in ("anyOf", "oneOf"):
        if key in field:
            members = dict.fromkeys(_value(member, titles) for member in field[key] if member.get("type") != "null")
            return " or ".join(members)
    if field.get("type") == "array":
        items = field.get("prefixItems")
        if items:
            return "[" + ", ".join(_value(item, titles) for item in items) + "]"
        return f"list of {_value(field.get('items', {}), titles)}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"name: {_value(inner, titles)}" if isinstance(inner, dict) else "mapping"
    return {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false",
            "null": "nothing"}.get(str(field.get("type")), "any")


def _link(title: str) -> str:
    anchor = "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")
    return f"[{title}](#{anchor})"
