"""Pre-check a written answer: how it was read, and, where the problem file allows it, what the grader says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.checks import formula_sentences as grading
from autograder.checks.choice import check_choice, find_option
from autograder.checks.choosing import names_of, settle, variable_asked
from autograder.checks.comparison import compare
from autograder.checks.written import make_checker, shares_of
from autograder.formula.derivations.chains import read_sides
from autograder.formula.derivations.sides import cut
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.shapes import Misfit, say_shape
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from autograder.formula.writing.rendering import plain
from autograder.marks import State
from autograder.precheck import sentences
from autograder.precheck.code import CodeCheck
from autograder.precheck.findings import Finding, PartReport, Standing, Tone
from autograder.spec.model import Assignment, Problem
from autograder.spec.written import (
    ChoicePart,
    DerivationPart,
    EquationPart,
    FormulaPart,
    NumberPart,
    ProsePart,
    WrittenPart,
    declare_part,
)
from autograder.submission.answers import Answer, Answers

_RIGHT_ENOUGH = 1e-9  # formulas are worked out to many digits; code in double precision


def check_written(
    part: WrittenPart, problem: Problem, assignment: Assignment, answers: Answers, code: Sequence[CodeCheck]
) -> PartReport:
    """Return what can be said of one answer; `code` is what was found about the problem's functions."""
    title = part.title or f"{problem.title}: {part.id}"
    answer = answers.get(problem.id, part.id)
    if answer is None:
        said = sentences.say_answer_open(part.id, assignment.head.answers)
        return PartReport(problem.id, part.id, title, Standing.OPEN, (Finding(Tone.NOTE, said),))
    judges = isinstance(part, FormulaPart) and part.precheck == "judge"
    findings = tuple(_findings(part, problem, assignment, answer, code))
    standing = Standing.FINE if judges else Standing.READ
    if any(finding.tone is Tone.MEND for finding in findings):
        standing = Standing.MEND
    return PartReport(problem.id, part.id, title, standing, findings, unchecked=(_unchecked(part, judges),))


def _findings(
    part: WrittenPart, problem: Problem, assignment: Assignment, answer: Answer, code: Sequence[CodeCheck]
) -> Iterator[Finding]:
    if isinstance(part, (FormulaPart, NumberPart)):
        answer = settle(answer, declare_part(problem.notation, part), variable_asked(part)).answer
    if isinstance(part, ProsePart):
        yield Finding(Tone.NOTE, sentences.BY_HAND)
    elif isinstance(part, ChoicePart):
        yield from _choice(part, answer)
    elif answer.doubt:
        yield Finding(Tone.MEND, answer.doubt)
    elif isinstance(part, DerivationPart):
        yield from _derivation(part, problem, answer)
    elif isinstance(part, FormulaPart) and part.precheck == "judge":
        yield from _judged(part, problem, assignment, answer)
        yield from _agreement(part, problem, answer, code)
    else:
        yield from _read(part, problem, answer)
    if answer.note:
        yield Finding(Tone.NOTE, answer.note)


def _choice(part: ChoicePart, answer: Answer) -> Iterator[Finding]:
    chosen = find_option(part, answer.text)
    if chosen is None:
        yield from (Finding(Tone.MEND, said) for said in check_choice(part, answer).feedback)
    else:
        yield Finding(Tone.NOTE, f"Read as: {part.options[chosen].text}.")


def _read(part: WrittenPart, problem: Problem, answer: Answer) -> Iterator[Finding]:
    """Say how a formula was read and what kind of thing it is."""
    declarations = names_of(answer, declare_part(problem.notation, part))
    try:
        reading = read(answer.text, declarations, answer.dialect or "auto")
    except Unreadable as refusal:
        if isinstance(part, EquationPart):
            yield Finding(Tone.NOTE, grading.IN_WORDS)
        else:
            yield Finding(Tone.MEND, grading.say_refusal(answer, refusal))
        return
    yield Finding(Tone.NOTE, sentences.say_read(plain(reading.tree if isinstance(part, EquationPart)
                                                      else reading.answer)))
    if isinstance(part, FormulaPart) and reading.dialect != "python":
        try:
            shape = elaborate(reading.answer, declarations, text=answer.text).term.shape
        except (Misfit, Unreadable) as misfit:
            yield Finding(Tone.NOTE, sentences.say_misfit(misfit.sentence))
        else:
            yield Finding(Tone.NOTE, f"This is {say_shape(shape)}.")


def _derivation(part: DerivationPart, problem: Problem, answer: Answer) -> Iterator[Finding]:
    """Say how each side of a chain was read."""
    declarations = names_of(answer, declare_part(problem.notation, part))
    text = "\n\n".join(answer.lines)
    sides = read_sides(text, cut(text), declarations)[1]
    shown = [plain(side.nodes[0]) for side in sides if side.is_read]
    if not sides:
        yield Finding(Tone.NOTE, grading.IN_WORDS)
        return
    if shown:
        yield Finding(Tone.NOTE, sentences.say_sides_read(shown))
    for side in sides:
        if side.refusal is not None:
            yield Finding(Tone.MEND, grading.say_refusal(answer, side.refusal))


def _judged(part: FormulaPart, problem: Problem, assignment: Assignment, answer: Answer) -> Iterator[Finding]:
    """Say what the grading line says, with the derivative that the question asks for in the place of an answer."""
    checker = make_checker(part, problem.notation, shares_of(assignment), None)
    assert checker is not None
    verdict = checker.check(answer).verdict
    said = [text for text in verdict.feedback if text != answer.note]
    shown = verdict.evidence.get("plain")
    if isinstance(shown, str):  # it was read: shown for a terminal, in the place of the grader's formula for a page
        yield Finding(Tone.NOTE, sentences.say_read(shown))
        said = said[1:]
    assert part.gradient is not None
    if verdict.state is State.CORRECT:
        yield Finding(Tone.FINE, sentences.say_derivative(part.gradient.of, part.gradient.wrt))
    tone = Tone.NOTE if verdict.state is State.CORRECT else Tone.MEND
    yield from (Finding(tone, text) for text in said)


def _agreement(
    part: FormulaPart, problem: Problem, answer: Answer, code: Sequence[CodeCheck]
) -> Iterator[Finding]:
    """Hold a formula against the values of the student's function that speak of the same quantity."""
    assert part.gradient is not None
    declarations = names_of(answer, declare_part(problem.notation, part))
    for check in code:
        output = check.given.output_of(part.gradient.of, part.gradient.wrt) if check.given else None
        if check.given is None or output is None:
            continue
        try:
            node = read(answer.text, declarations, answer.dialect or "auto").answer
            pairs = [(run.comparisons[output].actual, check.given.value_of(node, output, run.drawn, declarations))
                     for run in check.runs if output in run.comparisons]
        except (Unreadable, Misfit, ArithmeticError, ValueError):
            return
        compared = [compare(theirs, "", ours, _RIGHT_ENOUGH * 1e3) for theirs, ours in pairs
                    if theirs is not None and theirs.shape == ours.shape]
        if not compared or len(compared) < len(pairs):
            return
        worst = next((one for one in compared if not one.is_right), None)
        function = check.given.function
        if worst is None:
            yield Finding(Tone.FINE, sentences.say_agreement(function, output, len(compared)))
        elif worst.actual is not None:
            at = f"entry {list(worst.worst)}" if worst.worst else "the value"
            yield Finding(Tone.MEND, sentences.say_disagreement(
                function, output, at, float(worst.expected[worst.worst]), float(worst.actual[worst.worst])))
        return


def _unchecked(part: WrittenPart, judges: bool) -> str:
    if isinstance(part, ProsePart):
        return "what is answered in words; a person reads it"
    return "an exact proof of what was compared at drawn points here" if judges else "whether the answer is right"
