"""What came of a class, in one SQLite file: results as they are made, runs that propose, and what is current.

    with Store.open(path) as store:
        store.add_result(...)                as each submission is done; a kill loses none that was added
        run = store.add_run(...)             a proposal; nothing is current yet
        store.apply(run, by)                 now it is; store.undo(by) takes it back
        store.read_marks()                   -> ClassMarks, hand marks included

Results are found again by what was handed in, what the problem says and which grader it was.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from autograder.classroom import schema
from autograder.classroom.records import ClassMarks, Graded, PartMark, Student
from autograder.classroom.rows import (
    By,
    Entry,
    HandMark,
    Key,
    LogLine,
    ProblemResult,
    Run,
    RunHead,
    dump,
    pack_attempt,
    pack_mark,
    pack_student,
    read_moment,
    unpack_attempt,
    unpack_mark,
)

_BUSY_MILLISECONDS = 30_000


class BadStore(Exception):
    """The store cannot be used as asked; the text says why and what to do."""


class Store:
    """One class and one assignment."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Store:
        """Open a store, or make one. Raises BadStore."""
        if not create and not path.is_file():
            raise BadStore(f"there is no store {path}. Make one: autograder class grade EXPORT --store {path}")
        try:
            connection = sqlite3.connect(path, timeout=_BUSY_MILLISECONDS / 1000, isolation_level=None)
        except sqlite3.Error as error:
            raise BadStore(f"{path} cannot be opened: {error}") from None
        try:
            _prepare(connection, path)
        except BaseException:  # whatever it is goes on; the file must not stay open behind it
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of the body or nothing of it, on the disk when it ends; within another, when that one ends."""
        if self._db.in_transaction:
            yield self._db
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:  # an interruption, too, must leave all of it or nothing
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def together(self) -> Iterator[None]:
        """Keep all that the body keeps with one wait for the disk."""
        with self._transaction():
            yield

    # --- results --------------------------------------------------------------------------------------------------

    def claim(self, assignment: str, title: str) -> None:
        """Say which assignment this store is for. Raises BadStore where it is for another."""
        row = self._db.execute("SELECT assignment FROM about").fetchone()
        if row is None:
            with self._transaction() as db:
                db.execute("INSERT INTO about VALUES (?, ?)", (assignment, title))
        elif row[0] != assignment:
            raise BadStore(f"{self.path} holds marks of {row[0]}, not of {assignment}; give each assignment a store of "
                           "its own")

    @property
    def assignment(self) -> tuple[str, str]:
        """Its id and title; empty before the first run."""
        row = self._db.execute("SELECT assignment, title FROM about").fetchone()
        return row if row is not None else ("", "")

    def add_spec(self, digest: str, problem: str, files: Mapping[str, str]) -> None:
        """Keep the texts that a problem is graded by."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO specs VALUES (?, ?, ?)", (digest, problem, dump(dict(files))))

    def find_result(self, key: Key) -> int | None:
        """Return the latest sound result of a key; one that failed on our side is none."""
        row = self._db.execute(
            "SELECT id FROM results WHERE content = ? AND spec = ? AND grader = ? AND failure IS NULL "
            "ORDER BY id DESC LIMIT 1", (key.content, key.spec, key.grader)).fetchone()
        return None if row is None else int(row[0])

    def add_results(self, files: Mapping[str, str], results: Mapping[Key, ProblemResult]) -> dict[Key, int]:
        """Keep what came of a submission, all of it or nothing; return the number of each result.

        files: what the submission is made of, path -> digest.
        """
        at = _now()
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO contents VALUES (?, ?)",
                           [(key.content, dump(dict(files))) for key in results])
            return {key: _row_id(db.execute(
                "INSERT INTO results (content, spec, grader, marks, evidence, failure, made_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key.content, key.spec, key.grader, dump([pack_mark(mark) for mark in result.marks]),
                 zlib.compress(dump([dict(mark.evidence) for mark in result.marks]).encode(), 6), result.failure, at)))
                for key, result in results.items()}

    def read_result(self, number: int, *, evidence: bool = True) -> ProblemResult:
        """Return a result by its number."""
        marks, packed, failure = self._db.execute(
            "SELECT marks, evidence, failure FROM results WHERE id = ?", (number,)).fetchone()
        proofs = json.loads(zlib.decompress(packed)) if evidence else []
        read = [unpack_mark(one) for one in json.loads(marks)]
        if evidence:
            read = [replace(mark, evidence=proof) for mark, proof in zip(read, proofs, strict=True)]
        return ProblemResult(tuple(read), failure)

    def key_of(self, number: int) -> Key:
        """Return what a result was made from."""
        return Key(*self._db.execute("SELECT content, spec, grader FROM results WHERE id = ?", (number,)).fetchone())

    def spec_files(self, digest: str) -> dict[str, str]:
        """Return the texts that a problem was graded by."""
        row = self._db.execute("SELECT files FROM specs WHERE digest = ?", (digest,)).fetchone()
        return dict(json.loads(row[0]))

    def content_files(self, digest: str) -> dict[str, str]:
        """Return what a submission was made of: path -> digest."""
        row = self._db.execute("SELECT files FROM contents WHERE digest = ?", (digest,)).fetchone()
        return dict(json.loads(row[0]))

    # --- runs -----------------------------------------------------------------------------------------------------

    def add_run(self, head: RunHead, entries: Sequence[Entry], by: By) -> int:
        """Keep a proposal. Nothing is current because of it."""
        with self._transaction() as db:
            number = _row_id(db.execute(
                "INSERT INTO runs (export, kind, problems, parts, made_at) VALUES (?, ?, ?, ?, ?)",
                (head.export, head.kind, dump(list(head.problems)), dump(list(head.parts)), _now())))
            for place, entry in enumerate(entries):
                db.execute("INSERT INTO handed_in VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (
                    number, entry.name, place, dump([pack_student(one) for one in entry.students]), entry.content,
                    entry.created_at.isoformat() if entry.created_at else None, entry.is_latest, entry.late_days,
                    entry.kept_share, entry.failure, dump([pack_attempt(one) for one in entry.history])))
                db.executemany("INSERT INTO counted VALUES (?, ?, ?, ?)",
                               [(number, entry.name, problem, result) for problem, result in entry.results.items()])
            _log(db, by, "grade", number)
        return number

    def runs(self) -> tuple[Run, ...]:
        """Return the runs that were made, oldest first."""
        current = self.current
        rows = self._db.execute("SELECT id, export, kind, problems, parts, made_at FROM runs ORDER BY id")
        return tuple(
            Run(number, RunHead(export, kind, tuple(json.loads(problems)), tuple(json.loads(parts))), at,
                number == current)
            for number, export, kind, problems, parts, at in rows)

    def run(self, number: int | None = None) -> Run:
        """Return a run, the newest by default. Raises BadStore."""
        runs = self.runs()
        if not runs:
            raise BadStore(f"{self.path} holds no run yet: autograder class grade EXPORT --store {self.path}")
        found = runs[-1] if number is None else next((run for run in runs if run.id == number), None)
        if found is None:
            raise BadStore(f"there is no run {number}; there are {', '.join(str(run.id) for run in runs)}")
        return found

    @property
    def current(self) -> int | None:
        """The run whose marks count, None before any was applied."""
        row = self._db.execute("SELECT run FROM applied ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def entries(self, run: int) -> Iterator[Entry]:
        """Yield the submissions of a run in their order."""
        counted: dict[str, dict[str, int]] = {}
        for name, problem, result in self._db.execute(
                "SELECT name, problem, result FROM counted WHERE run = ?", (run,)):
            counted.setdefault(name, {})[problem] = result
        rows = self._db.execute(
            "SELECT name, students, content, created_at, is_latest, late_days, kept_share, failure, history "
            "FROM handed_in WHERE run = ? ORDER BY place", (run,))
        for name, students, content, created_at, is_latest, late_days, kept_share, failure, history in rows:
            yield Entry(
                name, tuple(Student(*one) for one in json.loads(students)), content, counted.get(name, {}),
                read_moment(created_at), bool(is_latest), late_days, kept_share, failure,
                tuple(unpack_attempt(one) for one in json.loads(history)))

    def apply(self, run: int, by: By) -> None:
        """Make a run current."""
        with self._transaction() as db:
            db.execute("INSERT INTO applied (run) VALUES (?)", (run,))
            _log(db, by, "apply", run)

    def undo(self, by: By) -> tuple[int, int | None]:
        """Take back the last apply; return its run and the one that is current again. Raises BadStore."""
        with self._transaction() as db:
            row = db.execute("SELECT id, run FROM applied ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                raise BadStore(f"nothing was applied in {self.path} that could be undone")
            db.execute("DELETE FROM applied WHERE id = ?", (row[0],))
            _log(db, by, "undo", row[1])
        return row[1], self.current

    def log(self) -> tuple[LogLine, ...]:
        """Return what was done, oldest first."""
        return tuple(LogLine(*row) for row in self._db.execute("SELECT at, who, what, run, why FROM log ORDER BY id"))

    def note(self, by: By, what: str, run: int | None = None) -> None:
        """Write a line of the log that changes nothing else."""
        with self._transaction() as db:
            _log(db, by, what, run)

    # --- hand marks -----------------------------------------------------------------------------------------------

    def mark_by_hand(self, students: Sequence[str], part: str, points: float | None, by: By) -> None:
        """Give points to students for a part, or take a hand mark back with None."""
        said = "taken back" if points is None else f"{points:g}"
        with self._transaction() as db:
            db.executemany("INSERT INTO hand_marks (student, part, points, who, why, at) VALUES (?, ?, ?, ?, ?, ?)",
                           [(student, part, points, by.who, by.why, _now()) for student in students])
            _log(db, by, f"mark {', '.join(students)} {part}: {said}", None)

    def hand_marks(self) -> dict[tuple[str, str], HandMark]:
        """Return the hand marks that count, by student and part."""
        rows = self._db.execute("SELECT id, student, part, points, who, why, at FROM hand_marks ORDER BY id")
        latest = {(mark.student, mark.part): mark for mark in (HandMark(*row) for row in rows)}
        return {key: mark for key, mark in latest.items() if mark.points is not None}

    # --- marks ----------------------------------------------------------------------------------------------------

    def read_marks(self, run: int | None = None, *, evidence: bool = True) -> ClassMarks:
        """Return the marks of a run, by default the current one, with hand marks over them. Raises BadStore.

        evidence: whether to read what staff see of each part; without it a large class is read much faster.
        """
        chosen = self.current if run is None else self.run(run).id
        if chosen is None:
            raise BadStore(f"no run of {self.path} was applied yet: autograder class apply --store {self.path}")
        order = {part: place for place, part in enumerate(self.run(chosen).head.parts)}
        hand_marks = self.hand_marks()
        graded: list[Graded] = []
        for entry in self.entries(chosen):
            graded += [Graded(one.name, entry.students, one.marks, one.created_at, is_latest=False)
                       for one in entry.history]
            graded.append(self._graded(entry, order, hand_marks, evidence=evidence))
        assignment, title = self.assignment
        return ClassMarks(assignment, title, tuple(graded))

    def _graded(
        self, entry: Entry, order: Mapping[str, int], hand_marks: Mapping[tuple[str, str], HandMark], *, evidence: bool
    ) -> Graded:
        results = [self.read_result(number, evidence=evidence) for number in entry.results.values()]
        marks = sorted((mark for result in results for mark in result.marks),
                       key=lambda mark: (order.get(mark.id, len(order)), mark.id))
        given = [_with_hand_mark(mark, entry.students, hand_marks) for mark in marks]
        failures = [entry.failure, *(result.failure for result in results)]
        return Graded(entry.name, entry.students, tuple(given), entry.created_at, entry.is_latest, entry.kept_share,
                      "; ".join(failure for failure in failures if failure) or None)


def _with_hand_mark(
    mark: PartMark, students: Sequence[Student], hand_marks: Mapping[tuple[str, str], HandMark]
) -> PartMark:
    given = [hand_marks[student.id, mark.id] for student in students if (student.id, mark.id) in hand_marks]
    return replace(mark, hand_points=max(given, key=lambda one: one.number).points) if given else mark


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != schema.APPLICATION_ID:
            raise BadStore(f"{path} is a database of some other program; give another name for the store")
        if version > schema.VERSION:
            raise BadStore(f"{path} was made by a newer version of the autograder; update this one")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a result that was told of outlives a power cut as well
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        schema.migrate(connection)
    except sqlite3.DatabaseError as error:
        raise BadStore(f"{path} cannot be used as a store: {error}") from None


def _row_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _log(db: sqlite3.Connection, by: By, what: str, run: int | None) -> None:
    db.execute("INSERT INTO log (at, who, what, run, why) VALUES (?, ?, ?, ?, ?)", (_now(), by.who, what, run, by.why))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
