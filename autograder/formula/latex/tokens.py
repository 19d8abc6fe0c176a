"""What the lexer hands to the grammar: tokens, each with its place in the text as typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.tree import Span


class Token(Struct, frozen=True):
    r"""One token.

    kind    'number', 'name' (a base name: `v`, `sigma`, `Vocab`), 'op' (punctuation or a structural command by its
            bare name: `frac`, `sum`, `cdot`), 'prose' (words; `role` says which) or 'end'
    spaced  whether white space stood before it

    Braces: `{` and `}` hold the argument of a command or script; `open` and `close` are braces that only group, which
    the printed formula does not show.
    """

    kind: str
    text: str
    span: Span
    role: str = ""
    spaced: bool = False

    def is_op(self, *texts: str) -> bool:
        return self.kind == "op" and self.text in texts

    def moved(self, span: Span) -> Token:
        return replace(self, span=span)


OPENING = {"(": ")", "[": "]", "{": "}", "open": "close", "\\{": "\\}", "langle": "rangle", "begin": "end"}
CLOSING = frozenset(OPENING.values())


def closing_position(tokens: Sequence[Token], start: int) -> int | None:
    """Return where the bracket that opens at `start` closes; None when it does not."""
    waiting: list[str] = []
    for position in range(start, len(tokens)):
        token = tokens[position]
        if token.kind != "op":
            continue
        if token.text in OPENING:
            waiting.append(OPENING[token.text])
        elif token.text in CLOSING:
            if not waiting or waiting.pop() != token.text:
                return None
            if not waiting:
                return position
    return None


def split_top_level(tokens: Sequence[Token], *separators: str) -> list[list[Token]]:
    """Split at operators that stand outside of every bracket; an unbalanced closing bracket splits nothing."""
    if not any(token.text in separators for token in tokens):  # most often so, and soon seen
        return [list(tokens)]
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "op":
            if token.text in OPENING:
                depth += 1
            elif token.text in CLOSING:
                depth -= 1
            elif depth == 0 and token.text in separators:
                pieces.append([])
                continue
        pieces[-1].append(token)
    return pieces


def at_top_level(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Yield the tokens that stand outside of every bracket, with their positions."""
    depth = 0
    for position, token in enumerate(tokens):
        if token.kind == "op" and token.text in CLOSING:
            depth -= 1
        if depth == 0:
            yield position, token
        if token.kind == "op" and token.text in OPENING:
            depth += 1


def plain_text(tokens: Sequence[Token]) -> str:
    """Return tokens as the text of a subscript: `c`, `avg`, `w_k`, `t+j`; grouping braces do not show."""
    return "".join(token.text for token in tokens if not token.is_op("open", "close", "{", "}"))
