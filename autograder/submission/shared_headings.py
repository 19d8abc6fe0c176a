r"""Several parts below one heading: `## (g)` over three gradients, `### Negative sampling`, a table of answers.

Each formula goes to the part that asks for it, by the variable on its left side: `\frac{\partial J}{\partial u_k}`
to the one that asks for the gradient with respect to u_k. What is not told apart so goes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from autograder.spec.written import FormulaPart, ProsePart, WrittenFields
from autograder.submission.line_labels import Line
from autograder.submission.part_names import PartKey
from autograder.submission.places import Place
from autograder.submission.sections import Section
from autograder.submission.snippets import find_snippets, looks_like_prose

_ROW = re.compile(r"\\\\(?:\[[^\]\n]{0,20}\])?|\n\s*\n")
_FONT = re.compile(r"\\(?:math(?:bf|rm|it|sf|bb)|bold(?:symbol)?|bm|pmb|vec|text|operatorname)(?![A-Za-z])")
_MARKS = re.compile(r"\\(?:left|right|[,;!: ])|[\s{}&$\\]")
_LEFT = re.compile(
    r"\\[dt]?frac\s*\{[^=]{0,200}?\}\s*\{\s*(?:\\partial|\\mathrm\s*\{\s*d\s*\}|\\delta|d)\s*(?P<frac>[^=]{1,40}?)\}\s*(?:$|[=(&J\\])"
    r"|(?:\\nabla|∇)\s*_\s*(?P<nabla>\{[^=]{1,40}?\}|\\?\w+?)\s*(?:J|L|\\|=|&|$|\()"
    r"|/\s*(?:\\partial|∂|d)\s*(?P<slash>[^=:(]{1,40}?)\s*(?:[=:&(]|$)"
)
_CASES = re.compile(r"\\neq?(?![a-z])|≠|!=|\b(?:other|otherwise|else|case)", re.IGNORECASE)
"""What tells cases of one gradient from gradients of several parts."""
_WORDS = re.compile(r"[^\W\d_]{3,}")
_MIN_WORDS = 4


class _Formula(Struct, frozen=True):
    """A formula in a section that names what it is the derivative with respect to."""

    variable: str
    text: str
    offset: int


def share_out(section: Section, parts: Mapping[PartKey, WrittenFields]) -> Iterator[Section]:
    """Yield a section for each part among those that a heading stands for; words go to the parts in prose."""
    waiting = {key: _asked(parts[key], key) for key in section.among if isinstance(parts.get(key), FormulaPart)}
    formulas = list(_formulas(section.text))
    for formula in formulas:
        key = next((key for key, asked in waiting.items() if formula.variable in asked), None)
        if key is None:
            alike = [key for key, asked in waiting.items() if any(name[0] == formula.variable[0] for name in asked)]
            told = {name for key in section.among if isinstance(parts.get(key), FormulaPart)
                    for name in _asked(parts[key], key)}
            key = alike[0] if len(alike) == 1 and formula.variable not in told else None
        if key is not None:
            waiting.pop(key)
            yield _cut(section, key, formula.text, formula.offset)
    said = _without_formulas(section.text)
    if len(_WORDS.findall(said)) >= _MIN_WORDS:
        for key in section.among:
            if isinstance(parts.get(key), ProsePart):
                yield _cut(section, key, said.strip(), 0)


def only_asked(section: Section, parts: Mapping[PartKey, WrittenFields]) -> Section:
    """Return of a section that gives the gradients of several parts the one that its heading asks for."""
    part = parts[section.key]
    if not isinstance(part, FormulaPart) or part.gradient is None or _CASES.search(section.text):
        return section
    asked = _asked(part, section.key)
    near = {key: other for key, other in parts.items() if key.problem == section.key.problem}
    siblings = frozenset(name for key, other in near.items() if isinstance(other, FormulaPart) and other.gradient
                         for name in _asked(other, key))
    formulas = list(_formulas(section.text))
    own = [formula for formula in formulas if formula.variable in asked]
    others = [formula for formula in formulas if formula.variable in siblings - asked]
    return _cut(section, section.key, own[0].text, own[0].offset) if len(own) == 1 and others else section


def _asked(part: WrittenFields, key: PartKey) -> frozenset[str]:
    """Return how the variable of a part is spelled: as its gradient says, else as the end of its name does."""
    gradient = part.gradient if isinstance(part, FormulaPart) else None
    wrt = _squeezed(gradient.wrt) if gradient is not None else ""
    last = key.part.rpartition("_")[2]
    return frozenset(name for name in (wrt, last) if name)


def _squeezed(text: str) -> str:
    """Return a name without fonts, braces and signs of subscripts: `uk` for `\\mathbf{u}_{k}`."""
    text = re.sub(r"\^[\[(](\w)[\])]", r"\1", _MARKS.sub("", _FONT.sub("", text)))
    return re.sub(r"[_\[\]]", "", re.sub(r"[\^(].*", "", text))


def _formulas(text: str) -> Iterator[_Formula]:
    """Yield the formulas of a section with the variable on their left side, each with the rows that go on with it."""
    snippets = find_snippets(text)
    pieces = [(snippet.offset, snippet.text) for snippet in snippets] or [(0, text)]
    for start, body in pieces:
        current: _Formula | None = None
        for offset, row in _rows(body):
            variable = _variable(row)
            if variable:
                if current is not None:
                    yield current
                current = _Formula(variable, row.strip(), start + offset)
            elif current is not None and row.strip():
                joint = " \\\\ " if "\\" in body else "\n"
                current = _Formula(current.variable, f"{current.text}{joint}{row.strip()}", current.offset)
        if current is not None:
            yield current


def _rows(body: str) -> Iterator[tuple[int, str]]:
    body = re.sub(r"\\(?:begin|end)\s*\{[a-z]+\*?\}", lambda match: " " * len(match[0]), body)
    breaks = _ROW if "\\" in body else re.compile(r"\n")
    start = 0
    for match in breaks.finditer(body):
        yield start, body[start:match.start()]
        start = match.end()
    yield start, body[start:]


def _variable(row: str) -> str:
    left, sign, _ = row.partition("=")
    if not sign:
        left, sign, _ = row.partition(":")
    match = _LEFT.search(left + "=") if sign else None
    return _squeezed(next(found for found in match.groups() if found)) if match else ""


def _without_formulas(text: str) -> str:
    for snippet in find_snippets(text):
        text = text.replace(snippet.text, " " * len(snippet.text), 1)
    return "\n".join(line for line in text.replace("$", " ").split("\n") if looks_like_prose(line))


def _cut(section: Section, key: PartKey, text: str, offset: int) -> Section:
    place = section.place(offset)
    lines: Sequence[str] = text.split("\n")
    return Section(key, place, tuple(Line(line, Place(place.file, place.line + number, place.column, place.cell))
                                     for number, line in enumerate(lines)))
