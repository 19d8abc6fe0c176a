"""A class through the real line: processes, sandboxes, resuming, and a change of one problem."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from exports_of_all_kinds import write_folder
from school import BY, Told

from autograder.classroom.differences import compare
from autograder.classroom.exports import read_export
from autograder.classroom.grading import Order, Outcome, grade_class
from autograder.classroom.local import LocalGraders
from autograder.classroom.processes import CannotStart, GradingProcess, Processes
from autograder.classroom.store import Store
from autograder.classroom.tasks import Setup, Task, grader_version
from autograder.grade import grade
from autograder.marks import State
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import load_assignment
from autograder.submission import Contents, read_submission

RIGHT = "def double(x):\n    return 2 * x\n\n\ndef triple(x):\n    return 3 * x\n"
WORK = {
    "ada/solution.py": RIGHT,
    "ada/answers.md": "## slope\n$2ab$\n\n## why\nBecause.\n",
    "ben/solution.py": RIGHT.replace("2 * x", "2.00001 * x"),
    "ben/answers.md": "## slope\n$2a$\n",
    "cyd/solution.py": "import os\nos._exit(3)\n",
    "dee/solution.py": RIGHT,
}


def setup_of(folder: Path, seconds: float = 60) -> Setup:
    return Setup(str(folder), load_assignment(folder).digest, grader_version(), seconds)


def grade_with(folder: Path, handed_in: Path, store: Store, problem: str | None = None) -> tuple[Outcome, Told]:
    told = Told()
    with read_export(handed_in) as export, LocalGraders(setup_of(folder), 2) as graders:
        return grade_class(export, load_assignment(folder), store, graders,
                           Order(problem, grader=grader_version()), BY, told), told


def test_a_change_of_one_problem_moves_those_whom_it_moves_and_nobody_else(folder: Path, tmp_path: Path, store: Store) -> None:
    handed_in = write_folder(tmp_path / "class", WORK)
    first, told = grade_with(folder, handed_in, store)
    assert (first.graded, first.failures, told.failures) == (4, 0, [])
    store.apply(first.run, BY)
    with Sandbox.open(Limits()) as sandbox:
        for graded in store.read_marks().graded:
            alone = grade(read_submission(handed_in / graded.submission), load_assignment(folder), sandbox)
            assert [(mark.id, mark.state, mark.points, mark.feedback) for mark in graded.marks] == [
                (mark.id, mark.state, mark.points, mark.verdict.feedback) for mark in alone.marks]
    before = store.read_marks()
    lines = folder / "lines.yaml"
    lines.write_text(lines.read_text().replace("relative_tolerance: 1e-6", "relative_tolerance: 1e-4"))
    reference = folder / "reference/lines.py"
    reference.write_text(reference.read_text().replace("3 * x", "3.5 * x"))
    second, _ = grade_with(folder, handed_in, store)
    found = compare(store, second.run)
    assert [(one.name, one.before, one.after) for one in found.movers] == [("ada", 8, 5), ("dee", 6, 3)]
    assert found.counts("lines") == (0, 2, 2)
    reasons = {reason for change in found.movers for problem in change.problems for reason in problem.reasons}
    assert reasons == {
        "lines.yaml:13: relative_tolerance: 1e-6 -> 1e-4",
        "reference/lines.py:9: 'return {\"y\": 3 * x}' -> 'return {\"y\": 3.5 * x}'"}
    slopes = [[entry.results["slopes"] for entry in store.entries(run)] for run in (first.run, second.run)]
    assert slopes[0] == slopes[1], "only the problem that changed was graded again"
    (ben,) = [one for one in found.changes if one.name == "ben"]
    assert [part.sentence for problem in ben.problems for part in problem.parts] == [
        "1.1 lines/double: wrong 0 -> correct 3/3", "1.2 lines/triple: correct 3 -> wrong 0/3"]
    store.apply(second.run, BY)
    store.undo(BY)
    assert store.read_marks() == before


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(setup_of(Path(__file__).parent / "small")) as opened:
        yield opened


def contents(source: str) -> Contents:
    return Contents({"solution.py": source.encode()})


def test_a_lost_process_is_replaced_and_costs_nobody(processes: Processes) -> None:
    first = processes.grade(Task(contents(RIGHT)))
    process = processes._take()
    os.kill(process.pid, signal.SIGKILL)
    processes._idle.put(process)
    again = processes.grade(Task(contents(RIGHT)))
    assert [[m.points for m in r.results["lines"].marks] for r in (first, again)] == [[3.0, 3.0], [3.0, 3.0]]


def test_a_process_that_is_lost_twice_over_a_submission_says_so() -> None:
    with Processes(setup_of(Path(__file__).parent / "small", seconds=0.05)) as processes:
        reply = processes.grade(Task(contents("import time\ntime.sleep(9)\n")))
    assert reply.results == {}
    assert reply.failure == "the process that graded it was lost twice: ended by signal 9; then ended by signal 9"


def test_a_process_whose_files_are_others_refuses(folder: Path) -> None:
    setup = setup_of(folder)
    (folder / "lines.yaml").write_text((folder / "lines.yaml").read_text() + "\n# another file\n")
    with pytest.raises(CannotStart, match=r"found other files .* place: its digest is [0-9a-f]{64}, not [0-9a-f]{64}"):
        GradingProcess(setup)
    (folder / "lines.yaml").write_text("id: 3\n")
    with pytest.raises(CannotStart, match=r"lines\.yaml:1:"):
        GradingProcess(setup)


def test_one_problem_is_graded_alone(processes: Processes) -> None:
    reply = processes.grade(Task(contents(RIGHT), ("slopes",)))
    assert {name: [mark.state for mark in result.marks] for name, result in reply.results.items()} == {
        "slopes": [State.MISSING, State.MISSING]}


def test_processes_serve_many_threads_at_once(processes: Processes) -> None:
    with ThreadPoolExecutor(3) as executor:
        replies = list(executor.map(lambda n: processes.grade(Task(contents(RIGHT + f"# {n}\n"), ("lines",))), range(6)))
    assert [sum(mark.points for mark in reply.results["lines"].marks) for reply in replies] == [6.0] * 6


