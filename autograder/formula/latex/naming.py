r"""Names with their scripts: `u_k^\top`, `\hat{\mathbf y}_w`, `w^{[2]}`, `\sigma^2(x)`, `U_{:,w}`, `J(v_c, o, U)`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct, field

from autograder.formula.latex.bounds import ACCENTS, Bounds, has_comparison
from autograder.formula.latex.tokens import Token, closing_position, plain_text, split_top_level
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import (
    Apply,
    Basis,
    Compare,
    Everything,
    Identity,
    Indexed,
    Indicator,
    Name,
    Node,
    Number,
    Power,
    Prime,
    Span,
    Transpose,
)

TRANSPOSES = frozenset(("T", "t", "top", "tr", "trace", "transpose", "intercal", "Transpose"))
MAX_EXPONENT = 64


class Scripts(Struct):
    """What hangs on a name, from token `start` on: subscripts, and in their order powers, transposes and primes."""

    start: int
    below: list[list[Token]] = field(default_factory=list)
    above: list[list[Token]] = field(default_factory=list)


class Naming(Bounds):
    """Names and their elements."""

    # Spelling of the name itself

    def key(self) -> str:
        """Read a letter or word with its accents; return its canonical name."""
        token = self.step()
        if token.kind == "name":
            return token.text
        inner = self.inside(self._accented(token))
        if not (inner.peek().kind == "name" or inner.peek().is_op(*ACCENTS)):
            raise self.refusal(f"`\\{token.text}` is read over a name only, as in `\\{token.text}{{y}}`.", token.span)
        key = inner.key()
        if not inner.at_end():
            # `\hat{y_w}` is `\hat{y}_w`: what hangs on the letter is moved out.
            hanging = list(inner.tokens[inner.at:])
            if not hanging[0].is_op("_", "^", "'"):
                raise self.refusal("An accent over more than one name is not read; put it over the letter.", token.span)
            self.tokens = [*self.tokens[:self.at], *hanging, *self.tokens[self.at:]]
        return f"{key}_{token.text}"

    def _accented(self, accent: Token) -> list[Token]:
        if not self.peek().is_op("{"):
            raise self.refusal(f"Something is missing below `\\{accent.text}`.", accent.span)
        return self.group()

    def scripts(self) -> Scripts:
        """Step over every script that stands here."""
        found = Scripts(self.at)
        while True:
            token = self.peek()
            if token.is_op("_"):
                self.step()
                found.below.append(self.group())
            elif token.is_op("^"):
                sign = self.step()
                found.above.append(self.group())
                if not found.above[-1]:
                    raise self.refusal("This superscript is empty; what belongs there?", sign.span)
            elif token.is_op("'", "top"):
                found.above.append([self.step()])
            else:
                return found

    def with_subscripts(self, key: str, below: list[list[Token]]) -> tuple[str, list[list[Token]]]:
        """Take those subscripts into the name that make it a declared one."""
        while below:
            label = plain_text(below[0])
            longer = f"{key}_{label}"
            if label in ACCENTS or (self.lexicon.kind(longer) is not None and label not in self.bound):
                key, below = longer, below[1:]
            else:
                break
        return key, below

    def with_layer(self, key: str, scripts: Scripts) -> str:
        """Take a layer into the name: `a^{[2]}`, `a^{(2)}` and `a[2]` are `a_2` where only that is declared."""
        if self.lexicon.kind(key) in ("symbol", "family"):
            return key
        if self.peek().is_op("[") and self.peek(2).is_op("]") and f"{key}_{self.peek(1).text}" in self.lexicon.symbols:
            return f"{key}_{self.group()[0].text}"
        for position, tokens in enumerate(scripts.above):
            if len(tokens) == 3 and tokens[0].is_op("[", "(") and f"{key}_{tokens[1].text}" in self.lexicon.symbols:
                del scripts.above[position]
                return f"{key}_{tokens[1].text}"
        return key

    def primed(self, key: str, scripts: Scripts) -> str:
        primes = sum(len(above) for above in scripts.above if all(token.is_op("'") for token in above))
        return key + "'" * primes

    def with_primed_index(self, below: list[list[Token]], scripts: Scripts) -> list[list[Token]]:
        r"""Take the prime of `u_w'^\top` for that of its index where a sum binds `w'`; it hangs on the name no more."""
        primes = [token for above in scripts.above for token in above if token.is_op("'")]
        if len(below) != 1 or not primes or plain_text(below[0]) + "'" * len(primes) not in self.bound:
            return below
        scripts.above = [above for above in scripts.above if not all(token.is_op("'") for token in above)]
        return [[*below[0], *primes]]

    def bound_index(self, key: str, below: list[list[Token]], scripts: Scripts, span: Span) -> Node:
        primed = self.primed(key, scripts)
        if primed in self.bound and primed != key:
            return Name(primed, span=span)
        if below:
            if key in self.lexicon.families | self.lexicon.symbols:
                return self.raised(self.element(key, below, span), scripts.above, span)
            raise self.refusal(f"`{key}` is the index of a sum here and has no elements of its own.", span)
        return self.raised(Name(key, span=span), scripts.above, span)

    # Names that nobody declares

    def special(self, key: str, below: list[list[Token]], scripts: Scripts, start: Token) -> Node | None:
        if self.lexicon.kind(key) is not None or start.role == "exact":
            return None
        span = start.span.joined(self.tokens[self.at - 1].span)
        if key == "e":
            return self._euler(below, scripts, span)
        if key == "delta" and (below or self.peek().is_op("(", "[")):
            return self._kronecker(below, scripts, span)
        if key in ("Sigma", "Pi"):
            self.at = scripts.start
            return self.big("sum" if key == "Sigma" else "prod")
        if key == "E" and (self.peek().is_op("[", "(") or any(split_top_level(t, "sim")[1:] for t in below)):
            self.at = scripts.start
            return self.expectation(span)
        if key in ("heaviside", "step") and self.peek().is_op("("):
            argument = self.all_of(self.group(), span)
            test = Compare(">", argument, Number(Fraction(0)), span=argument.span)
            return Indicator(test, span=span.joined(self.tokens[self.at - 1].span))
        if key in ("I", "1", "chi") and (self.condition_follows() or (below and has_comparison(unwrapped(below[0])))):
            return self.indicator(below, span)
        if key == "I":
            size = self.all_of(below[0], span) if below else None
            return self.raised(Identity(size, span=span), scripts.above, span)
        return None

    def _euler(self, below: list[list[Token]], scripts: Scripts, span: Span) -> Node:
        if below:
            index = self.indices(below[0], 1, span)[0]
            return self.raised(Basis(index, span=span), scripts.above, span)
        if scripts.above and not self.is_transpose(scripts.above[0]):
            power = self.all_of(scripts.above[0], span)
            return self.raised(Apply("exp", (power,), span=span), scripts.above[1:], span)
        raise self.refusal("`e` stands alone here. Write its exponent, or say what `e` is: `where e = ...`.", span,
                           "undeclared")

    def _kronecker(self, below: list[list[Token]], scripts: Scripts, span: Span) -> Node:
        tokens = list(below[0]) if below else self.group()
        if scripts.above and below:
            tokens += [Token("op", ",", span), *scripts.above[0]]
        if has_comparison(tokens):
            return Indicator(self.one_condition(tokens, span), span=span)
        pieces = self._index_pieces(tokens, 2)
        if len(pieces) != 2:
            raise self.refusal("A Kronecker delta has two indices: `\\delta_{wo}`.", span)
        left, right = (self.index(piece, span) for piece in pieces)
        return Indicator(Compare("=", left, right, span=span), span=span)

    def condition_follows(self) -> bool:
        if not self.peek().is_op("(", "[", "\\{"):
            return False
        close = closing_position(self.tokens, self.at)
        return close is not None and has_comparison(self.tokens[self.at + 1:close])

    def indicator(self, below: list[list[Token]], span: Span) -> Node:
        r"""Read the condition of an indicator: `_{w=o}`, `[w=o]`, `\{w=o\}`, `(w=o)`."""
        tokens = unwrapped(below[0]) if below else self.group()
        test = self.one_condition(tokens, span)
        own = self.tokens[self.at + 1:self.at + 2]
        if below and self.peek().is_op("(") and self.peek(2).is_op(")") and own[0].text in [t.text for t in tokens]:
            self.group()  # `\\mathbf{1}_{x>0}(x)`, with its argument
        return Indicator(test, span=span.joined(self.tokens[self.at - 1].span))

    def undeclared(self, key: str, below: list[list[Token]], start: Token, span: Span) -> Unreadable:
        typed = self.text[span.start:span.end].strip() or key
        if key == "o" and not below:
            hint = " If you mean zero, type the digit 0."
        else:
            name = key + "".join(f"_{plain_text(tokens)}" for tokens in below)
            hint = self.lexicon.suggestion(self.text, name)
        return self.refusal(f"`{typed}` is not a name of this problem.{hint}", span, "undeclared")

    # Elements

    def element(self, key: str, below: list[list[Token]], span: Span) -> Node:
        node: Node = Name(key, span=span)
        if not below:
            return node
        if len(below) > 1:
            raise self.refusal(f"`{key}` has more than one subscript here; put all of it in one pair of braces.", span)
        many = self._index_count(key)
        if many == 0:
            raise self.undeclared(key, below, self.tokens[self.at - 1], span)
        return Indexed(node, tuple(self.indices(below[0], many, span)), span=span)

    def _index_count(self, key: str) -> int:
        """Return how many indices an element of this name has at most; 0 where it has no elements."""
        families = self.lexicon.declarations.family(key)
        if families:
            return max(len(family.indices) for family in families)
        symbol = self.lexicon.declarations.symbol(key)
        return len(symbol.shape) if symbol is not None else 0

    def indices(self, tokens: Sequence[Token], many: int, where: Span) -> list[Node]:
        """Read a subscript as indices."""
        return [self.index(piece, where) for piece in self._index_pieces(tokens, many)]

    def _index_pieces(self, tokens: Sequence[Token], many: int) -> list[list[Token]]:
        pieces = split_top_level(unwrapped(tokens), ",")
        units = _units(pieces[0]) if len(pieces) == 1 and many == 2 else []
        return units if len(units) == 2 else pieces

    def index(self, tokens: Sequence[Token], where: Span) -> Node:
        """Read one index: a name, a number, `t+j`, `w_k`, `:`."""
        if len(tokens) == 1 and tokens[0].is_op(":", "cdot", "*"):
            return Everything(span=tokens[0].span)
        if len(tokens) == 2 and tokens[0].kind == tokens[1].kind == "name":
            # `u_{ws}` is `u_{w_s}` with the second subscript not lowered.
            families = self.lexicon.declarations.family(tokens[0].text)
            if any(family.values is not None for family in families):
                base = Name(tokens[0].text, span=tokens[0].span)
                inner = self.index(tokens[1:], where)
                return Indexed(base, (inner,), span=tokens[0].span.joined(tokens[1].span))
        for sign, said in (("=", -1), ("ne", 0)):
            # `u_{w=o}` is that of o, and `u_{w \\ne o}` that of w.
            sides = split_top_level(tokens, sign)
            if len(sides) == 2 and all(len(side) == 1 and side[0].text in self.lexicon.indices for side in sides):
                return self.index(sides[said], where)
        return self.all_of(tokens, where)

    # Above

    def is_transpose(self, tokens: Sequence[Token]) -> bool:
        if len(tokens) != 1:
            return False
        token = tokens[0]
        if token.kind == "name" and (token.text in self.lexicon.kinds or token.text in self.bound):
            return token.text in ("trace", "transpose")
        return token.text in TRANSPOSES and token.kind in ("name", "op")

    def raised(self, node: Node, above: Sequence[list[Token]], span: Span) -> Node:
        """Apply superscripts to what has been read."""
        for tokens in above:
            span = span.joined(tokens[-1].span) if tokens else span
            if not tokens:
                continue
            if self.is_transpose(tokens):
                node = Transpose(node, span=span)
            elif all(token.is_op("'") for token in tokens):
                count = len(tokens) + (node.count if isinstance(node, Prime) else 0)
                node = Prime(node.body if isinstance(node, Prime) else node, count, span=span)
            else:
                node = Power(node, self.exponent(tokens, span), span=span)
        return node

    def exponent(self, tokens: Sequence[Token], where: Span) -> Node:
        if len(tokens) == 1 and tokens[0].is_op("*", "cdot", "circ", "prime"):
            raise self.refusal("This superscript has no meaning here.", tokens[0].span)
        if tokens[0].is_op("-") and self.is_transpose(tokens[1:]):
            raise self.refusal("The transpose of an inverse is not read.", where)
        node = self.all_of(tokens, where)
        if isinstance(node, Number) and abs(node.value) > MAX_EXPONENT:
            raise self.refusal(f"Exponents are read up to {MAX_EXPONENT}.", where, "limit")
        return node


def unwrapped(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens without one pair of brackets around all of them."""
    if tokens and tokens[0].is_op("[", "(", "\\{") and closing_position(tokens, 0) == len(tokens) - 1:
        return list(tokens[1:-1])
    return list(tokens)


def _units(tokens: Sequence[Token]) -> list[list[Token]]:
    """Take `wo` or `w_i w_k` apart into names with their subscripts; an empty list for anything else."""
    units: list[list[Token]] = []
    position = 0
    while position < len(tokens):
        if tokens[position].kind not in ("name", "number"):
            return []
        end = position + 1
        while end < len(tokens) and tokens[end].is_op("_"):
            end = (closing_position(tokens, end + 1) or len(tokens)) + 1
        units.append(list(tokens[position:end]))
        position = end
    return units
