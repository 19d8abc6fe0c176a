"""Whether a mutant that nothing tells from the solution is proved to be no mutant.

Two ways: both are run on symbols for every case of every part that the mutant reaches (`symbolic_runs`); or, where no
real number is drawn, they differ by the order of the arguments of `min` and `max` alone.
"""

from __future__ import annotations

import ast
import difflib
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence

import numpy as np

from autograder.authoring.mutation import Variant, find_function
from autograder.authoring.symbolic_runs import HARNESS, Call, Request, ask
from autograder.cases import CannotDraw, draw_cases
from autograder.sandbox.loading import lay_out
from autograder.spec.code import (
    FunctionPart,
    IndexInput,
    IndicesInput,
    IntegersInput,
    NormalInput,
    UniformInput,
    ValueInput,
)
from autograder.spec.model import Assignment, Problem
from autograder.student_code import read_support

_REAL = (NormalInput, UniformInput)
_WHOLE = (IndexInput, IndicesInput, IntegersInput)
_OF_WHOLE_NUMBERS = ("abs", "len", "max", "min", "range", "sum")
"""Functions that give whole numbers for whole numbers."""


def find_obstacle(
    variant: Variant, solution: Mapping[str, bytes], parts: Sequence[tuple[Problem, FunctionPart]],
    assignment: Assignment,
) -> str:
    """Return why a mutant cannot be proved to give what the solution gives; '' where it is proved.

    parts: all that the mutant can reach.
    """
    if all(_is_called_with_whole_numbers(part, variant.function) for _, part in parts):
        sources = (solution[variant.file].decode(), variant.source.decode())
        return "" if are_commuted(*sources, variant.function) else "no real number is drawn"
    calls: list[Call] = []
    try:
        for problem, part in parts:
            own = list(_calls(part, problem, assignment.head.seed))
            if not any(call.real for call in own):
                return f"no real number is drawn in {problem.id}/{part.id}"
            calls += own
    except CannotDraw as error:
        return str(error)
    head = assignment.head
    harness = {f"{HARNESS}.py": (assignment.folder / head.harness).read_bytes()} if head.harness else {}
    common = {**read_support(assignment), **solution, **harness}
    with tempfile.TemporaryDirectory() as folder:
        folders = (f"{folder}/solution", f"{folder}/mutant")
        lay_out(common, folders[0])
        lay_out({**common, variant.file: variant.source}, folders[1])
        changed = changed_lines(solution[variant.file].decode(), variant)
        return ask(Request(folders, variant.file, changed, tuple(calls)))


def changed_lines(source: str, variant: Variant) -> tuple[int, ...]:
    """Return the lines of a mutant's file that differ; all of the function's where its head does."""
    one, two = (find_function(text, variant.function) for text in (source, variant.source.decode()))
    old, new = (ast.unparse(function).splitlines() for function in (one, two))
    first = two.lineno - len(two.decorator_list)
    changed: list[int] = []
    for step, _, _, low, high in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step != "equal":  # where lines are gone, the next one
            changed += range(first + low, first + max(high, low + 1))
    return tuple(range(first, first + len(new)) if min(changed, default=first) <= two.lineno else changed)


def _calls(part: FunctionPart, problem: Problem, seed: str) -> Iterator[Call]:
    """Yield the graded calls of a part. Raises CannotDraw."""
    for drawn in draw_cases(part, problem, seed):
        case = drawn.case
        declared = {**part.inputs, **case.inputs}
        adapter = case.call or part.call
        yield Call(
            part.file, part.function, adapter and adapter.rpartition(".")[2],
            {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in drawn.inputs.items()},
            tuple(name for name in drawn.inputs if isinstance(declared[name], _REAL)), len(part.returns),
            tuple(number for number, name in enumerate(part.returns) if not case.outputs or name in case.outputs))


# Whole numbers


def _is_called_with_whole_numbers(part: FunctionPart, function: str) -> bool:
    """Whether a function is called by nobody but the grader, and with whole numbers and lists of them only."""
    inputs = [*part.inputs.values(), *(one for case in part.cases for one in case.inputs.values())]
    return part.function == function and not (part.call or any(case.call for case in part.cases)) and all(
        isinstance(one, _WHOLE) or (isinstance(one, ValueInput) and _is_whole(one.value)) for one in inputs)


def _is_whole(value: object) -> bool:
    return all(map(_is_whole, value)) if isinstance(value, (list, tuple)) else type(value) is int


def are_commuted(source: str, other: str, function: str) -> bool:
    """Whether a function of whole numbers has `min` and `max` with their two arguments in another order, and no more.

    It must be written in whole numbers: where a NaN may come in, the order matters.
    """
    one, two = (find_function(text, function) for text in (source, other))
    known = {*_OF_WHOLE_NUMBERS, *_bound_names(one)}
    if {"*", *_OF_WHOLE_NUMBERS} & _bound_names(ast.parse(source)):  # something else may be meant by them
        return False
    return all(_is_of_whole_numbers(node, known) for node in ast.walk(one)) and \
        ast.dump(_InOrder().visit(one)) == ast.dump(_InOrder().visit(two))


_PLAIN_NODES = (
    ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.For, ast.While, ast.If,
    ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.Compare,
    ast.cmpop, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.IfExp, ast.Tuple, ast.List,
    ast.Subscript, ast.Slice, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.expr_context,
)


def _is_of_whole_numbers(node: ast.AST, known: Container[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _OF_WHOLE_NUMBERS and not node.keywords
    return isinstance(node, _PLAIN_NODES)


def _bound_names(tree: ast.AST) -> set[str]:
    """Return the names to which a piece of a program may give a meaning: by `=`, `def`, `import`, as an argument."""
    nodes = list(ast.walk(tree))
    named = {str(getattr(node, field, "")) for node in nodes for field in ("name", "asname", "arg")}
    return named | {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}


class _InOrder(ast.NodeTransformer):
    """Puts the two arguments of each `min` and `max` into one order."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("min", "max") and len(node.args) == 2:
            node.args.sort(key=ast.dump)
        return node
