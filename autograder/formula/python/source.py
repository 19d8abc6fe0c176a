"""Python text made ready for Python's own parser, with every place traced back to what was typed.

A formula is not quite a program: `^` means a power, `−` a minus, `Uᵀ` a transpose, and a line that starts with `+`
goes on with the line before. These are rewritten before parsing. Nothing is ever run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Span

MAX_CHARACTERS = 2000
MAX_NODES = 600
MAX_DEPTH = 60

_REWRITTEN = {
    "^": "**", "−": "-", "–": "-", "‐": "-", "ᵀ": ".T", "⊤": ".T", "⋅": "*", "·": "*", "²": "**2", "³": "**3",
    "\u00a0": " ", "\u2009": " ", "\t": " ", "\r": " ", "\ufeff": " ",
}  # fmt: skip
_ELEMENTWISE = re.compile(r"\.(?=[*/^])")
"""The dot of `.*` and `.^`, which say in other languages what arrays do here anyway."""
_HEADING = re.compile(r"\s*def\s+\w+\s*\([^()]*\)\s*(?:->[^:]*)?:\s*$")
"""The first line of a function, of which the body is the answer."""
_BLOCK = re.compile(r"\s*(?:def|for|while|if|elif|else)\b.*?:(?=\s|$)")
"""What opens a block of lines, or stands before its only statement."""
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.|(?:In|Out)\s*\[\d*\]:)\s")
"""What a terminal or notebook writes before a line."""
_GOES_ON_AFTER = frozenset("+-*/@,([=")
_GOES_ON_WITH = frozenset("+-*/@,)].−–")


class Source(Struct, frozen=True, dict=True):
    """A text and the Python that it stands for; `origins[i]` is where character i of the Python was typed."""

    text: str
    python: str
    origins: tuple[int, ...]

    @cached_property
    def _lines(self) -> tuple[tuple[int, bytes], ...]:
        starts, lines = 0, []
        for line in self.python.split("\n"):
            lines.append((starts, line.encode()))
            starts += len(line) + 1
        return tuple(lines)

    def offset(self, line: int, byte_column: int) -> int:
        """Return the offset in `python` of a place that Python's parser reports: lines from 1, columns in bytes."""
        start, encoded = self._lines[min(max(line, 1), len(self._lines)) - 1]
        return start + len(encoded[: max(byte_column, 0)].decode(errors="ignore"))

    def origin(self, offset: int) -> int:
        return self.origins[min(offset, len(self.origins) - 1)]

    def range_of(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> tuple[int, int]:
        """Return where `node` stands in `python`."""
        end_line = node.lineno if node.end_lineno is None else node.end_lineno
        end_column = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> Span:
        start, end = self.range_of(node)
        return Span(self.origin(start), max(self.origin(end - 1) + 1, self.origin(start)) if end > start else end)

    def written(self, node: ast.expr | ast.stmt) -> str:
        """Return the Python text of `node`; names are not normalised, unlike those that the parser reports."""
        start, end = self.range_of(node)
        return self.python[start:end]

    def typed(self, node: ast.expr | ast.stmt) -> str:
        """Return what the student typed for `node`."""
        span = self.span(node)
        return self.text[span.start : span.end]

    def refusal(self, sentence: str, span: Span, reason: str = "syntax") -> Unreadable:
        return Unreadable(sentence, span, self.text, reason)


def prepare(text: str) -> Source:
    """Rewrite `text` to Python, a logical line on each line.

    Raises Unreadable where it is too long to be a formula.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(
            f"This answer has {len(text)} characters; a formula may have {MAX_CHARACTERS}. Give the closed form only.",
            Span(MAX_CHARACTERS, MAX_CHARACTERS + 1), text, "limit",
        )  # fmt: skip
    control = next((at for at, char in enumerate(text) if char < " " and char not in "\t\r\n"), None)
    if control is not None:
        sentence = "There is a control character here, which no formula has."
        raise Unreadable(sentence, Span(control, control + 1), text, "character")
    pieces: list[_Piece] = []
    position = 0
    codes = _codes(text)
    least = _least_indent(codes)
    for line, code in zip(text.split("\n"), codes, strict=True):
        indent = _indent(code)
        stripped = code.strip()
        goes_on = False
        if pieces and stripped:
            last = next((piece.python for piece in reversed(pieces) if piece.python != " "), "\n")
            goes_on = last[-1] in _GOES_ON_AFTER or stripped[0] in _GOES_ON_WITH
            pieces.append(_Piece(" " if goes_on else "\n", position - 1))
        if least is not None and stripped and not goes_on:
            pieces += [_Piece(" ", position + column) for column in range(least, indent)]
        for column, char in enumerate(code.rstrip()[indent:], start=position + indent):
            pieces.append(_Piece(_REWRITTEN.get(char, char), column))
        position += len(line) + 1
    _relate(pieces)
    origins = [piece.origin for piece in pieces for _ in piece.python]
    return _closed(text, "".join(piece.python for piece in pieces), origins)


def _codes(text: str) -> list[str]:
    """Return the lines without their comments, and without the heading of a function whose body is not indented."""
    lines = [_without_prompt(line) for line in text.split("\n")]
    codes = [_ELEMENTWISE.sub(" ", _without_comment(line)).replace("%*%", " @ ") for line in lines]
    for number, code in enumerate(codes):
        if _HEADING.fullmatch(code):
            below = next((line for line in codes[number + 1 :] if line.strip()), "")
            if _indent(below) <= _indent(code):
                codes[number] = " " * len(code)
    return codes


def _without_prompt(line: str) -> str:
    prompt = _PROMPT.match(line)
    return " " * prompt.end() + line[prompt.end():] if prompt else line


def _indent(code: str) -> int:
    return len(code) - len(code.lstrip())


def _least_indent(codes: Sequence[str]) -> int | None:
    """Return how far all lines are indented, where that tells blocks; None where it only says how a line was typed."""
    if not any(_BLOCK.fullmatch(code.rstrip()) for code in codes):
        return None
    return min(_indent(code) for code in codes if code.strip())


class _Piece(Struct):
    """What one character typed at `origin` stands for."""

    python: str
    origin: int


def _relate(pieces: list[_Piece]) -> None:
    """Write `=` between two formulas, which Python has no such sign for, as `==`.

    A name before the first `=` of a line is given a meaning; any other `=` outside of brackets relates two sides.
    """
    start = depth = 0
    for at, piece in enumerate(pieces):
        if piece.python == "\n" or (piece.python == ";" and not depth):
            start, depth = at + 1, 0
        depth += (piece.python in tuple("([{")) - (piece.python in tuple(")]}"))
        if piece.python != "=" or depth:
            continue
        before = _BLOCK.sub("", "".join(other.python for other in pieces[start:at]))
        after = pieces[at + 1].python if at + 1 < len(pieces) else ""
        if not before.endswith(("=", "!", "<", ">", ":")) and after != "=" and not _TARGET.fullmatch(before):
            piece.python = "=="


_TARGET = re.compile(r"\s*[^\W\d]\w*(?:\s*\[[^\]]*\])*\s*[-+*/@]?")
"""What `=` or `+=` gives a meaning to: a name or an element."""


def _without_comment(line: str) -> str:
    code = line.split("#", 1)[0].rstrip()
    return code[:-1] if code.endswith("\\") and not code.endswith("\\\\") else code


def _closed(text: str, python: str, origins: list[int]) -> Source:
    """Drop a full stop or semicolon at the very end, which closes the sentence and not the formula."""
    bare = python.rstrip()
    if bare.endswith((".", ";", ",")) and bare[:-1].rstrip()[-1:].isidentifier() | bare[:-1].endswith((")", "]")):
        bare = bare[:-1]
    return Source(text, bare, (*origins[: len(bare)], len(text)))


def parse(source: Source) -> list[ast.stmt]:
    """Return the statements of `source`, within the limits on size and depth.

    Raises Unreadable where it is not Python, or too large.
    """
    everything = Span(0, len(source.text))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful literal is a matter for our own reader
            module = ast.parse(source.python)
    except SyntaxError as error:
        raise _not_python(source, error) from None
    except (RecursionError, MemoryError):
        raise source.refusal("This is nested too deeply to be a formula.", everything, "limit") from None
    except ValueError:
        sentence = "There is a character in this answer that no formula has."
        raise source.refusal(sentence, everything, "character") from None
    _check_size(source, module)
    return module.body


def _not_python(source: Source, error: SyntaxError) -> Unreadable:
    start = _reported(source, error.lineno, error.offset)
    end = _reported(source, error.end_lineno, error.end_offset)
    known = next((ours for pythons, ours in _COMPLAINTS.items() if pythons in str(error.msg)), None)
    if known is not None:
        return source.refusal(known, Span(start, start + 1))
    if start >= len(source.text.rstrip()):
        return source.refusal("The formula stops too early: something is missing at its end.", Span(start, start))
    return source.refusal("As Python, this cannot be read from here on.", Span(start, max(start + 1, end)))


# What Python's parser says of brackets, which it knows better than any of our guesses.
_COMPLAINTS = {
    "was never closed": "This bracket is never closed.",
    "does not match": "This closing bracket does not fit the one that is open.",
    "unmatched": "This closing bracket has no partner.",
    "too many nested": "This is nested too deeply to be a formula.",
}


def _reported(source: Source, line: int | None, column: int | None) -> int:
    """Return where a place that a SyntaxError reports was typed: lines and characters from 1, unlike the tree."""
    before = sum(len(text) + 1 for text in source.python.split("\n")[: max(line or 1, 1) - 1])
    return source.origin(before + max((column or 1) - 1, 0))


def _check_size(source: Source, module: ast.Module) -> None:
    pending: list[tuple[ast.AST, int]] = [(statement, 0) for statement in module.body]
    count = 0
    while pending:
        node, depth = pending.pop()
        count += isinstance(node, ast.expr)
        if depth > MAX_DEPTH or count > MAX_NODES:
            place = source.span(node) if isinstance(node, (ast.expr, ast.stmt)) else Span(0, 1)
            if depth > MAX_DEPTH:
                raise source.refusal(f"This is nested more than {MAX_DEPTH} levels deep.", place, "limit")
            sentence = f"This has more than {MAX_NODES} parts. Give the closed form only."
            raise source.refusal(sentence, place, "limit")
        for child in ast.iter_child_nodes(node):
            pending.append((child, depth if goes_on(node, child) else depth + 1))


def goes_on(node: ast.AST, child: ast.AST) -> bool:
    """Say whether `child` is the first part of the sum or product that `node` goes on with: `a + b` in `a + b + c`."""
    if not (isinstance(node, ast.BinOp) and isinstance(child, ast.BinOp) and child is node.left):
        return False
    if isinstance(node.op, ast.Pow) or isinstance(child.op, ast.Pow):
        return False
    return isinstance(node.op, _TERMS) is isinstance(child.op, _TERMS)


_TERMS = (ast.Add, ast.Sub)
