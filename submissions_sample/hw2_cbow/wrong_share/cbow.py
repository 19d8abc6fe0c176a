import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_derivative(x):
    s = sigmoid(x)
    return 1 - s


def tanh_derivative(x):
    return 1 - np.tanh(x)


def cbow_negative_sampling(context, center, negatives, A, B):
    C = len(context)
    h = np.zeros(A.shape[1])
    for w in context:
        h += A[w] / C
    loss = 0.0
    dh = np.zeros_like(h)
    grad_A, grad_B = np.zeros(A.shape), np.zeros(B.shape)
    for label, word in [(1, center)] + [(0, n) for n in negatives]:
        p = sigmoid(np.dot(B[word], h))
        loss += -np.log(p) if label else -np.log(sigmoid(-np.dot(B[word], h)))
        dh += (p - label) * B[word]
        grad_B[word] += (p - label) * h
    for w in context:
        grad_A[w] += dh
    return loss, grad_A, grad_B


def count_samples(lengths, window):
    skipgram = cbow = 0
    for n in lengths:
        for t in range(n):
            left = max(0, t - window)
            right = min(n - 1, t + window)
            size = right - left
            skipgram += size
            cbow += 1 if size > 0 else 0
    return skipgram, cbow


def backprop(x, w1, b1, w2, b2):
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    dz1 = a2 - 1
    dz0 = dz1 * w2 * a1 * (1 - a1)
    return dz0 * x, dz0, dz1 * a1, dz1
