"""Derivatives named in Python text: `dJ/dU`, `dJ(v_c, w[t+j], U)/dU`, `dJ_dU(...)`, `grad(J, U)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from autograder.formula import tree
from autograder.formula.tree import Node

if TYPE_CHECKING:
    from autograder.formula.python.expressions import Expressions

_CALLS = frozenset(("grad", "gradient", "diff", "D", "derivative"))


def differential_quotient(reader: Expressions, parts: list[ast.expr]) -> Node | None:
    """Read what `dJ` over `dU` means, where these are no names of their own; else None."""
    if len(parts) != 2 or not isinstance(parts[1], ast.Name):
        return None
    of, wrt = _differential(reader, parts[0]), _differential(reader, parts[1])
    if of is None or wrt is None:
        return None
    return tree.Derivative(of, wrt, span=reader.span(parts[0]).joined(reader.span(parts[1])))


def derivative_call(reader: Expressions, node: ast.Call, written: str) -> Node | None:
    """Read `grad(J(v_c, o, U), U)`, and `dJ_dU(v_c, o, U)` with the arguments of the loss."""
    if written in _CALLS and len(node.args) == 2 and not node.keywords:
        return tree.Derivative(reader.read(node.args[0]), reader.read(node.args[1]), span=reader.span(node))
    named = named_derivative(reader, written)
    if named is None or node.keywords:
        return None
    assert isinstance(named.of, tree.Name)
    call = tree.Call(named.of.name, tuple(reader.read(value) for value in node.args), span=reader.span(node))
    return tree.Derivative(call, named.wrt, span=reader.span(node))


def named_derivative(reader: Expressions, written: str) -> tree.Derivative | None:
    """Take `dJ_dU` and `dJdU` apart, where the loss and the variable are names of the problem."""
    for position in range(2, len(written) - 1):
        if written[position] != "d" or written[0] != "d":
            continue
        of = _meaning(reader, written[1:position].rstrip("_"))
        wrt = _meaning(reader, written[position + 1 :]) or _squeezed(reader, written[position + 1 :])
        if isinstance(of, tree.Name) and reader.names.is_loss(of.name) and wrt is not None:
            return tree.Derivative(of, wrt)
    return None


def _squeezed(reader: Expressions, written: str) -> Node | None:
    """Read `vw` as `v_w`."""
    return _meaning(reader, "_".join(written)) if len(written) == 2 else None


def _differential(reader: Expressions, node: ast.expr) -> Node | None:
    name = node.func if isinstance(node, ast.Call) else node
    if not isinstance(name, ast.Name) or len(name.id) < 2 or name.id[0] != "d":
        return None
    if _meaning(reader, name.id) is not None:
        return None
    found = _meaning(reader, name.id[1:].lstrip("_"))
    if isinstance(node, ast.Call):
        if not isinstance(found, tree.Name) or not reader.names.is_loss(found.name) or node.keywords:
            return None
        return tree.Call(found.name, tuple(reader.read(value) for value in node.args), span=reader.span(node))
    return found


def _meaning(reader: Expressions, written: str) -> Node | None:
    return reader.names.meaning(written, reader.local)
