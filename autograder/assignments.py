"""Which assignment a submission belongs to, when nobody says so."""

from __future__ import annotations

from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PROBLEMS = HOME / "problems"


class UnclearAssignment(Exception):
    """No single assignment can be meant; the sentence names those there are."""


def find_assignments(problems: Path = PROBLEMS) -> list[Path]:
    """Return the folders of all assignments beside the package."""
    return sorted(file.parent for file in problems.glob("*/assignment.yaml"))


def choose_assignment(submission: Path, problems: Path = PROBLEMS) -> Path:
    """Return the folder of the only assignment, or of the one whose name is a folder on the submission's path.

    Raises UnclearAssignment.
    """
    found = find_assignments(problems)
    if len(found) == 1:
        return found[0]
    named = [folder for folder in found if folder.name in submission.resolve().parts]
    if len(named) == 1:
        return named[0]
    names = ", ".join(folder.name for folder in found) or "none"
    raise UnclearAssignment(f"say which assignment is meant with --assignment problems/NAME; there are: {names}")
