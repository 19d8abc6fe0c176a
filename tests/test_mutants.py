"""There are many mutants, and each of them either changes a value plainly or not at all."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mutants
import oracle

MUTANTS = mutants.make_mutants()


def load(mutant: mutants.Mutant) -> types.ModuleType:
    student = types.ModuleType("student")
    exec(compile(mutant.source, mutant.file, "exec"), vars(student))
    return student


def test_there_are_many() -> None:
    assert len(MUTANTS) >= 200
    assert len({mutant.source for mutant in MUTANTS}) == len(MUTANTS)
    assert {(m.file, m.function) for m in MUTANTS} == {(f.file, name) for f in mutants.FAMILIES for name in f.functions}


@pytest.mark.parametrize("family", mutants.FAMILIES, ids=lambda family: family.file)
def test_the_original_is_right(family: mutants.Family) -> None:
    student = load(mutants.make_original(family))
    errors = {part: oracle.worst_error(student, draw) for part, draw in oracle.PARTS[family.file].items()}
    assert max(errors.values()) <= oracle.RIGHT, errors


def test_no_mutant_is_in_between() -> None:
    """Nothing lies near the tolerance of any grader: an error is plain to see, or it is rounding."""
    changed = unchanged = 0
    for mutant in MUTANTS:
        student = load(mutant)
        errors = {part: oracle.worst_error(student, draw) for part, draw in oracle.PARTS[mutant.file].items()}
        between = {part: error for part, error in errors.items() if oracle.RIGHT < error < oracle.WRONG}
        assert not between, (mutant.function, mutant.edit, between)
        changed += max(errors.values()) >= oracle.WRONG
        unchanged += max(errors.values()) <= oracle.RIGHT
    assert changed >= 100
    assert changed + unchanged == len(MUTANTS)


def test_a_mutant_is_written_as_a_submission(tmp_path: Path) -> None:
    MUTANTS[0].write(tmp_path / "handed in")
    assert (tmp_path / "handed in" / "word2vec.py").read_text(encoding="utf-8") == MUTANTS[0].source
