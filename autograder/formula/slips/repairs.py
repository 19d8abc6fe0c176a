"""One change that mends an answer: a transpose, an order of factors, a lost index, a slip made throughout."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Declarations
from autograder.formula.tree import Node

REPAIRS = {
    "transpose": "A transpose is missing, or there is one too many.",
    "product order": "Two factors stand in the wrong order.",
    "slipped into an exponent": "A term slipped into an exponent: e^{x+1} is not e^x + 1.",
    "slipped into a function": "A power slipped into a function: σ(x²) is not σ(x)².",
    "lost index": "An index got lost: a whole vector stands where one entry of it should.",
}
MAX_REPAIRS = 60


class Repair(Struct, frozen=True):
    """An answer with one thing changed, and the name of what was wrong."""

    name: str
    tree: Node


def find_repairs(answer: Node, declarations: Declarations, depends_on: tuple[str, ...]) -> Iterator[Repair]:
    """Yield the answer with each single repair."""
    count = 0
    for name, alternatives in (("transpose", _other_transposes), ("product order", _other_orders)):
        for _, new in tree.edits(answer, alternatives):
            count += 1
            if count > MAX_REPAIRS:
                return
            yield Repair(name, new)
    for index in (*depends_on, *(index.name for index in declarations.indices if index.role == "fixed")):
        indexed = _with_index(answer, index, declarations)
        if indexed != answer:
            yield Repair("lost index", indexed)


def _other_transposes(node: Node) -> Iterator[Node]:
    if isinstance(node, tree.Transpose):
        yield node.body
    elif isinstance(node, (tree.Name, tree.Indexed, tree.Sum, tree.Product, tree.Apply)):
        yield tree.Transpose(node)


def _other_orders(node: Node) -> Iterator[Node]:
    if isinstance(node, tree.Product):
        for position in range(len(node.factors) - 1):
            factors = list(node.factors)
            factors[position], factors[position + 1] = factors[position + 1], factors[position]
            yield replace(node, factors=tuple(factors))


def _with_index(answer: Node, index: str, declarations: Declarations) -> Node:
    """Put an index on every vector whose entries it counts, and take transposes of them away."""
    declared = declarations.index(index)
    over = declarations.index_set(declared.over) if declared else None
    if over is None:
        return answer
    vectors = {tree.Name(symbol.name) for symbol in declarations.symbols if symbol.shape == (over.last,)}

    def change(node: Node) -> Node:
        if isinstance(node, tree.Name) and node in vectors:
            return tree.Indexed(node, (tree.Name(index),), span=node.span)
        if isinstance(node, tree.Indexed) and isinstance(node.base, tree.Indexed):
            return replace(node, base=node.base.base)
        if isinstance(node, tree.Transpose) and isinstance(node.body, tree.Indexed) and node.body.base in vectors:
            return node.body
        return node

    return tree.rewrite(answer, change)


def find_mendings(answer: Node) -> Iterator[Repair]:
    """Yield the answer with a slip of the pen undone wherever it was made."""
    for name, change in (("slipped into an exponent", _out_of_exponent), ("slipped into a function", _out_of_function)):
        mended = tree.rewrite(answer, change)
        if mended != answer:
            yield Repair(name, mended)


def _out_of_exponent(node: Node) -> Node:
    if not isinstance(node, tree.Apply) or node.function != "exp" or not isinstance(node.arguments[0], tree.Sum):
        return node
    terms = node.arguments[0].terms
    numbers = tuple(term for term in terms if isinstance(term, tree.Number))
    rest = tuple(term for term in terms if not isinstance(term, tree.Number))
    if not numbers or not rest:
        return node
    exponent = rest[0] if len(rest) == 1 else tree.Sum(rest)
    return tree.Sum((replace(node, arguments=(exponent,)), *numbers))


def _out_of_function(node: Node) -> Node:
    if isinstance(node, tree.Apply) and len(node.arguments) == 1 and isinstance(node.arguments[0], tree.Power):
        inner = node.arguments[0]
        return replace(inner, base=replace(node, arguments=(inner.base,)))
    return node
