"""Question tests: answers in the problem files with the state and the points that they must get.

They go through the real line, as a file that a student hands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.authoring.findings import Finding, finding
from autograder.formula.python.reader import looks_like_python
from autograder.grade import Grader, Selection
from autograder.marks import Mark, State
from autograder.spec.editing import set_fields
from autograder.spec.model import Assignment, Problem
from autograder.spec.positions import Document, Path_
from autograder.spec.written import ChoicePart, DerivationPart, Example, ProsePart, WrittenFields
from autograder.submission import Submission


@dataclass(frozen=True, slots=True)
class Graded:
    """An example and the mark that it got."""

    path: Path_
    example: Example
    mark: Mark

    @property
    def change(self) -> str:
        """What `--update` would write, as `was -> is`; empty where nothing is to be changed."""
        was = f"{self.example.state or '?'}, {_say_points(self.example.points)}"
        now = f"{self.mark.state.value}, {_say_points(self.mark.points)}"
        return "" if was == now else f"{was}  ->  {now}"


def grade_examples(problem: Problem, assignment: Assignment, grader: Grader) -> Iterator[Graded]:
    """Yield every example of a problem with its mark."""
    for number, part in enumerate(problem.parts):
        if isinstance(part, WrittenFields):
            for place, example in enumerate(part.examples):
                text = f"## {part.id}\n\n{_typed(part, example)}\n"
                submission = Submission({assignment.head.answers: text.encode()})
                mark = grader.grade(submission, Selection(problem.id, part.id)).marks[0]
                yield Graded(("parts", number, "examples", place), example, mark)


def _typed(part: WrittenFields, example: Example) -> str:
    """Return an answer as it stands in an answers file: formulas between dollars, one block for each line."""
    if isinstance(part, (ChoicePart, ProsePart)) or "$" in example.answer or "```" in example.answer:
        return example.answer
    if looks_like_python(example.answer):
        return f"```python\n{example.answer}\n```"
    lines = example.answer.split("\n") if isinstance(part, DerivationPart) else [example.answer]
    return "\n\n".join(f"$$\n{line}\n$$" for line in lines if line.strip())


def find_example_faults(graded: Graded, document: Document) -> Iterator[Finding]:
    """Yield what an example got otherwise than it says."""
    example, mark = graded.example, graded.mark
    got = f"{mark.state.value}, {_say_points(mark.points)}"
    if mark.state is State.NOT_GRADED:
        yield finding(document, graded.path, f"could not be graded: {mark.verdict.evidence.get('fault')}")
    elif example.state is None or example.points is None:
        yield finding(document, graded.path, f"gets {got}; look whether that is right, then write it down with "
                                             "autograder validate --update", is_fault=False)
    elif graded.change:
        said = f"{example.state}, {_say_points(example.points)}"
        yield finding(document, graded.path, f"gets {got}, where {said} is expected. Feedback: "
                                             f"{' '.join(mark.verdict.feedback)[:300]}")


def _say_points(points: float | None) -> str:
    return "no points yet" if points is None else f"{round(points, 4):g} points"


def write_down(text: str, graded: list[Graded]) -> str:
    """Return the text of a problem file in which the examples say what they got; all else stays as it is."""
    for one in graded:
        if one.change and one.mark.state is not State.NOT_GRADED:
            points = f"{round(one.mark.points, 4):g}"
            text = set_fields(text, one.path, {"state": one.mark.state.value, "points": points})
    return text
