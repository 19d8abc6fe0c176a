"""From the marks of a class to the figures of its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograder.classroom.records import ClassMarks, Graded
from autograder.classroom.report import findings
from autograder.classroom.report.attempts import attempts_by_author, collect_attempts, identify
from autograder.classroom.report.figures import ClassReport, Discrimination, Example, Finding, Question, Row
from autograder.classroom.report.groups import group_answers
from autograder.classroom.report.measures import correlate, describe_scores, mean, quantile
from autograder.classroom.report.privacy import Names, label
from autograder.classroom.report.responses import Response, collect_responses, is_open
from autograder.classroom.report.suspicions import Looked, find_suspicions
from autograder.marks import State


def summarise(marks: ClassMarks, *, is_anonymous: bool = True) -> ClassReport:
    """Return the figures of a class: of the latest attempts, and of all attempts where it says so."""
    names = Names(is_anonymous=is_anonymous)
    latest = [graded for graded in marks.latest if graded.marks]
    responses = collect_responses(latest)
    times = [graded.created_at for graded in marks.graded if graded.created_at is not None]
    return ClassReport(
        assignment=marks.assignment,
        title=marks.title or marks.assignment,
        is_anonymous=is_anonymous,
        submissions=len(marks.latest),
        students=len({identify(student) for graded in marks.latest for student in graded.students}),
        failures=_find_failures(marks.latest, names),
        waiting=sum(any(mark.state is State.BY_HAND and is_open(mark) for mark in graded.marks) for graded in latest),
        last_handed_in=max(times, key=lambda time: time.timestamp()).strftime("%Y-%m-%d %H:%M") if times else None,
        scores=describe_scores([graded.points for graded in latest],
                               max((graded.max_points for graded in latest), default=0.0)),
        questions=tuple(_describe_question(answers, names) for answers in responses.values()),
        attempts=collect_attempts(marks.graded),
        rows=() if is_anonymous else _list_rows(marks),
    )


def _describe_question(responses: Sequence[Response], names: Names) -> Question:
    mark = responses[-1].mark
    counted = _counted(responses)
    shares = [response.share for response in counted if response.share is not None]
    pairs = [(r.share, r.rest) for r in counted if r.share is not None and r.rest is not None]
    discrimination = (correlate([share for share, _ in pairs], [rest for _, rest in pairs])
                      if counted else Discrimination(None, "no marks yet"))
    seconds = [response.mark.seconds for response in responses]
    states = Counter(response.mark.state.value for response in responses)
    groups = group_answers(responses, names)
    refusals = findings.count_findings(responses, findings.see_refusals, names)
    failures = findings.count_findings(responses, findings.see_failures, names)
    missing = findings.count_findings(responses, findings.see_missing, names)
    return Question(
        id=mark.id,
        number=mark.number,
        title=mark.title,
        max_points=mark.max_points,
        counted=len(shares),
        mean_share=mean(shares),
        discrimination=discrimination,
        seconds_median=quantile(seconds, 0.5),
        seconds_high=quantile(seconds, 0.95),
        states={state.value: states[state.value] for state in State if states[state.value]},
        hand_marked=sum(response.mark.hand_points is not None for response in responses),
        mistakes=findings.count_findings(responses, findings.see_mistakes, names),
        remarks=findings.count_findings(responses, findings.see_remarks, names),
        refusals=refusals,
        failures=failures,
        groups=groups,
        suspicions=find_suspicions(Looked(responses, groups, refusals, failures, missing)),
    )


def _counted(responses: Sequence[Response]) -> list[Response]:
    """Return the responses with points; none as long as all answers that are there wait to be marked."""
    counted = [response for response in responses if response.share is not None]
    is_waiting = len(counted) < len(responses) and all(r.mark.state is State.MISSING for r in counted)
    return [] if is_waiting else counted


def _find_failures(latest: Sequence[Graded], names: Names) -> tuple[Finding, ...]:
    """Return why whole submissions have no marks."""
    found: dict[str, list[Graded]] = {}
    for graded in latest:
        if not graded.marks:
            reason = graded.failure or "It has not been graded."
            found.setdefault(names.clean(reason.strip().splitlines()[-1], graded), []).append(graded)
    return tuple(
        Finding(sentence, sentence, len(alike), len(alike) / len(latest),
                examples=tuple(Example(graded.submission, who=label(graded)) for graded in alike[:3]
                               if not names.is_anonymous),
                who=tuple(sorted(who for graded in alike if (who := names.who(graded)) is not None)))
        for sentence, alike in sorted(found.items(), key=lambda item: -len(item[1]))
    )


def _list_rows(marks: ClassMarks) -> tuple[Row, ...]:
    counts = {id(graded): len(history) for history in attempts_by_author(marks.graded) for graded in history}
    rows = [Row(label(graded), graded.submission, graded.points, graded.max_points, counts[id(graded)],
                sum(is_open(mark) for mark in graded.marks)) for graded in marks.latest]
    return tuple(sorted(rows, key=lambda row: row.who.casefold()))
