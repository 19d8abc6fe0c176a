"""Functions of the student's own in Python text, put in where called: `def s(z): return 1 / (1 + np.exp(-z))`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.python.identifiers import spelled_out
from autograder.formula.python.numpy_functions import APPLIED
from autograder.formula.python.source import prepare
from autograder.formula.tree import Node

if TYPE_CHECKING:
    from autograder.formula.python.expressions import Expressions

MARK = "·"
"""Before the name of an argument, so that nothing else in a formula is called so."""
_DEFINED: Mapping[str, tuple[str, ...]] = {
    "sigma": ("1/(1 + exp(-x))", "1/(exp(-x) + 1)", "exp(x)/(1 + exp(x))", "exp(x)/(exp(x) + 1)"),
    "softmax": ("exp(x)/sum(exp(x))", "exp(x)/exp(x).sum()", "exp(x - max(x))/sum(exp(x - max(x)))"),
    "relu": ("maximum(0, x)", "maximum(x, 0)"),
}
"""How programs define the functions that are known here; a definition like these says nothing new."""


class Own(Struct, frozen=True):
    """A function as one expression; `parameters` stand in `body` as names behind a mark."""

    parameters: tuple[str, ...]
    body: Node


def read_own(reader: Expressions, arguments: ast.arguments, value: ast.expr) -> Own | None:
    """Read a function of plain arguments; None where it has others."""
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        return None
    names = tuple(spelled_out(argument.arg) for argument in arguments.args)
    known = reader.knowing({name: tree.Name(MARK + name) for name in names})
    return Own(names, known.read_line(value))


def says_nothing_new(reader: Expressions, name: str, own: Own) -> bool:
    """Say whether a function is defined just as the known one of its name is."""
    canonical = APPLIED.get(spelled_out(name), name)
    if len(own.parameters) != 1:
        return False
    argument = {"x": tree.Name(MARK + own.parameters[0])}
    for text in _DEFINED.get(canonical, ()):
        known = replace(reader, source=prepare(text), local=argument, used=set())
        if known.read(ast.parse(text, mode="eval").body) == own.body:
            return True
    return False


def put_in(reader: Expressions, own: Own, call: ast.Call, name: str) -> Node:
    """Return what a call of such a function means."""
    if call.keywords or len(call.args) != len(own.parameters):
        raise reader.refuse(f"`{name}` is called with other arguments than it has above.", call)
    reader.used.add(spelled_out(name))
    given = {MARK + parameter: reader.read(value) for parameter, value in zip(own.parameters, call.args, strict=True)}
    found = tree.rewrite(own.body, lambda node: given.get(node.name, node) if isinstance(node, tree.Name) else node)
    return reader.check_size(found, call)
