"""A place in a row of tokens: looking, stepping, refusing. The grammar is built on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import Token, closing_position
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node, Span

END = "end"
MAX_NESTING = 60

C = TypeVar("C", bound="Cursor")


class Cursor(ABC):
    """Tokens being read.

    bound     names that sums around this place have bound to indices
    choices   which way to go where a text has two honest readings (`tight`, `greedy`, `short`)
    doubts    the choices that this text turned out to offer
    """

    def __init__(
        self, tokens: Sequence[Token], lexicon: Lexicon, text: str, bound: tuple[str, ...] = (),
        choices: frozenset[str] = frozenset(), doubts: set[str] | None = None, nesting: int = 0,
    ) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.text = text
        self.bound = bound
        self.choices = choices
        self.doubts = set() if doubts is None else doubts
        self.nesting = nesting
        self.at = 0

    @abstractmethod
    def expression(self) -> Node:
        """Read a sum of terms."""

    @abstractmethod
    def term(self) -> Node:
        """Read a product."""

    @abstractmethod
    def factor(self) -> Node:
        """Read one factor with its scripts."""

    @abstractmethod
    def starts_factor(self) -> bool:
        """Whether a factor can begin with the token here."""

    # Looking and stepping

    def peek(self, ahead: int = 0) -> Token:
        if self.at + ahead < len(self.tokens):
            return self.tokens[self.at + ahead]
        end = self.tokens[-1].span.end if self.tokens else len(self.text)
        return Token(END, "", Span(end, end))

    def step(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def at_end(self) -> bool:
        return self.at >= len(self.tokens)

    def accept(self, *texts: str) -> Token | None:
        """Step over one of these operators if it stands here."""
        return self.step() if self.peek().is_op(*texts) else None

    def expect(self, text: str, opened: Token) -> Token:
        """Step over the operator that must stand here, the partner of `opened`."""
        if self.peek().is_op(text):
            return self.step()
        if self.at_end():
            raise self.refusal(f"This `{_shown(opened.text)}` is not closed.", opened.span)
        raise self.refusal(f"Expected `{_shown(text)}` before this.", self.peek().span)

    def group(self) -> list[Token]:
        """Step over a bracket that opens here and its partner; return the tokens between."""
        start = self.at
        close = closing_position(self.tokens, start)
        if close is None:
            raise self.refusal(f"This `{_shown(self.peek().text)}` is not closed.", self.peek().span)
        self.at = close + 1
        return list(self.tokens[start + 1:close])

    def inside(self: C, tokens: Sequence[Token], bound: Iterable[str] = ()) -> C:
        """Return a cursor over some of the tokens, in the same surroundings."""
        if self.nesting >= MAX_NESTING:
            raise self.refusal("This formula is nested too deeply to be read.", self.peek().span, "limit")
        return type(self)(tokens, self.lexicon, self.text, (*self.bound, *bound), self.choices, self.doubts,
                          self.nesting + 1)

    @contextmanager
    def binding(self, names: Iterable[str]) -> Iterator[None]:
        """Let names be bound indices for a while."""
        outer = self.bound
        self.bound = (*outer, *names)
        try:
            yield
        finally:
            self.bound = outer

    def all_of(self, tokens: Sequence[Token], where: Span) -> Node:
        """Read tokens as one expression, to the last of them."""
        if not tokens:
            raise self.refusal("Something is missing here.", where)
        inner = self.inside(tokens)
        node = inner.expression()
        inner.finish()
        return node

    def finish(self) -> None:
        """Refuse whatever is left."""
        if not self.at_end():
            raise self.refusal(self.about(self.peek()), self.peek().span)

    # Refusing

    def refusal(self, sentence: str, span: Span, reason: str = "syntax") -> Unreadable:
        return Unreadable(sentence, span, self.text, reason)

    def about(self, token: Token) -> str:
        """Return what to say about a token that does not fit where it stands."""
        if token.kind == END:
            return "The formula breaks off here; something is missing."
        if token.kind == "prose":
            return "These words stand inside the formula; put them before or after it."
        if token.is_op(")", "]", "}", "\\}", "rangle"):
            return f"This `{_shown(token.text)}` has no partner."
        if token.is_op("=", "<", ">", "le", "ge", "ne"):
            return "A comparison cannot stand here."
        if token.is_op("!"):
            return "A factorial is not read here."
        if token.kind == "number":
            return "A number stands right behind a factor; write the product with a sign or put the number first."
        typed = self.text[token.span.start:token.span.end].strip()
        return f"`{typed or _shown(token.text)}` does not fit here."


def _shown(text: str) -> str:
    return f"\\{text}" if len(text) > 1 and text.isalpha() else text
