"""Weighted least squares on the logarithms of counts."""

import numpy as np


def glove(W, C, F, X):
    away = W @ C.T - np.log(X)
    return {"loss": np.sum(F * away**2), "grad_W": 2 * (F * away) @ C}
