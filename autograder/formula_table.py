"""Judge many written answers at once: lines of JSON -> verdicts, for tables of labelled answers and for reruns."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from autograder.checks.choice import check_choice
from autograder.checks.formula import Shares
from autograder.checks.written import BY_HAND, Checker, make_checker, shares_of
from autograder.formula.declarations import Alias
from autograder.formula.proving.proof import Prover
from autograder.marks import Json, State, Verdict
from autograder.spec.faults import did_you_mean
from autograder.spec.model import Assignment
from autograder.spec.notation import Notation
from autograder.spec.written import ChoicePart, WrittenPart
from autograder.submission.answers import compose_text
from autograder.submission.part_names import written_parts


@dataclass(frozen=True, slots=True)
class _Named:
    """A part with what is needed to grade it."""

    part: WrittenPart
    notation: Notation
    shares: Shares


class UnusableLine(Exception):
    """A line of a table that names no answer to judge; the text says why."""


def judge_table(
    lines: Iterable[str], assignments: Iterable[Assignment], *, prove: bool = True
) -> Iterator[dict[str, Json]]:
    """Yield {id, problem, state, points, read_as, means, wrong_step, seconds} for each line {id, problem, answer}.

    problem   id or alias of a written part of one of the assignments
    alias, define   optional, for one line: spellings and what they mean; names that the student defined
    A line that cannot be used is `not graded`, and `means` says why; an unreadable answer comes with what was `typed`
    and the `reason`, so that the spelling tables can grow by it.
    """
    parts = _find_parts(assignments)
    checkers: dict[str, Checker | None] = {}
    prover = Prover() if prove else None
    try:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _judge_line(line, number, parts, checkers, prover)
    finally:
        if prover is not None:
            prover.close()


def _find_parts(assignments: Iterable[Assignment]) -> dict[str, _Named]:
    parts: dict[str, _Named] = {}
    for assignment in assignments:
        for problem, part in written_parts(assignment):
            for name in (part.id, *part.aliases, f"{problem.id}/{part.id}", f"{assignment.head.id}/{part.id}"):
                parts.setdefault(name, _Named(part, problem.notation, shares_of(assignment)))
    return parts


def _judge_line(
    line: str, number: int, parts: Mapping[str, _Named], checkers: dict[str, Checker | None],
    prover: Prover | None,
) -> dict[str, Json]:
    started = time.perf_counter()
    judged: dict[str, Json] = {"id": str(number), "problem": None}
    try:
        row = _parse(line)
        judged = {"id": row.get("id", str(number)), "problem": str(row["problem"])}
        verdict = _judge(row, parts, checkers, prover)
    except UnusableLine as error:
        verdict = Verdict(State.NOT_GRADED, 0.0, (), {"means": str(error)})
    evidence = verdict.evidence
    if verdict.state is State.UNREADABLE:
        judged |= {"typed": evidence.get("typed"), "reason": evidence.get("reason")}
    return judged | {
        "state": verdict.state.value,
        "points": verdict.points,
        "read_as": evidence.get("read as"),
        "means": _say_means(evidence),
        "wrong_step": evidence.get("wrong step"),
        "seconds": round(time.perf_counter() - started, 6),
    }


def _say_means(evidence: Mapping[str, Json]) -> str:
    """Say by which means a line was decided, and in which layout or reading of the question it is right."""
    means = str(evidence.get("means") or evidence.get("refused") or "")
    return f"{means}; {evidence['variant']}" if "variant" in evidence else means


def _parse(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise UnusableLine("this line is not JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("problem"), str) or not isinstance(row.get("answer"), str):
        raise UnusableLine("a line needs a 'problem' and an 'answer', both text")
    return row


def _judge(
    row: Mapping[str, Any], parts: Mapping[str, _Named], checkers: dict[str, Checker | None],
    prover: Prover | None,
) -> Verdict:
    named = parts.get(row["problem"])
    if named is None:
        raise UnusableLine(f"no written part '{row['problem']}'{did_you_mean(row['problem'], parts)}")
    answer = compose_text(row["answer"], named.part)
    answer = replace(answer, dialect=_dialect(row) or answer.dialect, names=tuple(_own_names(row)))
    if isinstance(named.part, ChoicePart):
        return check_choice(named.part, answer)
    if row["problem"] not in checkers:
        checkers[row["problem"]] = make_checker(named.part, named.notation, named.shares, prover)
    checker = checkers[row["problem"]]
    if checker is None:
        return Verdict(State.BY_HAND, 0.0, (BY_HAND,), {"means": "marked by hand"})
    return checker.check(answer).verdict


def _dialect(row: Mapping[str, Any]) -> str:
    return row["format"] if row.get("format") in ("latex", "python", "unicode") else ""


def _own_names(row: Mapping[str, Any]) -> Iterator[Alias]:
    for field, is_local in (("alias", False), ("define", True)):
        given = row.get(field) or {}
        if not isinstance(given, dict) or not all(isinstance(means, str) and means for means in given.values()):
            raise UnusableLine(f"'{field}' must map spellings to what they mean")
        yield from (Alias(written, means, is_local) for written, means in given.items())
