#!/usr/bin/env python

import numpy as np
import random

from utils.gradcheck import gradcheck_naive
from utils.utils import normalizeRows, softmax


def sigmoid(x):
    s = np.power(1 + np.exp(-1 * x), -1)
    return s


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    probs = softmax(outsideVectors.dot(centerWordVec))
    loss = -np.log(probs[outsideWordIdx])
    gradCenterVec = -outsideVectors[outsideWordIdx].copy()
    gradOutsideVecs = np.zeros_like(outsideVectors)
    for w in range(len(outsideVectors)):
        gradCenterVec += probs[w] * outsideVectors[w]
        gradOutsideVecs[w] = probs[w] * centerWordVec
    gradOutsideVecs[outsideWordIdx] -= centerWordVec
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

    words, counts = np.unique(negSampleWordIndices, return_counts=True)
    U_neg = outsideVectors[words]
    s_neg = sigmoid(-(U_neg @ centerWordVec))
    s_pos = sigmoid(outsideVectors[outsideWordIdx] @ centerWordVec)
    loss = -np.log(s_pos) - (counts * np.log(s_neg)).sum()
    push = counts * (1.0 - s_neg)
    gradCenterVec = (s_pos - 1.0) * outsideVectors[outsideWordIdx] + push @ U_neg
    gradOutsideVecs = np.zeros_like(outsideVectors)
    gradOutsideVecs[outsideWordIdx] = (s_pos - 1.0) * centerWordVec
    gradOutsideVecs[words] += push[:, None] * centerWordVec
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
