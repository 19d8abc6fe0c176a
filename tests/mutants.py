"""Mutants of the references: every small slip that can be made in a closed form, each as a student's file.

Run `python tests/mutants.py` to print which of them change a value and which do not, and
`python tests/test_mutants_graded.py` to grade them all.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring import mutation

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
    found = []
    for family in FAMILIES:
        original = make_original(family).source
        seen = {original}
        for function in family.functions:
            for variant in mutation.make_mutants(family.file, original.encode(), function, ()):
                source = variant.source.decode()
                if source not in seen:
                    seen.add(source)
                    found.append(Mutant(family.assignment, family.file, function, variant.what, source))
    return found


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
