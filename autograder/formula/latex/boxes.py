r"""A relation inside of a box, which belongs before it: `= \boxed{= U(\hat y - y)}`."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.formula.latex.remarks import RELATIONS
from autograder.formula.latex.tokens import Token, closing_position


def without_boxed_relations(tokens: Sequence[Token]) -> list[Token]:
    """Drop braces that begin with a relation, and the relation itself where it stands before them too."""
    kept = list(tokens)
    for position in range(len(kept) - 1, -1, -1):
        first = next((n for n in range(position + 1, len(kept)) if not kept[n].is_op("$")), position)
        if not kept[position].is_op("open") or not kept[first].is_op(*RELATIONS):
            continue
        close = closing_position(kept, position)
        before = next((token for token in reversed(kept[:position]) if not token.is_op("$", "newline")), None)
        is_said_twice = before is not None and before.is_op(*RELATIONS)
        if close is not None:
            kept[position:close + 1] = kept[first + is_said_twice:close]
    return kept
