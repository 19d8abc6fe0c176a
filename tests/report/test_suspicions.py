"""Each rule for what looks broken is met by a class that is made for it, and by no class that is sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from builders import mark, question_of
from synthetic import TROUBLES

from autograder.classroom.records import ClassMarks, PartMark
from autograder.classroom.report.page import _concerns
from autograder.classroom.report.summary import summarise
from autograder.classroom.report.suspicions import WEIGHTS
from autograder.marks import State

SIZE = 20
RISING = [n / SIZE for n in range(SIZE)]
"""How the class does elsewhere: student 0 worst, student 19 best."""


def make(answer: Callable[[int], PartMark]) -> list[PartMark]:
    return [answer(n) for n in range(SIZE)]


def in_state(state: State, **evidence: str) -> PartMark:
    return mark(points=0, state=state, evidence=evidence, feedback=["There is no function `f` in a.py."])


def wrong(meaning: str) -> PartMark:
    return mark(points=0, evidence={"meaning": meaning, "plain": f"formula {meaning}", "typed": meaning, "read as": meaning})


SOUND = {
    "strong students do better": make(lambda n: mark(points=n >= 8)),
    "all right": make(lambda n: mark()),
    "two unreadable": make(lambda n: in_state(State.UNREADABLE) if n < 2 else mark()),
    "two stopped": make(lambda n: in_state(State.TIMED_OUT) if n < 2 else mark()),
    "two changed by hand": make(lambda n: mark(points=0, hand=1.0) if n < 2 else mark()),
    "by hand": make(lambda n: mark(points=0, state=State.BY_HAND, hand=1.0)),
    "half missing": make(lambda n: in_state(State.MISSING) if n < 10 else mark()),
    "a wrong answer of weak students": make(lambda n: wrong("m") if n < 8 else mark()),
    "a wrong answer of two": make(lambda n: wrong("m") if n > 17 else mark(points=n >= 8)),
}
BROKEN = {
    "not graded": (make(lambda n: in_state(State.NOT_GRADED, fault="Traceback\nBadReference: it raised", replay="autograder grade S --replay p/q@1") if n == 7 else mark()),
                   "1 of 20 could not be graded.", ("Once: BadReference: it raised", "See one of them with `autograder grade S --replay p/q@1`.")),
    "good answer refused": (make(lambda n: wrong("m") if n in (13, 14, 18) else mark(points=n >= 8)),
                            "3 answers that mean the same are marked wrong, and their authors did no worse in the other questions than those who are right: 75% against 65% of the points.",
                            ("The answer: `formula m`.",)),
    "strong students fail": (make(lambda n: mark(points=n < 12)), "Students who do well in the other questions do worse here than those who do not.",
                             ("The best quarter elsewhere earned 0% of its points, the weakest 100%.",)),
    "unreadable": (make(lambda n: in_state(State.UNREADABLE, refused=f"`{'ab'[n > 0]}` is not known.") if n < 4 else mark()),
                   "4 of 20 answers could not be read.", ("3 times: `b` is not known.", "Once: `a` is not known.")),
    "stopped": (make(lambda n: in_state(State.TIMED_OUT if n else State.OUT_OF_MEMORY) if n < 3 else mark()),
                "3 of 20 answers were stopped because they took too long or too much memory.", ()),
    "changed by hand": (make(lambda n: mark(points=0, hand=1.0) if n < 3 else mark()), "Course staff changed 3 of 20 marks by hand.", ()),
    "missing": (make(lambda n: in_state(State.MISSING) if n < 11 else mark()), "11 of 20 submissions have no answer to it.",
                ("11 times: There is no function `f` in a.py.",)),
}


@pytest.mark.parametrize("case", SOUND)
def test_a_sound_question_is_not_suspect(case: str) -> None:
    assert question_of(SOUND[case], RISING).suspicions == ()


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_question_is_told_with_its_reasons(kind: str) -> None:
    marks, sentence, reasons = BROKEN[kind]
    found = {one.kind: one for one in question_of(marks, RISING).suspicions}
    assert found.keys() == {kind}
    assert (found[kind].sentence, found[kind].reasons) == (sentence, reasons)
    assert found[kind].advice.endswith(".")


def test_every_kind_is_tried() -> None:
    assert BROKEN.keys() == set(WEIGHTS)


def test_even_the_best_fail() -> None:
    marks = make(lambda n: mark(points=1 if n == 19 else 0))
    (found,) = question_of(marks, RISING).suspicions
    assert found.sentence == "Even the students who do best in the other questions fail here."
    assert found.reasons == ("The best quarter elsewhere earned 20% of its points, the weakest 0%.",)


def test_a_small_class_is_not_compared_by_quarters() -> None:
    marks: Sequence[PartMark] = [mark(points=n < 4) for n in range(9)]
    assert question_of(marks, RISING[:9]).suspicions == ()


def test_many_reasons_are_counted_together() -> None:
    marks = make(lambda n: in_state(State.UNREADABLE, refused=f"`{n}` is not known."))
    found = next(one for one in question_of(marks, RISING).suspicions if one.kind == "unreadable")
    assert len(found.reasons) == 4
    assert found.reasons[-1] == "17 more, for other reasons."


def test_the_troubles_of_a_large_class_are_found(large: ClassMarks) -> None:
    report = summarise(large)
    found = {(concern.kind, question.id) for concern in _concerns(report) for question, _ in concern.cases}
    assert {("not graded", TROUBLES.ungraded), ("good answer refused", TROUBLES.good_answer),
            ("strong students fail", TROUBLES.turned), ("unreadable", TROUBLES.refused)} <= found
    assert len({question for _, question in found}) < len(report.questions) / 2
