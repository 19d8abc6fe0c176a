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
    y_hat = softmax(outsideVectors @ centerWordVec)
    loss = -np.log(y_hat[outsideWordIdx])
    gradCenterVec = y_hat @ outsideVectors - outsideVectors[outsideWordIdx]
    y_hat[outsideWordIdx] -= 1
    gradOutsideVecs = np.outer(y_hat, centerWordVec)
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

    # turn the negatives round so that one formula fits all
    for k in set(negSampleWordIndices):
        outsideVectors[k] *= -1
    s = sigmoid(outsideVectors[indices] @ centerWordVec)
    loss = -np.sum(np.log(s))
    gradCenterVec = (s - 1) @ outsideVectors[indices]
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    for i, k in enumerate(indices):
        gradOutsideVecs[k] += (s[i] - 1) * centerWordVec * (1 if i == 0 else -1)
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
