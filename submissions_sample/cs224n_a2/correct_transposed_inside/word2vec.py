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
    v_c = centerWordVec.reshape(-1, 1)                     # d x 1
    U = outsideVectors.T                                   # d x V, as in the written part
    y_hat = softmax((U.T @ v_c).T).T                       # V x 1
    y = np.zeros_like(y_hat)
    y[outsideWordIdx, 0] = 1.
    loss = float(-np.log(y_hat[outsideWordIdx, 0]))
    gradCenterVec = (U @ (y_hat - y)).flatten()
    gradOutsideVecs = (v_c @ (y_hat - y).T).T
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
    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    centerIdx = word2Ind[currentCenterWord]
    v_c = centerWordVectors[centerIdx, :]
    loss, gradCenterVecs, gradOutsideVectors = 0.0, np.zeros_like(centerWordVectors), np.zeros_like(outsideVectors)
    outsideIdx = [word2Ind[w] for w in outsideWords]
    for j in range(len(outsideIdx)):
        ret = word2vecLossAndGradient(v_c, outsideIdx[j], outsideVectors, dataset)
        loss = loss + ret[0]
        gradCenterVecs[centerIdx, :] = gradCenterVecs[centerIdx, :] + ret[1]
        gradOutsideVectors = gradOutsideVectors + ret[2]
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
