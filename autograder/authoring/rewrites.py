"""Honest rewrites of a program: what another student would write, with the same value but for rounding.

Each rewrite changes a whole function at once: loops for products, einsum, sums the other way round, other spellings of
a difference. They must earn full points, or a tolerance is too tight and students lose points for how they write.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from autograder.authoring.mutation import Variant, find_function, vary

SINGLE_PRECISION = "single precision"
"""The one rewrite that a part may refuse: whether it does is told, and no fault."""

# Laid in front of a rewritten function; the names are none that an author uses.
_HELPERS = '''
def _loop_dot(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 1 and b.ndim == 1:
        total = 0.0
        for i in range(len(a)):
            total = total + a[i] * b[i]
        return total
    if a.ndim == 1:
        return np.array([_loop_dot(a, b[:, j]) for j in range(b.shape[1])])
    return np.array([_loop_dot(row, b) for row in a]).reshape(a.shape[:1] + b.shape[1:])


def _einsum_dot(a, b):
    left, right = "ij"[2 - np.ndim(a):], "jk"[:np.ndim(b)]
    return np.einsum(left + "," + right + "->" + (left + right).replace("j", ""), a, b)


def _broadcast_dot(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if b.ndim == 1:
        return (a * b).sum(axis=-1)
    return (a[..., :, None] * b).sum(axis=-2)


def _reversed_sum(x, axis=None, **others):
    x = np.asarray(x)
    return np.sum(np.flip(x, axis), axis=axis, **others) if x.ndim else x


def _loop_sum(x, axis=None, **others):
    x = np.asarray(x)
    if axis is not None or others:
        return np.add.reduce(x, axis=axis, **others)
    total = 0.0
    for entry in x.ravel()[::-1].tolist():
        total += entry
    return total


def _loop_outer(a, b):
    found = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            found[i, j] = a[i] * b[j]
    return found


def _loop_add(target, index, values):
    for i, row in zip(index, np.broadcast_to(values, (len(index),) + target.shape[1:])):
        target[i] += row


def _stable_sigmoid(x):
    decay = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, decay) / (1.0 + decay)


def _single(x):
    if isinstance(x, np.ndarray) and x.dtype == np.float64:
        return x.astype(np.float32)
    return np.float32(x) if isinstance(x, float) else x
'''

Change = Callable[[ast.AST], ast.AST]


def make_rewrites(file: str, data: bytes, function: str, parts: tuple[str, ...]) -> Iterator[Variant]:
    """Yield a function of a file in each other way of writing that changes it."""
    source = data.decode()
    original = find_function(source, function)
    for name, change in _REWRITES.items():
        changed = _Everywhere(change).visit(copy.deepcopy(original))
        text = ast.unparse(ast.fix_missing_locations(changed))
        if text != ast.unparse(original):
            yield vary(file, source, original, text, name, parts, before=_HELPERS)
    text = ast.unparse(ast.fix_missing_locations(_with_single_inputs(original)))
    yield vary(file, source, original, text, SINGLE_PRECISION, parts, before=_HELPERS)


class _Everywhere(ast.NodeTransformer):
    """Changes every node, the innermost first."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def visit(self, node: ast.AST) -> ast.AST:
        return self._change(super().visit(node))  # a node that is changed was visited below already

    def generic_visit(self, node: ast.AST) -> ast.AST:
        return super().generic_visit(node)


def _with_single_inputs(function: ast.FunctionDef) -> ast.FunctionDef:
    changed = copy.deepcopy(function)
    names = [argument.arg for argument in changed.args.args]
    casts = [ast.parse(f"{name} = _single({name})").body[0] for name in names]
    changed.body = [*casts, *changed.body]
    return changed


def _named(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _numpy(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), function, ast.Load()), list(arguments), [])


def _product_by(make: Callable[..., ast.Call]) -> Change:
    def change(node: ast.AST) -> ast.AST:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return make(node.left, node.right)
        if _is_numpy(node, "dot") and isinstance(node, ast.Call) and len(node.args) == 2:
            return make(*node.args)
        return node
    return change


def _renamed(old: str, new: str) -> Change:
    """Put a helper in the place of a function of NumPy, also where that is written as a method."""
    def change(node: ast.AST) -> ast.AST:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != old:
            return node
        name = ast.Name(new, ast.Load())
        if _is_numpy(node, old):
            return ast.Call(name, node.args, node.keywords)
        return ast.Call(name, [node.func.value, *node.args], node.keywords)
    return change


def _is_numpy(node: ast.AST, function: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in (f"np.{function}", f"numpy.{function}")


def _loops_for_calls(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Call) and _is_numpy(node, "outer"):
        return ast.Call(ast.Name("_loop_outer", ast.Load()), node.args, [])
    if isinstance(node, ast.Call) and _is_numpy(node, "add.at"):
        return ast.Call(ast.Name("_loop_add", ast.Load()), node.args, [])
    return node


def _outer_by_broadcasting(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Call) and _is_numpy(node, "outer"):
        left, right = (_numpy("asarray", argument) for argument in node.args)
        return ast.BinOp(_indexed(left, "[:, None]"), ast.Mult(), _indexed(right, "[None, :]"))
    return node


def _indexed(value: ast.expr, index: str) -> ast.Subscript:
    slices = ast.parse(f"x{index}", mode="eval").body
    assert isinstance(slices, ast.Subscript)
    return ast.Subscript(value, slices.slice, ast.Load())


def _sum_over_count(node: ast.AST) -> ast.AST:
    """A mean as a sum and a division."""
    if isinstance(node, ast.Call) and _is_numpy(node, "mean") and not node.keywords and len(node.args) == 1:
        return ast.BinOp(_numpy("sum", node.args[0]), ast.Div(), _numpy("size", node.args[0]))
    return node


def _squares_multiplied(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) in ("2", "2.0"):
        return ast.BinOp(node.left, ast.Mult(), copy.deepcopy(node.left))
    return node


def _factors_exchanged(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and not _is_list(node.left, node.right):
        return ast.BinOp(node.right, node.op, node.left)
    return node


def _terms_exchanged(node: ast.AST) -> ast.AST:
    """Numbers only: the order of lists that are put together matters, and a name may be one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _is_number(node.left, node.right):
        return ast.BinOp(node.right, node.op, node.left)
    return node


def _differences_turned(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return ast.UnaryOp(ast.USub(), ast.BinOp(node.right, node.op, node.left))
    return node


def _division_by_reciprocal(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return ast.BinOp(node.left, ast.Mult(), ast.BinOp(ast.Constant(1.0), ast.Div(), node.right))
    return node


def _loops_backwards(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.For) and any(isinstance(inner, ast.AugAssign) for inner in ast.walk(node)):
        backwards = _named("reversed", _named("list", node.iter))
        return ast.For(node.target, backwards, node.body, node.orelse, lineno=1)
    return node


def _added_without_in_place(node: ast.AST) -> ast.AST:
    """`x += y` as `x = x + y`."""
    if isinstance(node, ast.AugAssign):
        value = copy.deepcopy(node.target)
        value.ctx = ast.Load()
        return ast.Assign([node.target], ast.BinOp(value, node.op, node.value), lineno=1)
    return node


def _lists_for_arrays(node: ast.AST) -> ast.AST:
    """Results as lists, as a student returns them who never left Python's own."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        methods = [ast.Attribute(_numpy("asarray", value), "tolist", ast.Load()) for value in node.value.elts]
        return ast.Return(ast.Tuple([ast.Call(method, [], []) for method in methods], ast.Load()))
    return node


def _sigmoid_of_minus(node: ast.AST) -> ast.AST:
    """sigma(-x) for 1 - sigma(x), and -sigma(-x) for sigma(x) - 1."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return node
    for one, call, is_negative in ((node.left, node.right, False), (node.right, node.left, True)):
        if _is_one(one) and isinstance(call, ast.Call) and ast.unparse(call.func) == "sigmoid" and len(call.args) == 1:
            turned = ast.Call(call.func, [ast.UnaryOp(ast.USub(), call.args[0])], [])
            return ast.UnaryOp(ast.USub(), turned) if is_negative else turned
    return node


def _sigmoid_without_overflow(node: ast.AST) -> ast.AST:
    """Two branches for 1 / (1 + exp(-x))."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_one(node.left):
        below = node.right
        if isinstance(below, ast.BinOp) and isinstance(below.op, ast.Add) and _is_one(below.left):
            power = below.right
            if isinstance(power, ast.Call) and _is_numpy(power, "exp") and isinstance(power.args[0], ast.UnaryOp):
                return _named("_stable_sigmoid", power.args[0].operand)
    return node


def _logarithms_written_out(node: ast.AST) -> ast.AST:
    """log(exp(a) + exp(b)) for np.logaddexp(a, b): right where nothing overflows."""
    if isinstance(node, ast.Call) and _is_numpy(node, "logaddexp") and len(node.args) == 2:
        left, right = (_numpy("exp", argument) for argument in node.args)
        return _numpy("log", ast.BinOp(left, ast.Add(), right))
    return node


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in (1, 1.0)


def _is_list(*nodes: ast.AST) -> bool:
    return any(isinstance(node, (ast.List, ast.ListComp, ast.Tuple)) for node in nodes)


def _is_number(*nodes: ast.AST) -> bool:
    return any(isinstance(node, ast.Constant) or (isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add))
               for node in nodes)


_REWRITES: dict[str, Change] = {
    "np.dot for @": _product_by(lambda a, b: _numpy("dot", a, b)),
    "einsum for @": _product_by(lambda a, b: _named("_einsum_dot", a, b)),
    "loops for @": _product_by(lambda a, b: _named("_loop_dot", a, b)),
    "sums of products for @": _product_by(lambda a, b: _named("_broadcast_dot", a, b)),
    "sums from the end": _renamed("sum", "_reversed_sum"),
    "sums in a loop": _renamed("sum", "_loop_sum"),
    "loops for np.outer and np.add.at": _loops_for_calls,
    "np.outer by broadcasting": _outer_by_broadcasting,
    "a sum over a count for np.mean": _sum_over_count,
    "x * x for x ** 2": _squares_multiplied,
    "factors exchanged": _factors_exchanged,
    "terms exchanged": _terms_exchanged,
    "-(b - a) for a - b": _differences_turned,
    "a * (1 / b) for a / b": _division_by_reciprocal,
    "loops from the end": _loops_backwards,
    "x = x + y for x += y": _added_without_in_place,
    "lists for arrays": _lists_for_arrays,
    "sigmoid(-x) for 1 - sigmoid(x)": _sigmoid_of_minus,
    "two branches for 1 / (1 + exp(-x))": _sigmoid_without_overflow,
    "log and exp for np.logaddexp": _logarithms_written_out,
}
