"""Mutants of a program: every small slip that fits at some place of it, one at a time.

Signs, factors, terms, indices, axes, transposes, boundaries, constants, accumulation, functions: what people get wrong
in numerical code. A mutant is source again; whether it is wrong is for the grading line to say.
"""

from __future__ import annotations

import ast
import copy
import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """A file of a submission with one function written in another way.

    what    the change in words
    diff    the lines that changed, as a diff
    parts   the parts that it can reach, the nearest first
    """

    file: str
    function: str
    what: str
    diff: str
    source: bytes
    parts: tuple[str, ...]


def make_mutants(file: str, data: bytes, function: str, parts: tuple[str, ...]) -> Iterator[Variant]:
    """Yield every mutant of one function of a file, each one another program than all before it."""
    source = data.decode()
    original = find_function(source, function)
    seen = {ast.unparse(original)}
    for number, place in enumerate(ast.walk(original)):
        for slip in _slips(place):
            mutated = _Replace(number, slip).apply(original)
            text = ast.unparse(ast.fix_missing_locations(mutated))
            if text in seen:
                continue
            seen.add(text)
            yield vary(file, source, original, text, f"{_short(place)}  ->  {_short(slip)}", parts)


def vary(
    file: str, source: str, function: ast.FunctionDef, text: str, what: str, parts: tuple[str, ...], before: str = ""
) -> Variant:
    """Return a file in which one function is replaced by a text; `before` goes in front of it."""
    lines = source.splitlines()
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    whole = "\n".join([*lines[: first - 1], before, text, *lines[function.end_lineno :], ""])
    old, new = ast.unparse(function).splitlines(), text.splitlines()
    changes = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
    diff = "\n".join(line for line in changes if not line.startswith("@@"))
    return Variant(file, function.name, what, diff, whole.encode(), parts)


def find_function(source: str, name: str) -> ast.FunctionDef:
    """Return a function at the top of a file, without its docstring and annotations: to change them is no slip."""
    found = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name)
    if ast.get_docstring(found) and len(found.body) > 1:
        found.body = found.body[1:]
    found.returns = None
    for argument in (*found.args.posonlyargs, *found.args.args, *found.args.kwonlyargs):
        argument.annotation = None
    return found


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:90]


class _Replace(ast.NodeTransformer):
    """Replaces the node that a walk over the tree comes to as its n-th."""

    def __init__(self, number: int, replacement: ast.AST) -> None:
        self._number = number
        self._replacement = replacement
        self._target: ast.AST | None = None

    def apply(self, tree: ast.FunctionDef) -> ast.AST:
        tree = copy.deepcopy(tree)
        self._target = next(node for n, node in enumerate(ast.walk(tree)) if n == self._number)
        return self.visit(tree)

    def visit(self, node: ast.AST) -> ast.AST:
        return self._replacement if node is self._target else super().visit(node)


def _slips(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand by mistake where a node stands."""
    for kind, slips in _SLIPS:
        if isinstance(node, kind):
            yield from slips(copy.deepcopy(node))


def _unary(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, (ast.USub, ast.Not)):
        yield node.operand  # sign lost


_OTHER_OPERATORS: dict[type[ast.operator], Sequence[type[ast.operator]]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Div,),
}


def _binary(node: ast.BinOp) -> Iterator[ast.AST]:
    for operator in _OTHER_OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(node.left, operator(), node.right)
    yield node.left  # a term or a factor is lost
    yield node.right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow, ast.MatMult)):
        yield ast.BinOp(node.right, node.op, node.left)  # transposed, or the difference the wrong way round


_OTHER_COMPARISONS: dict[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.GtE: (ast.Gt, ast.Lt), ast.Gt: (ast.GtE, ast.LtE), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt),
    ast.NotEq: (ast.Eq,), ast.Eq: (ast.NotEq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
}


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for operator in _OTHER_COMPARISONS.get(type(node.ops[0]), ()):
        yield ast.Compare(node.left, [operator(), *node.ops[1:]], node.comparators)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
        if node.value not in (0, 1):
            yield ast.Constant(node.value / 2)


_OTHER_FUNCTIONS = {
    "sum": ("mean", "max"), "mean": ("sum", "max"), "max": ("min", "mean"), "min": ("max",), "exp": ("expm1",),
    "log": ("log1p", "exp"), "abs": ("negative",), "logaddexp": ("maximum",), "outer": ("multiply.outer",),
    "zeros_like": ("ones_like",), "zeros": ("ones",), "std": ("var",), "var": ("std",), "sqrt": ("square",),
    "maximum": ("minimum",), "minimum": ("maximum",), "tanh": ("sinh",), "argmax": ("argmin",),
}
_INNER = ("abs", "exp", "log", "log1p", "sum", "mean", "sqrt", "tanh", "max", "min", "square", "softmax", "sigmoid",
          "log_sigmoid")


def _call(node: ast.Call) -> Iterator[ast.AST]:
    name = ast.unparse(node.func)
    if name == "np.add.at":  # repeated indices: the last one wins, or one is counted
        target, index, value = node.args
        where = ast.Subscript(target, index, ast.Store())
        yield ast.Assign([where], value, lineno=1)
        yield ast.AugAssign(where, ast.Add(), value)
        return
    prefix, _, last = name.rpartition(".")
    for other in _OTHER_FUNCTIONS.get(last, ()):
        if prefix in ("np", "numpy") or (not prefix and other in ("min", "max")):
            full = f"{prefix}.{other}" if prefix else other
            yield ast.Call(ast.parse(full, mode="eval").body, node.args, node.keywords)
    if len(node.args) == 2:
        yield ast.Call(node.func, node.args[::-1], node.keywords)  # transposed, or arguments exchanged
    if len(node.args) == 1 and last in _INNER:
        yield node.args[0]  # the function is left out
    if isinstance(node.func, ast.Attribute) and not node.args and last in ("sum", "mean", "copy"):
        yield node.func.value
    if name == "range" and len(node.args) == 1:
        for step in (1, -1):  # one too many, one too few
            yield ast.Call(node.func, [ast.BinOp(node.args[0], ast.Add(), ast.Constant(step))], [])
    for keyword in node.keywords:
        yield ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])  # axis forgotten


def _accumulate(node: ast.AugAssign) -> Iterator[ast.AST]:
    yield ast.Assign([node.target], node.value, lineno=1)
    other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    yield ast.AugAssign(node.target, other, node.value)
    yield ast.Pass()


def _subscript(node: ast.Subscript) -> Iterator[ast.AST]:
    if isinstance(node.slice, ast.Slice):
        yield ast.Subscript(node.value, ast.Slice(None, None), node.ctx)
    elif isinstance(node.slice, ast.Name):
        for index in (ast.Constant(0), ast.UnaryOp(ast.USub(), ast.Constant(1))):
            yield ast.Subscript(node.value, index, node.ctx)


def _attribute(node: ast.Attribute) -> Iterator[ast.AST]:
    if node.attr == "T":
        yield node.value


def _list(node: ast.List) -> Iterator[ast.AST]:
    for place in range(len(node.elts)):
        yield ast.List(node.elts[:place] + node.elts[place + 1 :], node.ctx)  # an element is left out
    if len(node.elts) == 2:
        yield ast.List(node.elts[::-1], node.ctx)


def _dict(node: ast.Dict) -> Iterator[ast.AST]:
    for place, value in enumerate(node.values):
        for other in _scaled(value):
            yield ast.Dict(node.keys, [*node.values[:place], other, *node.values[place + 1 :]])


def _return(node: ast.Return) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Tuple):
        values = node.value.elts
        for place, value in enumerate(values):
            for other in _scaled(value):
                yield ast.Return(ast.Tuple([*values[:place], other, *values[place + 1 :]], ast.Load()))
    elif node.value is not None and not isinstance(node.value, ast.Dict):
        for other in _scaled(node.value):
            yield ast.Return(other)


def _scaled(value: ast.expr) -> Iterator[ast.expr]:
    """Yield a value times 2, and nothing of it."""
    for factor in (2.0, 0.0):
        array = ast.Call(ast.parse("np.asarray", mode="eval").body, [value], [])
        yield ast.BinOp(ast.Constant(factor), ast.Mult(), array)


def _for(node: ast.For) -> Iterator[ast.AST]:
    """Leave the first or the last element out."""
    for part in (ast.Slice(ast.Constant(1), None), ast.Slice(None, ast.UnaryOp(ast.USub(), ast.Constant(1)))):
        every = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
        yield ast.For(node.target, ast.Subscript(every, part, ast.Load()), node.body, node.orelse, lineno=1)
    if not node.orelse:
        yield ast.For(node.target, node.iter, [*node.body, ast.Break()], [], lineno=1)


def _if(node: ast.If) -> Iterator[ast.AST]:
    yield ast.If(ast.Constant(True), node.body, node.orelse)
    yield ast.If(ast.Constant(False), node.body, node.orelse)


_SLIPS: tuple[tuple[type[ast.AST], Callable[..., Iterator[ast.AST]]], ...] = (
    (ast.UnaryOp, _unary), (ast.BinOp, _binary), (ast.Compare, _compare), (ast.Constant, _constant),
    (ast.Call, _call), (ast.AugAssign, _accumulate), (ast.Subscript, _subscript), (ast.Attribute, _attribute),
    (ast.List, _list), (ast.Dict, _dict), (ast.Return, _return), (ast.For, _for), (ast.If, _if),
)
