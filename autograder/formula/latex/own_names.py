r"""Names that an answer explains itself: `where z = u_o^\top v_c`, `Ue, \quad e = \hat y - y`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from autograder.formula.latex.case_rows import row_of_cases
from autograder.formula.latex.grammar import Grammar
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.remarks import GIVING, remark_pieces
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, split_top_level
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Basis, Derivative, Indexed, Name, Node

RESULTS = frozenset(("f", "g", "grad", "Delta", "delta", "L", "l", "J", "E", "F", "P", "p", "D", "d"))
"""Names that stand left of an answer; they are explained only where the answer has a use for them."""
ACCENTS = ("hat", "bar", "tilde", "dot")
OTHERWISE = "otherwise"


class Definition(Struct, frozen=True):
    """A name that the answer itself explains; both sides as typed."""

    name: str
    meaning: str


class _Found(Struct, frozen=True):
    definition: Definition
    name: tuple[Token, ...]
    meaning: tuple[Token, ...]


class OwnNames(Struct, frozen=True):
    """Finds the definitions in an answer; `grammar` reads a formula as far as the names are known."""

    lexicon: Lexicon
    text: str
    grammar: Callable[[Sequence[Token]], Grammar]

    def definitions(self, pieces: Sequence[tuple[str, list[Token]]]) -> tuple[Definition, ...]:
        """Return the definitions in statements, and those behind *where* that the answer has a use for."""
        stated = [tokens for link, tokens in pieces if link != "remark"]
        said: list[_Found] = []
        for link, tokens in pieces:
            if link != "remark":
                others = [other for other in stated if other is not tokens]
                said += self._in_statement(tokens, others, named=link in GIVING, last=tokens is stated[-1])
        waiting = [found for link, tokens in pieces if link == "remark" for found in self._in_remark(tokens)]
        used = [*stated, *(found.meaning for found in said)]
        while ready := [found for found in waiting if (
                _is_used(found.name, used) or self._is_used_elsewhere(found.name, used))]:
            said += ready
            waiting = [found for found in waiting if found not in ready]
            used += [found.meaning for found in ready]
        return tuple(found.definition for found in said)

    def explains(self, tokens: Sequence[Token]) -> bool:
        """Whether this says what a name of the student's own means; such a name is a spelling by now."""
        sides = split_top_level(tokens, "=")
        if len(sides) != 2 or not sides[0] or not sides[1]:
            return False
        typed = self._typed(sides[0])
        return any(alias.local and alias.written == typed for alias in self.lexicon.declarations.aliases)

    def _in_statement(
        self, tokens: Sequence[Token], others: Sequence[Sequence[Token]], named: bool, last: bool
    ) -> Iterator[_Found]:
        """Yield what a statement explains.

        named: it begins with *let*, so that what it explains is explained whether it is used or not; the same holds
        for a new name that something else follows.
        """
        pieces = [*listed(tokens), *_in_brackets(tokens)]
        for piece in pieces:
            elsewhere = [*others, *(other for other in pieces if other is not piece)]
            for found in self._definition(piece, named):
                behind = [_behind_name(other, found.name) for other in elsewhere]
                is_used = _is_used(found.name, behind) or self._is_used_elsewhere(found.name, behind)
                is_result = found.name[0].text in RESULTS
                if is_used or named or (len(pieces) == 1 and not last and not is_result):
                    yield found

    def _is_used_elsewhere(self, name: Sequence[Token], texts: Sequence[Sequence[Token]]) -> bool:
        """Whether a name with an index, `p_i`, is used with another one: `p_o`, `p_k`."""
        if len(name) != 5 or name[3].text not in self.lexicon.indices:
            return False
        return any(_same([*text[at:at + 3], *text[at + 4:at + 5]], [*name[:3], name[4]])
                   for text in texts for at in range(len(text)))

    def _in_remark(self, tokens: Sequence[Token]) -> Iterator[_Found]:
        found = [found for _, piece in remark_pieces(tokens) for found in self._definition(piece, named=True)]
        if found and any(token.role in ("if", "else") for token in tokens):
            found = self._in_cases(tokens, found)
        yield from found

    def _in_cases(self, tokens: Sequence[Token], found: list[_Found]) -> list[_Found]:
        """Return a name with both of its meanings: `where $b = v_c$ if $w = o$ and $0$ otherwise`."""
        branches = row_of_cases([token for token in tokens if token.role != "remark"])
        tests = [[token for token in condition if token.kind != "prose"] for _, condition in branches]
        if len({one.definition.name for one in found}) > 1 or not any(map(_compares_index, tests)):
            return found
        if len(branches) < 2 or not all(condition for _, condition in branches):
            sentence = f"This says what `{found[0].definition.name}` is in one case only; say what it is in each."
            raise Unreadable(sentence, tokens[0].span.joined(tokens[-1].span), self.text, "syntax")
        lines = [(split_top_level(value, "=")[-1], test) for (value, _), test in zip(branches, tests, strict=True)]
        lines.sort(key=lambda line: not line[1])
        rows = [f"{self._typed(value)} & {self._typed(test) if test else OTHERWISE}" for value, test in lines]
        meaning = "\\begin{cases} " + " \\\\ ".join(rows) + " \\end{cases}"
        used = tuple(token for line in lines for part in line for token in part)
        return [_Found(Definition(found[0].definition.name, meaning), found[0].name, used)]

    def _definition(self, tokens: Sequence[Token], named: bool) -> Iterator[_Found]:
        """Yield what `z = u_o^\\top v_c` explains, where no name of the problem is called z.

        named: it stands behind *let* or *where*, where also the letter of a size or index may get another meaning.
        """
        while tokens and (tokens[0].kind == "prose" or tokens[0].is_op("newline", "quad", ",", ":")):
            tokens = tokens[1:]
        sides = split_top_level(tokens, "=")
        if len(sides) != 2 or not sides[0] or not sides[1]:
            return
        name, meaning = sides[0], split_top_level(sides[1], "in")[0]
        if not meaning:
            return
        is_new = (is_plain_name(name) and self._is_new(name)) or self._is_step(name) or (
            named and self._is_renamed(name, meaning))
        if (is_new and not _is_used(name, [meaning])) or self._is_taken(name, meaning):
            yield _Found(Definition(self._typed(name), self._typed(meaning)), tuple(name), tuple(meaning))

    def _is_new(self, name: Sequence[Token]) -> bool:
        if len(name) == 1 and self.lexicon.kind(name[0].text) is None:
            return True
        try:
            node = self.grammar(name).all_of(name, name[0].span)
        except Unreadable:
            return True
        return isinstance(node, Basis)  # `e_i = \sigma(u_i^\top v_c)` is no one-hot vector

    def _is_step(self, name: Sequence[Token]) -> bool:
        r"""Whether this is the slope of a loss by a quantity on the way to it: `\frac{\partial l}{\partial z_1}`."""
        with contextlib.suppress(Unreadable):
            node = self.grammar(name).all_of(name, name[0].span)
            return is_step(node, self.lexicon)
        return False

    def _is_renamed(self, name: Sequence[Token], meaning: Sequence[Token]) -> bool:
        """Whether the letter of a size or index is given to a quantity: `d = \\hat y - y`."""
        if len(name) != 1 or self.lexicon.kind(name[0].text) not in ("size", "index"):
            return False
        if any(token.kind == "prose" or token.is_op(":") for token in meaning):
            return False
        families = self.lexicon.declarations.families
        quantities = self.lexicon.symbols | {family.name for family in families if family.values is None}
        return any(token.is_op(*ACCENTS) or token.text in quantities | set(self.lexicon.functions) for token in meaning)

    def _is_taken(self, name: Sequence[Token], meaning: Sequence[Token]) -> bool:
        """Whether another spelling of a symbol is given a meaning in that symbol: `t = \\tanh x`, where t may be x."""
        if len(name) != 1 or name[0].role != "exact" or len(meaning) < 2:
            return False
        typed = [self._typed([token]) for token in meaning if token.text == name[0].text]
        with contextlib.suppress(Unreadable):
            self.grammar(meaning).all_of(meaning, meaning[0].span)
            return bool(typed) and self._typed(name) not in typed
        return False

    def _typed(self, tokens: Sequence[Token]) -> str:
        span = tokens[0].span.joined(tokens[-1].span)
        return self.text[span.start:span.end]


def is_step(node: Node, lexicon: Lexicon) -> bool:
    """Whether a left side is the slope of a loss by a quantity that the problem derives, and no question asks for."""
    if not isinstance(node, Derivative) or not isinstance(node.of, Name) or node.of.name not in lexicon.losses:
        return False
    if not isinstance(node.wrt, Name):
        return not isinstance(node.wrt, Indexed)  # by a name of the student's own, which is put in place
    symbol = lexicon.declarations.symbol(node.wrt.name)
    return symbol is not None and symbol.definition is not None


def listed(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return what stands between commas, gaps and *and*: `p_o = ..., p_k = ...`."""
    pieces: list[list[Token]] = []
    for part in split_top_level(tokens, ",", ";", "quad"):
        start = 0
        for end in [*(n for n, token in at_top_level(part) if token.role == "and"), len(part)]:
            pieces.append(part[start:end])
            start = end + 1
    return [piece for piece in pieces if piece]


def _in_brackets(tokens: Sequence[Token]) -> list[list[Token]]:
    r"""Return the equations in brackets behind a formula: `\nabla_z J = \hat y - y \; (z = U^\top v_c)`."""
    found: list[list[Token]] = []
    for position, token in at_top_level(tokens):
        close = closing_position(tokens, position) if position and token.is_op("(") and token.spaced else None
        inner = list(tokens[position + 1:close]) if close is not None else []
        if len(split_top_level(inner, "=")) == 2:
            found.append(inner)
    return found


def _compares_index(tokens: Sequence[Token]) -> bool:
    """Whether this is a condition, `w = o`, and no range of an index: `k = 1, \\dots, K`."""
    return len(split_top_level(tokens, "=", "ne")) == 2 and not any(token.is_op(",", "cdots") for token in tokens)


def is_plain_name(tokens: Sequence[Token]) -> bool:
    r"""Whether tokens are one name with subscripts or a layer: `z`, `p_o`, `\bar u`, `\delta^{[2]}`, also `dz_1`."""
    start = 1 if len(tokens) > 1 and tokens[0].text == "d" and tokens[1].kind == "name" and not tokens[1].spaced else 0
    if tokens[start].is_op(*ACCENTS):
        end = (closing_position(tokens, start + 1) or len(tokens)) + 1
    elif tokens[start].kind == "name":
        end = start + 1
    else:
        return False
    while end < len(tokens) and (tokens[end].is_op("_") or _is_layer(tokens[end:])):
        end = (closing_position(tokens, end + 1) or len(tokens)) + 1
    return end == len(tokens)


def _is_layer(tokens: Sequence[Token]) -> bool:
    return len(tokens) > 2 and tokens[0].is_op("^") and tokens[2].is_op("[", "(")


def _behind_name(tokens: Sequence[Token], name: Sequence[Token]) -> Sequence[Token]:
    """Return a statement without its left side, where that is the name itself."""
    left, *right = split_top_level(tokens, "=")
    plain = [token for token in left if token.kind != "prose"]
    if right and _same(plain, name):
        return tokens[len(left) + 1:]
    return tokens


def _is_used(name: Sequence[Token], texts: Iterable[Sequence[Token]]) -> bool:
    size = len(name)
    return any(_same(text[at:at + size], name) for text in texts for at in range(len(text) - size + 1))


def _same(left: Sequence[Token], right: Sequence[Token]) -> bool:
    return [(token.kind, token.text) for token in left] == [(token.kind, token.text) for token in right]
