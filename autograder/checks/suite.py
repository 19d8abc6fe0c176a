"""Grade a part by a course's own unittest suite: every test gets a state, and all earn no more than is declared."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from autograder.marks import Item, Json, LeaderboardEntry, State, Verdict
from autograder.sandbox.outcomes import CallOutcome, Died, Loaded, Malformed, Raised, Returned, TimedOut
from autograder.sandbox.supervisor import Job, Worker
from autograder.spec.fields import Visibility
from autograder.spec.suite import UnittestPart
from autograder.spec.suite_tests import DeclaredSuite, DeclaredTest, read_suite, suite_files
from autograder.student_code import StudentCode

_RUNNER = Path(__file__).with_name("suite_runner.py")
_ENTRY = "_suite_entry.py"  # the worker imports one file; the suite imports the student's by itself
_MAX_FOUND = 1_000
_MAX_NAME, _MAX_TEXT, _MAX_REPLY_BYTES = 200, 20_000, 2_000_000


@dataclass(frozen=True, slots=True)
class SuiteTest:
    """A test with what it is worth: as its file says, and only where that is not plain, as the worker says."""

    id: str
    name: str
    max_points: float
    number: str | None = None
    visibility: Visibility | None = None
    tags: tuple[str, ...] = ()
    is_partial: bool = False
    column: str = ""
    is_ascending: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test."""

    state: State
    points: float
    output: str
    board_value: float | str | None = None
    fault: str = ""
    """What is wrong with the test itself, for staff."""


@dataclass
class _Run:
    """The workers that run one suite; one that ends or hangs costs the test it was in, and no other."""

    part: UnittestPart
    files: Mapping[str, bytes]
    student: StudentCode
    worker: Worker | None = None
    output: list[str] = field(default_factory=list)

    def ask(self, adapter: str, **inputs: str) -> CallOutcome | None:
        """Ask the runner; None where the time for the submission is used up."""
        seconds = self.student.deadline.cap(self.part.test_seconds)
        if seconds <= 0:
            return None
        if self.worker is None:
            self.worker = self.student.sandbox.worker(Job(
                files=self.files, entry=_ENTRY, support=self.student.support, harness=_RUNNER.read_bytes(),
                numpy_aliases=True))
            loaded = self.worker.load(deadline_seconds=seconds)
            if not isinstance(loaded, Loaded):
                self.close()
                return loaded
        told = {"folder": self.part.suite, "pattern": self.part.pattern, **inputs}
        outcome = self.worker.call(adapter=adapter, inputs=told, outputs=1, deadline_seconds=seconds)
        if not self.worker.is_alive:
            self.close()
        return outcome

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()
            self.worker = None


def check_suite(part: UnittestPart, folder: Path, student: StudentCode) -> Verdict:
    """Return the verdict on a suite; folder: of the assignment."""
    missing = [student.code.missing[name] for name in part.files if name in student.code.missing]
    declared = read_suite(folder / part.suite, part.pattern)
    if missing:
        tests = [_from_file(test) for test in declared.tests]
        items = [Item(test.name, State.MISSING, 0.0, test.max_points, visibility=test.visibility) for test in tests]
        return Verdict(State.MISSING, 0.0, tuple(missing), items=tuple(items))
    own = {f"{part.suite}/{name}": data for name, data in suite_files(folder / part.suite).items()}
    theirs = {name: data for name, data in student.code.files.items() if not name.startswith(f"{part.suite}/")}
    run = _Run(part, {**theirs, **own, _ENTRY: b""}, student)
    try:
        return _grade(part, declared, run)
    finally:
        run.close()


def _grade(part: UnittestPart, declared: DeclaredSuite, run: _Run) -> Verdict:
    outcome = run.ask("collect")
    found = _read(outcome)
    tests = _match(part, declared, found.get("tests"))
    faults = _load_faults(found.get("faults"))
    collected = {str(entry.get("id"))[:_MAX_NAME] for entry in _objects(found.get("tests"))}
    tried: list[tuple[SuiteTest, Tried]] = []
    for test in tests:
        if test.id in collected:
            tried.append((test, _try(test, run)))
        else:
            reason = faults.get(test.id.partition(":")[0]) or _say_ending(outcome)
            state = State.TIMED_OUT if isinstance(outcome, TimedOut) or outcome is None else State.RAISED
            tried.append((test, Tried(state, 0.0, reason)))
    return _verdict(part, declared, tried, faults, outcome)


def _match(part: UnittestPart, declared: DeclaredSuite, found: Any) -> list[SuiteTest]:
    """Return the declared tests with what the worker knows of them, then those that only the worker knows.

    The latter share what the declared ones leave of the part's points: nothing that is said in a process that the
    student shares can make more of them.
    """
    told = {str(entry.get("id"))[:_MAX_NAME]: entry for entry in _objects(found)[:_MAX_FOUND]}
    tests = [_from_file(test, told.pop(test.id, {})) for test in declared.tests]
    left = max(0.0, part.points - sum(test.max_points for test in tests))
    for name, entry in told.items():
        points = min(left, _weight(entry))
        left -= points
        tests.append(_describe(name, points, entry, None))
    # What is not seen comes last: it must use up no time that what is seen would have had.
    return sorted(tests, key=lambda test: test.visibility not in (None, Visibility.VISIBLE))


def _from_file(test: DeclaredTest, entry: Mapping[str, Any] = {}) -> SuiteTest:
    weight = test.weight if test.weight is not None else _weight(entry)
    return _describe(test.id, max(0.0, weight), entry, test.visibility)


def _describe(name: str, points: float, entry: Mapping[str, Any], visibility: Visibility | None) -> SuiteTest:
    if visibility is None and entry.get("visibility"):
        try:
            visibility = Visibility(entry["visibility"])
        except ValueError:
            visibility = Visibility.HIDDEN
    return SuiteTest(
        id=name,
        name=str(entry.get("name") or name)[:_MAX_NAME],
        max_points=points,
        number=str(entry["number"])[:_MAX_NAME] if entry.get("number") else None,
        visibility=visibility,
        tags=_tags(entry.get("tags")),
        is_partial=entry.get("partial") is True,
        column=str(entry.get("column") or "")[:_MAX_NAME],
        is_ascending=entry.get("order") == "asc",
    )


def _tags(value: Any) -> tuple[str, ...]:
    return tuple(str(tag)[:_MAX_NAME] for tag in value[:20]) if isinstance(value, list) else ()


def _weight(entry: Mapping[str, Any]) -> float:
    weight = entry.get("weight")
    return max(0.0, float(weight)) if _is_number(weight) else 0.0


# --- one test ---------------------------------------------------------------------------------------------------


def _try(test: SuiteTest, run: _Run) -> Tried:
    outcome = run.ask("run_test", test=test.id)
    told = _read(outcome)
    if not told:
        state = State.RAISED
        if outcome is None or isinstance(outcome, TimedOut):
            state = State.TIMED_OUT
        elif isinstance(outcome, Died) and outcome.is_out_of_memory:
            state = State.OUT_OF_MEMORY
        return Tried(state, 0.0, _say_ending(outcome))
    output = "\n".join(filter(None, (str(told.get(name) or "")[:_MAX_TEXT] for name in ("printed", "text"))))
    board = told.get("leaderboard") if test.column else None
    value = board[:_MAX_NAME] if isinstance(board, str) else board if _is_number(board) else None
    status, score = told.get("status"), told.get("score")
    if status == "skipped":
        return Tried(State.SKIPPED, 0.0, output)
    if score is None and status == "passed" and test.is_partial:
        return _unsound(output, "it allows partial credit and ended without setting a score")
    if score is not None and not _is_number(score):
        return _unsound(output, f"it set the score to {str(score)[:40]}, which is no number")
    if score is None:
        states = {"passed": State.CORRECT, "failed": State.WRONG}
        state = states.get(str(status), State.OUT_OF_MEMORY if told.get("out of memory") is True else State.RAISED)
        return Tried(state, test.max_points if status == "passed" else 0.0, output, value)
    points = min(max(float(score), 0.0), test.max_points)
    fault = "" if points == score else f"it set the score to {score:g} of {test.max_points:g}"
    state = State.CORRECT if points == test.max_points and status == "passed" else State.PARTLY_CORRECT
    return Tried(state if points else State.WRONG, points, output, value, fault)


def _unsound(output: str, fault: str) -> Tried:
    said = "This test could not be graded, through no fault of yours. Course staff have been told."
    return Tried(State.NOT_GRADED, 0.0, "\n".join(filter(None, (output, said))), fault=fault)


def _say_ending(outcome: CallOutcome | None) -> str:
    if outcome is None:
        return "This was not run: the time for the whole submission was used up by what came before."
    if isinstance(outcome, TimedOut):
        return f"This had not ended after {outcome.seconds:g} seconds and was stopped. Look for a loop that never ends."
    if isinstance(outcome, Died):
        if outcome.is_out_of_memory:
            return "This asked for more memory than there is and was stopped."
        return "The Python process ended before the test did. Take out exit(), os._exit() and what ends processes."
    if isinstance(outcome, Malformed):
        return "What came back from the test could not be read."
    if isinstance(outcome, Raised):
        return f"The test could not be run: {outcome.error}: {outcome.message}".rstrip(": ")
    return "This test was not found when the tests were loaded."


# --- what the worker said, believed as far as its form -------------------------------------------------------------


def _read(outcome: CallOutcome | None) -> Mapping[str, Any]:
    """Return the object that the runner sent, or an empty one."""
    if isinstance(outcome, Returned) and len(outcome.values) == 1 and outcome.values[0].array is not None:
        array = outcome.values[0].array
        if array.dtype.kind == "u" and array.dtype.itemsize == 1 and array.size <= _MAX_REPLY_BYTES:
            with suppress(ValueError, RecursionError):
                value = json.loads(array.tobytes().decode("ascii"))
                return value if isinstance(value, dict) else {}
    return {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _load_faults(value: Any) -> dict[str, str]:
    found = [(str(entry.get("file"))[:_MAX_NAME], str(entry.get("error"))[:_MAX_TEXT]) for entry in _objects(value)]
    return {file: f"{file} could not be loaded.\n{error}" for file, error in found[:_MAX_FOUND]}


def _is_number(value: Any) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e9 if isinstance(value, int) else math.isfinite(value)  # a huge int has no float


# --- all tests together -------------------------------------------------------------------------------------------


def _verdict(part: UnittestPart, declared: DeclaredSuite, tried: Sequence[tuple[SuiteTest, Tried]],
             faults: Mapping[str, str], outcome: CallOutcome | None) -> Verdict:
    items = [_item(test, one) for test, one in tried]
    points = min(part.points, sum(item.points for item in items))
    unclear = [f"{test.id}: {one.fault}" for test, one in tried if one.fault]
    evidence: dict[str, Json] = {"tests": {test.id: one.state.value for test, one in tried[:200]}}
    if unclear:
        evidence["fault"] = "; ".join(unclear)[:2000]
    if faults:
        evidence["not loaded"] = dict(faults)
    offered = sum(item.max_points for item in items)
    if abs(offered - part.points) > 1e-9:
        evidence["weights"] = f"add up to {offered:g}; the part has {part.points:g} points"
    if offered < part.points - 1e-9:
        lost = "\n".join(faults.values()) or _say_ending(outcome)
        items.append(Item("Tests that were not found", State.MISSING, 0.0, part.points - offered, lost))
    board = [LeaderboardEntry(test.column, one.board_value, test.is_ascending)
             for test, one in tried if test.column and one.board_value is not None]
    return Verdict(_state(items, points, part.points), points, (), evidence, tuple(items), tuple(board))


def _item(test: SuiteTest, one: Tried) -> Item:
    return Item(test.name, one.state, one.points, test.max_points, one.output, test.number, test.tags, test.visibility)


def _state(items: Sequence[Item], points: float, max_points: float) -> State:
    states = [item.state for item in items]
    if State.NOT_GRADED in states:
        return State.NOT_GRADED
    if points >= max_points - 1e-9:
        return State.CORRECT
    if points > 0:
        return State.PARTLY_CORRECT
    return states[0] if len(set(states)) == 1 else State.WRONG
