"""The page as text: one file, nothing from outside, nothing of a student's taken for markup, small, well formed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from builders import class_of, mark, submission
from synthetic import HOSTILE

from autograder.classroom.records import ClassMarks, Student
from autograder.classroom.report.formulas import to_mathml
from autograder.classroom.report.page import render, write_report
from autograder.classroom.report.summary import summarise
from autograder.formula.judging.judge import prepare
from autograder.formula.writing.rendering import latex
from autograder.marks import State
from tests.formula.questions import QUESTIONS

VOID = {"meta", "link", "br", "img", "input"}
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\" onfocus='alert(3)' `</code><b>` **</strong><i>** {{ 7 * 7 }} </style>"


class Reader(HTMLParser):
    """Every element with its attributes; raises where an end tag does not fit."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.stack: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if self.stack:
            self.texts.setdefault(self.stack[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def attacked() -> ClassMarks:
    """Return a class in which everything that a student, an export or a problem names is an attack."""
    evidence = {"typed": ATTACK, "read as": rf"\text{{{ATTACK}}}", "plain": ATTACK, "meaning": ATTACK, "mistake": ATTACK,
                "says": ATTACK, "form": [ATTACK], "variant": ATTACK, "wrong step": ATTACK, "by differences?": ATTACK}
    outputs = {"outputs": {ATTACK: {"diagnosis": ATTACK, "says": ATTACK}}}
    bad = [
        mark(f"p/{ATTACK}", 0, 1, number=ATTACK, evidence=evidence, feedback=[ATTACK], title=ATTACK),
        mark("p/b", 0, 1, number="1.2", evidence=outputs, feedback=[ATTACK]),
        mark("p/c", 0, 1, State.UNREADABLE, number="1.3", evidence={"typed": ATTACK, "refused": ATTACK}),
        mark("p/d", 0, 1, State.NOT_GRADED, number="1.4", evidence={"fault": ATTACK, "replay": ATTACK}),
        mark("p/e", 0, 1, State.RAISED, number="1.5", evidence={"load": ATTACK}, feedback=[ATTACK]),
        mark("p/f", 0, 1, number="1.6", evidence={"chosen": ATTACK, "read as": ATTACK}),
    ]
    who = [Student(ATTACK, ATTACK, ATTACK, ATTACK)]
    graded = [submission(f"{ATTACK}{n}", *bad, students=[replace(who[0], id=str(n))]) for n in range(12)]
    return class_of(*graded, submission("lost", failure=ATTACK, students=who), title=ATTACK)


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_nothing_of_a_students_is_markup(is_anonymous: bool) -> None:
    page = Reader(render(summarise(attacked(), is_anonymous=is_anonymous)))
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert not page.all("img") + page.all("b") + page.all("i")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"]
    assert sum("{{ 7 * 7 }}" in text for texts in page.texts.values() for text in texts) > 10
    assert not [text for texts in page.texts.values() for text in texts if text.strip() == "49"]


def test_the_page_is_one_file_that_loads_nothing(page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    page = Reader(text)
    links = [attributes[name] for _, attributes in page.elements for name in ("href", "src", "data", "action") if name in attributes]
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) == {1}
    assert all(link == "data:," or (link[0] == "#" and link[1:] in ids) for link in links)
    named = [word for _, attributes in page.elements for word in attributes.get("aria-labelledby", "").split()]
    assert named
    assert set(named) <= ids.keys()
    assert "@import" not in text
    assert not re.search(r"url\(|https?://(?!www\.w3\.org)", text)
    assert HOSTILE not in text


def test_the_policy_allows_its_own_style_and_script_alone(page_file: Path) -> None:
    page = Reader(page_file.read_text(encoding="utf-8"))
    (policy,) = (meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256("".join(page.texts[tag]).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_page_is_small(large: ClassMarks, page_file: Path, tmp_path: Path) -> None:
    assert sum(len(graded.students) for graded in large.latest) >= 500
    assert len(large.latest[0].marks) >= 30
    assert page_file.stat().st_size < 1_000_000
    write_report(large, tmp_path / "names.html", anonymous=False)
    assert (tmp_path / "names.html").stat().st_size < 2_000_000


def test_the_page_is_small_even_where_every_answer_is_long_and_another() -> None:
    long = r"\frac{a}{b} + " * 140
    graded = [
        submission(f"s{n}", *(mark(f"p/q{q}", 0, 1, number=f"1.{q}", evidence={
            "typed": f"{n} {long}", "read as": f"{n} {long}"[:290] if n % 2 else f"{n} {long}", "plain": f"{n} {long}",
            "meaning": f"{n}", "mistake": f"mistake {n}", "says": f"{n} {long}", "refused": f"{n} {long}",
        }, state=State.WRONG if n % 3 else State.UNREADABLE) for q in range(30)))
        for n in range(60)]  # more of them would add to the counts alone
    assert len(render(summarise(class_of(*graded))).encode()) < 2_000_000


def test_headings_and_tables_are_in_order(page_file: Path) -> None:
    page = Reader(page_file.read_text(encoding="utf-8"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("main")) == len(page.all("nav")) == len(page.all("header")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(head.get("scope") in ("col", "row") for head in page.all("th"))
    assert all("aria-label" in svg for svg in page.all("svg"))


FORMULAS = [r"U (\hat{y} - y)", r"\begin{cases} 1 & x > 0 \\ \alpha & x < 0 \end{cases}", r"\sum_{k=1}^{K} \sigma(u_{k}^{\top} v_{c})",
            r"\begin{bmatrix} a & b \end{bmatrix}", r"\mathbb{E}_{w \sim P}\left[x\right]", r"\operatorname{sum}_{\text{axis 0}}(x)", "0"]
REFUSED = [r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", r"\style{color:red}{x}", r"\class{a}{x}", r"a_b_c", "", " ",
           r"\frac", "x" * 301, r"\text{</math><script>alert(1)</script>}", r"\text{<mi onclick='a'>x</mi>}", r"\text{&lt;&bogus;}"]


@pytest.mark.parametrize("latex", FORMULAS)
def test_formulas_are_set_in_mathml(latex: str) -> None:
    shown = to_mathml(latex)
    assert shown is not None
    assert shown.startswith("<math")
    assert Reader(shown).all("math") == [{"display": "block"}]


@pytest.mark.parametrize("latex", REFUSED)
def test_what_is_no_plain_formula_is_not_set(latex: str) -> None:
    assert to_mathml(latex) is None


def test_every_accepted_answer_of_the_shipped_problems_can_be_set() -> None:
    shown = [latex(expected.node) for question in QUESTIONS.values() for expected in prepare(question).expected]
    assert len(shown) > 20
    assert [text for text in shown if to_mathml(text) is None and len(text) <= 300] == []


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    marks = class_of(submission("s", mark()))
    with pytest.raises(OSError, match="No such file"):
        write_report(marks, tmp_path / "nowhere" / "report.html")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_report(marks, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_same_marks_give_the_same_page(large: ClassMarks, page_file: Path) -> None:
    assert render(summarise(large)).encode() == page_file.read_bytes()
