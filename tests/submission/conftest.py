"""Ways to write down a submission in a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autograder.submission import Submission, read_submission

Lay = Callable[..., Path]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Return a function that writes files into a folder and returns the folder."""

    def write(files: Mapping[str, str | bytes] | None = None, **more: str | bytes) -> Path:
        for name, content in {**(files or {}), **more}.items():
            file = tmp_path / "handed_in" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "handed_in").mkdir(exist_ok=True)
        return tmp_path / "handed_in"

    return write


@pytest.fixture
def hand_in(lay: Lay) -> Callable[..., Submission]:
    return lambda files: read_submission(lay(files))
