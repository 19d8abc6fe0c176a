"""`autograder class report`, from a store to a page."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from recount import recount, rows_of_json_lines

from autograder.classroom.gradebooks import json_lines
from autograder.classroom.store import Store
from autograder.cli import main
from autograder.spec import load_assignment
from tests.classroom.school import BY, SMALL, Class

POINTS = {"ada": "lines/double 3", "ben": "lines/double 1", "cyd": ""}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a current run, and a later one in which Ben does better."""
    path = tmp_path / "class.db"
    with Store.open(path, create=True) as opened:
        school = Class(tmp_path / "class", opened, load_assignment(SMALL))
        school.hand_in(**POINTS)
        school.grade()
        opened.apply(opened.run().id, BY)
        school.hand_in(ben="lines/double 3")
        school.grade()
    return path


def call(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["class", "report", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_it_writes_a_page_and_says_what_is_in_it(store: Path, tmp_path: Path) -> None:
    code, said = call("--store", store, "-o", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (code, said) == (0, f"{tmp_path / 'page.html'}: 3 submissions, 4 questions. Nothing looks broken.\n")
    assert "<h1>" in page
    assert not re.search(r"\b(ada|ben|cyd)\b", page)


def test_it_names_what_is_to_be_looked_at_first(tmp_path: Path) -> None:
    with Store.open(tmp_path / "class.db", create=True) as opened:
        school = Class(tmp_path / "class", opened, load_assignment(SMALL))
        school.hand_in(**{f"s{n}": "lines/double 3" for n in range(10)})
        school.grade()
        opened.apply(opened.run().id, BY)
    code, said = call("--store", tmp_path / "class.db", "-o", tmp_path / "page.html")
    assert code == 0
    assert re.search(r"10 submissions, 4 questions\. Look at these first: [\d., ]+\.\n$", said)


def test_names_are_shown_where_they_are_asked_for(store: Path, tmp_path: Path) -> None:
    assert call("--store", store, "-o", tmp_path / "page.html", "--names")[0] == 0
    assert ">ada<" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_json_has_the_figures_of_the_marks(store: Path, tmp_path: Path) -> None:
    code, said = call("--store", store, "--json", "-o", tmp_path / "page.html")
    figures = json.loads(said)
    assert code == 0
    assert not (tmp_path / "page.html").exists()
    with Store.open(store) as opened:
        found = recount(rows_of_json_lines(json_lines(opened.read_marks())))
    assert figures["scores"]["mean"] == pytest.approx(found["scores"]["mean"])
    assert {q["id"]: q["mean_share"] for q in figures["questions"]} == {
        part: pytest.approx(own["mean_share"]) for part, own in found["questions"].items()}


def test_a_proposal_can_be_looked_at_before_it_is_applied(store: Path) -> None:
    means = [json.loads(call("--store", store, "--json", *more)[1])["scores"]["highest"] for more in ((), ("--run", "2"))]
    lowest = [json.loads(call("--store", store, "--json", *more)[1])["scores"]["mean"] for more in ((), ("--run", "2"))]
    assert means[0] == means[1]
    assert lowest[1] > lowest[0]


def test_what_keeps_it_from_reporting_is_said(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "new.db", create=True):
        pass
    nowhere = tmp_path / "nowhere" / "page.html"
    assert call("--store", tmp_path / "new.db") == (
        2, f"no run of {tmp_path / 'new.db'} was applied yet: autograder class apply --store {tmp_path / 'new.db'}\n")
    assert call("--store", store, "-o", nowhere) == (2, f"{nowhere} cannot be written: No such file or directory\n")
    assert call("--store", store, "--run", "7")[0] == 2
    for name in [name for name in sys.modules if name.startswith("autograder.classroom.report.page")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    code, said = call("--store", store, "-o", tmp_path / "page.html")
    assert code == 2
    assert said == ("The page needs jinja2, which is not installed. Run ./setup.sh --dev, or install autograder[class]. "
                    "The figures can be had without it: --json\n")
    assert call("--store", store, "--json")[0] == 0
