"""Each closed form against the derivative of its loss: complex step, central differences, 1500 digits."""

from __future__ import annotations

import differentiation
import losses
import mpmath
import numpy as np
import pytest

from reference import activations, backprop, cbow, descent, word2vec

SEEDS = range(6)
SIZES = [(1, 2, 1), (2, 5, 3), (3, 14, 10), (7, 11, 4), (5, 30, 12)]  # d, V, K
EXACT = {"rtol": 1e-12, "atol": 1e-13}
NUMERIC = {"rtol": 1e-6, "atol": 1e-8}


def draw(seed: int, d: int, V: int, K: int, scale: float = 1.0) -> dict[str, object]:
    """Draw vectors, an outside word, negatives with repeats where K allows, and a stream that yields them."""
    rng = np.random.default_rng([seed, d, V, K])
    o = int(rng.integers(V))
    others = [w for w in range(V) if w != o]
    negatives = [int(w) for w in rng.choice(others, K)]
    if K > 1:
        negatives[-1] = negatives[0]
    stream = [int(w) for w in np.insert(negatives, rng.integers(K, size=2), o)] + [o] + negatives
    return {
        "v_c": scale * rng.standard_normal(d), "U": rng.standard_normal((V, d)), "V": rng.standard_normal((V, d)),
        "o": o, "negatives": negatives, "stream": stream,
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("d", "V", "K"), SIZES)
def test_naive_softmax(seed: int, d: int, V: int, K: int) -> None:
    drawn = draw(seed, d, V, K)
    v_c, o, U = drawn["v_c"], drawn["o"], drawn["U"]
    out = word2vec.naive_softmax(v_c, o, U)
    assert out["loss"] == pytest.approx(losses.naive_softmax(v_c, o, U), rel=1e-13)
    by_step = differentiation.complex_step(lambda v: losses.naive_softmax(v, o, U), v_c)
    np.testing.assert_allclose(out["grad_v_c"], by_step, **EXACT)
    by_step = differentiation.complex_step(lambda M: losses.naive_softmax(v_c, o, M), U)
    np.testing.assert_allclose(out["grad_U"], by_step, **EXACT)
    by_difference = differentiation.central_differences(lambda v: word2vec.naive_softmax(v, o, U)["loss"], v_c)
    np.testing.assert_allclose(out["grad_v_c"], by_difference, **NUMERIC)
    by_difference = differentiation.central_differences(lambda M: word2vec.naive_softmax(v_c, o, M)["loss"], U)
    np.testing.assert_allclose(out["grad_U"], by_difference, **NUMERIC)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("d", "V", "K"), SIZES)
def test_negative_sampling(seed: int, d: int, V: int, K: int) -> None:
    drawn = draw(seed, d, V, K)
    v_c, o, U, negatives, stream = (drawn[name] for name in ("v_c", "o", "U", "negatives", "stream"))
    out = word2vec.negative_sampling_drawn(v_c, o, U, stream, K)
    assert out["loss"] == pytest.approx(losses.negative_sampling(v_c, o, U, negatives), rel=1e-13)
    by_step = differentiation.complex_step(lambda v: losses.negative_sampling(v, o, U, negatives), v_c)
    np.testing.assert_allclose(out["grad_v_c"], by_step, **EXACT)
    by_step = differentiation.complex_step(lambda M: losses.negative_sampling(v_c, o, M, negatives), U)
    np.testing.assert_allclose(out["grad_U"], by_step, **EXACT)
    by_difference = differentiation.central_differences(
        lambda M: word2vec.negative_sampling_drawn(v_c, o, M, stream, K)["loss"], U)
    np.testing.assert_allclose(out["grad_U"], by_difference, **NUMERIC)
    by_difference = differentiation.central_differences(
        lambda v: word2vec.negative_sampling_drawn(v, o, U, stream, K)["loss"], v_c)
    np.testing.assert_allclose(out["grad_v_c"], by_difference, **NUMERIC)


@pytest.mark.parametrize("seed", SEEDS)
def test_negative_sampling_of_single_vectors(seed: int) -> None:
    """The gradients of u_o and of each draw, before they are added up by word."""
    rng = np.random.default_rng(seed)
    v_c, u_o, u_k = rng.standard_normal(4), rng.standard_normal(4), rng.standard_normal((3, 4))
    out = word2vec.negative_sampling(v_c, u_o, u_k)

    def loss(rows: np.ndarray) -> complex:
        return losses.negative_sampling(v_c, 0, rows, [1, 2, 3])

    rows = differentiation.complex_step(loss, np.vstack([u_o, u_k]))
    np.testing.assert_allclose(np.vstack([out["grad_u_o"], out["grad_u_k"]]), rows, **EXACT)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("outside_words", [0, 1, 2, 5])
@pytest.mark.parametrize("loss", [word2vec.NAIVE_SOFTMAX, word2vec.NEGATIVE_SAMPLING])
def test_skipgram(seed: int, outside_words: int, loss: str) -> None:
    words, d, K = 8, 3, word2vec.DEFAULT_K
    rng = np.random.default_rng([seed, outside_words])
    V, U = rng.standard_normal((2, words, d))
    centre, outside = int(rng.integers(words)), [int(w) for w in rng.integers(words, size=outside_words)]
    stream = [int(w) for w in rng.integers(words, size=100)]
    draws, negatives = iter(stream), []
    for o in outside:
        negatives.append([])
        while len(negatives[-1]) < K:
            word = next(draws)
            if word != o:
                negatives[-1].append(word)

    def total(centres: np.ndarray, outsides: np.ndarray) -> complex:
        if loss == word2vec.NAIVE_SOFTMAX:
            return sum(losses.naive_softmax(centres[centre], o, outsides) for o in outside)
        return sum(
            losses.negative_sampling(centres[centre], o, outsides, drawn)
            for o, drawn in zip(outside, negatives, strict=True)
        )

    def own(centres: np.ndarray, outsides: np.ndarray) -> float:
        return word2vec.skipgram(centre, outside, 3, centres, outsides, loss, stream)["loss"]

    out = word2vec.skipgram(centre, outside, 3, V, U, loss, stream)
    assert out["loss"] == pytest.approx(total(V, U), rel=1e-13, abs=1e-15)
    np.testing.assert_allclose(out["grad_V"], differentiation.complex_step(lambda M: total(M, U), V), **EXACT)
    np.testing.assert_allclose(out["grad_U"], differentiation.complex_step(lambda M: total(V, M), U), **EXACT)
    np.testing.assert_allclose(out["grad_V"], differentiation.central_differences(lambda M: own(M, U), V), **NUMERIC)
    np.testing.assert_allclose(out["grad_U"], differentiation.central_differences(lambda M: own(V, M), U), **NUMERIC)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("d", "words", "C", "K"), [(1, 4, 1, 1), (3, 9, 2, 4), (4, 12, 6, 5), (6, 7, 3, 8)])
def test_cbow(seed: int, d: int, words: int, C: int, K: int) -> None:
    rng = np.random.default_rng([seed, d, C])
    A, B = rng.standard_normal((2, words, d))
    context, centre = [int(w) for w in rng.integers(words, size=C)], int(rng.integers(words))
    negatives = [int(w) for w in rng.choice([w for w in range(words) if w != centre], K)]
    if C > 1:
        context[-1] = context[0]
    if K > 1:
        negatives[-1] = negatives[0]
    out = cbow.cbow_negative_sampling(context, centre, negatives, A, B)

    def own(first: np.ndarray, second: np.ndarray) -> float:
        return cbow.cbow_negative_sampling(context, centre, negatives, first, second)["loss"]

    def loss(first: np.ndarray, second: np.ndarray) -> complex:
        return losses.cbow(context, centre, negatives, first, second)

    assert out["loss"] == pytest.approx(loss(A, B), rel=1e-13)
    np.testing.assert_allclose(out["grad_A"], differentiation.complex_step(lambda M: loss(M, B), A), **EXACT)
    np.testing.assert_allclose(out["grad_B"], differentiation.complex_step(lambda M: loss(A, M), B), **EXACT)
    np.testing.assert_allclose(out["grad_A"], differentiation.central_differences(lambda M: own(M, B), A), **NUMERIC)
    np.testing.assert_allclose(out["grad_B"], differentiation.central_differences(lambda M: own(A, M), B), **NUMERIC)


@pytest.mark.parametrize("seed", range(30))
def test_chain(seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal(5) * 1.5
    out = backprop.chain_gradients(*values)
    assert backprop.chain_loss(*values) == pytest.approx(losses.chain(*values), rel=1e-13)
    found = [out[name] for name in ("dw1", "db1", "dw2", "db2")]
    by_step = differentiation.complex_step(lambda p: losses.chain(*p), values)
    np.testing.assert_allclose(found, by_step[1:], **EXACT)
    by_difference = differentiation.central_differences(lambda p: backprop.chain_loss(*p), values)
    np.testing.assert_allclose(found, by_difference[1:], **NUMERIC)


X = np.concatenate([np.linspace(-6, 6, 49), [-700.0, -40.0, 40.0, 700.0]])


def test_activations() -> None:
    near = X[np.abs(X) < 10]
    np.testing.assert_allclose(
        activations.sigmoid_derivative(near)["value"],
        [differentiation.complex_step(lambda z: losses.sigma(z[()]), x) for x in near], **EXACT)
    np.testing.assert_allclose(
        activations.tanh_derivative(near)["value"],
        [differentiation.complex_step(lambda z: np.tanh(z[()]), x) for x in near], **EXACT)
    np.testing.assert_allclose(
        activations.sigmoid_derivative(near)["value"],
        [differentiation.central_differences(activations.sigmoid, x) for x in near], **NUMERIC)
    with mpmath.workdps(1500):
        exact = [1 / (1 + mpmath.exp(-mpmath.mpf(x))) for x in X]
        np.testing.assert_allclose(activations.logistic(X)["value"], [float(s) for s in exact], rtol=1e-15)
        np.testing.assert_allclose(activations.log_sigmoid(X), [float(mpmath.log(s)) for s in exact], rtol=1e-15)
        slopes = [float(s * (1 - s)) for s in exact]
        np.testing.assert_allclose(activations.sigmoid_derivative(X)["value"], slopes, rtol=1e-14)
        tanh_slopes = [float(1 / mpmath.cosh(mpmath.mpf(x)) ** 2) for x in X]
        np.testing.assert_allclose(activations.tanh_derivative(X)["value"], tanh_slopes, rtol=1e-14, atol=1e-320)


@pytest.mark.parametrize("x", [0.5, np.array([1.0, -2.0]), np.ones((2, 3))])
def test_activations_keep_the_shape(x: np.ndarray) -> None:
    for function in (activations.logistic, activations.sigmoid_derivative, activations.tanh_derivative):
        assert function(x)["value"].shape == np.shape(x)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [30.0, 300.0])
def test_large_scores(seed: int, scale: float) -> None:
    """Where the definitions overflow, the closed forms keep 12 digits of every loss and gradient."""
    drawn = draw(seed, 2, 5, 3, scale)
    v_c, o, U, negatives = (drawn[name] for name in ("v_c", "o", "U", "negatives"))
    softmax = word2vec.naive_softmax(v_c, o, U)
    sampling = word2vec.negative_sampling_rows(v_c, o, U, negatives)
    with mpmath.workdps(1500):
        v, M = (np.vectorize(mpmath.mpf, otypes=[object])(a) for a in (v_c, U))
        assert softmax["loss"] == pytest.approx(float(losses.naive_softmax(v, o, M)), rel=1e-12, abs=1e-300)
        assert sampling["loss"] == pytest.approx(float(losses.negative_sampling(v, o, M, negatives)), rel=1e-12)
        by_digits = differentiation.high_precision(lambda x: losses.naive_softmax(x, o, M), v_c)
        np.testing.assert_allclose(softmax["grad_v_c"], by_digits, rtol=1e-11, atol=1e-12)
        by_digits = differentiation.high_precision(lambda x: losses.negative_sampling(x, o, M, negatives), v_c)
        np.testing.assert_allclose(sampling["grad_v_c"], by_digits, rtol=1e-11, atol=1e-12)
        by_digits = differentiation.high_precision(lambda x: losses.negative_sampling(v, o, x, negatives), U)
        np.testing.assert_allclose(sampling["grad_U"], by_digits, rtol=1e-11, atol=1e-12)


def test_chain_saturates_without_overflow() -> None:
    out = backprop.chain_gradients(1000.0, 3.0, 0.5, -2.0, 1.0)
    assert out["dw1"] == 0.0
    assert out["db2"] == pytest.approx(-1 / (1 + np.exp(-1.0)), rel=1e-15)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
@pytest.mark.parametrize("shrink", [1.0, 0.9])
@pytest.mark.parametrize("iterations", [0, 1, 17])
def test_descent_is_the_loop(seed: int, shape: tuple[int, ...], shrink: float, iterations: int) -> None:
    rng = np.random.default_rng(seed)
    x0, target, curvature = rng.standard_normal(shape), rng.standard_normal(shape), rng.uniform(0.3, 1.5, shape)
    x = np.array(x0)
    for _ in range(iterations):
        loss, gradient = descent.quadratic(x, target, curvature)
        x = shrink * (x - 0.1 * gradient)
    np.testing.assert_allclose(descent.descend(x0, target, curvature, 0.1, iterations, shrink)["x"], x, rtol=1e-12)
    loss, gradient = descent.quadratic(x0, target, curvature)
    by_difference = differentiation.central_differences(lambda p: descent.quadratic(p, target, curvature)[0], x0)
    np.testing.assert_allclose(gradient, by_difference, **NUMERIC)
    assert loss >= 0.0
