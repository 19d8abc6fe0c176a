"""What is wrong with the formulas of an assignment: unreadable, ill-shaped, no gradient, a mistake that is right.

Loading an assignment does not read its formulas; `validate` does, and names file, line and column of each fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from autograder.formula.declarations import Declarations, Question, Reference, Symbol
from autograder.formula.judging import judge as judging
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.proving.proof import Prover
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from autograder.formula.texts import formula
from autograder.formula.values.gradients import gradient_matches
from autograder.spec.faults import Fault
from autograder.spec.model import Assignment, Problem
from autograder.spec.notation import Notation, declare
from autograder.spec.positions import Document, Path_, read_document
from autograder.spec.written import (
    DerivationPart,
    EquationPart,
    FormulaPart,
    NumberPart,
    WrittenFields,
    WrittenPart,
    declare_part,
    pose,
)


def find_formula_faults(assignment: Assignment, prover: Prover | None = None) -> Iterator[Fault]:
    """Yield every fault in the formulas of an assignment; gradients are proved where a prover is given."""
    for problem in assignment.problems:
        file = assignment.folder / f"{problem.id}.yaml"
        document, _ = read_document(file, file.read_text(encoding="utf-8"))
        yield from _problem_faults(problem, document, prover)


def _problem_faults(problem: Problem, document: Document, prover: Prover | None) -> Iterator[Fault]:
    faults = list(_notation_faults(problem.notation, declare(problem.notation), ("notation",), document))
    yield from faults
    if faults:
        return  # every part would repeat them
    for number, part in enumerate(problem.parts):
        if isinstance(part, WrittenFields):
            yield from _part_faults(part, problem.notation, ("parts", number), document, prover)


def _notation_faults(
    notation: Notation, declarations: Declarations, path: Path_, document: Document
) -> Iterator[Fault]:
    """Yield definitions that cannot be read, each read with all names of the problem."""
    for kind in ("symbols", "families", "given", "atoms", "functions"):
        for name, note in getattr(notation, kind).items():
            if note.definition is None:
                continue
            own = declarations
            if kind == "functions" and declarations.symbol(note.argument) is None:
                own = replace(declarations, symbols=(*declarations.symbols, Symbol(note.argument)))
            yield from _unreadable(note.definition, own, (*path, kind, name), document)
    for written, alias in notation.aliases.items():
        yield from _unreadable(alias.means, replace(declarations, aliases=()), (*path, "aliases", written), document)


def _part_faults(
    part: WrittenPart, notation: Notation, path: Path_, document: Document, prover: Prover | None
) -> Iterator[Fault]:
    declarations = declare_part(notation, part)
    faults = list(_notation_faults(part.notation, declarations, (*path, "notation"), document))
    for where, text in _formulas(part):
        faults += _unreadable(text, declarations, (*path, *where), document)
    yield from faults
    if faults:
        return
    if isinstance(part, FormulaPart):
        yield from _question_faults(pose(notation, part), part, path, document)
        yield from _gradient_faults(part, declarations, path, document, prover)
    elif isinstance(part, NumberPart):
        answers = [Reference(part.answer), *(Reference(other.answer, other.reading) for other in part.other_answers)]
        yield from _question_faults(Question(declarations, tuple(answers)), part, path, document)
    elif isinstance(part, DerivationPart):
        question = Question(declarations, (Reference(part.end),))
        if judging.judge(read(part.start, declarations), question).verdict is not judging.Verdict.CORRECT:
            yield _fault(document, (*path, "end"), "does not equal the start")


def _formulas(part: WrittenPart) -> Iterator[tuple[Path_, str]]:
    if isinstance(part, (FormulaPart, NumberPart)):
        yield ("answer",), part.answer
        yield from ((("other_answers", n, "answer"), other.answer) for n, other in enumerate(part.other_answers))
    if isinstance(part, EquationPart):
        equations: list[tuple[Path_, str]] = [(("answer",), part.answer)]
        equations += [(("or_answers", n), answer) for n, answer in enumerate(part.or_answers)]
        equations += [(("mistakes", n, "answer"), mistake.answer) for n, mistake in enumerate(part.mistakes)]
        yield from ((where, side) for where, equation in equations for side in equation.split("="))
    if isinstance(part, DerivationPart):
        yield ("start",), part.start
        yield ("end",), part.end
    if isinstance(part, FormulaPart):
        yield from ((("or_answers", n), answer) for n, answer in enumerate(part.or_answers))
        yield from ((("in_terms_of", n), term) for n, term in enumerate(part.in_terms_of or ()))
        if part.gradient is not None:
            yield ("gradient", "wrt"), part.gradient.wrt
    if isinstance(part, (FormulaPart, NumberPart, DerivationPart)):
        yield from ((("mistakes", n, "answer"), mistake.answer) for n, mistake in enumerate(part.mistakes))


def _unreadable(text: str, declarations: Declarations, path: Path_, document: Document) -> Iterator[Fault]:
    try:
        formula(text, declarations)
    except Unreadable as refusal:
        yield _fault(document, path, f"{refusal.sentence}\n{refusal.drawing()}")


def _question_faults(
    question: Question, part: FormulaPart | NumberPart, path: Path_, document: Document
) -> Iterator[Fault]:
    """Yield answers whose shapes do not fit, and mistakes that are right."""
    try:
        judging.prepare(question)
    except (Misfit, ArithmeticError) as error:
        yield _fault(document, (*path, "answer"), f"has no value: {error}")
        return
    accepted = (judging.Verdict.CORRECT, judging.Verdict.WRONG_FORM, judging.Verdict.VARIANT)
    for number, mistake in enumerate(part.mistakes):
        where = (*path, "mistakes", number, "answer")
        reading = read(mistake.answer, question.declarations)
        if judging.judge(reading, question).verdict in accepted:
            yield _fault(document, where, "this is a right answer, not a mistake")
        earlier = tuple(Reference(other.answer) for other in part.mistakes[:number])
        if earlier and judging.judge(reading, replace(question, references=earlier)).verdict in accepted:
            yield _fault(document, where, "has the value of a mistake before it, so it would never be told")


def _gradient_faults(
    part: FormulaPart, declarations: Declarations, path: Path_, document: Document, prover: Prover | None
) -> Iterator[Fault]:
    if part.gradient is None:
        return
    loss = next(loss for loss in declarations.losses if loss.name == part.gradient.of)
    where = (*path, "gradient")
    if loss.definition is None:
        yield _fault(document, where, f"what '{loss.name}' is has no definition, so nothing can be derived from it")
        return
    try:
        checked = gradient_matches(
            formula(loss.definition, declarations), formula(part.gradient.wrt, declarations),
            formula(part.answer, declarations), declarations, depends_on=part.depends_on, prover=prover,
        )
    except (Misfit, Unreadable, ArithmeticError) as error:
        yield _fault(document, where, f"cannot be derived: {error}")
        return
    if not checked.matches:
        yield _fault(document, where, f"the answer is not this derivative: {checked.evidence}")


def _fault(document: Document, path: Path_, message: str) -> Fault:
    where = ".".join(str(step) for step in path)
    return Fault(document.place(path), f"{where}: {message}")
