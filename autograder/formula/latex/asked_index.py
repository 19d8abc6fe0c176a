r"""The student's own letter for the index that a question asks about: `\frac{\partial J}{\partial u_i} = ... u_i`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from msgspec.structs import replace

from autograder.formula.declarations import Index
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import Token


def with_asked_index(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Put the question's index for another letter, where the left side names the derivative by that letter.

    Left alone are answers that use the question's own index, letters with a meaning of their own, and sums over them.
    """
    asked = [index for index in lexicon.declarations.indices if index.role == "free" and index.equals is None]
    own = _index_on_the_left(tokens, lexicon)
    if len(asked) != 1 or own is None:
        return list(tokens)
    if any(_is_name(token, asked[0].name) and not _ends_list(tokens, at) for at, token in enumerate(tokens)):
        other = _other_dummy(tokens, asked[0], own, lexicon)
        if other is None:
            return list(tokens)
        tokens = [replace(token, text=other) if _is_name(token, asked[0].name) else token for token in tokens]
    declared = lexicon.declarations.index(own)
    is_theirs = declared.role == "dummy" if declared is not None else lexicon.kind(own) is None
    if not is_theirs or _is_bound(tokens, own):
        return list(tokens)
    return [replace(token, text=asked[0].name) if _is_name(token, own) else token for token in tokens]


def _ends_list(tokens: Sequence[Token], at: int) -> bool:
    r"""Whether this is the last of a list, which tells how many there are: `n_1, \dots, n_k`."""
    before = [token for token in tokens[max(0, at - 4):at] if not token.is_op(",")]
    return bool(before) and (before[-1].is_op("cdots") or (
        len(before) > 3 and before[-4].is_op("cdots") and before[-2].is_op("_")))


def _other_dummy(tokens: Sequence[Token], asked: Index, own: str, lexicon: Lexicon) -> str | None:
    r"""Return another letter for the question's index where a sum binds it, and the answer is about `u_\omega`."""
    is_bare = any(token.is_op("sum") and not after.is_op("_") for token, after in itertools.pairwise(tokens))
    if lexicon.kind(own) is not None or not (is_bare or _is_bound(tokens, asked.name)):
        return None
    return next((index.name for index in lexicon.declarations.indices if index.role == "dummy" and (
        index.over == asked.over and not any(_is_name(token, index.name) for token in tokens))), None)


def _is_bound(tokens: Sequence[Token], name: str) -> bool:
    """Whether a sum or product runs over an index of this name."""
    return any(sign.is_op("sum", "prod") and before.is_op("_") and token.is_op("{") and _is_name(index, name)
               and after.is_op("=", "in", "}")
               for sign, before, token, index, after in zip(*(tokens[n:] for n in range(5)), strict=False))


def _index_on_the_left(tokens: Sequence[Token], lexicon: Lexicon) -> str | None:
    r"""Return the i of the first `\partial u_i` or `\partial u_{w_i}`."""
    for position, token in enumerate(tokens):
        if token.is_op("="):
            return None
        family = tokens[position + 1] if position + 1 < len(tokens) else None
        if (token.is_op("partial", "nabla") or token.text == "d") and family is not None:
            if family.is_op("_") and token.is_op("nabla"):
                position, family = position + 2, tokens[position + 3]
            if family.kind == "name" and family.text in lexicon.families:
                return _last_index(tokens[position + 2:])
    return None


def _last_index(scripts: Sequence[Token]) -> str | None:
    """Return the index of `_{i}` and the inner one of `_{w_{i}}`."""
    texts = [token.text for token in scripts[:7]]
    if texts[:2] == ["_", "{"] and texts[3:4] == ["}"]:
        return texts[2]
    if texts[:2] == ["_", "{"] and texts[3:5] == ["_", "{"] and texts[6:7] == ["}"]:
        return texts[5]
    return None


def _is_name(token: Token, name: str) -> bool:
    return token.kind == "name" and token.text == name


def with_lowered_words(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Read `b_wc`, as typed without braces, as b of the word w_c; an index alone is never a factor."""
    kept: list[Token] = []
    for position, token in enumerate(tokens):
        word = tokens[position - 2] if position > 1 else token
        hangs = token.kind == "name" and not token.spaced and token.text in lexicon.indices and (
            position > 4 and tokens[position - 1].is_op("}") and tokens[position - 4].is_op("_"))
        families = lexicon.declarations.family
        if hangs and families(tokens[position - 5].text) and any(one.values is not None for one in families(word.text)):
            lowered = [Token("op", sign, token.span) for sign in "_{"]
            kept[-1:] = [*lowered, token, Token("op", "}", token.span), kept[-1]]
        else:
            kept.append(token)
    return kept
