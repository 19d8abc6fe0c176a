"""Change single values of a YAML file in its text: comments, order and spelling of all else stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import yaml

from autograder.spec.positions import Path_

_PLAIN = re.compile(r"[A-Za-z0-9.][A-Za-z0-9 ._-]*")


def set_fields(text: str, path: Path_, fields: Mapping[str, str]) -> str:
    """Return the text with fields of the mapping at a path set to scalars; those that are not there are added.

    Raises LookupError where there is no mapping at that path.
    """
    for name, value in fields.items():
        node = _find(yaml.compose(text, Loader=yaml.SafeLoader), path)
        text = _set(text, node, name, _scalar(value, in_flow=bool(node.flow_style)))
    return text


def append_item(text: str, path: Path_, value: str) -> str:
    """Return the text with one more scalar at the end of the list at a path. Raises LookupError."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    node = next((item for key, item in _find(node, path[:-1]).value if key.value == path[-1]), None)
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise LookupError(f"no list at {'.'.join(map(str, path))}")
    last = node.value[-1]
    end = last.end_mark.index
    if node.flow_style:
        return f"{text[:end]}, {_scalar(value, in_flow=True)}{text[end:]}"
    dash = " " * node.start_mark.column
    return f"{text[:end]}\n{dash}- {_scalar(value, in_flow=False)}{text[end:]}"


def _find(node: yaml.Node | None, path: Path_) -> yaml.MappingNode:
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(step)), None)
        else:
            node = None
    if not isinstance(node, yaml.MappingNode):
        raise LookupError(f"nothing to change at {'.'.join(map(str, path))}")
    return node


def _set(text: str, node: yaml.MappingNode, name: str, value: str) -> str:
    found = next((item for key, item in node.value if key.value == name), None)
    if found is not None:
        return text[: found.start_mark.index] + value + text[found.end_mark.index :]
    if node.flow_style:
        end = node.end_mark.index - 1  # before the closing brace
        return f"{text[:end].rstrip()}, {name}: {value}{text[end:]}"
    key, last = node.value[-1]
    end = len(text[: last.end_mark.index].rstrip())
    return f"{text[:end]}\n{' ' * key.start_mark.column}{name}: {value}{text[end:]}"


def _scalar(value: str, *, in_flow: bool) -> str:
    is_plain = _PLAIN.fullmatch(value) is not None
    return value if is_plain and not (in_flow and "," in value) else json.dumps(value, ensure_ascii=False)
