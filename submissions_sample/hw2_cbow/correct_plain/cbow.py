import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_derivative(x):
    s = sigmoid(x)
    return s * (1 - s)


def tanh_derivative(x):
    return 1 / np.cosh(x) ** 2


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
        grad_A[w] += dh / C
    return loss, grad_A, grad_B


def count_samples(lengths, window):
    sg = sum(len([j for j in range(t - window, t + window + 1) if j != t and 0 <= j < n]) for n in lengths for t in range(n))
    return sg, sum(n for n in lengths if n > 1)


def backprop(x, w1, b1, w2, b2):
    z0 = w1 * x + b1
    a1 = sigmoid(z0)
    z1 = w2 * a1 + b2
    a2 = sigmoid(z1)
    dl_da2 = -1 / a2
    da2_dz1 = sigmoid_derivative(z1)
    dz1_da1 = w2
    da1_dz0 = sigmoid_derivative(z0)
    dw1 = dl_da2 * da2_dz1 * dz1_da1 * da1_dz0 * x
    db1 = dl_da2 * da2_dz1 * dz1_da1 * da1_dz0
    dw2 = dl_da2 * da2_dz1 * a1
    db2 = dl_da2 * da2_dz1
    return dw1, db1, dw2, db2
