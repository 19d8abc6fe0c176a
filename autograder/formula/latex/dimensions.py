r"""Shapes that are said beside a formula, and are no part of it: `U(\hat y-y)\;(d \times 1)`, `U_{d \times V}`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.declarations import Shape
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import CLOSING, Token, closing_position, split_top_level

MAX_SHAPE = 12
BRACKETS = ("(", "[", "open")
BETWEEN = ("cdot", "@", "*", "times")
LEADING = ("=", "to", "Rightarrow")
RESULTING = frozenset("gives giving yields yielding is are so then thus which we get makes a an the result".split())
"""Words between shapes and what they come to."""
SAYING = frozenset("is are has have".split())
SHAPED = SAYING | frozenset("a an the of shape size dimension dimensions row column vector matrix scalar".split())
"""Words between a thing and its shape."""


class Reckoning(Struct, frozen=True):
    """Shapes in a row that end before tokens[end], and what they come to; None where that stays open."""

    end: int
    shape: Shape | None


def without_shapes(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    r"""Drop every shape in brackets behind a factor, and every shape that is lowered or raised.

    A size of the problem times another, or times 1, is never a factor of an answer; between lowered signs a comma
    stands for two indices, so that only a times sign makes them a shape.
    """
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        reckoning = find_reckoning(tokens, position, lexicon) if kept else None
        if reckoning is not None:
            if kept[-1].is_op("=", ":", "-") and len(kept) > 1:
                kept.pop()  # `= (d \times V)(V \times 1)`
            position = reckoning.end
            continue
        said_end = _said_in_brackets(tokens, position, lexicon) if kept else None
        if said_end is not None:
            position = said_end
            continue
        if kept and _is_dash(tokens, position, kept, lexicon):
            kept.append(replace(tokens[position], text=","))
            position += 1
            continue
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


def _is_dash(tokens: Sequence[Token], start: int, before: Sequence[Token], lexicon: Lexicon) -> bool:
    r"""Whether a minus only sets a shape off, which nobody subtracts from an array: `U(\hat y-y)` - `d \times 1`."""
    behind = start + 1
    while behind < len(tokens) and (tokens[behind].kind == "prose" or tokens[behind].text == "a"):
        behind += 1
    if not tokens[start].is_op("-") or behind >= len(tokens):
        return False
    end = _item_end(tokens, behind, lexicon)
    ends = end is not None and (end == len(tokens) or tokens[end].kind == "prose" or tokens[end].is_op(
        ",", ";", ".", "newline", ")", "Rightarrow", "to"))
    return ends and any(token.kind == "name" and lexicon.has_shape(token.text) for token in before)


def find_reckoning(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> Reckoning | None:
    r"""Find shapes in a row, each in brackets or all of them: `(d \times V)(V \times 1) = d \times 1`."""
    close = closing_position(tokens, start) if tokens[start].is_op("(", "[") else None
    if close is None:
        return None
    if _item_end(tokens, start, lexicon) is not None:
        return _reckoning(tokens, start, lexicon)
    inner = _reckoning(tokens[:close], start + 1, lexicon)
    return Reckoning(close + 1, inner.shape) if inner is not None and inner.end == close else None


def _reckoning(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> Reckoning | None:
    """Read two shapes or more that begin here; without a result the product of shapes is what they come to."""
    end = _item_end(tokens, start, lexicon)
    if end is None:
        return None
    shapes, comes_to = [said_dimensions(tokens[start:end], lexicon)], False
    while end < len(tokens):
        behind, is_result = _behind_sign(tokens, end)
        after = _item_end(tokens, behind, lexicon)
        if after is None or (comes_to and not is_result):
            break
        shapes.append(said_dimensions(tokens[behind:after], lexicon, listed=True))
        end, comes_to = after, is_result
    if len(shapes) < 2:
        return None
    first, last = shapes[0], shapes[-1]
    product = (first[0], *last[1:]) if first and last else None
    return Reckoning(end, last if comes_to else product)


def _item_end(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> int | None:
    """Return where a shape that begins here ends, in brackets or with a times sign between two sizes."""
    if start < len(tokens) and tokens[start].is_op("(", "["):
        close = closing_position(tokens, start)
        is_said = close is not None and is_shape(tokens[start + 1:close], lexicon, listed=True)
        return close + 1 if close is not None and is_said else None
    piece = tokens[start:start + 3]
    is_scalar = len(piece) == 3 and piece[0].text == piece[2].text == "1" and piece[1].text in ("times", "x", "*")
    return start + 3 if is_scalar or is_shape(piece, lexicon) else None


def _behind_sign(tokens: Sequence[Token], start: int) -> tuple[int, bool]:
    """Return where the sign or the words between two shapes end, and whether a result follows them."""
    if tokens[start].is_op(*BETWEEN) or tokens[start].text in ("x", "times"):
        return start + 1, False
    end = start
    while end < len(tokens) and tokens[end].kind == "prose" and RESULTING.issuperset(tokens[end].text.lower().split()):
        end += 1
    if end > start:
        return end, True
    return (start + 1, True) if tokens[start].is_op(*LEADING) else (start, False)


def _said_in_brackets(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> int | None:
    r"""Return where brackets end that only say shapes of things: `(U is d \times V, so U^T is V \times d)`."""
    close = closing_position(tokens, start) if tokens[start].is_op("(", "[") and tokens[start].spaced else None
    if close is None:
        return None
    pieces: list[list[Token]] = [[]]
    for part in split_top_level(tokens[start + 1:close], ",", ";"):
        pieces.append([])
        for token in part:
            if token.role in ("so", "and"):
                pieces.append([])
            else:
                pieces[-1].append(token)
    said = [piece for piece in pieces if piece]
    return close + 1 if said and all(_says_shape(piece, lexicon) for piece in said) else None


def _says_shape(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Whether tokens are a thing, `is`, `has` or a colon, and its shape."""
    for position, token in enumerate(tokens):
        words = token.text.lower().split() if token.kind == "prose" else []
        if token.is_op(":") or not SAYING.isdisjoint(words):
            behind = [later for later in tokens[position + 1:] if later.kind != "prose"]
            is_worded = all(later.kind != "prose" or SHAPED.issuperset(later.text.lower().split())
                            for later in tokens[position + 1:])
            return is_worded and (is_reckoning(behind, lexicon) or _item_end(behind, 0, lexicon) == len(behind))
        if token.is_op("=", "to", "Rightarrow"):
            return False
    return False


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
    return before.kind in ("number", "prose") or before.text in CLOSING or before.is_op(
        "'", "quad", "|", "newline", "to", "Rightarrow", ".")


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
