r"""Judge a derivation step by step: each side of a chain equals the one before it.

    judge_derivation(text, Derivation(declarations, start, end)) -> DerivationVerdict

Steps are judged by value at drawn points, `\frac{\partial}{\partial v_c}(...)` is really differentiated. The first line
that does not follow is named, also where the last line is right again. Sides that cannot be read are reported and count
neither way: the chain is judged around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.declarations import Declarations
from autograder.formula.derivations.chains import MAX_SIDES, ReadSide, cases_told, read_sides
from autograder.formula.derivations.comparing import Comparer, Comparison, is_head
from autograder.formula.derivations.ends import count_between, given_side, stands
from autograder.formula.derivations.reasons import find_false_reason
from autograder.formula.derivations.sides import EQUAL, SO, Side, cut
from autograder.formula.meaning.layouts import usual_layouts
from autograder.formula.proving.proof import Prover
from autograder.formula.refusals import draw_carets
from autograder.formula.slips.misconceptions import Explanation, Library
from autograder.formula.slips.probing import View
from autograder.formula.tree import Indexed, Name, Number, Span
from autograder.formula.values.drawing import draw_points

POINTS = 4
MAX_CHARACTERS = 12_000
MAX_PROOFS = 24
MAX_SHOWN = 70
ZERO = Number(Fraction(0))


class Derivation(Struct, frozen=True):
    """What is to be shown: a chain from `start` to `end` with at least `min_steps` different sides between them.

    Without ends only the steps are judged, as for a formula that is handed in with its derivation.
    """

    declarations: Declarations
    start: str | None = None
    end: str | None = None
    min_steps: int = 1


class Outcome(Enum):
    FOLLOWS = "follows"
    WRONG_STEP = "a step does not follow"
    NO_STEP = "nothing stands between the ends"
    OTHER_START = "it starts elsewhere"
    OTHER_END = "it ends elsewhere"
    UNREAD = "too much could not be read"
    NOTHING = "there is no chain"


class Step(Struct, frozen=True):
    """Two sides that are said to be equal.

    follows   None where that could not be told
    skipped   how many sides between them could not be read
    """

    left: ReadSide
    right: ReadSide
    comparison: Comparison
    skipped: int = 0

    @property
    def follows(self) -> bool | None:
        return self.comparison.agrees


class DerivationVerdict(Struct, frozen=True):
    """What came of a derivation.

    first_wrong   position in `steps` of the first that does not follow
    last_is_right whether the last side equals the first one all the same
    sentence      for the student; names and shows the line
    drawing       the line with carets below the side that does not follow, for a monospace block
    explanation   the slip in the wrong step, where there is only one that it can be
    between       how many different sides stand between the ends
    layout        the layout of rows and columns in which the chain was judged
    """

    outcome: Outcome
    sentence: str
    steps: tuple[Step, ...] = ()
    sides: tuple[ReadSide, ...] = ()
    first_wrong: int | None = None
    last_is_right: bool = True
    explanation: Explanation | None = None
    drawing: str = ""
    between: int = 0
    layout: str = ""

    @property
    def unread(self) -> tuple[ReadSide, ...]:
        return tuple(side for side in self.sides if not side.is_read)

    @property
    def chained(self) -> tuple[ReadSide, ...]:
        """The sides that were judged or could not be, without facts that are only mentioned; all, where none was."""
        taken = [side for step in self.steps for side in (step.left, step.right)]
        return tuple(side for side in self.sides if not side.is_read or side in taken) if taken else self.sides

    @property
    def means(self) -> str:
        """How the weakest of the steps was decided."""
        found = [step.comparison.means for step in self.steps if step.follows]
        return max(found, key=lambda means: ("same" not in means, means != "proved"), default="")


def judge_derivation(text: str, question: Derivation, prover: Prover | None = None) -> DerivationVerdict:
    """Judge a derivation.

    prover: asked for every step that agrees in value, to say whether it is proved
    Raises Unreadable where a declared end is not a formula: the problem is at fault then.
    """
    if len(text) > MAX_CHARACTERS:
        sentence = f"This is {len(text)} characters long; up to {MAX_CHARACTERS} are read. Give its main steps."
        return DerivationVerdict(Outcome.UNREAD, sentence)
    cuts = cut(text)
    if sum(not side.remark for side in cuts) > MAX_SIDES:
        sentence = f"This chain has more than {MAX_SIDES} sides. Give its main steps."
        return DerivationVerdict(Outcome.UNREAD, sentence)
    declarations, sides = read_sides(text, cuts, question.declarations)
    if not sides:
        sentence = "There is no formula here. Write a chain: one side = the next = ... = the last."
        return DerivationVerdict(Outcome.NOTHING, sentence)
    steps, comparer = _best(sides, replace(question, declarations=declarations), cases_told(text, declarations))
    if prover is not None:
        steps = tuple(_with_proofs(steps, comparer, prover))
    last_is_right = _last_is_right(steps, comparer, question)
    first_wrong = next((number for number, step in enumerate(steps) if step.follows is False), None)
    if first_wrong is None and (reason := find_false_reason(cuts, comparer)) is not None:
        first_wrong, steps = len(steps), (*steps, Step(*reason))
    verdict = DerivationVerdict(
        Outcome.FOLLOWS, "", steps, sides, first_wrong, last_is_right,
        between=count_between(sides, comparer, question.start, question.end), layout=comparer.view.layout.name,
    )
    return _concluded(verdict, text, question, comparer)


# Steps


def _best(
    sides: Sequence[ReadSide], question: Derivation, cases: Sequence[tuple[str, str]]
) -> tuple[tuple[Step, ...], Comparer]:
    """Judge the steps in the declared layout; in another one if more of them follow there."""
    declarations = question.declarations
    points = draw_points(declarations, POINTS)
    views = [View(), *(View(layout) for layout in usual_layouts(declarations)[1:])]
    if any(side.dialect == "python" for side in sides):
        views.insert(1, View(flat=True))
    best: tuple[tuple[int, int], tuple[Step, ...], Comparer] | None = None
    for view in views:
        comparer = Comparer(declarations, points, view, cases)
        steps = tuple(_steps(sides, comparer, question))
        faults = -sum(step.follows is True for step in steps), sum(step.follows is False for step in steps)
        if best is None or faults < best[0]:
            best = faults, steps, comparer
        if not any(step.comparison.means == "shapes" for step in steps):
            break
    assert best is not None
    return best[1], best[2]


def _steps(sides: Sequence[ReadSide], comparer: Comparer, question: Derivation) -> Iterator[Step]:
    """Yield each pair of neighbours in a chain; sides that cannot be read are stepped over."""
    before: ReadSide | None = None
    skipped = 0
    for number, side in enumerate(sides):
        if not side.is_read:
            skipped += 1
            if _begins(sides, number):
                # A left side that only names what is asked for, such as `dJ/dv_c` with a label of the student's own.
                before = given_side(question.start, question.declarations) if question.start and not number else None
                skipped = 0
            continue
        if _begins(sides, number) and not (before and _goes_on(before, side, sides, number, comparer)):
            before, skipped = (None if _is_fact(sides, number) else side), 0
            continue
        if before is None and not number and question.start is not None:
            before = given_side(question.start, question.declarations)
        if before is not None:
            yield Step(before, side, comparer.compare(before, side), skipped)
        before, skipped = side, 0


def _is_fact(sides: Sequence[ReadSide], number: int) -> bool:
    """Say whether a statement is no step but a fact or a condition: `y_o = 1`, `w = o`, `U(\\hat y - y) = 0`."""
    if number + 1 >= len(sides) or (number + 2 < len(sides) and not _begins(sides, number + 2)):
        return False
    left, right = sides[number], sides[number + 1]
    if not right.is_read or right.side.relation != EQUAL:
        return False
    if isinstance(left.nodes[0], (Name, Indexed)):
        return isinstance(right.nodes[0], (Number, Name, Indexed))
    return not is_head(left.nodes[0]) and right.nodes[0] == ZERO


def _begins(sides: Sequence[ReadSide], number: int) -> bool:
    """Say whether a statement of its own begins here."""
    side = sides[number].side
    if side.relation == EQUAL:
        return False
    after = sides[number + 1].side if number + 1 < len(sides) else None
    return side.relation != SO or (after is not None and after.relation == EQUAL and after.line == side.line)


def _goes_on(before: ReadSide, side: ReadSide, sides: Sequence[ReadSide], number: int, comparer: Comparer) -> bool:
    """Say whether a formula alone on its line goes on with the chain, though no relation stands before it.

    Where others are written it may be a mere mention, so it goes on only if it is equal.
    """
    after = sides[number + 1].side if number + 1 < len(sides) else None
    if after is not None and after.relation == EQUAL and after.line == side.side.line:
        return False
    if any(other.side.relation for other in sides):
        return comparer.compare(before, side).agrees is True
    ours, theirs = (comparer.typed(item.nodes[0], item.dialect).term for item in (before, side))
    return ours is not None and theirs is not None and ours.shape == theirs.shape


def _with_proofs(steps: Sequence[Step], comparer: Comparer, prover: Prover) -> Iterator[Step]:
    """Yield the steps, those proved that agree in value; the first that is not proved is the last one tried."""
    tries = MAX_PROOFS
    for step in steps:
        if tries and step.follows and step.comparison.means.startswith("agrees at"):
            tries -= 1
            if comparer.proved(step.left, step.right, prover):
                step = replace(step, comparison=replace(step.comparison, means="proved"))
            else:
                tries = 0
        yield step


def _last_is_right(steps: Sequence[Step], comparer: Comparer, question: Derivation) -> bool:
    if not steps:
        return False
    start = given_side(question.start, question.declarations) if question.start is not None else steps[0].left
    return comparer.compare(start, steps[-1].right).agrees is True


def _concluded(
    verdict: DerivationVerdict, text: str, question: Derivation, comparer: Comparer
) -> DerivationVerdict:
    """Return the verdict with its outcome and its sentence."""
    if verdict.first_wrong is not None:
        step = verdict.steps[verdict.first_wrong]
        explanation = _explained(step, comparer, question)
        return replace(
            verdict, outcome=Outcome.WRONG_STEP, sentence=_wrong_step(step, explanation), explanation=explanation,
            drawing=draw_carets(text, step.right.side.span),
        )
    around = _unjudged_sentence(verdict)
    if not any(step.follows for step in verdict.steps):
        sentence = around or "This is one side only. Write a chain: one side = the next = ... = the last."
        return replace(verdict, outcome=Outcome.UNREAD if around else Outcome.NOTHING, sentence=sentence)
    drawing = draw_carets(text, _unjudged(verdict)[0].span) if around else ""
    starts = stands(question.start, verdict.sides, comparer, question.start) or verdict.sides[0].side.relation == EQUAL
    ends = stands(question.end, verdict.sides, comparer, question.start)
    if not (starts and ends):
        if around:
            return replace(verdict, outcome=Outcome.UNREAD, sentence=around, drawing=drawing)
        outcome = Outcome.OTHER_END if starts else Outcome.OTHER_START
        return replace(verdict, outcome=outcome, sentence=_missing_end(starts, ends))
    if question.start is not None and verdict.between < question.min_steps:
        sentence = "This restates the two ends. Write at least one side between them that shows why they are equal."
        if question.min_steps > 1:
            sentence = (f"Between the two ends {question.min_steps} different sides are asked; here there are "
                        f"{verdict.between}.")
        return replace(verdict, outcome=Outcome.NO_STEP, sentence=sentence)
    return replace(verdict, sentence=around or "Every step follows from the one before.", drawing=drawing)


def _missing_end(starts: bool, ends: bool) -> str:
    if not starts and not ends:
        return "Neither of the two given ends stands in this chain. Start at one of them and end at the other."
    which = "ends at" if starts else "starts at"
    return f"Every step follows, but no side {which} what is given. Start at one given end and end at the other."


# Sentences


def _explained(step: Step, comparer: Comparer, question: Derivation) -> Explanation | None:
    """Return the slip that leads to the right side from the left one, or from the given end where that equals it."""
    program = step.right.dialect == "python"
    view = View(comparer.view.layout, comparer.view.flat and program, program)
    models = [step.left]
    if question.end is not None:
        end = given_side(question.end, question.declarations)
        if comparer.compare(step.left, end).agrees:
            models.insert(0 if is_head(step.left.nodes[0]) else 1, end)
    answer = step.right.nodes[0]
    for model in models:
        free = tuple(sorted(comparer.typed(model.nodes[0], model.dialect).free))
        library = Library(model.nodes[0], comparer.declarations, free, is_step=model is step.left)
        found = library.explain(answer, list(library.values(answer, [view])), [view])
        if found is not None:
            return found
    return None


def _wrong_step(step: Step, explanation: Explanation | None) -> str:
    before, here = step.left.side, step.right.side
    if not before.line:
        sentence = f"Line {here.line} does not follow: {_quoted(here)} does not equal the given start."
    elif step.comparison.means == "shapes" and step.comparison.is_inside:
        sentence = f"Line {here.line} does not follow: the shapes in {_quoted(here)} do not fit."
    elif before.line == here.line:
        sentence = f"In line {here.line}, {_quoted(here)} does not equal {_quoted(before)} before it."
    else:
        sentence = (f"Line {here.line} does not follow from line {before.line}: {_quoted(here)} does not equal "
                    f"{_quoted(before)}.")
    more = [step.comparison.problem if step.comparison.means == "shapes" else None,
            explanation.sentence if explanation else None]
    return " ".join([sentence, *(text for text in more if text)])


def _quoted(side: Side) -> str:
    text = " ".join(side.text.split()).rstrip(" .,;").replace("`", "'")
    return f"`{text}`" if len(text) <= MAX_SHOWN else f"`{text[:MAX_SHOWN]} ...`"


class _Unjudged(Struct, frozen=True):
    """A place that could not be judged, and why."""

    line: int
    span: Span
    reason: str


def _unjudged(verdict: DerivationVerdict) -> list[_Unjudged]:
    found = [_Unjudged(side.side.line, side.refusal.span, side.refusal.sentence)
             for side in verdict.unread if side.refusal is not None]
    found += [_Unjudged(step.right.side.line, step.right.side.span, step.comparison.problem or "")
              for step in verdict.steps if step.follows is None]
    return sorted(found, key=lambda item: item.span.start)


def _unjudged_sentence(verdict: DerivationVerdict) -> str:
    """Return what could not be judged, and why the first of it could not; nothing where all was."""
    found = _unjudged(verdict)
    if not found:
        return ""
    lines = sorted({item.line for item in found})
    which = f"Line {lines[0]}" if len(lines) == 1 else f"Lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"
    rest = "; the rest was judged without" if any(step.follows for step in verdict.steps) else ""
    return f"{which} could not be judged{rest}. {found[0].reason}".strip()
