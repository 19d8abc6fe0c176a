"""A process that grades one submission after the other: warm, and replaced when it is lost.

It opens its sandbox first, then loads the assignment, then answers tasks from its standard input until that ends, which
it does when whoever started it is gone. It is started by `processes.py`, here or on another machine.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from autograder.classroom.frames import read_message, write_message
from autograder.sandbox.supervisor import Limits, Sandbox

if TYPE_CHECKING:
    from autograder.grade import Grader
    from autograder.marks import Mark


def main() -> None:
    """Answer tasks until the input ends. argv: the setup, as JSON."""
    setup = json.loads(sys.argv[1])
    tasks, replies = _take_streams()
    with Sandbox.open(Limits(), for_many=True) as sandbox:
        from autograder.classroom.tasks import grader_version
        from autograder.grade import Grader
        from autograder.spec import SpecError, load_assignment

        try:
            assignment = load_assignment(Path(setup["folder"]))
        except SpecError as error:
            write_message(replies, {"refused": str(error)})
            return
        found = {"digest": assignment.digest, "grader": grader_version()}
        refused = next((name for name in found if found[name] != setup[name]), None)
        if refused is not None:
            write_message(replies, {"refused": f"its {refused} is {found[refused]}, not {setup[refused]}"})
            return
        write_message(replies, {"ready": True})
        with Grader(assignment, sandbox) as grader:
            while (task := read_message(tasks)) is not None:
                write_message(replies, _answer(grader, task))


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the streams for messages alone: whatever prints, prints to the error stream."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as null:
        os.dup2(null.fileno(), 0)
    return tasks, replies


def _answer(grader: Grader, task: Mapping[str, Any]) -> dict[str, Any]:
    from autograder.classroom.tasks import encode_results
    from autograder.grade import Selection
    from autograder.submission import Contents

    try:
        submission = Contents(task["files"], task["left_out"], tuple(task["notes"])).open()
        selections = [Selection()] if task["problems"] is None else [Selection(one) for one in task["problems"]]
        marks = [mark for selection in selections for mark in grader.grade(submission, selection).marks]
    except Exception:  # a slip of ours in one submission must not cost the others
        return {"failure": traceback.format_exc(limit=-4)}
    return {"results": encode_results(dict(_by_problem(marks)))}


def _by_problem(marks: list[Mark]) -> Iterator[tuple[str, Any]]:
    from autograder.marks import State

    for problem in dict.fromkeys(mark.problem for mark in marks):
        own = [mark for mark in marks if mark.problem == problem]
        faults = [f"{mark.id}: {mark.verdict.evidence.get('fault', 'not graded')}" for mark in own
                  if mark.state is State.NOT_GRADED]
        yield problem, {"marks": [_fields(mark) for mark in own], "failure": "; ".join(faults) or None}


def _fields(mark: Mark) -> dict[str, Any]:
    from autograder.gradescope.results import clean

    verdict = mark.verdict
    evidence = dict(verdict.evidence)
    if verdict.items:
        evidence["tests"] = [{"name": item.name, "state": item.state.value, "points": item.points,
                              "of": item.max_points, "output": item.output} for item in verdict.items]
    return {
        "id": mark.id, "number": mark.number, "title": clean(mark.title), "state": mark.state.value,
        "points": float(mark.points), "max_points": float(mark.max_points), "feedback": clean(list(verdict.feedback)),
        "evidence": clean(evidence), "seconds": mark.seconds,
    }
