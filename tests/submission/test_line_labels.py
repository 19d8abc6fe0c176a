"""Answers files as they are really written: letters in place of headings, one heading over many parts, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autograder.spec import Assignment, load_assignment
from autograder.submission import Submission, read_answers

HandIn = Callable[[Mapping[str, str | bytes]], Submission]
PROBLEMS = Path(__file__).parents[2] / "problems"


@pytest.fixture(scope="module")
def assignments() -> dict[str, Assignment]:
    return {name: load_assignment(PROBLEMS / name) for name in ("cs224n_a2", "hw2_cbow")}


GRADIENTS = r"""$$\frac{\partial J}{\partial v_c} = A$$

$$\frac{\partial J}{\partial \mathbf{u}_{o}} = B$$

$$\nabla_{u_k} J = C$$
"""
ALIGNED = r"""\begin{align*}
\frac{\partial J}{\partial u_o} &= B \\
\frac{\partial J}{\partial u_{w_s}} &= D \\
&= C \\
\frac{\partial J}{\partial v_c} &= A
\end{align*}
"""
SHARED = {"negsample_grad_vc": "A", "negsample_grad_uo": "B", "negsample_grad_uk": "C"}
LETTERS = {"softmax_grad_vc": "x", "softmax_grad_U": "y", "sigmoid_derivative": "z"}
COUNTS = {"more_samples": "Skip-gram", "sample_count_skipgram": "46", "sample_count_cbow": "26"}

# (assignment, file, content, ends of the texts that are judged, by part)
FILES = [
    ("cs224n_a2", "answers.md", f"**(g)**\n{GRADIENTS}", SHARED),
    ("cs224n_a2", "answers.md", f"## (g)\n{GRADIENTS}", SHARED),
    ("cs224n_a2", "answers.md", f"## Negative sampling\n{GRADIENTS}", SHARED),
    ("cs224n_a2", "answers.md", f"(g)\n\n$$\n{ALIGNED}$$\n", SHARED),
    ("cs224n_a2", "answers.md", f"(f) $z$\n\n(g)\n{GRADIENTS}", {**SHARED, "sigmoid_derivative": "z"}),
    ("cs224n_a2", "answers.md", f"## negsample_grad_uo\n{GRADIENTS}", {"negsample_grad_uo": "B"}),
    ("cs224n_a2", "answers.txt", "b) x\nd) y\nf) z\n", LETTERS),
    ("cs224n_a2", "answers.txt", "b. x\n\nd. y\n\nf. z\n", LETTERS),
    ("cs224n_a2", "answers.txt", "g.\ndJ/dv_c = A\ndJ/du_o = B\ndJ/du_k = C\n", SHARED),
    ("cs224n_a2", "answers.md", "### Q1b\n$x$\n### 1.d\n$y$\n### Problem 1 (f)\n$z$\n", LETTERS),
    ("cs224n_a2", "answers.md", "| part | answer |\n|---|---|\n| (b) | $x$ |\n| d) | $y$ |\n| sigmoid_derivative | $z$ |\n",
     LETTERS),
    ("cs224n_a2", "answers.md", "(b)\n\n(i) $x$\n\n(ii) $w$\n\n(d) $y$\n\n(f) $z$\n", {**LETTERS, "softmax_grad_zero": "w"}),
    ("cs224n_a2", "answers.md", "(c)\n\n(i) $a$\n\n(ii) $b$\n", {"softmax_grad_uw_true": "a", "softmax_grad_uw_other": "b"}),
    ("cs224n_a2", "answers.tex", f"\\begin{{document}}\n\\noindent (b) $x$\n\n\\noindent(d) $y$\n\n(g)\n{ALIGNED}\\end{{document}}\n",
     {**SHARED, "softmax_grad_vc": "x", "softmax_grad_U": "y"}),
    ("cs224n_a2", "answers.md", "Gradient for another outside vector:\n$x$\n", {"softmax_grad_uw_other": "x"}),
    ("cs224n_a2", "answers.yaml", "g: {vc: A, uo: B, uk: C}\n", SHARED),
    ("hw2_cbow", "answers.md", "## Problem 2\na) Skip-gram\nb) 46\nc) 26\n", COUNTS),
    ("hw2_cbow", "answers.md", r"## Problem 3" + "\n" + r"$$\frac{\partial l}{\partial w^{[2]}} = A$$ $$\frac{dl}{db^{[2]}} = B$$" + "\n",
     {"backprop_dw2": "A", "backprop_db2": "B"}),
    ("hw2_cbow", "answers.txt", "dw2: A\ndb2 = B\n", {"backprop_dw2": "A", "backprop_db2": "B"}),
    # Letters in running text are no headings where the file has headings of another kind.
    ("cs224n_a2", "answers.md", "## softmax_grad_vc\na) first\n\nb) then\n\n$$x$$\n", {"softmax_grad_vc": "x"}),
    ("cs224n_a2", "answers.md", "## softmax_grad_uw\n(i) $w = o$: $x$\n(ii) $w \\ne o$: $y$\n", {}),
]


@pytest.mark.parametrize(("name", "file", "content", "ends"), FILES)
def test_answers_are_found(
    hand_in: HandIn, assignments: dict[str, Assignment], name: str, file: str, content: str, ends: dict[str, str]
) -> None:
    answers = read_answers(hand_in({file: content}), assignments[name])
    found = {key.part: answer.text for key, answer in answers.by_part.items()}
    for part, end in ends.items():
        assert found[part].endswith(end), (part, found)
    if not ends:
        assert set(found) == {"softmax_grad_uw"}


def test_what_answers_the_parts_below_a_letter_answers_it_too(hand_in: HandIn, assignments: dict[str, Assignment]) -> None:
    answers = read_answers(hand_in({"answers.md": "(c)\n\n(i) $w=o$: $a$\n\n(ii) $w\\ne o$: $b$\n"}), assignments["cs224n_a2"])
    answer = answers.get("naive-softmax", "softmax_grad_uw")
    assert answer is not None
    assert "$a$" in answer.whole
    assert "$b$" in answer.whole


def test_words_below_a_shared_heading_are_kept_for_people(hand_in: HandIn, assignments: dict[str, Assignment]) -> None:
    content = f"(g)\n{GRADIENTS}\nIt is cheaper since only a few words take part in the sum.\n"
    answers = read_answers(hand_in({"answers.md": content}), assignments["cs224n_a2"])
    cost = answers.get("negative-sampling", "cost")
    assert cost is not None
    assert cost.text.startswith("It is cheaper")
    assert not answers.notes


def test_an_own_heading_counts_more_than_a_shared_one(hand_in: HandIn, assignments: dict[str, Assignment]) -> None:
    content = f"## Negative sampling\n{GRADIENTS}\n### negsample_grad_uo\n$$E$$\n"
    answers = read_answers(hand_in({"answers.md": content}), assignments["cs224n_a2"])
    answer = answers.get("negative-sampling", "negsample_grad_uo")
    assert answer is not None
    assert answer.text == "E"
    assert not answers.notes
