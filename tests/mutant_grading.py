"""Grade mutants through the whole line, and hold each verdict against the oracle."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import oracle
from mutants import ROOT, Mutant

from autograder.grade import grade
from autograder.marks import State
from autograder.sandbox.supervisor import Sandbox
from autograder.spec import Assignment, load_assignment
from autograder.submission import read_submission

# A part may come out wrong too where it builds on a wrong one.
BUILDS_ON = {"skipgram/code": {"sigmoid/code", "naive-softmax/code", "negative-sampling/code"}}
# Points of a part's special case are looked at by an oracle of their own.
SPECIAL = {"cbow/code": {"cbow/code at large scores"}}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the line says of a mutant, beside what the oracle says."""

    changed: frozenset[str]
    """Parts that the oracle finds changed."""
    built_on: frozenset[str]
    """Parts that build on changed ones."""
    rejected: frozenset[str]
    """Parts that were not called correct."""

    @property
    def false_accepts(self) -> frozenset[str]:
        return self.changed - self.rejected

    @property
    def false_rejects(self) -> frozenset[str]:
        return self.rejected - self.changed - self.built_on


def load_assignments() -> dict[str, Assignment]:
    return {name: load_assignment(ROOT / "problems" / name) for name in ("cs224n_a2", "hw2_cbow")}


def judge(mutant: Mutant, assignments: Mapping[str, Assignment], sandbox: Sandbox) -> Judgement:
    """Grade one mutant as a submission of its own."""
    with tempfile.TemporaryDirectory() as folder:
        mutant.write(Path(folder))
        result = grade(read_submission(Path(folder)), assignments[mutant.assignment], sandbox)
    own = [mark for mark in result.marks if mark.id in oracle.PARTS[mutant.file]]
    assert result.failure is None
    found = oracle.changed_parts(mutant)
    changed = {mark.id for mark in own if found & ({mark.id} | SPECIAL.get(mark.id, set()))}
    built_on = {mark.id for mark in own if found & BUILDS_ON.get(mark.id, set())}
    rejected = {mark.id for mark in own if mark.state is not State.CORRECT}
    # A part that was skipped since an earlier one earned nothing says nothing about the mutant.
    skipped = {mark.id for mark in own if mark.state is State.SKIPPED}
    return Judgement(frozenset(changed | skipped), frozenset(built_on), frozenset(rejected))
