r"""A zero typed for the letter o, `u_0`, where the problem has the element o; and the letter for a zero, `= o`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from autograder.formula.declarations import IndexSet
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import Token

_ENDS = (",", ".", ";", ":", "newline", "quad", "(", "[", "$", "square", "forall")
_ACCENTS = ("hat", "bar", "tilde")


def with_letters_for_zeros(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Put each for the other where only the other has a meaning.

    Left alone are elements that are counted: `u_0, u_1, \\dots`; and the letter behind an index: `w = o`.
    """
    index = lexicon.declarations.index("o")
    if index is None and lexicon.kind("o") is None:
        return [replace(token, kind="number", text="0") if _is_zero(tokens, at, lexicon) else token
                for at, token in enumerate(tokens)]
    over = lexicon.declarations.index_set(index.over) if index is not None and index.role == "fixed" else None
    if over is None or over.first != "1" or not any(token.text == "0" for token in tokens):
        return list(tokens)
    zeros = [at for at in range(len(tokens)) if _is_lowered(tokens, at, "0")]
    counts = any(token.is_op("cdots") or _is_lowered(tokens, at, "1", "2") for at, token in enumerate(tokens))
    named = {at for at in zeros if _has_element_o(tokens, at, lexicon, over)} if not counts else set()
    return [replace(token, kind="name", text="o") if at in named else token for at, token in enumerate(tokens)]


def _is_zero(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether the letter o stands alone as a side."""
    if (tokens[at].kind, tokens[at].text) != ("name", "o") or tokens[at].role == "exact":
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    is_end = after is None or after.kind == "prose" or after.is_op(*_ENDS)
    if not is_end or not at:
        return is_end and len(tokens) == 1
    left = tokens[at - 2] if at > 1 else tokens[at]
    return tokens[at - 1].is_op("=") and left.text not in lexicon.indices


def _is_lowered(tokens: Sequence[Token], at: int, *numbers: str) -> bool:
    """Whether one of these numbers is all of a subscript."""
    return tokens[at].kind == "number" and tokens[at].text in numbers and 1 < at < len(tokens) - 1 and (
        tokens[at - 1].is_op("{") and tokens[at - 2].is_op("_") and tokens[at + 1].is_op("}"))


def _has_element_o(tokens: Sequence[Token], at: int, lexicon: Lexicon, over: IndexSet) -> bool:
    """Whether what the subscript hangs on has elements that are numbered like o, and none by the name of `u_0`."""
    base = tokens[at - 3] if at > 2 else tokens[at]
    if base.is_op("}") and at > 5 and tokens[at - 6].is_op(*_ACCENTS):
        name = f"{tokens[at - 4].text}_{tokens[at - 6].text}"
    elif at > 4 and tokens[at - 4].is_op("{") and tokens[at - 5].is_op(*_ACCENTS):
        name = f"{base.text}_{tokens[at - 5].text}"
    else:
        name = base.text
    symbol = lexicon.declarations.symbol(name)
    if f"{name}_0" in lexicon.kinds:
        return False
    if symbol is not None:
        return symbol.shape == (over.length,)
    families = lexicon.declarations.family(name)
    indices = [lexicon.declarations.index(family.indices[0]) for family in families if family.values is None]
    return any(index is not None and index.over == over.name for index in indices)
