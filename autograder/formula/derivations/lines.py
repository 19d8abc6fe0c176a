r"""The lines of a derivation: where displays and lines break, and what is prose between them.

Only the text is looked at, nothing is read: a side that cannot be read must not take the others with it. What says
nothing (`$`, `&`, `\begin{aligned}`, the number of a line) is blanked in place, so that offsets stay those of the text
as typed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.latex.spelling import read_spelling
from autograder.formula.tree import Span

EQUALS = frozenset((
    "=", ":=", "==", "≡", "≔", "≜", "≈", "\\equiv", "\\coloneqq", "\\triangleq", "\\doteq", "\\approx", "\\simeq",
))  # fmt: skip
CONCLUSIONS = frozenset((
    "=>", "⇒", "⟹", "∴", "⇔", "\\Rightarrow", "\\implies", "\\therefore", "\\iff", "\\Longrightarrow",
    "\\Leftrightarrow", "\\hence",
))  # fmt: skip

PIECE = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}|\\[A-Za-z]+\*?|\\.|:=|==|=>|->|.", re.DOTALL)
"""One sign: a command, an environment's mark, a relation or a character."""
_SPACE = r"\s|~|\\[,;:!> ]|\\(?:q?quad|nonumber|notag)(?![A-Za-z])|\\[hv]space\*?\s*\{[^{}]*\}"
SPACES = re.compile(f"(?:{_SPACE})+")
_TRAILING_SPACE = re.compile(rf"(?:{_SPACE}|(?<!\\)\\)$")

MAX_BOX = 600
"""How long prose inside of math may be."""
MAX_BRACES = 40
LOOK_AROUND = 120
"""How many characters around a place may decide what it is: no text makes the search for it long."""

TEXT_BOX = re.compile(r"\\(?:text|mbox|textrm|textit|textbf|textnormal|intertext|shortintertext)\s*\{")
"""The start of prose inside of math, up to its brace."""

_DISPLAYS = r"(?:align|equation|gather|multline|eqnarray|flalign|alignat|displaymath|math)\*?"
_COLUMNS = r"(?:(?<=at\})\s*\{\d+\})?"
_DELIMITERS = re.compile(
    r"\\\\|\\\$|\$\$|\$|\\[\[\]()]|```[A-Za-z]*"
    r"|\\begin\s*\{" + _DISPLAYS + r"\}" + _COLUMNS + r"|\\end\s*\{" + _DISPLAYS + r"\}"
)
_TRANSPARENT = re.compile(
    r"\\(?:begin|end)\s*\{(?:" + _DISPLAYS + r"|aligned|alignedat|split|gathered|multlined|center)\}"
    r"(?:\s*\[[tcb]\])?" + _COLUMNS
)
_ARRAY = re.compile(r"\\begin\{array\}\s*\{[^{}]{0,40}\}")
_END_OF_ARRAY = "\\end{array}"
_ALIGNED_EQUALS = re.compile(r"&\s*=|=\s*&")
_BLANK_BRACE = re.compile(r"\\(?:under|over)brace\s*\{\s*\\hspace\*?\s*\{[^{}]*\}\s*\}\s*[_^]\s*")
_WRAPPER = re.compile(r"\\(?:displaylines|boxed|fbox|framebox)\s*\{")
_ROW_BREAK = re.compile(r"\\\\\*?(?:\s*\[-?[\d.]+\s*[a-z]+\])?|\\newline(?![A-Za-z])|\\cr(?![A-Za-z])")
_NUMBERING = re.compile(
    r"(?:\\(?:text|mbox|textbf|mathrm)\s*\{\s*(?:\(?(?:[a-h]|[ivx]{1,4}|\d{1,2})[.):]\s*)+\}"
    r"|(?:[a-h]|[ivx]{1,4}|\d{1,2})\)(?=\s|\\|$)"
    r"|\((?:[a-h]|[ivx]{1,4}|\d{1,2})\)(?=\s*(?:\\q?quad|[A-Z]|$))"
    r"|\d{1,2}\.(?=\s+\D)"
    r"|[*•](?=\s)"
    r"|(?:[Ss]tep|[Ll]ine)\s*\d{1,2}\s*[.:)]?)"
)
_TRAILING_NUMBER = re.compile(r"(?:\\q?quad|\s\s|\t|\\hfill)\s*(?:\(\d{1,2}\)|\[\d{1,2}\])\s*$")
END_OF_PROOF = re.compile(r"(?:\\text\s*\{\s*)?\bQ\.?\s*E\.?\s*D\b\.?(?:\s*\})?\s*$")
_LEADING_WORD = re.compile(r"(?:\\(?:text|mbox|textrm|textit|textbf)\s*\{\s*)?([A-Za-z]{2,})\b\s*[,:]?\s*\}?")
_WORD = re.compile(r"[A-Za-z]{2,}")
_COMMENT = re.compile(r"(?<=\S)[ \t]+#[ \t].*$", re.MULTILINE)
"""What stands behind a line of a program."""


class Line(Struct, frozen=True):
    """A stretch of blanked text and where it stands.

    breaks  whether a display or an empty line begins here, which no formula runs across
    indent  whether an alignment mark or a space stands before it
    remark  whether it is only spoken of: `where $z = u^\\top v$`
    """

    text: str
    span: Span
    breaks: bool = False
    indent: bool = False
    remark: bool = False

    def part(self, start: int, end: int) -> Line:
        """Return text[start:end] without the white space and spacing commands around it."""
        leading = SPACES.match(self.text, start, end)
        first = leading.end() if leading else start
        last = end
        while last > first:
            trailing = _TRAILING_SPACE.search(self.text[max(first, last - LOOK_AROUND):last])
            if trailing is None:
                break
            last -= len(trailing[0])
        return Line(self.text[first:last], Span(self.span.start + first, self.span.start + last))


def find_lines(text: str) -> tuple[str, tuple[Line, ...]]:
    """Return the text with everything blanked that is not formula, and its lines; prose is left out."""
    shown = [" "] * len(text)
    lines: list[Line] = []
    text = _without_inner_dollars(text)
    for zone in _zones(text):
        blanked = _blanked(text[zone.start:zone.end])
        if zone.is_bare and "\\" not in text:
            blanked = _COMMENT.sub(lambda comment: " " * len(comment[0]), blanked)
        for number, line in enumerate(_broken(blanked, zone.start, zone.is_bare)):
            if zone.is_bare and is_prose(line.text):
                continue
            line = _without_numbering(line)
            if line.text.strip():
                shown[line.span.start:line.span.end] = line.text
                lines.append(replace(line, breaks=line.breaks or number == 0, remark=zone.is_mention))
    if all(line.remark for line in lines):
        # `By definition of one-hot, $a = b = c$`: nothing else can be the chain.
        lines = [replace(line, remark=sum(line.text.count(sign) for sign in ("=", "≡")) < 2) for line in lines]
    return "".join(shown), tuple(lines)


# Zones: the math of a document


class _Zone(Struct, frozen=True):
    """A piece of math: bare text without delimiters, or math in running text that is only spoken of."""

    start: int
    end: int
    is_bare: bool = False
    is_mention: bool = False


def _zones(text: str) -> Iterator[_Zone]:
    # A line break and a dollar sign that is meant as such are matched to be passed over.
    marks = [mark for mark in _DELIMITERS.finditer(text) if mark[0] not in ("\\\\", "\\$")]
    if not marks:
        yield _Zone(0, len(text), is_bare=True)
        return
    opened: re.Match[str] | None = None
    before = 0
    for mark in marks:
        if opened is None:
            opened = mark
        elif _closes(opened[0], mark[0]):
            start, end = opened.end(), mark.start()
            if opened[0] not in ("$", "\\("):
                yield _Zone(start, end)
            elif any(sign in text[start:end] for sign in EQUALS):
                is_single = sum(text[start:end].count(sign) for sign in ("=", "≡", "\\equiv")) == 1
                yield _Zone(start, end, is_mention=_introduces_a_remark(text[before:opened.start()], is_single))
            elif not _WORD.search(text[before:opened.start()].rpartition("\n\n")[2]):
                yield _Zone(start, end)
            before, opened = mark.end(), None
    if opened is not None and text[opened.end():].strip():
        yield _Zone(opened.end(), len(text))


def _closes(opening: str, mark: str) -> bool:
    if opening.startswith("\\begin"):
        return mark.startswith("\\end")
    if opening.startswith("```"):
        return mark.startswith("```")
    return mark == {"\\[": "\\]", "\\(": "\\)"}.get(opening, opening)


def _introduces_a_remark(before: str, is_single: bool) -> bool:
    """Say whether the words before math in running text only speak of it: `where`; `let`, `iff` of one equation."""
    prose = read_spelling().prose
    roles = ("remark", "let", "if") if is_single else ("remark",)
    return any(prose.get(word.lower()) in roles for word in _WORD.findall(re.split(r"[.;:\n]", before)[-1]))


# Blanking, and breaking into lines


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _blanked(zone: str) -> str:
    for array in _ARRAY.finditer(zone):
        end = zone.find(_END_OF_ARRAY, array.end())
        if end < 0:
            break
        if "\\begin{array}" not in zone[array.end():end] and _ALIGNED_EQUALS.search(zone, array.end(), end):
            zone = _blank(_blank(zone, *array.span()), end, end + len(_END_OF_ARRAY))
    for mark in _TRANSPARENT.finditer(zone):
        zone = _blank(zone, *mark.span())
    for wrapper in itertools.islice(_WRAPPER.finditer(zone), MAX_BRACES):
        end = group_end(zone, wrapper.end() - 1, len(zone))
        if any(sign in zone[wrapper.end():end] for sign in EQUALS) and zone[end - 1] == "}":
            zone = _blank(_blank(zone, *wrapper.span()), end - 1, end)
    for brace in itertools.islice(_BLANK_BRACE.finditer(zone), MAX_BRACES):
        zone = _blank(zone, brace.start(), min(group_end(zone, brace.end()), brace.end() + LOOK_AROUND))
    return zone


def _without_inner_dollars(text: str) -> str:
    r"""Blank the `$` of math inside of prose inside of math: `\text{since $y_w = 0$}`."""
    end = 0
    for box in TEXT_BOX.finditer(text):
        if box.start() < end:
            continue
        end = group_end(text, box.end() - 1)
        text = text[:box.end()] + text[box.end():end].replace("$", " ") + text[end:]
    return text


def group_end(text: str, start: int, most: int = MAX_BOX) -> int:
    """Return where the braced group at `start` ends; one character on where there is no brace."""
    depth = 0
    for position in range(start, min(len(text), start + most)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth <= 0:
            return position + 1
    return min(len(text), start + most)


def _broken(zone: str, offset: int, is_bare: bool) -> Iterator[Line]:
    r"""Yield the lines of a zone.

    A line ends at `\\`; in source text also before a relation; in bare text, as typed in a terminal or a notebook,
    at every end of line that no bracket or operator carries over.
    """
    by_line = is_bare and "\\\\" not in zone
    is_balanced = zone.count("{") - zone.count("\\{") == zone.count("}") - zone.count("\\}")
    chars = list(zone)
    depth = first = position = 0
    breaks = indent = False

    def line(end: int) -> Line:
        return Line("".join(chars[first:end]), Span(offset + first, offset + end), breaks, indent)

    while position < len(zone):
        found = _ROW_BREAK.match(zone, position)
        if found and (depth <= 0 or (not is_balanced and leads(_window(zone, found.end()), EQUALS))):
            yield line(position)
            first = position = found.end()
            depth, breaks = 0, False
            indent = bool(re.match(r"\s*(?:&|\\q?quad)", _window(zone, position)))
            continue
        token = _piece(zone, position)
        depth += _brace_step(token)
        if token == "\n" and depth <= 0 and _ends_line(_window(zone, position + 1), by_line):
            yield line(position)
            first, depth = position + 1, 0
            breaks = bool(re.match(r"[ \t]*\n", _window(zone, first)))
            indent = bool(re.match(r"[ \t]*(?:&|\\q?quad| )", _window(zone, first)))
        elif token == "&" and depth <= 0:
            chars[position] = " "
        position += len(token)
    yield line(len(zone))


def _window(text: str, start: int) -> str:
    return text[start:start + LOOK_AROUND]


def _piece(text: str, position: int) -> str:
    found = PIECE.match(text, position)
    assert found is not None
    return found[0]


def _brace_step(token: str) -> int:
    if token == "{" or token.startswith("\\begin"):
        return 1
    if token == "}" or token.startswith("\\end"):
        return -1
    return 0


def _ends_line(rest: str, by_line: bool) -> bool:
    if leads(rest, EQUALS | CONCLUSIONS):
        return True
    return by_line and not re.match(r"\s*[{}^_)\]]", rest)


def leads(text: str, signs: frozenset[str]) -> bool:
    """Say whether a text begins with one of the signs, spaces and alignment marks apart."""
    position = 0
    while (blank := re.compile(r"&").match(text, position) or SPACES.match(text, position)) is not None:
        position = blank.end()
    return position < len(text) and _piece(text, position) in signs


# Prose and numbering


def is_prose(text: str) -> bool:
    """Say whether a line of bare text is a sentence rather than a formula."""
    spelling = read_spelling()
    text = _without_reason(text)
    plain = re.sub(r"\\[A-Za-z]+(?:\s*\{[A-Za-z -]*\})?", " ", text)
    words = re.findall(r"(?<![\w\\.({])[A-Za-z]{2,}(?![\w({.\[])", plain)
    strange = [word for word in words if word not in spelling.words and word not in spelling.whole_words]
    is_said = any(word.lower() in spelling.prose for word in strange)
    return len(strange) >= 4 or (len(strange) >= 2 and is_said and "=" not in text)


def _without_reason(text: str) -> str:
    """Return what stands before a reason where that is a chain: `... = -log(yhat_o) because y is one-hot`."""
    prose = read_spelling().prose
    reason = next((word for word in _WORD.finditer(text) if prose.get(word[0].lower()) == "remark"), None)
    return text[:reason.start()] if reason is not None and "=" in text[:reason.start()] else text


def _without_numbering(line: Line) -> Line:
    """Blank the number of a line, and words at its start that only lead on: `So`, `we get`."""
    text = line.text
    position = 0
    while True:
        blank = SPACES.match(text, position)
        position = blank.end() if blank else position
        found = _NUMBERING.match(text, position) or _leading_word(text, position)
        if found is None or found.end() >= len(text):
            break
        text = _blank(text, *found.span())
        position = found.end()
    tail = len(text.rstrip()) - 24
    proved = END_OF_PROOF.search(text, max(0, tail))
    if proved:
        text = _blank(text, *proved.span())
    trailing = _TRAILING_NUMBER.search(text, max(0, tail))
    if trailing and text[:trailing.start()].strip():
        text = _blank(text, *trailing.span())
    return replace(line, text=text)


def _leading_word(text: str, position: int) -> re.Match[str] | None:
    found = _LEADING_WORD.match(text, position)
    if found and read_spelling().prose.get(found[1].lower()) in ("so", "filler", "and"):
        return found
    return None
