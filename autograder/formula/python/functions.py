"""Functions of the student's own in Python text, put in where called: `def s(z): return 1 / (1 + np.exp(-z))`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.python.identifiers import Identifiers, spelled_out
from autograder.formula.python.numpy_functions import APPLIED, UNBOUND
from autograder.formula.python.source import Source, prepare
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


def argument_asked(
    names: Identifiers, source: Source, function: ast.FunctionDef | ast.Lambda
) -> dict[str, Node]:
    """Return what the one argument of a function stands for, where the problem has one real number and no arrays.

    Known functions have to be applied to it: the s of `lambda s: s * (1 - s)` may be the value of one.
    Raises Unreadable for an argument that the problem has another meaning for, as s for sigma(x).
    """
    arguments = function.args
    for argument in arguments.args:
        if isinstance(names.meaning(argument.arg, {}), tree.Apply):
            sentence = f"`{argument.arg}` is the name of a function in this problem; call the argument otherwise."
            raise source.refusal(sentence, source.span(argument), "program")
    drawn = [symbol for symbol in names.declarations.symbols if symbol.definition is None]
    real = [symbol for symbol in drawn if symbol.domain == "real"]
    if len(arguments.args) != 1 or len(real) != 1 or any(symbol.shape for symbol in drawn):
        return {}
    word = arguments.args[0].arg
    is_new = names.meaning(word, {}) is None and any(_is_applied(node, word) for node in ast.walk(function))
    return {spelled_out(word): tree.Name(real[0].name)} if is_new else {}


def _is_applied(node: ast.AST, word: str) -> bool:
    """Whether this applies a known function to what a name stands for."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    return (name in APPLIED or name in UNBOUND) and any(
        isinstance(part, ast.Name) and part.id == word for value in node.args for part in ast.walk(value))


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
