import numpy as np

def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    e = np.exp(outsideVectors @ centerWordVec)
    y_hat = e / e.sum()
    loss = -np.log(y_hat[outsideWordIdx])
    y_hat[outsideWordIdx] -= 1
    return loss, y_hat @ outsideVectors, np.outer(y_hat, centerWordVec)


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

    loss = 0.0
    gradCenterVec = np.zeros(centerWordVec.shape)
    gradOutsideVecs = np.zeros(outsideVectors.shape)
    z = sigmoid(np.dot(outsideVectors[outsideWordIdx], centerWordVec))
    loss -= np.log(z)
    gradCenterVec += outsideVectors[outsideWordIdx] * (z - 1)
    gradOutsideVecs[outsideWordIdx] += centerWordVec * (z - 1)
    for i in range(K):
        j = indices[i + 1]
        z = sigmoid(np.dot(outsideVectors[j], centerWordVec))
        loss -= np.log(1 - z)
        gradCenterVec += outsideVectors[j] * z
        gradOutsideVecs[j] += centerWordVec * z
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
