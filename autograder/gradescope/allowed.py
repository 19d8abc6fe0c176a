"""Why an assignment was published in spite of faults: written into the zip, and told to staff in every result."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.marks import Json

FILE = "allowed.json"
"""Beside assignment.yaml in a zip; there is none where nothing was at fault."""


def read_allowed(folder: Path) -> dict[str, Json]:
    """Return what is to be said of an assignment in the data for staff."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except OSError:
        return {}
    try:
        return {"published in spite of faults": json.loads(text)}
    except ValueError:  # what somebody wrote by hand is a reason as well
        return {"published in spite of faults": text}
