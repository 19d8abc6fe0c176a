"""Proofs of identities, what they must not prove, and that nothing can make them hang."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.formula.declarations import Declarations, Function, Symbol
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.proving.proof import DIFFERS, PROVED, SERVER, UNDECIDED, Prover, small_points
from autograder.formula.reading import read
from autograder.formula.values.derivative import slopes
from autograder.formula.values.scalars import Scalar, apply, power, precisely
from autograder.formula.values.tracing import NotTraceableError, Tape, Traced
from tests.formula.questions import BACKPROP, NEGATIVE, PIECEWISE, SCALAR, SKIPGRAM, SOFTMAX

POSITIVE = Declarations(
    symbols=(Symbol("x", domain="positive"), Symbol("y", domain="positive"), Symbol("z")), functions=(Function("sigma"),)
)


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover(seconds=20) as running:
        yield running


def outcome(prover: Prover, declarations: Declarations, left: str, right: str, free: tuple[str, ...] = ()) -> str:
    terms = [elaborate(read(text, declarations).answer, declarations).term for text in (left, right)]
    return prover.prove_equal(terms[0], terms[1], declarations, free)


SAME = [
    (SCALAR, r"\sigma(x)(1-\sigma(x))", r"\frac{e^x}{(e^x+1)^2}"),
    (SCALAR, r"\sigma(x)(1-\sigma(x))", r"\sigma(x)\sigma(-x)"),
    (SCALAR, r"\sigma'(x)", r"\frac{e^{-x}}{(1+e^{-x})^2}"),
    (SCALAR, r"\tanh(x)", r"2\sigma(2x)-1"),
    (SCALAR, r"1-\tanh(x)^2", r"\frac{1}{\cosh(x)^2}"),
    (SCALAR, r"1-\tanh(x)^2", r"\operatorname{sech}(x)^2"),
    (SCALAR, r"\tanh(\frac{x}{2})", r"\frac{1-e^{-x}}{1+e^{-x}}"),
    (SCALAR, r"\cosh(x)^2-\sinh(x)^2", "1"),
    (SCALAR, r"\coth(x)\tanh(x)", "1"),
    (SCALAR, r"e^{x/2}e^{x/3}", r"e^{5x/6}"),
    (SCALAR, r"e^{x}e^{-x/17}", r"e^{16x/17}"),  # what is less than the mean of 17
    (SCALAR, r"\log(e^{3x})", "3x"),
    (SCALAR, r"\log\sigma(x)", r"-\log(1+e^{-x})"),
    (SCALAR, r"\log(1+e^x)-\log(1+e^{-x})", "x"),
    (SCALAR, r"e^{2\log(1+e^x)}", r"(1+e^x)^2"),
    (SCALAR, r"\sqrt{1+e^x}\sqrt{1+e^x}", r"1+e^x"),
    (SCALAR, r"\frac{1}{\sqrt{1+e^{-x}}}\cdot\frac{e^{-x}}{\sqrt{1+e^{-x}}}", r"1-\sigma(x)"),
    (POSITIVE, r"\log(xy)", r"\log x + \log y"),
    (POSITIVE, r"\log\frac{x^2}{6y}", r"2\log x - \log y - \log(2) - \log(3)"),
    (POSITIVE, r"e^{-\log x}", r"\frac1x"),
    (POSITIVE, r"x^z y^z", r"(xy)^z"),
    (POSITIVE, r"|x|", "x"),
    (POSITIVE, r"0.5 z + \frac{z}{2}", "z"),
    (SOFTMAX, r"U(\hat y-y)", r"\sum_w \hat y_w u_w - u_o"),
    (SOFTMAX, r"\frac{\partial J}{\partial v_c}", r"U(\hat y - y)"),
    (SOFTMAX, r"-\sum_w y_w\log\hat y_w", r"-u_o^\top v_c + \log\sum_w e^{u_w^\top v_c}"),
    (SOFTMAX, r"\sum_w \hat y_w", "1"),
    (NEGATIVE, r"-(1-\sigma(u_o^\top v_c))u_o + \sum_{k=1}^K \sigma(u_k^\top v_c)u_k", r"\frac{\partial J}{\partial v_c}"),
    (BACKPROP, r"\frac{\partial l}{\partial w_1}", r"-(1-a_2) w_2 a_1 (1-a_1) x"),
    (SCALAR, r"relu(x) - relu(-x)", "x"),
    (PIECEWISE, r"\frac{\partial}{\partial x}\begin{cases} x & x > 0 \\ 2 & x < 0 \end{cases}", r"\mathbf{1}[x>0]"),
    (PIECEWISE, r"\begin{cases} x & x > 0 \\ -x & x < 0 \end{cases}", "|x|"),
]


@pytest.mark.parametrize(("declarations", "left", "right"), SAME, ids=[f"{row[1]} = {row[2]}" for row in SAME])
def test_proves(prover: Prover, declarations: Declarations, left: str, right: str) -> None:
    assert outcome(prover, declarations, left, right) == PROVED


DIFFERENT = [
    (SCALAR, r"\sigma(x)(1-\sigma(x))", r"\frac{e^x}{1+e^{-x}}"),
    (SCALAR, r"1-\tanh(x)^2", r"\tanh(x)(1-\tanh(x))"),
    (SCALAR, r"\sigma(x)", r"\sigma(x) + 10^{-20}"),
    (SOFTMAX, r"U(\hat y-y)", r"U(y-\hat y)"),
    (SCALAR, r"relu(x)", "x"),
]


@pytest.mark.parametrize(("declarations", "left", "right"), DIFFERENT, ids=[row[2] for row in DIFFERENT])
def test_a_point_decides_what_differs(prover: Prover, declarations: Declarations, left: str, right: str) -> None:
    assert outcome(prover, declarations, left, right) == DIFFERS


BEYOND = [
    (SCALAR, r"\sin(x)^2+\cos(x)^2", "1"),
    (SCALAR, r"\sigma(x)", r"\sigma(x) + 10^{-50}"),
    (POSITIVE, r"\sqrt{x^2}", "x"),
    (SCALAR, r"\log(x - x)", r"\log(x - x)+1"),
    (SKIPGRAM, r"\frac{1}{0}", "1"),
]


@pytest.mark.parametrize(("declarations", "left", "right"), BEYOND, ids=[row[1] for row in BEYOND])
def test_says_so_where_it_cannot_tell(prover: Prover, declarations: Declarations, left: str, right: str) -> None:
    assert outcome(prover, declarations, left, right) == UNDECIDED


def test_free_indices_take_all_their_values(prover: Prover) -> None:
    assert outcome(prover, SOFTMAX, r"\hat y_w", r"\frac{e^{u_w^\top v_c}}{\sum_x e^{u_x^\top v_c}}", ("w",)) == PROVED
    assert outcome(prover, SOFTMAX, r"\hat y_w - y_w", r"\hat y_w", ("w",)) == DIFFERS


def test_small_points_have_the_smallest_distinct_sizes() -> None:
    points = small_points(SOFTMAX)
    assert [dict(point.sizes) for point in points] == [{"d": 3, "V": 4}] * 2


# Tapes


def traced(tape: Tape, *values: str) -> list[Traced]:
    return [tape.atom(Decimal(value)) for value in values]


def test_equal_steps_are_kept_once(prover: Prover) -> None:
    tape = Tape()
    with precisely():
        x, y = traced(tape, "2", "3")
        left, right = x * y + 1, 1 + y * x
    assert left.at == right.at
    assert Prover(server=Path("nowhere.py")).prove(tape, [(left, right)]) == PROVED
    assert "6" in repr(x * y)


def test_what_is_proved_is_a_law_and_no_coincidence(prover: Prover) -> None:
    tape = Tape()
    with precisely():
        x, y = traced(tape, "2", "2")
    assert prover.prove(tape, [(x, y)]) == UNDECIDED


def test_rounded_numbers_prove_nothing() -> None:
    tape = Tape()
    with precisely():
        (x,) = traced(tape, "2")
        third = Decimal(1) / 3
        for use in (lambda: x + third, lambda: third * x, lambda: x.raised(third), lambda: x.raised(Decimal("0.1"))):
            with pytest.raises(NotTraceableError):
                use()
        assert x.raised(Decimal("0.5")).value == Decimal(2).sqrt()
        with pytest.raises(NotTraceableError, match="kink"):
            (x - 2).applied("abs")


def test_plain_numbers_among_traced_ones(prover: Prover) -> None:
    tape = Tape()
    with precisely():
        (x,) = traced(tape, "2")
        assert prover.prove(tape, [(x - x, Decimal(0)), (x / x, 1)]) == PROVED
        assert prover.prove(tape, [(x, Decimal(1) / 3)]) == UNDECIDED
        assert prover.prove(tape, [(x, Decimal("1e900000000"))]) == UNDECIDED


def test_long_programs_are_given_up() -> None:
    tape = Tape()
    with precisely():
        (x,) = traced(tape, "1")
        with pytest.raises(NotTraceableError, match="too long"):
            sum((x * number for number in range(6000)), start=x)


def test_traced_numbers_behave_like_their_values() -> None:
    tape = Tape()
    with precisely():
        x, y = traced(tape, "2", "-3")
        assert x > y
        assert y <= -3 < x >= 2
        assert (1 - x).value == -1
        assert (1 / x).value == Decimal("0.5")
        assert (x / 4 - Fraction(1, 2)).value == 0
        assert abs(y).value == 3
        assert y.applied("sign").value == -1
        assert y.applied("relu").value == 0
        assert x.applied("relu") is x
        assert power(x, 0).value == 1
        assert power(x, -2).value == Decimal("0.25")
        assert x == Decimal(2)
        assert hash(x) == hash(Decimal(2))
        assert int(x) == 2
        assert abs(power(x, y).value - Decimal("0.125")) < Decimal("1e-40")


NUMBERS = st.sampled_from(["x", "y", "1", "2"])
OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["+", "-", "*", "/", "exp", "log", "sigma", "tanh", "sqrt"]), st.integers(0, 9), st.integers(0, 9)),
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(OPERATIONS)
@example([("/", 0, 0), ("log", 2, 0), ("-", 0, 0)])
def test_nothing_false_is_proved(prover: Prover, operations: list[tuple[str, int, int]]) -> None:
    """What is proved equal of two random programs is equal at another point too."""
    tape = Tape()
    with precisely():
        one = _run(operations, traced(tape, "0.7", "1.3"))
        other = _run(operations, [Decimal("2.1"), Decimal("0.4")])
        for first, second in itertools.combinations(range(len(one)), 2):
            left, right, at_left, at_right = one[first], one[second], other[first], other[second]
            if None in (left, right, at_left, at_right):
                continue
            if prover.prove(tape, [(left, right)]) == PROVED:
                assert abs(at_left - at_right) < Decimal("1e-30") * (1 + abs(at_left))


def _run(operations: list[tuple[str, int, int]], numbers: list[Scalar]) -> list[Scalar | None]:
    found: list[Scalar | None] = [*numbers]
    for operation, i, j in operations:
        left, right = found[i % len(found)], found[j % len(found)]
        try:
            if left is None or right is None or abs(left) > 20 or abs(right) > 20:
                found.append(None)
            elif operation in "+-*/":
                found.append(left / right if operation == "/" else {"+": left + right, "-": left - right,
                                                                    "*": left * right}[operation])
            else:
                found.append(apply(operation, left))
        except ArithmeticError:
            found.append(None)
    return found


def test_derivatives_are_proved_too(prover: Prover) -> None:
    tape = Tape()
    with precisely():
        (x,) = traced(tape, "0.3")
        slope = slopes(lambda v: apply("log", apply("sigma", v[0])), [x])[0]
        assert prover.prove(tape, [(slope, 1 - apply("sigma", x))]) == PROVED


# The other process


def _server(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "server.py"
    path.write_text(body, encoding="utf-8")
    return path


def _any_pair() -> tuple[Tape, list[tuple[Traced, Traced]]]:
    """Return a pair that cannot be told equal without factors."""
    tape = Tape()
    with precisely():
        x, y = traced(tape, "3", "2")
        return tape, [(apply("log", x * x - y * y), apply("log", x - y) + apply("log", x + y))]


def test_no_factors_are_needed_where_a_sum_is_the_same_on_both_sides() -> None:
    tape = Tape()
    with precisely(), Prover(server=Path("nowhere.py")) as alone:
        x, y = traced(tape, "3", "2")
        square = x * x + y * y
        assert alone.prove(tape, [(apply("log", 2 * square), apply("log", tape.constant(2)) + apply("log", square))]) == PROVED


def test_what_needs_factors_or_many_steps_is_asked_of_the_other_process(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, long = Tape(), Tape()
    with precisely():
        (x,) = traced(large, "2")
        log_of_large = [(apply("log", x * 10007**2), apply("log", x) + 2 * apply("log", large.constant(10007)))]
        x, y = traced(long, "2", "1")
        power_of_four = power(1 + x + y + x * y, 4)
        many_steps = [(power_of_four * (x - y), power_of_four * x - power_of_four * y)]
    with Prover(server=Path("nowhere.py")) as alone:
        assert alone.prove(long, many_steps) == PROVED
        monkeypatch.setattr("autograder.formula.proving.proof._WORK", 100)
        for tape, pairs in ((large, log_of_large), (long, many_steps), _any_pair()):
            assert alone.prove(tape, pairs) == UNDECIDED
            assert prover.prove(tape, pairs) == PROVED


MISBEHAVING = {
    "hangs": "import time\ntime.sleep(600)",
    "ends": "raise SystemExit(1)",
    "answers with fewer": "import sys\nfor _ in sys.stdin: print('[]', flush=True)",
}


@pytest.mark.parametrize("how", MISBEHAVING)
def test_a_process_that_fails_leaves_it_undecided(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.formula.proving.proof.START_SECONDS", 0.5)
    with Prover(server=_server(tmp_path, MISBEHAVING[how])) as prover:
        for _ in range(4):
            assert prover.prove(*_any_pair()) == UNDECIDED


def test_after_a_kill_the_next_proof_gets_a_new_process(tmp_path: Path) -> None:
    body = (
        "import sys, time, pathlib\nmark = pathlib.Path(__file__).with_name('mark')\n"
        "for line in sys.stdin:\n    if mark.exists(): print('[true]', flush=True)\n"
        "    else: mark.touch(); print('[false]', flush=True); sys.stdin.readline(); time.sleep(600)\n"
    )
    with Prover(seconds=0.3, server=_server(tmp_path, body)) as prover:
        assert prover.prove(*_any_pair()) == UNDECIDED
        assert prover.prove(*_any_pair()) == UNDECIDED
        assert prover.prove(*_any_pair()) == PROVED


def test_a_machine_that_cannot_prove_is_not_asked_for_ever(tmp_path: Path) -> None:
    body = "import pathlib\npath = pathlib.Path(__file__).with_name('count')\nwith path.open('a') as file: file.write('x')"
    with Prover(server=_server(tmp_path, body)) as prover:
        assert {prover.prove(*_any_pair()) for _ in range(5)} == {UNDECIDED}
    assert (tmp_path / "count").read_text(encoding="utf-8") == "xx"


def test_hard_expressions_end_in_time() -> None:
    tape = Tape()
    with precisely():
        atoms = traced(tape, *(f"0.{number}" for number in range(1, 9)))
        whole: Scalar = 1
        for number in range(12):
            whole = whole * sum((apply("exp", a * (number + 1)) for a in atoms), start=number)
        left = power(whole, 8)
        with Prover(seconds=1.0) as prover:
            assert prover.prove(tape, [(left, left + atoms[0] / 10**30)]) == UNDECIDED


def test_the_server_is_alone_and_answers_lines() -> None:
    request = {"steps": [["atom", 0], ["*", 0, 0], ["power", 0, 2], ["apply", "nonsense", 0]], "pairs": [[1, 2]]}
    good = {"steps": request["steps"][:3], "pairs": [[1, 2], [0, 1]]}
    lines = json.dumps(request) + "\n" + json.dumps(good) + "\n"
    ran = subprocess.run(
        [sys.executable, "-I", str(SERVER)], input=lines, capture_output=True, text=True, timeout=60, check=True, env={}
    )
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [[False], [True, False]]
    assert ran.stderr == ""


def test_no_text_is_ever_parsed_as_mathematics() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SERVER.parent.glob("*.py"))
    for word in ("sympify", "parse_expr", "eval(", "exec(", "pickle", "from sympy import *", "lambdify"):
        assert word not in source


def test_sympy_stays_on_the_other_side() -> None:
    program = (
        "import sys\n"
        "from autograder.formula.declarations import Declarations, Symbol\n"
        "from autograder.formula.reading import read\n"
        "from autograder.formula.meaning.elaboration import elaborate\n"
        "from autograder.formula.proving.proof import Prover\n"
        "known = Declarations(symbols=(Symbol('x'),))\n"
        "one, two = (elaborate(read(text, known).answer, known).term for text in ('(1+x)**2', r'1+2x+x^2'))\n"
        "with Prover() as prover: print(prover.prove_equal(one, two, known), 'sympy' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == [PROVED, "False"]


def test_a_students_text_never_reaches_sympys_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy
    from sympy.parsing import sympy_parser

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a student's text reached a parser of sympy")

    monkeypatch.setattr(sympy, "sympify", forbidden)
    monkeypatch.setattr(sympy, "parse_expr", forbidden)
    monkeypatch.setattr(sympy_parser, "parse_expr", forbidden)
    for declarations, left, right in (*SAME, *DIFFERENT):
        for text in (left, right):
            assert elaborate(read(text, declarations).answer, declarations).term is not None
