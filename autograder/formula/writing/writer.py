"""Where parentheses go when a tree is written back, for every dialect; how things are spelled is in `rendering`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.tree import Node

# How tightly a text binds, loosest first: what may stand where without parentheses. LAST is what may only be the
# last factor of a product, as a sum sign, whose body runs on to the right.
RELATION, SUM, NEGATION, PRODUCT, LAST, SCRIPT, ATOM = range(7)

DIGITS = frozenset("0123456789")
ACCENTS = ("hat", "tilde", "bar", "dot")


class Written(Struct, frozen=True):
    """A piece of text and how tightly it binds."""

    text: str
    level: int = ATOM


def normal(node: Node) -> Node:
    """Return the tree in the form that readers give its rendering.

    No number is negative, a fraction or counted from 0: `Number(-1/3)` is `Negate(Divide(1, 3))`, `y[0]` is `y_1`;
    and a sign of the first factor is the sign of the product.
    """
    return tree.rewrite(node, _normal_step)


def _normal_step(node: Node) -> Node:
    if isinstance(node, tree.Number):
        if node.value < 0:
            return tree.Negate(_normal_step(replace(node, value=-node.value)), span=node.span)
        if _decimal(node.value) is None:
            over, under = Fraction(node.value.numerator), Fraction(node.value.denominator)
            return tree.Divide(tree.Number(over), tree.Number(under), span=node.span)
    if isinstance(node, tree.Product) and isinstance(node.factors[0], tree.Negate):
        return tree.Negate(replace(node, factors=(node.factors[0].body, *node.factors[1:])), span=node.span)
    return from_one(node) if isinstance(node, tree.Indexed) else node


def from_one(node: tree.Indexed) -> tree.Indexed:
    """Return an element with its numbers counted from 1, as mathematics does; names of indices count nothing."""
    if not node.from_zero:
        return node
    indices = tuple(replace(at, value=at.value + 1) if isinstance(at, tree.Number) else at for at in node.indices)
    return replace(node, indices=indices, from_zero=False)


def _decimal(value: Fraction) -> str | None:
    """Return a number as readers take it, `0.25`, or None where no short decimal is exact."""
    for places in range(13):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(places + 1, "0")
            return digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return None


class SpelledName(Struct, frozen=True):
    """A canonical name taken apart: `y_hat_w'` is `y`, with a hat, the subscript `w`, and a prime."""

    base: str
    accents: tuple[str, ...]
    subscripts: tuple[str, ...]
    primes: str = ""


def take_apart(name: str) -> SpelledName:
    bare = name.rstrip("'")
    base, *rest = bare.split("_")
    count = next((at for at, word in enumerate(rest) if word not in ACCENTS), len(rest))
    return SpelledName(base, tuple(rest[:count]), tuple(filter(None, rest[count:])), name[len(bare) :])


def closed_head(text: str) -> str:
    """Return a left side on one line; its span may end before the braces that close it."""
    line = " ".join(text.split())
    bare = line.replace(r"\{", "").replace(r"\}", "")
    return line + "}" * max(0, bare.count("{") - bare.count("}"))


class Writer:
    """Writes trees; a dialect is a subclass. Each method is named for its node and returns a Written."""

    operators: ClassVar[Mapping[str, str]]
    relations: ClassVar[Mapping[str, str]]

    def write(self, node: Node) -> Written:
        method: Callable[[Node], Written] = getattr(self, "write_" + type(node).__name__.lower())
        return method(node)

    def text(self, node: Node, least: int = RELATION) -> str:
        """Return the text of `node`, in parentheses where it binds less tightly than `least`."""
        written = self.write(node)
        return written.text if written.level >= least else self.group(written.text)

    def listed(self, nodes: Sequence[Node], separator: str = ", ") -> str:
        return separator.join(self.text(node) for node in nodes)

    def group(self, text: str) -> str:
        return f"({text})"

    def relation(self, sign: str) -> str:
        return f" {self.relations.get(sign, sign)} "

    # Arithmetic reads alike in every dialect.

    def write_number(self, node: tree.Number) -> Written:
        text = _decimal(node.value)
        return self.write(_normal_step(node)) if text is None or node.value < 0 else Written(text)

    def write_negate(self, node: tree.Negate) -> Written:
        return Written(f"-{self.text(node.body, PRODUCT)}", NEGATION)

    def write_sum(self, node: tree.Sum) -> Written:
        text = self.text(node.terms[0], NEGATION)
        for term in node.terms[1:]:
            sign, body = ("-", term.body) if isinstance(term, tree.Negate) else ("+", term)
            piece = self.text(body, PRODUCT)
            text += f" {sign} {self.group(piece) if piece.startswith('-') else piece}"
        return Written(text, SUM)

    def write_product(self, node: tree.Product) -> Written:
        text = self.text(node.factors[0], SCRIPT)
        final = len(node.operators) - 1
        for position, (operator, factor) in enumerate(zip(node.operators, node.factors[1:], strict=True)):
            piece = self.text(factor, LAST if position == final else SCRIPT)
            text += self.joined(text, operator, piece)
        return Written(text, PRODUCT)

    def joined(self, before: str, operator: str, piece: str) -> str:
        """Return what is added to `before`; two numbers side by side would read as one, `46 (12 + 34)` as a remark."""
        if not operator and piece[:1] in DIGITS:
            piece = self.group(piece)
        if not operator and before.isdigit() and piece.startswith(("(", "\\left(")):
            return piece
        return self.operators[operator] + piece

    def write_prime(self, node: tree.Prime) -> Written:
        primes = "'" * node.count
        if isinstance(node.body, tree.Name):
            return Written(self.text(node.body) + primes, SCRIPT)
        if isinstance(node.body, tree.Call):
            name = self.text(tree.Name(node.body.name))
            return Written(f"{name}{primes}({self.listed(node.body.arguments)})", SCRIPT)
        return Written(self.group(self.text(node.body)) + primes, SCRIPT)

    def write_compare(self, node: tree.Compare) -> Written:
        text = self.text(node.left, SUM) + self.relation(node.operator) + self.text(node.right, SUM)
        return Written(text, RELATION)

    def write_both(self, node: tree.Both) -> Written:
        return Written(self.listed(node.conditions), RELATION)

    def write_dots(self, node: tree.Dots) -> Written:
        return Written("...")

    def write_everything(self, node: tree.Everything) -> Written:
        return Written(":")

    def write_call(self, node: tree.Call) -> Written:
        return Written(f"{self.text(tree.Name(node.name))}({self.listed(node.arguments)})")

    def bounds(self, node: tree.Big) -> tuple[str, str]:
        """Return what stands below and above a sum sign."""
        if len(node.binders) == 1 and node.binders[0].first is not None and node.binders[0].last is not None:
            binder = node.binders[0]
            below, above = f"{self.index(binder)}={self.text(node.binders[0].first)}", self.text(node.binders[0].last)
        else:
            below, above = ", ".join(self.ranged(binder) for binder in node.binders), ""
        conditions = self.listed(node.conditions)
        return ", ".join(piece for piece in (below, conditions) if piece), above

    def index(self, binder: tree.Binder) -> str:
        return "" if binder.index is None else self.text(tree.Name(binder.index))

    def ranged(self, binder: tree.Binder) -> str:
        """Return what a binder runs over, on one line: `w \\in V`, `1 \\le k \\le K`, `k`, `K`."""
        index = self.index(binder)
        if binder.within is not None:
            within = self.text(tree.Name(binder.within))
            return f"{index} {self.relations.get('in', 'in')} {within}" if index else within
        low = "" if binder.first is None else self.text(binder.first) + self.relation("<=")
        high = "" if binder.last is None else self.relation("<=") + self.text(binder.last)
        return low + index + high

    def write_chain(self, node: tree.Chain) -> Written:
        text = "= " if node.continues else ""
        text += self.text(node.sides[0], SUM if node.relations else RELATION)
        for before, sign, side in zip(node.sides, node.relations, node.sides[1:], strict=False):
            text += (self.equals(before) if sign == "=" else self.relation(sign)) + self.text(side, SUM)
        return Written(text, RELATION)

    def equals(self, before: Node) -> str:
        """Return the sign that says that a side is equal to the next one."""
        return " = "

