"""Drawn inputs: reproducible, unpredictable without the secret, of sizes that all differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.cases import CannotDraw, DrawnCase, draw_cases
from autograder.spec.code import Case, FunctionPart, IndicesInput
from autograder.spec.model import Problem
from autograder.spec.positions import Document
from autograder.spec.validation import validate


def build(**changes: object) -> tuple[FunctionPart, Problem]:
    part = {
        "id": "code", "kind": "function", "function": "f", "file": "f.py", "reference": "a.b",
        "inputs": {"U": {"normal": ["V", "d"]}, "o": {"index": "V"},
                   "negatives": {"indices": "V", "count": "K", "never": "o"}, "lr": {"uniform": [], "high": 2.0},
                   "lengths": {"integers": [1, 9], "count": 3}, "m": {"integers": [1, 3]}, "name": {"value": "x"}},
        "returns": {"loss": {"points": 1}},
        "cases": [{"count": 3}],
    } | changes
    problem = {"id": "p", "title": "P", "sizes": {"d": [3, 7], "V": [8, 12], "K": 4}, "parts": [part]}
    built, faults = validate(Problem, Document(Path("p.yaml"), problem, {}))
    assert built is not None, faults
    assert isinstance(built.parts[0], FunctionPart)
    return built.parts[0], built


def draw(secret: str = "s", **changes: object) -> list[DrawnCase]:
    return list(draw_cases(*build(**changes), secret))


def test_inputs_have_the_declared_shapes_and_ranges() -> None:
    for case in draw():
        sizes, inputs = case.sizes, case.inputs
        assert len(set(sizes.values())) == len(sizes)
        assert np.shape(inputs["U"]) == (sizes["V"], sizes["d"])
        assert isinstance(inputs["o"], int)
        assert 0 <= inputs["o"] < sizes["V"]
        assert isinstance(inputs["negatives"], list)
        assert len(inputs["negatives"]) == 4
        assert inputs["o"] not in inputs["negatives"]
        assert isinstance(inputs["lr"], float)
        assert isinstance(inputs["lengths"], list)
        assert all(1 <= n <= 9 for n in inputs["lengths"])
        assert inputs["name"] == "x"


def test_the_same_secret_draws_the_same_and_another_does_not() -> None:
    first, again, other = draw("a"), draw("a"), draw("b")
    assert [np.asarray(c.inputs["U"]).tobytes() for c in first] == [np.asarray(c.inputs["U"]).tobytes() for c in again]
    assert np.asarray(first[0].inputs["U"]).tobytes() != np.asarray(other[0].inputs["U"]).tobytes()


def test_a_case_does_not_depend_on_how_many_there_are() -> None:
    few = draw(cases=[{"count": 2}])
    many = draw(cases=[{"count": 2}, {"count": 2, "name": "more"}])
    assert [np.asarray(c.inputs["U"]).sum() for c in few] == [np.asarray(c.inputs["U"]).sum() for c in many[:2]]


def test_a_case_may_change_sizes_and_inputs() -> None:
    repeated = {"indices": "V", "count": "K", "never": "o", "repeats": True}
    cases = draw(cases=[{"sizes": {"d": 1}, "inputs": {"negatives": repeated}, "count": 5}])
    for case in cases:
        assert case.sizes["d"] == 1
        negatives = case.inputs["negatives"]
        assert isinstance(negatives, list)
        assert len(set(negatives)) < 4
    assert "d = 1" in cases[0].describe()


CONTRADICTIONS = [
    ({"sizes": {"a": [4, 4]}}, "no size is left for a"),
    ({"sizes": {"n": 1}, "inputs": {"i": {"index": "n"}, "j": {"index": "n", "never": "i"}}}, "no index is left for j"),
    ({"inputs": {"i": {"indices": "K", "count": 5, "distinct": True}}}, "5 indices for i cannot be drawn from 4"),
    ({"inputs": {"i": {"indices": "K", "count": 1, "repeats": True}}}, "cannot be drawn"),
    ({"inputs": {"o": {"indices": "K", "count": 4, "distinct": True}, "i": {"indices": "K", "count": 3, "includes": "o"}}},
     "indices for i cannot be drawn"),
    ({"inputs": {"i": {"index": "K", "never": "j"}, "j": {"index": "K", "never": "i"}}}, "i and j each wait for another"),
]


@pytest.mark.parametrize(("changes", "saying"), CONTRADICTIONS)
def test_contradictions_are_said(changes: dict[str, object], saying: str) -> None:
    with pytest.raises(CannotDraw, match=saying):
        draw(**changes)


def test_indices_keep_away_from_what_is_declared_after_them() -> None:
    for case in draw(inputs={"i": {"indices": "K", "count": 2, "never": "j", "distinct": True},
                             "j": {"indices": "K", "count": 2, "never": "o"}, "o": {"index": "K"}}, cases=[{"count": 20}]):
        assert list(case.inputs) == ["i", "j", "o"]
        first, second, single = (np.atleast_1d(np.asarray(case.inputs[name], dtype=int)) for name in "ijo")
        assert not set(first) & set(second)
        assert not set(second) & set(single)


def test_indices_include_each_of_a_list_once() -> None:
    for case in draw(inputs={"o": {"indices": "V", "count": 3, "distinct": True},
                             "i": {"indices": "V", "count": 7, "includes": "o", "repeats": True}}, cases=[{"count": 20}]):
        outside, stream = case.inputs["o"], case.inputs["i"]
        assert isinstance(outside, list)
        assert isinstance(stream, list)
        assert [stream.count(n) for n in outside] == [1, 1, 1]
        assert len(stream) == 7
        assert len(set(stream)) < 7


@given(st.integers(2, 6), st.integers(2, 6), st.booleans(), st.booleans())
def test_indices_keep_what_is_declared(size: int, count: int, repeats: bool, distinct: bool) -> None:
    declared = {"indices": "n", "count": count, "repeats": repeats, "distinct": distinct, "includes": "o"}
    try:
        cases = draw(sizes={"n": size, "d": [20, 30], "V": [40, 50], "K": 60},
                     inputs={"o": {"index": "n"}, "i": declared})
    except CannotDraw:
        assert (repeats and distinct) or (distinct and count > size) or size == 1
        return
    for case in cases:
        indices = case.inputs["i"]
        assert isinstance(indices, list)
        assert len(indices) == count
        assert case.inputs["o"] in indices
        assert not repeats or len(set(indices)) < count
        assert not distinct or len(set(indices)) == count


def test_models_say_what_they_hold() -> None:
    assert IndicesInput(indices="V", count=3).distinct is False
    assert Case().count == 1
