"""The store: what counts, what is taken back, what a person gave, and files that are no store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from school import BY, Class

from autograder.classroom.differences import compare
from autograder.classroom.hand_marks import CannotMark, check_points, find_part, find_submission
from autograder.classroom.rows import By
from autograder.classroom.store import BadStore, Store
from autograder.marks import State


def current_bytes(store: Store) -> bytes:
    """Return the current marks as every face gets them, and every row that they come from."""
    rows = [row for table in ("handed_in", "counted") for row in store._db.execute(
        f"SELECT * FROM {table} WHERE run = ? ORDER BY 1, 2, 3", (store.current,))]
    return repr((store.read_marks(), rows)).encode()


def test_nothing_counts_before_it_is_applied(school: Class) -> None:
    school.hand_in(ada="lines/double 3")
    school.grade()
    with pytest.raises(BadStore, match=r"no run of .* was applied yet: autograder class apply --store"):
        school.store.read_marks()
    with pytest.raises(BadStore, match=r"nothing was applied in .* that could be undone"):
        school.store.undo(BY)


def test_undo_restores_every_byte(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="slopes/slope 2")
    store = school.store
    store.apply(school.grade().run, BY)
    before = current_bytes(store)
    school.hand_in(ada="lines/double 1", cyd="lines/triple 2")
    second = school.grade().run
    assert current_bytes(store) == before, "a proposal changes nothing"
    store.apply(second, BY)
    assert current_bytes(store) != before
    assert store.undo(BY) == (second, 1)
    assert current_bytes(store) == before
    assert store.undo(BY) == (1, None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["grade", "apply", "undo", "mark"]), max_size=8), values=st.randoms())
def test_undo_is_the_inverse_of_apply(school: Class, steps: list[str], values: object) -> None:
    """Whatever was done before: apply and undo leave the current marks as they were, hand marks included."""
    store = school.store
    for number, step in enumerate(steps):
        if step == "grade" or not store.runs():
            school.hand_in(ada=f"lines/double {number % 4}")
            school.grade()
        elif step == "apply":
            store.apply(store.run().id, BY)
        elif step == "undo" and store.current is not None:
            store.undo(BY)
        elif step == "mark":
            store.mark_by_hand(["ada"], "slopes/why", number % 3, BY)
    if store.current is None:
        return
    before = current_bytes(store)
    school.hand_in(ada="lines/triple 3")
    store.apply(school.grade().run, BY)
    store.undo(BY)
    assert current_bytes(store) == before


def test_hand_marks_win_and_outlive_a_regrade(school: Class) -> None:
    school.hand_in(ada="lines/double 3")
    store = school.store
    store.apply(school.grade().run, BY)
    store.mark_by_hand(["ada"], "slopes/why", 1.5, By("Tess", "read it"))
    store.mark_by_hand(["ada"], "slopes/why", 2, By("Tess", "read it again"))
    assert store.read_marks().latest[0].points == 5
    school.hand_in(ada="lines/double 1")
    store.apply(school.grade().run, BY)
    (ada,) = store.read_marks().latest
    why = next(mark for mark in ada.marks if mark.id == "slopes/why")
    assert (ada.points, why.points, why.hand_points, why.counted_points) == (3, 0, 2, 2)
    store.mark_by_hand(["ada"], "slopes/why", None, By("Tess", "a slip"))
    assert store.read_marks().latest[0].points == 1


def test_the_log_says_who_did_what_when_and_why(school: Class) -> None:
    school.hand_in(ada="lines/double 3")
    run = school.grade().run
    school.store.apply(run, By("Uma", "looks right"))
    school.store.mark_by_hand(["ada"], "slopes/why", 2, By("Tess", "read it"))
    school.store.undo(By("Vic", "too early"))
    assert [(line.who, line.what, line.run, line.why) for line in school.store.log()] == [
        ("Tess", "grade", run, "a test"), ("Uma", "apply", run, "looks right"),
        ("Tess", "mark ada slopes/why: 2", None, "read it"), ("Vic", "undo", run, "too early")]
    assert all(line.at.endswith("+00:00") for line in school.store.log())


def test_differences_name_who_moves_and_why(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="lines/double 3\nslopes/slope 1", cyd="lines/double 1")
    store = school.store
    store.apply(school.grade().run, BY)
    store.mark_by_hand(["cyd"], "lines/double", 3, BY)
    school.hand_in(ada="lines/double 2", ben="lines/double 2\nslopes/slope 2", cyd="lines/double 2", dee="slopes/why 1")
    found = compare(store, school.grade().run)
    assert (found.counts(), found.counts("lines"), found.counts("slopes")) == ((1, 1, 2), (0, 2, 2), (2, 0, 2))
    assert [(one.name, one.before, one.after) for one in found.movers] == [("ada", 3, 2), ("dee", None, 1)]
    (lines,) = [one for one in found.movers[0].problems if one.parts]
    assert (lines.reasons, [part.sentence for part in lines.parts]) == (
        ("handed in again: points.txt changed",), ["1.1 lines/double: correct 3 -> partly correct 2/3"])
    cyd = next(one for one in found.changes if one.name == "cyd")
    assert [part.sentence for one in cyd.problems for part in one.parts] == [
        "1.1 lines/double: partly correct 1 -> partly correct 2/3 (counts as 3, set by hand)"]


def test_a_problem_that_is_gone_is_a_reason_too(school: Class) -> None:
    school.hand_in(ada="lines/double 3\nslopes/slope 1")
    school.store.apply(school.grade().run, BY)
    school.assignment = replace(school.assignment, problems=school.assignment.problems[:1])
    (ada,) = compare(school.store, school.grade().run).movers
    assert [(one.problem, one.before, one.after, one.reasons) for one in ada.problems] == [
        ("lines", 3, 3, ("what other problems ask for has changed",)), ("slopes", 1, 0, ("this run has no result for it",))]


def test_students_are_found_as_somebody_would_type_them(school: Class) -> None:
    school.hand_in(ada="lines/double 3", ben="lines/double 2")
    school.grade()
    ada = find_submission(school.store, "ADA")
    assert ada.submission == "ada"
    assert find_part(ada, "1.2").id == find_part(ada, "lines/triple").id == "lines/triple"
    assert check_points("2.5", ada.marks[0]) == 2.5


@pytest.mark.parametrize(("student", "part", "points", "said"), [
    ("ade", "", "", "knows no student ade; did you mean 'ada'?"),
    ("ada", "lines/duble", "", "ada has no part lines/duble; did you mean 'lines/double'?"),
    ("ada", "x", "", "ada has no part x; the parts are lines/double, lines/triple, slopes/slope, slopes/why"),
    ("ada", "1.1", "4", "4 is not a number from 0 to 3, which is what lines/double can have"),
    ("ada", "1.1", "-1", "-1 is not a number from 0 to 3"),
    ("ada", "1.1", "nan", "nan is not a number from 0 to 3"),
    ("ada", "1.1", "two", "two is not a number from 0 to 3"),
])
def test_what_cannot_be_marked_is_said(school: Class, student: str, part: str, points: str, said: str) -> None:
    school.hand_in(ada="")
    school.grade()
    with pytest.raises(CannotMark) as error:
        check_points(points, find_part(find_submission(school.store, student), part))
    assert said in str(error.value)


def test_files_that_are_no_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadStore, match=r"there is no store .*none\.db\. Make one: autograder class grade"):
        Store.open(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("not a database at all, " * 50)
    with pytest.raises(BadStore, match=r"text\.db cannot be used as a store: file is not a database"):
        Store.open(tmp_path / "text.db")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE x (y)")
    other.close()
    with pytest.raises(BadStore, match=r"other\.db is a database of some other program"):
        Store.open(tmp_path / "other.db", create=True)
    with pytest.raises(BadStore, match="cannot be opened: unable to open database file"):
        Store.open(tmp_path / "no/such/folder.db", create=True)


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    store._db.execute("PRAGMA user_version = 99")
    with pytest.raises(BadStore, match="was made by a newer version of the autograder; update this one"):
        Store.open(store.path)


def test_runs_that_are_not_there(school: Class) -> None:
    with pytest.raises(BadStore, match="holds no run yet: autograder class grade EXPORT --store"):
        school.store.run()
    school.hand_in(ada="")
    school.grade()
    with pytest.raises(BadStore, match="there is no run 7; there are 1"):
        school.store.run(7)


def test_the_states_are_kept_as_words(school: Class) -> None:
    school.hand_in(ada="lines/double 3")
    result = school.store.read_result(next(iter(school.store.entries(school.grade().run))).results["lines"])
    assert [mark.state for mark in result.marks] == [State.CORRECT, State.WRONG]
    assert school.store.read_result(1, evidence=False).marks[0].evidence == {}
