"""Weights of one query over its keys."""

import numpy as np


def attention(q, K, c):
    scores = K @ q / np.sqrt(len(q))
    weights = np.exp(scores - np.max(scores))
    weights /= np.sum(weights)
    return {"weights": weights, "dq": K.T @ (weights * (c - weights @ c)) / np.sqrt(len(q))}
