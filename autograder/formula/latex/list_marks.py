r"""Marks of a Markdown list before what an answer says: `- $U$ holds the outside vectors`, never a minus.

A dash is a mark where nobody would take it for a sign: before words, before a formula in dollar signs with words behind
it or with a sign of its own, and before several such formulas below each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.formula.latex.spelling import read_spelling

_MARK = re.compile(r"^[ \t]*([-+*•])[ \t]+(?=\S)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]+(?=[ :,])")
_DOLLARS = re.compile(r"(\$\$?)[^$\n]*\1")
_WORDS = re.compile(r"[A-Za-z]{3,}|[^\W\d_a-zA-Z\u0370-\u03ff\u1d00-\u2fff]{2,}")
_OWN_SIGN = re.compile(r"\$\$?\s*[-+−–]")
_LED_TO = re.compile(r"(?:\A|\n[ \t]*\n|[^\W_][.:;。：]?[ \t]*\n|[.:;。：][ \t]*\n)\Z")
"""What stands before the first item of a list: nothing, an empty line, words."""
MAX_BEFORE = 40


def without_list_marks(text: str) -> str:
    """Return the text with the marks of its lists blanked."""
    if _MARK.search(text) is None:
        return text
    marks = list(_marks(text))
    in_dollars = [mark[1] for mark in marks if text.startswith("$", mark.end())]
    for mark in marks:
        line = text[mark.end():].partition("\n")[0]
        is_item = _begins_with_word(line)
        if line.startswith("$"):
            has_words = _WORDS.search(_DOLLARS.sub("", line)) is not None
            is_item = has_words or in_dollars.count(mark[1]) > 1 or _OWN_SIGN.match(line) is not None
        if is_item:
            text = text[:mark.start()] + " " * len(mark[0]) + text[mark.end():]
    return text


def begins_list(text: str, start: int) -> bool:
    """Whether no formula stands before a place, so that a sign there may be the mark of a list's first item."""
    return _LED_TO.search(text[max(0, start - MAX_BEFORE):start]) is not None


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Yield the signs at the starts of lines, from the first on that no formula stands before."""
    is_list = False
    for mark in _MARK.finditer(text):
        is_list = is_list or begins_list(text, mark.start())
        if is_list:
            yield mark


def _begins_with_word(line: str) -> bool:
    """Whether a line begins with a word of the tables that is no sign, or in a writing without letters."""
    word = _WORD.match(line)
    if word is None:
        return _WORDS.match(line) is not None and not line[0].isascii()
    spelling = read_spelling()
    role = spelling.prose.get(word[0].lower())
    return role not in (None, "operation") and word[0] not in spelling.words
