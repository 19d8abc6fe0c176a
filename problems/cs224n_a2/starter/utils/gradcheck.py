"""Given: checks of a gradient by finite differences. They know no right answers.

A check holds your gradient against differences of YOUR loss. It passes as well when both belong to another loss than
the one that is asked for, or when both are zero; so a passed check is no proof.
"""

import random

import numpy as np

STEP = 1e-4
TOLERANCE = 1e-5


def gradcheck_naive(f, x, gradientText="this function"):
    """Compare the gradient that f gives at x with finite differences of its loss; print what is found.

    f: takes an array, returns (loss, gradient).  x: the array at which to check.
    Returns True if the two agree in every entry.
    """
    x = np.array(x, dtype=float)
    state = random.getstate()

    def at(point):
        # Every evaluation draws the same negatives, or the differences would be those of different losses.
        random.setstate(state)
        return f(point)

    gradient = np.reshape(at(x.copy())[1], x.shape)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += STEP
        below[place] -= STEP
        slope = float(np.reshape((at(above)[0] - at(below)[0]) / (2 * STEP), ()))
        if abs(slope - gradient[place]) > TOLERANCE * max(1.0, abs(slope), abs(gradient[place])):
            print(f"Gradient check failed for {gradientText}.")
            print(f"  at {place}: your gradient is {gradient[place]:.8f}, finite differences give {slope:.8f}")
            return False
    if not np.any(gradient):
        print(f"The gradient of {gradientText} is zero everywhere. Is the function still to be written?")
        return False
    print(f"Gradient check passed for {gradientText}: it is the gradient of the loss that you compute.")
    return True


WINDOWS = [("c", 3, ["a", "b", "e", "d", "b", "c"]), ("b", 2, ["a", "b", "c", "a"]), ("a", 1, ["d"])]


def _check_windows(skipgram, dummy_tokens, dummy_vectors, dataset, *loss_function):
    """Check skipgram on a few windows, with respect to all vectors, of the centre words and of the outside words."""
    half = len(dummy_vectors) // 2
    passed = True
    for centre, m, outside in WINDOWS:

        def f(vectors, centre=centre, m=m, outside=outside):
            loss, grad_centre, grad_outside = skipgram(
                centre, m, outside, dummy_tokens, vectors[:half], vectors[half:], dataset, *loss_function
            )
            return loss, np.vstack([grad_centre, grad_outside])

        passed &= gradcheck_naive(f, dummy_vectors, f"skipgram, centre {centre!r}, outside {' '.join(outside)}")
    return passed


def grad_tests_softmax(skipgram, dummy_tokens, dummy_vectors, dataset):
    """Check skipgram with its default loss, the naive softmax."""
    return _check_windows(skipgram, dummy_tokens, dummy_vectors, dataset)


def grad_tests_negsamp(skipgram, dummy_tokens, dummy_vectors, dataset, negSamplingLossAndGradient):
    """Check skipgram with the negative-sampling loss."""
    return _check_windows(skipgram, dummy_tokens, dummy_vectors, dataset, negSamplingLossAndGradient)
