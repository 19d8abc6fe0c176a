r"""Functions and losses with their arguments: `\sigma^2(x)`, `\log \hat y_o`, `J(v_c, o, U)`; also what any name is."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.formula.latex.bounds import ACCENTS
from autograder.formula.latex.naming import Naming, Scripts
from autograder.formula.latex.tokens import Token, plain_text, split_top_level
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import (
    Apply,
    Call,
    Dots,
    Head,
    Indexed,
    Name,
    Negate,
    Node,
    Number,
    Product,
    Span,
    Sum,
    walk,
)


class Applying(Naming):
    """Names, and functions of what follows them."""

    def name(self) -> Node:
        """Read a name, its scripts and, where it is a function or a loss, its arguments."""
        start = self.peek()
        key = self.key()
        self._lower_glued(key)
        scripts = self.scripts()
        self._raise_glued(key, scripts)
        key, below = self.with_subscripts(key, scripts.below)
        key = self.with_layer(key, scripts)
        below = self.with_primed_index(below, scripts)
        span = start.span.joined(self.tokens[self.at - 1].span)
        if key in self.bound or self.primed(key, scripts) in self.bound:
            return self.bound_index(key, below, scripts, span)
        special = self.special(key, below, scripts, start)
        if special is not None:
            return special
        kind = self.lexicon.kind(key)
        if key in self.lexicon.functions and key not in self.lexicon.symbols | self.lexicon.families:
            return self.function(key, below, scripts, start)
        if key in self.lexicon.losses:
            node = self._loss(key, span)
            return self.raised(node, scripts.above, span)
        if kind is None:
            size = self._size_of_set(key) if not below else None
            if size is None:
                raise self.undeclared(key, below, start, span)
            return self.raised(Name(size, span=span), scripts.above, span)
        return self.raised(self.element(key, below, span), scripts.above, span)

    def _lower_glued(self, key: str) -> None:
        """Lower the letter behind a name that means nothing without it: `uo` and `vc` are `u_o` and `v_c`."""
        if self.peek().is_op("top") and self.peek(1).kind == "name" and not self.peek(1).spaced:
            # `u⊤o`, as it comes out of a PDF
            top, index = self.tokens[self.at:self.at + 2]
            if index.text in self.lexicon.indices and self._has_entries(key):
                self.tokens = [*self.tokens[:self.at], index, top, *self.tokens[self.at + 2:]]
        token = self.peek()
        if token.kind != "name" or token.spaced or len(token.text) != 1:
            return
        is_index = token.text in self.lexicon.indices or token.text in self.bound
        is_part = self.lexicon.kind(key) is None and f"{key}_{token.text}" in self.lexicon.kinds
        if is_part or (is_index and self._has_entries(key)):
            brace = Token("op", "{", token.span), token, Token("op", "}", token.span)
            self.tokens = [*self.tokens[:self.at], Token("op", "_", token.span), *brace, *self.tokens[self.at + 1:]]

    def _has_entries(self, key: str) -> bool:
        symbol = self.lexicon.declarations.symbol(key)
        is_vector = symbol is not None and len(symbol.shape) == 1
        return is_vector or any(family.values is None for family in self.lexicon.declarations.family(key))

    def _raise_glued(self, key: str, scripts: Scripts) -> None:
        """Raise the T that stands behind a vector or matrix without a sign: `UT` and `u_oT` are transposed."""
        token = self.peek()
        if not (token.kind == "name" and token.text == "T") or token.spaced or token.text in self.bound:
            return
        symbol = self.lexicon.declarations.symbol(self.with_subscripts(key, scripts.below)[0])
        has_shape = (symbol is not None and symbol.shape) or any(f.shape for f in self.lexicon.declarations.family(key))
        if self.lexicon.kind("T") is None and has_shape and not scripts.above and not self.peek(1).is_op("_", "^"):
            scripts.above.append([self.step()])

    def _size_of_set(self, key: str) -> str | None:
        """Return the size that the name of a set stands for where a number is meant: `u_{Vocab}`."""
        declared = self.lexicon.declarations.index_set(self.lexicon.sets.get(key, ""))
        if len(key) == 1:
            return None  # a letter may as well be a name that nobody declared
        if declared is None or declared.first != "1" or declared.last not in self.lexicon.sizes:
            return None
        return declared.last

    # Functions

    def function(self, key: str, below: list[list[Token]], scripts: Scripts, start: Token) -> Node:
        """Read the arguments of a function, written in any way, with what hangs on its name."""
        facts = self.lexicon.functions[key]
        primes, powers = 0, []
        for tokens in scripts.above:
            if all(token.is_op("'") for token in tokens):
                primes += len(tokens)
            else:
                powers.append(tokens)
        if key == "log" and below and plain_text(below[0]) == "e":
            below = []
        if below and key != "softmax" and not (key == "norm" and plain_text(below[0]) == "2"):
            raise self.refusal(f"A subscript at `{key}` is not read; put it behind the arguments.", start.span)
        if key == "exp" and powers and not self.arguments_follow():
            # `\exp^{x}` is e to the x.
            return Apply("exp", (self.all_of(powers[0], start.span),), span=start.span)
        if powers and plain_text(powers[0]) == "-1":
            raise self.refusal(f"`{key}` to the power of -1 may mean its inverse; write `1/{key}(...)`.", start.span)
        arguments = self._arguments(key)
        span = start.span.joined(self.tokens[self.at - 1].span)
        if arguments and not facts.least <= len(arguments) <= facts.most:
            raise self.refusal(f"`{key}` takes {facts.most} argument{'s' * (facts.most > 1)}.", span)
        if not arguments:
            self._check_bare(key, start, primes)
        node: Node = Apply(key, tuple(arguments), primes, span=span)
        if below and key == "softmax":
            node = Indexed(node, tuple(self.indices(below[0], 1, span)), span=span)
        return self.hanging(self.raised(node, powers, span))

    def hanging(self, node: Node) -> Node:
        """Read the scripts behind the arguments of a function or behind a bracket."""
        while True:
            scripts = self.scripts()
            if not scripts.below and not scripts.above:
                return node
            span = node.span.joined(self.tokens[self.at - 1].span)
            for tokens in scripts.below:
                node = Indexed(node, tuple(self.indices(tokens, 2, span)), span=span)
            node = self.raised(node, scripts.above, span)

    def arguments_follow(self) -> bool:
        return self.peek().is_op("(", "[", "\\{") or self.starts_factor()

    def _check_bare(self, key: str, start: Token, primes: int) -> None:
        declared = self.lexicon.declarations.function(key)
        if declared is None or declared.bare is None:
            raise self.refusal(f"`{key}` needs an argument: `{key}(...)`.", start.span, "undeclared")

    def _arguments(self, key: str) -> list[Node]:
        token = self.peek()
        if token.is_op("(", "[", "\\{"):
            start, inner = self.at, self.group()
            nodes = [self.all_of(piece, token.span) for piece in split_top_level(inner, ",", ";")]
            if self._is_bare_product(key, nodes):
                self.at = start
                return []
            self._check_bare_inside(key, nodes, token.span)
            return nodes
        if token.is_op("-", "+") and key not in self._bare_functions():
            self.step()
            argument = self._bare_argument()
            return [Negate(argument, span=argument.span) if token.text == "-" else argument]
        counts = token.kind == "number" and key not in self._bare_functions()
        if not counts and not self.starts_factor():
            return []
        return [self._bare_argument()]

    def _bare_functions(self) -> set[str]:
        return {item.name for item in self.lexicon.declarations.functions if item.bare is not None}

    def _is_bare_product(self, key: str, nodes: Sequence[Node]) -> bool:
        r"""Whether `\sigma(1-\sigma)` has but one meaning: a number and sigmas in brackets, the argument nowhere."""
        declared = self.lexicon.declarations.function(key)
        if declared is None or declared.bare is None or len(nodes) != 1 or not isinstance(nodes[0], Sum):
            return False
        parts = list(walk(nodes[0]))
        mine = [part for part in parts if isinstance(part, Apply) and part.function == key]
        others = [part for part in parts if isinstance(part, Name) or (isinstance(part, Apply) and part.arguments)]
        return bool(mine) and not others and any(isinstance(term, Number) for term in nodes[0].terms)

    def _check_bare_inside(self, key: str, nodes: Sequence[Node], where: Span) -> None:
        """`\\sigma(1-\\sigma)` may be a product or sigma of something: ask."""
        for node in nodes:
            if any(isinstance(part, Apply) and part.function == key and not part.arguments for part in walk(node)):
                raise self.refusal(f"`{key}` without an argument inside the brackets of `{key}`: is this a product or "
                                   f"an argument? Write `{key}(x)` each time.", where, "ambiguous")

    def _bare_argument(self) -> Node:
        r"""Read an argument without brackets, up to a bracket or function: `\log \hat y_o`, `\exp u^\top v`."""
        first = self.peek()
        factors = [self.factor()]
        if first.kind != "number" and (first.kind != "name" or isinstance(factors[0], Apply)):
            return factors[0]
        if first.kind != "number" and self._continues_argument():
            self.doubts.add("short")
            if "short" in self.choices:
                return factors[0]
        while self._continues_argument():
            factors.append(self.factor())
            if isinstance(factors[-1], Apply):
                break
        span = factors[0].span.joined(factors[-1].span)
        if len(factors) > 2 and first.kind != "number":
            raise self.refusal("It is not clear where this argument ends; put it in brackets.", span, "ambiguous")
        if self.peek().is_op("("):
            self.doubts.add("greedy")
            if "greedy" in self.choices:
                factors.append(self.factor())
        if len(factors) == 1:
            return factors[0]
        return Product(tuple(factors), ("",) * (len(factors) - 1), span=span)

    def _continues_argument(self) -> bool:
        token = self.peek()
        if token.is_op(*ACCENTS):
            return True
        return token.kind == "name" and (token.text not in self.lexicon.functions or token.text in self.lexicon.symbols)

    # Losses

    def _loss(self, key: str, span: Span) -> Node:
        if not self.peek().is_op("("):
            return Name(key, span=span)
        arguments = []
        for piece in split_top_level(self.group(), ",", ";"):
            arguments.append(self._loss_argument(piece, span))
        return Call(key, tuple(arguments), span=span.joined(self.tokens[self.at - 1].span))

    def _loss_argument(self, tokens: Sequence[Token], where: Span) -> Node:
        """An argument of a loss is kept as text when it is no formula of the problem."""
        if len(tokens) == 1 and tokens[0].is_op("cdots"):
            return Dots(span=tokens[0].span)
        try:
            return self.all_of(tokens, where)
        except Unreadable:
            return Head(plain_text(tokens), span=where)
