"""A suite runs where the student's code runs: what can be claimed there, and what no claim can do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_run import ONLY_ROOT, grade_hostile, is_valid

ASSIGNMENT = Path(__file__).parent / "suite_assignment"
PLAIN = "def twice(x):\n    return 2 * x\n\n\ndef square(x):\n    return 0\n\n\ndef cube(x):\n    return 0\n\n\n"
FORGE = """
import json, sys
real = json.dumps

def forge(value, **more):
    if isinstance(value, dict) and "tests" in value:
        value = CLAIM_TESTS(value)
    elif isinstance(value, dict) and "status" in value:
        value = CLAIM_RESULT(value)
    return real(value, **more) if isinstance(value, dict) else value

json.dumps = forge
CLAIM_TESTS = CLAIM_RESULT = lambda value: value
"""
MANY = "CLAIM_TESTS = lambda v: {'tests': v['tests'] + [%s for n in range(3000)], 'faults': v['faults']}\n"

# name: (the file, the most that the suite may earn, the least, words that a student then reads)
ATTACKS: dict[str, tuple[str, float, float, str]] = {
    "an honest wrong one": (PLAIN, 0, 0, "0 != 49"),
    "the encoder claims that all passed, which nothing can prevent": (
        PLAIN + FORGE + "CLAIM_RESULT = lambda v: {**v, 'status': 'passed'}\n", 10, 10, ""),
    "scores beyond the weights": (
        PLAIN + FORGE + "CLAIM_RESULT = lambda v: {**v, 'status': 'passed', 'score': 1e9}\n", 10, 10, ""),
    "scores that are no numbers": (
        PLAIN + FORGE + "CLAIM_RESULT = lambda v: {**v, 'score': float('nan')}\n", 0, 0, "could not be graded"),
    "scores below nothing": (PLAIN + FORGE + "CLAIM_RESULT = lambda v: {**v, 'score': -1e9}\n", 0, 0, ""),
    "scores of four hundred digits": (
        PLAIN + FORGE + "CLAIM_RESULT = lambda v: {**v, 'score': 10 ** 400}\n", 0, 0, "could not be graded"),
    "weights of four hundred digits": (
        PLAIN + FORGE + "CLAIM_TESTS = lambda v: {'tests': [{**t, 'weight': 10 ** 400} for t in v['tests']]}\n", 0, 0, ""),
    "three thousand tests of its own": (
        PLAIN + FORGE + MANY % "{'id': f'x{n}', 'weight': 1e6, 'name': 'y' * 100}", 0, 0, "0 != 49"),
    "names of a megabyte": (
        PLAIN + FORGE + MANY % "{'id': 'x' * 900 + str(n), 'name': 'y', 'tags': ['z'] * 20}", 0, 0, ""),
    "an answer of brackets": (PLAIN + FORGE + "CLAIM_RESULT = lambda v: '[' * 9_000_000\n", 0, 0, ""),
    "no tests at all": (PLAIN + FORGE + "CLAIM_TESTS = lambda v: {'tests': [], 'faults': []}\n", 0, 0, "was not found"),
    "tests that the weights do not know": (
        PLAIN + FORGE + "CLAIM_TESTS = lambda v: {'tests': [{'id': i, 'visibility': 7, 'tags': 3, 'number': [1]} for i in "
        "(None, [], 'check_work.py:TestWork.test_square', {'a': 1})]}\n", 0, 0, ""),
    "assertions that assert nothing": (
        PLAIN + "import unittest\nunittest.TestCase.assertEqual = lambda *a, **k: None\n", 10, 10, ""),
    "an end at import": (PLAIN + "raise SystemExit(0)\n", 0, 0, "SystemExit"),
    "an end in the middle": (PLAIN.replace("return 0", "__import__('os')._exit(0)", 1), 0, 0, "ended before the test"),
    "a loop without end": (PLAIN.replace("return 0", "\n    while True: pass", 1), 0, 0, "had not ended after 3 seconds"),
    "a skipped test": (PLAIN.replace("return 0", "raise __import__('unittest').SkipTest('full marks')", 1), 0, 0, "full marks"),
    "files in place of the suite's": (PLAIN, 0, 0, "0 != 49"),
}  # fmt: skip
OTHERS = {"files in place of the suite's": {
    "tests/check_work.py": "import unittest\nclass TestWork(unittest.TestCase):\n    def test_square(self): pass\n",
    "tests/check_more.py": "import unittest\nclass TestMore(unittest.TestCase):\n    def test_x(self): pass\n",
    "check_work.py": "", "unittest.py": "", "_suite_entry.py": "raise SystemExit",
}}

pytestmark = [ONLY_ROOT]


@pytest.mark.parametrize("name", ATTACKS)
def test_claims_of_a_suite(name: str, tmp_path: Path) -> None:
    source, most, least, words = ATTACKS[name]
    submission = tmp_path / "submission"
    for file, text in {"work.py": source, **OTHERS.get(name, {})}.items():
        (submission / file).parent.mkdir(parents=True, exist_ok=True)
        (submission / file).write_text(text)
    outcome = grade_hostile(submission, tmp_path, ASSIGNMENT)
    tests = outcome.results["tests"]
    of_suite = sum(test.get("score", 0) for test in tests if "code/tests" in test.get("tags", ()))
    assert least <= of_suite <= most
    if "at import" not in name:
        assert [test["score"] for test in tests if "code/twice" in test.get("tags", ())] == [5.0], outcome.shown
    assert words in outcome.shown
    assert outcome.results["score"] == pytest.approx(sum(test.get("score", 0) for test in tests))
    assert is_valid(outcome.results)
    assert len(outcome.shown) < 1_000_000
    assert (outcome.survivors, outcome.leftovers, outcome.changed) == ((), (), ())
    assert "CANARY_" not in outcome.shown
    suite = outcome.results["extra_data"]["parts"]["code/tests"]
    assert "failure" not in outcome.results["extra_data"] or "could not be graded" in words, outcome.results["extra_data"]
    assert 0 <= suite["points"] <= 10
