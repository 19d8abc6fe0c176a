"""A part that students see must not tell how one went that they do not see."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.spec import SpecError, load_assignment

TINY = Path(__file__).parents[1] / "gradescope/tiny"


@pytest.mark.parametrize(("part", "needs", "is_fault"), [
    ("double", "secret", True),
    ("double", "later", True),
    ("later", "secret", True),
    ("secret", "later", False),
    ("later", "double", False),
])
def test_what_is_seen_needs_only_what_is_seen_as_early(tmp_path: Path, part: str, needs: str, is_fault: bool) -> None:
    folder = shutil.copytree(TINY, tmp_path / "tiny")
    file = folder / "lines.yaml"
    file.write_text(file.read_text().replace(f"  - id: {part}\n", f"  - id: {part}\n    needs: [{needs}]\n"))
    if is_fault:
        with pytest.raises(SpecError, match=f"students do not see '{needs}' when they see this"):
            load_assignment(folder)
    else:
        load_assignment(folder)
