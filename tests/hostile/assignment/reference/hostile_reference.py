"""Closed forms for the small assignment. CANARY_REFERENCE must never reach a student."""

import numpy as np


def sigmoid(x):
    return {"value": 1.0 / (1.0 + np.exp(-x))}


def sigmoid_grad(x):
    s = 1.0 / (1.0 + np.exp(-x))
    return {"value": s * (1.0 - s)}


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return {"value": e / e.sum(axis=-1, keepdims=True)}


def normalize_rows(x):
    return {"value": x / np.linalg.norm(x, axis=1, keepdims=True)}


def naive_softmax(v_c, o, U):
    scores = U @ v_c
    log_total = scores.max() + np.log(np.exp(scores - scores.max()).sum())
    error = np.exp(scores - log_total)
    error[o] -= 1.0
    return {"loss": log_total - scores[o], "grad_v_c": U.T @ error, "grad_U": np.outer(error, v_c)}


def neg_sampling(v_c, o, negs, U):
    rows = np.array([o, *negs])
    signs = np.array([1.0] + [-1.0] * len(negs))
    scores = signs * (U[rows] @ v_c)
    weights = -signs / (1.0 + np.exp(scores))
    grad_U = np.zeros_like(U)
    np.add.at(grad_U, rows, np.outer(weights, v_c))
    return {"loss": np.logaddexp(0.0, -scores).sum(), "grad_v_c": weights @ U[rows], "grad_U": grad_U}
