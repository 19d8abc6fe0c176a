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
    # centerWordVec: 1 x d
    n, d = centerWordVec.shape
    y_hat = softmax(np.dot(centerWordVec, outsideVectors.T))   # 1 x V
    loss = -np.log(y_hat[0, outsideWordIdx])
    diff = y_hat.copy()
    diff[0, outsideWordIdx] -= 1
    return loss, np.dot(diff, outsideVectors), np.dot(diff.T, centerWordVec)


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

    n, d = centerWordVec.shape
    loss = 0.0
    gradCenterVec = np.zeros((1, d))
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    for i, idx in enumerate(indices):
        sign = 1 if i == 0 else -1
        s = sigmoid(sign * np.dot(centerWordVec, outsideVectors[idx]))    # (1,)
        loss += -np.log(s[0])
        gradCenterVec += sign * (s - 1) * outsideVectors[idx]
        gradOutsideVecs[idx] += (sign * (s - 1) * centerWordVec)[0]
    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)
    center = word2Ind[currentCenterWord]
    row = centerWordVectors[center].reshape((1, -1))
    for w in outsideWords:
        cost, gin, gout = word2vecLossAndGradient(row, word2Ind[w], outsideVectors, dataset)
        loss += cost
        gradCenterVecs[center] += gin[0]
        gradOutsideVectors += gout
    return loss, gradCenterVecs, gradOutsideVectors
