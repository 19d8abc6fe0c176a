import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_derivative(x):
    e = np.exp(-np.abs(np.array(x, ndmin=1)))
    return e / (1 + e) ** 2


def tanh_derivative(x):
    return 1 - np.tanh(x) ** 2


def cbow_negative_sampling(context, center, negatives, A, B):
    # one coefficient a word, then two outer products
    v = len(A)
    share = np.bincount(context, minlength=v) / len(context)
    a = (share @ A)[None, :]
    y = np.zeros(v); y[center] = 1
    times = np.bincount(negatives, minlength=v)
    z = (B @ a.T)[:, 0]
    loss = np.sum(y * np.logaddexp(0, -z) + times * np.logaddexp(0, z), keepdims=True)
    c = times * sigmoid(z) - y * sigmoid(-z)
    return loss, np.outer(share, c @ B), np.outer(c, a)


def count_samples(lengths, window):
    lengths = np.array(lengths, dtype=int)
    t = np.concatenate([np.arange(n) for n in lengths]) if len(lengths) else np.zeros(0)
    n = np.repeat(lengths, lengths)
    size = np.minimum(t, window) + np.minimum(n - 1 - t, window)
    return float(size.sum()), np.sum(size > 0, keepdims=True)


def backprop(x, w1, b1, w2, b2):
    a1 = sigmoid(w1 * x + b1)
    a2 = sigmoid(w2 * a1 + b2)
    dz1 = a2 - 1
    dz0 = dz1 * w2 * a1 * (1 - a1)
    return [np.array([g]) for g in (dz0 * x, dz0, dz1 * a1, dz1)]
