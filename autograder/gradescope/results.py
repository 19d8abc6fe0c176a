"""Result -> results.json: valid whatever happened, free of NaN, and put in place in one step.

Facts of the format: docs/gradescope.md.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from autograder.marks import OPEN_STATES, Json, LeaderboardEntry, Mark, Result, State
from autograder.spec.fields import Visibility

# The platform cuts every output above 100,000 characters in the middle; ours end well before, and say so.
_MAX_OUTPUT_CHARACTERS = 60_000
_SHORT_OUTPUT = 2_000
_MAX_BYTES = 4 << 20
_BALLAST_BYTES = 4 << 20
# What no page can show: control characters, lone surrogates, and marks that turn the writing direction.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

OUR_FAULT = (
    "**The grader stopped because of a fault of its own, not of yours.** Nothing is counted against you for the parts "
    "marked *not graded*; course staff see the reason and will grade them again. You need not submit again."
)
NOTHING_GRADED = (
    "**The grader stopped because of a fault of its own, not of yours, before it had graded anything.** Your "
    "submission is safe; course staff see the reason and will have it graded again. You need not submit again."
)
_BY_HAND = "Parts marked *by hand* are read by course staff; their points are not in this score yet."


class Entries:
    """What parts show in results.json: made once for each mark, however often the results so far are written."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Mark, Sequence[Mapping[str, Json]]]] = {}

    def of(self, mark: Mark) -> Sequence[Mapping[str, Json]]:
        """Return the entries of a part: one, or for a course's own suite one for each of its tests."""
        made = self._made.get(mark.id)
        if made is None or made[0] is not mark:
            made = self._made[mark.id] = (mark, list(_tests(mark)))
        return made[1]


def compose(
    result: Result, visibility: Visibility = Visibility.VISIBLE, entries: Entries | None = None
) -> dict[str, Json]:
    """Return the contents of results.json; `entries` are those that were made for results before.

    Its score is the sum of the parts, less what lateness costs; what only staff may see is in `extra_data`. Nothing at
    the top speaks of a part that students do not see: not a note, and not the time it took.
    """
    entries = entries or Entries()
    contents: dict[str, Json] = {
        "score": _number(result.points),
        "output": _text("\n\n".join(_notes(result))),
        "output_format": "md",
        "test_output_format": "md",
        "visibility": visibility.value,
        "stdout_visibility": Visibility.HIDDEN.value,
        "tests": [test for mark in result.marks for test in entries.of(mark)],
        "extra_data": _extra(result),
    }
    if all(mark.is_visible for mark in result.marks):
        contents["execution_time"] = _number(round(result.seconds, 3))
    board = [entry for mark in result.marks for entry in mark.verdict.leaderboard]
    if board:
        contents["leaderboard"] = [_board_entry(entry) for entry in board]
    return contents


def _notes(result: Result) -> list[str]:
    states = {state for mark in result.marks for state in _seen_states(mark)}
    notes = list(result.notes)
    if result.failure is not None and not result.marks:
        notes.insert(0, NOTHING_GRADED)
    elif State.NOT_GRADED in states:
        notes.insert(0, OUR_FAULT)
    if State.BY_HAND in states:
        notes.append(_BY_HAND)
    return notes


def _seen_states(mark: Mark) -> set[State]:
    if not mark.verdict.items:
        return {mark.state} if mark.visibility is Visibility.VISIBLE else set()
    return {item.state for item in mark.verdict.items if (item.visibility or mark.visibility) is Visibility.VISIBLE}


def _tests(mark: Mark) -> Iterator[dict[str, Json]]:
    verdict = mark.verdict
    extra: dict[str, Json] = {"id": mark.id, "state": mark.state.value, "evidence": clean(dict(verdict.evidence))}
    feedback = _text("\n\n".join(verdict.feedback))
    if not verdict.items:
        yield {
            **_entry(mark.title, mark.state, mark.points, mark.max_points),
            "number": mark.number,
            "output": feedback,
            "output_format": "md",
            "visibility": mark.visibility.value,
            "tags": [mark.id, mark.state.value, *mark.tags],
            "extra_data": extra,
        }
        return
    if feedback:
        yield {"name": _text(mark.title), "number": mark.number, "output": feedback, "output_format": "md",
               "visibility": mark.visibility.value, "status": "passed" if mark.state is State.CORRECT else "failed"}
    # Numbers count what is seen first, so that no gap in them tells of what is not.
    items = sorted(verdict.items, key=lambda item: (item.visibility or mark.visibility) is not Visibility.VISIBLE)
    for number, item in enumerate(items, 1):
        yield {
            **_entry(item.name, item.state, item.points, item.max_points),
            "number": item.number or f"{mark.number}.{number}",
            "output": _text(item.output),
            "output_format": "text",
            "visibility": (item.visibility or mark.visibility).value,
            "tags": [mark.id, item.state.value, *item.tags],
            "extra_data": extra if number == 1 else {"id": mark.id},
        }


def _entry(name: str, state: State, points: float, max_points: float) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "name": _text(f"{name} [{state.value}]"),
        "score": _number(points),
        "max_score": _number(max_points),
    }
    return {**entry, "status": "failed"} if state in OPEN_STATES else entry


def _board_entry(entry: LeaderboardEntry) -> dict[str, Json]:
    value = _text(entry.value) if isinstance(entry.value, str) else _number(entry.value)
    return {"name": _text(entry.name), "value": value, "order": "asc" if entry.is_ascending else "desc"}


def _extra(result: Result) -> Json:
    extra: dict[str, Json] = {"assignment": result.assignment, **{k: clean(v) for k, v in result.extra.items()}}
    if result.failure is not None:
        extra["failure"] = _text(result.failure)
    extra["regrade"] = [mark.id for mark in result.marks if mark.state is State.NOT_GRADED]
    extra["seconds"] = _number(round(result.seconds, 3))
    # Read back when the student submits again: see progress.py.
    extra["parts"] = {
        mark.id: {"state": mark.state.value, "points": _number(mark.points), "is_visible": mark.is_visible}
        for mark in result.marks
    }
    return extra


def clean(value: Json) -> Json:
    """Return the value with nothing in it that JSON or a web page cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [clean(item) for item in value]
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"a mark must be a finite number, not {value}")
    return float(value)


def _text(text: str) -> str:
    return _shorten(_UNPRINTABLE.sub("\ufffd", text), _MAX_OUTPUT_CHARACTERS)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}\n\n… (the rest is left out: it is too long)"


def encode(contents: Mapping[str, Json], *, is_indented: bool = True) -> bytes:
    """Return results.json as bytes: ASCII only, so that no reader can stumble over an encoding.

    Where it is too large, what only staff see is left out, then the ends of outputs.
    """
    data = _dump(contents, is_indented)
    for shorten in (_without_extra_data, _with_short_outputs):
        if len(data) > _MAX_BYTES:
            contents = {**contents, "tests": _map_objects(contents.get("tests"), shorten)}
            data = _dump(contents, is_indented)
    return data.encode("ascii") + b"\n"


def _dump(contents: Mapping[str, Json], is_indented: bool) -> str:
    data = json.dumps(contents, ensure_ascii=True, allow_nan=False)
    return msgspec.json.format(data, indent=1) if is_indented else data


def _map_objects(tests: Json, change: Callable[[Mapping[str, Json]], Json]) -> Json:
    return [change(test) for test in tests if isinstance(test, Mapping)] if isinstance(tests, list) else []


def _without_extra_data(test: Mapping[str, Json]) -> Json:
    return {**test, "extra_data": {"left out": "the results were too large"}}


def _with_short_outputs(test: Mapping[str, Json]) -> Json:
    output = test.get("output")
    return {**test, "output": _shorten(output, _SHORT_OUTPUT)} if isinstance(output, str) else test


class CannotWrite(Exception):
    """results.json cannot be put in place; the sentence says why."""


class ResultsFile:
    """The place of results.json: room for it is kept from the start, and every write replaces it whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path.parent / f".{path.name}.room"

    def reserve(self) -> None:
        """Keep room on the disk, so that a submission that fills it cannot keep the results from being written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._ballast.write_bytes(b"\0" * _BALLAST_BYTES)
        except OSError:
            self.release()

    def keep(self, contents: Mapping[str, Json]) -> None:
        """Put what is known so far in place, for the case that nothing else comes; as cheaply as that can be done.

        Raises CannotWrite.
        """
        self._put(encode(contents, is_indented=False), is_last=False)

    def write(self, contents: Mapping[str, Json]) -> None:
        """Put the contents in place in one step; whatever stood there under this name (a link, a folder) is removed.

        Raises CannotWrite; what stood there before is then still there.
        """
        self._put(encode(contents), is_last=True)

    def _put(self, data: bytes, *, is_last: bool) -> None:
        try:
            self._clear_way()
            try:
                self._replace(data, is_last=is_last)
            except OSError:
                self.release()
                self._replace(data, is_last=is_last)
        except OSError as error:
            raise CannotWrite(f"{self.path} cannot be written: {error.strerror}") from None

    def release(self) -> None:
        """Give the kept room back."""
        with suppress(OSError):
            self._ballast.unlink(missing_ok=True)

    def _clear_way(self) -> None:
        if self.path.is_dir() and not self.path.is_symlink():
            self.path.rename(self.path.parent / f".{self.path.name}.{os.getpid()}.moved")

    def _replace(self, data: bytes, *, is_last: bool) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if is_last:
                    os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, self.path)
        except OSError:
            with suppress(OSError):
                os.unlink(name)
            raise
