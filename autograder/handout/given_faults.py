"""What a problem file says is publicly known of outputs, held against the references: an author's slip is named."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.cases import CannotDraw, DrawnCase, draw_cases
from autograder.checks.comparison import compare
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.refusals import Unreadable
from autograder.formula.texts import formula
from autograder.precheck.expectations import GivenValues
from autograder.references import BadReference, References
from autograder.spec.code import FunctionPart
from autograder.spec.faults import Fault
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment, Problem
from autograder.spec.notation import declare
from autograder.spec.positions import read_document


def find_given_faults(assignment: Assignment) -> Iterator[Fault]:
    """Yield every output whose given formula has no meaning, or is not what its reference returns."""
    references = References(reference_folders(assignment.folder))
    for problem in assignment.problems:
        file = assignment.folder / f"{problem.id}.yaml"
        document, _ = read_document(file, file.read_text(encoding="utf-8"))
        for number, part in enumerate(problem.parts):
            if isinstance(part, FunctionPart):
                for output, said in _part_faults(part, problem, references, assignment.head.seed):
                    yield Fault(document.place(("parts", number, "returns", output, "given")), said)


def _part_faults(
    part: FunctionPart, problem: Problem, references: References, secret: str
) -> Iterator[tuple[str, str]]:
    """Yield outputs, each with a sentence about it."""
    given = GivenValues(part, problem)
    for output in part.returns:
        text = given.formula(output)
        if text is None:
            continue
        said = _say_unreadable(text, problem) or _say_differs(part, output, given, references, [*_cases(
            part, problem, secret)])
        if said:
            yield output, f"{problem.id}/{part.id}, output {output}, given as {text}: {said}"


def _cases(part: FunctionPart, problem: Problem, secret: str) -> Iterator[DrawnCase]:
    try:
        yield from draw_cases(part, problem, secret)
    except CannotDraw:  # said where the part is graded
        return


def _say_unreadable(text: str, problem: Problem) -> str:
    declarations = declare(problem.notation)
    try:
        elaborate(formula(text, declarations), declarations)
    except (Unreadable, Misfit) as fault:
        return fault.sentence
    return ""


def _say_differs(
    part: FunctionPart, output: str, given: GivenValues, references: References, cases: list[DrawnCase]
) -> str:
    tolerance = part.returns[output].relative_tolerance or part.relative_tolerance
    known = 0
    for drawn in cases:
        value = given.value(output, drawn)
        if value is None:
            continue
        known += 1
        try:
            expected = references.call(part.reference, tuple(part.returns), drawn.inputs)[output]
        except BadReference as error:
            return str(error)
        if not compare(value, "", expected, tolerance).is_right:
            return f"this is not what {part.reference} returns in case {drawn.number} ({drawn.describe()})"
    return "" if known else "no case gives all that it needs; say under `where` which input each symbol is"
