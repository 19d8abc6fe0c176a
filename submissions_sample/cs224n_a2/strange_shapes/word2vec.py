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
    v = centerWordVec.reshape(1, -1)                 # (1, d)
    yhat = softmax(v @ outsideVectors.T)             # (1, V)
    loss = -np.log(yhat[:, outsideWordIdx])          # (1,)
    yhat[0, outsideWordIdx] -= 1
    gradCenterVec = yhat @ outsideVectors            # (1, d)
    gradOutsideVecs = yhat.T @ v                     # (V, d)
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

    v = centerWordVec[:, np.newaxis]                 # (d, 1)
    u = outsideVectors[indices] * np.array([[1.0]] + [[-1.0]] * K)
    s = sigmoid(u @ v)                               # (K+1, 1)
    loss = -np.sum(np.log(s), axis=0)                # (1,)
    gradCenterVec = u.T @ (s - 1)                    # (d, 1)
    rows = (s - 1) @ v.T * np.array([[1.0]] + [[-1.0]] * K)
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    for i, r in zip(indices, rows):
        gradOutsideVecs[i] += r
    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = np.zeros(1)
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)
    c = word2Ind[currentCenterWord]
    for w in outsideWords:
        l, gv, gu = word2vecLossAndGradient(centerWordVectors[c], word2Ind[w], outsideVectors, dataset)
        loss += l
        gradCenterVecs[c] += gv.squeeze()
        gradOutsideVectors += gu
    return loss, gradCenterVecs, gradOutsideVectors
