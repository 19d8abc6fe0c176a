"""What the functions and methods of numpy and its kin mean in a formula: a table, open to more rows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.python.calls import Arguments, Build, Function, number, product, quotient, total, whole_number
from autograder.formula.tree import NOWHERE, Node

MODULES = frozenset(
    (
        "np", "numpy", "jnp", "jax", "math", "cmath", "torch", "F", "nn", "functional", "tf", "scipy", "sp", "special",
        "sympy", "cp", "linalg", "utils",
    )
)  # fmt: skip
UNBOUND = frozenset(("where", "maximum"))
"""Functions that belong to a module, whatever its name: no array has them."""

APPLIED: Mapping[str, str] = {
    "exp": "exp", "log": "log", "ln": "log", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "sech": "sech",
    "sqrt": "sqrt", "abs": "abs", "absolute": "abs", "fabs": "abs", "sign": "sign", "sigmoid": "sigma",
    "Sigmoid": "sigma", "sig": "sigma", "sigma": "sigma", "expit": "sigma", "logistic": "sigma", "relu": "relu",
    "ReLU": "relu", "Relu": "relu", "diag": "diag", "diagflat": "diag", "trace": "trace", "norm": "norm",
    "softplus": "softplus",
}  # fmt: skip
"""Functions of one argument, and their canonical names."""


def _apply(function: str) -> Build:
    return lambda call: tree.Apply(function, (call.node("x"),), span=call.span)


def _apply_two(function: str) -> Build:
    return lambda call: tree.Apply(function, (call.node("x"), call.node("y")), span=call.span)


def _product(operator: str) -> Build:
    return lambda call: product((call.node("x"), call.node("y")), (operator,), call.span)


def _sum(call: Arguments) -> Node:
    return total((call.node("x"), call.node("y")), call.span)


def _difference(call: Arguments) -> Node:
    return total((call.node("x"), tree.Negate(call.node("y"), span=call.span)), call.span)


def _inner(call: Arguments) -> Node:
    # numpy sums over the last axis of both: x yᵀ for two-dimensional arrays, the scalar product for flat ones
    y = call.node("y")
    return product((call.node("x"), tree.Transpose(y, span=y.span)), ("py@",), call.span)


def _flat_dot(call: Arguments) -> Node:
    flat = tuple(tree.Recast(call.node(name), "flat", span=call.span) for name in ("x", "y"))
    return tree.Product(flat, ("py@",), span=call.span)


def _divide(call: Arguments) -> Node:
    return quotient(call.node("x"), call.node("y"), call.span)


def _power(call: Arguments) -> Node:
    return tree.Power(call.node("x"), call.node("y"), span=call.span)


def _square(call: Arguments) -> Node:
    return tree.Power(call.node("x"), number(2), span=call.span)


def _reciprocal(call: Arguments) -> Node:
    return tree.Divide(number(1), call.node("x"), span=call.span)


def _negative(call: Arguments) -> Node:
    return tree.Negate(call.node("x"), span=call.span)


def _log1p(call: Arguments) -> Node:
    return tree.Apply("log", (tree.Sum((number(1), call.node("x")), span=call.span),), span=call.span)


def _expm1(call: Arguments) -> Node:
    power = tree.Apply("exp", (call.node("x"),), span=call.span)
    return tree.Sum((power, tree.Negate(number(1))), span=call.span)


def _log_base(base: int) -> Build:
    def build(call: Arguments) -> Node:
        whole = tree.Apply("log", (call.node("x"),), span=call.span)
        return tree.Divide(whole, tree.Apply("log", (number(base),)), span=call.span)

    return build


def _composed(outer: str, inner: str) -> Build:
    return lambda call: tree.Apply(outer, (tree.Apply(inner, (call.node("x"),), span=call.span),), span=call.span)


def _logsumexp(call: Arguments) -> Node:
    powers = tree.Apply("exp", (call.node("x"),), span=call.span)
    whole = tree.Reduce("sum", powers, call.integer("axis"), span=call.span)
    return tree.Apply("log", (whole,), span=call.span)


def _softmax(call: Arguments) -> Node:
    if call.integer("axis") not in (None, 0, -1):
        raise call.refusal("Softmax of one vector has no axis to choose; leave `axis` out.")
    return tree.Apply("softmax", (call.node("x"),), span=call.span)


def _log_softmax(call: Arguments) -> Node:
    return tree.Apply("log", (_softmax(call),), span=call.span)


def _transpose(call: Arguments) -> Node:
    axes = tuple(whole_number(axis) for axis in getattr(call.given.get("axes"), "elts", ()))
    if axes not in ((), (1, 0)):
        raise call.refusal("Only the plain transpose is read here: `x.T`.")
    return tree.Transpose(call.node("x"), span=call.span)


def _reduce(operator: str) -> Build:
    def build(call: Arguments) -> Node:
        values = call.given["x"]
        axis = call.integer("axis")
        if isinstance(values, (ast.GeneratorExp, ast.ListComp)) and operator in ("sum", "prod"):
            whole = call.reader.read_loop(values, operator)
            if axis == 0 or isinstance(values, ast.GeneratorExp) or not isinstance(whole, tree.Big):
                return whole
            return tree.Reduce(operator, whole, axis, call.flag("keepdims"), span=call.span)
        if isinstance(values, (ast.List, ast.Tuple)) and values.elts and axis == 0 and operator in ("sum", "mean"):
            whole = total([call.reader.read(item) for item in values.elts], call.span)
            return whole if operator == "sum" else quotient(whole, number(len(values.elts)), call.span)
        counted = call.reader.read_count(values) if operator == "sum" and axis in (None, 0) else None
        if counted is not None:
            return counted
        return tree.Reduce(operator, call.node("x"), axis, call.flag("keepdims"), span=call.span)

    return build


def _count_nonzero(call: Arguments) -> Node:
    counted = call.reader.read_count(call.given["x"])
    return counted or tree.Reduce("sum", tree.Indicator(call.reader.read_condition(call.given["x"])), span=call.span)


def _count(call: Arguments) -> Node:
    """`w.count(w_k)`: how many of the drawn words are w_k."""
    same = ast.copy_location(ast.Compare(call.given["x"], [ast.Eq()], [call.given["value"]]), call.call)
    counted = call.reader.read_count(same)
    if counted is None:
        raise call.refusal("`.count()` is read of the drawn words only; write the sum out.")
    return counted


def _expand(call: Arguments) -> Node:
    axis = call.integer("axis")
    if axis not in (0, 1, -1):
        raise call.refusal("A vector becomes a column with axis 1, a row with axis 0.")
    return tree.Recast(call.node("x"), "newaxis0" if axis == 0 else "newaxis1", span=call.span)


def _recast(how: str) -> Build:
    return lambda call: tree.Recast(call.node("x"), how, span=call.span)


def _reshape(call: Arguments) -> Node:
    sizes = (*call.sizes("shape"), *((call.node("more"),) if "more" in call else ()))
    return tree.Recast(call.node("x"), "reshape", sizes, span=call.span)


def _shaped_like(call: Arguments) -> Node | None:
    """Return x in `np.zeros(x.shape)`."""
    shape = call.given.get("shape")
    return call.reader.read(shape.value) if isinstance(shape, ast.Attribute) and shape.attr == "shape" else None


def _ones(call: Arguments) -> Node:
    sizes = call.sizes("shape") if "shape" in call else (None,)
    vectors = [tree.Ones(size, span=call.span) for size in sizes]
    if len(vectors) == 1:
        return vectors[0]
    if len(vectors) != 2:
        raise call.refusal("Arrays here have one or two axes.")
    for at, how in ((0, "newaxis0"), (1, "newaxis1")):
        if sizes[at] == number(1):
            return tree.Recast(vectors[1 - at], how, span=call.span)
    return tree.Product(tuple(vectors), ("otimes",), span=call.span)


def _zeros(call: Arguments) -> Node:
    return tree.Product((number(0), _shaped_like(call) or _ones(call)), ("py*",), span=call.span)


def _zeros_like(call: Arguments) -> Node:
    return tree.Product((number(0), call.node("x")), ("py*",), span=call.span)


def _ones_like(call: Arguments) -> Node:
    return tree.Sum((_zeros_like(call), number(1)), span=call.span)


def _identity(call: Arguments) -> Node:
    return tree.Identity(call.node("n") if "n" in call else None, span=call.span)


def _onehot(call: Arguments) -> Node:
    return tree.Basis(call.node("x"), span=call.span)


def _where(call: Arguments) -> Node:
    condition = call.reader.read_condition(call.given["condition"])
    first = tree.Branch(call.node("x"), condition, span=call.span)
    return tree.Cases((first, tree.Branch(call.node("y"), None, span=call.span)), span=call.span)


def _heaviside(call: Arguments) -> Node:
    x, zero = call.node("x"), number(0)
    return tree.Cases(
        (
            tree.Branch(number(1), tree.Compare(">", x, zero)),
            tree.Branch(zero, tree.Compare("<", x, zero)),
            tree.Branch(call.node("y"), None),
        ),
        span=call.span,
    )


def _compare(operator: str) -> Build:
    def build(call: Arguments) -> Node:
        return tree.Indicator(tree.Compare(operator, call.node("x"), call.node("y"), span=call.span), span=call.span)

    return build


def _array(call: Arguments) -> Node:
    return call.reader.read_array(call.given["x"])


def _columns(call: Arguments) -> Node:
    """`np.column_stack([...])`, `np.stack([...], axis=1)`: flat arrays side by side as columns."""
    listed = call.reader.read_array(call.given["x"])
    if not isinstance(listed, tree.Matrix):
        raise call.refusal("Say which columns stand side by side: `np.column_stack([... for w in range(V)])`.")
    rows = tuple(replace(row, cells=tuple(_as_column(cell) for cell in row.cells)) for row in listed.rows)
    return replace(listed, rows=rows)


def _as_column(cell: Node) -> Node:
    return cell if isinstance(cell, tree.Dots) else tree.Recast(cell, "newaxis1", span=cell.span)


def _stack(call: Arguments) -> Node:
    axis = call.integer("axis")
    if axis not in (None, 0, 1, -1):
        raise call.refusal("Arrays here have one or two axes.")
    return _array(call) if axis in (None, 0) else _columns(call)


def _tensordot(call: Arguments) -> Node:
    axes = call.integer("axes")
    if axes not in (0, 1):
        raise call.refusal("Only `axes=0`, an outer product, and `axes=1`, a matrix product, are read here.")
    return product((call.node("x"), call.node("y")), ("otimes" if axes == 0 else "py@",), call.span)


def _plain_number(call: Arguments) -> Node:
    """`float(x > 0)`, `x.astype(float)`: the number that it already is."""
    return call.node("x")


_EINSUM: Mapping[str, Callable[[Node, Node], Node]] = {
    "a,a->": lambda x, y: _matrix_product(x, y),
    "ab,b->a": lambda x, y: _matrix_product(x, y),
    "a,ab->b": lambda x, y: _matrix_product(x, y),
    "ab,a->b": lambda x, y: _matrix_product(tree.Transpose(x), y),
    "a,ba->b": lambda x, y: _matrix_product(y, x),
    "a,b->ab": lambda x, y: tree.Product((x, y), ("otimes",)),
    "a,b->ba": lambda x, y: tree.Product((y, x), ("otimes",)),
    "ab,bc->ac": lambda x, y: _matrix_product(x, y),
    "ab,cb->ac": lambda x, y: _matrix_product(x, tree.Transpose(y)),
    "ab,ac->bc": lambda x, y: _matrix_product(tree.Transpose(x), y),
    "a,a->a": lambda x, y: product((x, y), ("py*",), NOWHERE),
    "ab,ab->ab": lambda x, y: product((x, y), ("py*",), NOWHERE),
    "ab,ab->": lambda x, y: tree.Reduce("sum", tree.Product((x, y), ("py*",))),
    ",a->a": lambda x, y: product((x, y), ("py*",), NOWHERE),
    "a,->a": lambda x, y: product((x, y), ("py*",), NOWHERE),
}
_EINSUM_ONE: Mapping[str, Callable[[Node], Node]] = {
    "ab->ba": lambda x: tree.Transpose(x),
    "ab->a": lambda x: tree.Reduce("sum", x, 1),
    "ab->b": lambda x: tree.Reduce("sum", x, 0),
    "ab->": lambda x: tree.Reduce("sum", x),
    "a->": lambda x: tree.Reduce("sum", x),
    "aa->": lambda x: tree.Apply("trace", (x,)),
}


def _matrix_product(x: Node, y: Node) -> Node:
    return product((x, y), ("py@",), NOWHERE)


def _einsum(call: Arguments) -> Node:
    pattern = call.given["subscripts"]
    if not (isinstance(pattern, ast.Constant) and isinstance(pattern.value, str)):
        raise call.refusal("`einsum` needs its subscripts as a text first: `np.einsum('ij,j->i', U, y)`.")
    written = pattern.value.replace(" ", "")
    letters = {letter: chr(ord("a") + at) for at, letter in enumerate(dict.fromkeys(filter(str.isalpha, written)))}
    canonical = "".join(letters.get(char, char) for char in written)
    if canonical in _EINSUM and "y" in call:
        return _EINSUM[canonical](call.node("x"), call.node("y"))
    if canonical in _EINSUM_ONE and "y" not in call:
        return _EINSUM_ONE[canonical](call.node("x"))
    raise call.refusal(f"`einsum` with `{written}` is not read here. Use `@`, `np.outer` or `np.sum`.")


def _table() -> dict[str, Function]:
    rows: list[tuple[str, str, Build]] = [
        ("dot matmul mm mv bmm", "x y", _product("py@")),
        ("multiply mul", "x y", _product("py*")),
        ("outer ger", "x y", _product("otimes")),
        ("inner", "x y", _inner),
        ("vdot", "x y", _flat_dot),
        ("einsum", "subscripts x y?", _einsum),
        ("add", "x y", _sum),
        ("subtract sub", "x y", _difference),
        ("divide true_divide div", "x y", _divide),
        ("power pow float_power", "x y", _power),
        ("square", "x", _square),
        ("reciprocal", "x", _reciprocal),
        ("negative neg", "x", _negative),
        ("maximum", "x y", _apply_two("max")),
        ("minimum", "x y", _apply_two("min")),
        ("log1p", "x", _log1p),
        ("expm1", "x", _expm1),
        ("log2", "x", _log_base(2)),
        ("log10", "x", _log_base(10)),
        ("logsigmoid log_sigmoid", "x", _composed("log", "sigma")),
        ("log_softmax", "x axis?", _log_softmax),
        ("logsumexp", "x axis?", _logsumexp),
        ("softmax", "x axis?", _softmax),
        ("transpose t", "x axes?", _transpose),
        ("sum reduce_sum", "x axis? keepdims?", _reduce("sum")),
        ("mean average reduce_mean", "x axis? keepdims?", _reduce("mean")),
        ("prod", "x axis? keepdims?", _reduce("prod")),
        ("count_nonzero", "x", _count_nonzero),
        ("count", "x value", _count),
        ("max amax", "x axis? keepdims?", _reduce("max")),
        ("expand_dims unsqueeze", "x axis", _expand),
        ("squeeze", "x axis?", _recast("squeeze")),
        ("ravel flatten", "x", _recast("flat")),
        ("reshape view", "x shape more?", _reshape),
        ("ones", "shape?", _ones),
        ("zeros", "shape?", _zeros),
        ("ones_like", "x", _ones_like),
        ("zeros_like", "x", _zeros_like),
        ("eye identity", "n?", _identity),
        ("onehot one_hot", "x n?", _onehot),
        ("where", "condition x y", _where),
        ("heaviside", "x y", _heaviside),
        ("float int float64 float32 copy item detach", "x", _plain_number),
        ("array asarray asanyarray vstack tensor", "x", _array),
        ("column_stack", "x", _columns),
        ("stack", "x axis?", _stack),
        ("tensordot", "x y axes", _tensordot),
        ("greater gt", "x y", _compare(">")),
        ("less lt", "x y", _compare("<")),
        ("greater_equal ge", "x y", _compare(">=")),
        ("less_equal le", "x y", _compare("<=")),
        ("equal eq", "x y", _compare("=")),
        ("not_equal ne", "x y", _compare("!=")),
        ("astype", "x kind", _plain_number),
    ]
    table = {name: Function(("x",), _apply(meaning)) for name, meaning in APPLIED.items()}
    for names, parameters, build in rows:
        function = Function(tuple(parameters.split()), build)
        table.update((name, function) for name in names.split())
    return table


FUNCTIONS: Mapping[str, Function] = _table()
SUGGESTED = (*APPLIED, "dot", "outer", "matmul", "sum", "mean", "where", "softmax", "maximum", "transpose")
