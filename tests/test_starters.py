"""What students get: the course's own names and signatures, support modules that work, and no answers."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

HOME = Path(__file__).resolve().parents[1]
A2, HW2 = HOME / "problems" / "cs224n_a2", HOME / "problems" / "hw2_cbow"
SAMPLES = HOME / "submissions_sample"

SIGNATURES = [
    (A2, "word2vec.py", "sigmoid", "x"),
    (A2, "word2vec.py", "naiveSoftmaxLossAndGradient", "centerWordVec, outsideWordIdx, outsideVectors, dataset"),
    (A2, "word2vec.py", "getNegativeSamples", "outsideWordIdx, dataset, K"),
    (A2, "word2vec.py", "negSamplingLossAndGradient", "centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10"),
    (A2, "word2vec.py", "skipgram", "currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, "
                                    "outsideVectors, dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient"),
    (A2, "sgd.py", "sgd", "f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10"),
    (A2, "utils/gradcheck.py", "gradcheck_naive", "f, x, gradientText='this function'"),
    (A2, "utils/gradcheck.py", "grad_tests_softmax", "skipgram, dummy_tokens, dummy_vectors, dataset"),
    (A2, "utils/gradcheck.py", "grad_tests_negsamp",
     "skipgram, dummy_tokens, dummy_vectors, dataset, negSamplingLossAndGradient"),
    (A2, "utils/utils.py", "normalizeRows", "x"),
    (A2, "utils/utils.py", "softmax", "x"),
    (HW2, "cbow.py", "sigmoid_derivative", "x"),
    (HW2, "cbow.py", "tanh_derivative", "x"),
    (HW2, "cbow.py", "cbow_negative_sampling", "context, center, negatives, A, B"),
    (HW2, "cbow.py", "count_samples", "lengths, window"),
    (HW2, "cbow.py", "backprop", "x, w1, b1, w2, b2"),
]


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"starter_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def utils() -> ModuleType:
    return load(A2 / "starter" / "utils" / "utils.py")


@pytest.fixture(scope="module")
def gradcheck() -> ModuleType:
    return load(A2 / "starter" / "utils" / "gradcheck.py")


@pytest.mark.parametrize(("folder", "file", "function", "parameters"), SIGNATURES)
def test_signature(folder: Path, file: str, function: str, parameters: str) -> None:
    tree = ast.parse((folder / "starter" / file).read_text(encoding="utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    assert ast.unparse(found.args) == parameters.replace(" = ", "=")
    assert ast.get_docstring(found)


@pytest.mark.parametrize(("folder", "name"), [(A2, "word2vec.py"), (A2, "sgd.py"), (HW2, "cbow.py")])
def test_the_unfinished_sample_is_the_starter(folder: Path, name: str) -> None:
    sample = SAMPLES / folder.name / "unfinished" / name
    assert sample.read_text(encoding="utf-8") == (folder / "starter" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("folder", "script", "says"), [
    (A2, "word2vec.py", "Gradient check passed for skipgram, centre 'a', outside d"),
    (A2, "sgd.py", "sgd: no objection"),
    (HW2, "cbow.py", "backprop: agrees with finite differences"),
])
def test_the_starter_s_checks_pass_on_a_right_solution(folder: Path, script: str, says: str, tmp_path: Path) -> None:
    """The checks below the line of the starter, on the functions of the correct sample."""
    sample = (SAMPLES / folder.name / "correct" / script).read_text(encoding="utf-8")
    starter = (folder / "starter" / script).read_text(encoding="utf-8")
    checks = starter[starter.index("# ----- Below"):] if "# ----- Below" in starter else starter[starter.index("if __name__"):]
    (tmp_path / script).write_text(sample.partition("if __name__")[0] + "\nimport argparse\n" + checks, encoding="utf-8")
    (tmp_path / "utils").mkdir()
    for file in (A2 / "starter" / "utils").glob("*.py"):
        (tmp_path / "utils" / file.name).write_bytes(file.read_bytes())
    ran = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert says in ran.stdout
    assert "failed" not in ran.stdout
    assert "is off" not in ran.stdout


@pytest.mark.parametrize(("script", "says"), [("word2vec.py", "sigmoid(0) should be 0.5"), ("sgd.py", "the minimum")])
def test_the_starter_s_checks_object_to_the_starter(script: str, says: str) -> None:
    ran = subprocess.run([sys.executable, "-B", script], cwd=A2 / "starter", capture_output=True, text=True, timeout=60,
                         check=False)
    assert ran.returncode == 1
    assert says in ran.stderr


def test_normalize_rows(utils: ModuleType) -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(utils.normalizeRows(x), [[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(x, [[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])


def test_softmax(utils: ModuleType) -> None:
    np.testing.assert_allclose(utils.softmax(np.array([1001.0, 1002.0])), [0.26894142, 0.73105858])
    rows = utils.softmax(np.array([[1.0, 2.0, 5.0], [-1000.0, -1001.0, -1000.0]]))
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)
    np.testing.assert_array_equal(utils.softmax(np.array([[3.0], [4.0]])), 1.0)


@pytest.mark.parametrize(("f", "passes", "says"), [
    (lambda x: (np.sum(x**2), 2 * x), True, "passed for my function"),
    (lambda x: (np.sum(x**3), 2 * x), False, "at (0,): your gradient is 2.00000000, finite differences give 3"),
    (lambda x: (np.array([np.sum(x**2)]), 2 * x[None, :]), True, "passed"),
    (lambda x: (0.0, 0.0 * x), False, "still to be written"),
])
def test_gradcheck(gradcheck: ModuleType, capsys: pytest.CaptureFixture[str], f, passes: bool, says: str) -> None:
    assert gradcheck.gradcheck_naive(f, np.array([1.0, 2.0]), "my function") is passes
    assert says in capsys.readouterr().out


def test_a_data_set_gives_the_stream_then_goes_on_the_same_way() -> None:
    harness = load(A2 / "harness.py")
    words = harness.name_words(15)
    assert len(set(words)) == 15
    assert sorted(words) != words

    def draw() -> list[int]:
        dataset = harness.Dataset(words, [3, 1, 4])
        return [dataset.sampleTokenIdx() for _ in range(500)]

    assert draw()[:3] == [3, 1, 4]
    assert draw() == draw()
    assert set(draw()[3:]) == set(range(15))
    assert harness.Dataset(words).tokens()[words[7]] == 7
    centre, context = harness.Dataset(words).getRandomContext(3)
    assert {centre, *context} <= set(words)
    assert len(context) == 6


def test_endless_draws_end() -> None:
    harness = load(A2 / "harness.py")
    dataset = harness.Dataset(harness.name_words(5), [1])
    for _ in range(harness.MAX_DRAWS):
        dataset.sampleTokenIdx()
    with pytest.raises(RuntimeError, match="negatives need not be distinct"):
        dataset.sampleTokenIdx()


def test_adapters_take_the_inputs_that_the_problems_draw() -> None:
    """Every adapter takes the student's module first; the grader passes the inputs by name."""
    harness = load(A2 / "harness.py")
    adapters = {name: f for name, f in vars(harness).items() if inspect.isfunction(f) and not name.startswith("_")}
    assert all(next(iter(inspect.signature(f).parameters)) == "student" for n, f in adapters.items() if n != "name_words")
