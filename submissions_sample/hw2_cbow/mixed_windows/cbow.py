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
    for word in context:
        grad_A[word] += d_avg / len(context)

    grad_B = np.zeros_like(B)
    grad_B[center] = -sigmoid(-z_c) * a_avg
    for word, z in zip(negatives, z_k):
        grad_B[word] += sigmoid(z) * a_avg
    return loss, grad_A, grad_B


def count_samples(lengths, window):
    skipgram = sum(2 * window * max(0, n - 2 * window) for n in lengths)
    cbow = sum(n for n in lengths if n > 1)
    return skipgram, cbow


def backprop(x, w1, b1, w2, b2):
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    dz1 = a2 - 1
    dz0 = dz1 * w2 * a1 * (1 - a1)
    return dz0 * x, dz0, dz1 * a1, dz1
