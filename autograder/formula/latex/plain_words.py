"""Words that no table knows, among formulas typed without dollar signs: `numerator layout`, `log-partition`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

MIN_WORD = 4
MAX_WORD = 60
"""Letters of an unknown word that can be prose."""
LETTERS = re.compile(r"[A-Za-z]+")
COMPOUND = re.compile(r"[A-Za-z]+(?:-[A-Za-z]{2,})+(?![\w-])")
COMPOUNDED = frozenset(("log", "exp", "softmax", "sum", "dot", "max"))
"""Functions that are also the first part of a word: `log-likelihood`."""
BETWEEN_WORDS = " \t,"
LAST_WORD = re.compile(r"[A-Za-z]+$")
COUNTED = re.compile(r"(?:^|[\s=(${])\d+[},$]*\s*\(?$")


class PlainWords(Struct, frozen=True):
    """Tells words from names that stand side by side.

    words   what is read as part of a formula
    prose   words of the tables
    """

    words: Mapping[str, str]
    prose: Mapping[str, str]

    def is_plain(self, source: str, start: int, end: int) -> bool:
        """Whether an unknown word is prose: it stands among words or behind a number, and nothing is done with it."""
        word = source[start:end]
        if not MIN_WORD <= len(word) <= MAX_WORD:
            return False
        before = source[:start].rstrip(BETWEEN_WORDS)
        said = LAST_WORD.search(before)
        follows_prose = said is not None and said[0] not in self.words and len(said[0]) >= MIN_WORD
        rest = source[end:].lstrip()
        if rest and not rest[0].isalnum() and rest[0] not in ".,;:)$":
            return False
        near = [found[0] for found in (said, LETTERS.match(rest.lstrip(BETWEEN_WORDS))) if found is not None]
        among_words = self._is_unknown(word) and any(
            one.lower() in self.prose or (len(one) >= MIN_WORD and self._is_unknown(one)) for one in near)
        return follows_prose or among_words or COUNTED.search(before.rstrip()) is not None

    def is_compound(self, found: re.Match[str]) -> bool:
        """Whether `log-partition` is a word: one part is a word of prose, and none is a name of the problem."""
        around = found.string[:found.start()][-1:] + found.string[found.end():][:1]
        if not all(char.isspace() or char in ",.;:()" for char in around):
            return False
        parts = found[0].split("-")
        if len(parts[0]) == 1:
            return parts[1:] == ["dimensional"]
        said = [part for part in parts if part.lower() in self.prose]
        return bool(said) and all(
            part in said or part in COMPOUNDED or self._is_unknown(part) for part in parts)

    def _is_unknown(self, word: str) -> bool:
        """Whether no part of a word is a name or function."""
        return not any(word[start:end] in self.words for start in range(len(word))
                       for end in range(start + 2, len(word) + 1))
