"""A forged reply is believed only as far as it is well formed, and nothing in it reaches beyond an outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.sandbox.outcomes import Places, read_loaded, read_raised, read_returned
from autograder.sandbox.source import Source
from autograder.sandbox.wire import WireError

PLACES = Places({"solution.py": Source("import numpy\n\nx = 1", None)}, "solution.py", ())
CELLS = Places({"hw.ipynb": Source("a\nb\nc\nd", None)}, "hw.ipynb", ((1, 2), (3, 5)))
VALUE = {"type": "ndarray", "array": np.zeros(2), "dtype": "float64", "shape": [2], "problem": None}
RETURNED = {"kind": "returned", "values": [VALUE], "keys": None, "container": "ndarray", "changed": [], "warnings": [], "seconds": 0.1}
RAISED = {"kind": "raised", "error": "ValueError", "message": "no", "frames": [["solution.py", 3, "f"]], "warnings": [], "seconds": 0.1}
LOADED = {"kind": "loaded", "functions": ["f"], "others": ["x"], "notes": [], "restored": [], "warnings": [], "seconds": 0.1}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(np.zeros((2, 0))) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.sampled_from([*VALUE, "x"]), inner, max_size=5),
    max_leaves=8,
)


@given(st.sampled_from(sorted(RETURNED)), anything)
def test_any_returned_reply_is_an_outcome_or_refused(key: str, value: Any) -> None:
    for reply in ({**RETURNED, key: value}, {**RETURNED, "values": [value]}, {**RETURNED, "values": [{**VALUE, "type": value}]}):
        try:
            outcome = read_returned(reply, {"x": 1}, "")
        except WireError:
            continue
        assert all(v.array is None or type(v.array) is np.ndarray for v in outcome.values)


@given(st.sampled_from(sorted(VALUE)), anything)
def test_any_value_is_believed_or_refused(key: str, value: Any) -> None:
    try:
        (found,) = read_returned({**RETURNED, "values": [{**VALUE, key: value}]}, {}, "").values
    except WireError:
        return
    assert isinstance(found.type_name, str)
    assert found.array is None or found.shape == found.array.shape


@given(st.sampled_from(sorted(RAISED)), anything)
def test_any_raised_reply_is_an_outcome_or_refused(key: str, value: Any) -> None:
    for reply in ({**RAISED, key: value}, {**RAISED, "frames": [["solution.py", 1, value]]}, {**RAISED, "frames": [value, [value, 1, "f"]]}):
        try:
            outcome = read_raised(reply, PLACES, "")
        except WireError:
            continue
        assert all(frame.file == "solution.py" for frame in outcome.frames)


@given(st.sampled_from(sorted(LOADED)), anything)
def test_any_loaded_reply_is_an_outcome_or_refused(key: str, value: Any) -> None:
    try:
        outcome = read_loaded({**LOADED, key: value}, (), "")
    except WireError:
        return
    assert all(name.isidentifier() for name in outcome.functions)


@pytest.mark.parametrize(("error", "shown"), [("LinAlgError", "LinAlgError"), ("KeyError", "KeyError"), ("FreePoints", "Exception"), ("dict", "Exception"), (3, "Exception")])
def test_only_names_of_known_exceptions_are_shown(error: object, shown: str) -> None:
    assert read_raised({**RAISED, "error": error}, PLACES, "").error == shown


@pytest.mark.parametrize("frame", [["/etc/passwd", 1, "f"], ["../x.py", 1, "f"], ["solution.py", -1, "f"], ["solution.py", 10**9, "f"]])
def test_frames_outside_the_submission_are_left_out(frame: list[object]) -> None:
    assert read_raised({**RAISED, "frames": [frame]}, PLACES, "").frames == ()


def test_source_lines_and_function_names_are_not_the_workers_word() -> None:
    reply = {**RAISED, "frames": [["solution.py", 3, "<b>100/100</b>"], ["solution.py", 99, "<lambda>"]]}
    first, second = read_raised(reply, PLACES, "").frames
    assert (first.text, first.function) == ("x = 1", "")
    assert (second.text, second.function) == ("", "<lambda>")


@pytest.mark.parametrize(("line", "cell", "within", "text"), [(1, 2, 1, "a"), (2, 2, 2, "b"), (3, 5, 1, "c"), (4, 5, 2, "d"), (0, 2, 0, "")])
def test_lines_of_a_notebook_are_counted_in_their_cell(line: int, cell: int, within: int, text: str) -> None:
    (frame,) = read_raised({**RAISED, "frames": [["hw.ipynb", line, "f"]]}, CELLS, "").frames
    assert (frame.cell, frame.line, frame.text) == (cell, within, text)


def test_changed_inputs_are_names_of_inputs() -> None:
    reply = {**RETURNED, "changed": ["y", "<script>", "x"]}
    assert read_returned(reply, {"x": 1, "y": 2, "z": 3}, "").changed_inputs == ("x", "y")
