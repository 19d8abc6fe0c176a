"""Cases in a row: `1 if x > 0, 0 otherwise`, `w = o: ...; w \\ne o: ...`, conditions before or behind their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.remarks import continues_list
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, split_top_level

MAX_SHORT = 12
"""Signs of a condition that stands before its value."""


def row_of_cases(tokens: Sequence[Token]) -> list[tuple[list[Token], list[Token]]]:
    """Return values with their conditions, as far as a row of cases goes; conditions may stand before or behind."""
    tokens = _without_words_in_brackets(tokens)
    if tokens and tokens[0].is_op("(") and closing_position(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    asked = split_top_level(tokens, "?")
    values = split_top_level(asked[-1], ":")
    if len(asked) == len(values) == 2 and has_comparison(asked[0]) and all(values):
        # `x > 0 ? 1 : 0`
        return [(values[0], asked[0]), (values[1], [Token("prose", "else", values[1][0].span, "else")])]
    items: list[tuple[list[Token], list[Token]]] = []
    before: list[Token] = []
    for piece in case_pieces(tokens):
        if _explains_name(piece):
            return []
        value, condition = value_and_condition(piece)
        if continues_list(piece, before) and not condition:
            continue
        if value or condition:
            items.append((value, condition))
        before = piece
    if items and not items[0][0]:
        # A condition comes first, so each belongs to the value behind it.
        items.reverse()
    branches: list[tuple[list[Token], list[Token]]] = []
    for value, condition in items:
        if value:
            branches.append((value, condition))
        elif branches:
            joint = [Token("op", ",", condition[0].span)] if branches[-1][1] else []
            branches[-1] = (branches[-1][0], [*branches[-1][1], *joint, *condition])
    return branches


def _explains_name(piece: Sequence[Token]) -> bool:
    """Whether the value of a case is that of a name in the formula before it: `... - b, where b = 1 if w = o`."""
    outside = [token for _, token in at_top_level(piece)]
    remark = next((n for n, token in enumerate(outside) if token.role == "remark"), 0)
    when = next((n for n, token in enumerate(outside) if token.role in ("if", "else")), 0)
    return remark < when and any(token.kind != "prose" for token in outside[:remark]) and any(
        token.is_op("=") for token in outside[remark:when])


def _without_words_in_brackets(tokens: Sequence[Token]) -> list[Token]:
    """Drop `(undefined at 0)`, which says nothing about the values that are given."""
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        close = closing_position(tokens, position) if tokens[position].is_op("(") else None
        said = tokens[position + 1:close]
        is_undefined = bool(said) and said[0].role == "if" and any(token.role == "remark" for token in said)
        if close is not None and said and (is_undefined or said[0].role in ("remark", "other", "filler")):
            position = close
        else:
            kept.append(tokens[position])
        position += 1
    return kept


def case_pieces(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Split a row of cases at commas, lines and *and*; `a if c else b` has two."""
    for part in _parts(tokens):
        words = [n for n, token in at_top_level(part) if token.role == "and"]
        start = 0
        for end in [*words, len(part)]:
            yield from _else_apart(part[start:end])
            start = end + 1


def _parts(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Split a row of cases where one ends; a colon ends a case too where another one follows with its condition."""
    for part in split_top_level(tokens, ",", ";", ".", "newline", "quad"):
        sides = split_top_level(part, ":")
        are_cases = len(sides) == 2 and all(any(token.role == "if" for token in side[1:]) for side in sides)
        yield from sides if are_cases else [part]


def _else_apart(piece: list[Token]) -> Iterator[list[Token]]:
    words = [n for n, token in at_top_level(piece) if token.role == "else"]
    if words and words[0] > 0 and any(t.kind != "prose" and not t.is_op(".") for t in piece[words[0] + 1:]):
        yield piece[:words[0]]
        yield [*piece[words[0] + 1:], piece[words[0]]]
    else:
        yield piece


def value_and_condition(piece: list[Token]) -> tuple[list[Token], list[Token]]:
    """Take one piece of a row apart: `1 if x > 0`, `w = o: y`, `x > 0`, `1`, `0 (otherwise)`."""
    if piece and piece[0].role in ("if", "else"):
        return _condition_first([piece[0], *piece[2:]] if piece[1:2] and piece[1].is_op(":") else piece)
    for position, token in at_top_level(piece):
        if token.kind == "prose" and token.role in ("if", "else"):
            value = _value(piece[:position])
            if value and value[-1].is_op("("):
                return value[:-1], piece[position:-1]
            return value, piece[position:]
    parts = split_top_level(piece, ":", "to", "Rightarrow")
    if parts[0] and parts[0][0].is_op("(") and closing_position(parts[0], 0) == len(parts[0]) - 1:
        parts[0] = parts[0][1:-1]
    if len(parts) == 2 and parts[1] and has_comparison(parts[0]) and len(parts[0]) <= MAX_SHORT:
        return parts[1], parts[0]
    piece = [token for token in piece if token.kind != "prose" and not token.is_op("forall")]
    if len(piece) > 2 and piece[-1].is_op(")") and piece[0].is_op("(") and closing_position(piece, 0) == len(piece) - 1:
        return ([], piece[1:-1]) if has_comparison(piece[1:-1]) else (piece, [])
    for position, token in enumerate(piece):
        close = closing_position(piece, position) if position and token.is_op("(") else None
        if close == len(piece) - 1 and token.spaced and has_comparison(piece[position + 1:close]):
            return piece[:position], piece[position + 1:close]
    strict = len(split_top_level(piece, "ne", "<", ">", "le", "ge", "in", "notin")) > 1
    sides = split_top_level(piece, "=")
    short = len(sides) == 2 and all(len(side) <= 4 and side and side[0].kind == "name" for side in sides)
    return ([], piece) if strict or short else (piece, [])


def _value(piece: Sequence[Token]) -> list[Token]:
    """Return a value without words; `is` between two formulas is the sign that it stands for."""
    kept: list[Token] = []
    for token in piece:
        if token.kind != "prose":
            kept.append(token)
        elif token.text in ("is", "equals", "becomes") and kept:
            kept.append(Token("op", "=", token.span))
    return kept[:-1] if kept and kept[-1].is_op("=") else kept


def _condition_first(piece: list[Token]) -> tuple[list[Token], list[Token]]:
    """Take `else 0` and `if x > 0: 1` apart."""
    if piece[0].role == "else":
        signs = (":", ".", "to", "Rightarrow")
        return [token for token in piece[1:] if token.kind != "prose" and not token.is_op(*signs)], piece[:1]
    parts = split_top_level(piece, ":", "to", "Rightarrow")
    if len(parts) == 2 and parts[1]:
        return parts[1], parts[0]
    said = next((n for n, token in at_top_level(piece) if n and token.role in ("so", "filler")), None)
    behind = [token for token in piece[said + 1:] if token.kind != "prose"] if said else []
    return (behind, piece[:said]) if behind else ([], piece)
