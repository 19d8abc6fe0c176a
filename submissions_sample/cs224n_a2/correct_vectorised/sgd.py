import numpy as np

def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x = x0
    for t in range(iterations):
        cost, dx = f(x)
        x = x - step*dx
        if postprocessing is not None:
            x = postprocessing(x)
    return x
