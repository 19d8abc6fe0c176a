"""Clauses of plain English beside a formula that was typed without LaTeX: `..., a vector with d entries like v_c`.

A clause is a remark where it holds words, some of which everybody knows, and of mathematics nothing but names, numbers
and shapes. Any sign or word that could change the formula (`plus`, `transposed`, `the other way round`) leaves it be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.said_shapes import IDLE
from autograder.formula.latex.spelling import read_spelling

_BREAK = re.compile(
    r"[,;]\s|(?<!i\.e)(?<!e\.g)(?<=[^\s.])\.(?=\s|$)|\s(?:–|—|--|-|←)\s|\n|:\s|\s#\s"
)
_OPENING, _CLOSING = "([{", ")]}"
_SIZE = r"(?:\|\w\||\w)"
_GAP = r"\s{0,9}"
_SHAPE = re.compile(rf"[(\[]?{_GAP}({_SIZE}){_GAP}(?:[x×]|\bby\b){_GAP}({_SIZE}){_GAP}[)\]]?(?!\w)")
_LISTED = re.compile(rf"[(\[]{_GAP}({_SIZE}){_GAP},{_GAP}({_SIZE})?{_GAP}[)\]]")
_BETWEEN = re.compile(rf"{_GAP}(?:times|[x×·⋅*@=]|->|→|gives|giving|is)?{_GAP}")
_NARRATIVE = re.compile(
    r"\s*(?:(?:so|then|first|finally|and|here|after that)\s+)*(?:I|we)\b(?P<told>[^=+*/^()\[\]{}·⋅∑Σ∏∂∇:\n]{0,120}?)"
    r"(?P<result>\b(?:get|got|obtain|obtained|found|find|have|arrive at|arrived at)\b:?|:)\s+(?=\S)", re.IGNORECASE
)
"""What was done before a formula: `I pulled the minus out: ...`, `we simplified this and got ...`."""
_DONE = re.compile(r"\b(?:[a-z]{2,}ed|took|put|wrote|got|did|brought|kept|made)\b")
_RESULT = re.compile(r"[=→>]|gives|giving|is")
_SLOPE = re.compile(r"∂\s*\(?[A-Za-z]+\)?\s*/\s*∂\s*\(?[A-Za-z]+\)?")
_HARMLESS = re.compile(
    r"\b(?:matrix|vector|scalar|row|column|number)\s+times\s+(?:an?\s+|the\s+)?(?:matrix|vector|scalar|row|column|number)\b"
    r"|\bnot\s+(?:defined|differentiable|depend(?:ing|ent)?|contain|involve|include|have|appear|matter)\b"
    r"|\bi\.e\.,? the (?:[a-z]+ ){1,4}(?:minus|plus) the\b"
    r"|\b[Ii]n (?:the |an )?(?:gradient descent|SGD|update)(?: step)?,? (?:this|it) is (?:added|subtracted)\b"
    r"|\b(?:when|where|if) the (?:model|network|prediction) is (?:already |very )?sure\b"
    r"|\b(?:max|min)(?:imum|imal)? (?:(?:value|slope) )?(?:is |of )?\d+(?:[./]\d+)?(?!\w)"
    r"|\b[a-z]-dim(?:ensional)?\b"
)
"""Words of which one alone could change a formula."""
_FACT = re.compile(r"(?<=\bonly if )\w+\s*=\s*\w+(?!\w)|(?<=\bwhere )\w+\s*=\s*\w+$|(?<=\bat )\w\s*=\s*-?\d+$")
_WORD = re.compile(r"[A-Za-z]{2,}(?:[-'’][A-Za-z]+)*")
_NAME = re.compile(r"[^\W\d]\w*(?:\[\w+\])?(?:['’]s)?|\d+|\|\w+\||…|\.{3}")
_STOPS, _BRACKETS = ".,;:!?\"“”", "()[]"
_RAISED = re.compile(r"[ᵀ⊤⁻²³]")

_SAID_FIRST = re.compile(
    r"(?P<words>[^=\n+*/∑Σ]{1,120}?),?\s+(?:i\.e\.|ie|that is|in symbols|in formulas)[,:]?\s+(?=\S)"
)
_WHICH = re.compile(r"\bwhich (?:is|equals)(?: also| just| the same as| equal to)?(?=\s(?P<form>[^,;.\n]{1,200}))")
_SIGNS = re.compile(r"[-+−*@·(\^]|\\")
KNOWN = frozenset(
    "the of to in it its is are was be has have this that these those all each every my our we you so as and only just "
    "same like also left per then which here into from with because since where i.e e.g been does do".split()
)
"""Words that stand in any English clause, and that no one takes for names."""
CHANGING = frozenset(
    "negative negate negation sign signs signed flip flips flipped opposite instead except swap swapped swapping "
    "reverse reversed twice half double scaled without wrong sorry wait ignore correction actually edit add adds added "
    "adding not no nor never transpose transposes inverted factor factors missing remove removed drop dropped but "
    "rather subtract subtracted subtracting replace replaced replacing multiply multiplying other unless".split()
)
"""Words that could change what the formula says."""
CHANGING_ROLES = frozenset(("operation", "doubt", "or", "else", "side"))
MAX_LABEL = 2
"""Words before a shape, as `dims:`."""
MIN_UNKNOWN = 4
"""Letters of an unknown word; shorter ones may be products of names."""


class _Clause(Struct, frozen=True):
    """A clause at text[start:end]; text[blank:until] is it with the punctuation that sets it off."""

    start: int
    end: int
    blank: int
    until: int
    in_brackets: bool = False


def behind_words(text: str) -> str | None:
    """Return a text without the words that say its formula first, `U times the error, i.e. U(ŷ − y)`; None for none."""
    said = _SAID_FIRST.match(text)
    roles = {read_spelling().prose.get(word.lower()) for word in _WORD.findall(said["words"])} if said else set()
    return " " * said.end() + text[said.end():] if said is not None and "operation" in roles else None


def with_links(text: str, lexicon: Lexicon) -> str:
    """Return a text with `ie` for `which is`, where another form of the formula follows."""
    shown = text
    for link in _WHICH.finditer(text):
        if _is_formula(link["form"], lexicon):
            shown = shown[:link.start()] + " ie".ljust(link.end() - link.start()) + shown[link.end():]
    return shown


def _is_formula(text: str, lexicon: Lexicon) -> bool:
    text = text.replace("\\times", "×").replace("$", " ").strip()
    words = [word for word in re.findall(r"(?<![\\\w])[A-Za-z]{3,}", text) if word not in lexicon.words]
    is_shape = _SHAPE.match(text) or _LISTED.match(text)
    return not is_shape and bool(_SIGNS.search(text)) and all(word in lexicon.functions for word in words)


def without_clauses(text: str, lexicon: Lexicon) -> str | None:
    """Return a text with its remarks in plain English blanked, offsets kept; None where it has none."""
    if "\\" in text or "$" in text:
        return None
    told = _NARRATIVE.match(text)
    shown = " " * told.end() + text[told.end():] if told is not None and _is_narrative(told, lexicon) else text
    for clause in [*_in_brackets(text), *_between_breaks(text)]:
        kept = remark_shape(shown[clause.start:clause.end], clause.in_brackets, lexicon)
        if kept is None:
            continue
        first, last = clause.start + kept[0], clause.start + kept[1]
        if kept[0] == kept[1]:
            shown = shown[:clause.blank] + _blank(text[clause.blank:clause.until]) + shown[clause.until:]
        else:
            shown = (shown[:clause.start] + _blank(text[clause.start:first]) + shown[first:last]
                     + _blank(text[last:clause.end]) + shown[clause.end:])
    return shown if shown != text and shown.strip() else None


def _is_narrative(told: re.Match[str], lexicon: Lexicon) -> bool:
    """Whether this tells what was done, in words and names only, so that its result is what follows."""
    said = told["told"]
    is_plain = all(_WORD.fullmatch(chunk) or _NAME.fullmatch(chunk) for chunk in said.replace(",", " ").split())
    return is_plain and (not told["result"].startswith(":") or _DONE.search(said) is not None)


def _blank(text: str) -> str:
    return "".join("\n" if char == "\n" else " " for char in text)


def _in_brackets(text: str) -> Iterator[_Clause]:
    """Yield what stands in outermost brackets with a space before them."""
    for start, end in _brackets(text):
        if start and text[start - 1].isspace():
            yield _Clause(start + 1, end - 1, start, end, True)


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    depth = opened = 0
    for at, char in enumerate(text):
        if char in _OPENING:
            opened = at if not depth else opened
            depth += 1
        elif char in _CLOSING and depth:
            depth -= 1
            if not depth:
                yield opened, at + 1


def _between_breaks(text: str) -> Iterator[_Clause]:
    """Yield what follows a comma, a dash, a full stop or the like, and what stands before a colon at the start."""
    covered = list(_brackets(text))
    breaks = [mark for mark in _BREAK.finditer(text) if not any(start < mark.start() < end for start, end in covered)]
    breaks = [mark for number, mark in enumerate(breaks) if not number or not mark[0].startswith(":")]
    if breaks and breaks[0][0].startswith(":"):
        yield _Clause(0, breaks[0].start(), 0, breaks[0].start() + 1)
    for number, mark in enumerate(breaks):
        end = breaks[number + 1].start() if number + 1 < len(breaks) else len(text)
        yield _Clause(mark.end(), end, mark.start(), end)


def remark_shape(clause: str, in_brackets: bool, lexicon: Lexicon) -> tuple[int, int] | None:
    """Return where a remark gives the shape of the answer, an empty range where it does not; None for no remark."""
    plain, kept, shapes = _without_shapes(clause, lexicon)
    plain = _HARMLESS.sub(" is ", _FACT.sub(" ", _SLOPE.sub(" ", plain)))
    words = known = names = 0
    before = ""
    for chunk in plain.split():
        chunk = chunk if chunk in ("…", "...") else chunk.strip(_STOPS)
        chunk = chunk if _NAME.fullmatch(chunk) else chunk.strip(_BRACKETS + _STOPS)
        kind = _kind(chunk, before, lexicon)
        if kind == "":
            return None
        words += kind in ("known", "word")
        known += kind == "known"
        names += kind == "name"
        before = chunk.lower()
    is_told = known > 0 or (shapes > 0 and words <= MAX_LABEL)
    is_said = is_told and names <= words and words + shapes >= (1 if in_brackets else 2)
    is_of_other = names > 0 or not all(word.lower() in IDLE for word in _WORD.findall(plain))
    return None if not is_said else (0, 0) if is_of_other else kept


def _kind(chunk: str, before: str, lexicon: Lexicon) -> str:
    """Say what a piece of a clause is: `known` word, another `word`, `name`, `none`; '' where it is no remark."""
    low = chunk.lower().replace("’", "'")
    role = read_spelling().prose.get(low)
    if not chunk:
        return "none"
    if low in CHANGING or role in CHANGING_ROLES or (role == "if" and before != "only" and low not in ("for", "per")):
        return ""
    is_word = chunk not in lexicon.kinds and chunk not in lexicon.words and chunk not in lexicon.functions
    if low in KNOWN or (role is not None and is_word) or (low in ("a", "i") and chunk not in lexicon.kinds):
        return "known"
    if is_word and _WORD.fullmatch(chunk) and len(chunk) >= MIN_UNKNOWN:
        return "word"
    return "name" if _NAME.fullmatch(chunk) and not _RAISED.search(chunk) else ""


def _without_shapes(clause: str, lexicon: Lexicon) -> tuple[str, tuple[int, int], int]:
    """Return a clause without shapes and the signs between them, the place of the one that it comes to, and a count."""
    found = [mark for pattern in (_SHAPE, _LISTED) for mark in pattern.finditer(clause)
             if all(size is None or _is_size(size, lexicon) for size in mark.groups())]
    found.sort(key=lambda mark: mark.start())
    plain = clause
    for number, mark in enumerate(found):
        end = mark.end()
        after = found[number + 1].start() if number + 1 < len(found) else end
        end = after if _BETWEEN.fullmatch(clause, end, after) else end
        plain = plain[:mark.start()] + " " * (end - mark.start()) + plain[end:]
    comes_to = len(found) == 1 or (len(found) > 1 and _RESULT.search(clause, found[-2].end(), found[-1].start()))
    return plain, found[-1].span() if comes_to else (0, 0), len(found)


def _is_size(written: str, lexicon: Lexicon) -> bool:
    return written == "1" or written.strip("|") in lexicon.sizes
