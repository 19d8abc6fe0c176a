"""Layer normalisation."""

import numpy as np


def layer_norm_backward(x, gamma, g):
    """Return dL/dx and dL/dgamma for L = sum(g * gamma * x_hat)."""
    s = np.std(x)
    x_hat = (x - np.mean(x)) / s
    h = g * gamma
    dx = (h - np.mean(h) - x_hat * np.mean(h * x_hat)) / s
    return {"dx": dx, "dgamma": g * x_hat}


def mean_is_constant(x, gamma, g):
    """The mistake of taking mean and standard deviation for constants."""
    return {"dx": g * gamma / np.std(x), "dgamma": g * (x - np.mean(x)) / np.std(x)}
