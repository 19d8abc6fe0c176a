"""A whole class through the grading line: an export -> results in the store, as they are made -> a run.

What is in the store already is not graded again, so a batch that was interrupted goes on where it was. The run itself
is written at the end, in one step: until then there are results, and no proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from autograder.classroom.exports import Export, HandedIn
from autograder.classroom.recorded import make_metadata, read_attempts, read_recorded
from autograder.classroom.records import PartMark, say_names
from autograder.classroom.rows import By, Entry, Key, ProblemResult, RunHead
from autograder.classroom.store import Store
from autograder.classroom.tasks import Reply, Task, digest_contents
from autograder.grade import numbered_parts, ungraded_marks
from autograder.gradescope.handing_in import judge_attempt, judge_lateness
from autograder.gradescope.metadata import DueDates
from autograder.spec import Assignment
from autograder.spec.faults import did_you_mean
from autograder.spec.problem_files import digest_problem, read_problem_files

_AHEAD = 2
"""Submissions that are read and waiting for each process that grades."""


class UnknownProblem(Exception):
    """The problem that was asked for does not exist."""


class Graders(Protocol):
    """Whatever grades: processes of this machine, or a cluster's."""

    count: int

    def submit(self, task: Task) -> Future[Reply]: ...


class Watcher(Protocol):
    """Who is told how it goes."""

    def start(self, total: int) -> None: ...

    def done(self, name: str, *, is_new: bool) -> None: ...

    def fail(self, name: str, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When students had to hand in; an export does not say."""

    due_at: datetime | None = None
    extensions: Mapping[str, datetime] = field(default_factory=dict)
    """By a student's id, email or number."""

    def of(self, submission: HandedIn) -> tuple[DueDates, ...]:
        names = [(student.id, student.email, student.sid) for student in submission.students]
        own = [next((self.extensions[key] for key in keys if key in self.extensions), self.due_at) for keys in names]
        return tuple(DueDates(due_at, None) for due_at in own)


@dataclass(frozen=True, slots=True)
class Order:
    """What to grade, and how."""

    problem: str | None = None
    is_forced: bool = False
    """Grade again what is in the store already."""
    grader: str = ""
    deadlines: Deadlines = Deadlines()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch."""

    run: int
    is_new: bool
    """False where nothing has changed since that run."""
    graded: int
    reused: int
    failures: int


def grade_class(
    export: Export, assignment: Assignment, store: Store, graders: Graders, order: Order, by: By, watcher: Watcher
) -> Outcome:
    """Grade what a class handed in, and propose it as a run.

    Raises UnknownProblem and BadStore before anything is graded; what `graders` raise ends the batch, and what was done
    by then is in the store.
    """
    batch = _Batch(export, assignment, store, order, watcher)
    watcher.start(len(export.submissions))
    batch.grade_all(graders)
    entries = _carry_over(store, batch.entries(), order)
    problems = tuple(problem.id for problem in assignment.problems)
    parts = tuple(f"{problem.id}/{part.id}" for _, problem, part in numbered_parts(assignment))
    head = RunHead(export_name(export), export.kind, problems, parts)
    runs = store.runs()
    is_new = not runs or runs[-1].head.parts != parts or list(store.entries(runs[-1].id)) != entries
    number = store.add_run(head, entries, by) if is_new else runs[-1].id
    return Outcome(number, is_new, batch.graded, batch.reused, batch.failures)


def export_name(export: Export) -> str:
    """Return the name that an export was given by."""
    return str(getattr(export.source, "root", "") or getattr(export.source, "name", ""))


@dataclass(slots=True)
class _Job:
    """What is to be graded of one content, and everybody who handed it in."""

    content: str
    files: Mapping[str, str]
    task: Task
    known: Mapping[str, int]
    """Results that are in the store, by problem."""
    lacking: Mapping[str, Key]
    submissions: list[HandedIn]


class _Batch:
    """One pass over an export."""

    def __init__(self, export: Export, assignment: Assignment, store: Store, order: Order, watcher: Watcher) -> None:
        self._export = export
        self._assignment = assignment
        self._store = store
        self._order = order
        self._watcher = watcher
        self._specs = _keep_specs(assignment, store, order.problem)
        self._entries: dict[str, Entry] = {}
        self._fresh: dict[str, Mapping[str, int]] = {}
        """What was graded in this pass, by content: a class has many copies of the untouched starter."""
        self.graded = self.reused = self.failures = 0

    def entries(self) -> list[Entry]:
        """Return what came of every submission, in the order of the export."""
        return [self._entries[one.name] for one in self._export.submissions]

    def grade_all(self, graders: Graders) -> None:
        running: dict[Future[Reply], _Job] = {}
        try:
            self._grade_all(graders, running)
        except KeyboardInterrupt:  # what has begun is soon done, and worth keeping
            running = {future: job for future, job in running.items() if not future.cancel()}
            while running:
                self._collect(running)
            raise

    def _grade_all(self, graders: Graders, running: dict[Future[Reply], _Job]) -> None:
        for submission in self._export.submissions:
            job = self._prepare(submission)
            if job is None:
                continue
            same = next((other for other in running.values() if other.content == job.content), None)
            if same is not None:
                same.submissions.append(submission)
                continue
            running[graders.submit(job.task)] = job
            while len(running) >= _AHEAD * graders.count:
                self._collect(running)
        while running:
            self._collect(running)

    def _prepare(self, submission: HandedIn) -> _Job | None:
        """Settle a submission that needs no grading, or return what is to be graded of it."""
        turn = judge_attempt(self._assignment.head.attempts, make_metadata(submission, ()))
        if not turn.is_graded and turn.latest_graded_at is not None:
            self._take_recorded(submission, turn.latest_graded_at)
            return None
        if not submission.files:
            self._refuse(submission, "the export holds no files of it")
            return None
        try:
            contents = self._export.contents(submission)
        except OSError as error:
            self._refuse(submission, f"its files cannot be read: {error.strerror}")
            return None
        digest, files = digest_contents(contents)
        keys = {problem: Key(digest, spec, self._order.grader) for problem, spec in self._specs.items()}
        known = self._fresh.get(digest) or self._find(keys)
        lacking = {problem: key for problem, key in keys.items() if problem not in known}
        if not lacking:
            self._settle(submission, digest, known, is_new=False)
            return None
        is_whole = len(lacking) == len(self._assignment.problems)
        task = Task(contents, None if is_whole else tuple(lacking))
        return _Job(digest, files, task, known, lacking, [submission])

    def _find(self, keys: Mapping[str, Key]) -> dict[str, int]:
        if self._order.is_forced:
            return {}
        found = {problem: self._store.find_result(key) for problem, key in keys.items()}
        return {problem: number for problem, number in found.items() if number is not None}

    def _collect(self, running: dict[Future[Reply], _Job]) -> None:
        """Wait for what is graded first, keep it, then tell of it."""
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        sound = {future: running.pop(future) for future in done if future.exception() is None}
        with self._store.together():
            kept = [(job, self._keep(job, future.result())) for future, job in sound.items()]
        for job, failure in kept:
            for place, submission in enumerate(job.submissions):
                self._settle(submission, job.content, self._fresh[job.content], is_new=place == 0)
                if failure:
                    self._fail(submission, failure)
        for future in done - sound.keys():
            future.result()  # raises: it would not help to go on

    def _keep(self, job: _Job, reply: Reply) -> str:
        """Put what came of a job into the store; return what failed of it."""
        results = self._all_results(reply, job)
        numbers = self._store.add_results(job.files, {job.lacking[name]: results[name] for name in results})
        self._fresh[job.content] = {**job.known, **{name: numbers[key] for name, key in job.lacking.items()}}
        return "; ".join(result.failure for result in results.values() if result.failure)

    def _all_results(self, reply: Reply, job: _Job) -> Mapping[str, ProblemResult]:
        """Return a result for every problem that was asked for; what is not there was not graded, by our fault."""
        fault = reply.failure or "the process that graded it gave no result"
        return {problem: reply.results.get(problem) or self._not_graded(problem, fault) for problem in job.lacking}

    def _not_graded(self, problem: str, fault: str) -> ProblemResult:
        marks = [mark for mark in ungraded_marks(self._assignment) if mark.problem == problem]
        return ProblemResult(tuple(
            PartMark(mark.id, mark.number, mark.title, mark.state, 0.0, mark.max_points, mark.verdict.feedback,
                     {**mark.verdict.evidence, "fault": fault}) for mark in marks), fault.strip().splitlines()[-1])

    def _take_recorded(self, submission: HandedIn, made_at: datetime) -> None:
        """Let the recorded result of an earlier attempt count, as on the platform where there were too many."""
        attempt = next(one for one in submission.history if one.created_at == made_at)
        by_problem: dict[str, list[PartMark]] = {}
        for mark in read_recorded(attempt):
            by_problem.setdefault(mark.id.partition("/")[0], []).append(mark)
        content = f"recorded {submission.name}/{attempt.id}"
        keys = {problem: Key(content, f"recorded {problem}", "recorded") for problem in by_problem}
        found = self._find(keys)
        if len(found) < len(keys):
            for problem, key in keys.items():
                self._store.add_spec(key.spec, problem, {})
            numbers = self._store.add_results({"(recorded)": attempt.id}, {
                keys[problem]: ProblemResult(tuple(marks)) for problem, marks in by_problem.items()})
            found = {problem: numbers[key] for problem, key in keys.items()}
        self._settle(submission, content, found, is_new=False)

    def _settle(self, submission: HandedIn, content: str, results: Mapping[str, int], *, is_new: bool) -> None:
        metadata = make_metadata(submission, self._order.deadlines.of(submission))
        late = judge_lateness(self._assignment.head.late, metadata)
        self._entries[submission.name] = Entry(
            submission.name, submission.students, content, results, submission.created_at, late_days=late.days,
            kept_share=late.kept_share, history=read_attempts(submission))
        self.graded += is_new
        self.reused += not is_new
        self._watcher.done(submission.name, is_new=is_new)

    def _refuse(self, submission: HandedIn, reason: str) -> None:
        self._entries[submission.name] = Entry(submission.name, submission.students, None, {}, submission.created_at,
                                               failure=reason, history=read_attempts(submission))
        self._fail(submission, reason)
        self._watcher.done(submission.name, is_new=False)

    def _fail(self, submission: HandedIn, reason: str) -> None:
        self.failures += 1
        self._watcher.fail(f"{submission.name} ({say_names(submission.students)})", reason)


def _keep_specs(assignment: Assignment, store: Store, problem: str | None) -> dict[str, str]:
    """Keep by what is graded, and return the digest of each problem that is to be graded."""
    ids = [one.id for one in assignment.problems]
    if problem is not None and problem not in ids:
        near = did_you_mean(problem, ids) or f"; the problems are {', '.join(ids)}"
        raise UnknownProblem(f"there is no problem '{problem}' in {assignment.head.id}{near}")
    store.claim(assignment.head.id, assignment.head.title)
    chosen = [one for one in assignment.problems if problem in (None, one.id)]
    specs = {one.id: digest_problem(assignment, one) for one in chosen}
    for one in chosen:
        store.add_spec(specs[one.id], one.id, read_problem_files(assignment, one))
    return specs


def _carry_over(store: Store, entries: Sequence[Entry], order: Order) -> list[Entry]:
    """Add what a run before knows and this pass did not look at: other problems, and other submissions.

    Nobody loses marks because an export is of a part of the class.
    """
    base = store.current
    if base is None and order.problem is not None and store.runs():
        base = store.runs()[-1].id
    before = {entry.name: entry for entry in store.entries(base)} if base is not None else {}
    if order.problem is not None:
        entries = [replace(entry, results={**before[entry.name].results, **entry.results})
                   if entry.name in before else entry for entry in entries]
    names = {entry.name for entry in entries}
    return _find_latest([*(entry for name, entry in before.items() if name not in names), *entries])


def _find_latest(entries: Iterable[Entry]) -> list[Entry]:
    """Say of each submission whether it is the latest of anybody who handed it in."""
    ordered = list(entries)
    latest: dict[str, str] = {}
    for entry in sorted(ordered, key=lambda one: one.created_at.timestamp() if one.created_at else 0.0):
        latest |= {student.id: entry.name for student in entry.students}
    counting = set(latest.values())
    return [replace(entry, is_latest=entry.name in counting) for entry in ordered]
