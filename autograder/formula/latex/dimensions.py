r"""Shapes that are said beside a formula, and are no part of it: `U(\hat y-y)\;(d \times 1)`, `U_{d \times V}`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from autograder.formula.declarations import Shape
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import CLOSING, Token, closing_position, split_top_level

MAX_SHAPE = 12
BRACKETS = ("(", "[", "open")


def without_shapes(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    r"""Drop every shape in brackets behind a factor, and every shape that is lowered or raised.

    A size of the problem times another, or times 1, is never a factor of an answer; between lowered signs a comma
    stands for two indices, so that only a times sign makes them a shape.
    """
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        tokens = _without_leading_shape(tokens, position, lexicon)
        end = _shape_end(tokens, position, kept, lexicon)
        if end is None:
            kept.append(tokens[position])
            end = position + 1
        position = end
    return kept


def _without_leading_shape(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> Sequence[Token]:
    r"""Drop the shape in `(d \times 1, the gradient)` and `(d \times 1 Jacobian)`, and the reckoning behind it."""
    close = closing_position(tokens, start) if tokens[start].is_op("(", "[") else None
    if close is None:
        return tokens
    named = split_top_level(tokens[start + 1:close], ":")
    if len(named) == 2 and len(named[0]) < MAX_SHAPE and is_shape(named[1], lexicon, listed=True):
        word = Token("prose", "shape", tokens[start].span, "remark")  # `[U: |V| x d]`
        return [*tokens[:start + 1], word, *tokens[close:]]
    ends = (n for n in range(start + 1, close) if tokens[n].kind == "prose" or tokens[n].is_op(",", ";", ":"))
    end = next(ends, close)
    if end == close and not any(token.is_op("=") for token in tokens[start:close]):
        return tokens
    behind = end + 1 if tokens[end].is_op(",", ";", ":") else end
    is_said = all(is_reckoning(side, lexicon) for side in split_top_level(tokens[start + 1:end], "="))
    if not is_said or (behind < close and tokens[behind].kind != "prose"):
        return tokens
    word = tokens[behind] if behind < close else Token("prose", "", tokens[start].span)
    return [*tokens[:start + 1], replace(word, role="remark"), *tokens[behind + 1:close], *tokens[close:]]


def is_reckoning(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    r"""Whether tokens are a shape or a product of shapes: `d \times V \cdot V \times 1`, `(d, V)(V, 1)`."""
    pieces: list[list[Token]] = []
    for part in split_top_level(tokens, "cdot", "@", "*"):
        while part and part[0].is_op("(", "[") and (close := closing_position(part, 0)) is not None:
            pieces.append(part[1:close])
            part = part[close + 1:]
            part = part[1:] if part and part[0].is_op("times") else part
        pieces += [part] if part else []
    return bool(pieces) and all(is_shape(piece, lexicon, listed=True) for piece in pieces)


def _shape_end(tokens: Sequence[Token], start: int, before: Sequence[Token], lexicon: Lexicon) -> int | None:
    """Return where the shape that begins here ends; None where none begins."""
    script = tokens[start].is_op("_", "^")
    hangs = tokens[start].is_op(*BRACKETS) and before and _is_complete(before[-1], tokens[start], lexicon)
    if not script and not hangs:
        return None
    opened = start + 1 if script else start
    close = closing_position(tokens, opened)
    if close is None or close - opened > MAX_SHAPE:
        return None
    inner = [token for token in tokens[opened + 1:close] if not token.is_op("open", "close")]
    if inner and inner[0].is_op("(", "[") and closing_position(inner, 0) == len(inner) - 1:
        inner = inner[1:-1]
    listed = not script and not tokens[start].is_op("open")
    return close + 1 if is_shape(inner, lexicon, listed) else None


def _is_complete(before: Token, bracket: Token, lexicon: Lexicon) -> bool:
    """Whether a factor or a word ends here, and is no function whose arguments follow."""
    if before.kind == "name":
        return before.text not in lexicon.functions and (bracket.spaced or before.text not in lexicon.losses)
    return before.kind in ("number", "prose") or before.text in CLOSING or before.is_op("'", "quad", "|", "newline")


def is_shape(tokens: Sequence[Token], lexicon: Lexicon, listed: bool = False) -> bool:
    """Whether tokens are sizes with times signs between them, or listed as NumPy shows a shape: `(d,)`."""
    for separator in ("times", "*", "x", *((",",) if listed else ())):
        if separator == "x":
            tokens = [Token("op", "x", t.span) if (t.kind, t.text) == ("name", "x") else t for t in tokens]
        parts = split_top_level(tokens, separator)
        if len(parts) > 1 and separator == "," and not parts[-1]:
            parts = parts[:-1]
        elif len(parts) < 2:
            continue
        kinds = [_side(part, lexicon) for part in parts]
        return all(kinds) and (kinds.count("size") > 0 or (separator != "," and kinds.count("letter") > 0))
    return False


def said_dimensions(tokens: Sequence[Token], lexicon: Lexicon, listed: bool = False) -> Shape | None:
    """Return a shape that is made of the problem's sizes and 1 alone; None where it is none, or of other letters.

    listed: also `d, V`
    """
    tokens = [token for token in tokens if not token.is_op("open", "close")]
    while tokens and tokens[0].is_op("(", "[") and closing_position(tokens, 0) == len(tokens) - 1:
        tokens, listed = tokens[1:-1], True
    if not tokens or len(tokens) > MAX_SHAPE:
        return None
    signs = ("times", "*", "x", *((",",) if listed else ()))
    tokens = [Token("op", "x", t.span) if (t.kind, t.text) == ("name", "x") else t for t in tokens]
    parts = [part for part in split_top_level(tokens, *signs) if part]
    if not 1 <= len(parts) <= 2 or "size" not in [_side(part, lexicon) for part in parts]:
        return None
    if not all(_side(part, lexicon) in ("size", "one") for part in parts):
        return None
    return tuple(1 if part[0].text == "1" else part[0].text for part in parts)


def _side(tokens: Sequence[Token], lexicon: Lexicon) -> str:
    """Say what one side of a shape is: `size`, `one`, an undeclared `letter`, or nothing of the kind."""
    if len(tokens) != 1 or tokens[0].kind not in ("name", "number"):
        return ""
    if tokens[0].kind == "number":
        return "one" if tokens[0].text == "1" else ""
    if tokens[0].text in lexicon.sizes:
        return "size"
    is_free = lexicon.kind(tokens[0].text) is None and tokens[0].text not in ("I", "e")
    return "letter" if is_free and len(tokens[0].text) == 1 else ""
