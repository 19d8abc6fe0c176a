import numpy as np
from utils.utils import softmax

def sigmoid(x):
    """Compute the sigmoid of a scalar or numpy array."""
    return np.exp(x) / (np.exp(x) + 1.0)


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    logits = np.einsum("wd,d->w", outsideVectors, centerWordVec)
    logits = logits - logits.max()
    logZ = np.log(np.exp(logits).sum())
    loss = logZ - logits[outsideWordIdx]
    err = np.exp(logits - logZ)
    err[outsideWordIdx] -= 1.0
    return loss, np.einsum("w,wd->d", err, outsideVectors), np.einsum("w,d->wd", err, centerWordVec)


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
