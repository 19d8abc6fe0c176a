r"""Cases that are worked out in a line each: `x>0: f(x)=x \Rightarrow f'(x)=1 \\ x<0: f(x)=0 \Rightarrow f'(x)=0`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, split_top_level

SEPARATORS = (":", ",", ";", "quad", "Rightarrow", "to", ".")
MAX_CONDITION = 12

Tokens = Sequence[Token]


def worked_cases(tokens: Tokens, is_slope: Callable[[Tokens], bool]) -> list[tuple[list[Token], list[Token]]]:
    """Return the value and the condition of each line; empty where not every line is a case that is worked out.

    is_slope: whether tokens are the left side of what is asked, a derivative
    """
    found: list[tuple[list[Token], list[Token]]] = []
    for line in split_top_level(tokens, "newline"):
        if all(token.kind == "prose" or token.is_op(".", ",") for token in line):
            continue
        case = _worked_case(line, is_slope)
        if case is None:
            return []
        found.append(case)
    return found if len(found) > 1 else []


def _worked_case(line: Tokens, is_slope: Callable[[Tokens], bool]) -> tuple[list[Token], list[Token]] | None:
    """Take a line apart: a condition first, steps that compare something, and last the derivative that is asked."""
    pieces = _pieces(line)
    if len(pieces) < 3 or len(pieces[0]) > MAX_CONDITION or not has_comparison(pieces[0]):
        return None
    sides = split_top_level(pieces[-1], "=")
    if len(sides) < 2 or not all(sides) or not is_slope(sides[0]):
        return None
    if not all(has_comparison(piece) and not is_slope(split_top_level(piece, "=")[0]) for piece in pieces[1:-1]):
        return None
    return sides[-1], pieces[0]


def _pieces(line: Tokens) -> list[list[Token]]:
    """Split a line at words, commas and conclusions; brackets around a condition are taken off."""
    pieces: list[list[Token]] = [[]]
    tops = {position for position, _ in at_top_level(line)}
    for position, token in enumerate(line):
        if position in tops and (token.kind == "prose" or token.is_op(*SEPARATORS)):
            pieces.append([])
        else:
            pieces[-1].append(token)
    pieces = [piece for piece in pieces if piece]
    if pieces and pieces[0][0].is_op("(") and closing_position(pieces[0], 0) == len(pieces[0]) - 1:
        pieces[0] = pieces[0][1:-1]
    return pieces


def says_when(tokens: Tokens, is_drawn: Callable[[Token], bool]) -> list[Token] | None:
    """Return a comparison by size of something that may have any value, `x < 0`, which leaves other values open."""
    for piece in _pieces(tokens):
        sides = split_top_level(piece, "<", ">", "le", "ge")
        if len(sides) == 2 and any(len(side) == 1 and is_drawn(side[0]) for side in sides):
            return piece
    return None
