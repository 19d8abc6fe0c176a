r"""Transposes written on the left, as in French: `{}^{t}u_k v_c` is `u_k^\top v_c`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from autograder.formula.latex.tokens import Token, closing_position

SIGNS = ("t", "T", "top")
LENGTH = 6
"""Tokens of the sign: empty braces, a caret and what it raises."""


def with_transposes_behind(tokens: Sequence[Token]) -> list[Token]:
    """Put each transpose that hangs on empty braces behind the factor that follows it."""
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        sign = tokens[position:position + LENGTH]
        is_left = _is_transpose(sign) and not (kept and _hangs_on(kept[-1], sign[0]))
        end = _factor_end(tokens, position + LENGTH) if is_left else None
        if end is None:
            kept.append(tokens[position])
            position += 1
        else:
            caret, opened, raised, closed = sign[2:]
            kept += [*tokens[position + LENGTH:end], caret, opened, replace(raised, kind="op", text="top"), closed]
            position = end
    return kept


def _is_transpose(sign: Sequence[Token]) -> bool:
    if len(sign) < LENGTH or not (sign[0].is_op("open", "{") and sign[1].is_op("close", "}")):
        return False
    return sign[2].is_op("^") and sign[3].is_op("{") and sign[4].text in SIGNS and sign[5].is_op("}")


def _hangs_on(before: Token, brace: Token) -> bool:
    r"""Whether empty braces follow a factor without a space, as programs that read formulas off a page write them."""
    return not brace.spaced and (before.kind in ("name", "number") or before.is_op("}", ")", "]"))


def _factor_end(tokens: Sequence[Token], start: int) -> int | None:
    """Return where a name with its lowered signs, or a bracket, ends; None where neither begins."""
    if start >= len(tokens):
        return None
    if tokens[start].is_op("(", "[", "open"):
        close = closing_position(tokens, start)
        return close + 1 if close is not None else None
    end = start + 1
    if tokens[start].is_op("hat", "bar", "tilde") and end < len(tokens):
        close = closing_position(tokens, end)
        end = close + 1 if close is not None else end
    elif tokens[start].kind != "name":
        return None
    if end < len(tokens) and tokens[end].is_op("_"):
        close = closing_position(tokens, end + 1)
        end = close + 1 if close is not None else end
    return end
