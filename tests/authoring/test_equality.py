"""Proofs that a mutant is none: what is proved is so at other numbers too, and what cannot be proved says why."""

from __future__ import annotations

import copy
import numbers
import operator
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring import equality, symbolic_runs
from autograder.authoring.equality import are_commuted
from autograder.authoring.examination import Scope, examine
from autograder.authoring.mutation import Variant, make_mutants
from autograder.authoring.rewrites import SINGLE_PRECISION, make_rewrites
from autograder.authoring.solution import make_solution
from autograder.authoring.symbolic_runs import Call, Request, ask, find_obstacle
from autograder.authoring.symbols import Symbol
from autograder.commands.validate import _plain, _show
from autograder.formula.values.tracing import NotTraceableError, Tape
from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.spec import load_assignment
from autograder.spec.code import FunctionPart

ROOT = Path(__file__).resolve().parents[2]
SOURCE = '''import numpy as np


def softmax(x):
    x = np.asarray(x, dtype=float)
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def gradients(rows, v, words):
    scores = rows @ v
    top = np.max(scores)
    loss = top + np.log(np.sum(np.exp(scores - top)))
    error = softmax(scores)
    both = np.zeros_like(rows)
    for word in words:
        both[word] += error[word] * v
    np.add.at(both, words, -np.outer(scores[words], v))
    penalty = -np.sum(np.logaddexp(0, -scores)) + np.sqrt(np.sum(np.maximum(rows, 0.1) ** 2)) + np.abs(v[0])
    return loss + penalty, both, np.concatenate([[loss], np.mean(rows, axis=0)])
'''


def write(folder: Path, source: str, name: str) -> str:
    (folder / name).mkdir(parents=True)
    (folder / name / "a.py").write_text(source)
    return str(folder / name)


def draw(seed: int) -> dict:
    rng = np.random.default_rng(seed)
    return {"rows": rng.standard_normal((4, 2)), "v": rng.standard_normal(2), "words": [1, 3, 1]}


def run(source: str, inputs: dict) -> list[np.ndarray] | None:
    module: dict = {}
    exec(compile(source, "a.py", "exec"), module)
    try:
        with np.errstate(all="ignore"):
            return [np.asarray(value, dtype=float) for value in module["gradients"](**inputs)]
    except Exception:
        return None


def compare(tmp_path: Path, one: str, other: str, inputs: dict | None = None, function: str = "gradients") -> str:
    """Look for a proof that two programs are equal; where they differ, every line counts."""
    drawn = draw(0) if inputs is None else inputs
    call = Call("a.py", function, None, {name: np.asarray(x).tolist() for name, x in drawn.items()},
                tuple(name for name, x in drawn.items() if np.asarray(x).dtype.kind == "f"),
                3 if function == "gradients" else 1, (0, 1, 2) if function == "gradients" else (0,))
    folders = write(tmp_path, one, "one"), write(tmp_path, other, "other")
    return find_obstacle(Request(folders, "a.py", tuple(range(1, 99)), (call,)))


def made(make: Callable) -> list[Variant]:
    return [one for function in ("softmax", "gradients") for one in make("a.py", SOURCE.encode(), function, ())]


def near(inputs: dict, seed: int) -> dict:
    """Return other numbers, for which every comparison comes out as it does for these."""
    rng = np.random.default_rng(seed)
    return {name: x + 1e-3 * rng.standard_normal(x.shape) if isinstance(x, np.ndarray) else x for name, x in inputs.items()}


def are_equal(one: list[np.ndarray] | None, other: list[np.ndarray] | None) -> bool:
    return one is not None and other is not None and all(
        x.shape == y.shape and np.allclose(x, y, 1e-9, 1e-9) for x, y in zip(one, other, strict=True))


def test_what_is_proved_is_so_at_other_numbers_and_what_differs_is_not_proved(tmp_path: Path) -> None:
    proved, mutants = set(), made(make_mutants)
    for number, mutant in enumerate(mutants):
        source = mutant.source.decode()
        is_equal = are_equal(run(source, draw(0)), run(SOURCE, draw(0)))
        if compare(tmp_path / str(number), SOURCE, source) == "":
            proved.add(mutant.what)
            assert is_equal, mutant.what
            for seed in range(4):
                inputs = near(draw(0), seed)
                assert are_equal(run(source, inputs), run(SOURCE, inputs)), mutant.what
    assert proved >= {"np.max(scores)  ->  np.min(scores)", "np.max(x)  ->  np.mean(x)",
                      "np.max(scores)  ->  np.mean(scores)", "np.logaddexp(0, -scores)  ->  np.logaddexp(-scores, 0)"}
    assert len(mutants) > 8 * len(proved)


def test_honest_rewrites_are_proved_equal(tmp_path: Path) -> None:
    rewrites = [one for one in made(make_rewrites) if one.what != SINGLE_PRECISION]
    assert len(rewrites) >= 10
    for number, rewrite in enumerate(rewrites):
        assert compare(tmp_path / str(number), SOURCE, rewrite.source.decode()) == "", rewrite.what


EQUAL = {"B[center] @ average  ->  average @ B[center]", "np.outer(slopes, average)  ->  np.multiply.outer(slopes, average)",
         "np.logaddexp(0, -x)  ->  np.logaddexp(-x, 0)", "min(place, window)  ->  min(window, place)",
         "min(tokens - 1 - place, window)  ->  min(window, tokens - 1 - place)"}


def test_of_a_shipped_assignment_the_equal_mutants_alone_are_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equality, "ask", find_obstacle)  # in this process, which is here already
    assignment = load_assignment(ROOT / "problems/hw2_cbow")
    solution, _ = make_solution(assignment)
    parts = {f"{problem.id}/{part.id}": (problem, part) for problem in assignment.problems for part in problem.parts
             if isinstance(part, FunctionPart)}
    mutants = [mutant for target in solution.targets for mutant in make_mutants(
        target.file, solution.files[target.file], target.function, target.parts)]
    chosen = [mutant for number, mutant in enumerate(mutants) if number % 5 == 0 or mutant.what in EQUAL]
    assert len(chosen) > 40
    files = solution.code.files
    proved = {mutant.what for mutant in chosen
              if not equality.find_obstacle(mutant, files, [parts[part] for part in mutant.parts], assignment)}
    assert proved == EQUAL


# What cannot be proved

F = "import numpy as np\n\n\ndef f(x):\n"
OBSTACLES = {
    "a comparison that is decided by luck": (
        "    return np.maximum(x, x[::-1] + x - x[::-1])\n", "two numbers are equal here that need not be"),
    "a function without a law": ("    return np.arctan(x)\n", "on symbols, TypeError: loop of ufunc does not support "
                                 "argument 0 of type Symbol which has no callable arctan method"),
    "a float is asked for": ("    return np.array([float(y) for y in x])\n",
                             "on symbols, TypeError: float() argument must be a string or a real number, not 'Symbol'"),
    "another path for other types": ("    if isinstance(x[0], float):\n        return 2 * x\n    return 2 * x\n",
                                     "on symbols it takes another path"),
    "another number for other types": ("    return x * (2 if isinstance(x[0], float) else 3)\n",
                                       "on symbols it gives other numbers"),
    "no number at all": ("    return np.log(x - 5)\n", "on symbols, InvalidOperation: [<class 'decimal.InvalidOperation'>]"),
    "a dict": ("    return {'y': x}\n", "its outputs come by name, which is not looked into"),
    "a kink": ("    return abs(x[0] - x[0]) + x\n", "a point where a function has a kink"),
    "another shape": ("    return x[:1]\n", "it gives another shape"),
    "another value": ("    return 2 * x + 1e-30\n", "no proof was found"),
}


@pytest.mark.parametrize("what", OBSTACLES)
def test_what_cannot_be_proved_says_why(what: str, tmp_path: Path) -> None:
    body, said = OBSTACLES[what]
    is_other = what in ("another shape", "another value")
    one = F + ("    return 2 * x\n" if is_other else body)
    found = compare(tmp_path, one, F + body, {"x": [0.5, -1.25, 2.0]}, "f")
    assert found.replace("a string or a number", "a string or a real number") == said


def test_a_line_that_no_case_runs_is_not_taken_for_equal(tmp_path: Path) -> None:
    one = F + "    if len(x) > 9:\n        return 3 * x\n    return 2 * x\n"
    call = Call("a.py", "f", None, {"x": [0.5, 1.5]}, ("x",), 1, (0,))
    folders = write(tmp_path, one, "one"), write(tmp_path, one.replace("3", "4"), "other")
    variant = Variant("a.py", "f", "", "", one.replace("3", "4").encode(), ())
    changed = equality.changed_lines(one, variant)
    assert changed == (6,)
    assert find_obstacle(Request(folders, "a.py", changed, (call,))) == "no graded case runs the line that differs"
    assert find_obstacle(Request(folders, "a.py", (7,), (call,))) == ""


@pytest.mark.parametrize(("function", "old", "new", "lines"), [
    ("softmax", "e / np.sum", "e * np.sum", (7,)),
    ("softmax", "softmax(x):", "softmax(x, y=1):", (4, 5, 6, 7)),
    ("gradients", "    for word in words:\n        both[word] += error[word] * v\n", "", (16,)),
])
def test_the_lines_that_differ_are_found(function: str, old: str, new: str, lines: tuple[int, ...]) -> None:
    assert old in SOURCE
    variant = Variant("a.py", function, "", "", SOURCE.replace(old, new).encode(), ())
    assert equality.changed_lines(SOURCE, variant) == lines


def test_no_mutant_takes_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = write(tmp_path, F + "    while True:\n        x = x + 1\n", "endless")
    ended = write(tmp_path, "import os\nos._exit(3)\n", "ended")
    fine = write(tmp_path, F + "    print(x)\n    return x\n", "fine")
    call = Call("a.py", "f", None, {"x": 0.5}, ("x",), 1, (0,))
    monkeypatch.setattr(symbolic_runs, "_END_SECONDS", 1.5)
    assert ask(Request((endless, endless), "a.py", (5,), (call,))) == "it takes more than 20 s"
    monkeypatch.setattr(symbolic_runs, "_END_SECONDS", 60.0)
    assert ask(Request((ended, ended), "a.py", (5,), (call,))) == "the process that ran it was lost"
    assert ask(Request((fine, fine), "a.py", (5,), (call,))) == ""
    monkeypatch.setattr(symbolic_runs, "SECONDS", -1.0)
    assert find_obstacle(Request((fine, fine), "a.py", (5,), (call,))) == "it takes more than 20 s"


def test_numbers_of_two_runs_do_not_mix() -> None:
    one, other = (Symbol(Tape().atom(Decimal(2))) for _ in range(2))
    with pytest.raises(NotTraceableError, match="a number is left from another run"):
        one + other
    assert copy.deepcopy(one) is one
    for bad in (float, int, hash, operator.index):
        with pytest.raises(TypeError):
            bad(one)
    assert one.__add__("2") is NotImplemented
    assert one != "2"
    assert isinstance(one, numbers.Real)


# Whole numbers

COUNT = "LIMIT = 3\n\n\ndef f(n, m):\n    total = 0\n    for k in range(n):\n        total += {}\n    return total\n"


@pytest.mark.parametrize(("one", "other", "is_proved"), [
    ("min(k, m)", "min(m, k)", True),
    ("max(2 * min(k, m), k - 1)", "max(k - 1, 2 * min(m, k))", True),
    ("min(k, m)", "max(m, k)", False),
    ("min(k, m)", "min(m, n)", False),
    ("min(k, m, 2)", "min(m, k, 2)", False),
    ("min(k, m / 2)", "min(m / 2, k)", False),
    ("min(k, 0.5)", "min(0.5, k)", False),
    ("min(k, LIMIT)", "min(LIMIT, k)", False),
    ("min(k, next(m))", "min(next(m), k)", False),
    ("min(k, m.x)", "min(m.x, k)", False),
    ("min(k, m, key=abs)", "min(m, k, key=abs)", False),
])
def test_the_order_of_whole_numbers_in_min_and_max_does_not_matter(one: str, other: str, is_proved: bool) -> None:
    assert are_commuted(COUNT.format(one), COUNT.format(other), "f") is is_proved


@pytest.mark.parametrize("before", ["min = max", "from math import *", "from numpy import minimum as min",
                                    "def min(a, b):\n    return a", "import min"])
def test_another_min_proves_nothing(before: str) -> None:
    one, other = (f"{before}\n\n\n{COUNT.format(text)}" for text in ("min(k, m)", "min(m, k)"))
    assert not are_commuted(one, other, "f")


# What an author sees

STEP = """id: p
title: P
sizes: {n: [3, 5]}
parts:
  - {id: bent, kind: function, function: f, file: f.py, inputs: {x: {normal: [n]}}, returns: {y: {shape: [n], points: 1}},
     reference: equals.bent, cases: [{count: 3}]}
  - {id: straight, kind: function, function: g, file: f.py, inputs: {x: {normal: [n]}}, returns: {y: {shape: [n], points: 1}},
     reference: equals.straight, cases: [{count: 3}]}
"""
REFERENCE = """import numpy as np


def bent(x):
    return {'y': np.maximum(x, 0.0) + np.arctan(x)}


def straight(x):
    return {'y': np.maximum(x, 0.0)}
"""


def test_validate_tells_proofs_from_agreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/equals.py").write_text(REFERENCE)
    (tmp_path / "p.yaml").write_text(STEP)
    (tmp_path / "assignment.yaml").write_text("id: a\ntitle: A\nproblems: [p]\nseed: s\n")
    with Sandbox.open(Limits()) as sandbox:
        report = examine(load_assignment(tmp_path), Scope(["p"], sandbox))
    assert [(one.part, one.change, one.is_proved) for one in report.equal] == [
        ("p/bent", "np.maximum(x, 0.0)  ->  np.maximum(0.0, x)", False),
        ("p/straight", "np.maximum(x, 0.0)  ->  np.maximum(0.0, x)", True)]
    told = _plain(tmp_path, report)
    assert told["equal"][1] == {"part": "p/straight", "function": "straight", "cases": report.equal[1].cases, "obstacle": "",
                                "change": "np.maximum(x, 0.0)  ->  np.maximum(0.0, x)", "proved": True}
    assert [(part["equal"], part["proved"]) for part in told["parts"]] == [(1, 0), (1, 1)]
    assert report.equal[0].cases >= 15
    _show(tmp_path, report)
    said = capsys.readouterr().out
    assert f"p/bent: agrees on {report.equal[0].cases} further cases, not proved equal (on symbols, TypeError:" in said
    assert "    bent: np.maximum(x, 0.0)  ->  np.maximum(0.0, x)\n" in said
    assert "p/straight" not in said
    assert "2 more are equal, 1 of them by proof." in said
