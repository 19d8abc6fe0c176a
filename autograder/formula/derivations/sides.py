"""The sides of a derivation: its lines cut at `=` and at conclusions, broken formulas joined, remarks left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.derivations.lines import (
    CONCLUSIONS,
    EQUALS,
    LOOK_AROUND,
    PIECE,
    SPACES,
    TEXT_BOX,
    Line,
    find_lines,
    group_end,
)
from autograder.formula.latex.spelling import read_spelling
from autograder.formula.tree import Span

EQUAL, SO, CONDITION = "=", "=>", "condition"
_EXPLAINED = re.compile(
    r"\s*(?:\\[A-Za-z]+|[A-Za-z])(?:_(?:\{[^{}]{1,12}\}|\w))?\s*=\s*-?\s*(?:1\s*-\s*)?(?:\\(?:sigma|frac|exp|log|hat)\b|[σ(])"
)
"""Behind a gap, a name and what it means: `p = \\sigma(a) \\qquad q = \\sigma(b)`."""
MAX_LEADING_WORDS = 2
"""A box of more words is a remark that ends with it; `\\text{where }` opens one."""


class Side(Struct, frozen=True):
    """One side of a chain as typed.

    relation  what stands before it: `=`, `=>` (a conclusion) or nothing, where a statement begins
    text      what the readers get; what says nothing is blank in it, so that offsets in it plus `span.start` are
              those of the whole text
    line      the line that it begins on, counting lines that hold a formula, from 1
    remark    whether it stands behind `where`, `using` or the like
    """

    relation: str
    text: str
    span: Span
    line: int
    remark: bool = False


_ARROWS = frozenset(("->", "→", "⟶", "\\to", "\\rightarrow", "\\longrightarrow"))
_REASONS = frozenset(("∵", "\\because"))
_OPERATOR = r"(?:[+\-*/−–—⋅·×@⊙]|\\(?:cdot|times|odot|circ|pm)(?![A-Za-z]))"
_LEADING_OPERATOR = re.compile(_OPERATOR)
_TRAILING_OPERATOR = re.compile(_OPERATOR + r"\s*$")
_BOUND = re.compile(r"(?:\\sum|\\prod|∑|Σ|∏|\bsum|\bprod)\s*(?:\\limits\s*)?_\s*[A-Za-z]\s*$")
_BARE_WORD = re.compile(r"(?:[A-Za-z\u0400-\u04FF]{3,}|if)(?![A-Za-z_{(^])")
_LEADING_CONDITION = re.compile(
    r"[^,:;]{0,40}=\s*1\s*,(?:\s*2\s*,)?\s*(?:\.\.\.|…|\\[lc]?dots)\s*,\s*\w+\s*:|[^,:;]{0,60}[,:;]")
_CONDITION = re.compile(r"forall|\\in(?![a-z])|text|[<>∈∀≠≤≥]|\\[lg]eq?|\\neq?(?![a-z])|\.\.|dots")


def cut(text: str) -> tuple[Side, ...]:
    """Return the sides of a derivation in the order typed."""
    shown, lines = find_lines(text)
    has_relations = any(mark.kind == EQUAL for line in lines for mark in _marks(line.text))
    sides: list[Side] = []
    number = 0
    relation = ""
    for line in lines:
        found, relation = _cut_line(line, relation)
        if any(not piece.remark for piece in found):
            number += 1
        new = [replace(piece, line=number) for piece in found]
        if new and sides and _continues(sides[-1], line, new, has_relations):
            sides[-1] = _joined(sides[-1], new.pop(0), shown)
        sides += new
    return tuple(sides)


def _continues(before: Side, line: Line, new: list[Side], has_relations: bool) -> bool:
    """Say whether a line goes on with the side that the line before it left unfinished.

    Where no relation is written at all, each line is a side, and a minus its first sign.
    """
    if new[0].relation or new[0].remark or before.remark:
        return False
    if _TRAILING_OPERATOR.search(before.text[-LOOK_AROUND:]):
        return True
    if line.breaks or not _LEADING_OPERATOR.match(new[0].text):
        return False
    if not has_relations and new[0].text[0] in "-−–—":
        return False
    return len(new) == 1 or line.indent


def _joined(before: Side, more: Side, shown: str) -> Side:
    span = before.span.joined(more.span)
    return replace(before, text=shown[span.start:span.end], span=span)


def _cut_line(line: Line, relation: str) -> tuple[list[Side], str]:
    """Return the sides of a line and the relation that its end leaves open; the first stands behind `relation`."""
    found: list[Side] = []
    is_remark = line.remark
    first = 0
    for mark in [*_marks(line.text), _Mark("end", len(line.text), len(line.text))]:
        piece = line.part(first, mark.start)
        if piece.text:
            found.append(Side(relation, piece.text, piece.span, 0, is_remark))
            relation = ""
        if mark.kind in (EQUAL, SO):
            relation = mark.kind
        if mark.kind == "remark":
            relation = ""
        is_remark = line.remark or (mark.kind != SO and (is_remark or mark.kind == "remark"))
        first = mark.end
    return found, "" if is_remark else relation


class _Mark(Struct, frozen=True):
    """A place outside of every bracket where a side ends: a relation, `remark`, `aside`, or `next` statement.

    CONDITION ends nothing: the relations behind it belong to it.
    """

    kind: str
    start: int
    end: int


def _marks(text: str) -> Iterator[_Mark]:
    depth = position = 0
    seen = in_condition = False
    while position < len(text):
        prose = _prose_at(text, position, seen) if depth <= 0 else None
        if prose is not None:
            in_condition = prose.kind == CONDITION
            if not in_condition:
                yield prose
            position = prose.end
            continue
        found = PIECE.match(text, position)
        assert found is not None
        token, end = found[0], found.end()
        if token in ("\\left", "\\right"):
            depth = max(0, depth + (1 if token == "\\left" else -1))
            position, seen = _delimiter_end(text, end), True
            continue
        mark = _mark(token, text, position, end, seen) if depth <= 0 else None
        if mark is None:
            depth = max(0, depth + _bracket_step(token))
        elif mark.kind == CONDITION:
            in_condition = True
        elif mark.kind != EQUAL or not in_condition:
            in_condition = False
            yield mark
        seen = seen or not SPACES.fullmatch(token)
        position = end


def _mark(token: str, text: str, position: int, end: int, seen: bool) -> _Mark | None:
    if token in EQUALS:
        return None if _BOUND.search(text, max(0, position - LOOK_AROUND), position) else _Mark(EQUAL, position, end)
    if token in CONCLUSIONS or (token in _ARROWS and not seen):
        return _Mark(SO, position, end)
    if token in _REASONS:
        return _Mark("remark", position, end)
    if token in ("\\forall", "∀"):
        return _Mark(CONDITION, position, end)
    if token in (",", ";"):
        kind = _after_comma(text[end:end + LOOK_AROUND])
        return _Mark(kind, position, end) if kind else None
    if token in ("\\quad", "\\qquad") and _EXPLAINED.match(text, end):
        return _Mark("next", position, end)
    return None


def _bracket_step(token: str) -> int:
    if token in ("(", "[", "{", "\\{", "\\lbrace") or token.startswith("\\begin"):
        return 1
    if token in (")", "]", "}", "\\}", "\\rbrace") or token.startswith("\\end"):
        return -1
    return 0


def _delimiter_end(text: str, position: int) -> int:
    r"""Return where the delimiter after `\left` or `\right` ends."""
    while position < len(text) and text[position].isspace():
        position += 1
    found = PIECE.match(text, position)
    return found.end() if found else position


def _after_comma(rest: str) -> str:
    """Return `next` where an equation of its own follows a comma, CONDITION where one such as `w = o` does."""
    left, equals, _ = rest.partition("=")
    blank = SPACES.match(rest)
    if not equals or _prose_at(rest, blank.end() if blank else 0, seen=True):
        return ""
    while (open_left := re.sub(r"\{[^{}]*\}", "", left)) != left:
        left = open_left
    bare = re.sub(r"\s|\\q?quad|\\[,;:! ]", "", left)
    if not bare:
        return ""
    return CONDITION if len(bare) <= 3 or _CONDITION.search(bare) else "next"


def _prose_at(text: str, position: int, seen: bool) -> _Mark | None:
    """Return the mark of prose that begins here and ends a formula: a remark, a condition, a conclusion.

    seen   whether something stands before it on its line; a condition that leads a line ends at its comma
    """
    box = TEXT_BOX.match(text, position)
    if box:
        end = group_end(text, box.end() - 1)
        words = re.findall(r"[A-Za-z]{2,}", text[box.end():end])
        if len(words) > MAX_LEADING_WORDS:
            return _Mark("aside", position, end)
        word = words[0] if words else ""
    elif position == 0 or not (text[position - 1].isalnum() or text[position - 1] in "\\_{^"):
        bare = _BARE_WORD.match(text, position)
        word, end = (bare[0], bare.end()) if bare else ("", 0)
    else:
        return None
    role = read_spelling().prose.get(word.lower())
    if role == "if":
        leading = None if seen else _LEADING_CONDITION.match(text, end)
        return _Mark("aside", position, leading.end()) if leading else _Mark(CONDITION, position, end)
    return _Mark(SO if role == "so" else "remark", position, end) if role in ("so", "remark") else None
