"""Any text at all gives a tree or a located refusal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.formula import tree
from autograder.formula.judging.judge import judge
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable, draw_carets
from autograder.formula.tree import Span
from tests.formula.questions import BACKPROP, NEGATIVE, QUESTIONS, SCALAR, SOFTMAX

PIECES = (
    r"U \hat{y} y v_c u_o u_w u_k w o k K V x e \sigma \exp \log \tanh softmax \frac{1}{2} \frac \sum_{w=1}^V \sum_k \sum"
    r" \sum_{w\in V} \prod \sqrt \sqrt[3] ^\top ^T ^2 ^{-1} ^ _ _{w} _{ ' ( ) [ ] { } \{ \} \left( \right) | \| \langle"
    r" \rangle + - * / \cdot \times \odot \otimes @ = < \le \ne \in , ; : . & \\ \quad \text{if} \text{where} \begin{cases}"
    r" \end{cases} \begin{bmatrix} \end{bmatrix} \partial \nabla_U J \frac{\partial J}{\partial U} d dx 0 1 2 12 1.5 1e9"
    r" \cdots ... \ldots \mathbf{1} \mathbb{1} \mathbb{E} I \delta_{wo} e_o $ $$ \boxed{ \mathrm{diag} np. .T y_hat[w] #"
    r" % ~ ` ! ? if else for or \implies \mathbf \hat \bar ŷ ᵀ σ Σ − · ≤ \undefined \exp^ \log_2 \atop \over \not\in \1"
).split()
PROBLEMS = (SOFTMAX, NEGATIVE, SCALAR, BACKPROP)


def outcome(text: str, number: int) -> tree.Chain | Unreadable:
    try:
        return read(text, PROBLEMS[number % len(PROBLEMS)]).tree
    except Unreadable as refusal:
        return refusal


def check(text: str, found: tree.Chain | Unreadable) -> None:
    if isinstance(found, Unreadable):
        assert found.sentence
        assert 0 <= found.span.start <= found.span.end <= max(len(text), 1), (text, found.span)
        assert "^" in found.drawing().splitlines()[-1]
    else:
        assert found.sides
        for node in tree.walk(found):
            assert 0 <= node.span.start <= node.span.end <= len(text)


@example(["\\exp", "−", "Σ", "'"], "", 0)
@example(["\\sqrt", ".", "1.5"], "", 0)
@example(["\\frac", "1.5", "2"], "", 0)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(["", " "]), st.integers(0, 3))
def test_any_pieces(pieces: list[str], glue: str, number: int) -> None:
    text = glue.join(pieces)
    check(text, outcome(text, number))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.integers(0, 3))
def test_any_text(text: str, number: int) -> None:
    check(text, outcome(text, number))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12), st.sampled_from(sorted(QUESTIONS)))
def test_whatever_is_read_is_judged(pieces: list[str], problem: str) -> None:
    question = QUESTIONS[problem]
    try:
        reading = read(" ".join(pieces), question.declarations)
    except Unreadable:
        return
    judgement = judge(reading, question)
    assert judgement.means
    assert (judgement.refusal is None) == (judgement.verdict.value != "unreadable")


HOSTILE = {
    "deep parentheses": "(" * 5000 + "x" + ")" * 5000,
    "deep braces": "{" * 5000 + "x" + "}" * 5000,
    "deep fractions": r"\frac{1}{" * 400 + "x" + "}" * 400,
    "deep powers": "x^{" * 300 + "x" + "}" * 300,
    "deep roots": r"\sqrt{" * 300 + "x" + "}" * 300,
    "deep functions": r"\sigma(" * 300 + "x" + ")" * 300,
    "forty parentheses": "(" * 40 + "x" + ")" * 40,
    "long sum": "x" + "+x" * 20000,
    "many minus signs": "-" * 20000 + "x",
    "many letters": "x" * 5000,
    "many digits": "1" * 5000,
    "tower": "9^{9^{9}}",
    "python tower": "9**9**9",
    "huge exponent": "x^{99999}",
    "megabyte": "x " * 500_000,
    "long sum of numbers": r"\sum_{k=1}^{999999999} k",
    "nested sums": r"\sum_{w}" * 60 + "y_w",
    "only commands": "\\left" * 900,
    "null": "\x00\x01\x02",
    "direction marks": "U\u202e(y)\u202c",
    "homoglyph": "\u0455igma(x)",
    "surrogate": "\ud800",
    "import": "__import__('os').system('true')",
    "subclasses": "().__class__.__base__.__subclasses__()",
    "open": "open('/etc/passwd').read()",
    "lambda": "(lambda: 1)()",
    "factorial": "99999999!",
    "binomial": r"\binom{10^9}{5\cdot10^8}",
    "unclosed environment": r"\begin{cases} 1 & x>0",
    "macro": r"\def\x{\x\x}\x",
    "input": r"\input{/etc/passwd}",
    "comprehension": "sum(sum(sum(x for i in range(9)) for j in range(9)) for k in range(10**9))",
}


def test_the_diagonal_of_a_matrix_that_is_not_square() -> None:
    question = QUESTIONS["crossentropy_equals_nll"]
    judgement = judge(read(r"\mathrm{diag}(U)", question.declarations), question)
    assert (judgement.verdict.value, judgement.means) == ("wrong", "shapes")


def test_a_basis_vector_of_places_has_no_length() -> None:
    question = QUESTIONS["cbow_negsample_objective"]
    judgement = judge(read("e_o", question.declarations), question)
    assert judgement.refusal is not None
    assert "how long" in judgement.refusal.sentence


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_or_wrong(name: str) -> None:
    text, question = HOSTILE[name], QUESTIONS["sigmoid_derivative"]
    try:
        verdict = judge(read(text, question.declarations), question).verdict.value
        drawing = ""
    except Unreadable as refusal:
        verdict, drawing = "unreadable", refusal.drawing()
    assert verdict in ("unreadable", "wrong")
    assert len(drawing) < 500
    assert "\x00" not in drawing


def test_carets_stand_under_wide_and_combining_characters() -> None:
    assert draw_carets("其中 x", Span(3, 4)) == "其中 x\n     ^"
    assert draw_carets("y\u0302 + z", Span(5, 6)) == "y\u0302 + z\n    ^"
    assert draw_carets("a\nb + c", Span(6, 7)) == "b + c\n    ^"
    line, carets = draw_carets("x" * 300 + "?" + "y" * 300, Span(300, 301)).splitlines()
    assert line[carets.index("^")] == "?"
    assert len(line) < 120
