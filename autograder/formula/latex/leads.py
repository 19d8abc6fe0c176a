r"""Words that lead to an answer, with formulas among them: `Use $\sigma' = ...$ and the chain rule: ...`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.formula.latex.dimensions import is_reckoning
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.remarks import MAX_NAMED, RELATIONS
from autograder.formula.latex.tokens import Token, at_top_level

_FACTS = r"(?i)(?:use|using|recall|apply|applying|by|from)\b"
"""Words before a fact, which may be any formula."""
_LEADS = r"(?i)\b(?:it|this|the (?:gradient|derivative|answer|result)) (?:is|has to be|must be)$"
_PARTS = r"(?i)\b(?:each|every|column|row|entry|component|term|part|where)s?\b"
"""Words by which what follows is not all of the answer."""
_TELLING = ("if", "else", "or", "let", "doubt", "side")


def without_lead(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token] | None:
    """Return an answer without the words before it, and the names, shapes and facts among them; None for no such."""
    if not tokens or tokens[0].kind != "prose":
        return None
    end = next((n for n, token in at_top_level(tokens) if n and (
        token.is_op(":") or (token.kind == "prose" and re.search(_LEADS, token.text)))), None)
    if end is None or not any(token.kind != "prose" for token in tokens[end + 1:]):
        return None
    words = [token for token in tokens[:end + 1] if token.kind == "prose"]
    if any(token.role in _TELLING or re.search(_PARTS, token.text) for token in words):
        return None
    runs = _runs(tokens[:end])
    are_shapes = [is_reckoning(run, lexicon) for run in runs]
    is_operation = any(token.role == "operation" for token in words) and not all(are_shapes)
    is_fact = re.match(_FACTS, tokens[0].text) is not None and tokens[end].is_op(":")
    are_named = all(is_shape or _is_mention(run) for run, is_shape in zip(runs, are_shapes, strict=True))
    return list(tokens[end + 1:]) if is_fact or (are_named and not is_operation) else None


def _runs(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return what stands between words, without the brackets and signs that set it off."""
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == "prose" or token.is_op(",", "$", "newline"):
            runs.append([])
        else:
            runs[-1].append(token)
    return [run for run in runs if run]


def _is_mention(run: Sequence[Token]) -> bool:
    is_short = len(run) <= MAX_NAMED and run[0].kind == "name"
    return is_short and not any(token.is_op(*RELATIONS, "ne", "<", ">", "le", "ge", "+", "-") for token in run)
