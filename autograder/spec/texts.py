"""YAML that another system wrote -> plain texts, one top-level entry after the other.

Exports of a whole class hold every output of every attempt and may be far larger than memory, so nothing is kept but
the entry at hand. Every scalar stays the text that it is (`00123456` is no number), null is None, tags build nothing,
and what an alias stands for is shared, never copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import yaml

from autograder.spec.faults import Fault, Place

Texts: TypeAlias = "str | None | list[Texts] | dict[str, Texts]"

_MAX_DEPTH = 60
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null"})


class BadTexts(Exception):
    """The file is not YAML, or not a mapping of names; the text says where."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


@dataclass(frozen=True, slots=True)
class TopEntry:
    """One key at the top of the file, and what stands below it."""

    key: str
    value: Texts
    place: Place


def read_entries(file: BinaryIO, path: Path) -> Iterator[TopEntry]:
    """Yield the entries of the mapping that a file holds, in its order.

    path: what the file is called in faults. Raises BadTexts, after the entries that stand before the fault.
    """
    try:
        yield from _Reader(yaml.parse(file, Loader=_LOADER), path).entries()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        raise BadTexts(Fault(place, f"not YAML: {error.problem}")) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise BadTexts(Fault(Place(path), f"not YAML: {str(error).splitlines()[0]}")) from None


class _Reader:
    def __init__(self, events: Iterator[yaml.Event], path: Path) -> None:
        self._events = events
        self._path = path
        self._anchors: dict[str, Texts] = {}

    def entries(self) -> Iterator[TopEntry]:
        event = next(self._events)
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return
        if not isinstance(event, yaml.MappingStartEvent):
            raise self._bad(event, "the file must be a mapping of names")
        seen: set[str] = set()
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key, place = self._key(event, seen), self._place(event)
            yield TopEntry(key, self._value(next(self._events), 1), place)
        for event in self._events:
            if not isinstance(event, (yaml.DocumentEndEvent, yaml.StreamEndEvent)):
                raise self._bad(event, "more than one document")

    def _value(self, event: yaml.Event, depth: int) -> Texts:
        if depth > _MAX_DEPTH:
            raise self._bad(event, f"nested more than {_MAX_DEPTH} deep")
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._bad(event, f"nothing was called '{event.anchor}' before")
            return self._anchors[event.anchor]
        value: Texts
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.style in (None, "") and event.value in _NULLS
            value = None if is_null else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                value.append(self._value(inner, depth + 1))
        else:
            value = {}
            seen: set[str] = set()
            while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
                key = self._key(inner, seen)
                value[key] = self._value(next(self._events), depth + 1)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = value
        return value

    def _key(self, event: yaml.Event, seen: set[str]) -> str:
        """Return the name of an entry; Ruby writes the symbol `:name` as `:name:`."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._bad(event, "a key must be a plain name")
        key = str(event.value)
        if key in seen:
            raise self._bad(event, f"'{key}' stands here twice")
        seen.add(key)
        return key

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._path, mark.line + 1, mark.column + 1) if mark else Place(self._path)

    def _bad(self, event: yaml.Event, message: str) -> BadTexts:
        return BadTexts(Fault(self._place(event), message))
