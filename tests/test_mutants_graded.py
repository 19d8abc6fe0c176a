"""Mutants that change a value are rejected, those that do not are accepted: by the whole line, not by a piece of it.

A part of them is graded here; run this file as a script to grade them all and print both lists.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograder.sandbox.supervisor import Limits, Sandbox  # before anything that holds answers

# One in so many, from a start that is none of the first: neighbours in the list are alike.
STRIDE, START = 4, 3


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


def test_mutants_are_told_apart(sandbox: Sandbox) -> None:
    from mutant_grading import judge, load_assignments
    from mutants import make_mutants

    assignments = load_assignments()
    chosen = make_mutants()[START::STRIDE]
    judged = [(mutant, judge(mutant, assignments, sandbox)) for mutant in chosen]
    assert [(m.function, m.edit, sorted(j.false_rejects)) for m, j in judged if j.false_rejects] == []
    assert [(m.function, m.edit, sorted(j.changed)) for m, j in judged if j.changed and not j.rejected] == []
    survivors = [(m.function, m.edit, part) for m, j in judged for part in j.false_accepts if part.endswith("code")]
    assert survivors == []
    assert sum(bool(j.changed) for _, j in judged) >= 100
    assert any(not j.changed for _, j in judged)


def main() -> None:
    with Sandbox.open(Limits()) as sandbox:
        from mutant_grading import judge, load_assignments
        from mutants import make_mutants

        assignments = load_assignments()
        counts = dict.fromkeys(("rejected, changed", "accepted, unchanged", "FALSE ACCEPT", "FALSE REJECT"), 0)
        for mutant in make_mutants():
            judgement = judge(mutant, assignments, sandbox)
            verdict = ("FALSE REJECT" if judgement.false_rejects else "FALSE ACCEPT" if judgement.false_accepts
                       else "rejected, changed" if judgement.changed else "accepted, unchanged")
            counts[verdict] += 1
            places = sorted(judgement.false_rejects or judgement.false_accepts)
            print(f"{verdict:20} {mutant.function}: {mutant.edit} {' '.join(places)}", flush=True)
    print("  ".join(f"{name}: {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
