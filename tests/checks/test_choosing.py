"""Which of several formulas below a heading is judged; words that may change it leave the answer open."""

from pathlib import Path

import pytest

from autograder.checks.choosing import settle, variable_asked
from autograder.formula.declarations import Declarations
from autograder.formula.writing.rendering import plain
from autograder.spec import load_assignment
from autograder.spec.written import FormulaPart, declare_part
from autograder.submission.answers import compose_text

PROBLEMS = Path(__file__).parents[2] / "problems"

# part, what stands below its heading, what is judged of it
CHOSEN = [
    ("softmax_grad_vc", r"The upstream gradient is:" "\n" r"$$\frac{\partial J}{\partial \theta} = \hat y - y$$" "\n"
     r"and with $\theta = U^T v_c$ the answer:" "\n" r"$$\frac{\partial J}{\partial v_c} = U(\hat y - y)$$"
     "\nShape check: fine.", "U (ŷ - y)"),
    ("sigmoid_derivative", r"$$\sigma(x) = \frac{1}{1+e^{-x}}$$" "\n\n" r"其中 $\sigma(-x)+\sigma(x)=1$ , "
     r"$\sigma'(x)=\sigma(x)[1-\sigma(x)]$", "σ(x) (1 - σ(x))"),
    ("softmax_grad_vc", r"$$\frac{\partial J}{\partial v_c} = -u_o + \sum_w \hat y_w u_w$$ This is, for short," "\n"
     r"$$= U(\hat y - y)$$ as wanted in the lecture.", "U (ŷ - y)"),
    ("softmax_grad_vc", r"We know $J = -\log \hat y_o$ and so we see $U(\hat y - y)$ there!", "U (ŷ - y)"),
    ("softmax_grad_uw_other", r"第一项 $-u_o^T v_c$ 不包含 $u_w$，导数为 $0$。结果：$\hat{y}_w v_c$。", "ŷ_w v_c"),
    ("softmax_grad_vc", r"$\frac{\partial J}{\partial v_c} = U(\hat y - y)$ 其中 $\frac{\partial J}{\partial v_c} \in R^d$ 得",
     "U (ŷ - y)"),
    ("softmax_grad_U", r"$$\frac{\partial J}{\partial U} = v_c\hat y^\top - v_c y^\top$$" "\n"
     "one outer product for what is guessed minus another one for what is true, each of them as large as $U$",
     "v_c ŷᵀ - v_c yᵀ"),
    ("negsample_grad_uk", r"By part (a): $$\frac{\partial J}{\partial u_k} = \sigma(u_k^T v_c) v_c$$ and by the way" "\n"
     r"$$\frac{\partial J}{\partial u_o} = (\sigma(u_o^T v_c) - 1) v_c$$", "(σ(u_oᵀ v_c) - 1) v_c"),  # the same letter
]
# part, what stands below its heading, what the student is told
OPEN = [
    ("softmax_grad_vc", r"$U\hat y$ (minus the column of the true word)", "may change it (`minus`)"),
    ("softmax_grad_vc", r"第一项 $-u_o$ 第二项 $U \hat y$", "which one is the result"),
    ("skipgram_grad_U", "We add up the gradients with respect to $U$ of every word in the window.", "what the result is"),
    ("softmax_grad_vc", "U(ŷ - y)\nBut that must be multiplied by two somehow, says a friend of mine.", "(`But`)"),
]


@pytest.fixture(scope="module")
def parts() -> dict[str, tuple[FormulaPart, Declarations]]:
    assignment = load_assignment(PROBLEMS / "cs224n_a2")
    return {part.id: (part, declare_part(problem.notation, part)) for problem in assignment.problems
            for part in problem.parts if isinstance(part, FormulaPart)}


@pytest.mark.parametrize(("part", "text", "judged"), CHOSEN)
def test_the_formula_that_answers_the_part_is_judged(
    part: str, text: str, judged: str, parts: dict[str, tuple[FormulaPart, Declarations]]
) -> None:
    declared, declarations = parts[part]
    settled = settle(compose_text(text, declared), declarations, variable_asked(declared))
    assert settled.reading is not None
    assert plain(settled.reading.answer) == judged


@pytest.mark.parametrize(("part", "text", "asked"), OPEN)
def test_words_and_choices_leave_an_answer_open(
    part: str, text: str, asked: str, parts: dict[str, tuple[FormulaPart, Declarations]]
) -> None:
    declared, declarations = parts[part]
    settled = settle(compose_text(text, declared), declarations, variable_asked(declared))
    assert settled.reading is None
    assert asked in settled.answer.doubt


def test_a_result_that_cannot_be_read_is_refused_and_no_step_before_it_judged(
    parts: dict[str, tuple[FormulaPart, Declarations]]
) -> None:
    declared, declarations = parts["softmax_grad_vc"]
    text = "First $$-u_o + \\sum_w \\hat y_w u_w$$ then, at the very end of all this:\n\n$$U(\\hat q - y)$$"
    settled = settle(compose_text(text, declared), declarations, "v_c")
    assert settled.refusal is not None
    assert "q" in settled.refusal.sentence
    assert str(settled.answer.place) == "answer, line 3"
