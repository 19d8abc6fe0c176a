"""Derivations judged step by step: write-ups as they were handed in (`derivations/`), and chains made for one point each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.declarations import Alias, Declarations
from autograder.formula.derivations.derivation import (
    MAX_CHARACTERS,
    Derivation,
    DerivationVerdict,
    Outcome,
    judge_derivation,
)
from autograder.formula.proving.proof import Prover
from autograder.formula.slips.slip import find_slips
from autograder.formula.writing.rendering import latex
from tests.formula.questions import BACKPROP, NEGATIVE, SCALAR, SKIPGRAM, SOFTMAX
from tests.formula.test_misconceptions import disguised, explainer

WRITE_UPS = Path(__file__).with_name("derivations")

CE = (r"-\sum_{w \in Vocab} y_w \log \hat y_w", r"-\log \hat y_o")
CENTRE = (r"\frac{\partial J}{\partial v_c}", r"U(\hat y - y)")
SIGMOID = (r"\sigma'(x)", r"\sigma(x)(1-\sigma(x))")
TANH = (r"\tanh'(x)", r"1-\tanh(x)^2")
FREE = (None, None)

SECOND_HAND = {r"\vartheta_c": "v_c", r"\theta_c": "v_c", "u_0": "u_o", "u_{ws}": "u_{w_s}", "u_c": "v_c"}


def judged(text: str, declarations: Declarations, ends: tuple[str | None, str | None] = FREE,
           aliases: Mapping[str, str] | None = None, min_steps: int = 1) -> DerivationVerdict:
    more = tuple(Alias(written, means) for written, means in (aliases or {}).items())
    declarations = replace(declarations, aliases=(*declarations.aliases, *more))
    return judge_derivation(text, Derivation(declarations, *ends, min_steps))


def wrong_line(verdict: DerivationVerdict) -> int | None:
    return None if verdict.first_wrong is None else verdict.steps[verdict.first_wrong].right.side.line


# Real write-ups: file, declarations, ends, spellings; outcome, wrong line, slip, steps that follow, sides not read.
HANDED_IN = [
    ("cross-entropy-in-prose", SOFTMAX, CE, {}, Outcome.FOLLOWS, None, None, 4, 0),
    ("cross-entropy-minus-lost", SOFTMAX, CE, {}, Outcome.WRONG_STEP, 1, "sign", 1, 0),
    ("cross-entropy-dots-cut-off", SOFTMAX, CE, {}, Outcome.FOLLOWS, None, None, 3, 1),
    ("softmax-centre", SOFTMAX, CENTRE, {}, Outcome.FOLLOWS, None, None, 8, 0),
    ("softmax-centre-log-lost", SOFTMAX, CENTRE, {"u": "U"}, Outcome.WRONG_STEP, 3, "function lost", 3, 0),
    ("softmax-outside-shadowed-sum", SOFTMAX, FREE, {}, Outcome.FOLLOWS, None, None, 4, 0),
    ("softmax-matrix-underbrace", SOFTMAX, FREE, SECOND_HAND, Outcome.WRONG_STEP, 3, None, 3, 0),
    ("softmax-by-jacobians", SOFTMAX, FREE, {}, Outcome.WRONG_STEP, 2, None, 0, 3),
    ("sigmoid-one-line", SCALAR, SIGMOID, {}, Outcome.FOLLOWS, None, None, 3, 0),
    ("sigmoid-by-quotient-rule", SCALAR, SIGMOID, {}, Outcome.FOLLOWS, None, None, 6, 0),
    ("sigmoid-slipped-exponent", SCALAR, SIGMOID, {"n": "x"}, Outcome.WRONG_STEP, 1, "slipped into an exponent", 1, 0),
    ("sigmoid-recognised-badly", SCALAR, FREE, {r"\varphi": r"\sigma"}, Outcome.WRONG_STEP, 1, None, 1, 0),
    ("sigmoid-roots", SCALAR, FREE, {}, Outcome.WRONG_STEP, 2, "function added", 4, 2),
    ("tanh-not-differentiated", SCALAR, FREE, {"tarh": "tanh"}, Outcome.WRONG_STEP, 2, None, 3, 0),
    ("negative-sampling-three-gradients", NEGATIVE, FREE, {}, Outcome.FOLLOWS, None, None, 8, 0),
    ("negative-sampling-broken-line", NEGATIVE, FREE, SECOND_HAND, Outcome.FOLLOWS, None, None, 9, 0),
    ("negative-sampling-negatives-forgotten", NEGATIVE,
     (r"\frac{\partial J}{\partial v_c}", r"-(1-\sigma(u_o^\top v_c))u_o + \sum_k \sigma(u_k^\top v_c)u_k"), SECOND_HAND,
     Outcome.WRONG_STEP, 1, "missing term", 0, 0),
    ("negative-sampling-merged-names", NEGATIVE, FREE, {}, Outcome.UNREAD, None, None, 0, 8),
    ("skip-gram-sums", SKIPGRAM, FREE, {}, Outcome.UNREAD, None, None, 0, 0),
    ("backprop-wrong-variable", BACKPROP, FREE, {r"\nabla": r"\sigma"}, Outcome.WRONG_STEP, 2, "wrong variable", 1, 3),
]


@pytest.mark.parametrize(("name", "declarations", "ends", "aliases", "outcome", "line", "slip", "follow", "unread"), HANDED_IN,
                         ids=[row[0] for row in HANDED_IN])
def test_a_write_up_as_it_was_handed_in(
    name: str, declarations: Declarations, ends: tuple[str | None, str | None], aliases: dict[str, str],
    outcome: Outcome, line: int | None, slip: str | None, follow: int, unread: int,
) -> None:
    text = (WRITE_UPS / f"{name}.md").read_text(encoding="utf-8")
    verdict = judged(text, declarations, ends, aliases)
    found = (verdict.outcome, wrong_line(verdict), verdict.explanation.name if verdict.explanation else None,
             sum(step.follows is True for step in verdict.steps), len(verdict.unread))
    assert found == (outcome, line, slip, follow, unread), verdict.sentence


def test_every_write_up_is_tested() -> None:
    assert {row[0] for row in HANDED_IN} == {file.stem for file in WRITE_UPS.glob("*.md")}


# One right chain, laid out in many ways

RIGHT_CHAINS = {
    "a line": r"-\sum_{w} y_w \log \hat y_w = -y_o \log \hat y_o = -\log \hat y_o",
    "lines": "-\\sum_w y_w \\log \\hat y_w\n= -y_o \\log \\hat y_o\n= -\\log \\hat y_o",
    "lines without a sign": "-\\sum_w y_w \\log \\hat y_w\n-y_o \\log \\hat y_o\n-\\log \\hat y_o",
    "Unicode": "−Σ_w y_w log ŷ_w = −y_o log ŷ_o = −log ŷ_o",
    "Unicode lines": "−Σ_{w∈V} y_w log ŷ_w\n  = −y_o·log ŷ_o\n  = −log ŷ_o  ∎",
    "aligned": r"\begin{aligned} -\sum_w y_w\log\hat y_w &= -y_o\log\hat y_o \\ &= -\log\hat y_o \end{aligned}",
    "displays": "$$-\\sum_w y_w\\log\\hat y_w$$\nand as $y$ is one-hot\n$$= -y_o\\log\\hat y_o$$ so we get $$= -\\log\\hat y_o.$$",
    "with a remark": r"-\sum_w y_w\log\hat y_w = -y_o\log\hat y_o \quad\text{(since $y_w = 0$ for $w \ne o$)} = -\log\hat y_o",
    "backwards": r"-\log\hat y_o = -1\cdot\log\hat y_o = -y_o\log\hat y_o = -\sum_{w=1}^{V} y_w\log\hat y_w",
    "from the loss": r"J = -\log P(O=o|C=c) = -\log\hat y_o = -y_o\log\hat y_o = -\sum_w y_w\log\hat y_w",
    "from both ends": "-\\sum_w y_w\\log\\hat y_w = -y_o\\log\\hat y_o\n-\\log\\hat y_o = -y_o\\log\\hat y_o",
    "start left out": "= -y_o\\log\\hat y_o\n= -\\log\\hat y_o",
    "conclusions": r"-\sum_w y_w\log\hat y_w \Rightarrow -y_o\log\hat y_o \Rightarrow -\log\hat y_o",
    "a split sum": r"-\sum_w y_w\log\hat y_w = -y_o\log\hat y_o - \sum_{w\ne o} y_w\log\hat y_w = -\log\hat y_o - 0 = -\log\hat y_o",
    "an indicator": r"-\sum_w y_w\log\hat y_w = -\sum_w \mathbf 1[w=o]\log\hat y_w = -\log\hat y_o",
    "a broken line": "-\\sum_w y_w\\log\\hat y_w = -y_o\\log\\hat y_o \\\\ \\quad - \\sum_{w\\ne o} y_w\\log\\hat y_w \\\\ = -\\log\\hat y_o",
    "numbered": "(1) \\quad -\\sum_w y_w\\log\\hat y_w = -y_o\\log\\hat y_o\n(2) \\quad = -\\log\\hat y_o",
    "vectors": r"-\sum_w y_w\log\hat y_w = -y^\top\log\hat y = -y_o\log\hat y_o = -\log\hat y_o",
    "softmax written out": r"-\sum_w y_w\log\hat y_w = -\log\frac{\exp(u_o^\top v_c)}{\sum_{w}\exp(u_w^\top v_c)} = -\log\hat y_o",
    "one term left": r"-\sum_w y_w\log\hat y_w = -(1)\log\hat y_o = -\log\hat y_o",
    "zeros written out": r"-\sum_w y_w\log\hat y_w = -(0 + \dots + 1\cdot\log\hat y_o + \dots + 0) = -\log\hat y_o",
    "zeros counted": "-∑_w y_w log(ŷ_w) = -[0·log(ŷ_1) + … + 1·log(ŷ_o) + … + 0·log(ŷ_V)] = -log(ŷ_o)",
    "from a product": r"-y^\top\log\hat y = -y_o\log\hat y_o = -\log\hat y_o",
    "a program": "-np.sum(y * np.log(y_hat)) == -y[o] * np.log(y_hat[o]) == -np.log(y_hat[o])  # y is one-hot at o",
    "a name of its own": "$$-\\sum_w y_w\\log\\hat y_w = -y_o q$$ $$= -q = -\\log\\hat y_o$$ where $q = \\log\\hat y_o$",
}


@pytest.mark.parametrize("name", RIGHT_CHAINS)
def test_a_right_chain_follows_however_it_is_laid_out(name: str) -> None:
    verdict = judged(RIGHT_CHAINS[name], SOFTMAX, CE)
    assert verdict.outcome is Outcome.FOLLOWS, verdict
    assert (verdict.sentence, verdict.first_wrong, verdict.unread) == ("Every step follows from the one before.", None, ())
    assert verdict.between >= 1
    assert verdict.last_is_right


NOT_SHOWN = [
    # text, outcome
    (r"-\sum_w y_w\log\hat y_w = -\log\hat y_o", Outcome.NO_STEP),
    (r"-\sum_{w=1}^V \log(\hat y_w)\, y_w = -\sum_{j\in Vocab} y_j\log\hat y_j = -\log(\hat{\mathbf y}_o)", Outcome.NO_STEP),
    (r"\sum_w -y_w\log\hat y_w = -\sum_w y_w\log\hat y_w = -1\cdot\sum_w y_w\log\hat y_w = -\log\hat y_o", Outcome.NO_STEP),
    (r"-\sum_w y_w\log\hat y_w = -1\cdot\log\hat y_o", Outcome.NO_STEP),
    (r"-\sum_w y_w\log\hat y_w = -\log\hat y_o - 0 = -\log\hat y_o", Outcome.NO_STEP),
    (r"-y^\top\log\hat y = -\log\hat y_o", Outcome.NO_STEP),
    ("-np.sum(y * np.log(y_hat)) == -np.log(y_hat[o])  # one-hot", Outcome.NO_STEP),
    (r"-\sum_w y_w\log\hat y_w = -y_o\log\hat y_o", Outcome.OTHER_END),
    (r"-y_o\log\hat y_o = -\log\hat y_o", Outcome.OTHER_START),
    (r"-y_o\log\hat y_o = -y^\top\log\hat y", Outcome.OTHER_END),
    (r"-\log\hat y_o", Outcome.NOTHING),
    ("As y is one-hot, the sum is just that term.", Outcome.NOTHING),
    ("", Outcome.NOTHING),
    (r"-\sum_w y_w\log\hat y_w = -\log\hat q_{17}", Outcome.UNREAD),
    ("x" * (MAX_CHARACTERS + 1), Outcome.UNREAD),
    ("a = " * 80 + "a", Outcome.UNREAD),
]


@pytest.mark.parametrize(("text", "outcome"), NOT_SHOWN)
def test_what_is_not_shown_is_told(text: str, outcome: Outcome) -> None:
    verdict = judged(text, SOFTMAX, CE)
    assert verdict.outcome is outcome
    assert 20 < len(verdict.sentence) < 250


def test_more_steps_can_be_asked() -> None:
    text = RIGHT_CHAINS["a line"]
    assert judged(text, SOFTMAX, CE, min_steps=1).outcome is Outcome.FOLLOWS
    verdict = judged(text, SOFTMAX, CE, min_steps=2)
    assert verdict.outcome is Outcome.NO_STEP
    assert verdict.sentence == "Between the two ends 2 different sides are asked; here there are 1."
    assert judged(r"-\sum_w y_w\log\hat y_w = -\log\hat y_o", SOFTMAX, CE, min_steps=0).outcome is Outcome.FOLLOWS


# Wrong steps

D_CENTRE = r"\frac{\partial}{\partial v_c}"
WRONG_CHAINS = [
    # text, declarations, ends, line, slip, whether the last side is right all the same
    (r"-\sum_w y_w\log\hat y_w = -\sum_w \log\hat y_w = -\log\hat y_o", SOFTMAX, CE, 1, "missing factor", True),
    ("-\\sum_w y_w\\log\\hat y_w\n= y_o\\log\\hat y_o\n= -\\log\\hat y_o", SOFTMAX, CE, 2, "sign", True),
    ("-\\sum_w y_w\\log\\hat y_w\n= -y_o\\log\\hat y_o\n= \\log\\hat y_o", SOFTMAX, CE, 3, "sign", False),
    ("-\\sum_w y_w\\log\\hat y_w\n= -y_o\\log\\hat y_w\n= -\\log\\hat y_o", SOFTMAX, CE, 2, "wrong index", True),
    ("-\\sum_w y_w\\log\\hat y_w\n-\\log\\hat y_o + 1\n-\\log\\hat y_o", SOFTMAX, CE, 2, None, True),
    ("\\frac{\\partial J}{\\partial v_c} = U(y - \\hat y)", SOFTMAX, CENTRE, 1, "sign", False),
    ("\\frac{\\partial J}{\\partial v_c} = U\\hat y\n= U(\\hat y-y)", SOFTMAX, CENTRE, 1, "missing term", True),
    (f"\\frac{{\\partial J}}{{\\partial v_c}} = {D_CENTRE}\\left(-\\log\\hat y_o\\right)\n= {D_CENTRE}\\left(\\log\\hat y_o\\right)\n"
     "= U(\\hat y-y)", SOFTMAX, CENTRE, 2, "sign", True),
    (f"{D_CENTRE}\\left(-u_o^\\top v_c + \\log\\sum_w\\exp(u_w^\\top v_c)\\right)\n= -u_o + "
     "\\frac{\\sum_w \\exp(u_w^\\top v_c)}{\\sum_w\\exp(u_w^\\top v_c)}", SOFTMAX, FREE, 2, None, False),
    ("U\\hat y - Uy\n= (\\hat y - y)^\\top U^\\top", SOFTMAX, FREE, 2, "transpose", False),
    ("U\\hat y - Uy\n= U(\\hat y - y^\\top)", SOFTMAX, FREE, 2, "transpose", False),
    ("\\sigma'(x) = \\frac{e^{-x}}{(1+e^{-x})^2}\n= \\frac{1}{1+e^{-x}}\\cdot\\frac{e^{-x}}{1+e^{-x}}\n= \\sigma(x)(1+\\sigma(x))",
     SCALAR, SIGMOID, 3, "sign of a term", False),
    ("\\sigma(x) = \\frac{1}{1+e^{-x}}\n= \\frac{e^{-x}}{(1+e^{-x})^2}", SCALAR, FREE, 2, "derivative for its function", False),
    ("\\tanh'(x) = \\frac{(e^x+e^{-x})^2-(e^x-e^{-x})^2}{(e^x+e^{-x})^2}\n= 1-\\tanh(x)\n= 1-\\tanh^2(x)",
     SCALAR, TANH, 2, "exponent", True),
    ("\\frac{\\partial}{\\partial v_c}\\log\\sigma(u_o^\\top v_c) = \\frac{\\sigma'(u_o^\\top v_c)}{\\sigma(u_o^\\top v_c)}\n"
     "= (1-\\sigma(u_o^\\top v_c))u_o", NEGATIVE, FREE, 1, None, True),
    ("\\frac{\\partial J}{\\partial v_c} = \\frac{\\sigma'(u_o^\\top v_c)}{\\sigma(u_o^\\top v_c)}u_o - \\sum_{k=1}^K"
     "\\frac{\\sigma'(-u_k^\\top v_c)}{\\sigma(-u_k^\\top v_c)}(-u_k)\n= -(1-\\sigma(u_o^\\top v_c))u_o + "
     "\\sum_k(1-\\sigma(-u_k^\\top v_c))u_k", NEGATIVE,
     (r"\frac{\partial J}{\partial v_c}", r"-(1-\sigma(u_o^\top v_c))u_o + \sum_k \sigma(u_k^\top v_c)u_k"), 1,
     "sign of a term", True),
    ("\\frac{dl}{dw_1} = \\frac{dl}{da_2}\\frac{da_2}{dz_1}\\frac{dz_1}{da_1}\\frac{da_1}{dz_0}\\frac{dz_0}{dw_1}\n"
     "= -\\frac{1}{a_2}a_2(1-a_2)w_2a_1(1-a_1)a_0\n= -(1-a_2)w_2a_1(1-a_1)", BACKPROP, FREE, 3, "wrong variable", False),
]


@pytest.mark.parametrize(("text", "declarations", "ends", "line", "slip", "last_is_right"), WRONG_CHAINS)
def test_the_first_line_that_does_not_follow_is_named(
    text: str, declarations: Declarations, ends: tuple[str | None, str | None], line: int, slip: str | None,
    last_is_right: bool,
) -> None:
    verdict = judged(text, declarations, ends)
    explanation = verdict.explanation.name if verdict.explanation else None
    assert (verdict.outcome, wrong_line(verdict), explanation) == (Outcome.WRONG_STEP, line, slip), verdict
    assert verdict.last_is_right is last_is_right
    assert "^" in verdict.drawing


FOLLOWING = [
    (r"\frac{\partial J}{\partial v_c} = (\hat y-y)^\top U^\top = \hat y^\top U^\top - u_o^\top", SOFTMAX),
    (r"\frac{\partial J}{\partial U} = v_c\hat y^\top - v_c y^\top = v_c(\hat y-y)^\top", SOFTMAX),
    (r"\frac{\exp(u_w^\top v_c)v_c}{\sum_{w'\in Vocab}\exp(u_w'^\top v_c)} = \hat y_w v_c", SOFTMAX),
    ("U @ y_hat - U @ y = U @ (y_hat - y)", SOFTMAX),
    (r"\nabla_{v_c} J = -u_o + \sum_w \frac{\exp(z_w)}{\sum_i \exp(z_i)}u_w \quad\text{where } z_w = u_w^\top v_c \\ = U\hat y-u_o",
     SOFTMAX),
    (r"(\hat y_w-y_w)v_c = \begin{cases}(\hat y_o-1)v_c & w=o \\ \hat y_w v_c & w\ne o\end{cases}", SOFTMAX),
    (r"U^\top\hat y - U^\top y = U^\top(\hat y-y)", SOFTMAX),
    (r"\sigma'(x) = \left(\frac{1}{1+e^{-x}}\right)' = -\frac{1}{(1+e^{-x})^2}\cdot(1+e^{-x})' = \frac{e^{-x}}{(1+e^{-x})^2}"
     r"= \underbrace{\frac{1}{1+e^{-x}}}_{\sigma(x)}\cdot\frac{e^{-x}}{1+e^{-x}} = \sigma(x)\left(1-\sigma(x)\right)", SCALAR),
    (r"\frac{d}{dx}\tanh(x) = \frac{\frac{d}{dx}\sinh(x)\cdot\cosh(x) - \sinh(x)\cdot\frac{d}{dx}\cosh(x)}{\cosh(x)^2}"
     r"= \frac{\cosh^2 x-\sinh^2 x}{\cosh^2 x} = 1-\tanh^2 x", SCALAR),
    (r"\frac{d}{dx}\big(x\cdot\sigma(x)\big) = \frac{d}{dx} x\cdot\sigma(x) = \sigma(x) + x\sigma'(x)", SCALAR),
    (r"\frac{\partial}{\partial u_k}\Big(-\sum_{s=1}^K \log\sigma(-u_s^\top v_c)\Big) = (1-\sigma(-u_k^\top v_c))v_c"
     r"= \sigma(u_k^\top v_c)v_c", NEGATIVE),
    (r"\frac{dl}{dw_2} = \frac{dl}{da_2}\cdot\frac{da_2}{dz_1}\cdot\frac{dz_1}{dw_2} = -\frac{1}{a_2}\cdot a_2(1-a_2)\cdot a_1"
     r"= (a_2-1)a_1", BACKPROP),
]


@pytest.mark.parametrize(("text", "declarations"), FOLLOWING)
def test_steps_that_follow(text: str, declarations: Declarations) -> None:
    verdict = judged(text, declarations)
    assert verdict.outcome is Outcome.FOLLOWS, verdict
    assert verdict.unread == ()
    assert all(step.follows for step in verdict.steps)


IN_CASES = [
    r"if $w=o$: $$\frac{\partial J}{\partial u_w} = (\hat y_w-1)v_c$$ if $w \ne o$: $$\frac{\partial J}{\partial u_w} = \hat y_w v_c$$",
    r"\frac{\partial J}{\partial u_w} = (\hat y_o-1)v_c \quad \text{if } w = o",
    "dJ/du_w = (ŷ_o − 1) v_c   (w = o)",
]


@pytest.mark.parametrize("text", IN_CASES)
def test_a_line_may_hold_in_the_case_that_is_told(text: str) -> None:
    verdict = judged(text, SOFTMAX)
    assert verdict.outcome is Outcome.FOLLOWS, verdict
    assert verdict.steps[0].comparison.means.startswith("agrees where w = o, at 4 points")


def test_a_line_that_holds_in_one_case_only_does_not_follow_where_none_is_told() -> None:
    verdict = judged(r"\frac{\partial J}{\partial u_w} = (\hat y_w-1)v_c", SOFTMAX)
    assert verdict.first_wrong == 0


@pytest.mark.parametrize("text", [
    "Note that $y_o = 1$ and $y_w = 0$ for $w \\ne o$, so $$-\\sum_w y_w\\log\\hat y_w = -\\log\\hat y_o$$",
    "J = -\\log\\hat y_o\n\\hat y_o",
    "$J = -\\log\\hat y_o$\nIt is least where $U(\\hat y - y) = 0$",
])
def test_facts_and_conditions_are_no_steps(text: str) -> None:
    verdict = judged(text, SOFTMAX)
    assert verdict.first_wrong is None
    assert len(verdict.steps) == 1


# What a verdict says


def test_the_sentence_names_and_shows_both_lines() -> None:
    verdict = judged("-\\sum_w y_w\\log\\hat y_w\n= y_o\\log\\hat y_o\n= -\\log\\hat y_o", SOFTMAX, CE)
    assert verdict.sentence == (
        r"Line 2 does not follow from line 1: `y_o\log\hat y_o` does not equal `-\sum_w y_w\log\hat y_w`. "
        "The sign is wrong throughout; the rest is right.")
    assert verdict.drawing == "= y_o\\log\\hat y_o\n  ^^^^^^^^^^^^^^^"


def test_the_sentence_for_one_line_and_for_a_start_left_out() -> None:
    in_one = judged(r"-\sum_w y_w\log\hat y_w = \log\hat y_o", SOFTMAX, CE)
    assert in_one.sentence.startswith(
        r"In line 1, `\log\hat y_o` does not equal `-\sum_w y_w\log\hat y_w` before it.")
    left_out = judged("= \\log\\hat y_o\n= -\\log\\hat y_o", SOFTMAX, CE)
    assert left_out.sentence.startswith(r"Line 1 does not follow: `\log\hat y_o` does not equal the given start.")


def test_the_sentence_for_shapes() -> None:
    verdict = judged("U\\hat y - Uy\n= U(\\hat y - y^\\top)", SOFTMAX)
    assert verdict.sentence.startswith(r"Line 2 does not follow: the shapes in `U(\hat y - y^\top)` do not fit. "
                                       "This adds a column of V entries and a row of V entries.")


def test_staff_see_where_the_sides_differ() -> None:
    verdict = judged(r"-\sum_w y_w\log\hat y_w = \log\hat y_o", SOFTMAX, CE)
    difference = verdict.steps[0].comparison.difference
    assert difference is not None
    assert difference.actual == pytest.approx(-difference.expected)
    assert {name for name, _ in difference.sizes} == {"d", "V"}
    assert "o" in dict(difference.indices)


def test_a_side_that_cannot_be_read_is_reported_with_its_place_and_judged_around() -> None:
    text = "-\\sum_w y_w\\log\\hat y_w\n= -\\log\\hat q_{17}\n= -\\log\\hat y_o"
    verdict = judged(text, SOFTMAX, CE)
    assert verdict.outcome is Outcome.FOLLOWS
    assert [step.skipped for step in verdict.steps] == [1]
    assert verdict.sentence.startswith("Line 2 could not be judged; the rest was judged without. `")
    line, carets = verdict.drawing.split("\n")
    assert line[carets.index("^"):].startswith((r"\hat q", "q_"))
    refusal = verdict.unread[0].refusal
    assert refusal is not None
    assert text[refusal.span.start:refusal.span.end] in text.split("\n")[1]


def test_a_derivative_that_is_beyond_us_counts_neither_way() -> None:
    verdict = judged("U(\\hat y-y)\n= \\frac{\\partial U^\\top v_c}{\\partial v_c}(\\hat y-y)\n= U\\hat y-u_o", SOFTMAX)
    assert verdict.first_wrong is None
    assert [step.follows for step in verdict.steps] == [None, None]
    assert verdict.outcome is Outcome.UNREAD


def test_an_unknown_left_side_stands_for_what_is_given() -> None:
    text = r"\frac{\partial \mathcal{Q}_{17}}{\partial v_c} = U(y-\hat y)"
    assert judged(text, SOFTMAX, CENTRE).outcome is Outcome.WRONG_STEP
    assert judged(text, SOFTMAX).outcome is Outcome.UNREAD


def test_steps_are_proved_where_a_prover_is_at_hand() -> None:
    declarations = SOFTMAX
    with Prover() as prover:
        verdict = judge_derivation(RIGHT_CHAINS["a line"], Derivation(declarations, *CE), prover)
    assert [step.comparison.means for step in verdict.steps] == ["proved", "proved"]
    assert verdict.means == "proved"
    assert judged(RIGHT_CHAINS["a line"], SOFTMAX, CE).means == "agrees at 4 points to 40 digits"


# Properties

SIMPLE = {"softmax_grad_vc": SOFTMAX, "sigmoid_derivative": SCALAR, "tanh_derivative": SCALAR, "negsample_grad_uo": NEGATIVE,
          "backprop_dw1": BACKPROP}


def as_chain(sides: list[tree.Node]) -> str:
    return "\n= ".join(latex(side) for side in sides)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_chain_of_forms_of_one_formula_follows_and_a_slip_in_it_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SIMPLE)))
    reference = explainer(name).library.reference
    forms = [disguised(reference, data.draw(st.lists(st.integers(0, 8), max_size=4))) for _ in range(3)]
    right = judged(as_chain(forms), SIMPLE[name])
    assert right.outcome is Outcome.FOLLOWS, (as_chain(forms), right)
    slip = data.draw(st.sampled_from(list(find_slips(reference, explainer(name).library.setting))))
    if explainer(name).explain(slip.tree) is not None and slip.name not in ("function for its derivative", "transpose"):
        at = data.draw(st.integers(1, 3))
        wrong = judged(as_chain([*forms[:at], slip.tree, *forms[at:]]), SIMPLE[name])
        assert (wrong.outcome, wrong_line(wrong)) == (Outcome.WRONG_STEP, at + 1), as_chain([*forms[:at], slip.tree])


PIECES = ["-\\sum_w ", "y_w", "\\log\\hat y_w", " = ", "\\\\", "\n", "$$", "\\frac{", "}", "{", "(", ")", "\\begin{aligned}",
          "\\end{aligned}", "&", "\\Rightarrow ", "where ", "U", "(\\hat y - y)", "^\\top", "\\partial ", "e^{x}", "9^9", ",", "+", "ŷ"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60))
def test_any_text_at_all_gets_a_verdict(text: str) -> None:
    verdict = judged(text, SOFTMAX, CE)
    assert verdict.sentence
    assert verdict.outcome in Outcome
