#!/usr/bin/env python

SAVE_PARAMS_EVERY = 5000

import glob
import random
import numpy as np
import os.path as op


def load_saved_params():
    st = 0
    for f in glob.glob("saved_params_*.npy"):
        it = int(op.splitext(op.basename(f))[0].split("_")[2])
        if it > st:
            st = it
    if st > 0:
        return st, np.load("saved_params_%d.npy" % st)
    return st, None


def save_params(it, params):
    np.save("saved_params_%d.npy" % it, params)


def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    ANNEAL_EVERY = 20000
    start_iter = 0
    if useSaved:
        start_iter, oldx = load_saved_params()
        if start_iter > 0:
            x0 = oldx
            step *= 0.5 ** (start_iter / ANNEAL_EVERY)

    x = x0
    if not postprocessing:
        postprocessing = lambda x: x

    exploss = None
    for it in range(start_iter + 1, iterations + 1):
        loss = None
        loss, gradient = f(x)
        x = x - step * gradient

        x = postprocessing(x)
        if it % PRINT_EVERY == 0 and loss is not None:
            exploss = loss if exploss is None else .95 * exploss + .05 * loss
            print("iter %d: %f" % (it, exploss))
        if it % SAVE_PARAMS_EVERY == 0 and useSaved:
            save_params(it, x)
        if it % ANNEAL_EVERY == 0:
            step *= 0.5

    return x


def sanity_check():
    quad = lambda x: (np.sum(x ** 2), x * 2)
    for start in (0.5, 0.0, -1.5):
        end = sgd(quad, start, 0.01, 1000, PRINT_EVERY=100)
        print("result:", end)
        assert abs(end) <= 1e-6


if __name__ == "__main__":
    sanity_check()
