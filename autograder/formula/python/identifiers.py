"""What a Python identifier means in a problem: `y_hat`, `yhat`, `ŷ`, `u_k`, `y_hat_w`, `outsideVectors`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, field

from autograder.formula.declarations import Alias, Declarations
from autograder.formula.latex.grammar import Grammar
from autograder.formula.latex.lexicon import Lexicon, build_lexicon
from autograder.formula.latex.spelling import greek_name
from autograder.formula.latex.tokens import Token, closing_position
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Apply, Indexed, Name, Node, Number, Product, Transpose, rewrite

ELEMENTWISE = frozenset(("sigma", "exp", "log", "tanh", "relu"))
MIN_STEM = 3
"""Letters of a word that tell which set it speaks of."""
_ACCENTS = {"\u0302": "_hat", "\u0303": "_tilde", "\u0304": "_bar", "\u0307": "_dot"}


def spelled_out(identifier: str) -> str:
    """Return an identifier in ASCII: `ŷ` is `y_hat`, `σ` is `sigma`, `uₖ` is `u_k`."""
    text = ""
    lowered = False
    for char in unicodedata.normalize("NFD", identifier):
        below = unicodedata.decomposition(char).startswith("<sub>")
        if below and not lowered:
            text += "_"
        lowered = below
        text += _ACCENTS.get(char) or greek_name(char) or unicodedata.normalize("NFKC", char)
    return text


class Identifiers(Struct, frozen=True, dict=True):
    """The names of a problem as Python text spells them; `aliases` collects the declared spellings that were met."""

    declarations: Declarations
    aliases: dict[Alias, None] = field(default_factory=dict)

    def meaning(self, identifier: str, local: Mapping[str, Node]) -> Node | None:
        """Return what an identifier stands for, or None where neither the problem nor `local` has such a name.

        local: what loop variables and names of the student's own stand for, by their `spelled_out` spelling.
        """
        word = spelled_out(identifier)
        if word in local:
            return local[word]
        if word not in self.lexicon.kinds or any(alias.written == word for alias in self.declarations.aliases):
            alias = self._alias(word, tuple(local))
            if alias is not None:
                return alias
        canonical = self._canonical(word)
        if canonical is not None:
            return Apply(canonical, ()) if self.declarations.function(canonical) else Name(canonical)
        return self._subscripted(word, local)

    def is_defined_as(self, identifier: str, node: Node) -> bool:
        """Say whether the problem defines a symbol just so, whichever products the two are written with."""
        symbol = self.declarations.symbol(self._canonical(identifier) or "")
        if symbol is None or symbol.definition is None:
            return False
        defined = self._read(self.lexicon.lex(symbol.definition), ())
        return defined is not None and _bare(defined) == _bare(node)

    def _alias(self, word: str, bound: tuple[str, ...]) -> Node | None:
        """Return the meaning of an identifier that is a declared spelling of a formula."""
        try:
            tokens = self.lexicon.lex(word)
        except Unreadable:
            return None
        expanded, aliases = self.lexicon.expand(tokens)
        if expanded == list(tokens):
            return None
        node = self._read(tokens, bound)
        whole = closing_position(expanded, 0) == len(expanded) - 1
        if node is None or not (whole or isinstance(node, (Name, Indexed, Apply, Transpose))):
            return None
        self.aliases.update(dict.fromkeys(use.alias for use in aliases))
        return node

    def _read(self, tokens: Sequence[Token], bound: tuple[str, ...]) -> Node | None:
        expanded = [token for token in self.lexicon.expand(tokens)[0] if not token.is_op("open", "close")]
        grammar = Grammar(expanded, self.lexicon, "", bound)
        try:
            node = grammar.expression()
            grammar.finish()
        except Unreadable:
            return None
        return node

    @cached_property
    def lexicon(self) -> Lexicon:
        return build_lexicon(self.declarations)

    def function(self, identifier: str) -> str | None:
        """Return the canonical name of a function that the problem itself declares."""
        canonical = self._canonical(spelled_out(identifier))
        return canonical if canonical and self.declarations.function(canonical) else None

    def is_loss(self, name: str) -> bool:
        return any(loss.name == name for loss in self.declarations.losses)

    def index_set(self, identifier: str) -> str | None:
        """Return the canonical name of an index set, named by any of its spellings or by its size."""
        for item in self.declarations.sets:
            if identifier in (item.name, item.last, *item.written):
                return item.name
        return None

    def set_named_like(self, identifier: str, name: str) -> bool:
        """Say whether an undeclared identifier speaks of an index set: `negs`, `neg_vectors` of `negatives`."""
        words = [word.rstrip("s") for word in identifier.lower().split("_")]
        return any(len(word) >= MIN_STEM and name.startswith(word) for word in words)

    def drawn(self, identifier: str) -> tuple[str, str] | None:
        """Return the family of indices that an array of drawn words holds, and the set that counts them."""
        within = self.index_set(identifier)
        for family in self.declarations.families:
            index = self.declarations.index(family.indices[0]) if len(family.indices) == 1 else None
            if family.values is None or index is None:
                continue
            if identifier == family.name or within == index.over:
                alone = sum(other.name == family.name for other in self.declarations.families) == 1
                return (family.name, index.over) if alone or within == index.over else None
        return None

    def size_of(self, node: Node, axis: int) -> str | None:
        """Return the size that counts the entries of an array along an axis, where its names tell."""
        if isinstance(node, Transpose):
            return self.size_of(node.body, 1 - axis if axis in (0, 1) else axis)
        if isinstance(node, Apply) and len(node.arguments) == 1 and node.function in ELEMENTWISE:
            return self.size_of(node.arguments[0], axis)
        if isinstance(node, Product) and axis == 0 and node.operators[0] == "py@":
            return self.size_of(node.factors[0], 0)
        symbol = self.declarations.symbol(node.name) if isinstance(node, Name) else None
        if symbol is None or not 0 <= axis < len(symbol.shape):
            return None
        dimension = symbol.shape[axis]
        return dimension if isinstance(dimension, str) else None

    def known(self) -> tuple[str, ...]:
        """Return every spelling, for a suggestion."""
        return tuple(self._spellings)

    def _canonical(self, word: str) -> str | None:
        return self._spellings.get(word) or self._squeezed.get(_squeeze(word))

    def _subscripted(self, word: str, local: Mapping[str, Node]) -> Node | None:
        """Take `y_hat_w` apart at the last underscore that leaves a known name in front."""
        for position in range(len(word) - 1, 0, -1):
            if word[position] != "_":
                continue
            base, index = self._canonical(word[:position]), self._index(word[position + 1 :], local)
            if base is not None and index is not None:
                return Indexed(Name(base), (index,))
        return None

    def _index(self, word: str, local: Mapping[str, Node]) -> Node | None:
        """Read a subscript; in `b_wc` it is the word `w_c` with its own subscript not lowered."""
        if word.isdecimal():
            return Number(Fraction(int(word)))
        found = self.meaning(word, local) if word else None
        if found is None and len(word) == 2 and any(f.values is not None for f in self.declarations.family(word[0])):
            return self._subscripted(f"{word[0]}_{word[1]}", local)
        return found

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """Canonical names by spelling; a spelling in `written` never hides a canonical name."""
        names = {name: name for name, _ in self._named()}
        for name, written in self._named():
            for spelling in written:
                if re.fullmatch(r"\w+", spelling):
                    names.setdefault(spelled_out(spelling), name)
        return names

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        """Canonical names by spelling without underscores, where no two names share one."""
        found: dict[str, set[str]] = {}
        for spelling, name in self._spellings.items():
            found.setdefault(_squeeze(spelling), set()).add(name)
        return {word: next(iter(names)) for word, names in found.items() if len(names) == 1}

    def _named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        known = self.declarations
        for group in (known.sizes, known.indices, known.symbols, known.functions, known.losses):
            for item in group:
                yield item.name, item.written
        for family in known.families:
            yield family.name, ()  # what is written for a family is the spelling of an element


def _squeeze(word: str) -> str:
    return word.replace("_", "")


def _bare(node: Node) -> Node:
    """Return a tree that keeps only which factors are multiplied, not with which sign."""
    return rewrite(node, _bare_step)


def _bare_step(node: Node) -> Node:
    if not isinstance(node, Product):
        return node
    factors: list[Node] = []
    for factor in node.factors:
        factors += factor.factors if isinstance(factor, Product) else (factor,)
    return Product(tuple(factors), ("",) * (len(factors) - 1))
