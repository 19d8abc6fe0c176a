"""Classes that never were: real marks of graded samples, dealt out by chance and ability, with troubles put in."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from autograder.classroom.records import ClassMarks, Graded, PartMark, Student
from autograder.grade import grade
from autograder.marks import Mark, State
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import load_assignment
from autograder.submission import read_submission

FIRST = "Ada Alan Barbara Claude Dorothy Edsger Emmy Euclid Grace Hedy Ida John Katherine Leslie Mary Niklaus Olga Radia".split()
LAST = "Byron Church Curry Dijkstra Goldwasser Hamilton Hopper Jackson Karp Lamport Liskov Lovelace Noether Perlman Rabin".split()
HOSTILE = "<script>alert('name')</script>"
ZONE = timezone(timedelta(hours=-8))
DEADLINE = datetime(2026, 11, 13, 23, 59, tzinfo=ZONE)


@dataclass(frozen=True)
class Troubles:
    """Parts with something wrong, by id: each shows in a report by a rule of its own."""

    turned: str = ""
    """Strong students fail it."""
    ungraded: str = ""
    refused: str = ""
    good_answer: str = ""
    """An answer that strong students give is marked wrong."""


TROUBLES = Troubles(
    turned="skipgram/skipgram_grad_U", ungraded="negative-sampling/code",
    refused="naive-softmax/softmax_grad_uw", good_answer="naive-softmax/softmax_grad_vc",
)


def pool_of(submissions: Iterable[Sequence[PartMark]]) -> dict[str, list[PartMark]]:
    """Return the marks of graded submissions by part."""
    pool: dict[str, list[PartMark]] = {}
    for marks in submissions:
        for mark in marks:
            pool.setdefault(mark.id, []).append(mark)
    return pool


def make_class(pool: Mapping[str, Sequence[PartMark]], size: int, seed: int = 6, troubles: Troubles = Troubles()) -> ClassMarks:
    """Deal marks to so many students, of whom some work in pairs and some hand in several times."""
    chance = random.Random(seed)
    difficulty = {part: chance.gauss(-0.6, 0.8) for part in pool}
    graded: list[Graded] = []
    number = 0
    while number < size:
        members = tuple(_student(chance, number + position) for position in range(2 if chance.random() < 0.1 else 1))
        number += len(members)
        ability = chance.gauss(0.0, 1.0)
        attempts = 1 + min(int(chance.expovariate(0.9)), 7)
        when = DEADLINE - timedelta(hours=chance.expovariate(1 / 30))
        for attempt in range(attempts):
            is_latest = attempt == attempts - 1
            lag = attempts - 1 - attempt
            marks = tuple(_deal(chance, part, marks, ability - 0.5 * lag, difficulty[part], troubles)
                          for part, marks in pool.items())
            graded.append(Graded(f"submission_{number}_{attempt}", members, marks, when - timedelta(hours=7 * lag),
                                 is_latest, 0.9 if chance.random() < 0.05 else 1.0))
    return ClassMarks("cs224n_a2", f"Word vectors {HOSTILE}", tuple(graded))


def _student(chance: random.Random, number: int) -> Student:
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}-{number}" if number else HOSTILE
    return Student(f"student-{number}", name, f"student{number}@example.edu", f"{number:08}")


def _deal(
    chance: random.Random, part: str, marks: Sequence[PartMark], ability: float, difficulty: float, troubles: Troubles
) -> PartMark:
    slope = -2.0 if part == troubles.turned else 1.3
    is_right = chance.random() < 1 / (1 + math.exp(-slope * (ability - difficulty)))
    right = [mark for mark in marks if mark.state is State.CORRECT]
    others = [mark for mark in marks if mark.state not in (State.CORRECT, State.MISSING)] or right
    missing = [mark for mark in marks if mark.state is State.MISSING]
    if not is_right and missing and (not others or chance.random() < 0.15):
        return chance.choice(missing)
    dealt = chance.choice((right if is_right else others) or list(marks))
    dealt = replace(dealt, seconds=round(chance.lognormvariate(math.log(max(dealt.seconds, 0.005)), 0.3), 4))
    if part == troubles.ungraded and chance.random() < 0.05:
        fault = f"Traceback\n  ...\nBadReference: {part} returned an array of shape (3,) {HOSTILE}"
        return _changed(dealt, State.NOT_GRADED, 0.0, {"fault": fault, "replay": f"autograder grade SUBMISSION --replay {part}@1a2b3c4d"})
    if part == troubles.refused and chance.random() < 0.25:
        refused = chance.choice(["`p_w` is not a name of this problem.", "A bracket is not closed."])
        return _changed(dealt, State.UNREADABLE, 0.0, {"typed": f"p_w v_c {HOSTILE}", "refused": refused, "reason": "undeclared"})
    if part == troubles.good_answer and ability > 0 and chance.random() < 0.5:
        typed = chance.choice([r"U^\top(\hat y - y)", "U.T @ (y_hat - y)", r"U^T (\hat{y} - y)"])
        return _changed(dealt, State.WRONG, 0.0, {"typed": typed, "read as": r"U^{\top} (\hat{y} - y)", "plain": "Uᵀ (ŷ - y)",
                                                  "meaning": "5ca1ab1e0000", "dialect": "latex"})
    if "meaning" in dealt.evidence and chance.random() < 0.3:
        typed = str(dealt.evidence["typed"]).replace(" ", " " * chance.randint(1, 3)) + chance.choice(["", r"\,", r"\;", " ."])
        dealt = replace(dealt, evidence={**dealt.evidence, "typed": typed})
    return dealt


def _changed(mark: PartMark, state: State, points: float, evidence: Mapping[str, str]) -> PartMark:
    return replace(mark, state=state, points=points, evidence=dict(evidence), feedback=(f"It is {state.value}.",))


def grade_samples(assignment: str, names: Iterable[str]) -> list[tuple[PartMark, ...]]:
    """Grade sample submissions, as a class is graded."""
    home = Path(__file__).parents[2]
    with Sandbox.open(Limits()) as sandbox:
        loaded = load_assignment(home / "problems" / assignment)
        return [tuple(part_mark(mark) for mark in
                      grade(read_submission(home / "submissions_sample" / assignment / name), loaded, sandbox).marks)
                for name in names]


def part_mark(mark: Mark) -> PartMark:
    return PartMark(mark.id, mark.number, mark.title, mark.state, mark.points, mark.max_points, mark.verdict.feedback,
                    mark.verdict.evidence, mark.seconds)
