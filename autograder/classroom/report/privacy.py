"""Who is named in a report: nobody, unless names are asked for."""

from __future__ import annotations

import re
from functools import lru_cache

from autograder.classroom.records import Graded, Student, say_names

_HIDDEN = "[name]"
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST, _MOST_READ = 300, 1200
_LONGEST_NAME = 80


class Names:
    """Names students, or keeps their names out of what they wrote."""

    def __init__(self, *, is_anonymous: bool) -> None:
        self.is_anonymous = is_anonymous

    def who(self, graded: Graded) -> str | None:
        """Return whose submission it is; None in an anonymous report."""
        return None if self.is_anonymous else label(graded)

    def clean(self, text: str, graded: Graded) -> str:
        """Return a text of a submission on one line, cut short; in an anonymous report without its authors' names.

        A name counts however it is joined (`jane_doe.py`); a first name alone, or a friend's name, is not found.
        """
        text = " ".join(text[:_MOST_READ].split())
        if self.is_anonymous:
            for student in graded.students:
                if any(hint in text.lower() for hint in _find_hints(student)):
                    text = _compile_names(student).sub(_HIDDEN, text)
        return shorten(text)


def shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"


def label(graded: Graded) -> str:
    """Return the names of a submission's authors, or what else is known of them."""
    named = say_names(graded.students) or graded.submission
    return named if len(named) <= _LONGEST_NAME else f"{named[:_LONGEST_NAME]} …"


@lru_cache(maxsize=1 << 17)
def _find_hints(student: Student) -> tuple[str, ...]:
    """Return what one of must stand in a text that holds the student's name, number or address."""
    words = _WORD.findall(student.name)
    return tuple(hint.lower() for hint in (*_find_known(student), *words[-1:]))


def _find_known(student: Student) -> list[str]:
    """Return what the student is called but for the name, the whole address before the part that may stand alone."""
    known = [text for text in (student.email.partition("@")[0], student.sid, student.id) if len(text) >= 4]
    return [student.email, *known] if student.email else known


@lru_cache(maxsize=512)
def _compile_names(student: Student) -> re.Pattern[str]:
    found = [rf"(?i:(?<!\w){re.escape(text)}(?!\w))" for text in _find_known(student)]
    words = _WORD.findall(student.name)
    if len(words) == 1 and len(words[0]) >= 4:
        found.append(rf"\b{words[0]}\b")
    if len(words) > 1:
        for order in (words, [words[-1], *words[:-1]], [words[0], words[-1]], [words[-1], words[0]]):
            joined = r"[\W_]{0,3}".join(map(re.escape, order))
            found.append(rf"(?i:(?<![^\W_]){joined}(?![^\W_]))")
    return re.compile("|".join(dict.fromkeys(found)) or r"(?!)")
