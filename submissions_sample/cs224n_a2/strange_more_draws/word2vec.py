#!/usr/bin/env python

import numpy as np
import random

from utils.gradcheck import gradcheck_naive
from utils.utils import normalizeRows, softmax


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    scores = np.dot(outsideVectors, centerWordVec)
    y_hat = softmax(scores)
    loss = -np.log(y_hat[outsideWordIdx])

    delta = y_hat.copy()
    delta[outsideWordIdx] -= 1
    gradCenterVec = np.dot(outsideVectors.T, delta)
    gradOutsideVecs = np.outer(delta, centerWordVec)

    return loss, gradCenterVec, gradOutsideVecs


def getNegativeSamples(outsideWordIdx, dataset, K):
    pool = [dataset.sampleTokenIdx() for _ in range(10 * K)]
    pool = [i for i in pool if i != outsideWordIdx]
    return pool[:K]


def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negSampleWordIndices = getNegativeSamples(outsideWordIdx, dataset, K)
    indices = [outsideWordIdx] + negSampleWordIndices

    # +1 for the true word, -1 for the negatives
    labels = np.array([1] + [-1] * K)
    vecs = outsideVectors[indices]
    t = sigmoid(labels * (vecs @ centerWordVec))
    loss = -np.sum(np.log(t))
    delta = labels * (t - 1)
    gradCenterVec = delta @ vecs
    gradOutsideVecs = np.zeros_like(outsideVectors)
    np.add.at(gradOutsideVecs, indices, np.outer(delta, centerWordVec))
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
