"""Closed forms for the tests of the pre-check."""

import numpy as np


def square(w, X, y):
    away = X @ w - y
    return {"loss": away @ away / 2, "grad_w": X.T @ away}


def smooth(x):
    return {"value": 1 / (1 + np.exp(-x))}


def secret(w):
    return {"loss": w @ w, "grad_w": 2 * w}
