"""Given: rows of unit length, and a softmax that does not overflow."""

import numpy as np


def normalizeRows(x):
    """Return a copy of the matrix x in which each row has Euclidean length 1; a row of zeros stays zero."""
    x = np.asarray(x, dtype=float)
    lengths = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
    return x / np.where(lengths > 0, lengths, 1.0)


def softmax(x):
    """Return the softmax of a vector, or of each ROW of a matrix.

    Mind the shape: a column of shape (n, 1) is n rows of one number each, and the softmax of one number is 1.
    """
    x = np.asarray(x, dtype=float)
    exponentials = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=-1, keepdims=True)
