"""A submission's written answers: part -> what was written for it, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path, PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.declarations import Alias
from autograder.spec.model import Assignment
from autograder.spec.written import ChoicePart, DerivationPart, NumberPart, ProsePart, WrittenFields
from autograder.submission.code import copy_number
from autograder.submission.line_labels import Line
from autograder.submission.macros import Macro, expand, find_macros
from autograder.submission.part_names import PartKey, PartNames, written_parts
from autograder.submission.places import Place, Text, decode
from autograder.submission.reading import WRITING, Submission, quote, suffix
from autograder.submission.sections import Section, Sections, read_latex, read_markdown
from autograder.submission.shared_headings import only_asked, share_out
from autograder.submission.snippets import choose, choose_number, find_snippets

_ORDER = (".md", ".markdown", ".tex", ".txt", ".yaml", ".yml", ".ipynb")
_UNREADABLE = frozenset({".pdf", ".docx", ".doc", ".odt", ".rtf", ".pages", ".png", ".jpg", ".jpeg", ".heic", ".html"})
_NO_ANSWERS = frozenset({"readme", "requirements", "license", "changelog", "notes", "todo"})
_MAX_FORMULA_CHARACTERS = 30_000
# Written work is short; what makes a file long are pictures and data, and neither is read.
_MAX_FILES = 10
_MAX_TEXT_CHARACTERS = 600_000
_MAX_LINES = 20_000
_MAX_NOTES = 40
_MAX_LINE_CHARACTERS = _MAX_FORMULA_CHARACTERS + 1_000
_MAX_YAML_CHARACTERS = 60_000
_PICTURE = re.compile(r"data:[\w/+.;=-]{0,200},[A-Za-z0-9+/=%_-]+")


class Piece(Struct, frozen=True):
    """A formula in the text below a heading, and the words between it and its neighbours."""

    text: str
    place: Place
    is_display: bool
    dialect: str
    ahead: str
    behind: str


class Answer(Struct, frozen=True):
    """What a student wrote for one part.

    text     what is judged: the formula, the lines of a derivation, or all of the prose
    lines    all formulas of the answer one by one, those before the judged one included
    dialect  `latex` or `python` where the file says so, else ''
    written  everything below the heading, as typed
    doubt    why no formula could be chosen, as a sentence; then text is ''
    note     which of several formulas was chosen
    names    spellings that the answer brings with it, as a row of a table does
    whole    everything below the heading with the student's own commands written out, where text is only a piece of it
    pieces   every formula in it, likewise
    """

    text: str
    place: Place
    lines: tuple[str, ...] = ()
    dialect: str = ""
    written: str = ""
    doubt: str = ""
    note: str = ""
    names: tuple[Alias, ...] = ()
    whole: str = ""
    pieces: tuple[Piece, ...] = ()

    def as_whole(self, note: str) -> Answer:
        """Return the answer with all that stands below its heading as what is judged."""
        return replace(self, text=self.whole, note=note, doubt="", dialect="", whole="", pieces=())


class Answers(Struct, frozen=True):
    """All answers of a submission, by part."""

    by_part: Mapping[PartKey, Answer]
    notes: tuple[str, ...] = ()

    def get(self, problem: str, part: str) -> Answer | None:
        return self.by_part.get(PartKey(problem, part))


def read_answers(submission: Submission, assignment: Assignment) -> Answers:
    """Find the written answers of a submission.

    A fault in one answer stays with that answer; a file that cannot be read at all becomes a note.
    """
    parts = {PartKey(problem.id, part.id): part for problem, part in written_parts(assignment)}
    if not parts:
        return Answers({})
    names = PartNames(assignment)
    notes: list[str] = []
    by_part: dict[PartKey, Answer] = {}
    main = assignment.head.answers
    paths = list(_answer_files(submission, main, names))
    for path in paths[:_MAX_FILES]:
        read = _read_file(path, submission, names)
        notes += read.notes
        in_file: dict[PartKey, Section] = {}
        sections = read.sections.found
        shared = [part for section in sections if section.among for part in share_out(section, parts)]
        own = {section.key for section in sections if not section.among and section.text.strip()}
        for section in [*(s for s in shared if s.key not in own), *(s for s in sections if not s.among)]:
            if section.text.strip():
                earlier = in_file.get(section.key)
                if earlier is not None:
                    notes.append(f"`{section.key.part}` is answered twice ({earlier.heading} and {section.heading}); "
                                 "the last one counts.")
                in_file[section.key] = only_asked(section, parts)
        notes += [_say_unknown(name, place, names) for name, place in read.sections.unknown[:_MAX_NOTES]]
        for key, section in in_file.items():
            if key not in by_part:
                by_part[key] = _compose(section, parts[key], read.macros, suffix(path) in (".yaml", ".yml"))
            elif _squeeze(by_part[key].written) != _squeeze(section.text):
                notes.append(f"`{key.part}` is answered in {quote(by_part[key].place.file)} and in {quote(path)}; "
                             f"{quote(by_part[key].place.file)} counts.")
    notes = list(dict.fromkeys(notes))[:_MAX_NOTES]
    if len(paths) > _MAX_FILES:
        notes.append(f"Answers were looked for in {_MAX_FILES} files; {len(paths) - _MAX_FILES} more were not read.")
    notes += _say_nothing_found(submission, main) if not by_part else []
    return Answers(by_part, tuple(notes))


class _Read(Struct, frozen=True):
    sections: Sections
    macros: Mapping[str, Macro]
    notes: tuple[str, ...] = ()


def _answer_files(submission: Submission, main: str, names: PartNames) -> Iterator[str]:
    """Yield the files that hold answers: by name, then notebooks; where no name fits, any text that has a heading."""
    stem = PurePosixPath(main).stem
    texts = [path for path in submission.files if suffix(path) in WRITING and _is_answers(path, stem)]
    if not texts:
        texts = [path for path in submission.files
                 if suffix(path) in WRITING and PurePosixPath(path).stem.casefold() not in _NO_ANSWERS
                 and path.count("/") <= 1 and _read_file(path, submission, names).sections.found]
    notebooks = list(submission.notebooks)

    def rank(path: str) -> tuple[bool, int, bool, int, str]:
        copy = copy_number(path, stem) or 0
        return path in notebooks, path.count("/"), path != main, 10 * _ORDER.index(suffix(path)) - copy, path

    yield from sorted([*texts, *notebooks], key=rank)


def _is_answers(path: str, stem: str) -> bool:
    return copy_number(path, stem) is not None


def _read_file(path: str, submission: Submission, names: PartNames) -> _Read:
    if path in submission.notebooks:
        written = submission.notebooks[path].writing()
        content, cut = _shorten(path, written.text)
        text = replace(written, text=content)
        return _Read(read_markdown(text, names), find_macros(content), cut)
    try:
        content, encoding = decode(submission.files[path])
    except ValueError:
        kind = "a PDF" if submission.files[path].startswith(b"%PDF") else "no text"
        return _Read(Sections(), {}, (f"{quote(path)} is {kind}, so no answer in it could be read. Write the answers "
                                      "as text: a heading for each part, the formula below it.",))
    notes: tuple[str, ...] = ()
    if encoding:
        notes = (f"{quote(path)} is not UTF-8; it was read as {encoding}. Save it as UTF-8.",)
    content, cut = _shorten(path, content)
    notes = (*notes, *cut)
    text = Text(path, content)
    kind = suffix(path)
    if kind in (".yaml", ".yml"):
        return _read_yaml(text, names, notes)
    if kind == ".tex":
        return _Read(read_latex(text, names), find_macros(content), notes)
    return _Read(read_markdown(text, names, short_keys=kind == ".txt"), find_macros(content), notes)


def _shorten(path: str, content: str) -> tuple[str, tuple[str, ...]]:
    """Return text without pictures that are written into it, cut where it is longer than anybody's answers."""
    lines = [line[:_MAX_LINE_CHARACTERS] for line in _PICTURE.sub("", content).split("\n")]
    lengths = accumulate(len(line) + 1 for line in lines[:_MAX_LINES])
    kept = sum(length <= _MAX_TEXT_CHARACTERS for length in lengths)
    if kept == len(lines):
        return "\n".join(lines), ()
    return "\n".join(lines[:kept]), (
        f"{quote(path)} was read to its line {kept:,} only: it is too long. Hand in the answers alone.",)


def _read_yaml(text: Text, names: PartNames, notes: tuple[str, ...]) -> _Read:
    """Read `id: formula` as YAML; where it is none, line by line, so that one slip costs one answer."""
    if len(text.text) > _MAX_YAML_CHARACTERS:
        saying = f"{quote(text.file)} is very long; it was read line by line. Hand in the answers alone."
        return _Read(read_markdown(text, names, short_keys=True), {}, (*notes, saying))
    from autograder.spec.positions import read_document  # and with it a reader of YAML, which few answers need

    document, faults = read_document(Path(text.file), text.text)
    if any("anchors" in fault.message or "deep" in fault.message for fault in faults):
        saying = f"{quote(text.file)} could not be read: it unfolds without end. Write each answer out."
        return _Read(Sections(), {}, (*notes, saying))
    if faults or not isinstance(document.value, dict):
        where = f" (line {faults[0].place.line})" if faults and faults[0].place.line else ""
        saying = (f"{quote(text.file)} is not correct YAML{where}; it was read line by line. "
                  "Put formulas between single quotes.")
        return _Read(read_markdown(text, names, short_keys=True), {}, (*notes, saying))
    sections = Sections()
    for name, value in _flatten(document.value):
        place = document.place(tuple(name.split("\0")))
        here = Place(text.file, place.line, place.column)
        key = next((key for sign in "/-" if (key := names.exact(name.replace("\0", sign)))), None) or names.exact(
            name.rpartition("\0")[2])
        if key is None:
            sections.unknown.append((name.rpartition("\0")[2], here))
        elif isinstance(value, (str, int, float)):
            sections.found.append(Section(key, here, tuple(Line(line, here) for line in str(value).split("\n"))))
    return _Read(sections, {}, notes)


def _flatten(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}\0")
        else:
            yield f"{prefix}{name}", value


def compose_text(text: str, part: WrittenFields) -> Answer:
    """Make the answer of what a student wrote for a part, as if it stood below the part's heading."""
    here = Place("answer", 1)
    lines = tuple(Line(line, Place(here.file, number)) for number, line in enumerate(text.split("\n"), 1))
    section = Section(PartKey("", part.id), here, lines)
    return _compose(section, part, find_macros(text), is_bare=False)


def _compose(section: Section, part: WrittenFields, macros: Mapping[str, Macro], is_bare: bool) -> Answer:
    """Make the answer of a section, by the kind of its part; `is_bare` says that all of it is the answer."""
    section = _without_comments(section)
    written = section.text.strip()
    lead = len(section.text) - len(section.text.lstrip())
    if isinstance(part, (ProsePart, ChoicePart)):
        return Answer(written, section.place(lead), (written,), written=written)
    if len(written) > _MAX_FORMULA_CHARACTERS:
        return Answer("", section.place(lead), written=written[:_MAX_FORMULA_CHARACTERS],
                      doubt=f"This answer has more than {_MAX_FORMULA_CHARACTERS:,} characters. Give the result alone.")
    if isinstance(part, NumberPart):
        choice = choose_number(section.text)
    else:
        choice = choose(section.text, whole=isinstance(part, DerivationPart))
    judged = [expand(snippet.text.strip(), macros) for snippet in choice.snippets]
    whole = expand(written, macros)
    is_all = whole.strip("$ \n") == "\n".join(judged)
    pieces = () if is_all else tuple(_pieces(section, macros))
    whole = "" if is_all else whole
    if not choice.snippets:
        return Answer("", section.place(lead), written=written, doubt=choice.doubt, whole=whole, pieces=pieces)
    before = [expand(snippet.text.strip(), macros) for snippet in choice.before]
    first = choice.snippets[0]
    dialect = first.dialect if not is_bare else ""
    return Answer("\n".join(judged), section.place(first.offset), (*before, *judged), dialect, written,
                  note=choice.note, whole=whole, pieces=pieces)


def _without_comments(section: Section) -> Section:
    """Drop the lines of LaTeX that begin with `%`: nobody sees them on the page."""
    if "%" not in section.text or "\\" not in section.text:
        return section
    return replace(section, lines=tuple(
        replace(line, text="") if line.text.lstrip().startswith("%") else line for line in section.lines))


def _pieces(section: Section, macros: Mapping[str, Macro]) -> Iterator[Piece]:
    text = section.text
    found = find_snippets(text)
    ends = [0, *(snippet.offset + len(snippet.text) for snippet in found)]
    starts = [*(snippet.offset for snippet in found), len(text)]
    words = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    for snippet, ahead, behind in zip(found, words, words[1:], strict=False):
        yield Piece(expand(snippet.text.strip(), macros), section.place(snippet.offset), snippet.is_display,
                    snippet.dialect, ahead, behind)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _say_unknown(name: str, place: Place, names: PartNames) -> str:
    near = names.near(name)
    advice = f"did you mean `{near}`?" if near else f"the parts are {_some(names)}."
    return f"{quote(name)} ({place}) is no part of this assignment; {advice}"


def _some(names: PartNames) -> str:
    ids = list(dict.fromkeys(key.part for key in names.ids.values()))
    return ", ".join(f"`{name}`" for name in ids[:4]) + (" and so on" if len(ids) > 4 else "")


def _say_nothing_found(submission: Submission, main: str) -> Iterator[str]:
    stem = PurePosixPath(main).stem
    other = next((path for path in submission.files
                  if suffix(path) in _UNREADABLE and (_is_answers(path, stem) or path.count("/") == 0)), None)
    if other is not None:
        yield (f"{quote(other)} cannot be read here. Write the answers as text in `{main}`: a heading for each part, "
               "the formula below it.")
    elif any(_is_answers(path, stem) for path in submission.files):
        file = main if main in submission.files else next(p for p in submission.files if _is_answers(p, stem))
        yield (f"No answer was found in {quote(file)}: each of them belongs below a heading with the name of its "
               "part, as in the handout.")
    elif not any(_is_answers(path, stem) for path in submission.left_out):
        yield f"No written answers were found. Write them in `{main}`: a heading for each part, the formula below it."
