"""What the platform makes of the files that a run left behind: the rules of its harness, version 0.15.1.

Facts, with how each is known: docs/gradescope.md.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from autograder.gradescope.validity import MAX_TEXT_CHARACTERS

CUT = "[...(truncated)...]"
NOT_EXECUTED = "The autograder failed to execute correctly. Please try submitting it again."


@dataclass(frozen=True, slots=True)
class Posted:
    """What is stored of one run.

    results     None where there were none; then the platform says that the autograder failed to execute
    error_code  invalid_json or http where the platform replaced the results by its own
    reason      why, in a sentence; empty where it did not
    """

    results: dict[str, Any] | None
    stdout: str
    error_code: str | None = None
    reason: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether what the run wrote is what is stored."""
        return self.results is not None and self.error_code is None


def timed_out(seconds: float) -> dict[str, Any]:
    """Return the results that the platform writes over those of a run it stopped."""
    return {
        "score": 0,
        "output": f"Your submission timed out. It took longer than {seconds:g} seconds to run.",
        "execution_time": round(seconds, 2),
    }


def read_run(results: bytes | None, stdout: bytes) -> Posted:
    """Read results.json and the captured output as the harness does."""
    shown = cut(_decode(stdout))
    if results is None:
        return Posted(None, shown, reason="there is no results.json")
    text = _decode(results)
    try:
        # The harness pays no attention to NaN here; it stumbles over it when it sends the results on.
        value = json.loads(text)
    except RecursionError:
        return _replaced("http", "results.json is nested too deeply", shown)
    except ValueError as error:
        # What was written is kept for the staff, behind the output.
        return _replaced("invalid_json", f"results.json is not JSON: {error}", cut(f"{shown}\n{text}"))
    if value is None:
        return Posted(None, shown, reason="results.json holds null")
    if not isinstance(value, dict):
        return _replaced("http", f"results.json holds {_name(value)}, not an object", shown)
    try:
        value = _cut_outputs(value)
    except TypeError as error:
        return _replaced("http", str(error), shown)
    if not _is_finite(value):
        return _replaced("http", "results.json holds NaN or Infinity", shown)
    return Posted(value, shown)


def cut(text: str) -> str:
    """Cut the middle out of a text that is too long, as the harness does."""
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    half = (MAX_TEXT_CHARACTERS - len(CUT)) // 2
    return text[:half] + CUT + text[-half:]


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\0", "\ufffd")


def _replaced(error_code: str, reason: str, stdout: str) -> Posted:
    return Posted({"score": 0, "output": NOT_EXECUTED}, stdout, error_code, reason)


def _cut_outputs(results: dict[str, Any]) -> dict[str, Any]:
    """Cut the output of the whole and of each test. Raises TypeError where the harness would stumble."""
    results = _cut_output(results, "results")
    tests = results.get("tests")
    if tests is None or isinstance(tests, (dict, str)):
        return results  # neither is looked at
    if not isinstance(tests, list):
        raise TypeError(f"'tests' is {_name(tests)}, not a list")
    kept: list[Any] = []
    for number, test in enumerate(tests):
        if test is None or isinstance(test, (bool, int, float)):
            raise TypeError(f"tests[{number}] is {_name(test)}, not an object")
        kept.append(_cut_output(test, f"tests[{number}]") if isinstance(test, dict) else test)
    return {**results, "tests": kept}


def _cut_output(entry: dict[str, Any], where: str) -> dict[str, Any]:
    output = entry.get("output")
    if isinstance(output, (bool, int, float)):
        raise TypeError(f"the output of {where} is {_name(output)}, not a string")
    return {**entry, "output": cut(output)} if isinstance(output, str) else entry


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_finite(item) for item in value.values())
    return all(_is_finite(item) for item in value) if isinstance(value, list) else True


def _name(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a truth value", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(value), "an object")
