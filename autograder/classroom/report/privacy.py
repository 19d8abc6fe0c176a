"""Who is named in a report: nobody, unless names are asked for."""

from __future__ import annotations

import re
from functools import lru_cache

from autograder.classroom.records import Graded, Student, say_names

_HIDDEN = "[name]"


class Names:
    """Names students, or keeps their names out of what they wrote."""

    def __init__(self, *, is_anonymous: bool) -> None:
        self.is_anonymous = is_anonymous

    def who(self, graded: Graded) -> str | None:
        """Return whose submission it is; None in an anonymous report."""
        return None if self.is_anonymous else label(graded)

    def clean(self, text: str, graded: Graded) -> str:
        """Return a text of a submission; in an anonymous report without the names of its own authors.

        A name counts however it is joined (`jane_doe.py`); a first name alone, or a friend's name, is not found.
        """
        if not self.is_anonymous:
            return text
        for student in graded.students:
            for pattern in _patterns(student):
                text = pattern.sub(_HIDDEN, text)
        return text


def label(graded: Graded) -> str:
    """Return the names of a submission's authors, or what else is known of them."""
    return say_names(graded.students) or graded.submission


@lru_cache(maxsize=4096)
def _patterns(student: Student) -> tuple[re.Pattern[str], ...]:
    patterns = []
    for known in (student.email, student.email.partition("@")[0], student.sid, student.id):
        if len(known) >= 4:
            patterns.append(re.compile(rf"(?<!\w){re.escape(known)}(?!\w)", re.IGNORECASE))
    words = re.findall(r"[^\W\d_]+", student.name)
    if len(words) == 1 and len(words[0]) >= 4:
        patterns.append(re.compile(rf"\b{words[0]}\b"))
    if len(words) > 1:
        for order in (words, [words[-1], *words[:-1]], [words[0], words[-1]], [words[-1], words[0]]):
            joined = r"[\W_]{0,3}".join(map(re.escape, order))
            patterns.append(re.compile(rf"(?<![^\W_]){joined}(?![^\W_])", re.IGNORECASE))
    return tuple(dict.fromkeys(patterns))
