"""YAML text -> plain values, and where each of them stands.

A strict reading: a key may stand once, `1e-6` is a number, only `true` and `false` are booleans (so `yes`, `no`
and `on` are names), dates and `1:30` stay text, and anchors cannot blow a small file up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from autograder.spec.faults import Fault, Place

Path_: TypeAlias = "tuple[str | int, ...]"
Value: TypeAlias = "None | bool | int | float | str | list[Value] | dict[str, Value]"

_MAX_NODES = 50_000
_MAX_DEPTH = 40
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one YAML file with the place of every key and item."""

    file: Path
    value: Value
    places: Mapping[Path_, Place]

    def place(self, path: Path_) -> Place:
        """Return the place of `path`, or of the nearest thing around it that the file holds."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file))


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.places: dict[Path_, Place] = {}
        self.faults: list[Fault] = []
        self.nodes_left = _MAX_NODES

    def fault(self, node: yaml.Node, message: str) -> None:
        self.faults.append(Fault(self.at(node), message))

    def at(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def read(self, node: yaml.Node, path: Path_) -> Value:
        self.nodes_left -= 1
        if self.nodes_left == 0:
            self.fault(node, f"the file unfolds to more than {_MAX_NODES} values; use fewer anchors")
        if self.nodes_left <= 0:
            return None
        if len(path) > _MAX_DEPTH:
            self.fault(node, f"nested more than {_MAX_DEPTH} deep")
            return None
        self.places.setdefault(path, self.at(node))
        if isinstance(node, yaml.MappingNode):
            return self.read_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, number)) for number, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self.read_scalar(node)

    def read_mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(key_node, "a key must be a plain name")
                continue
            key = str(key_node.value)
            if key == "<<":
                self.fault(key_node, "merge keys (<<) are not read; write the fields out")
                continue
            if key in values:
                self.fault(key_node, f"'{key}' stands here twice; keep one")
                continue
            inner = (*path, key)
            self.places[inner] = self.at(key_node)
            values[key] = self.read(value_node, inner)
        return values

    def read_scalar(self, node: yaml.ScalarNode) -> Value:
        text: str = node.value
        if node.style:  # quoted, or a block: text, whatever it looks like
            return text
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self.fault(node, f"unknown tag {node.tag}")
            return None
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) <= 18 else text
        if _NUMBER.fullmatch(text):
            return float(text)
        return text


def _find_too_deep(file: Path, text: str) -> Fault | None:
    """Look at the nesting before anything is built: the builder in C calls itself for each level, and would crash."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > _MAX_DEPTH:
            mark = event.start_mark
            place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
            return Fault(place, f"nested more than {_MAX_DEPTH} deep")
    return None


def read_document(file: Path, text: str) -> tuple[Document, tuple[Fault, ...]]:
    """Read YAML text; the faults are those of the YAML itself, and the document holds what could be read."""
    reader = _Reader(file)
    try:
        too_deep = _find_too_deep(file, text)
        if too_deep is not None:
            return Document(file, None, {}), (too_deep,)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        return Document(file, None, {}), (Fault(place, f"not YAML: {error.problem}"),)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Document(file, None, {}), (Fault(Place(file), f"not YAML: {str(error).splitlines()[0]}"),)
    value = None if node is None else reader.read(node, ())
    return Document(file, value, reader.places), tuple(reader.faults)
