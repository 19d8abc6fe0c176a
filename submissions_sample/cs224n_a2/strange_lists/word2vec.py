import math

def sigmoid(x):
    try:
        return [sigmoid(xi) for xi in x]
    except TypeError:
        return 1.0 / (1.0 + math.exp(-x))


def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    v = [float(a) for a in centerWordVec]
    U = [[float(a) for a in row] for row in outsideVectors]
    d, V = len(v), len(U)
    scores = [sum(U[w][j] * v[j] for j in range(d)) for w in range(V)]
    top = max(scores)
    e = [math.exp(s - top) for s in scores]
    total = sum(e)
    yhat = [a / total for a in e]
    loss = -math.log(yhat[outsideWordIdx])
    yhat[outsideWordIdx] -= 1.0
    gradCenterVec = [sum(yhat[w] * U[w][j] for w in range(V)) for j in range(d)]
    gradOutsideVecs = [[yhat[w] * v[j] for j in range(d)] for w in range(V)]
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

    v = [float(a) for a in centerWordVec]
    d = len(v)
    loss = 0.0
    gradCenterVec = [0.0] * d
    gradOutsideVecs = [[0.0] * d for _ in range(len(outsideVectors))]
    for n, w in enumerate(indices):
        sgn = -1.0 if n else 1.0
        u = [float(a) for a in outsideVectors[w]]
        s = sigmoid(sgn * sum(a * b for a, b in zip(u, v)))
        loss -= math.log(s)
        for j in range(d):
            gradCenterVec[j] += sgn * (s - 1.0) * u[j]
            gradOutsideVecs[w][j] += sgn * (s - 1.0) * v[j]
    return loss, gradCenterVec, gradOutsideVecs


def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gc = [[0.0] * len(row) for row in centerWordVectors]
    go = [[0.0] * len(row) for row in outsideVectors]
    c = word2Ind[currentCenterWord]
    for word in outsideWords:
        l, dv, dU = word2vecLossAndGradient(centerWordVectors[c], word2Ind[word], outsideVectors, dataset)
        loss += l
        gc[c] = [a + b for a, b in zip(gc[c], dv)]
        go = [[a + b for a, b in zip(r1, r2)] for r1, r2 in zip(go, dU)]
    return loss, gc, go
