"""What published solutions do beside the plain way, and what the line makes of each.

Every row is a change of one right solution; the verdicts are those of the parts that the change can touch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.grade import grade
from autograder.marks import Result
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import load_assignment
from autograder.spec.model import Assignment
from autograder.submission import read_submission

HOME = Path(__file__).parents[2]

HEAD = """
import numpy as np
import random

from utils.gradcheck import gradcheck_naive, grad_tests_softmax, grad_tests_negsamp
from utils.utils import normalizeRows, softmax
"""
SIGMOID = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
"""
NAIVE = """
def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    error = softmax(outsideVectors @ centerWordVec)
    loss = -np.log(error[outsideWordIdx])
    error[outsideWordIdx] -= 1
    return loss, error @ outsideVectors, np.outer(error, centerWordVec)
"""
DRAW = """
def getNegativeSamples(outsideWordIdx, dataset, K):
    negatives = []
    while len(negatives) < K:
        index = dataset.sampleTokenIdx()
        if index != outsideWordIdx:
            negatives.append(index)
    return negatives
"""
NEGATIVES = """
def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    indices = [outsideWordIdx] + getNegativeSamples(outsideWordIdx, dataset, K)
    signs = np.array([1.0] + [-1.0] * K)
    p = sigmoid(signs * (outsideVectors[indices] @ centerWordVec))
    error = signs * (p - 1)
    gradOutsideVecs = np.zeros_like(outsideVectors)
    np.add.at(gradOutsideVecs, indices, np.outer(error, centerWordVec))
    return -np.sum(np.log(p)), error @ outsideVectors[indices], gradOutsideVecs
"""
SKIPGRAM = """
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)
    c = word2Ind[currentCenterWord]
    for word in outsideWords:
        one, center, outside = word2vecLossAndGradient(
            centerWordVectors[c], word2Ind[word], outsideVectors, dataset)
        loss += one
        gradCenterVecs[c] += center
        gradOutsideVectors += outside
    return loss, gradCenterVecs, gradOutsideVectors
"""
SGD = """
def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x = x0
    for iteration in range(iterations):
        loss, grad = f(x)
        x = x - step * grad
        if postprocessing:
            x = postprocessing(x)
    return x
"""
UNFINISHED = """
def {0}(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    return loss, gradCenterVec, gradOutsideVecs
"""


@dataclass(frozen=True)
class Row:
    """Pieces of the solution that are replaced, the states that some parts then have, and a piece of what is said."""

    states: Mapping[str, str]
    says: str = ""
    notes: str = ""
    pieces: Mapping[str, str] = field(default_factory=dict)
    sgd: str = SGD
    files: Mapping[str, str] = field(default_factory=dict)


ALL_RIGHT = {"sigmoid/code": "correct", "naive-softmax/code": "correct", "negative-sampling/code": "correct",
             "skipgram/code": "correct", "sgd/code": "correct"}

ROWS = {
    "plain": Row(ALL_RIGHT),
    "imports by the path in a repository": Row(ALL_RIGHT, notes="`No module named 'nlp'`", pieces={
        "head": HEAD.replace("from utils.", "from nlp.course.a2.utils.")}),
    "relative imports": Row(ALL_RIGHT, notes="Import the assignment's files as the starter does", pieces={
        "head": HEAD.replace("from utils.", "from .utils.")}),
    "a check that only the author has": Row(ALL_RIGHT, notes="cannot import name 'my_check'", pieces={
        "head": HEAD.replace("import normalizeRows, softmax", "import normalizeRows, my_check, softmax")}),
    "a module for plots": Row(ALL_RIGHT, notes="`No module named 'matplotlib'`", pieces={
        "head": HEAD + "import matplotlib.pyplot as plt\nfrom utils.sanity_checks import *\n"}),
    "a progress bar": Row(ALL_RIGHT, notes="`No module named 'tqdm'`", sgd="from tqdm import tqdm, trange\n" + SGD.replace(
        "for iteration in range(iterations):",
        "bar = tqdm(range(iterations), desc='training')\n    for iteration in bar:\n        bar.set_description('step')")),
    "sigma by a library that is not there": Row(
        {"sigmoid/code": "raised", "naive-softmax/code": "correct", "negative-sampling/code": "partly correct",
         "skipgram/code": "partly correct"},
        "**ModuleNotFoundError**: `No module named 'torch'` in word2vec.py, line 11 (`return torch.sigmoid(x)`). Only NumPy",
        pieces={"head": "import torch\n" + HEAD, "sigmoid": SIGMOID.replace("1 / (1 + np.exp(-x))", "torch.sigmoid(x)")}),
    "helpers in utils that were not handed in": Row(
        {"naive-softmax/code": "correct", "negative-sampling/code": "raised", "skipgram/code": "partly correct"},
        "**ImportError**: `cannot import name 'count_words'", pieces={
            "head": HEAD.replace("import normalizeRows, softmax", "import normalizeRows, softmax, count_words"),
            "negatives": NEGATIVES.replace("    signs", "    count_words(indices)\n    signs")}),
    "helpers in utils that were handed in": Row(ALL_RIGHT, pieces={
        "head": HEAD.replace("import normalizeRows, softmax", "import normalizeRows, softmax, twice")},
        files={"utils/utils.py": "import numpy as np\n\ndef normalizeRows(x):\n    return x\n\ndef twice(x):\n    return 2 * x\n\n"
                                 "def softmax(x):\n    x -= np.max(x)\n    e = np.exp(x)\n    return e / e.sum()\n"}),
    "skipgram before the losses": Row(
        {"naive-softmax/code": "raised", "negative-sampling/code": "raised", "skipgram/code": "partly correct"},
        "It puts together correctly what it is given", pieces={
            "naive": UNFINISHED.format("naiveSoftmaxLossAndGradient"),
            "negatives": UNFINISHED.format("negSamplingLossAndGradient")}),
    "skipgram with one loss only": Row(
        {"naive-softmax/code": "missing", "negative-sampling/code": "correct", "skipgram/code": "partly correct"},
        "It puts together correctly what it is given", pieces={
            "naive": "", "skipgram": SKIPGRAM.replace("=naiveSoftmaxLossAndGradient", "=None")}),
    "a wrong skipgram before the losses": Row(
        {"skipgram/code": "raised"}, "Nothing gave this name a value", pieces={
            "naive": UNFINISHED.format("naiveSoftmaxLossAndGradient"),
            "skipgram": SKIPGRAM.replace("gradCenterVecs[c]", "gradCenterVecs[0]").replace("loss +=", "loss =")
            .replace("gradOutsideVectors +=", "gradOutsideVectors =")}),
    "skipgram adds to what it never set": Row(
        {"skipgram/code": "raised"}, "Give it a first value before it is used", pieces={
            "skipgram": SKIPGRAM.replace("    loss = 0.0\n", "")}),
    "a loss for whole windows": Row(ALL_RIGHT | {"naive-softmax/code": "correct"}, pieces={
        "naive": """
def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    many = len(outsideWordIdx)
    p = softmax(outsideVectors @ centerWordVec)
    error = np.tile(p, (many, 1))
    error[range(many), outsideWordIdx] -= 1
    return -np.log(p[outsideWordIdx]), error @ outsideVectors, np.einsum("so,d->sod", error, centerWordVec)
""", "negatives": """
def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    each = [_one(centerWordVec, o, outsideVectors, dataset, K) for o in iter(outsideWordIdx)]
    return [np.array(part) for part in zip(*each)]
""" + NEGATIVES.replace("negSamplingLossAndGradient", "_one"), "skipgram": """
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    c = word2Ind[currentCenterWord]
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    if not outsideWords:
        return 0.0, gradCenterVecs, np.zeros(outsideVectors.shape)
    losses, centers, outsides = word2vecLossAndGradient(
        centerWordVectors[c], [word2Ind[w] for w in outsideWords], outsideVectors, dataset)
    gradCenterVecs[c] = np.sum(centers, 0)
    return np.sum(losses), gradCenterVecs, np.sum(outsides, 0)
"""}),
    "a transposed gradient that skipgram turns back": Row(
        ALL_RIGHT | {"naive-softmax/code": "partly correct"}, "is the transpose of what is asked", pieces={
            "naive": NAIVE.replace("np.outer(error, centerWordVec)", "np.outer(centerWordVec, error)"),
            "skipgram": SKIPGRAM.replace("+= outside", "+= outside if outside.shape == outsideVectors.shape else outside.T")}),
    "gradients in another order": Row(
        {"naive-softmax/code": "partly correct"}, "is right, but in another order: loss, grad_U, grad_v_c.", pieces={
            "naive": NAIVE.replace("loss, error @ outsideVectors, np.outer(error, centerWordVec)",
                                   "loss, np.outer(error, centerWordVec), error @ outsideVectors")}),
    "a fourth value": Row({"naive-softmax/code": "wrong"}, "It returned 4 values where 3 are asked", pieces={
        "naive": NAIVE.replace("np.outer(error, centerWordVec)", "np.outer(error, centerWordVec), error")}),
    "columns, and a loss of one entry": Row(ALL_RIGHT, "`loss` has shape (1,); a plain number is asked.", pieces={
        "naive": NAIVE.replace("error[outsideWordIdx])", "error[[outsideWordIdx]])")
        .replace("error @ outsideVectors", "(error @ outsideVectors)[:, None]"),
        "skipgram": SKIPGRAM.replace("+= center", "+= center.reshape(-1)")}),
    "parentheses lost in sigma": Row(
        {"sigmoid/code": "wrong"}, "Python reads 1/1 + exp(-x) as 1 + exp(-x).", pieces={
            "sigmoid": SIGMOID.replace("1 / (1 + np.exp(-x))", "1/1 + np.exp(-x)")}),
    "negatives over a wrong sigma": Row(
        {"negative-sampling/code": "partly correct", "negative-sampling/number-of-negatives": "partly correct",
         "skipgram/code": "partly correct"},
        "This was judged with a right `sigmoid` in the place of your own, which is at fault.", pieces={
            "sigmoid": SIGMOID.replace("-x", "x")}),
    "negatives wrong over a wrong sigma": Row(
        {"negative-sampling/code": "partly correct"}, "The negatives are missing from the gradient of the centre vector.", pieces={
            "sigmoid": SIGMOID.replace("-x", "x"),
            "negatives": NEGATIVES.replace("error @ outsideVectors[indices]", "error[0] * outsideVectors[outsideWordIdx]")}),
    "negatives left out of one gradient": Row(
        {"negative-sampling/code": "partly correct", "negative-sampling/stability": "wrong"},
        "The negatives are missing from the gradient of the centre vector.", pieces={
            "negatives": NEGATIVES.replace("error @ outsideVectors[indices]", "error[0] * outsideVectors[outsideWordIdx]")}),
    "a loop over the whole width of the window": Row(
        {"skipgram/code": "partly correct"}, "Not met: a window that the end of a sentence cuts short (0.5 points).", pieces={
            "skipgram": SKIPGRAM.replace("for word in outsideWords", "for word in [outsideWords[j] for j in range(2 * windowSize)]")}),
    "the window from its end": Row(ALL_RIGHT, pieces={"skipgram": SKIPGRAM.replace("in outsideWords", "in reversed(outsideWords)")}),
    "a set of outside words": Row(
        {"skipgram/code": "wrong"}, "A word that occurs twice in the window counts once.", pieces={
            "skipgram": SKIPGRAM.replace("in outsideWords", "in set(outsideWords)")}),
    "the mean of the window": Row(
        {"skipgram/code": "wrong"}, "- `loss`, `grad_V`, `grad_U`: wrong (0 of 12 points). You take the mean", pieces={
            "skipgram": SKIPGRAM.replace("    return", "    n = max(len(outsideWords), 1)\n    return").replace(
                "loss, gradCenterVecs, gradOutsideVectors\n", "loss / n, gradCenterVecs / n, gradOutsideVectors / n\n")}),
    "a loss that takes a step by itself": Row(
        {"naive-softmax/code": "right value, wrong form", "skipgram/code": "partly correct"},
        "It puts together correctly what it is given, but", pieces={
            "naive": NAIVE.replace("    return loss", "    outsideVectors -= 0.1 * np.outer(error, centerWordVec)\n    return loss")
            .replace("error @ outsideVectors", "error @ (outsideVectors + 0.1 * np.outer(error, centerWordVec))")}),
    "nothing returned": Row({"sigmoid/code": "wrong"}, "`value` is None in every case.", pieces={
        "sigmoid": SIGMOID.replace("return", "s =")}),
    "a bracket of another script": Row({"sigmoid/code": "raised"}, "Type it anew on a plain keyboard.", pieces={
        "sigmoid": SIGMOID.replace("-x))", "-x)\N{FULLWIDTH RIGHT PARENTHESIS}")}),
    "nothing but another kind of skipgram": Row(
        {"sigmoid/code": "missing", "naive-softmax/code": "missing", "skipgram/code": "raised"},
        "It is called together with your function `naiveSoftmaxLossAndGradient`, which is not there.", pieces={
            "sigmoid": "", "naive": "", "draw": "", "negatives": "",
            "skipgram": "def skipgram(centerWord, contextWord, inputMatrix, outputMatrix):\n    return 0\n"}),
    "None for everything": Row({"naive-softmax/code": "wrong"}, "`grad_U`: wrong (0 of 10 points). Each is None in every case.", pieces={
        "naive": NAIVE.replace("return loss, error @ outsideVectors, np.outer(error, centerWordVec)", "return None, None, None")}),
    "softmax of a column": Row(
        {"naive-softmax/code": "wrong"}, "- `loss`, `grad_v_c`, `grad_U`: wrong (0 of 10 points). Every probability is 1", pieces={
            "naive": NAIVE.replace("softmax(outsideVectors @ centerWordVec)", "softmax((outsideVectors @ centerWordVec)[:, None])[:, 0]"),
            "head": HEAD + "\ndef softmax(x):\n    e = np.exp(x - x.max())\n    return e / e.sum(axis=1, keepdims=True)\n"}),
    "the mean of all terms": Row(
        {"negative-sampling/code": "partly correct"}, "`loss` is 1/11 of what it should be", pieces={
            "negatives": NEGATIVES.replace("-np.sum", "-np.mean")}),
    "both gradients uphill": Row(
        {"naive-softmax/code": "partly correct"}, "`grad_v_c`, `grad_U`: wrong (0 of 7 points). Each has the wrong sign everywhere;", pieces={
            "naive": NAIVE.replace("error[outsideWordIdx] -= 1\n", "error[outsideWordIdx] -= 1\n    error = -error\n")}),
    "words told apart by sigma": Row(
        {"negative-sampling/code": "correct", "negative-sampling/stability": "wrong"},
        "How often a word was drawn is counted by equal values of sigma.", pieces={
            "negatives": """
def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negatives = getNegativeSamples(outsideWordIdx, dataset, K)
    score = outsideVectors[outsideWordIdx] @ centerWordVec
    push = 1 - sigmoid(-outsideVectors[negatives] @ centerWordVec)
    gradOutsideVecs = np.zeros_like(outsideVectors)
    for k, s in zip(negatives, push):
        gradOutsideVecs[k] = np.sum(push == s) * s * centerWordVec
    gradOutsideVecs[outsideWordIdx] = (sigmoid(score) - 1) * centerWordVec
    loss = np.logaddexp(0, -score) + np.sum(np.logaddexp(0, outsideVectors[negatives] @ centerWordVec))
    return loss, (sigmoid(score) - 1) * outsideVectors[outsideWordIdx] + push @ outsideVectors[negatives], gradOutsideVecs
"""}),
    "draws that are dropped": Row(
        {"negative-sampling/code": "wrong"}, "`loss`, `grad_v_c`, `grad_U`: wrong (0 of 13 points). Only K words are drawn", pieces={"draw": """
def getNegativeSamples(outsideWordIdx, dataset, K):
    negatives = []
    for i in range(K):
        index = dataset.sampleTokenIdx()
        if index == outsideWordIdx or index in negatives:
            i -= 1
            continue
        negatives.append(index)
    return negatives
""", "negatives": NEGATIVES.replace("[-1.0] * K", "[-1.0] * (len(indices) - 1)")}),
    "draws that hit the outside word dropped": Row(
        {"negative-sampling/code": "wrong"}, "Only K words are drawn", pieces={
            "draw": """
def getNegativeSamples(outsideWordIdx, dataset, K):
    return [i for i in [dataset.sampleTokenIdx() for _ in range(K)] if i != outsideWordIdx]
""", "negatives": NEGATIVES.replace("[-1.0] * K", "[-1.0] * (len(indices) - 1)")}),
    "a word drawn twice counts once": Row(
        {"negative-sampling/code": "partly correct", "negative-sampling/number-of-negatives": "correct",
         "negative-sampling/stability": "correct"},
        "A word that is drawn twice counts once in your gradient of U", pieces={"negatives": NEGATIVES.replace(
            "np.add.at(gradOutsideVecs, indices, np.outer(error, centerWordVec))",
            "gradOutsideVecs[indices] += np.outer(error, centerWordVec)").replace("np.log(p)", "np.log(np.maximum(p, 1e-300))")}),
    "right for a row by chance only": Row(
        {"negative-sampling/code": "raised"}, "could not be broadcast together", pieces={"negatives": NEGATIVES.replace(
            "np.outer(error, centerWordVec)", "error * centerWordVec")}),
    "a logarithm after the subtraction": Row(
        {"naive-softmax/code": "partly correct"}, "What comes out is nan. Look for the logarithm of a negative number", pieces={
            "naive": NAIVE.replace("    loss = -np.log(error[outsideWordIdx])\n    error[outsideWordIdx] -= 1\n",
                                   "    p = error\n    error[outsideWordIdx] -= 1\n    loss = -np.log(p[outsideWordIdx])\n")}),
    "indices in an array of floats": Row(
        {"negative-sampling/code": "raised"}, "An index must be an integer; these brackets hold floats.", pieces={
            "negatives": NEGATIVES.replace("    signs", "    indices = np.array(indices) + np.zeros(K + 1)\n    signs")}),
    "math for an array": Row(
        {"sigmoid/code": "raised"}, "`math.exp` and `math.log` take numbers: use `np.exp` and `np.log`.", pieces={
            "head": HEAD + "import math\n", "sigmoid": "def sigmoid(x):\n    return 1 / (1 + math.exp(-x))\n"}),
    "if for an array": Row(
        {"sigmoid/code": "raised"}, "Choose entry by entry with `np.where`.", pieces={
            "sigmoid": "def sigmoid(x):\n    if x < 0:\n        return 1 - sigmoid(-x)\n    return 1 / (1 + np.exp(-x))\n"}),
    "loops of Python 2": Row(
        {"skipgram/code": "raised"}, "`xrange` is Python 2; write `range`.", pieces={
            "skipgram": SKIPGRAM.replace("in outsideWords:", "in [outsideWords[j] for j in xrange(len(outsideWords))]:")}),
    "modules of Python 2": Row(ALL_RIGHT, notes="`cPickle` is Python 2; write `pickle`.", pieces={
        "head": HEAD + "import cPickle\n"}),
    "another list of parameters": Row(
        {"skipgram/code": "raised"}, "keep the parameters of `skipgram` as they are there.", pieces={
            "skipgram": SKIPGRAM.replace("windowSize, ", "")}),
    "one for l": Row(
        {"skipgram/code": "partly correct"}, "- `loss`: wrong (0 of 4 points). Your loss is the number of outside words.", pieces={
            "skipgram": SKIPGRAM.replace("loss += one", "loss += 1")}),
    "parameters with names of one's own": Row(
        {"naive-softmax/code": "partly correct", "skipgram/code": "partly correct"},
        "It puts together correctly what it is given", pieces={
            "naive": NAIVE.replace("-np.log", "np.log").replace("centerWordVec", "v").replace("outsideWordIdx", "o"),
            "negatives": NEGATIVES.replace("centerWordVec", "v").replace("outsideWordIdx", "o"),
            "skipgram": SKIPGRAM.replace(
                "centerWordVectors[c], word2Ind[word], outsideVectors, dataset",
                "o=word2Ind[word], v=centerWordVectors[c], dataset=dataset, outsideVectors=outsideVectors")}),
    "the wrong row, and a loss that is still to be written": Row(
        {"skipgram/code": "partly correct"}, "`grad_V`: wrong (0 of 4 points). The centre gradient is in the rows of the outside", pieces={
            "negatives": UNFINISHED.format("negSamplingLossAndGradient"),
            "skipgram": SKIPGRAM.replace("gradCenterVecs[c] +=", "gradCenterVecs[word2Ind[word]] +=")}),
    "None used": Row({"sgd/code": "raised"}, "A value is None there", sgd=SGD.replace(
        "loss, grad = f(x)", "loss, grad = None, None")),
    "leaves in the middle": Row({"skipgram/code": "raised"}, "It raised **SystemExit** in word2vec.py", pieces={
        "skipgram": SKIPGRAM.replace("        loss += one\n", "        loss += one\n        exit()\n")}),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load_assignment(HOME / "problems/cs224n_a2")


def grade_row(row: Row, folder: Path, assignment: Assignment, sandbox: Sandbox) -> Result:
    pieces = {"head": HEAD, "sigmoid": SIGMOID, "naive": NAIVE, "draw": DRAW, "negatives": NEGATIVES,
              "skipgram": SKIPGRAM} | dict(row.pieces)
    for name, text in {"word2vec.py": "\n".join(pieces.values()), "sgd.py": row.sgd, **row.files}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return grade(read_submission(folder), assignment, sandbox)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_habit(row: Row, tmp_path: Path, assignment: Assignment, sandbox: Sandbox) -> None:
    result = grade_row(row, tmp_path, assignment, sandbox)
    assert result.failure is None
    marks = {mark.id: mark for mark in result.marks}
    assert {part: marks[part].state.value for part in row.states} == row.states
    said = "\n".join(text for part in row.states for text in marks[part].verdict.feedback)
    assert row.says in said, said
    assert row.notes in "\n".join(result.notes), result.notes


def test_followed_outputs_keep_their_points(tmp_path: Path, assignment: Assignment, sandbox: Sandbox) -> None:
    result = grade_row(ROWS["skipgram before the losses"], tmp_path, assignment, sandbox)
    (mark,) = (mark for mark in result.marks if mark.id == "skipgram/code")
    assert mark.points == mark.max_points
    assert len(mark.verdict.feedback[0].splitlines()) == 1  # what holds for all outputs is said once


def test_a_note_is_given_once_and_where_something_is_wrong(tmp_path: Path, assignment: Assignment, sandbox: Sandbox) -> None:
    result = grade_row(ROWS["sigma by a library that is not there"], tmp_path, assignment, sandbox)
    assert sum("could not be imported" in note for note in result.notes) == 1
    told = {mark.id: any("could not be imported" in text for text in mark.verdict.feedback) for mark in result.marks}
    assert told["sigmoid/code"]
    assert not told["naive-softmax/code"]
