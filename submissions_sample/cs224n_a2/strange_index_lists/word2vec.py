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
    # outsideWordIdx: the list of all outside words of the window
    s = len(outsideWordIdx)
    y_hat = softmax(outsideVectors @ centerWordVec)
    loss = -np.log(y_hat[outsideWordIdx])
    error = s * y_hat - np.bincount(outsideWordIdx, minlength=len(y_hat))
    return loss.sum(), error @ outsideVectors, np.outer(error, centerWordVec)


def getNegativeSamples(outsideWordIdx, dataset, K):
    samples = []
    for o in outsideWordIdx:
        for k in range(K):
            idx = dataset.sampleTokenIdx()
            while idx == o:
                idx = dataset.sampleTokenIdx()
            samples.append(idx)
    return samples


def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negatives = getNegativeSamples(outsideWordIdx, dataset, K)
    s_o = sigmoid(outsideVectors[outsideWordIdx] @ centerWordVec)
    s_k = sigmoid(-outsideVectors[negatives] @ centerWordVec)
    loss = -np.log(s_o).sum() - np.log(s_k).sum()
    coefs = np.zeros(len(outsideVectors))
    np.add.at(coefs, outsideWordIdx, s_o - 1)
    np.add.at(coefs, negatives, 1 - s_k)
    return loss, coefs @ outsideVectors, np.outer(coefs, centerWordVec)


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    c = word2Ind[currentCenterWord]
    os = [word2Ind[w] for w in outsideWords]
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    if not os:
        return 0.0, gradCenterVecs, np.zeros(outsideVectors.shape)
    loss, gradCenterVecs[c], gradOutsideVectors = word2vecLossAndGradient(
        centerWordVectors[c], os, outsideVectors, dataset)
    return loss, gradCenterVecs, gradOutsideVectors
