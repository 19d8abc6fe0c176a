r"""What a sum leaves out: conditions above its sign, numbers that a list steps over."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from autograder.formula.latex.tokens import Token, closing_position, plain_text, split_top_level
from autograder.formula.refusals import Unreadable

MAX_LEFT_OUT = 4
_WHOLE = re.compile(r"-?\d{1,2}")

Tokens = Sequence[Token]


def stepped_over(tokens: Tokens) -> list[Tokens]:
    r"""Return the numbers that a list of a set steps over: the 0 of `\{-m, \dots, -1, 1, \dots, m\}`.

    Raises Unreadable where these are many.
    """
    if tokens and tokens[0].is_op("\\{", "[", "(") and closing_position(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    items = [plain_text(piece) for piece in split_top_level(tokens, ",")]
    found: list[Tokens] = []
    for before, after in itertools.pairwise(items):
        if _WHOLE.fullmatch(before) and _WHOLE.fullmatch(after):
            found += [_number(value, tokens[0]) for value in range(int(before) + 1, int(after))]
    if len(found) > MAX_LEFT_OUT:
        span = tokens[0].span.joined(tokens[-1].span)
        raise Unreadable("This set has gaps; write the bounds of the sum and what it leaves out.", span)
    return found


def _number(value: int, place: Token) -> list[Token]:
    sign = [Token("op", "-", place.span)] if value < 0 else []
    return [*sign, Token("number", str(abs(value)), place.span)]


def with_conditions_below(lower: Tokens, upper: Tokens) -> tuple[Tokens, Tokens]:
    r"""Put conditions above a sum sign below it: `\sum_{-m \le j \le m}^{j \ne 0}`, `\sum_{j=-m}^{m, j \ne 0}`."""
    above: list[Token] = []
    for piece in split_top_level(upper, ",", ";"):
        if len(split_top_level(piece, "ne", "<", ">", "le", "ge", "in", "notin")) > 1:
            lower = [*lower, Token("op", ",", piece[0].span), *piece]
        else:
            above += [Token("op", ",", piece[0].span), *piece] if above and piece else piece
    return lower, above
