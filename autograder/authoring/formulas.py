"""Slips and honest rewrites of the written answers, graded through the real line.

A slip must not be taken for the answer; one that is must be equal to it, by proof. A rewrite has the answer's value in
another spelling and must be taken for it: in value at least, since a part may ask for a form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from autograder.formula import tree
from autograder.formula.declarations import Declarations
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.refusals import Unreadable
from autograder.formula.slips.arithmetic_edits import Setting, negative, one_minus, subtracted_from_one
from autograder.formula.slips.misconceptions import Library
from autograder.formula.slips.probing import View
from autograder.formula.slips.slip import find_slips
from autograder.formula.texts import formula
from autograder.formula.tree import Node
from autograder.formula.writing.rendering import latex
from autograder.grade import Grader, Selection
from autograder.marks import Mark, State
from autograder.spec.model import Problem
from autograder.spec.written import FormulaPart, declare_part
from autograder.submission import Submission

_MAX_SLIPS = 150
_MAX_REWRITES = 24
_ONE, _TWO = tree.Number(Fraction(1)), tree.Number(Fraction(2))
# By these the judge of formulas says that two of them are equal everywhere, not at drawn points alone.
_PROOFS = ("proved", "the same formula")


@dataclass(frozen=True, slots=True)
class FormulaTrials:
    """What came of the slips and rewrites of one written part.

    survivors, rejected   formulas, each with what it is
    """

    part: str
    killed: int
    equal: int
    survivors: tuple[tuple[str, str], ...]
    rewrites: int
    rejected: tuple[tuple[str, str], ...]


def try_formulas(problem: Problem, part: FormulaPart, grader: Grader, answers_file: str) -> FormulaTrials:
    """Grade every slip and every rewrite of a part's answer."""
    declarations = declare_part(problem.notation, part)
    answer = formula(part.answer, declarations)
    killed = equal = rewrites = 0
    survivors, rejected = [], []

    def graded(text: str) -> Mark:
        submission = Submission({answers_file: f"## {part.id}\n\n$$\n{text}\n$$\n".encode()})
        return grader.grade(submission, Selection(problem.id, part.id)).marks[0]

    for text, what in _slips(answer, part, declarations):
        mark = graded(text)
        if mark.state not in (State.CORRECT, State.WRONG_FORM):
            killed += 1
        elif _is_equal(mark):
            equal += 1
        else:
            survivors.append((text, what))
    library = Library(answer, declarations, part.depends_on)
    for text, what in _honest(answer, declarations, library):
        rewrites += 1
        if graded(text).state not in (State.CORRECT, State.WRONG_FORM):
            rejected.append((text, what))
    return FormulaTrials(f"{problem.id}/{part.id}", killed, equal, tuple(survivors), rewrites, tuple(rejected))


def _is_equal(mark: Mark) -> bool:
    """Whether what was accepted is equal by proof, or an answer that the part declares: another layout or reading."""
    evidence = mark.verdict.evidence
    return "variant" in evidence or str(evidence.get("means")).startswith(_PROOFS)


def _slips(answer: Node, part: FormulaPart, declarations: Declarations) -> Iterator[tuple[str, str]]:
    """Yield each slip as LaTeX, with its name, once."""
    seen = {latex(answer)}
    for slip in find_slips(answer, Setting(declarations, part.depends_on)):
        text = latex(slip.tree)
        if text not in seen and len(seen) <= _MAX_SLIPS:
            seen.add(text)
            yield text, slip.name


# Rewrites


def _honest(answer: Node, declarations: Declarations, library: Library) -> Iterator[tuple[str, str]]:
    """Yield the answer in other spellings as LaTeX; a spelling that has another value is left out."""
    seen = {latex(answer)}
    rules = _Rules(declarations)
    for what, change in rules.by_name():
        for _, edited in tree.edits(answer, change):
            text = latex(edited)
            is_equal = any(library.is_reference(samples) for samples in library.values(edited, [View()]))
            if text not in seen and is_equal and len(seen) <= _MAX_REWRITES:
                seen.add(text)
                yield text, what


class _Rules:
    """Ways to write one node otherwise."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations

    def by_name(self) -> tuple[tuple[str, Callable[[Node], Iterator[Node]]], ...]:
        return (
            ("the terms exchanged", self._terms_exchanged),
            ("1 - sigma(-x) for sigma(x)", self._sigma_of_minus),
            ("sigma(-x) for 1 - sigma(x)", self._one_minus_sigma),
            ("1/(1 + exp(-x)) for sigma(x)", self._sigma_written_out),
            ("a product multiplied out", self._multiplied_out),
            ("the factors of a dot product exchanged", self._dot_turned),
            ("a number moved to the end", self._scalar_moved),
            ("-(b - a) for a - b", self._difference_turned),
            ("x x for x^2", self._square_multiplied),
            ("doubled and halved", self._halved),
        )

    def _terms_exchanged(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Sum):
            yield tree.Sum(node.terms[::-1])

    def _sigma_of_minus(self, node: Node) -> Iterator[Node]:
        argument = _argument_of_sigma(node)
        if argument is not None:
            yield one_minus(_sigma_of(tree.Negate(argument)))

    def _one_minus_sigma(self, node: Node) -> Iterator[Node]:
        inner = subtracted_from_one(node)
        argument = _argument_of_sigma(inner) if inner is not None else None
        if argument is not None:
            yield _sigma_of(tree.Negate(argument))

    def _sigma_written_out(self, node: Node) -> Iterator[Node]:
        argument = _argument_of_sigma(node)
        if argument is not None and self._is_scalar(node):
            power = tree.Apply("exp", (tree.Negate(argument),))
            yield tree.Divide(_ONE, tree.Sum((_ONE, power)))

    def _multiplied_out(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Product):
            for at, factor in enumerate(node.factors):
                if isinstance(factor, tree.Sum):
                    yield tree.Sum(tuple(_with_factor(node, at, term) for term in factor.terms))

    def _dot_turned(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Product) and len(node.factors) == 2 and isinstance(node.factors[0], tree.Transpose) \
                and self._is_scalar(node):
            yield tree.Product((tree.Transpose(node.factors[1]), node.factors[0].body), node.operators)

    def _scalar_moved(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Product) and self._is_scalar(node.factors[0]):
            yield tree.Product((*node.factors[1:], node.factors[0]), (*node.operators[1:], node.operators[0]))

    def _difference_turned(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Sum) and isinstance(node.terms[-1], tree.Negate):
            yield tree.Negate(tree.Sum(tuple(negative(term) for term in node.terms[::-1])))

    def _square_multiplied(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Power) and node.exponent == _TWO:
            yield tree.Product((node.base, node.base), ("",))

    def _halved(self, node: Node) -> Iterator[Node]:
        if isinstance(node, tree.Product):
            yield tree.Divide(tree.Product((_TWO, *node.factors), ("", *node.operators)), _TWO)

    def _is_scalar(self, node: Node) -> bool:
        try:
            return elaborate(node, self._declarations).term.shape == ()
        except (Misfit, Unreadable):  # a piece that has no meaning by itself: under a sum, an index is bound elsewhere
            return False


def _argument_of_sigma(node: Node) -> Node | None:
    """Return x where a node is sigma(x)."""
    is_sigma = isinstance(node, tree.Apply) and node.function == "sigma" and not node.primes
    return node.arguments[0] if is_sigma and isinstance(node, tree.Apply) and len(node.arguments) == 1 else None


def _sigma_of(argument: Node) -> Node:
    while isinstance(argument, tree.Negate) and isinstance(argument.body, tree.Negate):
        argument = argument.body.body
    return tree.Apply("sigma", (argument,))


def _with_factor(node: tree.Product, at: int, new: Node) -> Node:
    """Return a product with another factor at one place; a minus of the new one goes in front."""
    body = new.body if isinstance(new, tree.Negate) else new
    product = tree.Product((*node.factors[:at], body, *node.factors[at + 1 :]), node.operators)
    return tree.Negate(product) if isinstance(new, tree.Negate) else product
