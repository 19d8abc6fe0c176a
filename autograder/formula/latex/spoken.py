"""Mathematics said in English in plain text, as signs: `sum over j from -m to m, j not 0, of`, `U times (ŷ − y)`.

A text is rewritten in place, so that every offset stays what it was; what takes more room than it was said in is left.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from autograder.formula.latex.lexicon import Lexicon

MAX_SAID = 24
"""Phrases of a kind that are looked at; no answer has more."""
_BOUND = r"[-−]?\s?\w{1,2}(?:\s?[-−+]\s?\w)?"
_SUM = re.compile(
    rf"\b(?:sum|Sum|[Σ∑])\s+over\s+(?:all\s+)?(?P<index>\w)\s*(?:from|=)\s*(?P<first>{_BOUND})\s*"
    rf"(?:to|up to|\.\.+|…)\s*(?P<last>{_BOUND})\s*"
    r"(?P<left>,?\s*\(?(?:with\s+|where\s+)?(?:(?P=index)\s*(?:is\s+)?(?:not|!=|≠)\s*0|"
    r"(?:without|except|excluding|leaving out|skipping|but not)\s+(?:for\s+)?(?:(?P=index)\s*=\s*)?(?:0|zero))\)?)?"
    r"\s*,?\s+of\b(?:\s+the\b)?"
)
_TIMES = re.compile(r"(?P<left>[\w)\]ᵀ]+)\s+times\s+(?=(?P<right>[(\[]|[^\W\d]\w*))")
_OUTER = re.compile(
    r"\b(?:the\s+)?outer\s+product\s+(?:of|between)\s+(?P<left>[^,;\n]{1,40}?)\s+and\s+(?P<right>[^,;.\n]{1,60})"
)
_COUNT = re.compile(
    r"(?:\b(?:where|with|and)\s+)?(?P<name>\b[A-Za-z]\w{0,3}\s+(?:is|=|:=|denotes|counts|being)\s+)?\b(?:the\s+)?"
    r"(?:number of (?:times|occurrences|draws|copies)|how (?:often|many times|many)|multiplicity of)\b"
    r"(?P<rest>[^.;()\n]{1,80})"
)
_COUNTED = re.compile(r"\|\s*\{\s*(?P<index>\w)\s*[:|]\s*(?P<fact>[^{}|]{1,40})\}\s*\|")
_WITHIN = re.compile(
    r"\b(?:sum|Sum|[Σ∑])\s+over\s+(?:all\s+)?(?P<index>\w)\s+in\s+(?:the\s+)?(?P<set>[a-zA-Z]+)\s+of\b"
)
_ENDS = re.compile(r"[=:,;\n]|\.\s")
_DENIED = re.compile(r"\b(?:not|no|different|other|except|without|plus|minus)\b")


def with_signs(text: str, lexicon: Lexicon) -> str:
    """Return the text with signs for what is said in words."""
    if "\\" in text:
        return text
    for pattern, signs in (
        (_SUM, _sum), (_WITHIN, _within), (_OUTER, _outer), (_COUNT, _count), (_TIMES, _times), (_COUNTED, _counted),
    ):
        text = _replaced(text, pattern, signs, lexicon)
    return text


Signs = Callable[[re.Match[str], str, Lexicon], str | None]


def _replaced(text: str, pattern: re.Pattern[str], signs: Signs, lexicon: Lexicon) -> str:
    shown = text
    for said in itertools.islice(pattern.finditer(text), MAX_SAID):
        written = signs(said, text, lexicon)
        if written is not None and len(written) <= len(said[0]):
            shown = shown[:said.start()] + written.ljust(len(said[0])) + shown[said.end():]
    return shown


def _counted(said: re.Match[str], text: str, lexicon: Lexicon) -> str:
    """Write `|{i : w_i = w_k}|` as the sum that it is."""
    return f"(Σ_{{{said['index']}:{said['fact'].replace(' ', '')}}}1)"


def _sum(said: re.Match[str], text: str, lexicon: Lexicon) -> str:
    index, first, last = said["index"], said["first"].replace(" ", ""), said["last"].replace(" ", "")
    left_out = f",{index}≠0" if said["left"] else ""
    return f"Σ_{{{index}={first}{left_out}}}^{{{last}}}"


def _within(said: re.Match[str], text: str, lexicon: Lexicon) -> str | None:
    return f"Σ_{{{said['index']}∈{said['set']}}}" if said["set"] in lexicon.sets else None


def _outer(said: re.Match[str], text: str, lexicon: Lexicon) -> str | None:
    left, right = said["left"], said["right"]
    if _has_terms(left) or _has_terms(right):
        return None
    return f"{left} ⊗ {right}".rjust(len(said[0]))


def _times(said: re.Match[str], text: str, lexicon: Lexicon) -> str | None:
    """Put a sign for `times` between two factors, where nothing is added on either side of them."""
    left, right = said["left"], said["right"]
    names = {*lexicon.kinds, *lexicon.words}
    is_factor = left[-1] in ")]ᵀ" or left in names or left.split("_")[0] in names
    before = _ENDS.split(text[:said.end("left")])[-1]
    behind = _ENDS.split(text[said.end():])[0]
    if not is_factor or not (right in "([" or right in names or right.split("_")[0] in names):
        return None
    return f"{left} ·".ljust(len(said[0])) if not _has_terms(before) and not _has_terms(behind) else None


def _count(said: re.Match[str], text: str, lexicon: Lexicon) -> str | None:
    """Write the number of draws that are the same word as `w_k`, where the problem has words that are drawn."""
    for family in lexicon.declarations.families:
        index = family.indices[0]
        word = rf"\b(?:{family.name}|u)_?(?:{index}|{{{index}}}|ₖ)(?!\w)|\b(?:it|that word|this word|word {index})\b"
        if family.values is None or not re.search(word, said["rest"]) or _DENIED.search(said["rest"]):
            continue
        free = next(letter for letter in "ijln" if letter != index)
        name = re.split(r"\s", said["name"])[0] if said["name"] else ""
        signs = f"Σ_{{{free}:{family.name}_{free}={family.name}_{index}}}1"
        return f"where {name} = {signs}" if name else f"({signs})"
    return None


def _has_terms(text: str) -> bool:
    """Whether something is added or subtracted outside of brackets."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char in "+-−–" and text[:at].strip():
            return True
    return False
