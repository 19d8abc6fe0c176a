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
    U = np.matrix(outsideVectors)
    v = np.matrix(centerWordVec).T
    y = softmax((U * v).A1)
    loss = -np.log(y[outsideWordIdx])
    y[outsideWordIdx] -= 1
    d = np.matrix(y)
    return loss, d * U, d.T * v.T


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

    U = np.asmatrix(outsideVectors[indices])
    v = np.asmatrix(centerWordVec).T
    sign = np.ones(K + 1)
    sign[1:] = -1
    s = sigmoid(sign * (U * v).A1)
    loss = -np.log(s).sum()
    c = np.asmatrix(sign * (s - 1))
    grad = np.zeros(outsideVectors.shape)
    for i, row in zip(indices, (c.T * v.T)):
        grad[i] += row.A1
    return loss, c * U, np.asmatrix(grad)


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
        gradCenterVecs[c] += gc.A1
        gradOutsideVectors += go

    return loss, gradCenterVecs, gradOutsideVectors
