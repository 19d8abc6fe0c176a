import numpy as np

def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x = np.atleast_1d(x0)
    for i in range(iterations):
        loss, g = f(x)
        x = x - step * np.atleast_1d(g)
        if postprocessing: x = postprocessing(x)
    return x
