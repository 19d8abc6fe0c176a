"""What every peer's tests of the word2vec functions do: call, compute what is expected, compare."""

import importlib
import json
from pathlib import Path

import harness
import numpy as np

PARTS = json.loads((Path(__file__).parent / "cases.json").read_text())


def read(value):
    return np.array(value["array"], dtype=float) if isinstance(value, dict) else value


def check(part, student):
    stem, _, name = PARTS[part]["reference"].rpartition(".")
    reference = getattr(importlib.import_module(f"reference.{stem}"), name)
    for case in PARTS[part]["cases"]:
        inputs = {name: read(value) for name, value in case["inputs"].items()}
        returned = getattr(harness, case["adapter"])(student, **inputs)
        expected = reference(**{name: read(value) for name, value in case["inputs"].items()})
        values = returned if isinstance(returned, tuple) else (returned,)
        assert len(values) == len(expected)
        for actual, (name, right) in zip(values, expected.items(), strict=True):
            np.testing.assert_allclose(actual, right, rtol=1e-6, atol=1e-8, err_msg=name)


def check_formula():
    """One written answer, the derivative of the sigmoid, as people compare it with sympy."""
    import sympy
    from sympy.parsing.latex import parse_latex

    x = sympy.Symbol("x")
    sigma = sympy.Function("sigma")
    answer = parse_latex(Path("answers.txt").read_text().strip())
    expanded = answer.replace(sigma, lambda argument: 1 / (1 + sympy.exp(-argument)))
    assert sympy.simplify(expanded - sympy.diff(1 / (1 + sympy.exp(-x)), x)) == 0
