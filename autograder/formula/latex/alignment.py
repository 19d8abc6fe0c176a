r"""Arrays that only line formulas up, as `aligned` does: `\begin{array}{rl} a &= b \\ &= c \end{array}`."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.remarks import CASES, RELATIONS
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, split_top_level


def without_alignment(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with the lines that such arrays hold in their places; matrices and cases stay what they are."""
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        close = closing_position(tokens, position) if token.is_op("begin") and token.role not in CASES else None
        if close is not None and _stands_alone(tokens, position, close) and _lines_up(tokens[position + 1:close]):
            line_end = Token("op", "newline", tokens[close].span)
            kept += [line_end, *_lines(tokens[position + 1:close]), line_end]
            position = close
        else:
            kept.append(token)
        position += 1
    return kept


def _stands_alone(tokens: Sequence[Token], start: int, close: int) -> bool:
    """Whether an array is no side and no factor of a formula."""
    beside = [*tokens[start - 1:start], *tokens[close + 1:close + 2]]
    return all(token.kind == "prose" or token.is_op("newline", ".", ",", ":", ";", "quad") for token in beside)


def _lines_up(inner: Sequence[Token]) -> bool:
    rows = [row for row in split_top_level(inner, "newline") if row]
    cells = [[cell for cell in split_top_level(row, "&") if cell] for row in rows]
    if any(row and row[0][0].is_op(*RELATIONS) for row in cells[1:]):
        return True
    if any(cell[0].is_op(*RELATIONS) for row in cells for cell in row[1:]):
        return True
    return all(_is_equation(row) for row in rows) and all(len(row) == 1 for row in cells)


def _is_equation(tokens: Sequence[Token]) -> bool:
    """Whether tokens are sides with equals signs between them, and neither words nor a condition."""
    sides = split_top_level(tokens, *RELATIONS)
    return len(sides) > 1 and not any(has_comparison(side) for side in sides) and not any(
        token.kind == "prose" or token.is_op(",", "quad") for _, token in at_top_level(tokens))


def _lines(inner: Sequence[Token]) -> list[Token]:
    """Drop what lines up; a column behind that of the right sides, which holds conditions or words, stays apart."""
    lines: list[Token] = []
    for row in split_top_level(inner, "newline"):
        lines += [Token("op", "newline", row[0].span)] if lines and row else []
        right_side_ended = False
        for cell in filter(None, split_top_level(row, "&")):
            lines += [Token("op", "quad", cell[0].span)] if right_side_ended else []
            lines += cell
            sides = split_top_level(cell, *RELATIONS)
            right_side_ended = right_side_ended or (len(sides) > 1 and len(sides[-1]) > 0)
    return lines
