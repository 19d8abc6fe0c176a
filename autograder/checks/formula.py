"""Grade a formula, an equation or a number: read it, judge it, say what was read and what is wrong with it.

    points = part's points x share, where the share is
      1               right in value and form, in the declared layout
      wrong_form      right in value, in another form than asked
      other_layout    right in another consistent layout of rows and columns
      credit          of another honest reading of the question, as the problem file says
      credit          of a known mistake: the answer is wrong all the same, and something of it counts
      0               all else; what cannot be read is a state of its own
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from autograder.checks import formula_sentences as sentences
from autograder.checks.choosing import names_of, settle, variable_asked
from autograder.formula.declarations import Form, Question, Reference
from autograder.formula.derivations.chains import ReadSide
from autograder.formula.derivations.derivation import Derivation, DerivationVerdict, judge_derivation
from autograder.formula.judging import judge as judging
from autograder.formula.judging.differences import Difference
from autograder.formula.judging.fingerprint import fingerprint
from autograder.formula.proving.proof import Prover
from autograder.formula.reading import Reading
from autograder.formula.refusals import Unreadable
from autograder.formula.slips.misconceptions import Explainer, Explanation, KnownMistake
from autograder.formula.tree import Call, Chain, Derivative, Head, Name, Negate, Node, Number, Sum
from autograder.formula.writing.rendering import latex, plain
from autograder.marks import Json, State, Verdict
from autograder.spec.notation import Notation
from autograder.spec.written import (
    EquationPart,
    FormulaPart,
    Mistake,
    NumberPart,
    OtherAnswer,
    declare_part,
    pose,
)
from autograder.submission.answers import Answer
from autograder.submission.snippets import GOES_ON

_STATES = {
    judging.Verdict.CORRECT: State.CORRECT,
    judging.Verdict.WRONG_FORM: State.WRONG_FORM,
    judging.Verdict.VARIANT: State.CORRECT,
    judging.Verdict.WRONG: State.WRONG,
    judging.Verdict.UNREADABLE: State.UNREADABLE,
}


_ZERO = Number(Fraction(0))


class Shares(Struct, frozen=True):
    """What the assignment gives for answers that are right in value but not as asked."""

    wrong_form: float
    other_layout: float


class Checked(Struct, frozen=True):
    """A verdict, and the reading of the question in which an answer is right: None for the usual one."""

    verdict: Verdict
    is_right: bool = False
    reading: str | None = None


class FormulaChecker:
    """Grades answers to one part; what it needs for that is worked out once.

    Raises Unreadable, Misfit or ArithmeticError where the part itself is at fault.
    """

    def __init__(
        self, part: FormulaPart | NumberPart, notation: Notation, shares: Shares, prover: Prover | None = None
    ) -> None:
        self.part = part
        self.question = _pose(part, notation)
        self._prover = prover
        self._shares = shares
        self._others = {other.reading: other for other in part.other_answers}
        self._wrt = variable_asked(part)
        judging.prepare(self.question)

    @cached_property
    def _explainer(self) -> Explainer:
        """What a wrong answer is explained by; a right one needs none."""
        return Explainer(self.question, [known(mistake) for mistake in self.part.mistakes])

    def check(self, answer: Answer) -> Checked:
        settled = settle(answer, self.question.declarations, self._wrt)
        answer, reading = settled.answer, settled.reading
        if reading is None:
            return _unclear(answer) if settled.refusal is None else _unreadable(answer, settled.refusal)
        try:
            judgement = judging.judge(reading, self.question, self._prover)
        except Unreadable as refusal:
            return _unreadable(answer, refusal)
        if judgement.refusal is not None:
            return _unreadable(answer, judgement.refusal)
        explanation = None
        if judgement.verdict is judging.Verdict.WRONG and judgement.means not in judging.BY_LAYOUT:
            explanation = self._explainer.explain(reading.answer, reading.dialect)
        slip = self._find_slip(answer, reading)
        return self._conclude(answer, reading, judgement, explanation, slip)

    def _find_slip(self, answer: Answer, reading: Reading) -> DerivationVerdict | None:
        """Judge the way to the result, where the answer shows one; None where every step follows."""
        sides = [side for side in reading.tree.sides if not isinstance(side, Head)]
        is_shown = len(sides) > 1 or len(answer.lines) > 1
        if not isinstance(self.part, FormulaPart) or not is_shown or reading.dialect == "python":
            return None  # the lines of a program are assignments, not steps
        asked = Derivation(names_of(answer, self.question.declarations))
        found = (self._slip_in(text, asked) for text in _chains(answer.lines or (answer.text,)))
        return next((slip for slip in found if slip is not None), None)

    def _slip_in(self, text: str, asked: Derivation) -> DerivationVerdict | None:
        verdict = judge_derivation(text, asked)
        wrong = verdict.steps[verdict.first_wrong] if verdict.first_wrong is not None else None
        is_broken = wrong is not None and wrong.comparison.is_inside and wrong.right is not verdict.sides[-1]
        if wrong is not None and _is_label(wrong.left) and not is_broken:
            verdict = judge_derivation(_without_labels(text, verdict), asked)
        return verdict if verdict.first_wrong is not None else None

    def _conclude(
        self, answer: Answer, reading: Reading, judgement: judging.Judgement, explanation: Explanation | None,
        slip: DerivationVerdict | None,
    ) -> Checked:
        other = self._others.get(judgement.variant or "")
        share = self._share(judgement, other, explanation)
        is_right = judgement.verdict is not judging.Verdict.WRONG
        if slip is not None and is_right and isinstance(self.part, FormulaPart):
            share *= self.part.wrong_step
        state = _STATES[judgement.verdict]
        if state is State.CORRECT and share < 1:
            state = State.PARTLY_CORRECT
        said = [
            sentences.say_read(reading.answer, is_last=len(reading.tree.sides) > 1),
            *sentences.say_judgement(judgement, other, explanation, self.question.declarations),
            sentences.say_slip(slip, judgement, explanation) if slip is not None else "",
            answer.note,
        ]
        evidence = {**_describe(answer, reading, judgement, explanation), **self._working()}
        evidence["meaning"] = fingerprint(reading, self.question)
        if slip is not None:
            evidence["wrong step"] = slip.sentence
        verdict = Verdict(state, self.part.points * share, tuple(text for text in said if text), evidence)
        return Checked(verdict, is_right, other.reading if other is not None else None)

    def _share(
        self, judgement: judging.Judgement, other: OtherAnswer | None, explanation: Explanation | None
    ) -> float:
        if judgement.verdict is judging.Verdict.CORRECT:
            return 1.0
        if judgement.verdict is judging.Verdict.WRONG:
            return explanation.credit if explanation is not None else 0.0
        own = self.part if isinstance(self.part, FormulaPart) else None
        if judgement.verdict is judging.Verdict.WRONG_FORM:
            given = own.wrong_form if own is not None else None
            return self._shares.wrong_form if given is None else given
        if other is not None:
            return other.credit
        given = own.other_layout if own is not None else None
        return self._shares.other_layout if given is None else given

    def _working(self) -> dict[str, Json]:
        return {"working": self.part.working} if isinstance(self.part, NumberPart) and self.part.working else {}


class EquationChecker:
    """Grades a condition such as `y_hat = y`: the difference of its sides is that of an accepted one, or minus it."""

    def __init__(self, part: EquationPart, notation: Notation, prover: Prover | None = None) -> None:
        self.part = part
        self._prover = prover
        declarations = declare_part(notation, part)
        accepted = [_difference_text(text, sign) for text in (part.answer, *part.or_answers) for sign in ("", "-")]
        self.question = Question(declarations, tuple(Reference(text) for text in accepted))
        self._mistakes = [
            (mistake, Question(declarations, tuple(Reference(_difference_text(mistake.answer, s)) for s in ("", "-"))))
            for mistake in part.mistakes
        ]
        judging.prepare(self.question)

    def check(self, answer: Answer) -> Checked:
        reading = self._read(answer)
        difference = _difference(reading) if reading is not None else None
        if reading is None or difference is None:
            return Checked(Verdict(State.BY_HAND, 0.0, (sentences.IN_WORDS,), describe_place(answer)))
        as_formula = replace(reading, tree=Chain((difference,), span=reading.tree.span), others=(), also=())
        judgement = judging.judge(as_formula, self.question, self._prover)
        said = [sentences.say_read(reading.tree)]
        evidence = {
            **_describe(answer, reading, judgement, None),
            "read as": latex(reading.tree),
            "plain": plain(reading.tree),
            "meaning": fingerprint(as_formula, self.question, up_to_sign=True),
        }
        if judgement.verdict in (judging.Verdict.CORRECT, judging.Verdict.VARIANT):
            return Checked(Verdict(State.CORRECT, self.part.points, tuple(said), evidence), is_right=True)
        for mistake, question in self._mistakes:
            if judging.judge(as_formula, question).verdict is judging.Verdict.CORRECT:
                points = self.part.points * mistake.credit
                evidence |= {"mistake": mistake.name or "known mistake", "says": mistake.say}
                return Checked(Verdict(State.WRONG, points, (*said, mistake.say), evidence))
        return Checked(Verdict(State.WRONG, 0.0, (*said, sentences.NOT_THIS_CONDITION), evidence))

    def _read(self, answer: Answer) -> Reading | None:
        """Return the answer as it was read; None for words, which a person reads."""
        return settle(replace(answer, pieces=()), self.question.declarations).reading


def _pose(part: FormulaPart | NumberPart, notation: Notation) -> Question:
    if isinstance(part, FormulaPart):
        return pose(notation, part)
    references = [Reference(part.answer), *(Reference(other.answer, other.reading) for other in part.other_answers)]
    return Question(declare_part(notation, part), tuple(references), Form(in_terms_of=()))


def _is_label(side: ReadSide) -> bool:
    """Say whether a side only names what is asked, as `dJ/dv_c`: whether the rest equals it is judged by itself."""
    node = side.nodes[0] if side.nodes else None
    return isinstance(node, Derivative) and isinstance(node.of, (Name, Call))


def _chains(lines: Sequence[str]) -> Iterator[str]:
    """Yield the chains of an answer: a display that begins with `=` goes on with the one before it.

    What stands in displays of their own is told apart by the words between them: cases, definitions, other quantities.
    """
    chain: list[str] = []
    for line in lines:
        if chain and not GOES_ON.match(line):
            yield "\n\n".join(chain)
            chain = []
        chain.append(line)
    yield "\n\n".join(chain)


def _without_labels(text: str, verdict: DerivationVerdict) -> str:
    for side in verdict.sides:
        if _is_label(side):
            span = side.side.span
            text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def known(mistake: Mistake) -> KnownMistake:
    """Return a declared mistake as the explainer of wrong formulas takes it."""
    return KnownMistake(mistake.answer, mistake.say, mistake.name or "known mistake", mistake.credit)


def _difference_text(equation: str, sign: str) -> str:
    left, _, right = equation.partition("=")
    return f"{sign}(({left}) - ({right}))" if right.strip() != "0" else f"{sign}({left})"


def _difference(reading: Reading) -> Node | None:
    """Return left side minus right side of the last equation of an answer; None where there is none."""
    chain = reading.tree
    for position in range(len(chain.relations) - 1, -1, -1):
        if chain.relations[position] == "=":
            left, right = chain.sides[position : position + 2]
            if isinstance(left, Head) or isinstance(right, Head):
                return None
            return left if right == _ZERO else Sum((left, Negate(right)))
    return None


def describe_place(answer: Answer) -> dict[str, Json]:
    """Return what staff see of an answer that was not judged: all of it, and where it stands."""
    return {"typed": answer.written[:2000], "place": str(answer.place)}


def _unclear(answer: Answer) -> Checked:
    evidence = {**describe_place(answer), "refused": answer.doubt, "reason": "open"}
    return Checked(Verdict(State.UNREADABLE, 0.0, (answer.doubt,), evidence))


def _unreadable(answer: Answer, refusal: Unreadable) -> Checked:
    evidence: dict[str, Json] = {
        "typed": answer.text[:2000], "place": str(answer.place), "refused": refusal.sentence, "reason": refusal.reason,
    }
    said = [sentences.say_refusal(answer, refusal), answer.note]
    return Checked(Verdict(State.UNREADABLE, 0.0, tuple(text for text in said if text), evidence))


def _describe(
    answer: Answer, reading: Reading, judgement: judging.Judgement, explanation: Explanation | None
) -> dict[str, Json]:
    """Return what staff see: what was read, by which means it was judged, and the point that refutes it."""
    evidence: dict[str, Json] = {
        "typed": answer.text[:2000],
        "place": str(answer.place),
        "dialect": reading.dialect,
        "read as": latex(reading.answer),
        "plain": plain(reading.answer),
        "means": judgement.means,
    }
    if judgement.variant is not None:
        evidence["variant"] = judgement.variant
    if judgement.faults:
        evidence["form"] = [fault.kind for fault in judgement.faults]
    if explanation is not None:
        evidence |= {"mistake": explanation.name, "says": explanation.sentence}
    if judgement.difference is not None:
        evidence["differs"] = _describe_difference(judgement.difference)
    return evidence


def _describe_difference(difference: Difference) -> Mapping[str, Json]:
    return {
        "sizes": dict(difference.sizes),
        "indices": dict(difference.indices),
        "entry": list(difference.place),
        "expected": difference.expected,
        "actual": difference.actual,
    }
