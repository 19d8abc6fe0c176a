"""Why a wrong formula is wrong: one explanation, given only if it is the only one.

    Explainer(question, mistakes).explain(reading.answer, reading.dialect) -> Explanation | None

An answer is explained when it has the value of the reference with one slip in it, at every probe: first the mistakes
that the problem declares, then the slips that any derivation may hold. Slips that mean the same count as one. Nothing
is said where two different slips would give the same answer, and nothing that prints the right one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from autograder.formula import tree
from autograder.formula.declarations import Declarations, Layout, Question
from autograder.formula.meaning.elaboration import elaborate
from autograder.formula.meaning.indexing import BASE
from autograder.formula.meaning.layouts import usual_layouts
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.meaning.terms import Term
from autograder.formula.refusals import Unreadable
from autograder.formula.slips.arithmetic_edits import Setting
from autograder.formula.slips.probing import TOLERANCE, Probes, Sample, View
from autograder.formula.slips.repairs import REPAIRS, find_mendings, find_repairs
from autograder.formula.slips.slip import SEEN_FROM_BEHIND, SPECIAL_CASES, find_slips, plain_sentence
from autograder.formula.texts import formula
from autograder.formula.tree import Node

MAX_SLIPS = 250
MAX_NODES = 150
"""The largest formula that is edited."""
MAX_ANSWER_NODES = 600
"""The largest answer that is evaluated."""
MAX_BEHIND = 60


class KnownMistake(Struct, frozen=True):
    """A wrong answer that the problem declares; `credit` is the share of the points that it still earns."""

    answer: str
    say: str
    name: str = "mistake"
    credit: float = 0.0


class Explanation(Struct, frozen=True):
    """What went wrong: its name for reports, one sentence for the student, the share of points that is earned."""

    name: str
    sentence: str
    credit: float = 0.0


def views_of(layout: Layout, dialect: str) -> tuple[View, ...]:
    """Return the ways to take an answer in one layout; in a program a vector may be a column or a 1-D array."""
    if dialect != "python":
        return (View(layout),)
    return View(layout, program=True), View(layout, flat=True, program=True)


class _Candidate(Struct, frozen=True):
    """A wrong formula and its value at the first probe; the others are computed when the first one fits."""

    name: str
    sentence: str
    term: Term
    first: Sample


class Explainer:
    """Explains wrong answers to one question; what it computes is kept, so build it once for each question."""

    def __init__(self, question: Question, mistakes: Sequence[KnownMistake] = ()) -> None:
        declarations = question.declarations
        reference = formula(question.references[0].answer, declarations)
        self.known = tuple(mistakes)
        layouts = question.layouts if question.layouts is not None else usual_layouts(declarations)
        self.layouts = (BASE, *(layout for layout in layouts if layout != BASE))
        self.library = Library(reference, declarations, question.depends_on)
        self._others = tuple(other.answer for other in question.references[1:])

    def explain(self, answer: Node, dialect: str = "latex") -> Explanation | None:
        """Return why an answer is wrong, as far as that can be told; None for one that is right in any layout."""
        try:
            return self._explain(answer, dialect) if _size(answer) <= MAX_ANSWER_NODES else None
        except ArithmeticError:  # its values are out of all proportion to what is asked
            return None

    def _explain(self, answer: Node, dialect: str) -> Explanation | None:
        views = [view for layout in self.layouts for view in views_of(layout, dialect)]
        by_view = [list(self.library.values(answer, [view])) for view in views]
        own = len(views_of(BASE, dialect))
        for number, values in enumerate(by_view):
            if any(self._is_right(samples, in_base=number < own) for samples in values):
                return None
        values = [samples for found in by_view[:own] for samples in found]
        for samples in values or [samples for found in by_view[own:] for samples in found]:
            for mistake, terms in self._known_terms:
                if any(self.library.fits(term, samples) for term in terms):
                    return Explanation(mistake.name, mistake.say, mistake.credit)
        return self.library.explain(answer, values, views[:own])

    def _is_right(self, samples: tuple[Sample, ...], in_base: bool) -> bool:
        """Say whether values are right; in another layout than the declared one, rows may come out as columns."""
        if self.library.is_reference(samples) or (not in_base and self.library.is_turned(samples)):
            return True
        return self._is_another_reading(samples)

    def _is_another_reading(self, samples: tuple[Sample, ...]) -> bool:
        declarations = self.library.declarations
        terms = (_typed(formula(other, declarations), declarations, View()) for other in self._others)
        return any(term is not None and self.library.fits(term, samples) for term in terms)

    @cached_property
    def _known_terms(self) -> tuple[tuple[KnownMistake, tuple[Term, ...]], ...]:
        found = []
        for mistake in self.known:
            terms = (_typed(formula(mistake.answer, self.library.declarations), self.library.declarations, view)
                     for view in (View(), View(flat=True, program=True)))
            found.append((mistake, tuple(term for term in terms if term is not None)))
        return tuple(found)


class Library:
    """A right formula, and every wrong one that is a slip away from it, by value."""

    def __init__(
        self, reference: Node, declarations: Declarations, depends_on: tuple[str, ...] = (), is_step: bool = False
    ) -> None:
        self.reference = reference
        self.declarations = declarations
        self.setting = Setting(declarations, depends_on, is_step)
        self.probes = Probes(declarations, depends_on)

    def values(self, answer: Node, views: Sequence[View]) -> Iterator[tuple[Sample, ...]]:
        """Yield the value of an answer at all probes, for every view in which it has one."""
        for view in views:
            term = _typed(answer, self.declarations, view)
            samples = self.probes.samples(term) if term is not None else None
            if samples is not None:
                yield tuple(sample.transposed() for sample in samples) if view.layout.result else samples

    def is_reference(self, samples: tuple[Sample, ...]) -> bool:
        return self._right is not None and all(map(Sample.equals, self._right, samples))

    def is_turned(self, samples: tuple[Sample, ...]) -> bool:
        """Say whether values are the reference's with rows and columns exchanged."""
        return self.is_reference(tuple(sample.transposed() for sample in samples))

    def fits(self, term: Term, samples: tuple[Sample, ...]) -> bool:
        """Say whether a formula has these values; the first probe that differs ends the comparison."""
        for number, sample in enumerate(samples):
            own = self.probes.sample(term, number)
            if own is None or not own.equals(sample):
                return False
        return True

    def explain(
        self, answer: Node, values: Sequence[tuple[Sample, ...]], views: Sequence[View]
    ) -> Explanation | None:
        """Return the slip that makes the reference the answer."""
        if self._is_a_number or max(map(_size, (self.reference, answer))) > MAX_NODES:
            return None
        for samples in values:
            found = self._by_ratio(samples) or self._by_slip(samples)
            if found is not None:
                return found
        if values and self._are_zero(values[0]):
            return Explanation("zero", "This is 0 whatever the symbols stand for.")
        return (
            self._by_repair(answer, values, views) or self._by_mending(answer, views)
            or self._from_behind(answer, values, views)
        )

    @cached_property
    def _right(self) -> tuple[Sample, ...] | None:
        term = _typed(self.reference, self.declarations, View())
        return self.probes.samples(term) if term is not None else None

    def _are_zero(self, samples: tuple[Sample, ...]) -> bool:
        right = max((sample.scale for sample in self._right or ()), default=Decimal(0))
        return all(sample.scale <= TOLERANCE * right for sample in samples)

    @property
    def _is_a_number(self) -> bool:
        """Whether the reference is one number: what a wrong one came from is not to be seen from its value."""
        right = self._right or ()
        return all(sample == right[0] and not sample.sizes for sample in right)

    @cached_property
    def _candidates(self) -> tuple[_Candidate, ...]:
        found = []
        for number, slip in enumerate(find_slips(self.reference, self.setting)):
            if number >= MAX_SLIPS:
                break
            term = _typed(slip.tree, self.declarations, View())
            first = self.probes.sample(term, 0) if term is not None else None
            if term is not None and first is not None:
                found.append(_Candidate(slip.name, slip.sentence, term, first))
        return tuple(found)

    def _by_slip(self, samples: tuple[Sample, ...]) -> Explanation | None:
        fitting = [item for item in self._candidates if item.first.equals(samples[0]) and self.fits(item.term, samples)]
        return _only([(item.name, item.sentence) for item in fitting])

    def _by_ratio(self, samples: tuple[Sample, ...]) -> Explanation | None:
        """Explain an answer that is a constant, or a size, times the reference."""
        if self._right is None or self._are_zero(samples):
            return None
        ratios = [_ratio(sample, right) for sample, right in zip(samples, self._right, strict=True)]
        known = [ratio for ratio in ratios if ratio is not None]
        if len(known) < len(ratios):
            return None
        if len({round(ratio, 12) for ratio in known}) == 1:
            name = "sign" if round(known[0], 12) == -1 else "factor"
            return Explanation(name, plain_sentence(name))
        for size in self.probes.sizes(0):
            drawn = [Decimal(self.probes.sizes(number)[size]) for number in range(len(known))]
            if all(round(ratio * n, 12) == 1 for ratio, n in zip(known, drawn, strict=True)):
                return Explanation("mean for sum", plain_sentence("mean for sum"))
            if all(round(ratio / n, 12) == 1 for ratio, n in zip(known, drawn, strict=True)):
                return Explanation("sum for mean", plain_sentence("sum for mean"))
        return None

    def _by_repair(
        self, answer: Node, values: Sequence[tuple[Sample, ...]], views: Sequence[View]
    ) -> Explanation | None:
        """Explain an answer whose shapes do not fit, by the one change that makes it right."""
        if self._right is None or any(_same_shape(samples, self._right) for samples in values):
            return None
        found = []
        for repair in find_repairs(answer, self.declarations, self.setting.free):
            if any(self.is_reference(samples) or self.is_turned(samples)
                   for samples in self.values(repair.tree, views[:1])):
                found.append((repair.name, REPAIRS[repair.name]))
        return _only(found)


    def _by_mending(self, answer: Node, views: Sequence[View]) -> Explanation | None:
        """Explain an answer in which the same slip of the pen stands in several places."""
        found = [
            (mending.name, REPAIRS[mending.name]) for mending in find_mendings(answer)
            if any(self.is_reference(samples) for samples in self.values(mending.tree, views[:1]))
        ]
        return _only(found)

    def _from_behind(
        self, answer: Node, values: Sequence[tuple[Sample, ...]], views: Sequence[View]
    ) -> Explanation | None:
        """Explain an answer that a slip would make right: it may be written in another form than the reference."""
        if self._right is None or not values or not _same_shape(values[0], self._right):
            return None
        found = []
        for slip in itertools.islice(find_slips(answer, self.setting), MAX_BEHIND):
            name = SEEN_FROM_BEHIND.get(slip.name)
            term = _typed(slip.tree, self.declarations, views[0]) if name else None
            if name and term is not None and self.fits(term, self._right):
                found.append((name, plain_sentence(name)))
        return _only(found)


def _size(node: Node) -> int:
    return sum(1 for _ in tree.walk(node))


def _same_shape(ours: tuple[Sample, ...], theirs: tuple[Sample, ...]) -> bool:
    return all(a.sizes == b.sizes for a, b in zip(ours, theirs, strict=True))


def _typed(node: Node, declarations: Declarations, view: View) -> Term | None:
    try:
        return elaborate(node, declarations, view.layout, flat=view.flat, program=view.program).term
    except (Misfit, Unreadable):
        return None


def _ratio(ours: Sample, theirs: Sample) -> Decimal | None:
    """Return c where ours = c * theirs entry by entry, None where there is no such number or it is 0."""
    if ours.sizes != theirs.sizes or not theirs.scale or not ours.scale:
        return None
    place = max(range(len(theirs.entries)), key=lambda at: abs(theirs.entries[at]))
    ratio = ours.entries[place] / theirs.entries[place]
    scaled = Sample(theirs.sizes, tuple(ratio * entry for entry in theirs.entries))
    return ratio if scaled.equals(ours) else None


def _only(found: Iterable[tuple[str, str]]) -> Explanation | None:
    """Return the one explanation among those that fit, those that another one says more precisely left out."""
    found = list(found)
    names = {name for name, _ in found}
    names -= {general for name in names for general in SPECIAL_CASES.get(name, ())}
    if len(names) != 1:
        return None
    name = names.pop()
    sentences = {sentence for own, sentence in found if own == name}
    return Explanation(name, sentences.pop() if len(sentences) == 1 else _shared(name, sentences))


def _shared(name: str, sentences: set[str]) -> str:
    return plain_sentence(name) if name not in REPAIRS else sorted(sentences)[0]

