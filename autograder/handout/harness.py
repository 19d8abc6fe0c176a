"""The public half of a harness: the adapters that call a student's function, and what they use.

A harness may also hold functions that put a student's own functions together as another one should: they show how that
is done, so that only what the public problem files name goes into the handout.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograder.spec.code import FunctionPart
from autograder.spec.model import Assignment


def public_harness(source: str, assignment: Assignment) -> str:
    """Return the source with only those functions and classes that public adapters reach.

    assignment: as students see it.
    """
    tree = ast.parse(source)
    defined = {node.name: node for node in tree.body
               if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    others = [node for node in tree.body if node not in defined.values()]
    waiting = [*_adapters(assignment), *(name for node in others for name in _names(node))]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in defined and name not in kept:
            kept.add(name)
            waiting += _names(defined[name])
    lines = source.split("\n")
    for name, node in defined.items():
        if name not in kept:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            last = node.end_lineno or node.lineno
            while last < len(lines) and not lines[last].strip():  # and the blank lines below it
                last += 1
            lines[first - 1 : last] = [_GONE] * (last - first + 1)
    return "\n".join(line for line in lines if line is not _GONE).rstrip("\n") + "\n"


_GONE = "\0"


def _adapters(assignment: Assignment) -> Iterable[str]:
    for problem in assignment.problems:
        for part in problem.parts:
            if isinstance(part, FunctionPart):
                named = (part.call, *(other.call for other in part.other_calls), *(case.call for case in part.cases))
                yield from (dotted.rpartition(".")[2] for dotted in named if dotted is not None)


def _names(node: ast.AST) -> list[str]:
    """Return every name that stands anywhere in a piece of code, also as an attribute."""
    return [inner.id if isinstance(inner, ast.Name) else inner.attr
            for inner in ast.walk(node) if isinstance(inner, (ast.Name, ast.Attribute))]
