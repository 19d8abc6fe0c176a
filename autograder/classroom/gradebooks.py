"""Marks -> the tables that platforms read: a header and rows, and the same read back.

    gradescope   as its own "Download Grades": Total Score, Max Points, Status, ..., and a column for each part
    canvas       as its gradebook: Student, ID, ..., the assignment; the second row says `Points Possible`
    moodle       as its grading worksheet: Identifier `Participant N`, Full name, ..., Grade, Maximum grade, ...

A gradebook that was downloaded can be given to be filled in: its rows and columns stay as they are, and whoever is
not in it is told. Sources: Canvas LMS, lib/gradebook_importer.rb; Moodle, mod/assign/feedback/offline.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from autograder.classroom.records import ClassMarks, Graded, Student

Row: TypeAlias = "list[str]"

CANVAS_HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
GRADESCOPE_HEADER = ("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status",
                     "Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count")
MOODLE_HEADER = ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
                 "Last modified (submission)", "Last modified (grade)", "Feedback comments")
_PARTICIPANT = "Participant "
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS = re.compile(r"[-+]?[0-9.]*")


class BadGradebook(Exception):
    """A table is not of the kind that it should be; the text says what was looked for."""


@dataclass(frozen=True, slots=True)
class Total:
    """What one student gets."""

    student: Student
    points: float
    max_points: float
    graded: Graded

    @property
    def number(self) -> str:
        return format_points(self.points)


@dataclass(frozen=True, slots=True)
class Filled:
    """A gradebook with marks in it, and whose marks found no row."""

    text: str
    missing: tuple[Student, ...]


def totals(marks: ClassMarks) -> Iterator[Total]:
    """Yield the marks of every student, of the latest submission that they had a part in."""
    seen: set[str] = set()
    for graded in reversed(marks.latest):
        for student in graded.students:
            if student.id not in seen:
                seen.add(student.id)
                yield Total(student, graded.points, graded.max_points, graded)


def format_points(points: float) -> str:
    """Return points with at most two decimals, which is what gradebooks keep."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def guard(text: str) -> str:
    """Return text that a spreadsheet shows and never runs: what begins like a formula gets an apostrophe before it."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return f"'{plain}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else plain


def unguard(text: str) -> str:
    """Return text as it was before `guard`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def write_csv(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as CSV, every cell guarded."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([[guard(cell) for cell in row] for row in rows])
    return buffer.getvalue()


def read_csv(text: str) -> list[Row]:
    """Return the rows of a CSV, guards taken off."""
    return [[unguard(cell) for cell in row] for row in csv.reader(io.StringIO(text.removeprefix("\ufeff")))]


# --- Gradescope ----------------------------------------------------------------------------------------------------


def gradescope(marks: ClassMarks) -> str:
    """Return a table as Gradescope's own "Download Grades" gives it, with a column for each part."""
    everyone = sorted(totals(marks), key=lambda total: (total.student.name, total.student.id))
    parts = _parts(everyone)
    attempts: dict[str, int] = {}
    for graded in marks.graded:
        for student in graded.students:
            attempts[student.id] = attempts.get(student.id, 0) + 1
    rows: list[Row] = [[*GRADESCOPE_HEADER, *(f"{number}: {title} ({format_points(points)} pts)"
                                              for number, title, points in parts.values())]]
    for total in everyone:
        student, graded = total.student, total.graded
        first, _, last = student.name.rpartition(" ")
        own = {mark.id: format_points(mark.counted_points) for mark in graded.marks}
        rows.append([
            first or last, last if first else "", student.sid or student.id, student.email, "",
            total.number if graded.marks else "", format_points(total.max_points) if graded.marks else "",
            "Graded" if graded.marks and not graded.failure else "Ungraded",
            graded.submission.removeprefix("submission_"),
            f"{graded.created_at:%Y-%m-%d %H:%M:%S %z}" if graded.created_at else "",
            "", "", str(attempts[student.id]), *(own.get(part, "") for part in parts),
        ])
    return write_csv(rows)


def _parts(everyone: Sequence[Total]) -> dict[str, tuple[str, str, float]]:
    """Return all parts in the order of their numbers."""
    found = {mark.id: (mark.number, mark.title, mark.max_points) for total in everyone for mark in total.graded.marks}
    return dict(sorted(found.items(), key=lambda item: [int(step) if step.isdigit() else 0
                                                        for step in item[1][0].split(".")]))


def read_gradescope(text: str) -> dict[str, float]:
    """Return points by SID, of those who have any."""
    return _read(text, "SID", "Total Score", GRADESCOPE_HEADER[:9])


# --- Canvas --------------------------------------------------------------------------------------------------------


def canvas(marks: ClassMarks, column: str = "", gradebook: str | None = None) -> Filled:
    """Return a table that Canvas's gradebook imports.

    column: the assignment as Canvas calls it, `Homework 2 (54321)`; Canvas makes a new one of a name it does not know.
    gradebook: one that was exported, to be filled in. Raises BadGradebook.
    """
    everyone = list(totals(marks))
    if gradebook is not None:
        return _fill_canvas(gradebook, column, everyone)
    max_points = max((total.max_points for total in everyone), default=0.0)
    rows: list[Row] = [[*CANVAS_HEADER, column or marks.title], [POINTS_POSSIBLE, "", "", "", "",
                                                                 format_points(max_points)]]
    rows += [[total.student.name, total.student.id, total.student.sid, total.student.email, "", total.number]
             for total in sorted(everyone, key=lambda total: (total.student.name, total.student.id))
             if total.graded.marks]
    return Filled(write_csv(rows), ())


def _fill_canvas(gradebook: str, column: str, everyone: Sequence[Total]) -> Filled:
    rows = read_csv(gradebook)
    header = rows[0] if rows else []
    if header[:2] != list(CANVAS_HEADER[:2]):
        raise BadGradebook("the gradebook does not begin with the columns Student and ID; export it from Canvas again")
    place = _find_column(header, column)
    keys = {"ID": lambda s: s.id, "SIS User ID": lambda s: s.sid, "SIS Login ID": lambda s: s.email}
    return _fill(rows, place, everyone, {name: key for name, key in keys.items() if name in header},
                 lambda row: not row or "Points Possible" in row[0])


def _find_column(header: Sequence[str], wanted: str) -> int:
    found = [place for place, name in enumerate(header) if place >= len(CANVAS_HEADER) - 2 and wanted and (
        name == wanted or name.rpartition(" (")[0] == wanted or name.endswith(f"({wanted})"))]
    if len(found) != 1:
        raise BadGradebook(f"{len(found) or 'no'} columns of the gradebook are called '{wanted}'; say which with "
                           f"--column: {', '.join(header[4:])}")
    return found[0]


def read_canvas(text: str, column: str) -> dict[str, float]:
    """Return points by Canvas ID."""
    return _read(text, "ID", column, CANVAS_HEADER)


# --- Moodle --------------------------------------------------------------------------------------------------------


def moodle(marks: ClassMarks, gradebook: str | None = None) -> Filled:
    """Return a grading worksheet; Moodle finds students by `Participant N`, where N is in the name of each folder.

    gradebook: a worksheet that was downloaded, to be filled in. Raises BadGradebook.
    """
    everyone = list(totals(marks))
    if gradebook is not None:
        rows = read_csv(gradebook)
        header = rows[0] if rows else []
        for name in ("Identifier", "Grade"):
            if name not in header:
                raise BadGradebook(f"the worksheet has no column {name}; download it from Moodle again")
        return _fill(rows, header.index("Grade"), everyone, {"Identifier": _identifier}, lambda row: not row)
    rows = [list(MOODLE_HEADER)]
    rows += [[_identifier(total.student), total.student.name, total.student.email, "Submitted for grading",
              total.number, format_points(total.max_points), "Yes", _moodle_time(total), "-", ""]
             for total in sorted(everyone, key=lambda total: (total.student.name, total.student.id))
             if total.graded.marks]
    return Filled(write_csv(rows), ())


def _identifier(student: Student) -> str:
    return f"{_PARTICIPANT}{student.id}"


def _moodle_time(total: Total) -> str:
    created_at = total.graded.created_at
    return f"{created_at:%Y-%m-%d %H:%M %z}" if created_at else "-"


def read_moodle(text: str) -> dict[str, float]:
    """Return points by the number of the participant."""
    found = _read(text, "Identifier", "Grade", MOODLE_HEADER)
    return {name.removeprefix(_PARTICIPANT): points for name, points in found.items()}


# --- JSON lines ----------------------------------------------------------------------------------------------------


def json_lines(marks: ClassMarks) -> str:
    """Return a line of JSON for each submission, latest and earlier, with all that students are told."""
    return "".join(json.dumps({
        "assignment": marks.assignment, "submission": graded.submission, "is_latest": graded.is_latest,
        "students": [{"id": one.id, "name": one.name, "email": one.email, "sid": one.sid} for one in graded.students],
        "created_at": graded.created_at.isoformat() if graded.created_at else None,
        "points": graded.points, "max_points": graded.max_points, "kept_share": graded.kept_share,
        "failure": graded.failure,
        "marks": [{"id": mark.id, "number": mark.number, "title": mark.title, "state": mark.state.value,
                   "points": mark.points, "hand_points": mark.hand_points, "max_points": mark.max_points,
                   "feedback": list(mark.feedback)} for mark in graded.marks],
    }) + "\n" for graded in marks.graded)


# --- what they share -----------------------------------------------------------------------------------------------


def _fill(
    rows: list[Row], place: int, everyone: Sequence[Total], keys: Mapping[str, Callable[[Student], str]],
    is_no_student: Callable[[Row], bool],
) -> Filled:
    """Put totals into one column of the rows whose keys are those of a student."""
    header = rows[0]
    found: set[str] = set()
    for name, key in keys.items():
        by_key = {key(total.student): total for total in everyone if key(total.student) and total.graded.marks}
        for row in rows[1:]:
            if is_no_student(row) or len(row) <= place:
                continue
            total = by_key.get(row[header.index(name)])
            if total is not None and total.student.id not in found:
                row[place] = total.number
                found.add(total.student.id)
    return Filled(write_csv(rows), tuple(total.student for total in everyone if total.student.id not in found))


def _read(text: str, key: str, value: str, expected: Sequence[str]) -> dict[str, float]:
    rows = read_csv(text)
    header = rows[0] if rows else []
    missing = [name for name in (*expected, value) if name not in header]
    if missing:
        raise BadGradebook(f"the table has no column {', '.join(missing)}; it has {', '.join(header)}")
    keyed = ((row[header.index(key)], row[header.index(value)]) for row in rows[1:] if len(row) == len(header))
    return {name: float(points) for name, points in keyed if name and points}
