#!/usr/bin/env python
"""Word2vec: fill in the functions marked WRITE THIS. Run `python word2vec.py` to check your gradients."""

import argparse
import random

import numpy as np

from utils.gradcheck import gradcheck_naive, grad_tests_negsamp, grad_tests_softmax
from utils.utils import normalizeRows, softmax


def sigmoid(x):
    """Return sigma(x) = 1 / (1 + e^-x).

    x: a number or an array of any shape; the result has the same shape.
    """
    s = 0.0 * x

    # WRITE THIS (about 1 line)

    return s


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    """Return the naive-softmax loss of one outside word, and its gradients.

    centerWordVec: (d,) vector of the centre word, v_c.
    outsideWordIdx: int, index of the outside word, o.
    outsideVectors: (V, d) vectors of all outside words, one word a ROW: the transpose of U in the written part.
    dataset: not needed here.

    Returns
    loss: a number, -log P(O = o | C = c).
    gradCenterVec: (d,) gradient of the loss with respect to centerWordVec.
    gradOutsideVecs: (V, d) gradient of the loss with respect to outsideVectors.
    """
    loss = 0.0
    gradCenterVec = np.zeros(centerWordVec.shape)
    gradOutsideVecs = np.zeros(outsideVectors.shape)

    # WRITE THIS (about 6 lines). utils.utils.softmax is there for you; it does not overflow.

    return loss, gradCenterVec, gradOutsideVecs


def getNegativeSamples(outsideWordIdx, dataset, K):
    """Given: return a list of K word indices drawn at random, none of them the outside word. Leave it as it is.

    The same word may be drawn more than once.
    """
    negatives = []
    while len(negatives) < K:
        index = dataset.sampleTokenIdx()
        if index != outsideWordIdx:
            negatives.append(index)
    return negatives


def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    """Return the negative-sampling loss of one outside word, and its gradients.

    Inputs and outputs are those of naiveSoftmaxLossAndGradient; K is the number of negative samples.
    A word that is drawn twice counts twice, in the loss and in both gradients.
    """
    negSampleWordIndices = getNegativeSamples(outsideWordIdx, dataset, K)
    indices = [outsideWordIdx] + negSampleWordIndices

    loss = 0.0
    gradCenterVec = np.zeros(centerWordVec.shape)
    gradOutsideVecs = np.zeros(outsideVectors.shape)

    # WRITE THIS (about 10 lines), with your own sigmoid.

    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    """Return the skip-gram loss of one window, and its gradients.

    currentCenterWord: str, the centre word.
    windowSize: int, the most outside words on each side, m.
    outsideWords: list of at most 2 * windowSize words, those around the centre word; a word may occur twice.
    word2Ind: dict, word -> row of the two matrices below.
    centerWordVectors: (V, d) vectors of all words as centre words, one word a row.
    outsideVectors: (V, d) vectors of all words as outside words, one word a row.
    dataset: handed on to the loss function.
    word2vecLossAndGradient: the loss of one outside word: one of the two functions above.

    Returns
    loss: a number, the sum over the outside words.
    gradCenterVecs: (V, d) gradient of the loss with respect to centerWordVectors.
    gradOutsideVectors: (V, d) gradient of the loss with respect to outsideVectors.
    """
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)

    # WRITE THIS (about 8 lines)

    return loss, gradCenterVecs, gradOutsideVectors


# ----- Below is what checks your gradients. Nothing here is graded. -----


def makeDummies():
    """Return a data set of five words, ten vectors for it, and the words' indices."""
    words = ["a", "b", "c", "d", "e"]
    dataset = type("Dummy", (), {})()
    dataset.sampleTokenIdx = lambda: random.randint(0, 4)
    dataset.getRandomContext = lambda C: (random.choice(words), [random.choice(words) for _ in range(2 * C)])
    vectors = normalizeRows(np.random.default_rng(1).standard_normal((10, 3)))
    return dataset, vectors, {word: index for index, word in enumerate(words)}


def checkSigmoid():
    assert sigmoid(0.0) == 0.5, "sigmoid(0) should be 0.5"
    x = np.array([[-2.0, 0.0], [1.0, 3.0]])
    assert np.shape(sigmoid(x)) == (2, 2), "sigmoid must keep the shape of its input"
    assert np.allclose(sigmoid(x) + sigmoid(-x), 1.0), "sigmoid(x) + sigmoid(-x) should be 1"
    print("sigmoid: no objection")


def checkLoss(lossAndGradient):
    dataset, vectors, _ = makeDummies()
    v, U = vectors[0], vectors[5:]
    name = lossAndGradient.__name__

    gradcheck_naive(lambda x: lossAndGradient(x, 1, U, dataset)[:2], v, name + ", centre vector")

    def wrtOutside(x):
        loss, _, gradOutside = lossAndGradient(v, 1, x, dataset)
        return loss, gradOutside

    gradcheck_naive(wrtOutside, U, name + ", outside vectors")


def checkSkipgram():
    dataset, vectors, word2Ind = makeDummies()
    grad_tests_softmax(skipgram, word2Ind, vectors, dataset)
    grad_tests_negsamp(skipgram, word2Ind, vectors, dataset, negSamplingLossAndGradient)


CHECKS = {
    "sigmoid": checkSigmoid,
    "naiveSoftmaxLossAndGradient": lambda: checkLoss(naiveSoftmaxLossAndGradient),
    "negSamplingLossAndGradient": lambda: checkLoss(negSamplingLossAndGradient),
    "skipgram": checkSkipgram,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check your gradients.")
    parser.add_argument("function", nargs="?", default="all", choices=[*CHECKS, "all"])
    chosen = parser.parse_args().function
    for name in CHECKS if chosen == "all" else [chosen]:
        CHECKS[name]()
