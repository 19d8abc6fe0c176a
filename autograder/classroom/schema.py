"""The tables of a store, and how an older store becomes a newer one.

    about        one row: which assignment the store is for
    contents     what was handed in, by digest: path -> digest of each file
    specs        what a problem's marks depend on, by digest: name -> text, so that a change can be named by its line
    results      what came of one problem of one content, by one spec and one grader; rows are added, never changed
    runs         proposals: a run says which result counts for whom
    handed_in    the submissions of a run, with who handed them in, when, and what lateness leaves
    counted      which result counts for a problem of a submission of a run
    applied      the runs that were made current, in their order; the last is current
    hand_marks   points that a person gave, added and never changed; the last one for a student and part counts
    log          who did what, when and why
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION_ID = 0x61757467
_MIGRATIONS: Sequence[str] = (
    """
    CREATE TABLE about (assignment TEXT NOT NULL, title TEXT NOT NULL);
    CREATE TABLE contents (digest TEXT PRIMARY KEY, files TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE specs (digest TEXT PRIMARY KEY, problem TEXT NOT NULL, files TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        content TEXT NOT NULL REFERENCES contents,
        spec TEXT NOT NULL REFERENCES specs,
        grader TEXT NOT NULL,
        marks TEXT NOT NULL,
        evidence BLOB NOT NULL,
        failure TEXT,
        made_at TEXT NOT NULL
    );
    CREATE INDEX results_by_key ON results (content, spec, grader);
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        export TEXT NOT NULL,
        kind TEXT NOT NULL,
        problems TEXT NOT NULL,
        parts TEXT NOT NULL,
        made_at TEXT NOT NULL
    );
    CREATE TABLE handed_in (
        run INTEGER NOT NULL REFERENCES runs,
        name TEXT NOT NULL,
        place INTEGER NOT NULL,
        students TEXT NOT NULL,
        content TEXT REFERENCES contents,
        created_at TEXT,
        is_latest INTEGER NOT NULL,
        late_days INTEGER NOT NULL,
        kept_share REAL NOT NULL,
        failure TEXT,
        history TEXT NOT NULL,
        PRIMARY KEY (run, name)
    ) WITHOUT ROWID;
    CREATE TABLE counted (
        run INTEGER NOT NULL,
        name TEXT NOT NULL,
        problem TEXT NOT NULL,
        result INTEGER NOT NULL REFERENCES results,
        PRIMARY KEY (run, name, problem),
        FOREIGN KEY (run, name) REFERENCES handed_in
    ) WITHOUT ROWID;
    CREATE TABLE applied (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs);
    CREATE TABLE hand_marks (
        id INTEGER PRIMARY KEY,
        student TEXT NOT NULL,
        part TEXT NOT NULL,
        points REAL,
        who TEXT NOT NULL,
        why TEXT NOT NULL,
        at TEXT NOT NULL
    );
    CREATE TABLE log (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        run INTEGER REFERENCES runs,
        why TEXT NOT NULL
    );
    """,
)
VERSION = len(_MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to this version, in one transaction for each step."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number in range(version, VERSION):
        # executescript commits by itself, so the transaction is part of the script
        connection.executescript(f"BEGIN IMMEDIATE; {_MIGRATIONS[number]}; PRAGMA application_id = {APPLICATION_ID}; "
                                 f"PRAGMA user_version = {number + 1}; COMMIT;")
