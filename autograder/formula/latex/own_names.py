r"""Names that an answer explains itself: `where z = u_o^\top v_c`, `Ue, \quad e = \hat y - y`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograder.formula.latex.grammar import Grammar
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.remarks import remark_pieces
from autograder.formula.latex.tokens import Token, closing_position, split_top_level
from autograder.formula.refusals import Unreadable

RESULTS = frozenset(("f", "g", "grad", "Delta", "delta", "L", "l", "J", "E", "F", "P", "p", "D", "d"))
"""Names that stand left of an answer and are not explained by it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A name that the answer itself explains; both sides as typed."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class _Found:
    definition: Definition
    name: str
    names_in_meaning: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Finds the definitions in an answer; `grammar` reads a formula as far as the names are known."""

    lexicon: Lexicon
    text: str
    grammar: Callable[[Sequence[Token]], Grammar]

    def definitions(self, pieces: Sequence[tuple[str, list[Token]]]) -> tuple[Definition, ...]:
        """Return the definitions in statements, and those behind *where* that the answer has a use for."""
        used = {name for link, tokens in pieces if link != "remark" for name in _names(tokens)}
        said = [found for link, tokens in pieces if link != "remark" for found in self._in_statement(tokens)]
        waiting = [found for link, tokens in pieces if link == "remark" for found in self._in_remark(tokens)]
        for found in said:
            used |= found.names_in_meaning
        while ready := [found for found in waiting if found.name in used]:
            said += ready
            waiting = [found for found in waiting if found not in ready]
            used |= {name for found in ready for name in found.names_in_meaning}
        return tuple(found.definition for found in said)

    def explains(self, tokens: Sequence[Token]) -> bool:
        """Whether this says what a name of the student's own means; such a name is a spelling by now."""
        sides = split_top_level(tokens, "=")
        if len(sides) != 2 or not sides[0] or not sides[1]:
            return False
        typed = self._typed(sides[0])
        return any(alias.local and alias.written == typed for alias in self.lexicon.declarations.aliases)

    def _in_statement(self, tokens: Sequence[Token]) -> Iterator[_Found]:
        pieces = [piece for piece in split_top_level(tokens, ",", ";", "quad") if piece]
        if len(pieces) < 2:
            yield from self._definition(tokens, explained=False)
        for piece in pieces if len(pieces) > 1 else ():
            used = {name for other in pieces if other is not piece for name in _names(split_top_level(other, "=")[-1])}
            if piece[0].text in used:
                yield from self._definition(piece, explained=True)

    def _in_remark(self, tokens: Sequence[Token]) -> Iterator[_Found]:
        for _, piece in remark_pieces(tokens):
            yield from self._definition(piece, explained=True)

    def _definition(self, tokens: Sequence[Token], explained: bool) -> Iterator[_Found]:
        """Yield what `z = u_o^\\top v_c` explains, where no name of the problem is called z.

        explained: behind *where* also a name that else stands to the left of answers, as `\\delta`, is explained.
        """
        while tokens and (tokens[0].kind == "prose" or tokens[0].is_op("newline", "quad", ",", ":")):
            tokens = tokens[1:]
        sides = split_top_level(tokens, "=")
        if len(sides) != 2 or not sides[0] or not sides[1] or sides[0][0].kind != "name":
            return
        name, meaning = sides
        end = 1
        while end < len(name) and name[end].is_op("_"):
            end = (closing_position(name, end + 1) or len(name)) + 1
        if end != len(name) or name[0].text in _names(meaning) or (name[0].text in RESULTS and not explained):
            return
        if self._is_new(name, explained):
            yield _Found(Definition(self._typed(name), self._typed(meaning)), name[0].text, _names(meaning))

    def _is_new(self, name: Sequence[Token], explained: bool) -> bool:
        if len(name) == 1 and self.lexicon.kind(name[0].text) is None:
            return True
        try:
            self.grammar(name).expression()
        except Unreadable as refusal:
            return refusal.reason == "undeclared" or explained
        return False

    def _typed(self, tokens: Sequence[Token]) -> str:
        span = tokens[0].span.joined(tokens[-1].span)
        return self.text[span.start:span.end]


def _names(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(token.text for token in tokens if token.kind == "name")
