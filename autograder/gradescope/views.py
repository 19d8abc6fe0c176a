"""What the platform's pages show of stored results: to students at a time, and to staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from autograder.gradescope.harness import NOT_EXECUTED, Posted
from autograder.spec.fields import Visibility


class Moment(str, Enum):
    """When a student looks."""

    NOW = "now"
    DUE = "after the due date"
    PUBLISHED = "after grades are published"


_SEEN = {
    Moment.NOW: {Visibility.VISIBLE},
    Moment.DUE: {Visibility.VISIBLE, Visibility.AFTER_DUE_DATE},
    Moment.PUBLISHED: {Visibility.VISIBLE, Visibility.AFTER_DUE_DATE, Visibility.AFTER_PUBLISHED},
}


def student_view(posted: Posted, moment: Moment = Moment.NOW) -> Iterator[str]:
    """Yield the lines of a student's page. Where a test is hidden, the platform hides the total as well."""
    results = posted.results
    if results is None:
        yield NOT_EXECUTED
        return
    tests = _tests(results)
    seen = [test for test in tests if _visibility(results, test) in _SEEN[moment]]
    if len(seen) == len(tests):
        yield f"Score: {_score(results):g}{_maximum(tests)}"
    else:
        yield "Score: not shown yet"
    if text := results.get("output"):
        yield from ("", *str(text).splitlines())
    for test in seen:
        yield from ("", *_show(test))
    if _as_visibility(results.get("stdout_visibility"), Visibility.HIDDEN) in _SEEN[moment]:
        yield from ("", "Output of the autograder:", *posted.stdout.splitlines())


def staff_view(posted: Posted) -> Iterator[str]:
    """Yield what staff see beside it: tests that students do not see, what is stored for staff, the output."""
    if posted.error_code or posted.reason:
        yield f"The platform did not take the results ({posted.error_code or 'no results'}): {posted.reason}"
    results = posted.results or {}
    for test in _tests(results):
        visibility = _visibility(results, test)
        if visibility is not Visibility.VISIBLE:
            yield from ("", f"[{visibility.value}]", *_show(test))
    extra = results.get("extra_data")
    if isinstance(extra, dict):
        for name in ("failure", "regrade", "late days", "metadata"):
            if extra.get(name):
                yield f"{name}: {extra[name]}"
    if posted.stdout:
        yield from ("", "Output of the autograder:", *posted.stdout.splitlines())


def _tests(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tests = results.get("tests")
    return [test for test in tests if isinstance(test, dict)] if isinstance(tests, list) else []


def _visibility(results: Mapping[str, Any], test: Mapping[str, Any]) -> Visibility:
    default = _as_visibility(results.get("visibility"), Visibility.VISIBLE)
    return _as_visibility(test.get("visibility"), default)


def _as_visibility(value: Any, default: Visibility) -> Visibility:
    try:
        return Visibility(value)
    except ValueError:
        return default


def _score(results: Mapping[str, Any]) -> float:
    score = results.get("score")
    if isinstance(score, (int, float)):
        return float(score)
    return float(sum(test.get("score") or 0 for test in _tests(results)))


def _maximum(tests: list[Mapping[str, Any]]) -> str:
    return f" / {sum(test.get('max_score') or 0 for test in tests):g}" if tests else ""


def _show(test: Mapping[str, Any]) -> Iterator[str]:
    points = f" ({test['score']:g}/{test.get('max_score', 0):g})" if "score" in test else ""
    yield f"{test.get('number', '')} {test.get('name', '')}{points}".strip()
    for line in str(test.get("output", "")).splitlines():
        yield f"    {line}"
