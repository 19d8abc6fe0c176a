"""The starter with its step written, for `autograder validate`; never handed out."""

import numpy as np


def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x = x0
    if postprocessing is None:
        postprocessing = lambda x: x
    for _ in range(iterations):
        loss, gradient = f(x)
        x = x - step * np.asarray(gradient)
        x = postprocessing(x)
    return x
