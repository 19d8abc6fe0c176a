"""Grade a derivation: the given ends, at least the asked steps between them, and every step.

    points = part's points x share, where the share is
      1            every step follows, from the given start to the given end
      no_steps     the two ends alone, where steps are asked
      wrong_step   the right end, over a step that does not follow
      credit       of a known mistake at the end, as the problem file says
      0            all else
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec.structs import replace

from autograder.checks import formula_sentences as sentences
from autograder.checks.choosing import names_of
from autograder.checks.formula import Checked, describe_place, known
from autograder.formula.declarations import Question, Reference
from autograder.formula.derivations.derivation import Derivation, DerivationVerdict, Outcome, judge_derivation
from autograder.formula.judging import judge as judging
from autograder.formula.proving.proof import Prover
from autograder.formula.reading import Reading, read
from autograder.formula.refusals import Unreadable
from autograder.formula.slips.misconceptions import Explainer
from autograder.marks import Json, State, Verdict
from autograder.spec.notation import Notation
from autograder.spec.written import DerivationPart, declare_part
from autograder.submission.answers import Answer
from autograder.submission.snippets import looks_like_prose

# With one of these, words beside the formulas may hold the argument, and a person has to read them. A chain of the two
# ends alone stays that, whatever reason is given behind it.
_INCOMPLETE = frozenset({Outcome.OTHER_START, Outcome.OTHER_END, Outcome.NOTHING, Outcome.UNREAD})

_STATES = {
    Outcome.FOLLOWS: State.CORRECT,
    Outcome.NO_STEP: State.WRONG_FORM,
    Outcome.UNREAD: State.UNREADABLE,
    Outcome.NOTHING: State.UNREADABLE,
}


class DerivationChecker:
    """Grades derivations for one part."""

    def __init__(self, part: DerivationPart, notation: Notation, prover: Prover | None = None) -> None:
        self.part = part
        self._prover = prover
        self._declarations = declare_part(notation, part)
        self._derivation = Derivation(self._declarations, part.start, part.end, part.min_steps)
        self._end = Question(self._declarations, (Reference(part.end),))
        judging.prepare(self._end)

    @cached_property
    def _explainer(self) -> Explainer:
        """What a wrong end is explained by; a right one needs none."""
        return Explainer(self._end, [known(mistake) for mistake in self.part.mistakes])

    def check(self, answer: Answer) -> Checked:
        asked = replace(self._derivation, declarations=names_of(answer, self._declarations))
        text, found = "", None
        for text in _texts(answer):
            found = judge_derivation(text, asked, self._prover)
            if found.outcome not in _INCOMPLETE:
                break
        if found is None or (found.outcome in _INCOMPLETE and _is_argued(answer)):
            return self._by_hand(answer, found)
        said = [*sentences.say_chain(found.chained), found.sentence]
        share = 0.0
        if found.outcome is Outcome.FOLLOWS:
            share = 1.0
        elif found.outcome is Outcome.NO_STEP:
            share = self.part.no_steps
        elif found.outcome is Outcome.WRONG_STEP:
            share, more = self._share_after_wrong_step(text, found)
            said += more
        if found.drawing and found.outcome is not Outcome.WRONG_STEP:
            said.append(sentences.draw(found.drawing))
        state = _STATES.get(found.outcome, State.WRONG)
        verdict = Verdict(state, self.part.points * share, tuple(said), _describe(answer, found))
        return Checked(verdict, is_right=state is State.CORRECT)

    def _by_hand(self, answer: Answer, found: DerivationVerdict | None) -> Checked:
        said = sentences.IN_WORDS if found is None else f"{found.sentence} {sentences.WORDS_BESIDE}"
        evidence = _describe(answer, found) if found is not None else describe_place(answer)
        return Checked(Verdict(State.BY_HAND, 0.0, (said,), evidence))

    def _share_after_wrong_step(self, text: str, found: DerivationVerdict) -> tuple[float, list[str]]:
        """Return what a chain with a wrong step earns for its last side, and what is to be said about that side."""
        reading = self._last_side(found)
        if reading is None:
            return 0.0, []
        if judging.judge(reading, self._end).verdict is judging.Verdict.CORRECT:
            return self.part.wrong_step, []
        explanation = self._explainer.explain(reading.answer, reading.dialect)
        if explanation is None or found.explanation is not None:
            return (explanation.credit if explanation is not None else 0.0), []
        return explanation.credit, [explanation.sentence]

    def _last_side(self, found: DerivationVerdict) -> Reading | None:
        for side in reversed(found.sides):
            if side.is_read:
                try:
                    return read(side.side.text, self._declarations)
                except Unreadable:
                    return None
        return None


def _texts(answer: Answer) -> Iterator[str]:
    """Yield what may be the chain: all that was written, its displayed formulas, all its equations."""
    equations = (piece.text for piece in answer.pieces if "=" in piece.text)
    texts = (answer.whole, "\n\n".join(answer.lines), "\n\n".join(equations))
    yield from dict.fromkeys(text for text in texts if text.strip())


def _is_argued(answer: Answer) -> bool:
    """Say whether there is a sentence beside the formulas of an answer."""
    rest = answer.written
    for line in answer.lines:
        if not looks_like_prose(line):
            rest = rest.replace(line, " ")
    return any(looks_like_prose(line) for line in rest.split("\n"))


def _describe(answer: Answer, found: DerivationVerdict) -> dict[str, Json]:
    evidence = describe_place(answer)
    evidence["read as"] = sentences.chain_latex(found.chained)
    evidence["outcome"] = found.outcome.value
    evidence["means"] = found.means
    evidence["steps"] = [
        f"{step.left.side.text.strip()} = {step.right.side.text.strip()}: {step.comparison.means}"
        for step in found.steps
    ]
    if found.explanation is not None:
        evidence |= {"mistake": found.explanation.name, "says": found.explanation.sentence}
    if found.layout:
        evidence["layout"] = found.layout
    return evidence
