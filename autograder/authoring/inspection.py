"""What can be said of a problem without mutants: its references, mistakes, cases, solution, starter and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from autograder.authoring.derivatives import find_wrong_gradients
from autograder.authoring.findings import Finding, finding
from autograder.authoring.known_mistakes import KnownMistakes
from autograder.authoring.ranges import find_tame_ranges
from autograder.authoring.solution import Solution
from autograder.authoring.trials import is_right
from autograder.cases import CannotDraw, DrawnCase, draw_cases
from autograder.grade import Grader, Selection
from autograder.marks import Mark, State
from autograder.references import BadReference, References
from autograder.spec.code import FunctionPart
from autograder.spec.model import Assignment, Part, Problem
from autograder.spec.positions import Document, Path_, read_document
from autograder.spec.suite import UnittestPart
from autograder.spec.written import DerivationPart, ProsePart
from autograder.submission import Submission

OTHER_SEEDS = ("another seed", "a second one", "a third one")


@dataclass(frozen=True, slots=True)
class Opened:
    """A problem with its file, for the places of what is found."""

    problem: Problem
    document: Document

    def path(self, part: str) -> Path_:
        """Return the path of a part, by its id."""
        return ("parts", next(number for number, one in enumerate(self.problem.parts) if one.id == part))


def open_problem(problem: Problem, assignment: Assignment) -> Opened:
    file = assignment.folder / f"{problem.id}.yaml"
    return Opened(problem, read_document(file, file.read_text(encoding="utf-8"))[0])


def inspect_references(opened: Opened, assignment: Assignment, references: References) -> Iterator[Finding]:
    """Yield what is wrong with the references, the mistakes and the cases of a problem's functions."""
    known = {seed: KnownMistakes(opened.document, references) for seed in (assignment.head.seed, *OTHER_SEEDS)}
    for number, part in enumerate(opened.problem.parts):
        if not isinstance(part, FunctionPart):
            continue
        path: Path_ = ("parts", number)
        for seed, mistakes in known.items():
            is_own = seed == assignment.head.seed
            try:
                cases = list(draw_cases(part, opened.problem, seed))
            except CannotDraw as error:
                yield finding(opened.document, (*path, "cases", *_undrawable(part, opened.problem, seed)), str(error))
                break
            try:
                if is_own:
                    yield from _find_case_faults(part, cases, references, path, opened.document)
                    yield from find_wrong_gradients(part, cases, references, path, opened.document)
                    yield from find_tame_ranges(part, cases, path, opened.document)
                    yield from mistakes.add(part, cases, path)
                else:
                    list(mistakes.add(part, cases, path))  # what is wrong with a mistake is said once
            except BadReference as error:
                yield finding(opened.document, (*path, "reference"), str(error))
                break
    own = list(known.pop(assignment.head.seed).find_untold())
    yield from own
    said = {one.place for one in own}
    for mistakes in known.values():
        for one in mistakes.find_untold():
            if one.place not in said:
                said.add(one.place)
                yield Finding(one.place, f"{one.message}. So it is with another seed; more cases make sure", False)


def _undrawable(part: FunctionPart, problem: Problem, seed: str) -> tuple[int, ...]:
    """Return the number of the first case that cannot be drawn."""
    for number, case in enumerate(part.cases):
        try:
            list(draw_cases(replace(part, cases=(case,)), problem, seed))
        except CannotDraw:
            return (number,)
    return ()


def _find_case_faults(
    part: FunctionPart, cases: Sequence[DrawnCase], references: References, path: Path_, document: Document
) -> Iterator[Finding]:
    """Yield cases on which the reference gives no numbers, cases that say nothing, and cases that are there twice."""
    said = dict.fromkeys(part.returns, False)
    for drawn in cases:
        number = part.cases.index(drawn.case)
        where = (*path, "cases", number)
        expected = references.call(part.reference, tuple(part.returns), drawn.inputs)
        if not all(np.isfinite(values).all() for values in expected.values()):
            yield finding(document, where, f"{part.reference} gives no finite numbers in case {drawn.number} "
                                           f"({drawn.describe()})")
        for name, values in expected.items():
            asked = _resolve(part, name, drawn)
            if not drawn.case.inputs and values.shape != asked:
                yield finding(document, (*path, "returns", name, "shape"),
                              f"says {asked}, but {part.reference} returns {values.shape} in case {drawn.number}")
            said[name] |= bool(values.any())
    for name, is_said in said.items():
        if not is_said:
            yield finding(document, (*path, "returns", name),
                          "is 0 in every case, as in a function that does nothing; draw other inputs", is_fault=False)
    seen: list[object] = []
    for number, case in enumerate(part.cases):
        same = replace(case, name=None, count=1, say=None, points=None)
        if same in seen:
            yield finding(document, (*path, "cases", number), "draws as an earlier case does and tells nothing more; "
                          "give it other inputs, or raise the count of the other", is_fault=False)
        seen.append(same)


def _resolve(part: FunctionPart, output: str, drawn: DrawnCase) -> tuple[int, ...]:
    return tuple(drawn.sizes[size] if isinstance(size, str) else size for size in part.returns[output].shape)


# Whole submissions


def inspect_submissions(
    opened: Opened, assignment: Assignment, solution: Solution, grader: Grader
) -> Iterator[Finding]:
    """Yield parts that a right submission does not get all the points of, and parts that an untouched starter does."""
    selection = Selection(opened.problem.id)
    for mark in grader.grade(solution.submission, selection).marks:
        part = _part(opened, mark)
        if isinstance(part, UnittestPart) and not solution.covers(part):
            yield finding(opened.document, (*opened.path(mark.part), "suite"),
                          "no right submission is known, so nothing is known of these tests; put the files that they "
                          "import into a folder, name them under files:, and the folder in assignment.yaml: "
                          "`solution: solution`", is_fault=False)
            continue
        if isinstance(part, DerivationPart):
            if not any(example.state == "correct" for example in part.examples):
                yield finding(opened.document, opened.path(mark.part), "no right derivation is known; add one to its "
                              "examples with state: correct", is_fault=False)
            continue
        if mark.state is State.NOT_GRADED:
            said = str(mark.verdict.evidence.get("fault", "")).strip().splitlines()
            yield finding(opened.document, opened.path(mark.part), f"cannot be graded: {said[-1] if said else ''}")
        elif not isinstance(part, ProsePart) and not is_right(mark):
            field = {FunctionPart: "reference", UnittestPart: "suite"}.get(type(part), "answer")
            yield finding(opened.document, (*opened.path(mark.part), field),
                          f"a right submission gets {mark.state.value}, {mark.points:g} of {mark.max_points:g} points: "
                          f"{' '.join(mark.verdict.feedback)[:400]}")
    if (starter := _starter(assignment)) is not None:
        for mark in grader.grade(starter, selection).marks:
            if mark.points > 0:
                yield finding(opened.document, opened.path(mark.part),
                              f"the untouched starter earns {mark.points:g} of {mark.max_points:g} points; let it "
                              "raise NotImplementedError, or draw inputs on which it is wrong")


def _part(opened: Opened, mark: Mark) -> Part:
    return next(part for part in opened.problem.parts if part.id == mark.part)


def _starter(assignment: Assignment) -> Submission | None:
    if assignment.head.starter is None:
        return None
    folder: Path = assignment.folder / assignment.head.starter
    files: Mapping[str, bytes] = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts}
    return Submission(files)
