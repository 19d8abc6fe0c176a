"""The page: one file with everything in it, which loads nothing and runs nothing but its own few lines."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.classroom.records import ClassMarks
from autograder.classroom.report import plots
from autograder.classroom.report.figures import ClassReport, Question, Scores, Suspicion
from autograder.classroom.report.formulas import to_mathml
from autograder.classroom.report.measures import FEWEST
from autograder.classroom.report.plots import say_count
from autograder.classroom.report.summary import summarise
from autograder.classroom.report.suspicions import MANY, STRONG_FAIL, WEIGHTS

_TEMPLATE = Path(__file__).parent / "template"
_MARKED = re.compile(r"(?P<fence>`+)(?P<code>.+?)(?P=fence)|\*\*(?P<strong>.+?)\*\*", re.DOTALL)
_MOST_GROUPS, _MOST_FINDINGS = 8, 10


def write_report(marks: ClassMarks, path: Path, *, anonymous: bool = True) -> ClassReport:
    """Write the report on a class to a file, in one step, and return its figures.

    Raises OSError where the file cannot be written; what stood there is then still there.
    """
    report = summarise(marks, is_anonymous=anonymous)
    page = render(report).encode("utf-8")
    descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(page)
        os.chmod(name, 0o600 if not anonymous else 0o644)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
    return report


def render(report: ClassReport) -> str:
    """Return the page of a report."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=lambda share: "–" if share is None else f"{share:.0%}",
        points=lambda points: f"{points:.4g}",
        signed=lambda value: f"{value:+.2f}".replace("-", "−"),
        marked=_marked,
        mathml=to_mathml,
        many=say_count,
        duration=_say_duration,
    )
    style, script = ((_TEMPLATE / name).read_text(encoding="utf-8") for name in ("style.css", "page.js"))
    return environment.get_template("page.html").render(
        report=report,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        concerns=list(_concerns(report)),
        lede=_say_scores(report.scores),
        plots=plots,
        fewest=FEWEST,
        many=MANY,
        strong_fail=STRONG_FAIL,
        most_groups=_MOST_GROUPS,
        most_findings=_MOST_FINDINGS,
    )


def _hash(text: str) -> str:
    """Return what a policy names a piece of style or script by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class Concern:
    """One kind of trouble and the questions that have it."""

    kind: str
    advice: str
    cases: tuple[tuple[Question, Suspicion], ...]


def _concerns(report: ClassReport) -> Iterator[Concern]:
    """Yield what is suspect, what weighs most first."""
    for kind in WEIGHTS:
        cases = [(question, one) for question in report.questions for one in question.suspicions if one.kind == kind]
        if cases:
            yield Concern(kind, cases[0][1].advice, tuple(cases))


def _marked(text: str) -> Markup:
    """Return a sentence for students as they see it: what stands in backquotes as code, all else as it is typed."""
    pieces, start = Markup(), 0
    for match in _MARKED.finditer(text):
        pieces += escape(text[start : match.start()])
        if match["strong"] is not None:
            pieces += Markup("<strong>{}</strong>").format(match["strong"])
        else:
            pieces += Markup("<code>{}</code>").format(match["code"].strip())
        start = match.end()
    return pieces + escape(text[start:])


def _say_duration(seconds: float) -> str:
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _say_scores(scores: Scores) -> str:
    if scores.median is None or scores.lower_quartile is None or scores.upper_quartile is None:
        return "No submission has marks yet."
    top = f"{scores.max_points:.4g} points"
    if scores.count == 1:
        return f"The one submission has {scores.median:.4g} of {top}."
    if scores.lowest == scores.highest:
        return f"All {scores.count} submissions have {scores.median:.4g} of {top}."
    return (f"The middle score is {scores.median:.4g} of {top}; half of the class lies between "
            f"{scores.lower_quartile:.4g} and {scores.upper_quartile:.4g}.")
