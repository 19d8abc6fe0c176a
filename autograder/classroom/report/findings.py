"""What the evidence of marks says: mistakes, remarks, refusals, failures, each with how many share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.classroom.records import PartMark
from autograder.classroom.report.figures import Example, Finding
from autograder.classroom.report.privacy import Names
from autograder.classroom.report.responses import Response
from autograder.marks import Json, State

UNEXPLAINED = "no known mistake"
_MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """Something seen in one mark; `where` names the output of a function that showed it.

    example   what the student typed (`is_typed`), else what the student was told
    """

    name: str
    sentence: str
    example: str
    where: str = ""
    is_typed: bool = False


def count_findings(
    responses: Sequence[Response], look: Callable[[PartMark], Iterable[Seen]], names: Names
) -> tuple[Finding, ...]:
    """Return what `look` sees in the marks, most frequent first; several sights of it in one mark count once."""
    found: dict[str, list[tuple[Response, Seen]]] = {}
    for response in responses:
        for seen in look(response.mark):
            found.setdefault(seen.name, []).append((response, seen))
    findings = [_make_finding(name, sights, len(responses), names) for name, sights in found.items()]
    return tuple(sorted(findings, key=lambda finding: (finding.name == UNEXPLAINED, -finding.count, finding.name)))


def _make_finding(name: str, sights: Sequence[tuple[Response, Seen]], total: int, names: Names) -> Finding:
    by_submission = {id(response.graded): (response, seen) for response, seen in reversed(sights)}
    (first, _), *_ = sights
    sentence = Counter(seen.sentence or name for _, seen in sights).most_common(1)[0][0]
    examples: dict[str, Example] = {}
    for response, seen in reversed(by_submission.values()):
        text = names.clean(seen.example, response.graded)
        if len(examples) < _MOST_EXAMPLES and text and sentence not in text:
            examples.setdefault(text, Example(text, seen.is_typed, names.who(response.graded)))
    who = sorted(label for response, _ in by_submission.values() if (label := names.who(response.graded)) is not None)
    where = Counter(seen.where for _, seen in sights if seen.where)
    return Finding(
        name=names.clean(name, first.graded),
        sentence=names.clean(sentence, first.graded),
        count=len(by_submission),
        share=len(by_submission) / total,
        where=tuple(output for output, _ in where.most_common()),
        examples=tuple(examples.values()),
        who=tuple(who),
    )


# What may be seen in a mark


def see_mistakes(mark: PartMark) -> Iterator[Seen]:
    """Yield the mistakes that were recognised in a wrong answer, or that none was."""
    evidence = mark.evidence
    found = False
    for output, scored in _mapping(evidence.get("outputs")).items():
        diagnosis = _mapping(scored).get("diagnosis")
        if isinstance(diagnosis, str):
            found = True
            yield Seen(diagnosis, _text(_mapping(scored).get("says")), _line_about(output, mark), output)
    mistake = evidence.get("mistake")
    if isinstance(mistake, str):
        found = True
        yield Seen(mistake, _text(evidence.get("says")), _typed(mark), is_typed=True)
    if mark.state is State.WRONG and isinstance(evidence.get("chosen"), str):
        found = True
        yield Seen(f"chose {evidence['chosen']}", f"Chose: {_text(evidence.get('read as'))}", "")
    if mark.state is State.RAISED:
        found = True
        kind = _exception(mark).partition(":")[0].strip() or "an exception"
        yield Seen(f"raised {kind}", f"The code raised {kind}.", _first(mark.feedback))
    if not found and mark.state is State.WRONG:
        typed = _typed(mark)
        yield Seen(UNEXPLAINED, "Wrong, and no known mistake explains it.", typed or _first(mark.feedback),
                   is_typed=bool(typed))


def see_remarks(mark: PartMark) -> Iterator[Seen]:
    """Yield what is to be said of answers whatever they earned: their form, their layout, how they got there."""
    evidence = mark.evidence
    kinds = [kind for kind in _listed(evidence.get("form")) if isinstance(kind, str)]
    if kinds:
        said = next((text for text in mark.feedback if text.startswith("The value is right.")), "")
        yield Seen(f"form: {', '.join(kinds)}", said or "Right in value, in another form than asked.", _typed(mark),
                   is_typed=True)
    variant = evidence.get("variant")
    if isinstance(variant, str):
        said = f"Right in another layout or reading: {variant}."
        yield Seen(f"variant: {variant}", said, _typed(mark), is_typed=True)
    if isinstance(evidence.get("wrong step"), str):
        yield Seen("wrong step", "A step on the way to the result does not follow.", _text(evidence["wrong step"]))
    if isinstance(evidence.get("by differences?"), str):
        yield Seen("by differences", "The gradient has the precision of finite differences, not of a formula.",
                   _text(evidence["by differences?"]))


def see_refusals(mark: PartMark) -> Iterator[Seen]:
    """Yield why an answer could not be read."""
    if mark.state is State.UNREADABLE:
        sentence = _text(mark.evidence.get("refused")) or _first(mark.feedback).partition("\n")[0]
        yield Seen(sentence, sentence, _typed(mark), is_typed=True)


def see_failures(mark: PartMark) -> Iterator[Seen]:
    """Yield what went wrong on our side."""
    if mark.state is State.NOT_GRADED:
        lines = [line.strip() for line in _text(mark.evidence.get("fault")).splitlines() if line.strip()]
        sentence = lines[-1] if lines else "No reason was kept."
        yield Seen(sentence, sentence, _text(mark.evidence.get("replay")), is_typed=True)


def see_missing(mark: PartMark) -> Iterator[Seen]:
    """Yield what a student was told whose answer was not there."""
    if mark.state is State.MISSING:
        yield Seen(_first(mark.feedback), _first(mark.feedback), "")


def _typed(mark: PartMark) -> str:
    return _text(mark.evidence.get("typed")) or _text(mark.evidence.get("text"))


def _line_about(output: str, mark: PartMark) -> str:
    """Return the line of the feedback that speaks of an output of a function."""
    lines = [line for paragraph in mark.feedback for line in paragraph.splitlines()]
    return next((line.removeprefix("- ") for line in lines if f"`{output}`" in line), _first(mark.feedback))


def _exception(mark: PartMark) -> str:
    for case in _listed(mark.evidence.get("cases")):
        raised = _mapping(case).get("raised")
        if isinstance(raised, str):
            return raised
    return _text(mark.evidence.get("load"))


def _first(feedback: Sequence[str]) -> str:
    return feedback[0] if feedback else ""


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()
