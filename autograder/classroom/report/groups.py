"""Answers to one question, grouped by what they mean and not by how they are typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograder.classroom.report.figures import AnswerGroup, Spelling
from autograder.classroom.report.measures import mean
from autograder.classroom.report.privacy import Names, shorten
from autograder.classroom.report.responses import Response

_MOST_SPELLINGS = 5


def group_answers(responses: Sequence[Response], names: Names) -> tuple[AnswerGroup, ...]:
    """Return the groups of the answers that have a meaning, largest first."""
    found: dict[str, list[Response]] = {}
    for response in responses:
        meaning = meaning_of(response)
        if meaning is not None:
            found.setdefault(meaning, []).append(response)
    total = sum(map(len, found.values()))
    groups = [_make_group(meaning, alike, total, names) for meaning, alike in found.items()]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.meaning)))


def meaning_of(response: Response) -> str | None:
    """Return what stands for the meaning of an answer: a formula's fingerprint, a chosen option; None without one."""
    evidence = response.mark.evidence
    meaning = evidence.get("meaning")
    if isinstance(meaning, str):
        return meaning
    chosen = evidence.get("chosen")
    return f"option {chosen}" if isinstance(chosen, str) else None


def _make_group(meaning: str, alike: Sequence[Response], total: int, names: Names) -> AnswerGroup:
    latex = _commonest(alike, "read as") if "meaning" in alike[0].mark.evidence else ""
    plain = _commonest(alike, "plain") or _commonest(alike, "read as")
    spellings = Counter(
        names.clean(typed, response.graded) for response in alike
        if isinstance(typed := response.mark.evidence.get("typed"), str)
    )
    states = Counter(response.mark.state.value for response in alike)
    mistakes = Counter(mistake for response in alike
                       if isinstance(mistake := response.mark.evidence.get("mistake"), str))
    return AnswerGroup(
        meaning=meaning,
        count=len(alike),
        share=len(alike) / total,
        states=dict(states.most_common()),
        latex=latex,
        plain=shorten(plain),
        spellings=tuple(Spelling(*item) for item in spellings.most_common(_MOST_SPELLINGS)),
        spelling_count=len(spellings),
        mistake=mistakes.most_common(1)[0][0] if mistakes else None,
        elsewhere=mean([response.rest for response in alike if response.rest is not None]),
        who=tuple(sorted(label for response in alike if (label := names.who(response.graded)) is not None)),
    )


def _commonest(alike: Sequence[Response], key: str) -> str:
    """Return what most of the answers have there, the shortest of those that are as frequent."""
    found = Counter(value for response in alike if isinstance(value := response.mark.evidence.get(key), str))
    return max(found, key=lambda value: (found[value], -len(value), value)) if found else ""
