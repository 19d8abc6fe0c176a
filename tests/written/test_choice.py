"""A choice is found in what students write, and asked for again where it is not clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.checks.choice import check_choice, find_option
from autograder.marks import State
from autograder.spec import load_assignment
from autograder.spec.written import ChoicePart
from autograder.submission import Answer, Place

CHOSEN = [
    ("skip-gram", "skip-gram"), ("Skip-gram", "skip-gram"), ("SKIP GRAM.", "skip-gram"), ("**Skip_gram**", "skip-gram"), ("cbow", "cbow"),
    ("`CBOW`", "cbow"), ("(CBOW)", "cbow"),
    ("The Skip-gram will have more training samples,", "skip-gram"),
    ("a. The Skip-gram will have more training samples,", "skip-gram"),
    ("Skip-gram, because CBOW makes one sample of each token.", "skip-gram"),
    ("Skip-gram gets more samples than CBOW.", "skip-gram"),
    ("I think skip-gram\n\nCBOW averages.", "skip-gram"),
    ("CBOW gets fewer samples", None), ("not CBOW", None), ("CBOW and skip-gram", None), ("both", None), ("", None),
    ("skip-gram or CBOW", None), ("neither of them", None), ("It depends.", None), ("the first one", None), ("skipgrams", None),
    ("CBOW doesn't", None), ("cbow\u200b", "cbow"),
]


@pytest.fixture(scope="module")
def part() -> ChoicePart:
    problem = load_assignment(Path(__file__).parent / "example").problems[0]
    found = next(part for part in problem.parts if part.id == "more")
    assert isinstance(found, ChoicePart)
    return found


@pytest.mark.parametrize(("text", "key"), CHOSEN)
def test_an_option_is_found_or_not(part: ChoicePart, text: str, key: str | None) -> None:
    assert find_option(part, text) == key


@pytest.mark.parametrize(("text", "state", "points", "said"), [
    ("Skip-gram", State.CORRECT, 1, ("Read as: Skip-gram.",)),
    ("CBOW", State.WRONG, 0, ("Read as: CBOW.", "Draw it.")),
    ("both", State.UNREADABLE, 0, ("It is not clear which one you chose. Write one of `skip-gram`, `cbow` and nothing else in the first line.",)),
])
def test_the_verdict_and_what_is_said(part: ChoicePart, text: str, state: State, points: float, said: tuple[str, ...]) -> None:
    verdict = check_choice(part, Answer(text, Place("answers.md", 3)))
    assert (verdict.state, verdict.points, verdict.feedback) == (state, points, said)
