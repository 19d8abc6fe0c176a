"""Every folder of the shared collection of attacks: no point gained, none lost, nothing left."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_run import HOME, ONLY_ROOT, grade_hostile, is_valid, lay_out

ATTACKS = HOME.parent / "shared" / "attacks"
MANIFEST = ATTACKS / "manifest.jsonl"
ENTRIES = [json.loads(line) for line in MANIFEST.read_text().splitlines()] if MANIFEST.is_file() else []

pytestmark = [
    pytest.mark.skipif(not ENTRIES, reason="the collection of attacks is not beside this repository"),
    ONLY_ROOT,
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['category']}-{entry['id']}")
def test_contained(entry: dict[str, Any], tmp_path: Path, note_outcome: Callable[..., None]) -> None:
    outcome = grade_hostile(lay_out(ATTACKS / entry["id"], tmp_path), tmp_path)
    points, allowed = outcome.points, entry["expected_points"]
    note_outcome(entry["category"], points, allowed)
    assert {part: points[part] for part, values in allowed.items() if points[part] not in values} == {}, outcome.shown
    assert sum(points.values()) <= entry["max_total"]
    assert outcome.traces() == {}
    assert is_valid(outcome.results)
