"""Frequent wrong answers that no misconception explains, with the lines for `mistakes:` in the problem file.

Formulas are grouped by what they mean, not by how they are typed; outputs of functions by the very numbers that came
back: all students are called on the same inputs, so who makes the same slip returns the same wrong numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.classroom.records import ClassMarks, Graded, PartMark
from autograder.marks import State

_SAY = "SAY WHAT IS WRONG AND ONE THING TO DO"
_DIGITS = 6
_MOST_EXAMPLES = 3


@dataclass(slots=True)
class Group:
    """The same wrong answer of several submissions.

    output    of a function; empty for a written part
    answer    the formula as it was read; empty for a function
    examples  how it was typed, or who handed it in
    """

    part: PartMark
    output: str = ""
    answer: str = ""
    submissions: list[Graded] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, graded: Graded, example: str) -> None:
        self.submissions.append(graded)
        if example not in self.examples and len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example)


def find_frequent(marks: ClassMarks, at_least: int) -> list[Group]:
    """Return the groups of at least so many latest submissions, the largest first."""
    groups: dict[tuple[str, str, str], Group] = {}
    for graded in marks.latest:
        for mark in graded.marks:
            if mark.state in (State.WRONG, State.PARTLY_CORRECT, State.WRONG_FORM):
                for key, output, answer, example in _unexplained(graded, mark):
                    group = groups.setdefault((mark.id, output, key), Group(mark, output, answer))
                    group.add(graded, example)
    found = [group for group in groups.values() if len(group.submissions) >= at_least]
    return sorted(found, key=lambda group: (-len(group.submissions), group.part.id, group.output))


def _unexplained(graded: Graded, mark: PartMark) -> Iterator[tuple[str, str, str, str]]:
    """Yield what nothing explains in a mark: what tells it from others, the output, the answer, an example."""
    evidence = mark.evidence
    if "function" in evidence:
        yield from ((key, output, "", graded.submission) for output, key in _wrong_outputs(evidence))
    elif mark.state is State.WRONG and "mistake" not in evidence and isinstance(evidence.get("read as"), str):
        read = str(evidence["read as"])
        yield str(evidence.get("meaning") or read), "", read, _line(str(evidence.get("typed", "")))


def _wrong_outputs(evidence: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the outputs that are wrong without a diagnosis, each with a digest of the numbers that came back."""
    outputs, cases = evidence.get("outputs"), evidence.get("cases")
    if not isinstance(outputs, Mapping) or not isinstance(cases, Sequence):
        return
    for name, output in outputs.items():
        if output["right"] or output["diagnosis"] is not None:
            continue
        seen = [_seen(case["outputs"].get(name)) for case in cases if isinstance(case.get("outputs"), Mapping)]
        if any(seen):
            yield name, hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _seen(compared: Mapping[str, Any] | None) -> list[object]:
    """Return what is known of a wrong value: how far it got, where it is furthest off, and by what."""
    if compared is None or compared.get("rung") == "right" or "actual" not in compared:
        return []
    actual = compared["actual"]
    value = float(f"{actual:.{_DIGITS}g}") if isinstance(actual, (int, float)) else str(actual)
    return [compared["rung"], compared.get("at"), value]


def yaml_lines(group: Group) -> list[str]:
    """Return the lines to paste below the part."""
    if group.output:
        return [
            "mistakes:",
            f"  # a function in reference/ that returns {_quote(group.output)} as in {', '.join(group.examples)}",
            "  - reference: mistakes_FILE.FUNCTION",
            f"    say: {_quote(_SAY)}",
        ]
    return ["mistakes:", f"  - answer: {_quote(group.answer)}", f"    say: {_quote(_SAY)}", "    credit: 0"]


def _quote(text: str) -> str:
    """Return text as YAML reads it back: on one line, between single quotes."""
    return "'" + _line(text).replace("'", "''") + "'"


def _line(text: str) -> str:
    return "".join(character for character in " ".join(text.split()) if character.isprintable())[:300]
