"""What a run would change: who goes up, down or stays, in which problem, and why, in words.

A mark moves because something was handed in again, a problem file or a reference changed (named by its line), or the
grader changed. Marks that were set by hand win on both sides.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.classroom.records import Graded, PartMark, Student
from autograder.classroom.rows import Entry, Key
from autograder.classroom.store import Store

_MAX_LINES = 8
_MAX_CHARACTERS = 70
_FIELD = re.compile(r"\s*(?:- )?(?P<key>[\w-]+):\s+(?P<value>.+)")
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part whose state or points changed."""

    before: PartMark | None
    after: PartMark

    @property
    def sentence(self) -> str:
        after = self.after
        now = f"{after.state.value} {after.points:.6g}/{after.max_points:g}"
        was = f"{self.before.state.value} {self.before.points:.6g} -> " if self.before is not None else ""
        hand = f" (counts as {after.hand_points:g}, set by hand)" if after.hand_points is not None else ""
        return f"{after.number} {after.id}: {was}{now}{hand}"


@dataclass(frozen=True, slots=True)
class ProblemChange:
    """One problem that was graded otherwise than before; its points may be the same all the same."""

    problem: str
    before: float
    after: float
    reasons: tuple[str, ...]
    parts: tuple[PartChange, ...]


@dataclass(frozen=True, slots=True)
class SubmissionChange:
    """What a run changes for those who handed in together."""

    students: tuple[Student, ...]
    name: str
    before: float | None
    """Points that count now; None where nothing does."""
    after: float | None
    problems: tuple[ProblemChange, ...]
    remarks: tuple[str, ...] = ()

    @property
    def moved(self) -> float:
        return (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a run changes beside the current one."""

    run: int
    current: int | None
    changes: tuple[SubmissionChange, ...]
    """Of everybody, in the order of the run."""

    def counts(self, problem: str | None = None) -> tuple[int, int, int]:
        """Return how many submissions go up, go down and stay, in a problem or altogether."""
        moves = [change.moved if problem is None else
                 sum(one.after - one.before for one in change.problems if one.problem == problem)
                 for change in self.changes]
        up, down = sum(move > _SMALL for move in moves), sum(move < -_SMALL for move in moves)
        return up, down, len(moves) - up - down

    @property
    def movers(self) -> tuple[SubmissionChange, ...]:
        return tuple(change for change in self.changes if abs(change.moved) > _SMALL or change.before is None)


def compare(store: Store, run: int) -> Difference:
    """Compare a run with the current one. Raises BadStore."""
    number = store.run(run).id
    after = _latest(store, number)
    before = _latest(store, store.current) if store.current is not None else []
    by_student = {student.id: pair for pair in before for student in pair.graded.students}
    reasons = _Reasons(store)
    changes = []
    for pair in after:
        earlier = next((by_student[one.id] for one in pair.graded.students if one.id in by_student), None)
        changes.append(_change(earlier, pair, reasons))
    seen = {student.id for pair in after for student in pair.graded.students}
    gone = [pair for pair in before if not any(student.id in seen for student in pair.graded.students)]
    changes += [SubmissionChange(pair.graded.students, pair.graded.submission, pair.graded.points, None, (),
                                 ("is not in this run",)) for pair in gone]
    return Difference(number, store.current, tuple(changes))


@dataclass(frozen=True, slots=True)
class _Pair:
    entry: Entry
    graded: Graded


def _latest(store: Store, run: int) -> list[_Pair]:
    entries = {entry.name: entry for entry in store.entries(run)}
    return [_Pair(entries[one.submission], one) for one in store.read_marks(run, evidence=False).latest]


def _change(before: _Pair | None, after: _Pair, reasons: _Reasons) -> SubmissionChange:
    old = {mark.id: mark for mark in before.graded.marks} if before is not None else {}
    new = {mark.id: mark for mark in after.graded.marks}
    problems = []
    for problem, result in after.entry.results.items():
        earlier = before.entry.results.get(problem) if before is not None else None
        if earlier == result:
            continue
        own = [mark for mark in new.values() if _problem(mark) == problem]
        was = [mark for mark in old.values() if _problem(mark) == problem]
        parts = tuple(PartChange(old.get(mark.id), mark) for mark in own if _differs(old.get(mark.id), mark))
        problems.append(ProblemChange(problem, _sum(was), _sum(own), reasons.of(earlier, result), parts))
    for problem in before.entry.results if before is not None else ():
        if problem not in after.entry.results:
            was = [mark for mark in old.values() if _problem(mark) == problem]
            problems.append(ProblemChange(problem, _sum(was), 0.0, ("this run has no result for it",), ()))
    remarks = []
    if before is not None and before.graded.kept_share != after.graded.kept_share:
        shares = after.graded.kept_share, before.graded.kept_share
        remarks.append("lateness leaves {:.0%} of the points, was {:.0%}".format(*shares))
    if after.entry.failure:
        remarks.append(f"not graded: {after.entry.failure}")
    return SubmissionChange(after.graded.students, after.graded.submission,
                            before.graded.points if before is not None else None, after.graded.points,
                            tuple(problems), tuple(remarks))


def _problem(mark: PartMark) -> str:
    return mark.id.partition("/")[0]


def _sum(marks: Sequence[PartMark]) -> float:
    return sum(mark.counted_points for mark in marks)


def _differs(before: PartMark | None, after: PartMark) -> bool:
    return before is None or before.state is not after.state or abs(before.points - after.points) > _SMALL


class _Reasons:
    """Why a result is not the one that was there; the same for many students, so it is found once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._specs: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, before: int | None, after: int) -> tuple[str, ...]:
        if before is None:
            return ("graded for the first time",)
        old, new = self._store.key_of(before), self._store.key_of(after)
        found = (*self._handed_in(old, new), *self._spec(old, new))
        if old.grader != new.grader:
            found = (*found, f"another grader: {old.grader} -> {new.grader}")
        return found or ("graded again, and nothing it depends on has changed",)

    def _handed_in(self, old: Key, new: Key) -> tuple[str, ...]:
        if old.content == new.content:
            return ()
        before, after = self._store.content_files(old.content), self._store.content_files(new.content)
        told = [f"{path} {'is new' if path not in before else 'is gone' if path not in after else 'changed'}"
                for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
        return (f"handed in again: {_shorten_list(told) or 'the same files'}",)

    def _spec(self, old: Key, new: Key) -> tuple[str, ...]:
        if old.spec == new.spec:
            return ()
        pair = (old.spec, new.spec)
        if pair not in self._specs:
            before, after = self._store.spec_files(old.spec), self._store.spec_files(new.spec)
            lines = tuple(changed_lines(before, after)) or ("what other problems ask for has changed",)
            more = (f"and {len(lines) - _MAX_LINES} more changed lines",) if len(lines) > _MAX_LINES else ()
            self._specs[pair] = (*lines[:_MAX_LINES], *more)
        return self._specs[pair]


def changed_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield what changed in files, a line of text for each: `file.yaml:48: relative_tolerance: 1e-6 -> 1e-4`."""
    for name in sorted({*before, *after}, key=lambda name: (not name.endswith(".yaml"), name)):
        if name not in before or name not in after:
            yield f"{name} {'is new' if name in after else 'is gone'}"
        elif before[name] != after[name]:
            yield from (f"{name}:{said}" for said in _changed(before[name].split("\n"), after[name].split("\n")))


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        old, new = before[start:end], after[new_start:new_end]
        for place in range(max(len(old), len(new))):
            was = old[place] if place < len(old) else ""
            now = new[place] if place < len(new) else ""
            if _bare(was) != _bare(now):
                yield f"{min(new_start + place, max(len(after) - 1, 0)) + 1}: {_say_line(was, now)}"


def _bare(line: str) -> str:
    """Return a line without its indentation, nothing for a comment."""
    bare = line.strip()
    return "" if bare.startswith("#") else bare


def _say_line(was: str, now: str) -> str:
    if not _bare(was) or not _bare(now):
        return f"added '{_cut(now)}'" if _bare(now) else f"removed '{_cut(was)}'"
    old, new = _FIELD.fullmatch(was), _FIELD.fullmatch(now)
    if old and new and old["key"] == new["key"]:
        return f"{old['key']}: {_cut(old['value'])} -> {_cut(new['value'])}"
    return f"'{_cut(was)}' -> '{_cut(now)}'"


def _cut(text: str) -> str:
    bare = " ".join(text.split())
    return bare if len(bare) <= _MAX_CHARACTERS else f"{bare[: _MAX_CHARACTERS - 3]}..."


def _shorten_list(items: Sequence[str]) -> str:
    return ", ".join(items[:4]) + (f" and {len(items) - 4} more" if len(items) > 4 else "")
