"""The sides of a derivation, read: each by itself, so that one that cannot be read takes no other with it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Alias, Declarations
from autograder.formula.derivations.sides import Side
from autograder.formula.latex.dimensions import is_reckoning
from autograder.formula.latex.lexicon import build_lexicon
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Basis, Derivative, Head, Node, Product, Span

MAX_SIDES = 60
MAX_DEFINITIONS = 4
_TIMES = re.compile(r"\\times|[×x*]")
NAME = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z])(?:_(?:\{[^{}]*\}|\\[A-Za-z]+|\w))?")


class ReadSide(Struct, frozen=True):
    """One side as typed and as read.

    nodes     every honest reading of it, the printed one first; empty where it cannot be read
    refusal   why it cannot be read, with its place in the whole derivation
    dialect   how it was typed
    """

    side: Side
    nodes: tuple[Node, ...] = ()
    refusal: Unreadable | None = None
    dialect: str = "latex"

    @property
    def is_read(self) -> bool:
        return bool(self.nodes)


def read_sides(
    text: str, sides: Sequence[Side], declarations: Declarations
) -> tuple[Declarations, tuple[ReadSide, ...]]:
    """Read every side that is no remark; names that the derivation defines are declared on the way."""
    defining = dict(_definitions(sides, declarations))
    declarations = replace(declarations, aliases=(*declarations.aliases, *defining.values()))
    found: list[ReadSide] = []
    for number, side in enumerate(sides):
        if not side.remark and number not in defining and number - 1 not in defining:
            found += _read_side(text, side, declarations)
    return declarations, tuple(found)


def _read_side(text: str, side: Side, declarations: Declarations) -> Iterator[ReadSide]:
    try:
        if _is_shape(side.text, declarations):
            return
        reading = read(side.text, declarations)
    except Unreadable as refusal:
        if refusal.reason != "empty":
            yield ReadSide(side, refusal=moved(refusal, side, text))
        return
    first, *others = [node for node in reading.tree.sides if not isinstance(node, Head)]
    if not others:
        nodes = [first, *(chain.sides[-1] for chain in reading.others)]
        narrow = tree.rewrite(first, _narrowed)
        nodes += [narrow] if narrow != first else []
        yield ReadSide(side, tuple(nodes), dialect=reading.dialect)
        return
    for number, node in enumerate((first, *others)):
        yield ReadSide(_part_of(side, node, number), (node,), dialect=reading.dialect)


def _is_shape(text: str, declarations: Declarations) -> bool:
    r"""Whether a side only reckons with shapes: `(d \times V)(V \times 1)`."""
    if not _TIMES.search(text):
        return False
    lexicon = build_lexicon(declarations)
    return is_reckoning([token for token in lexicon.expand(lexicon.lex(text))[0] if token.kind != "prose"], lexicon)


def _narrowed(node: Node) -> Node:
    r"""Let `\frac{d}{dx} f \cdot g` differentiate f alone, which is the other honest reading of it."""
    if not isinstance(node, Derivative) or not isinstance(node.of, Product) or not node.of.operators[0]:
        return node
    is_operator = node.of.span.start > node.wrt.span.start
    if not is_operator:
        return node
    first, *rest = node.of.factors
    return replace(node.of, factors=(replace(node, of=first), *rest))


def _part_of(side: Side, node: Node, number: int) -> Side:
    """Return the piece of a side that turned out to be a chain itself."""
    start, end = node.span.start, node.span.end
    span = Span(side.span.start + start, side.span.start + end)
    return Side("=" if number else side.relation, side.text[start:end], span, side.line)


def moved(refusal: Unreadable, side: Side, text: str) -> Unreadable:
    """Return a refusal of a side with its place in the whole text."""
    span = Span(side.span.start + refusal.span.start, side.span.start + refusal.span.end)
    return Unreadable(refusal.sentence, span, text, refusal.reason)


def _definitions(sides: Sequence[Side], declarations: Declarations) -> Iterator[tuple[int, Alias]]:
    """Yield where the derivation explains a name of its own, `where z = u_o^T v_c`, and what it means."""
    found = 0
    for number, (left, right) in enumerate(itertools.pairwise(sides)):
        if left.relation == "=" or right.relation != "=" or not NAME.fullmatch(left.text):
            continue
        meaning = right.text.strip(" .,;")
        if found < MAX_DEFINITIONS and _is_unknown(left.text, declarations) and _has_signs(meaning, declarations):
            found += 1
            yield number, Alias(left.text, meaning, local=True)


def _has_signs(text: str, declarations: Declarations) -> bool:
    """Whether a meaning can be put in place: its signs are known and its braces match."""
    try:
        return bool(build_lexicon(declarations).lex(text))
    except Unreadable:
        return False


def cases_told(text: str, declarations: Declarations) -> tuple[tuple[str, str], ...]:
    r"""Return the indices that a derivation tells cases of apart by: (w, o) where it says `w = o` or `w \ne o`."""
    fixed = [index.name for index in declarations.indices if index.role == "fixed" and index.equals is None]
    pairs = []
    for index in declarations.indices:
        if index.role != "fixed" and index.equals is None and not index.differs:
            for other in fixed:
                sign = rf"(?<![A-Za-z_{{]){index.name}\s*(?:\\neq?|≠|!=|=)\s*{other}(?![A-Za-z_])"
                if re.search(sign, text):
                    pairs.append((index.name, other))
    return tuple(pairs)


def _is_unknown(name: str, declarations: Declarations) -> bool:
    try:
        node = read(name, declarations).answer
    except Unreadable as refusal:
        return refusal.reason == "undeclared"
    return isinstance(node, Basis)
