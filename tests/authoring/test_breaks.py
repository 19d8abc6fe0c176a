"""Whatever is broken in the shipped problems, `validate` finds it and says in which line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from breaks import BREAKS, Break

from autograder.sandbox.supervisor import Limits, Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(Limits()) as opened:
        yield opened


def findings(broken: Break, folder: Path, sandbox: Sandbox) -> list[tuple[str, int, str]]:
    """Return file, line and message of everything that is said of a broken assignment."""
    from autograder.authoring.examination import Scope, examine
    from autograder.spec import SpecError, load_assignment

    copy = broken.apply(folder)
    try:
        assignment = load_assignment(copy)
    except SpecError as error:
        return [(fault.place.file.name, fault.place.line, fault.message) for fault in error.faults]
    problem = broken.problem or broken.file.removesuffix(".yaml")
    report = examine(assignment, Scope([problem], sandbox))
    return [(one.place.file.name, one.place.line, one.message) for one in report.ordered()]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.name)
def test_what_is_broken_is_found_at_its_line(broken: Break, tmp_path: Path, sandbox: Sandbox) -> None:
    found = findings(broken, tmp_path, sandbox)
    lines = (tmp_path / broken.assignment / broken.named_file).read_text(encoding="utf-8").split("\n")
    named = [lines[line - 1] for file, line, message in found if broken.says in message and file == broken.named_file]
    assert any(broken.at in line for line in named), found


def test_there_are_twenty_and_more_ways() -> None:
    assert len({broken.name for broken in BREAKS}) == len(BREAKS) >= 20
