"""Problems of other kinds need declarations and no code."""

from __future__ import annotations

import pytest

from autograder.formula.declarations import (
    Declarations,
    Family,
    Form,
    Function,
    Index,
    IndexSet,
    Loss,
    Question,
    Reference,
    Size,
    Symbol,
)
from autograder.formula.judging.judge import Verdict, judge
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable

LOGISTIC = Declarations(
    sizes=(Size("n", 2, 6), Size("d", 2, 6)),
    sets=(IndexSet("samples", "1", "n", ("n", "N")), IndexSet("features", "1", "d")),
    indices=(Index("i", "samples"), Index("j", "features")),
    symbols=(
        Symbol("X", ("n", "d"), written=(r"\mathcal{X}",)), Symbol("w", ("d",), written=(r"\theta", r"\beta")),
        Symbol("y", ("n",), domain="unit"), Symbol("lambda", (), domain="positive"),
        Symbol("y_hat", ("n",), definition=r"\sigma(Xw)", written=("p",)),
    ),
    families=(Family("x", ("i",), ("d",), row_of="X"),),
    functions=(Function("sigma"),),
    losses=(Loss("J", r"-\sum_{i=1}^n (y_i\log\hat y_i + (1-y_i)\log(1-\hat y_i))", ("L", r"\ell")),),
)
ATTENTION = Declarations(
    sizes=(Size("n", 2, 5), Size("d", 2, 5)),
    sets=(IndexSet("tokens", "1", "n"),),
    indices=(Index("i", "tokens", "free"), Index("j", "tokens", "free"), Index("k", "tokens"), Index("l", "tokens")),
    symbols=(
        Symbol("K", ("n", "d")), Symbol("V", ("n", "d")), Symbol("q", ("d",)),
        Symbol("s", ("n",), definition=r"\frac{Kq}{\sqrt{d}}"),
        Symbol("alpha", ("n",), definition="softmax(s)", written=("a",)),
    ),
    families=(Family("k", ("l",), ("d",), row_of="K"), Family("v", ("l",), ("d",), row_of="V")),
)
NETWORK = Declarations(
    sizes=(Size("d", 2, 4), Size("H", 2, 5), Size("c", 2, 6)),
    symbols=(
        Symbol("x", ("d",)), Symbol("W_1", ("H", "d"), written=("W^{(1)}", "W^{[1]}")),
        Symbol("W_2", ("c", "H"), written=("W^{(2)}", "W^{[2]}")), Symbol("b_1", ("H",)), Symbol("b_2", ("c",)),
        Symbol("y", ("c",)), Symbol("z_1", ("H",), definition="W_1 x + b_1"),
        Symbol("h_1", ("H",), definition=r"\sigma(z_1)", written=("h", "a_1")),
        Symbol("y_hat", ("c",), definition="softmax(W_2 h_1 + b_2)"),
        Symbol("delta_2", ("c",), definition=r"\hat y - y", written=(r"\delta^{(2)}",)),
    ),
    functions=(Function("sigma"),),
    losses=(Loss("J", written=("L",)),),
)
GLOVE = Declarations(
    sizes=(Size("V", 2, 5, written=("|V|",)), Size("d", 2, 4)),
    sets=(IndexSet("words", "1", "V", ("V",)),),
    indices=(Index("i", "words", "free"), Index("j", "words"), Index("k", "words")),
    symbols=(Symbol("X", ("V", "V"), domain="positive"), Symbol("b", ("V",)), Symbol("b_tilde", ("V",))),
    families=(Family("w", ("k",), ("d",)), Family("w_tilde", ("k",), ("d",), written=("u_k",))),
    functions=(Function("f", "x", r"\sqrt{x}"),),
    losses=(Loss("J"),),
)
LAYERNORM = Declarations(
    sizes=(Size("d", 3, 6),),
    sets=(IndexSet("features", "1", "d"),),
    indices=(Index("i", "features", "free"), Index("j", "features", "free"), Index("k", "features")),
    symbols=(
        Symbol("x", ("d",)), Symbol("gamma", ("d",)), Symbol("beta", ("d",)),
        Symbol("mu", (), definition=r"\frac{1}{d}\sum_{k=1}^d x_k"),
        Symbol("sigma", (), definition=r"\sqrt{\frac{1}{d}\sum_{k=1}^d (x_k-\mu)^2}"),
        Symbol("x_hat", ("d",), definition=r"\frac{x-\mu}{\sigma}"),
    ),
    scalars_spread=True,
)
COSINE = Declarations(
    sizes=(Size("d", 2, 5),), symbols=(Symbol("u", ("d",)), Symbol("v", ("d",))), losses=(Loss("s"),))

CLASSES = Declarations(
    sizes=(Size("d", 4, 6),),
    sets=(IndexSet("classes", "1", "3", ("C",)),),
    indices=(Index("k", "classes", "free"), Index("j", "classes"), Index("c", "classes", "fixed")),
    symbols=(
        Symbol("W", (3, "d")), Symbol("x", ("d",)), Symbol("z", (3,), definition="Wx"),
        Symbol("p", (3,), definition="softmax(z)"), Symbol("y", (3,), definition="e_c"),
    ),
)
LOGISTIC_GRADIENT = Question(LOGISTIC, (Reference(r"X^\top(\hat y - y)"),))
RIDGE = Question(LOGISTIC, (Reference(r"2X^\top(Xw-y)+2\lambda w"),))
SOFTMAX_JACOBIAN = Question(ATTENTION, (Reference(r"\alpha_i(\delta_{ij}-\alpha_j)"),), depends_on=("i", "j"))
ATTENTION_OUTPUT = Question(ATTENTION, (Reference(r"V^\top\alpha"),))
FIRST_LAYER = Question(NETWORK, (Reference(r"(W_2^\top(\hat y-y)\odot\sigma'(z_1))x^\top"),))
HIDDEN_BIAS = Question(NETWORK, (Reference(r"\mathrm{diag}(\sigma'(z_1))W_2^\top\delta_2"),))
GLOVE_GRADIENT = Question(
    GLOVE, (Reference(r"2\sum_{j=1}^V f(X_{ij})(w_i^\top\tilde w_j+b_i+\tilde b_j-\log X_{ij})\tilde w_j"),),
    depends_on=("i",))
MEAN_SLOPE = Question(LAYERNORM, (Reference("1/d"),))
NORMED = Question(LAYERNORM, (Reference(r"\gamma\odot\frac{x-\mu}{\sigma}+\beta"),))
COSINE_GRADIENT = Question(
    COSINE, (Reference(r"\frac{v}{\|u\|\|v\|}-\frac{u^\top v}{\|u\|^3\|v\|}u"),), Form(in_terms_of=("u", "v")))

THREE_SLOPES = Question(CLASSES, (Reference("p - y"),))
ONE_SLOPE = Question(CLASSES, (Reference("p_k - y_k"),), depends_on=("k",))
RELU_SLOPE = Question(NETWORK, (Reference(r"(W_2^\top \delta_2) \odot relu'(z_1)"),))
CASES = [
    (THREE_SLOPES, "correct", r"\operatorname{softmax}(Wx) - e_c"),
    (THREE_SLOPES, "correct", r"\begin{bmatrix} p_1-y_1 \\ p_2-y_2 \\ p_3-y_3 \end{bmatrix}"),
    (THREE_SLOPES, "correct", r"\frac{e^z}{1^\top e^z} - y"),
    (THREE_SLOPES, "wrong", "y - p"),
    (ONE_SLOPE, "correct", r"\frac{e^{z_k}}{e^{z_1}+e^{z_2}+e^{z_3}} - \mathbb{1}[k=c]"),
    (ONE_SLOPE, "correct", r"\frac{e^{z_k}}{\sum_{j=1}^{3} e^{z_j}} - \delta_{kc}"),
    (ONE_SLOPE, "wrong", r"\frac{e^{z_k}}{e^{z_1}+e^{z_2}} - \mathbb{1}[k=c]"),
    (RELU_SLOPE, "correct", r"W_2^T\delta_2 \odot \mathbb{1}\{z_1 > 0\}"),
    (RELU_SLOPE, "correct", r"\mathrm{diag}(\mathbf{1}[z_1 > 0]) W_2^T (\hat y - y)"),
    (RELU_SLOPE, "correct", r"W_2^T\delta_2 \circ \begin{cases} 1 & z_1 > 0 \\ 0 & \text{otherwise} \end{cases}"),
    (RELU_SLOPE, "correct", "(W_2.T @ (y_hat - y)) * (z_1 > 0)"),
    (RELU_SLOPE, "correct", "np.where(z_1 > 0, W_2.T @ delta_2, 0)"),
    (RELU_SLOPE, "wrong", r"W_2^T\delta_2 \odot \mathbb{1}\{z_1 < 0\}"),
    (RELU_SLOPE, "wrong", r"W_2^T\delta_2 \odot \mathbb{1}\{W_2^\top\delta_2 > 0\}"),
    (LOGISTIC_GRADIENT, "correct", r"X^T(\hat y-y)"),
    (LOGISTIC_GRADIENT, "correct", r"X^\top(\sigma(X\theta)-y)"),
    (LOGISTIC_GRADIENT, "correct", r"\nabla_w J = \sum_{i=1}^n (\hat y_i-y_i)x_i"),
    (LOGISTIC_GRADIENT, "correct", r"\sum_{i=1}^{N}\left(\sigma(w^\top x_i)-y_i\right)x_i"),
    (LOGISTIC_GRADIENT, "correct", r"-\sum_i (y_i - \frac{1}{1+e^{-w\cdot x_i}})x_i"),
    (LOGISTIC_GRADIENT, "correct", "X.T @ (sigmoid(X @ w) - y)"),
    (LOGISTIC_GRADIENT, "correct", "np.dot(X.T, p - y)"),
    (LOGISTIC_GRADIENT, "wrong", r"\frac1n X^T(\hat y-y)"),
    (LOGISTIC_GRADIENT, "wrong", r"X^T(y-\hat y)"),
    (LOGISTIC_GRADIENT, "variant", r"(\hat y-y)^\top X"),
    (LOGISTIC_GRADIENT, "variant", r"X(\hat y-y)"),
    (LOGISTIC_GRADIENT, "wrong", r"X(y-\hat y)"),
    (RIDGE, "correct", r"2X^TXw-2X^Ty+2\lambda w"),
    (RIDGE, "correct", r"2(X^TX+\lambda I)w-2X^Ty"),
    (RIDGE, "correct", r"2\left(X^\top X+\lambda I_d\right)\beta-2X^\top y"),
    (RIDGE, "correct", r"-2X^\top(y-Xw)+2\lambda w"),
    (RIDGE, "wrong", r"2X^T(Xw-y)+\lambda w"),
    (RIDGE, "wrong", r"2X^T(Xw-y)+2\lambda"),
    (SOFTMAX_JACOBIAN, "correct", r"\alpha_i(\mathbb{1}[i=j]-\alpha_j)"),
    (SOFTMAX_JACOBIAN, "correct", r"\begin{cases}\alpha_i(1-\alpha_i) & i=j\\ -\alpha_i\alpha_j & i\neq j\end{cases}"),
    (SOFTMAX_JACOBIAN, "correct", r"\delta_{ij}\alpha_i-\alpha_i\alpha_j"),
    (SOFTMAX_JACOBIAN, "correct", r"[\mathrm{diag}(\alpha)-\alpha\alpha^\top]_{ij}"),
    (SOFTMAX_JACOBIAN, "wrong", r"\alpha_i(1-\alpha_j)"),
    (SOFTMAX_JACOBIAN, "wrong", r"\alpha_i(1-\alpha_i)"),
    (ATTENTION_OUTPUT, "correct", r"\sum_{l=1}^n \alpha_l v_l"),
    (ATTENTION_OUTPUT, "correct", r"V^\top\operatorname{softmax}\left(\frac{Kq}{\sqrt d}\right)"),
    (ATTENTION_OUTPUT, "correct", r"\frac{\sum_l \exp(k_l^\top q/\sqrt{d})v_l}{\sum_l\exp(k_l^\top q/\sqrt{d})}"),
    (ATTENTION_OUTPUT, "correct", r"\sum_{i=1}^n \frac{\exp(k_i\cdot q/\sqrt{d})}{\sum_{j=1}^n\exp(k_j\cdot q/\sqrt{d})}v_i"),
    (ATTENTION_OUTPUT, "variant", r"\alpha^\top V"),
    (ATTENTION_OUTPUT, "wrong", r"V^\top\operatorname{softmax}(Kq)"),
    (FIRST_LAYER, "correct", r"\left(W_2^T(\hat y-y)\circ\sigma(z_1)\circ(1-\sigma(z_1))\right)x^T"),
    (FIRST_LAYER, "correct", r"\mathrm{diag}(\sigma'(z_1))W_2^\top(\hat y-y)x^\top"),
    (FIRST_LAYER, "correct", r"\left[(W^{(2)})^\top\delta^{(2)}\odot h\odot(1-h)\right]x^\top"),
    (FIRST_LAYER, "correct", r"(W_2^\top\delta_2 * \sigma'(W_1x+b_1))x^\top"),
    (FIRST_LAYER, "correct", "np.outer((W_2.T @ (y_hat - y)) * h * (1 - h), x)"),
    (FIRST_LAYER, "wrong", r"(W_2^\top(\hat y-y))x^\top"),
    (FIRST_LAYER, "wrong", r"(W_1^\top(\hat y-y)\odot\sigma'(z_1))x^\top"),
    (HIDDEN_BIAS, "correct", r"(W_2^\top\delta_2)\odot\sigma'(z_1)"),
    (HIDDEN_BIAS, "correct", r"W_2^\top\delta_2\odot\sigma(z_1)(1-\sigma(z_1))"),
    (GLOVE_GRADIENT, "correct", r"\sum_{j} 2f(X_{ij})(w_i^T\tilde{w}_j+b_i+\tilde{b}_j-\log(X_{ij}))\tilde{w}_j"),
    (GLOVE_GRADIENT, "correct", r"2\sum_{k=1}^{|V|} f(X_{ik})\left(u_k^\top w_i+b_i+\tilde b_k-\log X_{i,k}\right)u_k"),
    (GLOVE_GRADIENT, "wrong", r"\sum_{j=1}^V f(X_{ij})(w_i^\top\tilde w_j+b_i+\tilde b_j-\log X_{ij})\tilde w_j"),
    (GLOVE_GRADIENT, "wrong", r"2\sum_{j=1}^V f(X_{ji})(w_i^\top\tilde w_j+b_i+\tilde b_j-\log X_{ji})\tilde w_j"),
    (MEAN_SLOPE, "correct", r"\frac{1}{d}"),
    (MEAN_SLOPE, "correct", r"\frac{\partial\mu}{\partial x_i} = \frac1d"),
    (MEAN_SLOPE, "wrong", r"\frac{d}{2}"),
    (NORMED, "correct", r"\gamma\odot\hat x+\beta"),
    (NORMED, "correct", r"\frac{\gamma\odot(x-\mu)}{\sigma}+\beta"),
    (NORMED, "correct", "gamma * (x - mu) / sigma + beta"),
    (COSINE_GRADIENT, "correct", r"\frac{1}{\|u\|\|v\|}\left(v-\frac{u^\top v}{\|u\|^2}u\right)"),
    (COSINE_GRADIENT, "correct", r"\frac{v}{\lVert u\rVert_2\lVert v\rVert_2}-\frac{\langle u,v\rangle u}{\lVert u\rVert_2^3\lVert v\rVert_2}"),
    (COSINE_GRADIENT, "correct", r"\frac{1}{\|u\|\|v\|}\left(I-\frac{uu^\top}{\|u\|^2}\right)v"),
    (COSINE_GRADIENT, "correct", r"(u^\top u)^{-1/2}(v^\top v)^{-1/2}\left(v-\frac{u\cdot v}{u\cdot u}u\right)"),
    (COSINE_GRADIENT, "wrong", r"\frac{v}{\|u\|\|v\|}"),
]


@pytest.mark.parametrize(("question", "verdict", "answer"), CASES, ids=[case[2] for case in CASES])
def test_verdict(question: Question, verdict: str, answer: str) -> None:
    try:
        found = judge(read(answer, question.declarations), question)
    except Unreadable as refusal:
        pytest.fail(str(refusal))
    expected = {"correct": Verdict.CORRECT, "wrong": Verdict.WRONG, "variant": Verdict.VARIANT}[verdict]
    assert found.verdict is expected, (found.means, found.sentence, str(found.refusal))
