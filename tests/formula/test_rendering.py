"""What is written back is read to the same tree again, in every dialect."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.formula import tree as t
from autograder.formula.reading import read
from autograder.formula.writing.rendering import is_python, latex, plain
from autograder.formula.writing.writer import normal
from tests.formula.questions import BACKPROP, NEGATIVE, QUESTIONS, SKIPGRAM, SOFTMAX

WORDS = QUESTIONS["softmax_grad_uw"].declarations


def again(text: str, declarations: object = WORDS) -> t.Node:
    return normal(read(text, declarations).tree.sides[-1])  # type: ignore[arg-type]


# typed, as LaTeX, as a line of text
WRITTEN = [
    (r"U(\hat{\mathbf y}-y)", r"U (\hat{y} - y)", "U (ŷ - y)"),
    (r"v_c(\hat y - y)^T", r"v_{c} (\hat{y} - y)^{\top}", "v_c (ŷ - y)ᵀ"),
    (r"\mathbf{u}_o^\intercal v_c", r"u_{o}^{\top} v_{c}", "u_oᵀ v_c"),
    (r"-u_o + \sum_{w\in V} \hat y_w u_w", r"-u_{o} + \sum_{w \in \mathrm{vocab}} \hat{y}_{w} u_{w}", "-u_o + Σ_{w ∈ vocab} ŷ_w u_w"),
    (r"\sum_{i=1}^{|V|} y_i", r"\sum_{i=1}^{V} y_{i}", "Σ_{i=1}^{V} y_i"),
    (r"\frac{e^{u_w^T v_c}}{\sum_x e^{u_x^T v_c}} v_c", None, "(exp(u_wᵀ v_c)/(Σ_{x} exp(u_xᵀ v_c))) v_c"),
    (r"(\hat y_w - \delta_{wo}) v_c", r"(\hat{y}_{w} - \mathbf{1}[w = o]) v_{c}", "(ŷ_w - I[w = o]) v_c"),
    (r"[\hat y - y]_w v_c", r"[\hat{y} - y]_{w} v_{c}", "[ŷ - y]_w v_c"),
    (r"\mathbb{E}_{x\sim\hat y}[u_x] - u_o", r"\mathbb{E}_{x \sim \hat{y}}[u_{x}] - u_{o}", "𝔼_{x ∼ ŷ}[u_x] - u_o"),
    (r"\begin{cases} \hat y_w v_c & w\ne o \\ 0 & \text{otherwise} \end{cases}", None, "ŷ_w v_c if w ≠ o, 0 otherwise"),
    (r"2 \cdot 3 - 0.5", r"2 \cdot 3 - 0.5", "2·3 - 0.5"),
    ("U @ (y_hat - y)", r"U \cdot (\hat{y} - y)", "U @ (y_hat - y)"),
    ("v_c @ (y_hat - y).T", r"v_{c} (\hat{y} - y)^{\top}", "v_c @ (y_hat - y).T"),
    ("np.sum(U * y, axis=1)", r"\operatorname{sum}_{\text{axis 1}}(U * y)", "np.sum(U * y, axis=1)"),
    ("y_hat[:, None]", r"\operatorname{column}(\hat{y})", "y_hat[:, None]"),
    ("y_hat.reshape(-1, V)", r"\operatorname{reshape}_{-1 \times V}(\hat{y})", "y_hat.reshape(-1, V)"),
    ("y_hat[0]", r"\hat{y}_{1}", "y_hat[0]"),
    (r"\frac{\partial}{\partial v_c}(-\log \hat y_o)", r"\frac{\partial}{\partial v_{c}}(-\log(\hat{y}_{o}))", "∂/∂v_c (-log(ŷ_o))"),
    (r"\frac{\partial J}{\partial U}", r"\frac{\partial J}{\partial U}", "∂J/∂U"),
    (r"\begin{bmatrix} 1 & \hat y_1 \\ 0 & \cdots \end{bmatrix}", r"\begin{bmatrix} 1 & \hat{y}_{1} \\ 0 & \cdots \end{bmatrix}", "[1, ŷ_1; 0, ...]"),
]


@pytest.mark.parametrize(("typed", "as_latex", "as_text"), WRITTEN)
def test_is_written(typed: str, as_latex: str | None, as_text: str) -> None:
    chain = read(typed, WORDS).tree
    assert plain(chain) == as_text
    if as_latex is not None:
        assert latex(chain) == as_latex


# What the notes of other problems hold: names with two subscripts, layers, windows, laws.
ELSEWHERE = [
    (NEGATIVE, r"-(1-\sigma(u_o^\top v_c))u_o + \sum_{k=1}^K \sigma(u_{w_k}^\top v_c)u_{w_k}"),
    (NEGATIVE, r"v_c(1-\sigma(-U_k^\top v_c))^\top"),
    (NEGATIVE, r"\sum_{i: w_i = w_k} \sigma(u_k^\top v_c) v_c"),
    (NEGATIVE, r"\sigma'(u_o^\top v_c) v_c"),
    (SKIPGRAM, r"\sum_{-m\le j\le m, j\ne 0} \frac{\partial J(v_c, w_{t+j}, U)}{\partial U}"),
    (SKIPGRAM, r"\sum_{\substack{j=-m \\ j \ne 0}}^m \frac{\partial J(v_c, w_{t+j}, U)}{\partial v_c}"),
    (BACKPROP, r"-(1-a_2) w^{[2]} a_1(1-a_1) a_0"),
    (BACKPROP, r"\frac{dl}{da_2}\frac{da_2}{dz_1} a_1"),
    (SOFTMAX, r"J(v_c, o, U)"),
    (SOFTMAX, r"\frac{\partial J}{\partial v_c} = U\hat y - u_o = U(\hat y - y)"),
    (SOFTMAX, r"= (\hat y - e_o)^\top \mathbf{1}_V"),
    (SOFTMAX, r"\|\hat y - y\|^2 + \sqrt{\hat y_1}"),
    (SOFTMAX, r"\hat y_{w'} \prod_{i=1}^V \hat y_i^{y_i}"),
    (SOFTMAX, r"(\hat y \odot y)^\top U^\top \otimes v_c"),
    (SOFTMAX, r"diag(\hat y) - \hat y\hat y^\top"),
    (SOFTMAX, r"\sum_{x \ne o} \hat y_x u_x"),
    (SOFTMAX, r"\sum_{i} \sum_{j} \hat y_i y_j"),
    (SOFTMAX, r"(\log \hat y_o)'"),
]


@pytest.mark.parametrize(("declarations", "typed"), ELSEWHERE, ids=[row[1] for row in ELSEWHERE])
def test_is_read_back(declarations: object, typed: str) -> None:
    chain = read(typed, declarations).tree  # type: ignore[arg-type]
    for write in (latex, plain):
        back = read(write(chain), declarations).tree  # type: ignore[arg-type]
        assert normal(t.Chain(back.sides[-1:])) == normal(t.Chain(chain.sides[-1:])), write(chain)
        assert len(back.sides) == len(chain.sides)


# Trees that no text was needed for.
LEAVES = st.one_of(
    st.sampled_from(["U", "v_c", "y", "y_hat", "o", "w", "V"]).map(t.Name),
    st.sampled_from(["u", "y", "y_hat"]).flatmap(
        lambda base: st.sampled_from(["w", "o"]).map(lambda index: t.Indexed(t.Name(base), (t.Name(index),)))
    ),
    st.integers(0, 12).map(lambda value: t.Number(Fraction(value))),
    st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(-3), Fraction(-1, 7)]).map(t.Number),
    st.sampled_from([t.Ones(), t.Ones(t.Name("V")), t.Identity(), t.Basis(t.Name("o"))]),
)
OTHERS = t.Compare("!=", t.Name("i"), t.Name("o"))
OPERATORS = st.sampled_from(["", "*", "cdot", "times", "odot", "otimes"])


def _products(inner: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    def build(factors: list[t.Node]) -> st.SearchStrategy[t.Node]:
        count = len(factors) - 1
        return st.lists(OPERATORS, min_size=count, max_size=count).map(
            lambda operators: t.Product(tuple(factors), tuple(operators))
        )

    return st.lists(inner, min_size=2, max_size=3).flatmap(build)


def _composed(inner: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    condition = st.builds(t.Compare, st.sampled_from(["=", "!=", "<", "<="]), st.just(t.Name("w")), st.just(t.Name("o")))
    binder = st.sampled_from([
        t.Binder("i"), t.Binder("i", within="vocab"), t.Binder("i", t.Number(Fraction(1)), t.Name("V")),
    ])
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: t.Sum(tuple(terms))),
        _products(inner),
        st.builds(t.Negate, inner),
        st.builds(t.Divide, inner, inner),
        st.builds(t.Power, inner, st.sampled_from([t.Number(Fraction(2)), t.Negate(t.Number(Fraction(1)))])),
        st.builds(t.Transpose, inner),
        st.builds(lambda f, x: t.Apply(f, (x,)), st.sampled_from(["exp", "log", "tanh", "sqrt", "softmax", "diag"]), inner),
        st.builds(t.Indicator, condition),
        st.builds(lambda b, c, x: t.Big("sum", (b,), tuple(c), x), binder, st.lists(st.just(OTHERS), max_size=1), inner),
        st.builds(lambda x: t.Big("prod", (t.Binder("i"),), (), x), inner),
        st.builds(lambda x: t.Expectation(t.Binder("i"), t.Name("y_hat"), x), inner),
        st.builds(lambda x: t.Derivative(t.Name("J"), t.Name("U")), st.none()),
        st.builds(lambda a, b, c: t.Cases((t.Branch(a, c), t.Branch(b, None))), inner, inner, condition),
    )


TREES = st.recursive(LEAVES, _composed, max_leaves=8)


@settings(max_examples=250, deadline=None)
@given(TREES)
def test_any_tree_is_written_and_read_back(node: t.Node) -> None:
    assert again(latex(node)) == normal(node), latex(node)


@settings(max_examples=250, deadline=None)
@given(TREES)
def test_any_tree_is_one_line(node: t.Node) -> None:
    assert "\n" not in plain(node)
    if not any(isinstance(part, t.Cases) for part in t.walk(node)):
        assert again(plain(node)) == normal(node), plain(node)


def test_normal_form() -> None:
    third, minus = t.Number(Fraction(1, 3)), t.Number(Fraction(-2))
    assert normal(third) == t.Divide(t.Number(Fraction(1)), t.Number(Fraction(3)))
    assert normal(minus) == t.Negate(t.Number(Fraction(2)))
    assert normal(normal(minus)) == normal(minus)
    first = t.Indexed(t.Name("y"), (t.Number(Fraction(0)),), from_zero=True)
    assert normal(first) == t.Indexed(t.Name("y"), (t.Number(Fraction(1)),))


def test_left_sides_are_shown_but_never_trusted() -> None:
    shown = latex(t.Head(r"\frac{\partial J}{\partial U"))
    assert shown == r"\frac{\partial J}{\partial U}"
    for hostile in (r"\href{javascript:x}{y}", r"\def\x{y}", "<script>alert(1)</script>", r"a}b{", r"\\", "$x$"):
        shown = latex(t.Head(hostile))
        assert shown.startswith(r"\text{")
        assert not set(shown.removeprefix(r"\text{").removesuffix("}").replace(r"\_", "")) & set("\\{}<>$")


def test_only_python_says_what_only_python_can() -> None:
    assert is_python(read("np.sum(y)", WORDS).tree)
    assert not is_python(read("U(ŷ - y)", WORDS).tree)
