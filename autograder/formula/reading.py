"""The one entry: a text in any dialect becomes a tree, or an `Unreadable` that says where and why it did not."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.comment_signs import with_hashes
from autograder.formula.declarations import Alias, Declarations
from autograder.formula.latex.asked_index import with_asked_index, with_lowered_words
from autograder.formula.latex.boxes import without_boxed_relations
from autograder.formula.latex.changing_words import refuse_changes
from autograder.formula.latex.clauses import behind_words, with_links, without_clauses
from autograder.formula.latex.dimensions import without_shapes
from autograder.formula.latex.leads import without_lead
from autograder.formula.latex.left_transposes import with_transposes_behind
from autograder.formula.latex.letter_o import with_letters_for_zeros
from autograder.formula.latex.lexer import check_length
from autograder.formula.latex.lexicon import Lexicon, Use, build_lexicon
from autograder.formula.latex.said_meanings import refuse_mixed_meanings
from autograder.formula.latex.said_shapes import SaidShape, find_said_shapes, shapes_of_names
from autograder.formula.latex.shape_lines import without_shape_lines
from autograder.formula.latex.spoken import with_signs
from autograder.formula.latex.statements import Answer, read_answer
from autograder.formula.latex.tokens import Token, closing_position
from autograder.formula.latex.trimmings import without_trimmings
from autograder.formula.latex.typed_sums import with_lowered_bounds
from autograder.formula.latex.worded import with_signs_for_words, with_words_for_dots, with_words_for_letters
from autograder.formula.meaning.containers import refuse_containers
from autograder.formula.python.comments import says_row, shapes_said
from autograder.formula.python.reader import looks_like_python, read_program
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Chain, Node, Span

DIALECTS = ("auto", "latex", "unicode", "python")
CHOICES = ("tight", "greedy", "short")
MAX_DEFINITIONS = 8
BESIDE = ("syntax", "undeclared", "character")
"""Reasons of a refusal that may lie in another dialect, or in words beside the formula."""


class Reading(Struct, frozen=True):
    """An answer as it was read.

    tree          the formula; its last side is what is judged
    others        other honest readings of the same text; an answer on which they disagree is not marked
    also          further formulas of the same answer, given as equal: `... or in matrix form ...`
    conditions    what was said beside the formula: `w != o`
    aliases       the declared spellings that were used
    local_names   names that the student defined
    shapes        what was said about the shapes of names and of the answer
    is_row        whether a comment of a program says that the answer is a row
    """

    text: str
    dialect: str
    tree: Chain
    others: tuple[Chain, ...] = ()
    also: tuple[Chain, ...] = ()
    conditions: tuple[Node, ...] = ()
    aliases: tuple[Alias, ...] = ()
    local_names: tuple[str, ...] = ()
    shapes: tuple[SaidShape, ...] = ()
    is_row: bool = False

    @property
    def answer(self) -> Node:
        """The side that is judged."""
        return self.tree.sides[-1]


_FENCE = re.compile(r"\s*(?P<marks>`{3,}|~{3,})\w*[ \t]*\n(?P<inner>[^`~]*)(?P=marks)\s*")
"""An answer that is a block of code in Markdown."""


def read(text: str, declarations: Declarations, dialect: str = "auto") -> Reading:
    """Read an answer.

    dialect: `auto`, `latex`, `unicode` or `python`; typed mathematics in LaTeX and in Unicode has one grammar.
    Raises Unreadable, and nothing else, for every text that is not a formula of the problem.
    """
    if dialect not in DIALECTS:
        raise ValueError(f"dialect must be one of {', '.join(DIALECTS)}, not {dialect!r}")
    if not text.strip():
        raise Unreadable("There is no formula here.", Span(0, len(text)), text, "empty")
    try:
        return _read(text, declarations, dialect)
    except Unreadable as refusal:
        refusal.text = refusal.text or text
        raise
    except RecursionError:
        raise Unreadable("This formula is nested too deeply to be read.", Span(0, len(text)), text, "limit") from None


def _read(text: str, declarations: Declarations, dialect: str) -> Reading:
    lexicon = build_lexicon(declarations)
    marked = with_hashes(text, lexicon)
    if marked != text:
        try:
            return replace(_read(marked, declarations, dialect), text=text)
        except Unreadable as refusal:
            refusal.text = text
            raise
    formula = without_shape_lines(text)
    if formula != text:
        remarks = "".join(" " if kept == char else char for kept, char in zip(formula, text, strict=True))
        reading = _read(formula, declarations, dialect)
        said = shapes_of_names(remarks, lexicon)
        return replace(reading, text=text, shapes=(*reading.shapes, *said))
    refuse_changes(text, lexicon)
    refuse_mixed_meanings(text, lexicon)
    fence = _FENCE.fullmatch(text)
    if fence:
        inner = " " * fence.start("inner") + fence["inner"] + " " * (len(text) - fence.end("inner"))
        return replace(_read(inner, declarations, dialect), text=text)
    try:
        return _read_whole(text, declarations, dialect)
    except Unreadable as refusal:
        if refusal.reason not in (*BESIDE, "several"):
            raise
        signed = with_signs(text, lexicon)
        led = behind_words(text)
        for plain in (signed, without_clauses(signed, lexicon), led, without_clauses(led or "", lexicon)):
            if plain not in (None, text):
                with contextlib.suppress(Unreadable):
                    reading = _read_whole(plain, declarations, dialect)
                    remarks = "".join(" " if kept == char else char for kept, char in zip(plain, text, strict=True))
                    return replace(reading, text=text, shapes=(*reading.shapes, *shapes_of_names(remarks, lexicon)))
        raise


def _read_whole(text: str, declarations: Declarations, dialect: str) -> Reading:
    refuse_containers(text)
    if dialect == "python" or (dialect == "auto" and looks_like_python(text)):
        return _read_as(text, declarations, _read_program, _read_typed)
    # `1.0 * (x > 0)` does not look like a program, and is no mathematics either.
    return _read_as(text, declarations, _read_typed, _read_program if dialect == "auto" else None)


Reader = Callable[[str, Declarations], Reading]


def _read_as(text: str, declarations: Declarations, likely: Reader, other: Reader | None) -> Reading:
    """Read a text in the dialect that it seems to have, else in the other; what the likely one says is what counts."""
    try:
        return likely(text, declarations)
    except Unreadable as refusal:
        if other is None or refusal.reason not in BESIDE:
            raise
        try:
            return other(text, declarations)
        except Unreadable:
            raise refusal from None


def _read_program(text: str, declarations: Declarations) -> Reading:
    program = read_program(text, declarations)
    own = tuple(alias.written for alias in program.aliases if alias.local)
    return Reading(text, "python", program.chain, aliases=program.aliases, local_names=own,
                   shapes=shapes_said(text, build_lexicon(declarations)), is_row=says_row(text))


def _read_typed(text: str, declarations: Declarations) -> Reading:
    """Read typed mathematics. The end of a line says something in plain text, and between the formulas of Markdown."""
    check_length(text)
    if "\n" not in text.strip():
        return _read_lines(text, declarations, by_lines=False)
    by_lines = "\\" not in text or "$" in text
    try:
        return _read_lines(text, declarations, by_lines)
    except Unreadable as refusal:
        if refusal.reason in ("limit", "several"):
            raise
        try:
            return _read_lines(text, declarations, not by_lines)
        except Unreadable:
            raise refusal from None


def _read_lines(text: str, declarations: Declarations, by_lines: bool) -> Reading:
    local: tuple[Alias, ...] = ()
    while True:
        known = replace(declarations, aliases=(*declarations.aliases, *local)) if local else declarations
        lexicon = build_lexicon(known)
        found = _candidates(text, lexicon, by_lines)
        readings, definitions = found.answers, found.answers[0].definitions
        news = tuple(
            Alias(d.name, d.meaning, local=True) for d in definitions
            if all(d.name != alias.written for alias in known.aliases)
        )
        if not definitions:
            break
        if not news or len(local) >= MAX_DEFINITIONS:
            raise Unreadable("There are too many names of your own here; put them into the formula.",
                             Span(0, len(text)), text, "limit")
        local = _in_order((*local, *news), lexicon)
    first = readings[0]
    chains = [answer.statements[-1].chain for answer in readings]
    last = first.statements[-1]
    judged = last.chain.sides[-1].span
    also = tuple(s.chain for s, after in zip(first.statements, first.statements[1:], strict=False)
                 if after.link == "or")
    return Reading(
        text, "unicode" if "\\" not in text and not text.isascii() else "latex", last.chain,
        others=tuple(chains[1:]), also=also, conditions=last.conditions,
        aliases=tuple(dict.fromkeys(use.alias for use in found.uses)),
        local_names=tuple(dict.fromkeys(
            use.alias.written for use in found.uses if use.alias.local and _is_in(use, judged))),
        shapes=(*find_said_shapes(found.tokens, lexicon, last.chain, text), *shapes_said(text, lexicon)),
    )


def _is_in(use: Use, span: Span) -> bool:
    return span.start <= use.span.start and use.span.end <= span.end


def _in_order(aliases: Sequence[Alias], lexicon: Lexicon) -> tuple[Alias, ...]:
    """Put each name of the student's own behind those that its meaning holds; names in a circle stay unread."""
    means = {alias: _signs(alias.means, lexicon) for alias in aliases}
    written = {alias: _signs(alias.written, lexicon) for alias in aliases}
    ordered: list[Alias] = []
    waiting = list(aliases)
    while waiting:
        ready = [one for one in waiting if not any(_holds(means[one], written[other]) for other in waiting)]
        if not ready:
            break
        ordered += ready
        waiting = [alias for alias in waiting if alias not in ready]
    return (*ordered, *waiting)


def _signs(text: str, lexicon: Lexicon) -> list[str]:
    return [token.text for token in lexicon.lex(text)]


def _holds(signs: Sequence[str], piece: Sequence[str]) -> bool:
    return any(signs[at:at + len(piece)] == piece for at in range(len(signs) - len(piece) + 1))


class _Candidates(Struct, frozen=True):
    """The distinct readings of a text, the printed one first, its tokens, and the aliases that stand in it."""

    answers: list[Answer]
    tokens: list[Token]
    uses: tuple[Use, ...]


def _candidates(text: str, lexicon: Lexicon, by_lines: bool) -> _Candidates:
    tokens = with_signs_for_words(lexicon.lex(with_links(without_trimmings(text, lexicon), lexicon), by_lines), lexicon)
    tokens = with_transposes_behind(with_lowered_words(without_boxed_relations(tokens), lexicon))
    expanded, uses = lexicon.expand(without_idle_braces(tokens, lexicon))
    said = expanded = with_words_for_dots(with_words_for_letters(expanded, lexicon))
    expanded = with_letters_for_zeros(without_shapes(expanded, lexicon), lexicon)
    expanded = with_lowered_bounds(with_asked_index(expanded, lexicon), lexicon)
    printed = [token for token in expanded if not token.is_op("open", "close")]
    answers: list[Answer] = []
    refusal: Unreadable | None = None
    try:
        answers.append(read_answer(printed, lexicon, text, frozenset()))
    except Unreadable as error:
        refusal = error
    if len(printed) != len(expanded):
        try:
            answers.append(read_answer(_grouped(expanded), lexicon, text, frozenset()))
        except Unreadable as error:
            refusal = refusal or error
    led = without_lead(printed, lexicon) if refusal is not None and not answers else None
    if led is not None:
        with contextlib.suppress(Unreadable):
            answers.append(read_answer(led, lexicon, text, frozenset()))
    if not answers:
        assert refusal is not None
        raise refusal
    if answers[0].definitions:
        return _Candidates(answers[:1], said, uses)
    for choice in CHOICES:
        if choice in answers[0].doubts:
            answers += _other_choice(printed, lexicon, text, choice)
    return _Candidates(_distinct(answers), said, uses)


def _other_choice(tokens: Sequence[Token], lexicon: Lexicon, text: str, choice: str) -> list[Answer]:
    try:
        return [read_answer(tokens, lexicon, text, frozenset((choice,)))]
    except Unreadable:
        return []


def _distinct(answers: Sequence[Answer]) -> list[Answer]:
    kept: list[Answer] = []
    for answer in answers:
        judged = answer.statements[-1].chain.sides
        if all(judged != other.statements[-1].chain.sides for other in kept):
            kept.append(answer)
    return kept


def _grouped(tokens: Sequence[Token]) -> list[Token]:
    """Let braces that only group count as parentheses."""
    signs = {"open": "(", "close": ")"}
    return [Token("op", signs[t.text], t.span, spaced=t.spaced) if t.is_op("open", "close") else t for t in tokens]


def without_idle_braces(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Drop braces around a single name or number, unless they hold the argument of a function."""
    idle: set[int] = set()
    for position, token in enumerate(tokens):
        if not token.is_op("open"):
            continue
        close = closing_position(tokens, position)
        if close is None:
            continue
        before = tokens[position - 1] if position else None
        after_function = before is not None and before.kind == "name" and before.text in lexicon.functions
        if not after_function and _is_unit(tokens[position + 1:close]):
            idle |= {position, close}
    return [token for position, token in enumerate(tokens) if position not in idle]


def _is_unit(tokens: Sequence[Token]) -> bool:
    tokens = [token for token in tokens if not token.is_op("open", "close")]
    if not tokens:
        return True
    position = 1
    if tokens[0].is_op("hat", "bar", "tilde", "dot"):
        position = (closing_position(tokens, 1) or len(tokens)) + 1
    elif tokens[0].kind not in ("name", "number"):
        return False
    while position < len(tokens) and tokens[position].is_op("_", "^", "'"):
        if tokens[position].is_op("'"):
            position += 1
        else:
            position = (closing_position(tokens, position + 1) or len(tokens)) + 1
    return position >= len(tokens)
