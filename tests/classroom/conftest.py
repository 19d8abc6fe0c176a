"""What the tests of a class share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from school import SMALL, Class

from autograder.classroom.store import Store
from autograder.spec import Assignment, load_assignment


@pytest.fixture(scope="session")
def small() -> Assignment:
    return load_assignment(SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small assignment that may be changed."""
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "class.db", create=True) as opened:
        yield opened


@pytest.fixture
def school(tmp_path: Path, store: Store, small: Assignment) -> Class:
    return Class(tmp_path / "class", store, small)
