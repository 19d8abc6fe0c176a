"""What results.json may hold: the documented format, read strictly.

The platform tolerates more (unknown keys, a missing score); what it does with it is documented nowhere, so a producer
keeps to this. Facts of the format: docs/gradescope.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from autograder.spec.fields import Visibility

MAX_TEXT_CHARACTERS = 100_000
FORMATS = frozenset({"text", "html", "simple_format", "md", "ansi"})
_VISIBILITIES = frozenset(visibility.value for visibility in Visibility)
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")

Rule: TypeAlias = Callable[[Any], "str | None"]
"""Tells what is wrong with a value, as the end of a sentence; None when nothing is."""


def find_faults(results: Any) -> tuple[str, ...]:
    """Return everything that is wrong with the contents of results.json, each with its place; empty when sound."""
    if not isinstance(results, dict):
        return ("results: must be an object",)
    return tuple(_top_faults(results))


def _top_faults(results: Mapping[str, Any]) -> Iterator[str]:
    yield from _field_faults(results, _TOP, "results")
    tests = results.get("tests")
    if isinstance(tests, list):
        for number, test in enumerate(tests):
            yield from _entry_faults(test, _TEST, f"tests[{number}]")
            if isinstance(test, dict) and "max_score" in test and "score" not in test:
                yield f"tests[{number}]: has a max_score, but no score"
    board = results.get("leaderboard")
    if isinstance(board, list):
        for number, entry in enumerate(board):
            yield from _entry_faults(entry, _LEADERBOARD, f"leaderboard[{number}]")
            for name in ("name", "value"):
                if isinstance(entry, dict) and name not in entry:
                    yield f"leaderboard[{number}]: has no {name}"
    scored = isinstance(tests, list) and any(isinstance(test, dict) and "score" in test for test in tests)
    if "score" not in results and not scored:
        yield "results: neither the whole nor any test has a score"


def _entry_faults(entry: Any, rules: Mapping[str, Rule], where: str) -> Iterator[str]:
    if isinstance(entry, dict):
        yield from _field_faults(entry, rules, where)
    else:
        yield f"{where}: must be an object"


def _field_faults(fields: Mapping[str, Any], rules: Mapping[str, Rule], where: str) -> Iterator[str]:
    for name, value in fields.items():
        rule = rules.get(name)
        fault = "is not a documented field" if rule is None else rule(value)
        if fault:
            yield f"{where}: {name!r} {fault}"


# --- rules for single values ------------------------------------------------------------------------------------


def _number(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "must be a number"
    return None if math.isfinite(value) else f"must be a finite number, not {value}"


def _not_negative(value: Any) -> str | None:
    return _number(value) or ("must not be negative" if value < 0 else None)


def _seconds(value: Any) -> str | None:
    if isinstance(value, str):  # gradescope-utils writes a string, and it is taken
        return None if _SECONDS.fullmatch(value) else "must be a number of seconds"
    return _not_negative(value)


def _string(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _text(value: Any) -> str | None:
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
        return f"has {len(value)} characters; the platform cuts out the middle above {MAX_TEXT_CHARACTERS}"
    return _string(value)


def _one_of(words: frozenset[str]) -> Rule:
    allowed = ", ".join(sorted(words))

    def rule(value: Any) -> str | None:
        return None if isinstance(value, str) and value in words else f"must be one of {allowed}"

    return rule


def _strings(value: Any) -> str | None:
    is_sound = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if is_sound else "must be a list of strings"


def _list(value: Any) -> str | None:
    return None if isinstance(value, list) else "must be a list"


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


def _number_or_string(value: Any) -> str | None:
    return None if isinstance(value, str) else _number(value)


_FORMAT, _VISIBILITY = _one_of(FORMATS), _one_of(_VISIBILITIES)
_TOP: Mapping[str, Rule] = {
    "score": _number,
    "execution_time": _seconds,
    "output": _text,
    "output_format": _FORMAT,
    "test_output_format": _FORMAT,
    "test_name_format": _FORMAT,
    "visibility": _VISIBILITY,
    "stdout_visibility": _VISIBILITY,
    "extra_data": _object,
    "tests": _list,
    "leaderboard": _list,
}
_TEST: Mapping[str, Rule] = {
    "score": _number,
    "max_score": _not_negative,
    "status": _one_of(frozenset({"passed", "failed"})),
    "name": _string,
    "name_format": _FORMAT,
    "number": _string,
    "output": _text,
    "output_format": _FORMAT,
    "tags": _strings,
    "visibility": _VISIBILITY,
    "extra_data": _object,
}
_LEADERBOARD: Mapping[str, Rule] = {
    "name": _string,
    "value": _number_or_string,
    "order": _one_of(frozenset({"asc", "desc"})),
}
