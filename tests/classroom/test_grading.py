"""A batch: what is graded, what is found again, what is carried over; with graders that give the points a file names."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime, timezone
from pathlib import Path

import pytest
from exports_of_all_kinds import write_folder
from msgspec.structs import replace
from school import BY, G1, Class, NamedPoints, Told

from autograder.classroom.exports import read_export
from autograder.classroom.grading import Deadlines, Order, UnknownProblem, grade_class
from autograder.classroom.processes import CannotStart
from autograder.classroom.store import BadStore
from autograder.classroom.tasks import Reply, Task
from autograder.marks import State
from autograder.spec.handing_in import Attempts, Late, Window


def points(school: Class, run: int) -> dict[str, float]:
    return {one.submission: one.points for one in school.store.read_marks(run).latest}


def test_results_become_marks_with_all_that_is_known(school: Class) -> None:
    school.hand_in(ada="lines/double 3\nslopes/slope 1")
    outcome = school.grade()
    assert (outcome.graded, outcome.reused, outcome.failures, outcome.is_new) == (1, 0, 0, True)
    marks = school.store.read_marks(outcome.run)
    (ada,) = marks.graded
    assert (marks.assignment, marks.title, ada.submission, ada.points, ada.max_points) == (
        "small", "Two lines and a formula", "ada", 4, 10)
    double, _, slope, _ = ada.marks
    assert (double.id, double.number, double.state, double.feedback, double.evidence, double.seconds) == (
        "lines/double", "1.1", State.CORRECT, ("Said.",), {"typed": "x"}, 0.5)
    assert (slope.id, slope.state) == ("slopes/slope", State.PARTLY_CORRECT)


def test_what_has_not_changed_is_not_graded_again(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="lines/double 1")
    first = school.grade()
    again = school.grade()
    assert (again.run, again.is_new, again.graded, again.reused, school.graders.tasks) == (first.run, False, 0, 2, [])
    school.hand_in(ben="lines/double 2")
    third = school.grade()
    assert (third.is_new, third.graded, third.reused) == (True, 1, 1)
    assert points(school, third.run) == {"ada": 3, "ben": 2}


def test_copies_are_graded_once(school: Class) -> None:
    school.hand_in(**{f"s{n}": "lines/double 1" for n in range(9)})
    outcome = school.grade()
    assert (len(school.graders.tasks), outcome.graded, outcome.reused) == (1, 1, 8)
    assert set(points(school, outcome.run).values()) == {1.0}


def test_force_grades_again_and_leaves_the_earlier_run_as_it_was(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="lines/double 3")
    first = school.grade()
    before = school.store.read_marks(first.run)
    forced = school.grade(Order(is_forced=True, grader="g1"))
    assert (forced.graded, forced.reused, forced.is_new, len(school.graders.tasks)) == (1, 1, True, 1)
    assert school.store.read_marks(first.run) == before


def test_another_grader_grades_again(school: Class) -> None:
    school.hand_in(ada="lines/double 3")
    school.grade()
    assert school.grade(Order(grader="g2")).graded == 1


def test_one_problem_alone(school: Class) -> None:
    school.hand_in(ada="lines/double 3\nslopes/slope 2")
    first = school.grade(Order(problem="lines", grader="g1"))
    assert points(school, first.run) == {"ada": 3}
    assert [task.problems for task in school.graders.tasks] == [("lines",)]
    rest = school.grade()
    assert [task.problems for task in school.graders.tasks] == [("slopes",)]
    assert points(school, rest.run) == {"ada": 5}
    school.hand_in(ada="lines/double 1\nslopes/slope 1")
    again = school.grade(Order(problem="slopes", grader="g1"))
    assert points(school, again.run) == {"ada": 4}, "the other problem keeps its marks"


def test_an_unknown_problem_is_told_before_anything_is_done(school: Class) -> None:
    school.hand_in(ada="")
    with pytest.raises(UnknownProblem, match="there is no problem 'line' in small; did you mean 'lines'"):
        school.grade(Order(problem="line", grader="g1"))
    assert school.store.runs() == ()


def test_a_failure_is_one_line_and_stops_nobody(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="boom 1", cyd="boom 1", dee="lines/triple 3")
    outcome = school.grade(failing=["boom 1"])
    assert school.told.failures == ["ben (ben): it was lost; it was lost", "cyd (cyd): it was lost; it was lost"]
    assert (outcome.failures, points(school, outcome.run)) == (2, {"ada": 3, "ben": 0, "cyd": 0, "dee": 3})
    ben = school.store.read_marks(outcome.run).graded[1]
    assert {mark.state for mark in ben.marks} == {State.NOT_GRADED}
    assert ben.failure == "it was lost; it was lost"
    assert ben.marks[0].evidence["fault"] == "it was lost"
    again = school.grade()
    assert (again.graded, again.failures) == (1, 0), "what failed on our side is tried again"


def test_nobody_loses_marks_because_an_export_is_of_a_part_of_the_class(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="lines/double 2")
    school.store.apply(school.grade().run, BY)
    with read_export(write_folder(school.folder.parent / "late", {"cyd/points.txt": "lines/double 1"})) as late:
        outcome = school.grade(export=late)
    assert points(school, outcome.run) == {"ada": 3, "ben": 2, "cyd": 1}


GROUPS = """\
submission_1:
  :submitters:
  - {':name': Ada, ':sid': '1'}
  - {':name': Ben, ':sid': '2'}
  :created_at: 2026-02-16 05:00:00 Z
submission_2:
  :submitters:
  - {':name': Ben, ':sid': '2'}
  :created_at: 2026-02-17 05:00:00 Z
submission_3:
  :submitters:
  - {':name': Cyd, ':sid': '3'}
  :created_at: 2026-02-18 06:00:00 Z
  :history:
  - :id: 77
    :created_at: 2026-02-18 05:00:00 Z
    :score: 4
    :results:
      score: 4
      tests:
      - {name: 'Double [correct]', number: '1.1', score: 3, max_score: 3, extra_data: {id: lines/double, state: correct}}
      - {name: 'Triple [wrong]', number: '1.2', score: 1, max_score: 3, extra_data: {id: lines/triple, state: nonsense}}
      - {name: only said}
  - :id: 78
    :created_at: 2026-02-18 05:30:00 Z
    :results: {score: 0, output: The autograder failed}
"""
FILES = {f"submission_{n}/points.txt": f"lines/double {n}" for n in (1, 2, 3)}


def gradescope(school: Class, **head: object) -> Class:
    write_folder(school.folder, {"submission_metadata.yml": GROUPS, **FILES})
    changed = replace(school.assignment.head, **head)
    school.assignment = replace(school.assignment, head=changed)
    return school


def test_the_latest_submission_of_each_student_counts(school: Class) -> None:
    outcome = gradescope(school).grade()
    marks = school.store.read_marks(outcome.run)
    assert [(one.submission, [s.name for s in one.students], one.is_latest) for one in marks.graded] == [
        ("submission_1", ["Ada", "Ben"], True),  # still Ada's latest
        ("submission_2", ["Ben"], True),
        ("submission_3/77", ["Cyd"], False),
        ("submission_3/78", ["Cyd"], False),
        ("submission_3", ["Cyd"], True),
    ]


def test_earlier_attempts_are_kept_with_their_times_and_marks(school: Class) -> None:
    outcome = gradescope(school).grade()
    earlier = school.store.read_marks(outcome.run).graded[2]
    assert earlier.created_at == datetime(2026, 2, 18, 5, tzinfo=timezone.utc)
    assert [(mark.id, mark.number, mark.state, mark.points) for mark in earlier.marks] == [
        ("lines/double", "1.1", State.CORRECT, 3.0), ("lines/triple", "1.2", State.PARTLY_CORRECT, 1.0)]


def test_late_days_take_their_share_and_extensions_count(school: Class) -> None:
    gradescope(school, late=Late(days=2, each=0.25))
    due = datetime(2026, 2, 16, 12, tzinfo=timezone.utc)
    deadlines = Deadlines(due, {"3": datetime(2026, 2, 18, 1, tzinfo=timezone.utc)})
    outcome = school.grade(Order(grader="g1", deadlines=deadlines))
    shares = {one.submission: (one.kept_share, one.points) for one in school.store.read_marks(outcome.run).latest}
    assert shares == {"submission_1": (1.0, 1.0), "submission_2": (0.75, 1.5), "submission_3": (0.75, 2.25)}


def test_too_many_attempts_keep_what_the_latest_graded_one_got(school: Class) -> None:
    gradescope(school, attempts=Attempts(count=1, per=Window.DAY))
    outcome = school.grade()
    cyd = school.store.read_marks(outcome.run).latest[-1]
    assert (cyd.submission, cyd.points, [mark.id for mark in cyd.marks]) == (
        "submission_3", 4.0, ["lines/double", "lines/triple"])
    assert len(school.graders.tasks) == 2
    assert not school.grade().is_new


def test_a_submission_without_files_keeps_its_name_and_is_told(school: Class) -> None:
    gradescope(school)
    (school.folder / "submission_2/points.txt").unlink()
    outcome = school.grade()
    assert school.told.failures == ["submission_2 (Ben): the export holds no files of it"]
    ben = school.store.read_marks(outcome.run).graded[1]
    assert (ben.submission, ben.marks, ben.failure) == ("submission_2", (), "the export holds no files of it")


class Interrupting(Told):
    """Is stopped from the keyboard when the second submission is done."""

    def done(self, name: str, *, is_new: bool) -> None:
        super().done(name, is_new=is_new)
        if len(self.names) == 2:
            raise KeyboardInterrupt


def test_what_has_begun_when_it_is_stopped_is_kept(school: Class) -> None:
    school.hand_in(**{f"s{n}": f"lines/double 0.{n}" for n in range(9)})
    graders = NamedPoints(school.assignment, count=3)
    with pytest.raises(KeyboardInterrupt), read_export(school.folder) as export:
        grade_class(export, school.assignment, school.store, graders, G1, BY, Interrupting())
    begun = len(graders.tasks)
    assert 2 <= begun < 9
    outcome = school.grade()
    assert (outcome.graded, outcome.reused) == (9 - begun, begun)


class Refusing(NamedPoints):
    """Graders one of whose processes cannot be started."""

    def submit(self, task: Task) -> Future[Reply]:
        if b"0.3" not in task.contents.files["points.txt"]:
            return super().submit(task)
        refused: Future[Reply] = Future()
        refused.set_exception(CannotStart("its grader is another"))
        return refused


def test_what_was_graded_before_it_could_not_go_on_is_kept(school: Class) -> None:
    school.hand_in(**{f"s{n}": f"lines/double 0.{n}" for n in range(6)})
    graders = Refusing(school.assignment, count=2)
    with pytest.raises(CannotStart, match="its grader is another"), read_export(school.folder) as export:
        grade_class(export, school.assignment, school.store, graders, G1, BY, Told())
    assert len(graders.tasks) == 3
    assert school.grade().reused == 3


def test_a_store_is_for_one_assignment(school: Class) -> None:
    school.hand_in(ada="")
    school.grade()
    other = replace(school.assignment.head, id="other")
    school.assignment = replace(school.assignment, head=other)
    with pytest.raises(BadStore, match="holds marks of small, not of other; give each assignment a store of its own"):
        school.grade()


def test_the_run_says_what_it_was_made_from(school: Class) -> None:
    school.hand_in(ada="")
    run = school.store.run(school.grade().run)
    assert (run.head.kind, Path(run.head.export), run.head.problems) == ("folders", school.folder, ("lines", "slopes"))
    assert run.head.parts == ("lines/double", "lines/triple", "slopes/slope", "slopes/why")
