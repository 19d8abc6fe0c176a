"""What the platform makes of results, and what the documented format allows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autograder.gradescope.harness import NOT_EXECUTED, cut, read_run
from autograder.gradescope.validity import find_faults

# Drawn from runs of the harness against a loopback server: (results.json, error code, piece of the reason)
REPLACED = [
    (b"", "invalid_json", "not JSON"),
    (b'{"score": 1', "invalid_json", "not JSON"),
    (b'{"score": 1} x', "invalid_json", "Extra data"),
    (b'\xef\xbb\xbf{"score": 1}', "invalid_json", "BOM"),
    (b'{"output": "a\tb", "score": 1}', "invalid_json", "control character"),
    (b'{"score": ' + b"9" * 5000 + b"}", "invalid_json", "limit (4300"),
    (b"[1]", "http", "holds a list"),
    (b"5", "http", "holds a number"),
    (b"true", "http", "holds a truth value"),
    (b'"text"', "http", "holds a string"),
    (b'{"score": 1, "tests": 5}', "http", "'tests' is a number"),
    (b'{"score": 1, "tests": [{}, null]}', "http", "tests[1] is null"),
    (b'{"score": 1, "output": 5}', "http", "the output of results is a number"),
    (b'{"tests": [{"score": 1, "output": 5}]}', "http", "the output of tests[0] is a number"),
    (b'{"score": NaN}', "http", "NaN or Infinity"),
    (b'{"score": 1, "extra_data": {"a": [1e400]}}', "http", "NaN or Infinity"),
    (b'{"score": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "http", "nested too deeply"),
]


@pytest.mark.parametrize(("data", "code", "reason"), REPLACED, ids=[reason for _, _, reason in REPLACED])
def test_bad_results_are_replaced(data: bytes, code: str, reason: str) -> None:
    posted = read_run(data, b"printed")
    assert (posted.error_code, posted.is_accepted) == (code, False)
    assert reason in posted.reason
    assert posted.results == {"score": 0, "output": NOT_EXECUTED}


@pytest.mark.parametrize("data", [None, b"null"])
def test_no_results(data: bytes | None) -> None:
    posted = read_run(data, b"")
    assert (posted.results, posted.error_code, posted.is_accepted) == (None, None, False)


# (results.json, what is stored)
PASSED = [
    (b'{"score": 1, "tests": {"a": 1}}', {"score": 1, "tests": {"a": 1}}),
    (b'{"score": 1, "tests": ["a"], "output": null}', {"score": 1, "tests": ["a"], "output": None}),
    (b'{"score": 999, "score": 5}', {"score": 5}),
    (b'{"score": 1, "output": "\xff\x00"}', {"score": 1, "output": "��"}),
]


@pytest.mark.parametrize(("data", "stored"), PASSED)
def test_what_is_not_looked_at_passes(data: bytes, stored: dict[str, Any]) -> None:
    assert read_run(data, b"").results == stored


def test_broken_json_is_kept_for_staff_behind_the_output() -> None:
    assert read_run(b"{oops", b"printed").stdout == "printed\n{oops"


def test_long_texts_lose_their_middle() -> None:
    long = "a" * 60_000 + "b" * 60_000
    text = cut(long)
    assert len(text) <= 100_000
    assert text.startswith("aaa")
    assert text.endswith("bbb")
    assert "[...(truncated)...]" in text
    posted = read_run(json.dumps({"output": long, "tests": [{"output": long}]}).encode(), long.encode())
    assert posted.results == {"output": text, "tests": [{"output": text}]}
    assert posted.stdout == text


SOUND: dict[str, Any] = {
    "score": 3.5, "execution_time": 2, "output": "fine", "output_format": "md", "visibility": "visible",
    "stdout_visibility": "hidden", "extra_data": {"any": [1]},
    "tests": [{"score": 1, "max_score": 2, "status": "failed", "name": "a", "name_format": "text", "number": "1.1",
               "output": "", "output_format": "ansi", "tags": ["t"], "visibility": "after_published", "extra_data": {}},
              {"name": "for information"}],
    "leaderboard": [{"name": "speed", "value": 3.1, "order": "asc"}, {"name": "who", "value": "me"}],
}


@pytest.mark.parametrize("results", [SOUND, {"score": 0}, {"tests": [{"score": 1}]}, {"score": 1, "execution_time": "0.12"}])
def test_documented_results_are_sound(results: dict[str, Any]) -> None:
    assert find_faults(results) == ()


FAULTS = [
    ([], "results: must be an object"),
    ({}, "neither the whole nor any test has a score"),
    ({"tests": [{"name": "a"}]}, "neither the whole nor any test has a score"),
    ({"score": True}, "'score' must be a number"),
    ({"score": "1"}, "'score' must be a number"),
    ({"score": float("nan")}, "'score' must be a finite number, not nan"),
    ({"score": 1, "execution_time": -1}, "'execution_time' must not be negative"),
    ({"score": 1, "execution_time": "fast"}, "'execution_time' must be a number of seconds"),
    ({"score": 1, "max_score": 2}, "'max_score' is not a documented field"),
    ({"score": 1, "output": 5}, "'output' must be a string"),
    ({"score": 1, "output": "x" * 100_001}, "has 100001 characters"),
    ({"score": 1, "output_format": "markdown"}, "'output_format' must be one of ansi, html, md, simple_format, text"),
    ({"score": 1, "visibility": "public"}, "'visibility' must be one of"),
    ({"score": 1, "extra_data": []}, "'extra_data' must be an object"),
    ({"score": 1, "tests": {}}, "'tests' must be a list"),
    ({"score": 1, "tests": [5]}, "tests[0]: must be an object"),
    ({"score": 1, "tests": [{"max_score": 5}]}, "tests[0]: has a max_score, but no score"),
    ({"score": 1, "tests": [{"score": 1, "max_score": -5}]}, "tests[0]: 'max_score' must not be negative"),
    ({"score": 1, "tests": [{"score": 1, "status": "ok"}]}, "tests[0]: 'status' must be one of failed, passed"),
    ({"score": 1, "tests": [{"score": 1, "number": 1.1}]}, "tests[0]: 'number' must be a string"),
    ({"score": 1, "tests": [{"score": 1, "tags": "a"}]}, "tests[0]: 'tags' must be a list of strings"),
    ({"score": 1, "tests": [{"score": 1, "nonce": "a"}]}, "tests[0]: 'nonce' is not a documented field"),
    ({"score": 1, "leaderboard": [{"name": "a"}]}, "leaderboard[0]: has no value"),
    ({"score": 1, "leaderboard": [{"name": "a", "value": None}]}, "leaderboard[0]: 'value' must be a number"),
    ({"score": 1, "leaderboard": [{"name": "a", "value": 1, "order": "up"}]}, "'order' must be one of asc, desc"),
]


@pytest.mark.parametrize(("results", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_every_departure_from_the_format_is_found(results: Any, fault: str) -> None:
    found = find_faults(results)
    assert len(found) == 1
    assert fault in found[0]


def test_all_faults_are_found_at_once() -> None:
    assert len(find_faults({"score": "x", "tests": [{"tags": 1}, 2], "leaderboard": [{}]})) == 5
