"""What is generated from the model is current: run the command in the message to renew it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from autograder.spec.fields import Fields
from autograder.spec.model import AssignmentFile, Problem
from autograder.spec.pages import json_schema, render_page

HOME = Path(__file__).parents[2]
SCHEMAS = {"problem": Problem, "assignment": AssignmentFile}


def test_the_page_of_fields_is_current() -> None:
    written = (HOME / "docs/problem-spec.md").read_text()
    assert written == render_page() + "\n", "autograder schema --page > docs/problem-spec.md"


@pytest.mark.parametrize(("name", "model"), SCHEMAS.items())
def test_the_schemas_for_editors_are_current(name: str, model: type[Fields]) -> None:
    written = json.loads((HOME / f"docs/schema/{name}.schema.json").read_text())
    assert written == json_schema(model), f"autograder schema --of {name} > docs/schema/{name}.schema.json"


def test_every_field_has_a_place_on_the_page() -> None:
    page = render_page()
    for model in SCHEMAS.values():
        for definition in [json_schema(model), *json_schema(model)["$defs"].values()]:
            for field in definition.get("properties", {}):
                assert f"| `{field}` |" in page


@pytest.mark.parametrize("file", sorted((HOME / "problems").glob("*/*.yaml")), ids=lambda f: f"{f.parent.name}/{f.stem}")
def test_an_editor_finds_no_fault_in_the_shipped_problems(file: Path) -> None:
    model = AssignmentFile if file.stem == "assignment" else Problem
    jsonschema.validate(yaml.safe_load(file.read_text()), json_schema(model))
