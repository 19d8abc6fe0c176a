"""Names whose meanings an answer mixes up: `where y is the vector of probabilities and ŷ is the one-hot vector`."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator

from msgspec import Struct

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.said_shapes import declared_name
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Span

_SAID = (
    r"(?:\b(?:where|with|here|and)|[,;])\s+(?P<name>\$[^$\n]{1,24}\$|[^\s,;=$]{1,24})\s+(?:is|are|denotes?|being)\s+"
    r"(?P<words>(?:the|an?|our)\s[^,;.=\n$]{3,80}?)(?=\s+(?:and|while|whereas)\s|[,;.\n)]|\Z)"
)
LETTERS = 6
"""First letters by which two forms of a word are taken for one: `probability`, `probabilities`."""


class _Said(Struct, frozen=True):
    """What an answer says of a declared name: its words, and the place of it."""

    name: str
    words: frozenset[str]
    span: Span


def refuse_mixed_meanings(text: str, lexicon: Lexicon) -> None:
    """Raise Unreadable where two names are each explained by the meaning of the other."""
    said = list(_said(text, lexicon)) if " is " in text or " are " in text else []
    declared = lexicon.declarations
    meanings = {family.name: _words(family.meaning) for family in declared.families}
    meanings |= {symbol.name: _words(symbol.meaning) for symbol in declared.symbols}
    for one, other in itertools.combinations(said, 2):
        own, others = meanings.get(one.name), meanings.get(other.name)
        if own is None or others is None or one.name == other.name:
            continue
        if len(one.words & others) > len(one.words & own) and len(other.words & own) > len(other.words & others):
            sentence = "You explain these two names the other way round than the problem; use its names in the formula."
            raise Unreadable(sentence, one.span.joined(other.span), text, "meaning")


def _said(text: str, lexicon: Lexicon) -> Iterator[_Said]:
    for found in re.finditer(_SAID, text):
        with contextlib.suppress(Unreadable):
            tokens, _ = lexicon.expand(lexicon.lex(found["name"].strip("$")))
            name = declared_name([token for token in tokens if not token.is_op("open", "close")], lexicon)
            if name is not None:
                yield _Said(name, _words(found["words"]), Span(*found.span()))


def _words(text: str) -> frozenset[str]:
    return frozenset(word[0][:LETTERS] for word in re.finditer(r"[a-z]{3,}", text.lower())) - {"the", "and", "each"}
