"""The starter with its functions written, for `autograder validate`; never handed out."""

import numpy as np

from utils.utils import softmax


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_sigmoid(x):
    return -np.logaddexp(0, -x)


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    scores = outsideVectors @ centerWordVec
    top = np.max(scores)
    loss = top + np.log(np.sum(np.exp(scores - top))) - scores[outsideWordIdx]
    error = softmax(scores)
    error[outsideWordIdx] -= 1
    return loss, error @ outsideVectors, np.outer(error, centerWordVec)


def getNegativeSamples(outsideWordIdx, dataset, K):
    """Given: return a list of K word indices drawn at random, none of them the outside word. Leave it as it is.

    The same word may be drawn more than once.
    """
    negatives = []
    while len(negatives) < K:
        index = dataset.sampleTokenIdx()
        if index != outsideWordIdx:
            negatives.append(index)
    return negatives


def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negSampleWordIndices = getNegativeSamples(outsideWordIdx, dataset, K)
    indices = [outsideWordIdx] + negSampleWordIndices

    positive = outsideVectors[outsideWordIdx] @ centerWordVec
    negative = outsideVectors[negSampleWordIndices] @ centerWordVec
    loss = -log_sigmoid(positive) - np.sum(log_sigmoid(-negative))
    slopes = np.concatenate([[sigmoid(positive) - 1], sigmoid(negative)])
    gradCenterVec = slopes @ outsideVectors[indices]
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    for index, slope in zip(indices, slopes):
        gradOutsideVecs[index] += slope * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)

    center = word2Ind[currentCenterWord]
    for word in outsideWords:
        oneLoss, oneGradCenter, oneGradOutside = word2vecLossAndGradient(
            centerWordVectors[center], word2Ind[word], outsideVectors, dataset)
        loss += oneLoss
        gradCenterVecs[center] += oneGradCenter
        gradOutsideVectors += oneGradOutside
    return loss, gradCenterVecs, gradOutsideVectors
