#!/usr/bin/env python
"""Stochastic gradient descent: fill in the step marked WRITE THIS. Run `python sgd.py` to check it."""

import glob
import os.path

import numpy as np

SAVE_PARAMS_EVERY = 5000
ANNEAL_EVERY = 20000


def load_saved_params():
    """Given: return the iteration and the parameters that were saved last; 0 and None where none were."""
    saved = [int(os.path.splitext(name)[0].split("_")[-1]) for name in glob.glob("saved_params_*.npy")]
    return (max(saved), np.load(f"saved_params_{max(saved)}.npy")) if saved else (0, None)


def save_params(iteration, params):
    """Given: save the parameters."""
    np.save(f"saved_params_{iteration}.npy", params)


def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    """Return the point that stochastic gradient descent reaches from x0.

    f: function of one argument; f(x) returns the loss, a number, and the gradient at x, of x's shape.
    x0: the starting point, a number or an array.
    step: the step size.
    iterations: how many steps to take.
    postprocessing: function applied to x after each step, for example normalizeRows; None for no change.
    useSaved: go on from the parameters that were saved last, and save them every SAVE_PARAMS_EVERY iterations.
    PRINT_EVERY: print the loss every so many iterations.
    """
    start = 0
    if useSaved:
        start, saved = load_saved_params()
        if start > 0:
            x0 = saved
            step *= 0.5 ** (start // ANNEAL_EVERY)

    x = x0
    if postprocessing is None:
        postprocessing = lambda x: x
    smoothed = None

    for iteration in range(start + 1, iterations + 1):
        loss = None

        # WRITE THIS (about 2 lines): get the loss and the gradient at x, and take one step. Do not apply
        # `postprocessing` and do not change `step` here: both is done below.

        x = postprocessing(x)
        if loss is not None and iteration % PRINT_EVERY == 0:
            smoothed = loss if smoothed is None else 0.95 * smoothed + 0.05 * loss
            print(f"iteration {iteration}: loss {smoothed:f}")
        if iteration % SAVE_PARAMS_EVERY == 0 and useSaved:
            save_params(iteration, x)
        if iteration % ANNEAL_EVERY == 0:
            step *= 0.5

    return x


if __name__ == "__main__":
    for start in (0.5, 0.0, -1.5):
        end = sgd(lambda x: (np.sum(x**2), x * 2), start, 0.01, 1000, PRINT_EVERY=1000)
        print(f"from {start} to {end}")
        assert abs(end) <= 1e-6, "the minimum of x^2 is at 0"
    print("sgd: no objection")
