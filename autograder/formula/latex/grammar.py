r"""The grammar of typed mathematics: sums of products of factors, fractions, derivatives, arrays.

    expression := ["-"] term (("+"|"-") term)*
    term       := factor ((op ["-"])? factor | "/" factor)*           op: * \cdot \times @ \odot \circ \otimes, or none
    factor     := atom (subscript | superscript | prime)*
    atom       := number | name | bracket | fraction | root | sum | derivative | expectation | array | |x| | <a,b>

Names are `naming`, sums and conditions `bounds`; what stands around a formula is `statements`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from autograder.formula.latex.arrays import Arrays
from autograder.formula.latex.bounds import ACCENTS, COMPARISONS, has_comparison
from autograder.formula.latex.cursor import MAX_NESTING
from autograder.formula.latex.naming import unwrapped
from autograder.formula.latex.tokens import Token, at_top_level, closing_position, plain_text, split_top_level
from autograder.formula.tree import (
    Apply,
    Big,
    Derivative,
    Divide,
    Dots,
    Indexed,
    Indicator,
    Name,
    Negate,
    Node,
    Number,
    Ones,
    Power,
    Product,
    Span,
    Sum,
    walk,
)

PRODUCTS = ("*", "cdot", "times", "@", "odot", "circ", "otimes")
STARTS = frozenset((
    "(", "#", "[", "\\{", "|", "\\|", "langle", "frac", "sqrt", "root", "sum", "prod", "partial", "nabla", "ones",
    "expectation", "begin", *ACCENTS,
))
DIFFERENTIALS = ("partial", "delta", "d")


class Grammar(Arrays):
    """One formula."""

    # Sums and products

    def expression(self) -> Node:
        terms = [self._signed_term()]
        while self.peek().is_op("+", "-"):
            terms.append(self._signed_term())
        if len(terms) == 1:
            return terms[0]
        return Sum(tuple(terms), span=terms[0].span.joined(terms[-1].span))

    def _signed_term(self) -> Node:
        first = self.peek()
        negative = False
        while self.peek().is_op("+", "-"):
            negative ^= self.step().text == "-"
        if (dots := self.accept("cdots")) is not None:
            return Dots(span=dots.span)
        body = self.term()
        return Negate(body, span=first.span.joined(body.span)) if negative else body

    def term(self) -> Node:
        factors, operators = [self.factor()], []
        while True:
            token = self.peek()
            if token.is_op(*PRODUCTS):
                self.step()
                operators.append(token.text)
                factors.append(self._signed_factor())
            elif token.is_op("/", "div"):
                self.step()
                top = _product(factors, operators)
                below, rest, joined = _sum_alone(self._denominator())
                factors, operators = [Divide(top, below, span=top.span.joined(below.span)), *rest], [*joined]
            elif self.starts_factor():
                operators.append("")
                factors.append(self.factor())
            else:
                return _product(factors, operators)

    def _signed_factor(self) -> Node:
        sign = self.accept("+", "-")
        body = self.factor()
        return Negate(body, span=sign.span.joined(body.span)) if sign and sign.text == "-" else body

    def _denominator(self) -> Node:
        """Read what stands behind a slash; `1/2x` has two readings."""
        bracketed = self.peek().is_op("(", "[", "\\{", "|")
        below = self._signed_factor()
        token = self.peek()
        if bracketed or token.spaced or not (token.kind == "name" or token.is_op(*ACCENTS)):
            return below
        if token.text in self.lexicon.functions and token.text not in self.lexicon.symbols:
            return below
        self.doubts.add("tight")
        if "tight" not in self.choices:
            return below
        factors = [below]
        while self.starts_factor() and not self.peek().spaced:
            factors.append(self.factor())
        return _product(factors, [""] * (len(factors) - 1))

    def starts_factor(self) -> bool:
        token = self.peek()
        if token.kind == "name":
            return True
        if token.kind == "number":
            return token.text == "1" and self._indicates()
        if token.kind != "op" or token.text not in STARTS:
            return False
        if token.is_op("|", "\\|"):
            return "|" not in self.bound
        if token.text == "(":
            return not self._remark_follows()
        return not (token.text == "[" and self.peek(1).kind == "prose")

    def _indicates(self) -> bool:
        """Whether the 1 here is an indicator: `1_{a>b}`, `1[a>b]`."""
        if not self.peek(1).is_op("_", "[", "\\{"):
            return False
        start = self.at + (2 if self.peek(1).is_op("_") else 1)
        close = closing_position(self.tokens, start)
        return close is not None and has_comparison(unwrapped(self.tokens[start + 1:close]))

    def _remark_follows(self) -> bool:
        """Whether the parenthesis here holds a remark: words, or a condition such as `(w \\ne o)`."""
        close = closing_position(self.tokens, self.at)
        if close is None:
            return False
        inner = self.tokens[self.at + 1:close]
        return bool(inner) and (inner[0].kind == "prose" or inner[0].is_op("forall") or has_comparison(inner))

    # Factors

    def factor(self) -> Node:
        token = self.peek()
        if token.kind == "name" or token.is_op(*ACCENTS):
            if token.text in DIFFERENTIALS and (slope := self._typed_derivative()) is not None:
                return slope
            return self._bracket_index(self.name())
        node = self.hanging(self._atom(token))
        # `(1-a)[1-b]` is a product; only a name of an index can pick an element of what is no name itself.
        return self._bracket_index(node) if self.peek(1).text in self.lexicon.indices else node

    def _bracket_index(self, node: Node) -> Node:
        """Read `y_hat[w]` and `U[:, w]`: brackets that hold nothing but indices."""
        while self.peek().is_op("[") and self._holds_indices():
            opened = self.peek()
            nodes = tuple(self.indices(self.group(), 2, opened.span))
            span = node.span.joined(self.tokens[self.at - 1].span)
            node = self.hanging(Indexed(node, nodes, any(isinstance(n, Number) for n in nodes), span=span))
        return node

    def _holds_indices(self) -> bool:
        close = closing_position(self.tokens, self.at)
        if close is None or close == self.at + 1:
            return False
        for piece in split_top_level(self.tokens[self.at + 1:close], ","):
            first = piece[0] if piece else None
            if first is None or not (
                first.is_op(":") or (first.kind == "number" and len(piece) == 1)
                or (first.kind == "name" and (first.text in self.lexicon.indices or first.text in self.bound))
            ):
                return False
            if not all(t.kind in ("name", "number") or t.is_op("+", "-", "_", "{", "}", ":") for t in piece):
                return False
        return True

    def _atom(self, token: Token) -> Node:
        if token.kind == "number":
            return self._number()
        if token.is_op("(", "\\{"):
            return self._parentheses(token)
        if token.is_op("["):
            return self._bracket(token)
        if token.is_op("frac"):
            return self._fraction()
        if token.is_op("sum", "prod"):
            self.step()
            return self.big(token.text)
        if token.is_op("sqrt", "root"):
            return self._root()
        if token.is_op("partial", "nabla"):
            return self._slope(token)
        if token.is_op("ones"):
            return self._ones()
        if token.is_op("expectation"):
            self.step()
            return self.expectation(token.span)
        if token.is_op("begin"):
            return self.environment()
        if token.is_op("|", "\\|", "langle"):
            return self._bars(token)
        if token.is_op("#") and self.peek(1).is_op("\\{"):
            self.step()
            return self.counted(self.group(), token.span)
        raise self.refusal(self.about(token), token.span)

    def _number(self) -> Node:
        token = self.step()
        node = Number(Fraction(token.text), span=token.span)
        following = self.peek()
        if token.text == "1" and not following.spaced and self.condition_follows():
            return self.indicator([], token.span)
        if token.text == "1" and following.is_op("_"):
            below = self.scripts().below
            if has_comparison([t for t in below[0] if not t.is_op("[", "]", "\\{", "\\}", "(", ")")]):
                return self.indicator(below, token.span)
            return self._sized_ones(below[0], token.span)
        if following.kind == "number":
            raise self.refusal("Two numbers stand side by side.", token.span.joined(following.span))
        return node

    def _ones(self) -> Node:
        token = self.step()
        below = [self.group()] if self.accept("_") else []
        if self.condition_follows() and not below:
            return self.indicator([], token.span)
        if not below:
            return Ones(span=token.span)
        if has_comparison([t for t in below[0] if not t.is_op("[", "]", "\\{", "\\}", "(", ")")]):
            return self.indicator(below, token.span)
        return self._sized_ones(below[0], token.span)

    def _sized_ones(self, tokens: Sequence[Token], where: Span) -> Node:
        label = plain_text(tokens)
        if label in self.lexicon.sets or label in self.lexicon.sizes:
            return Ones(self.all_of(tokens, where), span=where)
        raise self.refusal(f"A vector of ones of size `{label}` is not clear; is this an indicator? "
                           "Write its condition, as `\\mathbf{1}[w=o]`.", where, "ambiguous")

    # Brackets

    def _parentheses(self, token: Token) -> Node:
        if token.is_op("\\{") and self.peek(1).is_op("begin"):
            return self.braced_cases()
        times = self.at > 0 and self.tokens[self.at - 1].is_op(*PRODUCTS)
        inner = self.group()
        if has_comparison(inner) and (times or self.peek().is_op(*PRODUCTS)):
            return Indicator(self.one_condition(inner, token.span), span=token.span)  # `z \\odot (z > 0)`
        return self.in_parentheses(inner, token.span)

    def _bracket(self, token: Token) -> Node:
        inner = self.group()
        span = token.span.joined(self.tokens[self.at - 1].span)
        columns = split_top_level(inner, "|")
        if len(columns) > 2 and all(columns) and any(piece[0].is_op("cdots") for piece in columns):
            return self.written_out(inner, ("|",), span)
        if len(split_top_level(inner, ",", "quad", "newline")) > 1 or _has_gap_dots(inner):
            return self.written_out(inner, (",", "quad", "&"), span)
        if len(split_top_level(inner, *COMPARISONS)) > 1:
            if self.at < len(self.tokens) or len(self.tokens) > len(inner) + 2:
                self._check_indicator(inner, span)
            return Indicator(self.one_condition(inner, span), span=span)
        return self.all_of(inner, span)

    def _check_indicator(self, inner: Sequence[Token], span: Span) -> None:
        """Refuse `[1 - \\sigma(x) = ...]` beside a formula: an equation that holds no index is a remark."""
        known = self.lexicon.indices | set(self.bound)
        if len(split_top_level(inner, "=")) > 1 and not any(token.text in known for token in inner):
            raise self.refusal("Is this a remark? Put words before it.", span, "ambiguous")

    def _bars(self, token: Token) -> Node:
        if token.is_op("|") and self.peek(1).is_op("\\{") and (count := self._count()) is not None:
            return count
        closing = {"|": "|", "\\|": "\\|", "langle": "rangle"}[token.text]
        self.step()
        if self.nesting >= MAX_NESTING:
            raise self.refusal("This formula is nested too deeply to be read.", token.span, "limit")
        self.nesting += 1
        outer = self.bound
        self.bound = (*outer, "|") if token.text != "langle" else outer
        first = self.expression()
        nodes = [first]
        if token.text == "langle":
            if not self.accept(",", "|"):
                raise self.refusal("An inner product has two parts: `\\langle a, b \\rangle`.", token.span)
            nodes.append(self.expression())
        self.bound = outer
        self.nesting -= 1
        last = self.expect(closing, token)
        span = token.span.joined(last.span)
        if token.is_op("\\|") and self.peek().is_op("_") and plain_text(self.tokens[self.at + 2:self.at + 3]) == "2":
            self.step()
            self.group()
        return Apply({"|": "abs", "\\|": "norm", "langle": "inner"}[token.text], tuple(nodes), span=span)

    def _count(self) -> Node | None:
        r"""Read `|\{i : w_i = w_k\}|`, how many indices meet a condition."""
        close = closing_position(self.tokens, self.at + 1)
        if close is None or not self.tokens[close + 1:close + 2] or not self.tokens[close + 1].is_op("|"):
            return None
        inner, where = self.tokens[self.at + 2:close], self.peek().span.joined(self.tokens[close + 1].span)
        if len(split_top_level(inner, ":", "|")) != 2:
            return None
        self.at = close + 2
        return self.counted(inner, where)

    def _root(self) -> Node:
        token = self.step()
        degree = self.group() if token.text == "root" else None
        inner = self.all_of(self.group(), token.span)
        if degree is None:
            return Apply("sqrt", (inner,), span=token.span.joined(inner.span))
        power = Divide(Number(Fraction(1)), self.all_of(degree, token.span), span=token.span)
        return Power(inner, power, span=token.span.joined(inner.span))

    # Fractions and derivatives

    def _fraction(self) -> Node:
        token = self.step()
        top, bottom = self.group(), self.group()
        span = token.span.joined(self.tokens[self.at - 1].span)
        if self._is_differential(bottom) and len(bottom) > 1 and top and top[0].text in self.lexicon.losses:
            # `\\frac{J(v_c, o, U)}{\\partial U}`: the sign before the loss was forgotten.
            return Derivative(self.all_of(top, span), self.all_of(bottom[1:], span), span=span)
        if self._is_differential(top) and self._is_differential(bottom) and len(bottom) > 1:
            wrt = self.all_of(bottom[1:], span)
            if len(top) > 1:
                return Derivative(self.all_of(top[1:], span), wrt, span=span)
            of = self.term()
            return Derivative(of, wrt, span=span.joined(of.span))
        return Divide(self.all_of(top, span), self.all_of(bottom, span), span=span)

    def _is_differential(self, tokens: Sequence[Token]) -> bool:
        if not tokens:
            return False
        first = tokens[0]
        if first.is_op("partial"):
            return True
        return first.kind == "name" and first.text in ("d", "delta", "Delta") and first.text not in self.lexicon.symbols

    def _typed_derivative(self) -> Node | None:
        """Read `dJ/dv_c`; None where this `d` is not the sign of a differential."""
        start, token = self.at, self.peek()
        if token.text in self.lexicon.symbols or not (self.peek(1).kind == "name" or self.peek(1).is_op("(", *ACCENTS)):
            return None
        slash = next((n for n in range(start, len(self.tokens)) if self.tokens[n].is_op("/")), None)
        if slash is None or not self._is_differential(self.tokens[slash + 1:slash + 2]):
            return None
        return self._slope(token)

    def _slope(self, token: Token) -> Node:
        r"""Read `\partial J / \partial U`, `\partial_U J` or `\nabla_U J`."""
        self.step()
        if self.accept("_"):
            wrt = self.all_of(self.group(), token.span)
            of = self.factor()
            return Derivative(of, wrt, span=token.span.joined(of.span))
        if token.is_op("nabla"):
            raise self.refusal("Say what this gradient is taken with respect to: `\\nabla_{v_c} J`.", token.span)
        of = self.factor()
        slash = self.peek()
        if not slash.is_op("/") or not self._is_differential(self.tokens[self.at + 1:self.at + 2]):
            raise self.refusal("This derivative is not complete; write `\\partial J / \\partial U`.",
                               token.span.joined(of.span))
        self.step()
        self.step()
        wrt = self.factor()
        return Derivative(of, wrt, span=token.span.joined(wrt.span))


def _product(factors: list[Node], operators: list[str]) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product(tuple(factors), tuple(operators), span=factors[0].span.joined(factors[-1].span))


def _sum_alone(below: Node) -> tuple[Node, tuple[Node, ...], tuple[str, ...]]:
    """Split `sum_x exp(a_x) * v_c` behind a slash: what has no part in the sum is not below the fraction line."""
    body = below.body if isinstance(below, Big) else None
    if not isinstance(below, Big) or not isinstance(body, Product):
        return below, (), ()
    names = {binder.index for binder in below.binders}
    for at, operator in enumerate(body.operators, 1):
        rest = body.factors[at:]
        if operator and isinstance(body.factors[at - 1], (Apply, Power)) and not any(
                isinstance(node, Name) and node.name in names for factor in rest for node in walk(factor)):
            own = _product(list(body.factors[:at]), list(body.operators[:at - 1]))
            return replace(below, body=own), rest, body.operators[at - 1:]
    return below, (), ()


def _has_gap_dots(tokens: Sequence[Token]) -> bool:
    """Whether dots stand between the cells of a row, and not between terms or factors."""
    return any(token.is_op("cdots") and not tokens[position - 1].is_op("+", "-", *PRODUCTS)
               for position, token in at_top_level(tokens))
