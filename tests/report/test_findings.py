"""Mistakes, remarks, refusals and groups of answers are read out of the evidence, and counted once for a submission."""

from __future__ import annotations

import pytest
from builders import mark, question_of

from autograder.classroom.records import ClassMarks, PartMark
from autograder.classroom.report.summary import summarise
from autograder.marks import State


def code(points: float, **diagnoses: str | None) -> PartMark:
    outputs = {name: {"points": 0.0, "of": 1.0, "right": diagnosis is None, "diagnosis": diagnosis,
                      **({"says": f"`{name}` shows {diagnosis}."} if diagnosis else {})}
               for name, diagnosis in diagnoses.items()}
    lines = "\n".join(f"- `{name}`: {'wrong' if diagnosis else 'right'}." for name, diagnosis in diagnoses.items())
    return mark(points=points, of=4, evidence={"outputs": outputs}, feedback=[lines])


def formula(meaning: str, typed: str = "x", state: State = State.WRONG, **more: str) -> PartMark:
    evidence = {"typed": typed, "read as": typed, "plain": typed, "meaning": meaning, "dialect": "latex", **more}
    return mark(points=float(state is State.CORRECT), state=state, evidence=evidence)


def test_mistakes_of_code_by_diagnosis_with_where_they_show() -> None:
    marks = [code(1, loss=None, grad="sign"), code(0, loss="sign", grad="sign"), code(0, loss=None, grad="zero"),
             code(4, loss=None, grad=None), code(0, loss=None)]
    found = question_of(marks).mistakes
    assert [(m.name, m.count, m.where) for m in found] == [
        ("sign", 2, ("grad", "loss")), ("zero", 1, ("grad",)), ("no known mistake", 1, ())]
    assert found[0].sentence == "`grad` shows sign."
    assert [example.text for example in found[0].examples] == ["`grad`: wrong.", "`loss`: wrong."]
    assert found[0].share == pytest.approx(2 / 5)


def test_mistakes_of_formulas_show_what_was_typed() -> None:
    marks = [formula("m1", f"- x{' ' * n}y", mistake="sign", says="The sign is wrong.") for n in range(5)]
    (found,) = question_of(marks).mistakes
    assert (found.name, found.sentence, found.count) == ("sign", "The sign is wrong.", 5)
    assert [example.text for example in found.examples] == ["- xy", "- x y"]
    assert all(example.is_typed for example in found.examples)


ONE = {
    "choice": (mark(points=0, evidence={"chosen": "b", "answer": "a", "read as": "Skip-gram"}), "chose b", "Chose: Skip-gram"),
    "raised": (mark(points=0, state=State.RAISED, evidence={"cases": [{"raised": "ValueError: shapes"}]}),
               "raised ValueError", "The code raised ValueError."),
    "load": (mark(points=0, state=State.RAISED, evidence={"load": "SyntaxError: invalid"}), "raised SyntaxError",
             "The code raised SyntaxError."),
    "nothing said": (mark(points=0), "no known mistake", "Wrong, and no known mistake explains it."),
    "odd evidence": (mark(points=0, evidence={"outputs": 3, "mistake": None, "cases": "x", "chosen": 1}), "no known mistake",
                     "Wrong, and no known mistake explains it."),
}


@pytest.mark.parametrize("case", ONE)
def test_one_mistake(case: str) -> None:
    shown, name, sentence = ONE[case]
    (found,) = question_of([shown]).mistakes
    assert (found.name, found.sentence) == (name, sentence)


def test_remarks_on_form_layout_steps_and_differences() -> None:
    said = "The value is right. Write it vectorised, without a sum over an index."
    marks = [
        mark(points=0.5, state=State.WRONG_FORM, evidence={"form": ["sum", "terms"], "typed": "x"}, feedback=["Read as: x", said]),
        mark(evidence={"variant": "vectors as rows", "typed": "y"}),
        mark(points=0.5, evidence={"wrong step": "Line 2 does not follow from line 1."}),
        mark(evidence={"by differences?": "grad: right, with the precision of differences"}),
    ]
    found = {finding.name: finding.sentence for finding in question_of(marks).remarks}
    assert found == {
        "form: sum, terms": said,
        "variant: vectors as rows": "Right in another layout or reading: vectors as rows.",
        "wrong step": "A step on the way to the result does not follow.",
        "by differences": "The gradient has the precision of finite differences, not of a formula.",
    }


def test_refusals_by_what_could_not_be_read() -> None:
    marks = [mark(points=0, state=State.UNREADABLE, evidence={"refused": "`p` is not known.", "typed": f"p + {n}"}) for n in range(4)]
    marks.append(mark(points=0, state=State.UNREADABLE, feedback=["It is not clear which one you chose.\n\nMore."]))
    question = question_of(marks)
    assert [(found.sentence, found.count, len(found.examples)) for found in question.refusals] == [
        ("`p` is not known.", 4, 3), ("It is not clear which one you chose.", 1, 0)]
    assert question.mistakes == ()


def test_answers_stand_together_by_meaning() -> None:
    marks = [formula("m1", "U(y - t)", State.CORRECT), formula("m1", "U @ (y - t)", State.CORRECT), formula("m1", "U(y - t)", State.WRONG_FORM),
             formula("m2", "U y", mistake="term", says="A term is missing."), mark(points=0, state=State.MISSING)]
    first, second = question_of(marks, [0.8, 0.6, 0.7, 0.2, 0.0]).groups
    assert (first.meaning, first.count, first.states) == ("m1", 3, {"correct": 2, "right value, wrong form": 1})
    assert first.share == pytest.approx(3 / 4)
    assert [(spelling.typed, spelling.count) for spelling in first.spellings] == [("U(y - t)", 2), ("U @ (y - t)", 1)]
    assert first.latex == "U(y - t)"
    assert first.elsewhere == pytest.approx(0.7)
    assert (second.count, second.mistake, second.elsewhere) == (1, "term", pytest.approx(0.2))


def test_choices_stand_together_by_option() -> None:
    marks = [mark(points=p, evidence={"chosen": c, "read as": f"Option {c}"}) for p, c in ((1, "a"), (0, "b"), (0, "b"))]
    assert [(group.meaning, group.plain, group.latex, group.count) for group in question_of(marks).groups] == [
        ("option b", "Option b", "", 2), ("option a", "Option a", "", 1)]


def test_real_evidence_has_a_sentence_for_every_mistake(large: ClassMarks) -> None:
    """Names alone say little; each mistake that grading found comes with what students were told."""
    report = summarise(large)
    found = {(question.id, mistake.name): mistake for question in report.questions for mistake in question.mistakes}
    sign = found["negative-sampling/code", "true-word-sign"]
    assert sign.sentence == "The term of the true word has the wrong sign; the negatives are right."
    assert sign.where[0] == "grad_v_c"
    assert not [key for key, mistake in found.items() if mistake.sentence == mistake.name]
    groups = {question.id: question.groups for question in report.questions}
    assert groups["sigmoid/sigmoid_derivative"][0].spelling_count > 3
    assert groups["sigmoid/sigmoid_derivative"][0].states.keys() == {"correct"}
