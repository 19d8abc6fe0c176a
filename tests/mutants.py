"""Mutants of the references: every small slip that can be made in a closed form, each as a student's file.

Run `python tests/mutants.py` to print which of them change a value and which do not, and
`python tests/test_mutants_graded.py` to grade them all.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Family:
    """References that together make up one file of an assignment."""

    assignment: str
    file: str
    modules: tuple[str, ...]
    """Reference modules, each after those that it needs."""
    functions: tuple[str, ...]
    """The functions to mutate."""
    student: str
    """Source that puts the course's own signatures over the references."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit of one reference function, in a whole file as a student would hand it in."""

    assignment: str
    file: str
    function: str
    edit: str
    source: str

    def write(self, folder: Path) -> None:
        """Write the file of the submission into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.file).write_text(self.source, encoding="utf-8")


WORD2VEC = '''
def draws_of(dataset):
    while True:
        yield dataset.sampleTokenIdx()


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    out = naive_softmax(centerWordVec, outsideWordIdx, outsideVectors)
    return out["loss"], out["grad_v_c"], out["grad_U"]


def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    out = negative_sampling_drawn(centerWordVec, outsideWordIdx, outsideVectors, draws_of(dataset), K)
    return out["loss"], out["grad_v_c"], out["grad_U"]


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    centre = word2Ind[currentCenterWord]
    losses = []
    for word in outsideWords:
        loss, grad_v_c, grad_U = word2vecLossAndGradient(
            centerWordVectors[centre], word2Ind[word], outsideVectors, dataset)
        losses.append({"loss": loss, "grad_v_c": grad_v_c, "grad_U": grad_U})
    out = add_window(centre, losses, centerWordVectors, outsideVectors)
    return out["loss"], out["grad_V"], out["grad_U"]
'''

SGD = '''
def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    at_zero = np.asarray(f(0.0 * x0)[1])
    curvature = np.asarray(f(0.0 * x0 + 1.0)[1]) - at_zero
    shrink = postprocessing(1.0) if postprocessing else 1.0
    return descend(x0, -at_zero / curvature, curvature, step, iterations, shrink)["x"]
'''

CBOW = '''
outputs_of_sigmoid_derivative, outputs_of_tanh_derivative = sigmoid_derivative, tanh_derivative
outputs_of_cbow = cbow_negative_sampling


def sigmoid_derivative(x):
    return outputs_of_sigmoid_derivative(x)["value"]


def tanh_derivative(x):
    return outputs_of_tanh_derivative(x)["value"]


def cbow_negative_sampling(context, center, negatives, A, B):
    out = outputs_of_cbow(context, center, negatives, A, B)
    return out["loss"], out["grad_A"], out["grad_B"]


def count_samples(lengths, window):
    out = sample_counts(lengths, window)
    return out["skipgram"], out["cbow"]


def backprop(x, w1, b1, w2, b2):
    out = chain_gradients(x, w1, b1, w2, b2)
    return out["dw1"], out["db1"], out["dw2"], out["db2"]
'''

FAMILIES = (
    Family("cs224n_a2", "word2vec.py", ("activations", "word2vec"),
           ("sigmoid", "log_sigmoid", "softmax", "naive_softmax", "negative_sampling", "take_negatives",
            "negative_sampling_rows", "add_window"), WORD2VEC),
    Family("cs224n_a2", "sgd.py", ("descent",), ("descend",), SGD),
    Family("hw2_cbow", "cbow.py", ("activations", "cbow", "backprop"),
           ("sigmoid", "log_sigmoid", "sigmoid_derivative", "tanh_derivative", "cbow_negative_sampling",
            "window_sizes", "sample_counts", "chain_gradients"), CBOW),
)


def make_mutants() -> list[Mutant]:
    """Return every mutant of every family, each one different from all others and from the original."""
    mutants = []
    for family in FAMILIES:
        tree = _inline(family)
        seen: set[str] = set()
        for function in family.functions:
            for edit, source in _mutate(tree, function):
                if source not in seen:
                    seen.add(source)
                    mutants.append(Mutant(family.assignment, family.file, function, edit, _render(source, family)))
    return mutants


def make_original(family: Family) -> Mutant:
    """Return the references of a family as a student's file, without any edit."""
    return Mutant(family.assignment, family.file, "", "nothing", _render(ast.unparse(_inline(family)), family))


def _render(source: str, family: Family) -> str:
    return f"from __future__ import annotations\n\n{source}\n\n{family.student}"


def _inline(family: Family) -> ast.Module:
    """Put the modules of a family into one, without imports from each other."""
    body: list[ast.stmt] = []
    for module in family.modules:
        source = (ROOT / "reference" / f"{module}.py").read_text(encoding="utf-8")
        for statement in ast.parse(source).body:
            is_import = isinstance(statement, ast.ImportFrom)
            if is_import and (statement.level or statement.module == "__future__"):
                continue
            if isinstance(statement, ast.FunctionDef):
                statement = _strip(statement)
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                body.append(statement)
    return ast.Module(body, [])


def _strip(function: ast.FunctionDef) -> ast.FunctionDef:
    """Leave the docstring and the annotations out: to mutate them would be no slip."""
    function.body = function.body[1:] if ast.get_docstring(function) else function.body
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    return function


def _mutate(tree: ast.Module, function: str) -> Iterator[tuple[str, str]]:
    """Yield (edit in words, source of the whole module) for each place and each slip that fits there."""
    place = next(n for n, s in enumerate(tree.body) if isinstance(s, ast.FunctionDef) and s.name == function)
    before = ast.unparse(ast.Module(tree.body[:place], []))
    after = ast.unparse(ast.Module(tree.body[place + 1:], []))
    for number, original in enumerate(ast.walk(tree.body[place])):
        for slip in _slips(original):
            mutated = copy.deepcopy(tree.body[place])
            mutated = _Replace(_nth(mutated, number), slip).visit(mutated)
            source = ast.unparse(ast.fix_missing_locations(mutated))
            yield f"{ast.unparse(original)}  ->  {ast.unparse(slip)}", f"{before}\n\n{source}\n\n{after}"


def _nth(node: ast.AST, number: int) -> ast.AST:
    return next(found for n, found in enumerate(ast.walk(node)) if n == number)


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target = target
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self._replacement if node is self._target else super().visit(node)


def _slips(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand by mistake where a node stands."""
    for kind, slips in _SLIPS:
        if isinstance(node, kind):
            yield from slips(copy.deepcopy(node))


def _unary(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.USub):
        yield node.operand  # sign lost


_OTHER_OPERATORS: dict[type[ast.operator], Sequence[type[ast.operator]]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,), ast.MatMult: (),
}


def _binary(node: ast.BinOp) -> Iterator[ast.AST]:
    for operator in _OTHER_OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(node.left, operator(), node.right)
    yield node.left  # a term or a factor is lost
    yield node.right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.Pow, ast.MatMult)):
        yield ast.BinOp(node.right, node.op, node.left)  # transposed, or the difference the wrong way round


_OTHER_COMPARISONS: dict[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.GtE: (ast.Gt, ast.Lt), ast.Gt: (ast.GtE, ast.LtE), ast.Lt: (ast.LtE,), ast.LtE: (ast.Lt,),
    ast.NotEq: (ast.Eq, ast.Lt), ast.Eq: (ast.NotEq,),
}


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for operator in _OTHER_COMPARISONS.get(type(node.ops[0]), ()):
        yield ast.Compare(node.left, [operator()], node.comparators)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
        if node.value not in (0, 1):
            yield ast.Constant(node.value / 2)


_OTHER_FUNCTIONS = {
    "sum": ("mean", "max"), "mean": ("sum", "max"), "max": ("min", "mean"), "min": ("max",), "exp": ("expm1",),
    "log": ("log1p", "exp"), "abs": ("negative",), "logaddexp": ("maximum",), "sigmoid": ("np.tanh", "log_sigmoid"),
    "log_sigmoid": ("sigmoid",), "softmax": ("sigmoid", "np.exp"), "outer": ("multiply.outer",),
    "zeros_like": ("ones_like",),
}


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
        if prefix == "np" or (not prefix and other != "mean"):
            full = f"{prefix}.{other}" if prefix else other
            yield ast.Call(ast.parse(full, mode="eval").body, node.args, node.keywords)
    if len(node.args) == 2:
        yield ast.Call(node.func, node.args[::-1], node.keywords)  # transposed, or arguments exchanged
    if len(node.args) == 1 and last in ("abs", "exp", "log", "sigmoid", "log_sigmoid", "softmax", "sum", "mean"):
        yield node.args[0]  # the function is left out
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


def _list(node: ast.List) -> Iterator[ast.AST]:
    for place in range(len(node.elts)):
        yield ast.List(node.elts[:place] + node.elts[place + 1:], node.ctx)  # an element is left out
    if len(node.elts) == 2:
        yield ast.List(node.elts[::-1], node.ctx)


def _dict(node: ast.Dict) -> Iterator[ast.AST]:
    for place, value in enumerate(node.values):  # a factor 2, and nothing at all
        for factor in (2.0, 0.0):
            values = list(node.values)
            values[place] = ast.BinOp(ast.Constant(factor), ast.Mult(), ast.Call(
                ast.parse("np.asarray", mode="eval").body, [value], []))
            yield ast.Dict(node.keys, values)


_SLIPS = (
    (ast.UnaryOp, _unary), (ast.BinOp, _binary), (ast.Compare, _compare), (ast.Constant, _constant),
    (ast.Call, _call), (ast.AugAssign, _accumulate), (ast.Subscript, _subscript), (ast.List, _list), (ast.Dict, _dict),
)


def main() -> None:
    sys.path.insert(0, str(ROOT))  # run as a script, this folder is where Python looks, and not the one above
    from oracle import changed_parts

    mutants = [(mutant, changed_parts(mutant)) for mutant in make_mutants()]
    for title, wanted in (("change a value", True), ("change no value", False)):
        chosen = [(mutant, changed) for mutant, changed in mutants if bool(changed) is wanted]
        print(f"\n{len(chosen)} mutants {title}")
        for mutant, changed in chosen:
            print(f"  {mutant.assignment} {mutant.function}: {mutant.edit}")
            if changed:
                print(f"      in {', '.join(sorted(changed))}")


if __name__ == "__main__":
    main()
