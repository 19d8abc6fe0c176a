"""The names that students give to parts in their answers: ids, aliases, titles, and what is nearly one of them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct

from autograder.spec.model import Assignment, Problem
from autograder.spec.written import WrittenFields, WrittenPart

_ATTRIBUTE = re.compile(r"\{\s*#([\w/-]+)[^}]*\}\s*$|<a\s+(?:name|id)=[\"']([\w/-]+)[\"']\s*>\s*(?:</a>)?")
_LEAD = re.compile(
    r"^(?:answers? (?:to|for)|part|question|problem|exercise|task|solution|answer)\b[\s:.#]*", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?:q(?:uestion)?|part|problem|exercise|task|ex|aufgabe|teil|question|no)?[\s.#]*(?P<number>\d{1,2})?[\s.\-]*"
    r"\(?(?P<label>[a-z])\)?(?:[\s.\-(]+(?P<below>[ivx]{1,4})\)?)?(?P<mark>[\s.:)]*)(?:$|(?<=[\s.:)]))", re.IGNORECASE
)
"""`Q1b`, `1.b`, `Problem 1 (b) ii`."""
_ID = re.compile(r"[A-Za-z][\w-]*\w")
_WORDS = re.compile(r"[^\W_]+")
_MAX_CHARACTERS = 1_000
# A short name such as `b` needs a mark behind it, or `A remark` would be an answer to part a.
_SHORT = 3


class PartKey(Struct, frozen=True):
    """A part of an assignment, with the name that its Mark has: `problem/part`."""

    problem: str
    part: str

    def __str__(self) -> str:
        return f"{self.problem}/{self.part}"


def fold(name: str) -> str:
    """Return a name without case, accents of width, and the difference between `-`, `_` and space."""
    return "-".join(_WORDS.findall(unicodedata.normalize("NFKC", name).casefold()))


class PartNames:
    """Finds the part that a heading or a key means."""

    def __init__(self, assignment: Assignment) -> None:
        self.ids: dict[str, PartKey] = {}
        """Every id, alias and `problem/part`, as the assignment spells them."""
        self._folded: dict[str, PartKey] = {}
        self._problems: dict[str, tuple[PartKey, ...]] = {}
        titles: dict[str, list[PartKey]] = {}
        for problem, part in written_parts(assignment):
            key = PartKey(problem.id, part.id)
            for name in {fold(problem.id).replace("-", ""), fold(problem.title).replace("-", "")}:
                self._problems[name] = (*self._problems.get(name, ()), key)
            for name in (part.id, *part.aliases, str(key)):
                self.ids[name] = key
                self._folded[fold(name)] = key
            for title in filter(None, (part.title, part.title and f"{problem.title} {part.title}")):
                titles.setdefault(fold(title), []).append(key)
        for title, keys in titles.items():
            if len(keys) == 1:
                self._folded.setdefault(title, keys[0])
        self._most_words = max((name.count("-") + 1 for name in self._folded), default=0)

    def exact(self, name: str) -> PartKey | None:
        """Return the part of this very id, alias or `problem/part`."""
        return self.ids.get(name.strip())

    def find(self, title: str, parents: Sequence[str] = ()) -> PartKey | None:
        """Return the part that a heading means, by itself or below the headings around it."""
        label, title = split_label(title[:_MAX_CHARACTERS])
        if label:
            return self._folded.get(fold(label))
        bare = _LEAD.sub("", title, count=1)
        for candidate in (title, bare, f"p{bare}" if bare.strip(" .:").isdigit() else ""):
            if candidate and fold(candidate) in self._folded:
                return self._folded[fold(candidate)]
        numbered = self._by_number(title)
        if numbered is not None:
            return numbered
        for parent in parents:
            whole = fold(f"{_LEAD.sub('', split_label(parent)[1], count=1)} {bare}")
            for candidate in (whole, f"p{whole}"):
                if candidate in self._folded:
                    return self._folded[candidate]
        return self._by_id_inside(title) or self._by_beginning(title) or self._by_beginning(bare)

    def _by_number(self, title: str) -> PartKey | None:
        """Return the part that `Q1b` or `1 (b)` means, by its number too where the assignment has such names."""
        match = _NUMBERED.match(title)
        if match is None or not (match["number"] or title[: match.end()].strip(" ").endswith((")", ".", ":"))):
            return None
        label = fold(" ".join(filter(None, (match["label"], match["below"]))))
        numbered = f"{match['number']}-{label}" if match["number"] else ""
        for name in (f"p{numbered}", numbered, label):
            if name in self._folded and (name != "p"):
                return self._folded[name]
        return None

    def titled(self, line: str) -> bool:
        """Whether a line is the title of a part, word by word."""
        name = fold(line[:_MAX_CHARACTERS])
        return name in self._folded and name.count("-") > 1

    def group(self, title: str) -> tuple[PartKey, ...]:
        """Return the parts that a heading stands for together: those of `(g)`, or of a problem by its name."""
        label, title = split_label(title[:_MAX_CHARACTERS])
        bare = fold(_LEAD.sub("", title, count=1)) if not label else ""
        match = _NUMBERED.match(title) if bare else None
        letters = {bare, fold(match["label"])} if match and match.end() == len(title) else {bare}
        letters |= {f"p{bare}"} if bare.isdigit() else set()
        of_letter = {key: None for name, key in self.ids.items()
                     if "/" not in name and fold(name).rpartition("-")[0] in letters - {""}}
        if of_letter:
            return tuple(of_letter)
        squeezed = bare.replace("-", "")
        return self._problems.get(squeezed, ()) if len(squeezed) > _SHORT else ()

    def _by_id_inside(self, title: str) -> PartKey | None:
        """Return the part whose full id stands somewhere in a heading, if there is one only."""
        words = [word for word in _ID.findall(title) if "_" in word or "-" in word]
        found = {self.ids[word] for word in words if word in self.ids}
        return found.pop() if len(found) == 1 else None

    def _by_beginning(self, title: str) -> PartKey | None:
        """Return the part with the longest name that a heading begins with, and that more than a letter follows."""
        title = unicodedata.normalize("NFKC", title).casefold()
        words = list(islice(_WORDS.finditer(title), self._most_words + 1))
        ends = [*(word.start() for word in words[1:]), len(title)]
        for count in range(min(len(words), self._most_words), 0, -1):
            key = self._folded.get("-".join(word[0] for word in words[:count]))
            begun, after = title[:ends[count - 1]], title[words[count - 1].end():ends[count - 1]]
            if key and after and (len(begun.strip()) > _SHORT or any(mark in after for mark in "):.]")):
                return key
        return None

    def ending(self, name: str) -> str:
        """Return the id of the only part whose id ends so: `backprop_dw2` for `dw2`; '' where that is not clear."""
        ends = {key.part for key in self.ids.values() if key.part.endswith(f"_{name}") and len(name) > 1}
        return ends.pop() if len(ends) == 1 and name not in self.ids else ""

    def near(self, name: str) -> str | None:
        """Return the id of the part whose id or alias a name is probably a slip of."""
        known = {fold(known): key.part for known, key in self.ids.items()
                 if len(known) > _SHORT and "/" not in known}
        close = difflib.get_close_matches(fold(name), list(known), n=1, cutoff=0.8)
        return known[close[0]] if close else None


def written_parts(assignment: Assignment) -> Iterator[tuple[Problem, WrittenPart]]:
    """Yield the parts that an answers file can hold, with their problems."""
    for problem in assignment.problems:
        for part in problem.parts:
            if isinstance(part, WrittenFields):
                yield problem, part


def split_label(title: str) -> tuple[str, str]:
    """Return an explicit label such as `{#id}`, or '', and the heading without it and without emphasis."""
    title = title.replace("\\_", "_")  # as editors of Markdown and authors of LaTeX write it
    match = _ATTRIBUTE.search(title[:_MAX_CHARACTERS])
    label = (match[1] or match[2]) if match else ""
    rest = title[: match.start()] + title[match.end() :] if match else title
    return label, rest.strip().strip("*`~ ").strip()
