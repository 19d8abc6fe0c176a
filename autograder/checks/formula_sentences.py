"""Every sentence that a student reads about a written formula: what was read, what is right, what to mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.formula.declarations import Declarations
from autograder.formula.derivations.chains import ReadSide
from autograder.formula.derivations.derivation import DerivationVerdict
from autograder.formula.judging.judge import Judgement, Verdict
from autograder.formula.refusals import Unreadable
from autograder.formula.slips.misconceptions import Explanation
from autograder.formula.tree import Node
from autograder.formula.writing.rendering import latex
from autograder.spec.written import OtherAnswer
from autograder.submission.answers import Answer

IN_WORDS = "This is answered in words, so course staff will read and mark it."
WORDS_BESIDE = "There are words beside the formulas, so course staff will read and mark it."
NOT_THIS_CONDITION = "This is not the condition that is asked."


def say_read(node: Node, *, is_last: bool = False) -> str:
    """Say how an answer was read; two dollar signs are what Gradescope sets as a formula."""
    what = "The last side was read as" if is_last else "Read as"
    return f"{what}: $${latex(node)}$$"


def chain_latex(sides: Sequence[ReadSide]) -> str:
    """Return the sides of a derivation as they were read; one that was not is a question mark."""
    return " = ".join(latex(side.nodes[0]) if side.is_read else r"\text{?}" for side in sides)


def say_chain(sides: Sequence[ReadSide]) -> Iterator[str]:
    """Yield how a derivation was read, where anything of it was."""
    if any(side.is_read for side in sides):
        yield f"Read as: $${chain_latex(sides)}$$"


def say_judgement(
    judgement: Judgement, other: OtherAnswer | None, explanation: Explanation | None, declarations: Declarations
) -> Iterator[str]:
    """Yield what is to be said about value, form and layout."""
    if judgement.verdict is Verdict.WRONG_FORM:
        yield "The value is right. " + " ".join(fault.sentence for fault in judgement.faults)
    elif judgement.verdict is Verdict.VARIANT:
        yield other.say if other is not None else (
            f"Right in another layout: {judgement.variant}. {_say_declared(declarations)}".strip())
    elif judgement.verdict is Verdict.WRONG:
        if explanation is not None:
            yield explanation.sentence
        yield judgement.sentence or ("" if explanation is not None else "This does not have the value that is asked.")


def _say_declared(declarations: Declarations) -> str:
    """Say how the problem lays out what it declares: `Here U is d x V, vectors are columns.`"""
    matrices = [f"`{symbol.name}` is {symbol.shape[0]} x {symbol.shape[1]}"
                for symbol in declarations.symbols if len(symbol.shape) == 2]
    return f"Here {', '.join([*matrices, 'vectors are columns'])}."


def say_slip(slip: DerivationVerdict, judgement: Judgement, explanation: Explanation | None) -> str:
    """Name the step on the way to a result that does not follow; empty where that adds nothing."""
    if judgement.verdict is Verdict.WRONG:
        return "" if explanation is not None and len(slip.steps) < 2 else slip.sentence
    lead = "The result is right" if judgement.verdict is Verdict.CORRECT else "The value is reached"
    return f"{lead}, but a step on the way to it does not follow. {slip.sentence}"


def say_refusal(answer: Answer, refusal: Unreadable) -> str:
    """Say what could not be read, where it stands, and show it."""
    return f"This could not be read ({answer.place}). {refusal.sentence}\n\n{draw(refusal.drawing())}"


def draw(drawing: str) -> str:
    """Return a drawing with carets as a block of fixed width."""
    fence = "```"
    while fence in drawing:
        fence += "`"
    return f"{fence}\n{drawing}\n{fence}"
