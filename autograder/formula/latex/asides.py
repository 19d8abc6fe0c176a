r"""What is said beside a formula: `w = o: ...`, `..., \text{for } w \ne o`, `(x > 0)`, `\in \mathbb{R}^d`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from msgspec import Struct

from autograder.formula.latex.bounds import COMPARISONS, has_comparison
from autograder.formula.latex.dimensions import is_shape
from autograder.formula.latex.grammar import Grammar
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.own_names import OwnNames
from autograder.formula.latex.remarks import (
    JOINING,
    MAX_NAMED,
    continues_list,
    is_wordy,
    remark_pieces,
    without_remark_brackets,
)
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, split_top_level
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Apply, Cases, Compare, Indexed, Indicator, Name, Node, walk

MAX_CONDITION = 12
SIGNS_OF_SUMS = ("+", "-", "=", "sum", "frac")


class Asides(Struct, frozen=True):
    """Finds and reads the conditions and remarks of an answer; `grammar` reads a formula."""

    lexicon: Lexicon
    text: str
    grammar: Callable[[Sequence[Token]], Grammar]
    own_names: OwnNames

    def without_condition(self, tokens: list[Token]) -> list[Token]:
        """Drop a condition that is said first: `w = o: ...`, `(w \\ne o) ...`, `when w = o, ...`."""
        is_led = False
        while tokens and (tokens[0].kind == "prose" or tokens[0].is_op("newline", "quad", ",", ":")):
            is_led = is_led or tokens[0].role == "if"
            tokens = tokens[1:]
        if is_led and len(tokens) > 2 and tokens[0].text in self.lexicon.indices and tokens[1].kind == "prose":
            return self.without_condition(tokens[1:])  # `for any negative $k$ we get ...`
        if is_led and (listed_end := _range_end(tokens)) is not None and listed_end < len(tokens):
            return tokens[listed_end:]  # `for all k = 1, \\dots, K: ...`
        ends = (",", ":", "newline", "quad")
        end = next((n for n, t in at_top_level(tokens) if t.kind == "prose" or t.is_op(*ends)), None)
        if tokens and tokens[0].is_op("(") and (close := closing_position(tokens, 0)) is not None:
            end = close + 1 if end is None or close < end else end
        if end is None or end >= len(tokens) - 1 or not self.is_condition(tokens[:end]):
            return tokens
        rest = tokens[end:]
        return rest if rest[0].is_op(*JOINING - {",", "(", "[", "\\{"}) else self.without_condition(rest)

    def is_condition(self, tokens: Sequence[Token]) -> bool:
        """Whether tokens compare an index with something short."""
        if tokens[0].is_op("(") and closing_position(tokens, 0) == len(tokens) - 1:
            tokens = tokens[1:-1]
        sides = split_top_level(tokens, *COMPARISONS, "in", "notin")
        worded = any(token.kind == "prose" or token.is_op("quad", ",", ";") for token in tokens)
        if len(sides) < 2 or len(tokens) > MAX_CONDITION or not sides[0] or worded:
            return False
        about_index = any(token.kind == "name" for token in sides[0])
        return about_index and all(self._begins_with_index(side) for side in sides)

    def _begins_with_index(self, tokens: Sequence[Token]) -> bool:
        """Whether this is an index, a bound or a number; `dJ/dv_w` only ends with an index."""
        tokens = [token for token in tokens if not token.is_op("-", "|", "{", "}", "(", ")", "\\{", "\\}")]
        if not tokens or tokens[0].kind == "number":
            return bool(tokens)
        families = self.lexicon.declarations.family(tokens[0].text)
        if tokens[0].text in self.lexicon.indices or any(family.values is not None for family in families):
            return True
        return len(tokens) == 1 and (tokens[0].text in self.lexicon.sizes or tokens[0].text in self.lexicon.sets)

    def remark_end(self, tokens: Sequence[Token], position: int) -> int | None:
        """Return where a remark that begins here ends at the earliest; None where none begins."""
        token = tokens[position]
        if token.kind == "prose" or token.is_op(",", ";", "quad", "forall", "in"):
            return position + 1
        if token.is_op("le", "ge") and any(earlier.is_op("=") for _, earlier in at_top_level(tokens[:position])):
            return position + 1  # `... = 1 - \\tanh^2(x) \\le 1`
        if token.is_op("(", "[") and self._is_remark(tokens, position):
            return (closing_position(tokens, position) or position) + 1
        return None

    def _is_remark(self, tokens: Sequence[Token], position: int) -> bool:
        """Whether the parenthesis here holds words or a condition, and is not that of an indicator."""
        close = closing_position(tokens, position)
        if close is None:
            return False
        inner, before = tokens[position + 1:close], tokens[position - 1]
        if inner and (inner[0].kind == "prose" or inner[0].is_op("forall")):
            return True
        if is_wordy(inner):
            return True
        if tokens[position].is_op("["):
            return False
        indicates = before.is_op("ones") or before.text in ("I", "delta") or (
            before.text == "1" and not tokens[position].spaced)
        if indicates or before.is_op(*JOINING) or not has_comparison(inner):
            return False
        tight = not tokens[position].spaced and not before.is_op("quad", "newline", ",", ";") and before.kind != "prose"
        if tight and not any(token.text in self.lexicon.indices for token in inner):
            sentence = ("Is this a condition or a factor? For 1 where it holds, write `\\mathbf{1}[a > b]`; put words "
                        "before a condition.")
            raise self._refusal(sentence, tokens[position:close + 1], "ambiguous")
        return True

    def conditions(self, tokens: list[Token]) -> list[Node]:
        """Read the conditions among the remarks; refuse what looks like a part of the formula."""
        if not tokens:
            return []
        if tokens[0].is_op("in"):
            return self._behind_membership(tokens)
        if tokens[0].is_op("le", "ge"):
            return self._remarks_behind_bound(tokens)
        tokens = without_remark_brackets(tokens)
        stray = next((token for _, token in at_top_level(tokens) if token.role == "else"), None)
        conditions: list[Node] = []
        before: list[Token] = []
        pieces = list(remark_pieces(tokens))
        for number, (worded, piece) in enumerate(pieces):
            if _lies_in_set(piece) or self._is_listed(piece, [later for _, later in pieces[number + 1:]]):
                pass
            elif has_comparison(piece) and self.is_fact(piece):
                with contextlib.suppress(Unreadable):
                    conditions += self.grammar(piece).conditions(piece)
            elif self.own_names.explains(piece) or is_shape(piece, self.lexicon):
                pass
            elif stray or not self._is_mentioned(piece, worded, before):
                raise self._refusal("What stands here is neither part of the formula nor a remark about it.", piece)
            before = before if continues_list(piece, before) else piece
        return conditions

    def _is_listed(self, piece: Sequence[Token], behind: Sequence[Sequence[Token]]) -> bool:
        r"""Whether this is a name before another in the same set: `u_k, v_c \in \mathbb{R}^d`."""
        is_name = len(piece) <= MAX_NAMED and piece[0].kind == "name" and not any(
            token.is_op(*JOINING) or token.kind == "number" for token in piece)
        return is_name and bool(behind) and (_lies_in_set(behind[0]) or self._is_listed(behind[0], behind[1:]))

    def _behind_membership(self, tokens: list[Token]) -> list[Node]:
        r"""Step over the set that an answer lies in: `\in \mathbb{R}^{d \times V}`, which is short."""
        end = next((n for n, token in at_top_level(tokens) if n and (
            token.kind == "prose" or token.is_op(",", ";", "quad", "("))), len(tokens))
        if end > MAX_CONDITION or any(token.is_op(*SIGNS_OF_SUMS) for _, token in at_top_level(tokens[:end])):
            raise self._refusal("What stands here is neither part of the formula nor a remark about it.", tokens)
        return self.conditions(tokens[end:])

    def _remarks_behind_bound(self, tokens: list[Token]) -> list[Node]:
        """Step over a bound on the answer: it has to be a formula, and says nothing about the answer's own."""
        end = next((n for n, token in at_top_level(tokens) if n and self.remark_end(tokens, n)), len(tokens))
        self.grammar(tokens).all_of(tokens[1:end], tokens[0].span)
        return self.conditions(tokens[end:])

    def is_fact(self, tokens: Sequence[Token]) -> bool:
        """Whether an equation is about an index or a plain name, and not a second answer: `f'(x) = 0`."""
        left = split_top_level(tokens, "=")[0]
        if self._begins_with_index(split_top_level(tokens, *COMPARISONS)[0]):
            return not any(token.text in self._quantities() or token.is_op(":") for token in tokens)
        if len(left) == len(tokens):
            return True
        try:
            grammar = self.grammar(left)
            node = grammar.expression()
            grammar.finish()
        except Unreadable:
            return False
        return isinstance(node, (Name, Indexed)) or (isinstance(node, Apply) and not node.primes)

    def _is_mentioned(self, tokens: Sequence[Token], worded: bool, before: Sequence[Token]) -> bool:
        """Whether a remark may mention this: a short name behind a word, or more of `k = 1, 2, ..., K`."""
        if continues_list(tokens, before):
            return True
        is_number = all(token.kind == "number" for token in tokens)
        is_short = len(tokens) <= MAX_NAMED and not any(token.is_op(*JOINING) for token in tokens)
        return worded and is_short and not is_number

    def gives_a_case(self, tokens: Sequence[Token]) -> bool:
        """Whether a sentence says what holds under a condition, which no other sentence may leave out."""
        runs: list[list[Token]] = [[]]
        for token in tokens:
            runs += [[]] if token.kind == "prose" else []
            runs[-1] += [token] if token.kind != "prose" else []
        holds_formula = any(len(run) > MAX_NAMED and not has_comparison(run) for run in runs)
        return holds_formula and any(token.role in ("if", "else") for token in tokens)

    def check_whole(self, node: Node, condition: Node) -> None:
        """Refuse `1 if x > 0`, which leaves open what holds for every other x."""
        if any(isinstance(part, (Cases, Indicator)) for part in walk(node)):
            return
        for part in walk(condition):
            if not isinstance(part, Compare) or part.operator not in ("<", "<=", ">", ">="):
                continue
            for side in (part.left, part.right):
                if isinstance(side, Name) and self._is_real(side.name):
                    typed = self.text[part.span.start:part.span.end]
                    raise Unreadable(f"This says what holds for `{typed}`; say also what holds elsewhere: `..., 0 "
                                     "otherwise`.", part.span, self.text, "syntax")

    def has_any_value(self, token: Token) -> bool:
        """Whether a token is a real symbol of the problem, such as the x of a piecewise function."""
        return token.kind == "name" and self._is_real(token.text)

    def _is_real(self, name: str) -> bool:
        symbol = self.lexicon.declarations.symbol(name)
        return symbol is not None and symbol.domain == "real" and symbol.definition is None

    def _quantities(self) -> frozenset[str]:
        families = self.lexicon.declarations.families
        return self.lexicon.symbols | {family.name for family in families if family.values is None}

    def _refusal(self, sentence: str, tokens: Sequence[Token], reason: str = "syntax") -> Unreadable:
        return Unreadable(sentence, tokens[0].span.joined(tokens[-1].span), self.text, reason)


def _range_end(tokens: Sequence[Token]) -> int | None:
    r"""Return where the formula behind `k = 1, \dots, K:` begins."""
    end = next((n for n, token in at_top_level(tokens) if token.is_op(":") or token.kind == "prose"), len(tokens))
    is_range = len(tokens) > 4 and tokens[0].kind == "name" and tokens[1].is_op("=") and all(
        token.kind in ("name", "number") or token.is_op(",", "cdots", ".") for token in tokens[2:end])
    has_dots = any(token.is_op("cdots", ".") for token in tokens[:end])
    return end + 1 if is_range and has_dots and end < len(tokens) and tokens[end].is_op(":") else None


def _lies_in_set(tokens: Sequence[Token]) -> bool:
    sides = split_top_level(tokens, "in")
    return len(sides) > 1 and not has_comparison(sides[0])
