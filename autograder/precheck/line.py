"""The pre-check's line: a submission and the public half of an assignment -> Report, part by part."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from autograder.cases import CannotDraw
from autograder.precheck import sentences
from autograder.precheck.code import SEED, CodeCheck, check_code
from autograder.precheck.findings import Finding, PartReport, Report, Standing, Tone
from autograder.precheck.written import check_written
from autograder.sandbox.supervisor import Sandbox
from autograder.spec.code import FunctionPart
from autograder.spec.model import Assignment, Part, Problem
from autograder.spec.suite import UnittestPart
from autograder.spec.written import WrittenFields
from autograder.student_code import Deadline, StudentCode
from autograder.submission import Answers, Submission, read_answers


def check(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    problem: str | None = None,
    on_part: Callable[[PartReport], None] = lambda part: None,
    seed: str = SEED,
) -> Report:
    """Pre-check a submission, or one problem of it; `on_part` is told each part as soon as it is known.

    assignment: as students see it; nothing else of it is looked at.  seed: of the drawn inputs.
    """
    started = time.monotonic()
    student = StudentCode.of(submission, assignment, sandbox, Deadline(assignment.head.limits.submission_seconds))
    answers = read_answers(submission, assignment)
    parts: list[PartReport] = []
    for one in assignment.problems:
        if problem in (None, one.id):
            for part in _check_problem(one, assignment, student, answers, seed):
                parts.append(part)
                on_part(part)
    notes = (*submission.notes, *answers.notes, *student.code.notes)
    return Report(assignment.head.title, tuple(parts), notes, time.monotonic() - started)


def _check_problem(
    problem: Problem, assignment: Assignment, student: StudentCode, answers: Answers, seed: str
) -> Iterator[PartReport]:
    """Yield the functions of a problem first: formulas are held against them."""
    code: list[CodeCheck] = []
    for part in problem.parts:
        if isinstance(part, FunctionPart):
            unmet = _unmet_needs(part, code)
            if unmet:  # the grader leaves it alone as well
                yield _not_here(problem, part, sentences.say_needs(unmet))
                continue
            code.append(_check_function(part, problem, student, seed))
            yield code[-1].report
        elif isinstance(part, UnittestPart):
            yield _not_here(problem, part, sentences.NO_SUITE)
    for part in problem.parts:
        if isinstance(part, WrittenFields):
            try:
                yield check_written(part, problem, assignment, answers, code)
            except Exception as error:  # as above
                yield _not_here(problem, part, sentences.say_fault(error))


def _unmet_needs(part: FunctionPart, code: Sequence[CodeCheck]) -> list[str]:
    """Return the parts before this one that it needs, and that have nothing right."""
    reports = [check.report for check in code if check.report.part in part.needs]
    return [report.part for report in reports if report.standing is Standing.MEND
            and all(is_right is False for is_right in report.outputs.values())]


def _check_function(part: FunctionPart, problem: Problem, student: StudentCode, seed: str) -> CodeCheck:
    try:
        return check_code(part, problem, student, seed)
    except CannotDraw:
        return CodeCheck(_not_here(problem, part, sentences.NO_INPUTS))
    except Exception as error:  # a slip of ours in one part must not take the others with it, nor look like theirs
        return CodeCheck(_not_here(problem, part, sentences.say_fault(error)))


def _not_here(problem: Problem, part: Part, why: str) -> PartReport:
    title = part.title or f"{problem.title}: {part.id}"
    return PartReport(problem.id, part.id, title, Standing.UNCHECKED, (Finding(Tone.NOTE, why),),
                      unchecked=("all of it",))


def what_is_left(report: Report, assignment: Assignment) -> tuple[str, ...]:
    """Return what the grader will check that this did not, in sentences."""
    left = []
    if any(isinstance(part, FunctionPart) for problem in assignment.problems for part in problem.parts):
        left.append(sentences.OTHER_INPUTS)
    by_clause: dict[str, list[str]] = {}
    names = Counter(part.part for part in report.parts)
    for part in report.parts:
        for clause in part.unchecked:
            by_clause.setdefault(clause, []).append(part.part if names[part.part] == 1 else part.id)
    left += [f"{', '.join(f'`{name}`' for name in parts)}: {clause}." for clause, parts in by_clause.items()]
    return (*left, sentences.POINTS)
