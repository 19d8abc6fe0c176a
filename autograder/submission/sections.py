r"""Answers files as sections: a heading that names a part, and the lines below it.

    Markdown, notebooks   `## negsample_grad_vc`, `## (e) The gradient {#negsample_grad_vc}`, `**b)**`, `id: formula`
    LaTeX                 `\section{..}`, `\paragraph{..}`, `\item[(b)]`, `\label{id}`, a comment `% id`
    text                  the same, and `id: formula` with short ids, as `q1: s(1-s)`

Quoted lines (`>`) and comments (`<!-- -->`) repeat the question and are no part of an answer.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from autograder.submission.line_labels import BELOW_LETTERS, NO_LABELS, Heading, Line, find_labels, is_lettered
from autograder.submission.part_names import PartKey, PartNames, split_label
from autograder.submission.places import Place, Text

# A line that names a part is short, and no assignment has so many; what is beyond is part of an answer.
_MAX_HEADING_CHARACTERS = 1_000
_MAX_HEADINGS = 2_000


class Section(Struct, frozen=True):
    """The lines below a heading that names a part, or several: then `key` is the first of them, `among` holds all."""

    key: PartKey
    heading: Place
    lines: tuple[Line, ...]
    among: tuple[PartKey, ...] = ()
    title: str = ""
    is_whole: bool = False
    """Whether it holds the sections below its heading too."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def place(self, offset: int) -> Place:
        """Return where the character at `offset` of the text stands."""
        starts = [0]
        for line in self.lines[:-1]:
            starts.append(starts[-1] + len(line.text) + 1)
        number = bisect_right(starts, offset) - 1
        if not self.lines:
            return self.heading
        place = self.lines[number].place
        return Place(place.file, place.line, place.column + offset - starts[number], place.cell)


@dataclass
class Sections:
    """What was found in a file: sections, and headings that name no part."""

    found: list[Section] = field(default_factory=list)
    unknown: list[tuple[str, Place]] = field(default_factory=list)


_ATX = re.compile(r" {0,3}(?P<marks>#{1,6})(?P<space>\s*)(?P<title>[^\s#].*?)\s*#*\s*$")
_BOLD = re.compile(r"\s*(?:\*\*|__)(?P<title>[^*\n]+?)(?:\*\*|__)(?P<rest>.*)$")
_KEY = re.compile(r"\s*(?:[-*+]\s+)?[`*_\"']{0,3}(?P<title>[A-Za-z][\w/-]*)[`*_\"']{0,3}\s*(?P<sign>[:=])(?P<rest>.*)$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_QUOTE = re.compile(r" {0,3}>")
_UNDERLINE = re.compile(r"(=+|-{3,})\s*$")
_BAR = re.compile(r"\$[^$\n]*\$|`[^`\n]*`|\|")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z]+\d*(?:_[A-Za-z0-9]+)+")


def read_markdown(text: Text, names: PartNames, *, short_keys: bool = False) -> Sections:
    """Read Markdown or plain text, from a file or from the prose cells of a notebook.

    With `short_keys`, a line `q1: formula` opens a section for every id, however short.
    """
    lines = _lines(text, _COMMENT.sub(_blank, text.text))
    strict = _collect(_markdown_headings(lines, names, short_keys), names)
    if not all(is_lettered(section.title) for section in strict.found if not section.among):
        return strict
    labels = find_labels(lines, names)
    return _collect(_markdown_headings(lines, names, short_keys, labels), names) if labels else strict


def read_latex(text: Text, names: PartNames) -> Sections:
    """Read a LaTeX document."""
    begin, end = re.search(r"\\begin\s*\{document\}", text.text), re.search(r"\\end\s*\{document\}", text.text)
    lines = _lines(text)
    first = text.text.count("\n", 0, begin.end()) + 1 if begin else 0
    last = text.text.count("\n", 0, end.start()) if end else len(lines)
    strict = _collect(_latex_headings(lines[first:last], names), names)
    if not all(is_lettered(section.title) for section in strict.found if not section.among):
        return strict
    labels = find_labels(lines[first:last], names, _labels_inside(lines[first:last])[1])
    return _collect(_latex_headings(lines[first:last], names, labels), names) if labels else strict


def _blank(match: re.Match[str]) -> str:
    """Take a comment out and leave its line ends, so that lines keep their numbers."""
    return "\n" * match[0].count("\n")


def _lines(text: Text, content: str | None = None) -> list[Line]:
    content = text.text if content is None else content
    return [Line(line, text.place(number)) for number, line in enumerate(content.split("\n"), start=1)]


def _collect(headed: Iterable[tuple[Line, Heading | None]], names: PartNames) -> Sections:
    sections = Sections()
    around: list[Heading] = []
    key: PartKey | None = None
    among: tuple[PartKey, ...] = ()
    own_level = 0
    heading_place = Place("", 0)
    own_title = ""
    body: list[Line] = []
    above: _Above | None = None

    def close() -> None:
        if key is not None:
            sections.found.append(Section(key, heading_place, tuple(body), among, own_title))

    def ends_section(heading: Heading) -> bool:
        return heading.is_sure and (key is None or heading.level <= own_level)

    left = _MAX_HEADINGS
    for line, heading in headed:
        left -= heading is not None
        heading = heading if left >= 0 else None
        parents = [h.title for h in reversed(around) if heading is not None and h.level < heading.level]
        named = None if heading is None else names.find(heading.title, parents)
        group = names.group(heading.title) if heading is not None and named is None else ()
        if heading is None or (named is None and not group and not ends_section(heading)):
            body.append(line)
            if above is not None:
                above.lines.append(line)
            continue
        if above is not None and heading.level <= above.level:
            sections.found.append(above.section())
            above = None
        is_bare = key is not None and not any(below.text.strip() for below in body)
        if above is None and key is not None and is_bare and heading.level == BELOW_LETTERS:
            above = _Above(key, heading_place, own_level, own_title)
        if above is not None:
            above.lines.append(line)
        close()
        around = [h for h in around if h.level < heading.level] + [heading]
        key, own_level, heading_place = named or (group[0] if group else None), heading.level, line.place
        among, own_title = group, heading.title
        body = [Line(heading.rest, _shifted(line.place, heading.rest_column))] if heading.rest.strip() else []
        label, bare = split_label(heading.title)
        if key is None and (label or _IDENTIFIER.fullmatch(bare) or names.near(bare)):
            sections.unknown.append((label or bare, line.place))
    close()
    if above is not None:
        sections.found.append(above.section())
    sections.found = [one for one in sections.found if not one.is_whole or not _is_answered(one, sections.found)]
    return sections


def _is_answered(whole: Section, found: list[Section]) -> bool:
    """Whether one of the parts below a heading is the heading's own."""
    return any(one.key == whole.key and not one.is_whole and one.text.strip() for one in found)


@dataclass
class _Above:
    """A heading with nothing below it but other parts: what answers `(i)` and `(ii)` answers the `(c)` above too."""

    key: PartKey
    heading: Place
    level: int
    title: str
    lines: list[Line] = field(default_factory=list)

    def section(self) -> Section:
        return Section(self.key, self.heading, tuple(self.lines), title=self.title, is_whole=True)


def _shifted(place: Place, column: int) -> Place:
    return Place(place.file, place.line, column, place.cell)


def _markdown_headings(
    lines: list[Line], names: PartNames, short_keys: bool, labels: Mapping[int, Heading] = NO_LABELS
) -> Iterator[tuple[Line, Heading | None]]:
    fence = ""
    underlined = False
    for number, line in enumerate(lines):
        mark = _FENCE.match(line.text)
        if fence or mark:
            if not fence:
                fence = mark[1] if mark else ""
            elif mark and mark[1].startswith(fence):
                fence = ""
            yield line, None
            continue
        below = lines[number + 1].text if number + 1 < len(lines) else ""
        is_bare = underlined or _QUOTE.match(line.text) is not None
        heading = None if is_bare else labels.get(number) or _markdown_heading(line.text, below, names, short_keys)
        yield (Line("", line.place) if is_bare else line), heading
        is_atx = _ATX.match(line.text[:_MAX_HEADING_CHARACTERS]) is not None
        underlined = heading is not None and not is_atx and _UNDERLINE.match(below) is not None


def _markdown_heading(line: str, below: str, names: PartNames, short_keys: bool) -> Heading | None:
    if len(line) > _MAX_HEADING_CHARACTERS:
        return _key_heading(line, names, short_keys)
    atx = _ATX.match(line)
    if atx:
        return Heading(atx["title"], len(atx["marks"]), is_sure=bool(atx["space"]))
    if _UNDERLINE.match(below) and names.find(line.strip()) is not None:
        return Heading(line.strip(), 1 if below.startswith("=") else 2, is_sure=False)
    if (row := _row_heading(line, names)) is not None:
        return row
    if line.rstrip().endswith(":") and names.titled(line):
        return Heading(line.strip(" :"), 8, False)
    bold = _BOLD.match(line)
    if bold and (names.find(bold["title"]) is not None or names.group(bold["title"])):
        return Heading(bold["title"], 7, False, bold["rest"].lstrip(" :"), bold.start("rest") + 1)
    return _key_heading(line, names, short_keys)


def _row_heading(line: str, names: PartNames) -> Heading | None:
    """Return the heading that the first cell of a table's row is: `| (b) | $U(\\hat y - y)$ |`."""
    if not line.lstrip().startswith("|"):
        return None
    bars = [match.start() for match in _BAR.finditer(line) if match[0] == "|"]
    cells = [(start + 1, line[start + 1 : end]) for start, end in zip(bars, [*bars[1:], len(line)], strict=True)]
    cells = [(start, cell) for start, cell in cells if cell.strip()]
    if len(cells) < 2 or names.find(cells[0][1].strip()) is None:
        return None
    return Heading(cells[0][1].strip(), 8, False, cells[-1][1].strip(), cells[-1][0] + 1)


def _key_heading(line: str, names: PartNames, short_keys: bool) -> Heading | None:
    """Return the heading `id: ...` of a line; a short id counts only where every line is written so."""
    match = _KEY.match(line)
    if match is None:
        return None
    title = match["title"]
    ends_so = names.ending(title) if short_keys else ""
    if ends_so:
        return Heading(ends_so, 8, False, match["rest"], match.start("rest") + 1)
    if names.exact(title) is not None and (short_keys or len(title) > 2):
        return Heading(title, 8, False, match["rest"], match.start("rest") + 1)
    if short_keys and match["sign"] == ":" and (any(c in "_0123456789" for c in title) or names.near(title)):
        return Heading(title, 8)  # an id that there is not: said, and kept out of the answer above
    return None


_COMMAND = re.compile(
    r"\\(?P<command>part|chapter|section|subsection|subsubsection|paragraph|subparagraph|question|item|problem|textbf|underline)\*?"
    r"\s*(?:\[(?P<option>[^\]\n]{0,400})\])?\s*(?:\{(?P<title>(?:[^{}\n]|\{[^{}\n]*\})*)\})?"
)
_LABEL = re.compile(r"\\label\s*\{(?:[a-z]{1,4}:)?(?P<label>[\w/-]+)\}")
# These stand in running text too, and are headings only where they name a part.
_UNSURE = frozenset({"item", "textbf", "underline"})
_COMMAND_OR_LABEL = re.compile(f"{_COMMAND.pattern}|{_LABEL.pattern}")
_COMMANDS = ("part", "chapter", "section", "subsection", "subsubsection", "question", "problem", "paragraph",
             "subparagraph", "item", "textbf", "underline")
_LEVELS = {name: level for level, name in enumerate(_COMMANDS)}
_BEGIN = re.compile(r"\\begin\s*\{(?!document|enumerate|itemize|description|center)")
_END = re.compile(r"\\end\s*\{(?!document|enumerate|itemize|description|center)")


def _latex_headings(
    lines: list[Line], names: PartNames, letters: Mapping[int, Heading] = NO_LABELS
) -> Iterator[tuple[Line, Heading | None]]:
    labels, inside = _labels_inside(lines)
    for number, line in enumerate(lines):
        if number in letters:
            yield line, letters[number]
            continue
        for label in labels.get(number, ()):
            yield Line("", line.place), Heading(f"{{#{label}}}", 11, is_sure=False)
        code, comment = _split_comment(line.text)
        title = comment.strip(" %")
        if title and not code.strip() and names.find(title) is not None:
            yield line, Heading(title, 10, is_sure=False)
            continue
        position = 0
        for match in _COMMAND_OR_LABEL.finditer(code):
            heading = _command_heading(match)
            if heading is None or (match["label"] and number in inside):
                continue
            yield Line(code[position : match.start()], _shifted(line.place, position + 1)), None
            yield Line(match[0], _shifted(line.place, match.start() + 1)), heading
            position = match.end()
        yield Line(code[position:], _shifted(line.place, position + 1)), None


def _command_heading(match: re.Match[str]) -> Heading | None:
    if match["label"]:
        return Heading(f"{{#{match['label']}}}", 11, is_sure=False)
    title = match["title"] if match["title"] is not None else match["option"]
    if title is None:
        return None
    return Heading(_strip_commands(title), _LEVELS[match["command"]], is_sure=match["command"] not in _UNSURE)


def _labels_inside(lines: list[Line]) -> tuple[dict[int, list[str]], set[int]]:
    """Return the labels inside environments by the line on which these begin, and all lines that are inside one."""
    labels: dict[int, list[str]] = {}
    inside: set[int] = set()
    opened = depth = 0
    for number, line in enumerate(lines):
        code = _split_comment(line.text)[0]
        begins = len(_BEGIN.findall(code))
        if depth == 0 and begins:
            opened = number
        if depth or begins:
            inside.add(number)
            labels.setdefault(opened, []).extend(match["label"] for match in _LABEL.finditer(code))
        depth = max(0, depth + begins - len(_END.findall(code)))
    return labels, inside


def _strip_commands(title: str) -> str:
    return re.sub(r"\\[A-Za-z]+\s*", "", title).replace("{", "").replace("}", "").replace("$", "")


def _split_comment(line: str) -> tuple[str, str]:
    """Split a line of LaTeX at the first percent sign that is not escaped."""
    match = re.match(r"(?:[^%\\]|\\.)*", line)
    end = match.end() if match else 0
    return line[:end], line[end:]
