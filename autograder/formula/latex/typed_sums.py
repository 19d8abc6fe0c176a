r"""Bounds of a sum that were typed beside its sign: `Σk`, `Σ k=1..K`, `Σk=1^K`, `sum(k=1 to K)`, `∑w∈V`.

They are moved below and above the sign, before anything is split at `=` or at a comma.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, plain_text

SIGNS = ("sum", "prod", "Sigma", "Pi")
UP_TO = frozenset(("to", "bis", "until", "till", "thru", "through", "hasta", "jusqu", "a", "à"))
"""Words between the first and the last value of an index."""
MAX_WORDED = 24
"""Signs between *sum over* and *of*."""
BODY = ("(", "[", "\\{", "hat", "bar", "tilde", "frac", "sqrt", "partial", "nabla", "ones", "|", "langle")


class _Bounds(Struct, frozen=True):
    below: tuple[Token, ...]
    above: tuple[Token, ...]
    end: int


def with_lowered_bounds(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Move the bounds behind the sign of a sum below it, where only an index of the problem can be meant."""
    moved: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        moved.append(token)
        position += 1
        if token.text not in SIGNS or lexicon.kind(token.text) is not None or position >= len(tokens):
            continue
        if tokens[position].is_op("_"):
            close = closing_position(tokens, position + 1) or position
            moved += [_without_word(tokens, at, lexicon) for at in range(position, close + 1)]
            position = close + 1
        elif bounds := _bounds(tokens, position, lexicon):
            moved += _script("_", bounds.below)
            moved += _script("^", bounds.above) if bounds.above else []
            position = bounds.end
    return moved


def _script(sign: str, inner: Sequence[Token]) -> list[Token]:
    span = inner[0].span.joined(inner[-1].span)
    return [Token("op", sign, span), Token("op", "{", span), *inner, Token("op", "}", span)]


def _without_word(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> Token:
    r"""Put dots for the word in `k = 1 to K`, and the set's name for the words in `w \in \text{words of Vocab}`."""
    token = tokens[at]
    if token.kind == "prose" and tokens[at - 1].is_op("in"):
        named = {lexicon.sets[word]: word for word in re.findall("[A-Za-z]+", token.text) if word in lexicon.sets}
        return Token("name", named.popitem()[1], token.span) if len(named) == 1 else token
    is_word = (token.kind == "prose" and token.text in UP_TO) or token.is_op("to")
    return Token("op", "cdots", token.span) if is_word and tokens[at - 1].kind == "number" else token


def _bounds(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> _Bounds | None:
    first = tokens[start]
    if first.kind == "prose" and first.text == "over":
        start += 1
        end = next((at for at, token in at_top_level(tokens) if at > start and token.text == "of"), None)
        if end is not None and end - start <= MAX_WORDED:
            return _Bounds(tuple(tokens[start:end]), (), end + 1)
    close = closing_position(tokens, start) if tokens[start:] and tokens[start].is_op("(", "[", "\\{") else None
    if close is None:
        found = _unbracketed(tokens, start, lexicon)
    else:
        found = _unbracketed(tokens[:close], start + 1, lexicon)
        if found is None or found.end != close:
            return None
        found = _Bounds(found.below, found.above, close + 1)
    if found is None:
        return None
    end, above = found.end, found.above
    if not above and len(found.below) > 1 and tokens[end:] and tokens[end].is_op("^"):
        closed = closing_position(tokens, end + 1) or end + 1
        above, end = tuple(tokens[end + 2:closed]), closed + 1
    while end < len(tokens) and tokens[end].kind == "prose" and tokens[end].role == "filler":
        end += 1
    is_alone = len(found.below) == 1
    goes_on = end < len(tokens) and (tokens[end].kind == "name" or tokens[end].is_op(*BODY) or (
        not is_alone and (tokens[end].kind == "number" or tokens[end].is_op("-", "sum"))))
    return _Bounds(found.below, above, end) if goes_on else None


def _unbracketed(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> _Bounds | None:
    """Read `k`, `k = 1`, `k = 1..K`, `k = 1 to K` or `w in V` from a place on."""
    name, sign, value = (tokens[n] if n < len(tokens) else None for n in range(start, start + 3))
    declared = lexicon.declarations.index(name.text) if name is not None and name.kind == "name" else None
    if name is None or declared is None or declared.role == "fixed":
        return None
    if sign is None or value is None or sign.is_op("_", "^", "'", "*", "cdot"):
        return None
    if sign.is_op("in") and plain_text([value]) in lexicon.sets:
        return _Bounds(tuple(tokens[start:start + 3]), (), start + 3)
    if not sign.is_op("="):
        return _Bounds((name,), (), start + 1)
    if value.kind != "number":
        return None
    until, last = (tokens[n] if n < len(tokens) else None for n in range(start + 3, start + 5))
    if until is not None and last is not None and last.kind in ("name", "number"):
        joins = until.is_op("cdots", "to", ":") or (until.kind == "prose" and until.text in UP_TO)
        if joins:
            return _Bounds(tuple(tokens[start:start + 3]), (last,), start + 5)
    return _Bounds(tuple(tokens[start:start + 3]), (), start + 3)
