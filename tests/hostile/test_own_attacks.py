"""Attacks by somebody who has read this source: what each may earn, its state, and nothing taken from other parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from attacks import FULL, Attack, load_attacks
from hostile_run import ONLY_ROOT, grade_hostile, is_valid

ATTACKS = list(load_attacks())
# Markup that would act outside of inline code: tags, links, pictures, and what a page's mathematics carries out.
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_ACTIVE = re.compile(r"<\s*/?\s*[a-z]|\]\(|\\href|\\style|\\unicode|\\require|\\class|\\cssId|javascript:|\x1b", re.IGNORECASE)

pytestmark = [ONLY_ROOT]


def test_ids_are_all_different() -> None:
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.category[5:]}-{attack.id}")
def test_contained(attack: Attack, tmp_path: Path, note_outcome: Callable[..., None]) -> None:
    outcome = grade_hostile(attack.lay_out(tmp_path), tmp_path)
    allowed = {part: attack.allowed(part) for part in FULL}
    note_outcome(attack.category, outcome.points, allowed)
    assert {part: points for part, points in outcome.points.items() if points not in allowed[part]} == {}, outcome.shown
    assert outcome.points.keys() == FULL.keys()
    states = outcome.states
    assert {part: states[part] for part in attack.states} == attack.states, outcome.shown
    assert "not graded" not in states.values(), outcome.results["extra_data"].get("failure")
    for part, words in attack.says.items():
        assert words in outcome.feedback(part)
    assert outcome.traces() == {}
    assert is_valid(outcome.results)
    if attack.inert:
        assert _ACTIVE.search(_CODE.sub("", outcome.shown)) is None, outcome.shown
        assert "\x1b" not in outcome.printed
