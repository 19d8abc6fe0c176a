#!/usr/bin/env python

import argparse
import numpy as np
import random

from utils.gradcheck import gradcheck_naive, grad_tests_softmax, grad_tests_negsamp
from utils.utils import normalizeRows, softmax


def sigmoid(x):
    # two branches so that exp never sees a large positive number
    x = np.asarray(x, dtype=float)
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    V = outsideVectors.shape[0]
    y = np.zeros(V)
    y[outsideWordIdx] = 1
    y_hat = softmax(outsideVectors @ centerWordVec)          # (V,)
    loss = -np.sum(y * np.log(y_hat))
    gradCenterVec = (y_hat - y) @ outsideVectors             # (d,)
    gradOutsideVecs = (y_hat - y)[:, np.newaxis] @ centerWordVec[np.newaxis, :]   # (V, d)
    return loss, gradCenterVec, gradOutsideVecs


def getNegativeSamples(outsideWordIdx, dataset, K):
    """ K word indices, none of them outsideWordIdx """
    picked = [None] * K
    for k in range(K):
        idx = dataset.sampleTokenIdx()
        while idx == outsideWordIdx:
            idx = dataset.sampleTokenIdx()
        picked[k] = idx
    return picked


def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negSampleWordIndices = getNegativeSamples(outsideWordIdx, dataset, K)
    indices = [outsideWordIdx] + negSampleWordIndices

    # log sigma(z) = -log(1 + e^-z), which logaddexp keeps finite for any z
    u_o = outsideVectors[outsideWordIdx]
    u_k = outsideVectors[negSampleWordIndices]
    z_o = u_o @ centerWordVec
    z_k = u_k @ centerWordVec
    loss = np.logaddexp(0, -z_o) + np.sum(np.logaddexp(0, z_k))

    gradCenterVec = -(1 - sigmoid(z_o)) * u_o + sigmoid(z_k) @ u_k

    gradOutsideVecs = np.zeros(outsideVectors.shape)
    gradOutsideVecs[outsideWordIdx] = -(1 - sigmoid(z_o)) * centerWordVec
    for word, z in zip(negSampleWordIndices, z_k):       # a loop: a word drawn twice counts twice
        gradOutsideVecs[word] += sigmoid(z) * centerWordVec

    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)

    c = word2Ind[currentCenterWord]
    for word in outsideWords:
        l, gc, go = word2vecLossAndGradient(centerWordVectors[c], word2Ind[word], outsideVectors, dataset)
        loss += l
        gradCenterVecs[c] += gc
        gradOutsideVectors += go

    return loss, gradCenterVecs, gradOutsideVectors


def getDummyObjects():
    dataset = type('dummy', (), {})()
    dataset.sampleTokenIdx = lambda: random.randint(0, 4)
    dataset.getRandomContext = lambda C: (random.choice("abcde"), [random.choice("abcde") for _ in range(2 * C)])
    random.seed(7)
    np.random.seed(8)
    return dataset, normalizeRows(np.random.randn(10, 3)), dict(zip("abcde", range(5)))


def test_word2vec():
    dataset, vectors, tokens = getDummyObjects()
    print("==== gradient check, naive softmax ====")
    grad_tests_softmax(skipgram, tokens, vectors, dataset)
    print("==== gradient check, negative sampling ====")
    grad_tests_negsamp(skipgram, tokens, vectors, dataset, negSamplingLossAndGradient)


if __name__ == "__main__":
    test_word2vec()
