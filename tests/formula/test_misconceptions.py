"""Wrong formulas and what is said about them: the slip that was made, or nothing; right ones are never explained."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Question
from autograder.formula.reading import read
from autograder.formula.slips.misconceptions import Explainer, Explanation, KnownMistake
from autograder.formula.slips.repairs import REPAIRS
from autograder.formula.slips.slip import SEEN_FROM_BEHIND, SENTENCES, SPECIAL_CASES, Slip, find_slips
from autograder.formula.tree import Node
from autograder.formula.writing.plain_writers import UnicodeWriter
from tests.formula.questions import QUESTIONS


@cache
def explainer(name: str) -> Explainer:
    return Explainer(QUESTIONS[name])


def explained(name: str, answer: str) -> Explanation | None:
    reading = read(answer, QUESTIONS[name].declarations)
    return explainer(name).explain(reading.answer, reading.dialect)


WRONG = [
    # question, what was typed, the name of the slip (None: nothing unique can be said)
    ("softmax_grad_vc", r"U(y-\hat y)", "sign"),
    ("softmax_grad_vc", r"U(\hat y+y)", "sign of a term"),
    ("softmax_grad_vc", r"U\hat y", "missing term"),
    ("softmax_grad_vc", r"\sum_w \hat y_w u_w", "missing term"),
    ("softmax_grad_vc", r"\hat y - y", "missing factor"),
    ("softmax_grad_vc", r"2U(\hat y-y)", "factor"),
    ("softmax_grad_vc", r"\frac{1}{V}U(\hat y-y)", "mean for sum"),
    ("softmax_grad_vc", r"V\,U(\hat y-y)", "sum for mean"),
    ("softmax_grad_vc", r"u_o(\hat y-y)^\top U", None),
    ("softmax_grad_vc", r"v_c(\hat y-y)^\top", "wrong variable"),
    ("softmax_grad_vc", "0", "zero"),
    ("softmax_grad_vc", r"-u_o + \sum_w \hat y_w u_o", "wrong symbol"),
    ("softmax_grad_vc", r"-u_o - \sum_w \hat y_w u_w", "sign of a term"),
    ("softmax_grad_vc", r"-u_o + \frac{\sum_w \exp(u_w^\top v_c) u_w}{\sum_w u_w^\top v_c}", None),
    ("softmax_grad_U", r"v_c(y-\hat y)^\top", "sign"),
    ("softmax_grad_U", r"v_c\hat y^\top", "missing term"),
    ("softmax_grad_U", r"v_c(\hat y-y)", "transpose"),
    ("softmax_grad_U", r"u_o(\hat y-y)^\top", "wrong symbol"),
    ("softmax_grad_uw", r"(\hat y - y)v_c", "lost index"),
    ("softmax_grad_uw", r"\hat y_w v_c", "missing term"),
    ("softmax_grad_uw", r"(\hat y_w - 1)v_c", "one for a symbol"),
    ("softmax_grad_uw", r"(\hat y_o - y_w)v_c", "wrong index"),
    ("softmax_grad_uw_true", r"\hat y_o v_c", "missing term"),
    ("softmax_grad_uw_true", r"(1-\hat y_o)v_c", "sign"),
    ("softmax_grad_uw_true", r"v_c\hat y^\top - v_c", "lost index"),
    ("softmax_grad_uw_other", r"v_c\hat y^\top", "lost index"),
    ("softmax_grad_uw_other", r"(\hat y_w - 1)v_c", "one too many"),
    ("softmax_grad_uw_other", r"\hat y_o v_c", "wrong index"),
    ("sigmoid_derivative", r"\sigma(x)(\sigma(x)-1)", "sign"),
    ("sigmoid_derivative", r"1-\sigma(x)^2", "tanh' for sigma'"),
    ("sigmoid_derivative", r"\sigma(x)", "function for its derivative"),
    ("sigmoid_derivative", r"\sigma(x)(1+\sigma(x))", "sign of a term"),
    ("sigmoid_derivative", r"\frac{e^x}{(e^{x+1})^2}", "slipped into an exponent"),
    ("sigmoid_derivative", r"\frac{e^x}{e^x+1}", "function for its derivative"),
    ("sigmoid_derivative", r"x(1-\sigma(x))", "function lost"),
    ("tanh_derivative", r"\tanh(x)(1-\tanh(x))", "sigma' for tanh'"),
    ("tanh_derivative", r"1-\tanh(x)", "exponent"),
    ("tanh_derivative", r"1+\tanh^2(x)", "sign of a term"),
    ("tanh_derivative", r"1-\tanh(x^2)", "slipped into a function"),
    ("leaky_relu_derivative", r"\begin{cases} \alpha & x>0 \\ 1 & x<0 \end{cases}", "cases exchanged"),
    ("leaky_relu_derivative", r"\begin{cases} 1 & x>0 \\ 0 & x<0 \end{cases}", "one case"),
    ("negsample_grad_vc", r"(1-\sigma(u_o^\top v_c))u_o + \sum_k \sigma(u_k^\top v_c)u_k", "sign of a term"),
    ("negsample_grad_vc", r"(\sigma(u_o^\top v_c)-1)u_o + \sum_k (1-\sigma(u_k^\top v_c))u_k", "sigma for 1 - sigma"),
    ("negsample_grad_vc", r"-\sigma(u_o^\top v_c)u_o + \sum_k \sigma(u_k^\top v_c)u_k", "sigma for 1 - sigma"),
    ("negsample_grad_vc", r"-(1-\sigma(u_o^\top v_c))u_o", "missing term"),
    ("negsample_grad_vc", r"\sum_k \sigma(u_k^\top v_c)u_k", "missing term"),
    ("negsample_grad_vc", r"-(1-\sigma(u_o^\top v_c))u_o + \sigma(u_k^\top v_c)u_k", "sum dropped"),
    ("negsample_grad_vc", r"-(1-\sigma(u_o^\top v_c))u_o + \frac1K\sum_k \sigma(u_k^\top v_c)u_k", "mean for sum"),
    ("negsample_grad_vc", r"-(1-\sigma(u_o^\top v_c))u_o + \sum_k \sigma(u_k^\top v_c)v_c", "wrong symbol"),
    ("negsample_grad_vc", r"-(1-\sigma(u_o^\top v_c))u_o + \sum_k \sigma(u_o^\top v_c)u_k", "wrong index"),
    ("negsample_grad_vc", r"-\sigma(u_o^\top v_c)(1-\sigma(u_o^\top v_c))u_o + \sum_k \sigma(u_k^\top v_c)u_k",
     "log left out of the derivative"),
    ("negsample_grad_uo", r"-(1-\sigma(u_o^\top v_c))u_o", "wrong symbol"),
    ("negsample_grad_uo", r"-(1-\sigma(u_o^\top v_c))", "missing factor"),
    ("negsample_grad_uo", r"-\sigma(u_o^\top v_c)v_c", "sigma for 1 - sigma"),
    ("negsample_grad_uk", r"\sum_k \sigma(u_k^\top v_c)v_c", "sum kept"),
    ("negsample_grad_uk", r"(1-\sigma(u_k^\top v_c))v_c", "sigma for 1 - sigma"),
    ("negsample_grad_uk", r"-\sigma(u_k^\top v_c)v_c", "sign"),
    ("negsample_grad_uk", r"\sigma(u_o^\top v_c)v_c", "wrong index"),
    ("skipgram_grad_U", r"\sum_{-m\le j\le m} \frac{\partial J(v_c, w_{t+j}, U)}{\partial U}", "centre counted"),
    ("skipgram_grad_U", r"\frac{\partial J(v_c, w_{t+j}, U)}{\partial U}", "sum dropped"),
    ("skipgram_grad_U", r"\sum_{1\le j\le m} \frac{\partial J(v_c, w_{t+j}, U)}{\partial U}", "sum over the wrong set"),
    ("backprop_dw1", "(1-a_2) w_2 a_1 (1-a_1) a_0", "sign"),
    ("backprop_dw1", "-(1-a_2) w_1 a_1 (1-a_1) a_0", "wrong symbol"),
    ("backprop_dw1", "-(1-a_2) w_2 a_1 (1-a_1)", "wrong variable"),
    ("backprop_dw1", "-(1-a_2) w_2 a_0", "inner derivative missing"),
    ("backprop_dw1", "-a_2 w_2 a_1 (1-a_1) a_0", "sigma for 1 - sigma"),
    ("backprop_dw1", "-a_2 (1-a_2) w_2 a_1 (1-a_1) a_0", "log left out of the derivative"),
    ("backprop_dw2", "-(1-a_2)", "wrong variable"),
    ("cbow_negsample_objective",
     r"\log\sigma(b_{w_c}^\top a_{avg}) + \sum_{k=1}^K \log\sigma(b_{w_k}^\top a_{avg})",
     "sigma for 1 - sigma"),
    ("cbow_negsample_objective", r"\sigma(b_{w_c}^\top a_{avg}) + \sum_{k=1}^K \log\sigma(-b_{w_k}^\top a_{avg})",
     "function lost"),
    ("cbow_negsample_objective", r"\log\sigma(b_{w_c}^\top a_{avg})", "missing term"),
    ("sample_count_skipgram", "26", None),
]


@pytest.mark.parametrize(("question", "answer", "name"), WRONG)
def test_a_slip_is_named(question: str, answer: str, name: str | None) -> None:
    explanation = explained(question, answer)
    assert (explanation.name if explanation else None) == name, explanation


RIGHT = {
    "softmax_grad_vc": [r"U(\hat y - y)", r"U\hat y - u_o", r"\sum_w (\hat y_w - y_w)u_w", r"-u_o + \sum_w P(w|c)u_w",
                        "U @ (y_hat - y)", "(y_hat - y) @ U.T", r"U^\top(\hat y - y)", r"\mathbb{E}_{w\sim\hat y}[u_w]-u_o",
                        r"(\hat y-y)U^\top"],
    "softmax_grad_U": [r"v_c(\hat y - y)^T", "np.outer(v_c, y_hat - y)", r"(\hat y - y)^T v_c", r"v_c\hat y^\top - v_c y^\top"],
    "softmax_grad_uw": [r"(\hat y_w - y_w)v_c", r"(\hat y_w - \mathbf 1[w=o])v_c", "(y_hat[w]-y[w])*v_c"],
    "sigmoid_derivative": [r"\sigma(x)\sigma(-x)", r"\frac{e^x}{(e^x+1)^2}", r"\sigma(x)-\sigma(x)^2"],
    "negsample_grad_vc": [r"(\sigma(u_o^\top v_c)-1)u_o + \sum_{k=1}^K (1-\sigma(-u_k^\top v_c))u_k"],
    "backprop_db1": ["(a_2-1)w_2(a_1-a_1^2)", "-(1-a_2)(1 + w_2 a_1(1-a_1))"],
    "cbow_negsample_objective": [
        r"-\log\sigma(b_{w_c}^\top a_{avg}) - \sum_{k=1}^K \log\sigma(-b_{w_k}^\top a_{avg})"],
    "skipgram_grad_vw": ["0"],
    "sample_count_cbow": ["7 + 8 + 11", "20"],
}


@pytest.mark.parametrize(("question", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers])
def test_a_right_answer_is_never_explained(question: str, answer: str) -> None:
    assert explained(question, answer) is None


@pytest.mark.parametrize(("question", "answer", "name"), [
    ("softmax_grad_vc", r"(\hat y-y)U", "product order"),
    ("softmax_grad_vc", r"(\hat y-y)^\top U", "transpose"),
    ("softmax_grad_vc", r"U^\top(\hat y-y)", "transpose"),
    ("softmax_grad_vc", "np.dot(y_hat - y, U)", "product order"),
    ("softmax_grad_U", r"(\hat y-y)v_c^\top", "transpose"),
    ("negsample_grad_uk", r"\sigma(u_k v_c)v_c", "transpose"),
])
def test_another_layout_is_a_slip_only_where_it_is_not_accepted(question: str, answer: str, name: str) -> None:
    strict = replace(QUESTIONS[question], layouts=())
    reading = read(answer, strict.declarations)
    explanation = Explainer(strict).explain(reading.answer, reading.dialect)
    assert explanation is not None
    assert explanation.name == name
    assert explained(question, answer) is None


# Every single slip of the library


@cache
def slips_of(name: str) -> tuple[Slip, ...]:
    return tuple(find_slips(explainer(name).library.reference, explainer(name).library.setting))


def means(explanation: Explanation, slip: Slip) -> bool:
    return explanation.name == slip.name or slip.name in SPECIAL_CASES.get(explanation.name, ()) or (
        explanation.name == "zero")


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_slip_gives_back_itself_or_nothing(name: str) -> None:
    told = 0
    for slip in slips_of(name):
        explanation = explainer(name).explain(slip.tree)
        if explanation is not None:
            told += 1
            assert means(explanation, slip), (slip.name, UnicodeWriter().text(slip.tree), explanation)
    assert told or name.startswith(("sample_count", "skipgram_grad_vw"))


def disguised(node: Node, choices: list[int]) -> Node:
    """Write a formula differently without changing its value."""
    def change(part: Node) -> Node:
        if not choices or not isinstance(part, (tree.Sum, tree.Product, tree.Apply)):
            return part
        kind = choices.pop()
        if isinstance(part, tree.Sum) and kind % 3 == 0 and tree.Dots() not in part.terms:
            return replace(part, terms=part.terms[::-1])
        if kind % 3 == 1:
            return tree.Negate(tree.Negate(part))
        if kind % 3 == 2 and isinstance(part, tree.Apply) and part.function == "sigma":
            return tree.Sum((tree.Number(Fraction(1)), tree.Negate(replace(part, arguments=(tree.Negate(part.arguments[0]),)))))
        return part

    return tree.rewrite(node, change)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_slip_is_known_in_whatever_form_it_is_written(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["softmax_grad_vc", "softmax_grad_uw", "sigmoid_derivative", "negsample_grad_uo",
                                      "negsample_grad_uk", "backprop_dw1", "tanh_derivative"]))
    slip = data.draw(st.sampled_from(slips_of(name)))
    other = disguised(slip.tree, data.draw(st.lists(st.integers(0, 8), max_size=5)))
    plain, found = explainer(name).explain(slip.tree), explainer(name).explain(other)
    if plain is not None and plain.name in SENTENCES:
        assert found == plain


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(QUESTIONS)), st.lists(st.integers(0, 8), max_size=6))
def test_a_right_answer_in_another_form_is_never_explained(name: str, choices: list[int]) -> None:
    assert explainer(name).explain(disguised(explainer(name).library.reference, choices)) is None


# What problems declare


def with_mistakes(name: str, *mistakes: KnownMistake) -> Explainer:
    return Explainer(QUESTIONS[name], mistakes)


def test_a_declared_mistake_comes_first_and_brings_its_credit() -> None:
    mistake = KnownMistake(r"U(y-\hat y)", "Look at the sign of the loss.", "sign-of-loss", 0.5)
    answer = read(r"U y - U\hat y", QUESTIONS["softmax_grad_vc"].declarations).answer
    assert with_mistakes("softmax_grad_vc", mistake).explain(answer) == Explanation(
        "sign-of-loss", "Look at the sign of the loss.", 0.5)
    assert explainer("softmax_grad_vc").explain(answer) == Explanation("sign", SENTENCES["sign"])


def test_a_declared_mistake_is_known_in_a_program() -> None:
    mistake = KnownMistake(r"\hat y - y", "By the chain rule U comes in front.")
    answer = read("y_hat - y", QUESTIONS["softmax_grad_vc"].declarations).answer
    found = with_mistakes("softmax_grad_vc", mistake).explain(answer, "python")
    assert found == Explanation("mistake", "By the chain rule U comes in front.")


def test_a_declared_mistake_explains_a_number_where_slips_do_not() -> None:
    mistake = KnownMistake("26", "This is the count of CBOW.", "cbow")
    question: Question = QUESTIONS["sample_count_skipgram"]
    assert with_mistakes("sample_count_skipgram", mistake).explain(read("20 + 6", question.declarations).answer) == (
        Explanation("cbow", "This is the count of CBOW."))


# Sentences


def test_every_slip_has_one_short_sentence() -> None:
    for name, sentence in {**SENTENCES, **REPAIRS}.items():
        shown = sentence.format(near=" near `u_k`", which=": the one with `u_k`", what=", the `log`") if (
            name in SENTENCES) else sentence
        assert len(shown) < 160, name
        assert shown[0].isupper() or shown[0] in "σ", name
        assert shown[-1] in ".?", name
        assert shown.count(". ") + shown.count("? ") == 0, name
    assert set(SPECIAL_CASES) | {n for general in SPECIAL_CASES.values() for n in general} <= set(SENTENCES)
    assert set(SEEN_FROM_BEHIND.values()) <= set(SENTENCES)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_no_sentence_prints_the_answer(name: str) -> None:
    answer = UnicodeWriter().text(explainer(name).library.reference)
    for slip in slips_of(name):
        assert len(answer) < 4 or answer not in slip.sentence
