r"""Cases that are worked out, in a line each or in a row: `x>0: f(x)=x \Rightarrow f'(x)=1 \\ x<0: ...`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, plain_text, split_top_level

SEPARATORS = (":", ",", ";", "quad", "Rightarrow", "to", ".")
MAX_CONDITION = 12

Tokens = Sequence[Token]
Case = tuple[list[Token], list[Token]]
"""A value and its condition."""


def worked_cases(tokens: Tokens, is_slope: Callable[[Tokens], bool]) -> list[Case]:
    """Return the value and the condition of each line; empty where not every line is a case that is worked out.

    is_slope: whether tokens are the left side of what is asked, a derivative
    """
    found: list[Case] = []
    for line in split_top_level(tokens, "newline"):
        if all(token.kind == "prose" or token.is_op(".", ",") for token in line):
            continue
        case = _worked_case(line, is_slope)
        if case is None:
            return []
        found.append(case)
    return found if len(found) > 1 else []


def _worked_case(line: Tokens, is_slope: Callable[[Tokens], bool]) -> Case | None:
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


def asked_cases(cases: Sequence[Case], tokens: Tokens, is_slope: Callable[[Tokens], bool]) -> list[Case]:
    """Leave out the cases of the function itself: `f(x) = x for x > 0 and 0 for x < 0, so f'(x) = 1 for x > 0, ...`."""
    found: list[Case] = []
    is_asked = True
    for value, condition in cases:
        sides = split_top_level(value, "=")
        is_asked = is_slope(sides[0]) if len(sides) > 1 else is_asked or _is_concluded(tokens, value[0])
        found += [(value, condition)] if is_asked else []
    return found if len(found) > 1 else list(cases)


def repeated_condition(cases: Sequence[Case]) -> list[Token] | None:
    """Return a condition that stands before with another value."""
    given: dict[str, str] = {}
    for value, condition in cases:
        held = plain_text([token for token in condition if token.kind != "prose"])
        shown = plain_text(split_top_level(value, "=")[-1])
        if held and given.setdefault(held, shown) != shown:
            return condition
    return None


def _is_concluded(tokens: Tokens, value: Token) -> bool:
    """Whether a word before a value says that it follows: `so the derivative is 1`."""
    position = next(n for n, token in enumerate(tokens) if token is value)
    while position and tokens[position - 1].kind == "prose":
        position -= 1
        if tokens[position].role == "so":
            return True
    return False


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
