"""What a person wants to mark: a student as somebody would type one, a part, and points that it can have."""

from __future__ import annotations

import math

from autograder.classroom.records import Graded, PartMark, say_names
from autograder.classroom.store import Store
from autograder.spec.faults import did_you_mean


class CannotMark(Exception):
    """No single thing can be meant, or the points are none; the text says what there is."""


def find_submission(store: Store, student: str) -> Graded:
    """Return the latest submission of a student: by id, number, email or name. Raises CannotMark and BadStore."""
    run = store.current or store.run().id
    latest = store.read_marks(run, evidence=False).latest
    wanted = student.casefold()
    names: dict[str, Graded] = {}
    for graded in latest:
        for one in graded.students:
            for name in filter(None, (one.id, one.sid, one.email, one.name)):
                if name.casefold() == wanted and names.setdefault(wanted, graded) is not graded:
                    raise CannotMark(f"more than one student is called {student}; say the id: "
                                     f"{one.id} or {names[wanted].students[0].id}")
    if wanted not in names:
        known = [name for graded in latest for one in graded.students for name in (one.id, one.name, one.email) if name]
        raise CannotMark(f"run {run} knows no student {student}{did_you_mean(student, known)}")
    return names[wanted]


def find_part(graded: Graded, part: str) -> PartMark:
    """Return the mark of a part, by `problem/part`. Raises CannotMark."""
    found = [mark for mark in graded.marks if part in (mark.id, mark.number)]
    if len(found) != 1:
        known = [mark.id for mark in graded.marks]
        near = did_you_mean(part, known) or (f"; the parts are {', '.join(known)}" if known else "")
        raise CannotMark(f"{say_names(graded.students)} has no part {part}{near}")
    return found[0]


def check_points(text: str, mark: PartMark) -> float:
    """Return points that a part can have. Raises CannotMark."""
    try:
        points = float(text)
    except ValueError:
        points = math.nan
    if not 0.0 <= points <= mark.max_points:
        raise CannotMark(f"{text} is not a number from 0 to {mark.max_points:g}, which is what {mark.id} can have")
    return points
