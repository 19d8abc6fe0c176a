#!/usr/bin/env python

import numpy as np
import random

from utils.gradcheck import gradcheck_naive
from utils.utils import normalizeRows, softmax


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    V = outsideVectors.shape[0]
    y = np.zeros(V, dtype=np.float)
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

    u_o = outsideVectors[outsideWordIdx, :]
    u_k = outsideVectors[negSampleWordIndices, :]
    s_o = sigmoid(np.matmul(u_o, centerWordVec))
    s_k = sigmoid(np.matmul(-u_k, centerWordVec))
    loss = -np.log(s_o) - np.sum(np.log(s_k))
    gradCenterVec = -(1 - s_o) * u_o + np.matmul(u_k.T, 1 - s_k)
    gradOutsideVecs = np.zeros(outsideVectors.shape, dtype=np.float)
    gradOutsideVecs[outsideWordIdx, :] = -(1 - s_o) * centerWordVec
    for i, k in enumerate(negSampleWordIndices):
        gradOutsideVecs[k, :] += (1 - s_k)[i] * centerWordVec
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
