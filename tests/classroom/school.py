"""A small assignment, students' work for it, and graders that give the points that a file names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from autograder.classroom.exports import Export, read_export
from autograder.classroom.grading import Order, Outcome, grade_class
from autograder.classroom.records import PartMark
from autograder.classroom.rows import By, ProblemResult
from autograder.classroom.store import Store
from autograder.classroom.tasks import Reply, Task
from autograder.grade import numbered_parts
from autograder.marks import State
from autograder.spec import Assignment

SMALL = Path(__file__).parent / "small"
BY = By("Tess", "a test")
G1 = Order(grader="g1")


@dataclass
class NamedPoints:
    """Graders that give each part the points that `points.txt` names: `lines/double 3`; the rest earns nothing."""

    assignment: Assignment
    count: int = 2
    tasks: list[Task] = field(default_factory=list)
    failing: frozenset[str] = frozenset()
    """Contents of `points.txt` over which a process is lost."""

    def submit(self, task: Task) -> Future[Reply]:
        self.tasks.append(task)
        future: Future[Reply] = Future()
        text = task.contents.files.get("points.txt", b"").decode()
        future.set_result(Reply({}, "it was lost") if text in self.failing else Reply(dict(self._results(task, text))))
        return future

    def _results(self, task: Task, text: str) -> Iterator[tuple[str, ProblemResult]]:
        named = dict(line.split() for line in text.splitlines())
        for problem in self.assignment.problems:
            if task.problems is None or problem.id in task.problems:
                yield problem.id, ProblemResult(tuple(
                    make_mark(f"{problem.id}/{part.id}", number, float(named.get(f"{problem.id}/{part.id}", 0)),
                              part.max_points)
                    for number, of, part in numbered_parts(self.assignment) if of is problem))


def make_mark(part: str, number: str, points: float, max_points: float) -> PartMark:
    state = State.CORRECT if points >= max_points else State.PARTLY_CORRECT if points else State.WRONG
    return PartMark(part, number, f"The part {part}", state, points, max_points, ("Said.",), {"typed": "x"}, 0.5)


@dataclass
class Told:
    """What a batch told of itself."""

    total: int = 0
    names: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def start(self, total: int) -> None:
        self.total = total

    def done(self, name: str, *, is_new: bool) -> None:
        self.names.append(f"{name}{' new' if is_new else ''}")

    def fail(self, name: str, reason: str) -> None:
        self.failures.append(f"{name}: {reason}")


@dataclass
class Class:
    """A class's folder of submissions, graded into one store."""

    folder: Path
    store: Store
    assignment: Assignment
    told: Told = field(default_factory=Told)

    def hand_in(self, **points: str) -> None:
        """Hand in for each student what `points.txt` is to hold."""
        for name, text in points.items():
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            (self.folder / name / "points.txt").write_text(text)

    def grade(self, order: Order | None = None, failing: Iterable[str] = (), export: Export | None = None) -> Outcome:
        self.graders = NamedPoints(self.assignment, failing=frozenset(failing))
        self.told = Told()
        with export or read_export(self.folder) as opened:
            return grade_class(opened, self.assignment, self.store, self.graders, order or G1, BY, self.told)
