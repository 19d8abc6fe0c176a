"""How the drawn inputs of this assignment become calls of your functions.

Nothing here is secret: this is the file that the grader itself uses. `student` is your module as it was imported.
In `U` and `V` each row is a word, as in the starter files.
"""

import inspect
import random

import numpy as np

MAX_DRAWS = 10_000
STAND_IN_DRAWS = 10


class EndlessDraws(RuntimeError):
    """More draws than any number of negatives needs."""


class Dataset:
    """What the functions ask of a data set: word indices drawn at random, the vocabulary, a random window.

    The first draws of `sampleTokenIdx` are those of `stream`; then come reproducible ones, without end.
    """

    def __init__(self, words, stream=()):
        self._words = list(words)
        self._stream = [int(index) for index in stream]
        self._draws = 0
        self._random = random.Random(0)

    def sampleTokenIdx(self):
        """Return the index of a random word."""
        self._draws += 1
        if self._draws > MAX_DRAWS:
            raise EndlessDraws(
                f"sampleTokenIdx was called more than {MAX_DRAWS} times in one call of your function. "
                "The same word may be drawn as a negative several times: negatives need not be distinct. "
                "Only a draw that hits the outside word is drawn again."
            )
        if self._draws <= len(self._stream):
            return self._stream[self._draws - 1]
        return self._random.randrange(len(self._words))

    def tokens(self):
        """Return the dictionary word -> index."""
        return {word: index for index, word in enumerate(self._words)}

    def getRandomContext(self, C=5):
        """Return a centre word and 2C words around it."""
        return self._random.choice(self._words), self._random.choices(self._words, k=2 * C)


def name_words(count):
    """Return `count` different words; their order in the alphabet is not that of their indices."""
    return [f"{'mkzbtr'[index % 6]}{index}" for index in range(count)]


def sigmoid(student, x):
    return student.sigmoid(x)


def naive_softmax(student, v_c, o, U):
    return student.naiveSoftmaxLossAndGradient(v_c, o, U, Dataset(name_words(len(U))))


def naive_softmax_row(student, v_c, o, U):
    """The centre vector as a matrix of one row."""
    return naive_softmax(student, v_c.reshape(1, -1), o, U)


def naive_softmax_column(student, v_c, o, U):
    """The centre vector as a matrix of one column."""
    return naive_softmax(student, v_c.reshape(-1, 1), o, U)


def naive_softmax_in_window(student, v_c, o, U):
    """The loss as your own skipgram calls it, for a window of one outside word."""
    return _in_window(student, student.naiveSoftmaxLossAndGradient, v_c, o, U, ())


def negative_sampling(student, v_c, o, U, stream, K):
    """K is None where the call leaves it out; the default of the starter is 10."""
    dataset = Dataset(name_words(len(U)), stream)
    if K is None:
        return student.negSamplingLossAndGradient(v_c, o, U, dataset)
    return student.negSamplingLossAndGradient(v_c, o, U, dataset, K)


def negative_sampling_row(student, v_c, o, U, stream, K):
    """The centre vector as a matrix of one row."""
    return negative_sampling(student, v_c.reshape(1, -1), o, U, stream, K)


def negative_sampling_column(student, v_c, o, U, stream, K):
    """The centre vector as a matrix of one column."""
    return negative_sampling(student, v_c.reshape(-1, 1), o, U, stream, K)


def negative_sampling_in_window(student, v_c, o, U, stream, K):
    """The loss as your own skipgram calls it, for a window of one outside word; K is the default there."""
    return _in_window(student, student.negSamplingLossAndGradient, v_c, o, U, stream)


def negative_sampling_with_sigmoid(student, v_c, o, U, stream, K):
    """Your function with a right `sigmoid` in the place of your own, where that one may be at fault."""
    own = vars(student).get("sigmoid")
    student.sigmoid = lambda x: 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
    try:
        return negative_sampling(student, v_c, o, U, stream, K)
    finally:
        student.sigmoid = own


def _in_window(student, loss_function, v_c, o, U, stream):
    words, centre = name_words(len(U)), (o + 1) % len(U)
    centre_vectors = np.zeros_like(U)
    centre_vectors[centre] = v_c
    dataset = Dataset(words, stream)
    loss, grad_V, grad_U = student.skipgram(
        words[centre], 1, [words[o]], dataset.tokens(), centre_vectors, U, dataset, loss_function
    )
    return loss, np.asarray(grad_V)[centre], grad_U


def skipgram(student, centre, outside, m, V, U, loss, stream):
    """Your skipgram with your own loss function, the very object that your file defines."""
    words = name_words(len(V))
    dataset = Dataset(words, _repeat(stream))
    return student.skipgram(
        words[centre], m, [words[o] for o in outside], dataset.tokens(), V, U, dataset, _own_loss(student, loss)
    )


def _repeat(stream):
    """The same draws over and over: in whatever order you go through a window, its words have the same negatives."""
    return list(stream) * 40


def _stand_in(student):
    """A function that can be called as your own naive softmax can, whatever you named its parameters."""
    own = getattr(student, "naiveSoftmaxLossAndGradient", _stand_in_loss)

    def loss(*values, **named):
        return _stand_in_loss(*inspect.signature(own).bind(*values, **named).arguments.values())

    return loss


def _stand_in_loss(centerWordVec, outsideWordIdx, outsideVectors, dataset, *rest):
    """No loss of any use, but numbers that depend on all it is given: enough to see whether a skipgram adds up.

    Your skipgram meets it only where it is wrong with your own loss functions, which may be at fault.
    """
    v, weight = np.reshape(centerWordVec, -1), outsideWordIdx + 1.0
    pull = weight * (v + np.sum(outsideVectors, axis=0))
    grad_U = weight * np.array(outsideVectors)
    for _ in range(STAND_IN_DRAWS):
        grad_U[dataset.sampleTokenIdx()] += v
    return float(pull @ v), np.reshape(pull, np.shape(centerWordVec)), grad_U


def _own_loss(student, loss):
    if loss == "stand-in":
        return _stand_in(student)
    if loss == "naive softmax":
        return student.naiveSoftmaxLossAndGradient
    return student.negSamplingLossAndGradient


def sgd(student, x0, target, curvature, step, iterations, shrink):
    """Your sgd on the loss sum(curvature * (x - target)**2) / 2; `shrink` other than 1 is a postprocessing."""

    def f(x):
        away = x - target
        return 0.5 * np.sum(curvature * away * away), curvature * away

    start = np.array(x0) if np.ndim(x0) else x0
    if shrink == 1.0:
        return student.sgd(f, start, step, iterations)
    return student.sgd(f, start, step, iterations, postprocessing=lambda x: shrink * x)
