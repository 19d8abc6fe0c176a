"""The other side of `proof`: proofs that need the factors of polynomials. Run by path, in a process of its own.

A request is a line of JSON, as `deciding.decide` takes it; the answer is a line of JSON: for each pair whether it is
proved equal. What reaches sympy, which factors, is numbers and never a text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from sympy import QQ, factorint  # type: ignore[import-untyped]
from sympy.polys.rings import ring  # type: ignore[import-untyped]

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from autograder.formula.proving.deciding import decide
from autograder.formula.proving.polynomials import Coefficient, Polynomial, monomial_of, powers, whole

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 600


class Sympy:
    """Factors with sympy."""

    def factor(self, polynomial: Polynomial) -> tuple[Coefficient, list[tuple[Polynomial, int]]]:
        names = sorted({at for monomial in polynomial.terms for at, _ in powers(monomial)})
        of_names = ring([f"x{at}" for at in names], QQ)[0]
        terms = {}
        for monomial, value in polynomial.terms.items():
            own = dict(powers(monomial))
            terms[tuple(own.get(at, 0) for at in names)] = QQ(value.numerator, value.denominator)
        content, found = of_names(terms).factor_list()
        factors = []
        for factor, power in found:
            own_terms = {monomial_of(dict(zip(names, powers_, strict=True))): _number(value)
                         for powers_, value in factor.terms()}
            factors.append((Polynomial(own_terms, polynomial.degree), power))
        return _number(content), factors

    def factor_number(self, number: int) -> Mapping[int, int]:
        return {int(prime): power for prime, power in factorint(number).items()}


def _number(value: object) -> Coefficient:
    return whole(Fraction(int(value.numerator), int(value.denominator)))  # type: ignore[attr-defined]


def limit() -> None:
    """Cap memory and processor time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def serve() -> None:
    """Answer requests until the input ends."""
    limit()
    for line in sys.stdin:
        try:
            proved = decide(json.loads(line), Sympy())
        except (MemoryError, RecursionError):
            proved = []
        sys.stdout.write(json.dumps(proved) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
