"""All that an author can be told of an assignment: first what it says, then what its cases tell apart.

    examine(assignment)  ->  Report: a row of figures for each part, and every fault and warning at its line
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from autograder.authoring.crew import Crew, open_sandbox
from autograder.authoring.examples import Graded, find_example_faults, grade_examples
from autograder.authoring.findings import Equal, Report, Row, as_findings, finding
from autograder.authoring.formulas import FormulaTrials
from autograder.authoring.inspection import (
    OTHER_SEEDS,
    Opened,
    inspect_references,
    inspect_submissions,
    open_problem,
)
from autograder.authoring.mutation import Variant, make_mutants
from autograder.authoring.rewrites import SINGLE_PRECISION, make_rewrites
from autograder.authoring.solution import Solution, make_solution
from autograder.authoring.tolerance import advise, tolerance_path
from autograder.authoring.trials import SAME, Killer, Trial
from autograder.formula.proving.proof import Prover
from autograder.formula_faults import find_formula_faults
from autograder.grade import Grader
from autograder.handout.given_faults import find_given_faults
from autograder.references import References
from autograder.sandbox.supervisor import Sandbox
from autograder.spec.code import FunctionPart
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment
from autograder.spec.positions import Path_
from autograder.spec.written import FormulaPart, WrittenFields

_KILLER_SEEDS = tuple(f"seed {number}" for number in range(1, 6))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is examined, and where.

    problems    the ids of the problems that are looked at; what their functions need from others is tried with them
    sandbox     where everything is run, in this process; None for a crew of processes
    say         is told what comes next, for whoever waits
    """

    problems: Collection[str]
    sandbox: Sandbox | None = None
    processes: int | None = None
    say: Callable[[str], None] = lambda text: None


def grade_all_examples(assignment: Assignment, scope: Scope) -> dict[str, list[Graded]]:
    """Return the graded examples of the chosen problems, by problem."""
    with open_sandbox(scope.sandbox) as sandbox, Grader(assignment, sandbox) as grader:
        return {problem.id: list(grade_examples(problem, assignment, grader)) for problem in assignment.problems
                if problem.id in scope.problems}


def examine(assignment: Assignment, scope: Scope | None = None) -> Report:
    """Return the report on an assignment."""
    started = time.monotonic()
    scope = scope or Scope([problem.id for problem in assignment.problems])
    report = Report()
    opened = {problem.id: open_problem(problem, assignment) for problem in assignment.problems}
    chosen = [one for one in opened.values() if one.problem.id in scope.problems]
    for one in chosen:
        for part in one.problem.parts:
            if isinstance(part, (FunctionPart, WrittenFields)):
                row = Row(f"{one.problem.id}/{part.id}", part.max_points)
                row.tolerance = part.relative_tolerance if isinstance(part, FunctionPart) else None
                report.rows[row.part] = row
    scope.say(f"{assignment.head.id}: references, formulas, mistakes, cases")
    solution, findings = make_solution(assignment)
    known = {(assignment.folder / f"{name}.yaml") for name in scope.problems}
    is_faulty = report.add(one for one in findings if one.place.file in known)
    only = replace(assignment, problems=tuple(one.problem for one in chosen))
    is_faulty |= _say_what_is_written(only, chosen, report)
    is_worth_grading = not is_faulty  # where references are at fault, what they say of submissions is noise
    scope.say("a right submission, the untouched starter, the examples")
    with open_sandbox(scope.sandbox) as sandbox, Grader(assignment, sandbox) as grader:
        for one in chosen:
            for example in grade_examples(one.problem, assignment, grader):
                report.rows[example.mark.id].examples += 1
                is_faulty |= report.add(find_example_faults(example, one.document))
            if is_worth_grading:
                is_faulty |= report.add(inspect_submissions(one, assignment, solution, grader))
    report.is_complete = not is_faulty
    if not is_faulty:
        with Crew.open(assignment, solution, processes=scope.processes, sandbox=scope.sandbox) as crew:
            _Trying(opened, solution, crew, report, scope.say).run(chosen)
    report.seconds = time.monotonic() - started
    return report


def _say_what_is_written(assignment: Assignment, chosen: Sequence[Opened], report: Report) -> bool:
    """Add the faults of formulas and references; return whether there are any."""
    with Prover() as prover:
        is_faulty = report.add(as_findings(find_formula_faults(assignment, prover)))
    references = References(reference_folders(assignment.folder))
    for one in chosen:
        is_faulty |= report.add(inspect_references(one, assignment, references))
    if not is_faulty:
        is_faulty = report.add(as_findings(find_given_faults(assignment)))
    return is_faulty


class _Trying:
    """The part of an examination that tries other programs and formulas."""

    def __init__(
        self, opened: dict[str, Opened], solution: Solution, crew: Crew, report: Report, say: Callable[[str], None]
    ) -> None:
        self._tell = say
        self._opened = opened
        self._solution = solution
        self._crew = crew
        self._report = report
        self._base_errors: dict[str, float] = {}

    def run(self, chosen: Sequence[Opened]) -> None:
        names = {one.problem.id for one in chosen}
        targets = [target for target in self._solution.targets if target.parts[0].partition("/")[0] in names]
        files = self._solution.files
        rewrites = [one for target in targets for one in make_rewrites(
            target.file, files[target.file], target.function, target.parts)]
        self._tell(f"{len(rewrites)} honest rewrites")
        self._look_at_rewrites(self._crew.do("try_rewrite", [(one,) for one in rewrites]))
        if self._report.faults:  # where right programs fail, that wrong ones fail says nothing
            self._report.is_complete = False
            return
        mutants = [one for target in targets for one in make_mutants(
            target.file, files[target.file], target.function, target.parts)]
        self._tell(f"{len(mutants)} mutants")
        self._look_at_mutants(self._crew.do("try_mutant", [(one,) for one in mutants]))
        written = [(one.problem.id, part.id) for one in chosen for part in one.problem.parts
                   if isinstance(part, FormulaPart)]
        self._tell(f"slips in {len(written)} formulas")
        self._look_at_formulas(self._crew.do("try_formulas", written))
        for one in chosen:
            for number, part in enumerate(one.problem.parts):
                row = self._report.rows.get(f"{one.problem.id}/{part.id}")
                if isinstance(part, FunctionPart) and row is not None:
                    self._report.add(advise(part, row, ("parts", number), one.document))

    def _row(self, part: str) -> Row:
        return self._report.rows.setdefault(part, Row(part, 0.0))

    def _say(self, part: str, message: str, at: Path_ = (), *, is_fault: bool = True) -> None:
        problem, _, name = part.partition("/")
        opened = self._opened[problem]
        self._report.add([finding(opened.document, (*opened.path(name), *at), message, is_fault=is_fault)])

    def _tolerance(self, part: str) -> Path_:
        opened = self._opened[part.partition("/")[0]]
        return tolerance_path(opened.problem, part, opened.document)

    def _look_at_rewrites(self, trials: Iterable[Trial]) -> None:
        for trial in trials:
            is_single = trial.variant.what == SINGLE_PRECISION
            for tried in trial.parts:
                row = self._row(tried.part)
                if is_single:
                    row.takes_single_precision = row.takes_single_precision is not False and tried.is_right
                    continue
                base = self._base_error(tried.part)
                if tried.error > max(SAME, 100 * base):
                    continue  # it is no rewrite of this function: a list was taken for an array, or it raises
                row.rewrites += 1
                row.honest_error = max(row.honest_error or 0.0, tried.error)
                if not tried.is_right:
                    row.rejected += 1
                    said = f"an honest rewrite of `{trial.variant.function}` loses points, with an error of " \
                           f"{tried.error:.1e}: {trial.variant.what}{_indent(trial.variant.diff)}"
                    self._say(tried.part, said, self._tolerance(tried.part))

    def _base_error(self, part: str) -> float:
        """Return the error of the solution itself."""
        if part not in self._base_errors:
            file = next(target.file for target in self._solution.targets if part in target.parts)
            itself = Variant(file, "", "as it stands", "", self._solution.files[file], (part,))
            self._base_errors[part] = self._crew.do("try_rewrite", [(itself,)])[0].error
        return self._base_errors[part]

    def _look_at_mutants(self, trials: Sequence[Trial]) -> None:
        survivors = []
        lucky = []
        for trial in trials:
            refused = trial.refused
            if refused is None:
                survivors.append(trial.variant)
                continue
            row = self._row(refused.part)
            row.killed += 1
            if math.isfinite(refused.error) and refused.error > SAME:
                row.wrong_error = min(row.wrong_error or math.inf, refused.error)
            if len(refused.failed_cases) == 1 and len(trial.variant.parts) == 1:
                lucky.append((trial.variant, refused.part, OTHER_SEEDS))
        tried = self._crew.do("try_survivor", [(variant, _KILLER_SEEDS) for variant in survivors])
        for variant, found in zip(survivors, tried, strict=True):
            self._look_at_survivor(variant, found)
        for (variant, part, _), seed in zip(lucky, self._crew.do("try_other_seeds", lucky), strict=True):
            if seed is not None:
                self._say(part, f"the seed matters: with another one this mutant of `{variant.function}` would earn "
                          f"everything, since a single case tells it; add cases, or draw more{_indent(variant.diff)}",
                          ("cases",), is_fault=False)

    def _look_at_survivor(self, variant: Variant, killer: Killer | Equal) -> None:
        if isinstance(killer, Equal):
            row = self._row(killer.part)
            row.equal += 1
            row.proved += killer.is_proved
            self._report.equal.append(killer)
            return
        row = self._row(killer.part)
        row.survived += 1
        tolerance = row.tolerance or 0.0
        if killer.error <= tolerance:
            remedy = f"the tolerance of {tolerance:g} lets pass that it is {killer.error:.1e} off in case {killer.case}"
        elif killer.secret:
            remedy = f"with another seed case {killer.case} would tell it, so there are too few cases: raise its count"
        else:
            remedy = f"this case would tell it:  {killer.case}"
        at = self._tolerance(killer.part) if killer.error <= tolerance else ("cases",)
        self._say(killer.part, f"a wrong `{variant.function}` earns everything; {remedy}{_indent(variant.diff)}", at)

    def _look_at_formulas(self, trials: Iterable[FormulaTrials]) -> None:
        for one in trials:
            row = self._row(one.part)
            row.killed, row.survived = one.killed, len(one.survivors)
            row.equal = row.proved = one.equal
            row.rewrites, row.rejected = one.rewrites, len(one.rejected)
            for text, what in one.survivors:
                self._say(one.part, f"a slip ({what}) is taken for the answer, not proved equal:  {text}", ("answer",))
            for text, what in one.rejected:
                self._say(one.part, f"the answer in another spelling ({what}) is not accepted:  {text}", ("answer",))


def _indent(diff: str) -> str:
    return "".join(f"\n    {line}" for line in diff.splitlines())
