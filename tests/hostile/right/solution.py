import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_grad(x):
    return sigmoid(x) * sigmoid(-x)


def softmax(x):
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def normalize_rows(x):
    return x / np.sqrt((x * x).sum(axis=1, keepdims=True))


def naive_softmax(v_c, o, U):
    p = softmax(U @ v_c)
    loss = -np.log(p[o])
    p[o] -= 1.0
    return loss, U.T @ p, np.outer(p, v_c)


def neg_sampling(v_c, o, negs, U):
    grad_v, grad_U = np.zeros_like(v_c), np.zeros_like(U)
    loss = 0.0
    for row, sign in [(o, 1.0), *((k, -1.0) for k in negs)]:
        s = sigmoid(sign * (U[row] @ v_c))
        loss -= np.log(s)
        grad_v += sign * (s - 1.0) * U[row]
        grad_U[row] += sign * (s - 1.0) * v_c
    return loss, grad_v, grad_U
