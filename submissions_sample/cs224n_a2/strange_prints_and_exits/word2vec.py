#!/usr/bin/env python

import argparse
import numpy as np
import random

from utils.gradcheck import gradcheck_naive, grad_tests_softmax, grad_tests_negsamp
from utils.utils import normalizeRows, softmax


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    scores = np.dot(outsideVectors, centerWordVec)
    y_hat = softmax(scores)
    print("scores", scores)
    print("y_hat sums to", y_hat.sum())
    loss = -np.log(y_hat[outsideWordIdx])

    delta = y_hat.copy()
    delta[outsideWordIdx] -= 1
    gradCenterVec = np.dot(outsideVectors.T, delta)
    gradOutsideVecs = np.outer(delta, centerWordVec)

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

    u_o = outsideVectors[outsideWordIdx, :]
    u_k = outsideVectors[negSampleWordIndices, :]
    s_o = sigmoid(np.matmul(u_o, centerWordVec))
    s_k = sigmoid(np.matmul(-u_k, centerWordVec))
    loss = -np.log(s_o) - np.sum(np.log(s_k))
    gradCenterVec = -(1 - s_o) * u_o + np.matmul(u_k.T, 1 - s_k)
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    gradOutsideVecs[outsideWordIdx, :] = -(1 - s_o) * centerWordVec
    for i, k in enumerate(negSampleWordIndices):
        gradOutsideVecs[k, :] += (1 - s_k)[i] * centerWordVec
    print("DEBUG loss:", loss, "indices:", indices)
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


dataset = type('dummy', (), {})()
dataset.sampleTokenIdx = lambda: random.randint(0, 4)
vecs = normalizeRows(np.random.randn(10, 3))
word2Ind = {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}

# train a little while the file is imported
for epoch in range(300):
    total, gV, gU = skipgram("c", 2, ["a", "b", "d", "e"], word2Ind, vecs[:5], vecs[5:], dataset,
                             negSamplingLossAndGradient)
    vecs[:5] -= 0.05 * gV
    vecs[5:] -= 0.05 * gU
    if epoch % 50 == 0:
        print("epoch", epoch, "loss", total)

if __name__ == "__main__":
    import sys
    sys.exit(0)
