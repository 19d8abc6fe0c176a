"""What a student is told about a written answer, and what it earns: each rung, on the small example and on the real questions."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.checks.formula import FormulaChecker
from autograder.checks.written import Checkers, WrittenChecker
from autograder.formula.proving.proof import Prover
from autograder.marks import State, Verdict
from autograder.spec import Assignment, load_assignment
from autograder.spec.written import WrittenFields
from autograder.submission import Submission, read_answers

EXAMPLE = Path(__file__).parent / "example"
PROBLEMS = Path(__file__).parents[2] / "problems"
CORRECT, WRONG, FORM, UNREADABLE = State.CORRECT, State.WRONG, State.WRONG_FORM, State.UNREADABLE
PARTLY, BY_HAND, MISSING = State.PARTLY_CORRECT, State.BY_HAND, State.MISSING

Grade: TypeAlias = "Callable[[Assignment, str], dict[str, Verdict]]"

ASSIGNMENTS = {
    "example": load_assignment(EXAMPLE),
    **{name: load_assignment(PROBLEMS / name) for name in ("cs224n_a2", "hw2_cbow")},
}


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as opened:
        yield opened


@pytest.fixture(scope="module")
def grade(prover: Prover) -> Grade:
    """Return a function that gives the verdicts on an answers.md, by part id."""

    def verdicts(assignment: Assignment, markdown: str) -> dict[str, Verdict]:
        submission = Submission({"answers.md": markdown.encode()})
        checker = WrittenChecker(Checkers(assignment, prover), read_answers(submission, assignment))
        return {part.id: checker.check(problem, part) for problem in assignment.problems for part in problem.parts
                if isinstance(part, WrittenFields)}

    return verdicts


def dollars(formula: str) -> str:
    return f"$${formula}$$"


# (assignment, part, what stands below its heading, state, points, pieces of the feedback)
VERDICTS = [
    # all that stands below a heading, where that is one answer
    ("cs224n_a2", "softmax_grad_uw", "For $w=o$:\n$$(\\hat y_o-1)v_c$$\nFor $w\\ne o$:\n$$\\hat y_w v_c$$", CORRECT, 2, ["begin{cases}"]),
    ("cs224n_a2", "softmax_grad_uw", "- $w=o$: $(\\hat y_o-1)v_c$\n- $w\\ne o$: $\\hat y_w v_c$", CORRECT, 2, []),
    ("cs224n_a2", "softmax_grad_uw", "For $w=o$:\n$$\\hat y_o v_c$$\nFor $w\\ne o$:\n$$(\\hat y_w - 1)v_c$$", WRONG, 0, []),
    ("cs224n_a2", "softmax_grad_vc", "Let $\\delta = \\hat y - y$. Then\n$$\\frac{\\partial J}{\\partial v_c} = U\\delta$$", FORM, 2,
     ["Put what you call"]),
    ("cs224n_a2", "softmax_grad_vc", "$$J = -\\log\\hat y_o$$\nso\n$$\\frac{\\partial J}{\\partial v_c} = U(\\hat y-y)$$", CORRECT, 4, []),
    # formulas: value, form, layout, reading
    ("example", "grad_w", dollars(r"-(1-\sigma(w^\top x_t))x_t"), CORRECT, 4, [r"Read as: $$-(1 - \sigma(w^{\top} x_{t})) x_{t}$$"]),
    ("example", "grad_w", "```python\n-(1 - sigma(w @ x_t)) * x_t\n```", CORRECT, 4, ["Read as: $$-(1"]),
    ("example", "grad_w", dollars(r"\theta = \theta") + "\n" + dollars(r"(\sigma(\theta^\top x_t) - 1)x_t"), CORRECT, 4,
     ["Of the 2 displayed formulas here the last one was judged."]),
    ("example", "grad_w", dollars(r"(\sigma(w^\top x_t) - 1)x_t = -\sigma(-w^\top x_t) x_t"), CORRECT, 4, ["The last side was read as: $$-"]),
    ("example", "grad_w", dollars(r"-(1-\sigma(w^\top x_t))x_t^\top"), CORRECT, 4, ["Right in another layout: the gradient transposed.", "vectors are columns"]),
    ("example", "grad_w", dollars(r"(1-\sigma(w^\top x_t))x_t"), WRONG, 0, ["The sign is wrong."]),
    ("example", "grad_w", dollars(r"-\sigma(w^\top x_t)x_t"), WRONG, 0, ["σ and 1 − σ are exchanged"]),
    ("example", "grad_w", dollars("w + x_t w^\\top x_t"), WRONG, 0, ["This does not have the value that is asked."]),
    ("example", "grad_w", dollars("X"), WRONG, 0, ["This is a d x n matrix; the answer is a column of d entries."]),
    ("example", "grad_w", dollars("q + 1"), UNREADABLE, 0, ["This could not be read (answers.md, line 2). `q` is not a name of this problem.", "q + 1\n^"]),
    ("example", "grad_w", dollars("(1"), UNREADABLE, 0, ["This bracket is not closed.", "```\n(1\n^\n```"]),
    ("example", "grad_w", "It is $w$, or $x_t$.", UNREADABLE, 0, ["There are 2 formulas in the lines of this answer"]),
    ("example", "grad_w", "", MISSING, 0, ["There is no answer to this part. Write it in `answers.md` below the heading `## grad_w`."]),
    ("cs224n_a2", "softmax_grad_vc", dollars(r"\sum_w u_w(\hat y_w - y_w)"), FORM, 2, ["The value is right. Write it vectorised"]),
    ("cs224n_a2", "softmax_grad_vc", dollars(r"U^\top(\hat y - y)"), CORRECT, 4, ["Right in another layout: U stored by rows. Here `U` is d x V, vectors are columns."]),
    ("cs224n_a2", "softmax_grad_vc", dollars(r"-u_o + \sum_w y_w u_w = U(\hat y - y)"), CORRECT, 4, ["but a step on the way to it does not follow."]),
    ("cs224n_a2", "softmax_grad_uw", dollars(r"\hat y v_c^\top"), WRONG, 0, []),
    ("cs224n_a2", "negsample_grad_vc", dollars(r"-(1-\sigma(u_o^\top v_c))u_o"), WRONG, 0.75, ["The negative samples are missing"]),
    ("hw2_cbow", "cbow_negsample_objective", dollars(r"\log\sigma(b_{w_c}^\top (a_{w_{c-1}}+a_{w_{c+1}})) + \sum_{k=1}^K \log\sigma(-b_{w_k}^\top (a_{w_{c-1}}+a_{w_{c+1}}))"),
     PARTLY, 1.5, ["the handout takes their average"]),
    # derivations
    ("example", "shows", dollars(r"1-\sigma(s) = \frac{1+e^{-s}-1}{1+e^{-s}} = \frac{1}{e^s+1} = \sigma(-s)"), CORRECT, 2, ["Every step follows from the one before."]),
    ("example", "shows", dollars(r"1-\sigma(s)") + dollars(r"= \frac{1}{1+e^s}") + dollars(r"= \sigma(-s)"), CORRECT, 2, []),
    ("example", "shows", dollars(r"1-\sigma(s) = \frac{1}{1+e^{-s}} = \sigma(-s)"), WRONG, 1, [r"In line 1, `\frac{1}{1+e^{-s}}` does not equal `1-\sigma(s)` before it."]),
    ("example", "shows", dollars(r"1-\sigma(s) = \sigma(-s)"), FORM, 0, ["This restates the two ends."]),
    ("example", "shows", dollars(r"1-\sigma(s) = \frac{1}{1+e^s} = \frac{1}{e^s + 1}"), WRONG, 0, ["no side ends at what is given"]),
    ("example", "shows", "Since the two probabilities add up to one, this is plain to see.", BY_HAND, 0, []),
    ("example", "shows", dollars("q"), UNREADABLE, 0, ["`q` is not a name"]),
    # equations
    ("example", "zero", "$x_t = 0$", CORRECT, 1, ["Read as: $$x_{t} = 0$$"]),
    ("example", "zero", "$0 = x_t$", CORRECT, 1, []),
    ("example", "zero", "$x_t = w$", WRONG, 0, ["This is not the condition that is asked."]),
    ("example", "zero", "When all the features are zero.", BY_HAND, 0, ["This is answered in words, so course staff will read and mark it."]),
    ("example", "zero", "$x_t$ vanishes, or $w$ does", BY_HAND, 0, []),
    ("cs224n_a2", "softmax_grad_zero", r"$\hat y = y$", CORRECT, 1, []),
    ("cs224n_a2", "softmax_grad_zero", r"$U(\hat y - y) = 0$", CORRECT, 1, []),
    ("cs224n_a2", "softmax_grad_zero", r"$y = \hat y$", CORRECT, 1, []),
    ("cs224n_a2", "softmax_grad_zero", r"$u_o = \sum_w \hat y_w u_w$", CORRECT, 1, []),
    ("cs224n_a2", "softmax_grad_zero", r"$\hat y = 0$", WRONG, 0, ["never all zero"]),
    # numbers
    ("example", "count", "12", CORRECT, 2, ["Read as: $$12$$"]),
    ("example", "count", "$2 \\cdot 7 - 2 = 12$", CORRECT, 2, ["The last side was read as: $$12$$"]),
    ("example", "count", "12.0", CORRECT, 2, []),
    ("example", "count", "12.000001", WRONG, 0, []),
    ("example", "count", "10", CORRECT, 2, ["Whole windows only."]),
    ("example", "count", "a dozen of them, I think", UNREADABLE, 0, []),
    ("hw2_cbow", "sample_count_skipgram", "26", WRONG, 0, ["This is the count of CBOW, one sample for each token."]),
    ("hw2_cbow", "saturation_limit", r"$$\lim_{z_0 \to \infty} \sigma'(z_0) = 0$$", CORRECT, 1, []),
    # choices and prose
    ("example", "more", "Skip-gram", CORRECT, 1, ["Read as: Skip-gram."]),
    ("example", "why", "Because $K < V$.", BY_HAND, 0, ["Course staff will read and mark this part."]),
    ("example", "why", "<!-- your answer -->", MISSING, 0, []),
]


@pytest.mark.parametrize(("name", "part", "written", "state", "points", "pieces"), VERDICTS)
def test_verdict(grade: Grade, name: str, part: str, written: str, state: State, points: float, pieces: list[str]) -> None:
    verdict = grade(ASSIGNMENTS[name], f"## {part}\n{written}\n")[part]
    feedback = "\n\n".join(verdict.feedback)
    assert (verdict.state, verdict.points) == (state, pytest.approx(points)), feedback
    assert all(piece in feedback for piece in pieces), feedback


COUNTS = [
    ("46", "26", (CORRECT, CORRECT)), ("40", "20", (CORRECT, CORRECT)), ("46", "20", (CORRECT, WRONG)), ("40", "26", (WRONG, CORRECT)),
    ("40", "46", (CORRECT, WRONG)), ("40", None, (CORRECT, MISSING)), ("40", "twenty of them all", (CORRECT, UNREADABLE)), ("12 + 14 + 20", "7+8+11", (CORRECT, CORRECT)),
]


@pytest.mark.parametrize(("skipgram", "cbow", "states"), COUNTS)
def test_readings_of_a_question_are_not_mixed(grade: Grade, skipgram: str, cbow: str | None, states: tuple[State, State]) -> None:
    written = f"## sample_count_skipgram\n{skipgram}\n" + (f"## sample_count_cbow\n{cbow}\n" if cbow else "")
    verdicts = grade(ASSIGNMENTS["hw2_cbow"], written)
    assert (verdicts["sample_count_skipgram"].state, verdicts["sample_count_cbow"].state) == states


def test_mixed_readings_are_explained(grade: Grade) -> None:
    verdict = grade(ASSIGNMENTS["hw2_cbow"], "## sample_count_skipgram\n40\n## sample_count_cbow\n26")["sample_count_skipgram"]
    assert verdict.points == 0
    assert verdict.feedback[-1] == ("This is right in one reading of the question, and your answer to `sample_count_cbow` in another. "
                                    "Use the same reading for both.")


@pytest.mark.parametrize(("db1", "db2", "states"), [
    ("-(1-a_2)(1 + w_2 a_1(1-a_1))", "0", (CORRECT, CORRECT)),
    ("-(1-a_2)(1 + w_2 a_1(1-a_1))", "a_2 - 1", (WRONG, CORRECT)),
    ("-(1-a_2) w_2 a_1(1-a_1)", "0", (CORRECT, WRONG)),
])
def test_the_misprinted_bias_is_followed_in_both_answers_or_none(grade: Grade, db1: str, db2: str, states: tuple[State, State]) -> None:
    verdicts = grade(ASSIGNMENTS["hw2_cbow"], f"## backprop_db1\n$${db1}$$\n## backprop_db2\n$${db2}$$\n")
    assert (verdicts["backprop_db1"].state, verdicts["backprop_db2"].state) == states


def test_staff_see_by_which_means_an_answer_was_decided(grade: Grade) -> None:
    right = grade(ASSIGNMENTS["cs224n_a2"], "## softmax_grad_vc\n$$U\\hat y - U y$$")["softmax_grad_vc"].evidence
    assert right["means"] == "proved"
    assert right["plain"] == "U ŷ - U y"
    assert right["place"] == "answers.md, line 2"
    wrong = grade(ASSIGNMENTS["cs224n_a2"], "## softmax_grad_vc\n$$U\\hat y$$")["softmax_grad_vc"].evidence
    assert wrong["mistake"] == "truth-forgotten"
    differs = wrong["differs"]
    assert isinstance(differs, dict)
    assert set(differs) == {"sizes", "indices", "entry", "expected", "actual"}
    counted = grade(ASSIGNMENTS["hw2_cbow"], "## sample_count_cbow\n3")["sample_count_cbow"].evidence
    assert "| together | 26 | 26 | 20 |" in str(counted["working"])


def test_what_a_form_or_layout_earns_is_the_assignments_choice(grade: Grade, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "example"))
    (folder / "assignment.yaml").write_text((EXAMPLE / "assignment.yaml").read_text() + "wrong_form: 0.25\nother_layout: 0.5\n")
    assignment = load_assignment(folder)
    other_layout = grade(assignment, r"## grad_w" "\n" r"$$-(1-\sigma(w^\top x_t))x_t^\top$$")["grad_w"]
    assert (other_layout.state, other_layout.points) == (PARTLY, 2)
    wrong_form = grade(assignment, r"## grad_w" "\n" r"$$-\sum_{i: i = t}(1-\sigma(X^\top w)_i) x_i$$")["grad_w"]
    assert (wrong_form.state, wrong_form.points) == (FORM, 1)


def test_a_wrong_step_may_cost_points_where_the_part_says_so(grade: Grade, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "example"))
    text = (EXAMPLE / "logistic.yaml").read_text().replace("    sums: true\n", "    wrong_step: 0.5\n")
    (folder / "logistic.yaml").write_text(text)
    answer = "## grad_w\n" + dollars(r"\sigma(w^\top x_t) x_t = -(1-\sigma(w^\top x_t))x_t")
    verdict = grade(load_assignment(folder), answer)["grad_w"]
    assert (verdict.state, verdict.points) == (PARTLY, 2)


ATTACKS = [
    "__import__('os').system('true')", "().__class__.__base__.__subclasses__()", "9**9**9", "factorial(10**9)", "(" * 100_000,
    "\\input{/etc/passwd}", "exp(" * 50 + "1000" + ")" * 50, "(lambda: 1)()", "[x for x in [1]][0]", "f'{x}'", "x+" * 400_000 + "x",
    "\\sum_{i=1}^{1000000000000} i", "s\u200b*(1-\u202es)", "\x00", "(a+b+c+d)**400", "\\frac{" * 3000, "$" * 5001,
]


@pytest.mark.parametrize("part", ["grad_w", "shows", "zero", "count", "more"])
@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_a_hostile_answer_earns_nothing_and_breaks_nothing(grade: Grade, part: str, number: int) -> None:
    verdicts = grade(ASSIGNMENTS["example"], f"## {part}\n{ATTACKS[number]}\n\n## why\nBecause.\n")
    assert verdicts[part].points == 0
    assert verdicts["why"].state is BY_HAND


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.sampled_from("wxXe_s12+-*/=()[]{}^\\$ \nσ&,.'@"), max_size=40), part=st.sampled_from(["grad_w", "shows", "zero", "count", "more"]))
def test_any_answer_gets_a_verdict_with_something_to_say(grade: Grade, text: str, part: str) -> None:
    verdict = grade(ASSIGNMENTS["example"], f"## {part}\n{text}\n")[part]
    assert verdict.feedback
    assert all(paragraph.strip() for paragraph in verdict.feedback)
    assert 0 <= verdict.points <= 4


def test_what_was_judged_before_is_said_again_with_its_own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = ASSIGNMENTS["example"]
    problem, part = next((problem, part) for problem in assignment.problems for part in problem.parts
                         if part.id == "grad_w")
    judged = []
    check = FormulaChecker.check
    monkeypatch.setattr(FormulaChecker, "check", lambda self, answer: judged.append(answer) or check(self, answer))
    checkers = Checkers(assignment)
    try:
        for text in (r"$$x_t$$", r"$$-(1-\sigma(w^\top x_t))x_t$$", r"$$\frac{x_t$$"):
            first, second = (
                WrittenChecker(checkers, read_answers(Submission({name: markdown.encode()}), assignment))
                .check(problem, part)
                for name, markdown in (("answers.md", f"## grad_w\n{text}\n"), ("mine.md", f"\n\n## grad_w\n{text}\n"))
            )
            assert (first.state, first.points) == (second.state, second.points)
            assert [verdict.evidence["place"] for verdict in (first, second)] == ["answers.md, line 2", "mine.md, line 4"]
    finally:
        checkers.close()
    assert [answer.text for answer in judged].count(r"-(1-\sigma(w^\top x_t))x_t") == 1
