"""The shipped questions: formulas that are sound, references that earn everything, mistakes that are told apart."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pytest
from _pytest.mark import ParameterSet

from autograder.checks.formula import Checked, EquationChecker, FormulaChecker
from autograder.checks.written import make_checker, shares_of
from autograder.formula_faults import find_formula_faults
from autograder.marks import State
from autograder.spec import Assignment, load_assignment
from autograder.spec.model import Problem
from autograder.spec.written import (
    ChoicePart,
    DerivationPart,
    EquationPart,
    FormulaPart,
    NumberPart,
    ProsePart,
    WrittenPart,
)
from autograder.submission import Answer, Place
from autograder.submission.part_names import written_parts

PROBLEMS = Path(__file__).parents[2] / "problems"
ASSIGNMENTS = {name: load_assignment(PROBLEMS / name) for name in ("cs224n_a2", "hw2_cbow")}
Asked: TypeAlias = "tuple[Assignment, Problem, WrittenPart]"

# Under these names tables of labelled answers and students' files know the questions.
NAMES = {
    "cs224n_a2": (
        "crossentropy_equals_nll softmax_grad_vc softmax_grad_U softmax_grad_U_columns softmax_grad_uw softmax_grad_uw_true "
        "softmax_grad_uw_other sigmoid_derivative relu_derivative leaky_relu_derivative negsample_grad_vc negsample_grad_uo "
        "negsample_grad_uk negsample_grad_Uneg negsample_repeated_grad skipgram_grad_U skipgram_grad_vc skipgram_grad_vw"),
    "hw2_cbow": (
        "sigmoid_derivative tanh_derivative cbow_negsample_objective sample_count_skipgram sample_count_cbow backprop_dw1 "
        "backprop_db1 backprop_dw2 backprop_db2"),
}


def asked(*kinds: type) -> list[ParameterSet]:
    return [
        pytest.param((assignment, problem, part), id=f"{problem.id}/{part.id}")
        for assignment in ASSIGNMENTS.values() for problem, part in written_parts(assignment) if isinstance(part, kinds)
    ]


def check(asked: Asked, text: str) -> Checked:
    assignment, problem, part = asked
    checker = make_checker(part, problem.notation, shares_of(assignment), None)
    assert isinstance(checker, (FormulaChecker, EquationChecker))
    return checker.check(Answer(text, Place("answers.md", 1), (text,), written=text))


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_there(name: str) -> None:
    ids = {part.id for _, part in written_parts(ASSIGNMENTS[name])}
    assert set(NAMES[name].split()) <= ids


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_formula_is_sound_and_every_gradient_is_one(name: str) -> None:
    assert list(find_formula_faults(ASSIGNMENTS[name])) == []


@pytest.mark.parametrize("asked", asked(FormulaPart, NumberPart, EquationPart))
def test_the_answer_earns_everything(asked: Asked) -> None:
    part = asked[2]
    assert isinstance(part, (FormulaPart, NumberPart, EquationPart))
    for answer in (part.answer, *(() if isinstance(part, NumberPart) else part.or_answers)):
        checked = check(asked, answer)
        assert (checked.verdict.state, checked.verdict.points) == (State.CORRECT, part.points), answer


@pytest.mark.parametrize("asked", asked(FormulaPart, NumberPart))
def test_other_readings_earn_their_share_and_are_named(asked: Asked) -> None:
    part = asked[2]
    assert isinstance(part, (FormulaPart, NumberPart))
    for other in part.other_answers:
        checked = check(asked, other.answer)
        assert checked.verdict.points == pytest.approx(part.points * other.credit)
        assert checked.reading == other.reading
        assert other.say in checked.verdict.feedback
        assert checked.verdict.state is (State.CORRECT if other.credit == 1 else State.PARTLY_CORRECT)


@pytest.mark.parametrize("asked", asked(FormulaPart, NumberPart, EquationPart))
def test_every_known_mistake_is_told_as_such(asked: Asked) -> None:
    part = asked[2]
    assert isinstance(part, (FormulaPart, NumberPart, EquationPart))
    for mistake in part.mistakes:
        verdict = check(asked, mistake.answer).verdict
        assert (verdict.state, verdict.points) == (State.WRONG, pytest.approx(part.points * mistake.credit)), mistake.answer
        assert mistake.say in verdict.feedback, (mistake.answer, verdict.feedback)


@pytest.mark.parametrize("asked", asked(FormulaPart, NumberPart, EquationPart, DerivationPart, ChoicePart, ProsePart))
def test_every_question_says_what_it_asks(asked: Asked) -> None:
    part = asked[2]
    assert part.prompt
    assert part.title
    if isinstance(part, ProsePart):
        assert part.rubric


def test_no_feedback_of_a_mistake_holds_the_answer() -> None:
    for assignment in ASSIGNMENTS.values():
        for _, part in written_parts(assignment):
            if isinstance(part, (FormulaPart, NumberPart)):
                squeezed = "".join(part.answer.split())
                for mistake in part.mistakes:
                    assert len(squeezed) < 4 or squeezed not in "".join(mistake.say.split())
