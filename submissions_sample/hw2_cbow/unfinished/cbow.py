"""CBOW homework: fill in the five functions. Run `python cbow.py` to check what can be checked without the answers."""

import numpy as np


def sigmoid(x):
    """Given: return sigma(x) = 1 / (1 + e^-x), elementwise."""
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_derivative(x):
    """Return the derivative of sigma at x, elementwise.

    x: a number or an array of any shape; the result has the same shape. x is the argument of sigma, not its value.
    """
    raise NotImplementedError("sigmoid_derivative is still to be written")


def tanh_derivative(x):
    """Return the derivative of tanh at x, elementwise.

    x: a number or an array of any shape; the result has the same shape. x is the argument of tanh, not its value.
    """
    raise NotImplementedError("tanh_derivative is still to be written")


def cbow_negative_sampling(context, center, negatives, A, B):
    """Return the negative-sampling loss of one CBOW sample, and its gradients.

    The loss is minus the logarithm of the probability that your written answer gives, with a_avg the average of the
    context's rows of A.

    context: list of C word indices, those around the center word; the same word may occur twice.
    center: int, index of the word that is predicted.
    negatives: list of K word indices, none of them the center; the same word may occur twice, and then counts twice.
    A: (V, d) vectors of the words as context, one word a row.
    B: (V, d) vectors of the words as predicted words, one word a row.

    Returns
    loss: a number.
    grad_A: (V, d) gradient of the loss with respect to A.
    grad_B: (V, d) gradient of the loss with respect to B.
    """
    raise NotImplementedError("cbow_negative_sampling is still to be written")


def count_samples(lengths, window):
    """Return how many positive training samples skip-gram and CBOW make of a text.

    lengths: list of ints, how many tokens each sentence has; a sentence may have 0 or 1.
    window: int m, a center's context are the tokens at most m places before or after it in its own sentence.
        At the ends of a sentence the window is cut; a token without any context makes no sample.

    Returns
    skipgram: int, one sample for each pair of a center and a token of its context.
    cbow: int, one sample for each center that has a context.
    """
    raise NotImplementedError("count_samples is still to be written")


def backprop(x, w1, b1, w2, b2):
    """Return the derivatives of l = -log(a2) with respect to the four parameters.

    z0 = w1 x + b1,  a1 = sigma(z0),  z1 = w2 a1 + b2,  a2 = sigma(z1); all are numbers.
    (The handout prints z1 = w2 a1 + b1; b2 is meant.)

    Returns dl/dw1, dl/db1, dl/dw2, dl/db2, in this order.
    """
    raise NotImplementedError("backprop is still to be written")


# ----- Below is what checks your functions by finite differences. Nothing here is graded. -----

STEP = 1e-5


def slopes(f, x):
    """Return the finite differences of f at each entry of the array x."""
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += STEP
        below[place] -= STEP
        found[place] = (f(above) - f(below)) / (2 * STEP)
    return found


def agree(yours, found, what):
    gap = np.max(np.abs(np.asarray(yours) - found))
    print(f"{what}: {'agrees with' if gap < 1e-6 else 'is off by ' + format(gap, '.2g') + ' from'} finite differences")


def check():
    x = np.linspace(-3, 3, 7)
    agree(sigmoid_derivative(x), (sigmoid(x + STEP) - sigmoid(x - STEP)) / (2 * STEP), "sigmoid_derivative")
    agree(tanh_derivative(x), (np.tanh(x + STEP) - np.tanh(x - STEP)) / (2 * STEP), "tanh_derivative")

    rng = np.random.default_rng(1)
    A, B = rng.standard_normal((2, 6, 3))
    sample = ([1, 4, 1], 2, [0, 5, 0])
    _, grad_A, grad_B = cbow_negative_sampling(*sample, A, B)
    agree(grad_A, slopes(lambda M: cbow_negative_sampling(*sample, M, B)[0], A), "grad_A, of your loss,")
    agree(grad_B, slopes(lambda M: cbow_negative_sampling(*sample, A, M)[0], B), "grad_B, of your loss,")

    p = np.array([0.7, -1.2, 0.4, 1.5, -0.3])
    found = slopes(lambda q: -np.log(sigmoid(q[3] * sigmoid(q[1] * q[0] + q[2]) + q[4])), p)
    agree(backprop(*p), found[1:], "backprop")

    skipgram, cbow = count_samples([2], 1)
    print(f"a sentence of two tokens, m = 1: {skipgram} samples for skip-gram, {cbow} for CBOW")


if __name__ == "__main__":
    check()
