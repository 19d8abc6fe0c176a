import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_derivative(x):
    s = sigmoid(x)
    return s * (1 - s)


def tanh_derivative(x):
    return 1 - np.tanh(x) ** 2


def cbow_negative_sampling(context, center, negatives, A, B):
    a_avg = A[context].mean(axis=0)
    z_c = B[center] @ a_avg
    z_k = B[negatives] @ a_avg
    loss = np.logaddexp(0, -z_c) + np.logaddexp(0, z_k).sum()

    d_avg = -sigmoid(-z_c) * B[center] + sigmoid(z_k) @ B[negatives]
    grad_A = np.zeros_like(A)
    grad_A[context] += d_avg / len(context)

    grad_B = np.zeros_like(B)
    grad_B[center] = -sigmoid(-z_c) * a_avg
    grad_B[negatives] += np.outer(sigmoid(z_k), a_avg)
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
