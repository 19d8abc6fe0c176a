"""A class of five hundred, made of real marks; and its page, opened once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import PROGRAM, Page, browser
from synthetic import TROUBLES, grade_samples, make_class, pool_of

from autograder.classroom.records import ClassMarks
from autograder.classroom.report.page import write_report


@pytest.fixture(scope="session")
def large() -> ClassMarks:
    samples = grade_samples("cs224n_a2", ("correct", "seed_000", "seed_001", "wrong_sign"))
    return make_class(pool_of(samples), 500, troubles=TROUBLES)


@pytest.fixture(scope="session")
def page_file(large: ClassMarks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(large, path)
    return path


@pytest.fixture(scope="session")
def tab() -> Iterator[Page]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium here")
    with browser() as page:
        yield page
