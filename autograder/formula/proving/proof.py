"""Exact proofs that two evaluations agree everywhere; what takes long, in a process that can be killed.

    with Prover() as prover:
        prover.prove_equal(left, right, declarations)  ->  "proved" | "differs" | "undecided"

Nearly all proofs are done here, in a bounded number of steps. Those that need the factors of a polynomial, or more
steps, go to another process (`proof_server`), which is started on first need and holds sympy. It is fed programs of
numbers and operations and never sees a text that a student typed. Whatever happens to it, the answer here is no worse
than "undecided".
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType

from msgspec.structs import replace

from autograder.formula.declarations import Declarations
from autograder.formula.meaning.terms import Term
from autograder.formula.proving.algebra import TooMuchWorkError
from autograder.formula.proving.deciding import decide
from autograder.formula.proving.polynomials import Coefficient, Polynomial
from autograder.formula.values.drawing import NoDrawError, Point, draw_points, free_values
from autograder.formula.values.entries import flat
from autograder.formula.values.evaluation import Evaluator
from autograder.formula.values.scalars import Scalar, precisely
from autograder.formula.values.tracing import NotTraceableError, Tape, Traced

SERVER = Path(__file__).with_name("proof_server.py")
START_SECONDS = 20.0
"""For the first answer of a process, which has to load sympy first."""
MAX_COLD_FAILURES = 2
"""Processes that never answered at all, after which no other is started: this machine cannot prove."""
PROVED, DIFFERS, UNDECIDED = "proved", "differs", "undecided"
_SAME = Decimal("1e-35")
_WORK = 50_000
"""Products of two terms that are formed before the other process is asked: some tens of milliseconds."""
_LARGEST_PRIME = 100


class _NeedsFactorsError(Exception):
    """Only the other process can factor this."""


class _Unaided:
    """Factors small numbers, and takes every polynomial for a factor.

    What is proved with that is proved: the logarithm of a product is just not known to be a sum.
    """

    def __init__(self) -> None:
        self.has_guessed = False

    def factor(self, polynomial: Polynomial) -> tuple[Coefficient, list[tuple[Polynomial, int]]]:
        self.has_guessed = True
        return 1, [(polynomial, 1)]

    def factor_number(self, number: int) -> Mapping[int, int]:
        found: dict[int, int] = {}
        for prime in range(2, _LARGEST_PRIME):
            while number % prime == 0:
                number //= prime
                found[prime] = found.get(prime, 0) + 1
        if number >= _LARGEST_PRIME**2:
            raise _NeedsFactorsError
        return {**found, number: 1} if number > 1 else found


class _Server:
    """A running process and the lines that come back from it; None marks the end."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", start_new_session=True,
            env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
        )  # fmt: skip
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.is_warm = False
        # A thread, because a pipe cannot be waited for with a deadline on every system.
        self._collector = threading.Thread(target=self._collect, daemon=True)
        self._collector.start()

    def _collect(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def ask(self, request: str, seconds: float) -> str | None:
        """Send a line and wait for one; None when none comes in time."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            return self.lines.get(timeout=seconds)
        except (queue.Empty, OSError):
            return None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._collector.join()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class Prover:
    """Decides identities; a context manager, for one thread at a time.

    seconds: how long one proof may take before its process is killed; the next proof gets a new one.
    """

    def __init__(self, seconds: float = 1.0, server: Path = SERVER) -> None:
        self.seconds = seconds
        self._path = server
        self._server: _Server | None = None
        self._cold_failures = 0

    def __enter__(self) -> Prover:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def prove_equal(
        self, left: Term, right: Term, declarations: Declarations, depends_on: tuple[str, ...] = ()
    ) -> str:
        """Say whether two typed formulas of one shape agree entry by entry, at the smallest sizes of a problem.

        depends_on: free indices; every value that they may take is tried. Words that are drawn are drawn with and
        without repetition, and every declared branch is visited.
        Returns "proved", "differs" (at a point, which is certain as well) or "undecided".
        """
        try:
            for point in small_points(declarations):
                outcome = self._prove_at(left, right, point, depends_on)
                if outcome != PROVED:
                    return outcome
        except (ArithmeticError, NoDrawError):
            return UNDECIDED
        return PROVED

    def _prove_at(self, left: Term, right: Term, point: Point, depends_on: tuple[str, ...]) -> str:
        tape = Tape()
        pairs: list[tuple[Traced, Traced]] = []
        with precisely():
            evaluator = Evaluator(point, tape.constant, tape.atom)
            for indices in free_values(point, depends_on):
                sides = [flat(evaluator.at(term, indices)) for term in (left, right)]
                pairs += _paired(*([tape.lifted(number) for number in side] for side in sides))
            if not all(same_number(a.value, b.value) for a, b in pairs):
                return DIFFERS
            return self.prove(tape, pairs)

    def prove(self, tape: Tape, pairs: Sequence[tuple[Scalar, Scalar]]) -> str:
        """Say whether every pair of numbers is identically equal, for any values of the atoms near the given ones."""
        try:
            traced = [(tape.lifted(left), tape.lifted(right)) for left, right in pairs]
        except NotTraceableError:
            return UNDECIDED
        return self._prove(tape, traced)

    def _prove(self, tape: Tape, pairs: Sequence[tuple[Traced, Traced]]) -> str:
        if all(left.at == right.at for left, right in pairs):
            return PROVED
        request, unaided = _request(tape, pairs), _Unaided()
        proved: list[bool] = []
        with contextlib.suppress(_NeedsFactorsError, TooMuchWorkError):
            proved = decide(request, unaided, _WORK)
        if not proved or (unaided.has_guessed and not all(proved)):
            answer = self._asked(json.dumps(request))
            proved = json.loads(answer) if answer is not None else []
        return PROVED if len(proved) == len(pairs) and all(proved) else UNDECIDED

    def _asked(self, request: str) -> str | None:
        if self._cold_failures >= MAX_COLD_FAILURES:
            return None
        server = self._server = self._server or _Server(self._path)
        answer = server.ask(request, self.seconds if server.is_warm else START_SECONDS)
        if answer is None:
            self._cold_failures += not server.is_warm
            self.close()
        server.is_warm = True
        return answer

    def close(self) -> None:
        """Kill the process, if there is one."""
        if self._server is not None:
            self._server.kill()
            self._server = None


def _request(tape: Tape, pairs: Sequence[tuple[Traced, Traced]]) -> dict[str, object]:
    """Return the steps that the pairs depend on, numbered anew."""
    ends = [(left.at, right.at) for left, right in pairs]
    needed = {at for pair in ends for at in pair}
    for at in range(len(tape.steps) - 1, -1, -1):
        if at in needed:
            needed.update(tape.operands(at))
    renumbered = {at: number for number, at in enumerate(sorted(needed))}
    steps = [tape.renumbered(at, renumbered) for at in sorted(needed)]
    return {"steps": steps, "pairs": [(renumbered[left], renumbered[right]) for left, right in ends]}


def small_points(declarations: Declarations) -> tuple[Point, ...]:
    """Return points at the smallest sizes that all differ: two, or one for each choice of branches."""
    taken: set[int] = set()
    sizes = []
    for size in sorted(declarations.sizes, key=lambda size: (size.low, size.high)):
        least = next((value for value in range(size.low, size.high + 1) if value not in taken), size.low)
        taken.add(least)
        sizes.append(replace(size, low=least, high=least))
    return draw_points(replace(declarations, sizes=tuple(sizes)), 2, "proof")


def same_number(left: Decimal, right: Decimal) -> bool:
    """Say whether two values at 50 digits are as equal as rounding lets them be."""
    return abs(left - right) <= _SAME * (1 + max(abs(left), abs(right)))


def _paired(left: list[Traced], right: list[Traced]) -> list[tuple[Traced, Traced]]:
    """Lay the entries of two values side by side; a single number stands for equal entries."""
    count = max(len(left), len(right))
    return list(zip(left * (count // len(left)), right * (count // len(right)), strict=True))
