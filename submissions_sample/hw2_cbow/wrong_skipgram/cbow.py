import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_derivative(x):
    s = sigmoid(x)
    return s * (1 - s)


def tanh_derivative(x):
    return 1 - np.tanh(x) ** 2


def cbow_negative_sampling(context, center, negatives, A, B):
    total, grad_A, grad_B = 0.0, np.zeros_like(A), np.zeros_like(B)
    for w in context:
        a = A[w]
        p = sigmoid(B[center] @ a)
        total -= np.log(p)
        grad_A[w] += (p - 1) * B[center]
        grad_B[center] += (p - 1) * a
        for k in negatives:
            q = sigmoid(B[k] @ a)
            total -= np.log(1 - q)
            grad_A[w] += q * B[k]
            grad_B[k] += q * a
    return total, grad_A, grad_B


def count_samples(lengths, window):
    skipgram = cbow = 0
    for n in lengths:
        for t in range(n):
            left = max(0, t - window)
            right = min(n - 1, t + window)
            size = right - left
            skipgram += size
            cbow += 1 if size > 0 else 0
    return cbow, skipgram


def backprop(x, w1, b1, w2, b2):
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    dz1 = a2 - 1
    dz0 = dz1 * w2 * a1 * (1 - a1)
    return dz0 * x, dz0, dz1 * a1, dz1
