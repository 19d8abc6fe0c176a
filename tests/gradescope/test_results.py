"""Result -> results.json: valid whatever happened, silent about what students do not see, in place in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradescope.harness import read_run
from autograder.gradescope.results import NOTHING_GRADED, OUR_FAULT, CannotWrite, ResultsFile, compose, encode
from autograder.gradescope.validity import find_faults
from autograder.marks import Item, LeaderboardEntry, Mark, Result, State, Verdict
from autograder.spec.fields import Visibility

HIDDEN = [visibility for visibility in Visibility if visibility is not Visibility.VISIBLE]


def mark(state: State = State.CORRECT, points: float = 2.0, visibility: Visibility = Visibility.VISIBLE,
         verdict: Callable[..., Verdict] = Verdict, **fields: object) -> Mark:
    return Mark("p", "part", "1.1", "Title", 2.0, visibility, verdict(state, points, **fields))


texts = st.text(max_size=60)
json_values = st.recursive(st.none() | st.booleans() | st.integers(-10**6, 10**6) | st.floats() | texts,
                           lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
                           max_leaves=8)
items = st.builds(Item, name=texts, state=st.sampled_from(State), points=st.floats(0, 1), max_points=st.just(1.0),
                  output=texts, number=st.none() | texts, tags=st.tuples(texts), visibility=st.none() | st.sampled_from(Visibility))
verdicts = st.builds(Verdict, state=st.sampled_from(State), points=st.floats(0, 2), feedback=st.lists(texts, max_size=3).map(tuple),
                     evidence=st.dictionaries(texts, json_values, max_size=3), items=st.lists(items, max_size=2).map(tuple),
                     leaderboard=st.lists(st.builds(LeaderboardEntry, name=texts, value=texts | st.floats(0, 9)), max_size=1).map(tuple))
marks = st.builds(Mark, problem=st.just("p"), part=texts, number=st.just("1.1"), title=texts, max_points=st.just(2.0),
                  visibility=st.sampled_from(Visibility), verdict=verdicts, tags=st.tuples(texts))
results = st.builds(Result, assignment=texts, marks=st.lists(marks, max_size=3).map(tuple), notes=st.lists(texts, max_size=2).map(tuple),
                    failure=st.none() | texts, seconds=st.floats(0, 1e4), extra=st.dictionaries(texts, json_values, max_size=3),
                    kept_share=st.floats(0, 1))


@given(results)
def test_results_are_sound_whatever_came_of_a_submission(result: Result) -> None:
    data = encode(compose(result))
    posted = read_run(data, b"")
    assert posted.is_accepted
    assert find_faults(posted.results) == ()
    assert data.isascii()
    assert json.loads(data)["score"] == pytest.approx(result.points)


def test_a_mark_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="a mark must be a finite number, not nan"):
        compose(Result("a", (mark(points=float("nan")),)))


def test_what_no_page_can_show_is_replaced() -> None:
    feedback = ("a\x00b\ud800c\u202ed",)
    test = compose(Result("a", (mark(feedback=feedback),)))["tests"]
    assert isinstance(test, list)
    assert test[0]["output"] == "a\ufffdb\ufffdc\ufffdd"  # type: ignore[call-overload,index]


def test_lateness_takes_from_the_whole_and_not_from_the_parts() -> None:
    contents = compose(Result("a", (mark(),), kept_share=0.5))
    assert contents["score"] == 1
    assert contents["tests"][0]["score"] == 2  # type: ignore[call-overload,index]


# --- what is not seen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", HIDDEN)
@pytest.mark.parametrize("state", [State.NOT_GRADED, State.BY_HAND, State.TIMED_OUT])
def test_nothing_at_the_top_tells_of_a_part_that_is_not_seen(visibility: Visibility, state: State) -> None:
    """Whatever became of the hidden part, all but its own entry and what staff see is the same."""
    one = compose(Result("a", (mark(), mark(state, 0.0, visibility)), failure="p/part: it broke", seconds=9))
    other = compose(Result("a", (mark(), mark(State.CORRECT, 2.0, visibility)), seconds=1))
    for name in ("score", "tests", "extra_data"):
        one.pop(name), other.pop(name)
    assert one == other
    assert "execution_time" not in one


def test_a_fault_of_ours_in_a_part_that_is_seen_is_said() -> None:
    contents = compose(Result("a", (mark(State.NOT_GRADED, 0.0), mark()), failure="p/part: it broke"))
    assert contents["output"] == OUR_FAULT
    assert "it broke" not in json.dumps({**contents, "extra_data": None})


def test_when_nothing_was_graded_it_is_said_so() -> None:
    contents = compose(Result("", (), failure="problems/x.yaml:1:1: broken"))
    assert contents["output"] == NOTHING_GRADED
    assert find_faults(contents) == ()


def test_each_test_of_a_suite_is_an_entry_of_its_own_and_hidden_ones_come_last() -> None:
    tests = (Item("secret", State.WRONG, 0.0, 1.0, visibility=Visibility.HIDDEN), Item("open", State.CORRECT, 1.0, 1.0))
    board = (LeaderboardEntry("speed", 3.0, is_ascending=True),)
    contents = compose(Result("a", (mark(State.PARTLY_CORRECT, 1.0, items=tests, leaderboard=board),)))
    entries = contents["tests"]
    assert isinstance(entries, list)
    assert [(entry["number"], entry["name"], entry["visibility"]) for entry in entries] == [  # type: ignore[call-overload,index]
        ("1.1.1", "open [correct]", "visible"), ("1.1.2", "secret [wrong]", "hidden")]
    assert contents["leaderboard"] == [{"name": "speed", "value": 3.0, "order": "asc"}]
    assert "execution_time" not in contents


# --- size -------------------------------------------------------------------------------------------------------


def test_results_that_are_too_large_lose_the_evidence_first() -> None:
    large = [mark(feedback=("said",), evidence={"cases": ["x" * 50_000] * 100}) for _ in range(3)]
    stored = json.loads(encode(compose(Result("a", tuple(large)))))
    assert stored["tests"][0]["extra_data"] == {"left out": "the results were too large"}
    assert stored["tests"][0]["output"] == "said"
    assert stored["extra_data"]["parts"] == {"p/part": {"state": "correct", "points": 2.0, "is_visible": True}}


def test_then_the_ends_of_outputs() -> None:
    verbose = [mark(feedback=("\u20ac" * 59_000,)) for _ in range(30)]
    data = encode(compose(Result("a", tuple(verbose))))
    assert len(data) < 4 << 20
    output = json.loads(data)["tests"][0]["output"]
    assert output.startswith("\u20ac\u20ac")
    assert output.endswith("… (the rest is left out: it is too long)")


# --- the file ---------------------------------------------------------------------------------------------------


def occupy_with_a_link(path: Path) -> None:
    (path.parent / "precious").write_text("kept")
    path.symlink_to(path.parent / "precious")


def occupy_with_a_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("x")


@pytest.mark.parametrize("occupy", [lambda path: None, occupy_with_a_link, occupy_with_a_folder,
                                    lambda path: path.write_text("old"), lambda path: os.mkfifo(path)])
def test_whatever_stands_there_gives_way(tmp_path: Path, occupy: Callable[[Path], None]) -> None:
    path = tmp_path / "results.json"
    occupy(path)
    file = ResultsFile(path)
    file.reserve()
    file.write({"score": 1})
    file.release()
    assert path.is_file()
    assert not path.is_symlink()
    assert json.loads(path.read_text()) == {"score": 1}
    if (tmp_path / "precious").exists():
        assert (tmp_path / "precious").read_text() == "kept"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".room")]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    file = ResultsFile(tmp_path / "file/results.json")
    file.reserve()
    with pytest.raises(CannotWrite, match=r"file/results\.json cannot be written: Not a directory"):
        file.write({"score": 1})
    file.release()
