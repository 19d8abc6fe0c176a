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

    u_o = outsideVectors[outsideWordIdx]
    U_k = outsideVectors[negSampleWordIndices]
    s_o, s_k = sigmoid(u_o @ centerWordVec), sigmoid(-U_k @ centerWordVec)
    loss = -np.log(s_o) - np.mean(np.log(s_k))
    gradCenterVec = (s_o - 1) * u_o + np.mean((1 - s_k)[:, None] * U_k, axis=0)
    gradOutsideVecs = np.zeros_like(outsideVectors)
    gradOutsideVecs[outsideWordIdx] += (s_o - 1) * centerWordVec
    for k, s in zip(negSampleWordIndices, s_k):
        gradOutsideVecs[k] += (1 - s) * centerWordVec / K
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
    n = max(len(outsideIdx), 1)
    return loss / n, gradCenterVecs / n, gradOutsideVectors / n
