"""The two given ends of a derivation: whether they stand in a chain, and how many different sides stand between."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from autograder.formula.declarations import Declarations
from autograder.formula.derivations.canonical import canonical, unfolded
from autograder.formula.derivations.chains import ReadSide
from autograder.formula.derivations.comparing import Comparer
from autograder.formula.derivations.sides import EQUAL, Side
from autograder.formula.latex.dotted import is_zero
from autograder.formula.meaning.terms import Slope, SlopeAt, Term, Total, walk
from autograder.formula.texts import formula
from autograder.formula.tree import NOWHERE, Cases, Dots, Name, Negate, Node, Number, Product, Sum
from autograder.formula.tree import walk as walk_tree


def given_side(text: str, declarations: Declarations) -> ReadSide:
    """Return a given end as the side of a chain."""
    return ReadSide(Side("", text, NOWHERE, 0), (formula(text, declarations),))


def count_between(sides: Sequence[ReadSide], comparer: Comparer, start: str | None, end: str | None) -> int:
    """Count the different sides that are neither end and equal to it; one that cannot be read may be one."""
    ends = [form for text in (start, end) if text is not None for form in _end_forms(text, sides, comparer)]
    related = [side for side in sides if side.is_read]
    if start is not None:
        given = given_side(start, comparer.declarations)
        related = [side for side in related if comparer.compare(given, side).agrees]
    forms = [(side, _form(side, comparer)) for side in related]
    different = {repr(form) for _, form in forms if form is not None and form not in ends}
    is_summed = any(_holds_sum(form) for form in ends)
    for side, form in forms[1:-1]:
        again = any(form == other and not _writes_out(plain.nodes[0]) for plain, other in forms)
        shows_terms = again and is_summed and not _holds_sum(form) and _writes_out(side.nodes[0])
        if form in ends and (shows_terms or _picks_out(side.nodes[0], comparer.declarations)):
            different.add(repr(side.nodes[0]))
    different |= {repr(cases) for term, cases in itertools.pairwise(sides) if _tells_terms(term, cases)}
    return len(different) + sum(not side.is_read for side in sides)


def stands(text: str | None, sides: Sequence[ReadSide], comparer: Comparer, start: str | None) -> bool:
    """Say whether a given end stands in the chain, up to notation; a derivative may also be found by its value."""
    if text is None:
        return True
    accepted = _end_forms(text, sides, comparer)
    if any(_form(side, comparer) in accepted for side in sides if side.is_read):
        return True
    given = given_side(text, comparer.declarations)
    form = _form(given_side(start, comparer.declarations), comparer) if start else None
    if form is None or not any(isinstance(part, (Slope, SlopeAt)) for part in walk(form)):
        return False
    return any(comparer.compare(given, side).agrees for side in sides if side.is_read)


def _end_forms(text: str, sides: Sequence[ReadSide], comparer: Comparer) -> list[Term]:
    r"""Return the forms that count as a given end: its own, else `y^\top \log\hat y` in the place of a sum."""
    plain = _form(given_side(text, comparer.declarations), comparer)
    if plain is None:
        return []
    found = [form for side in sides if side.is_read and (form := _form(side, comparer)) is not None]
    if plain in found:
        return [plain]
    same = [form for form in found if unfolded(form, comparer.declarations) == unfolded(plain, comparer.declarations)]
    return [plain, *same]


def _form(side: ReadSide, comparer: Comparer) -> Term | None:
    term = comparer.typed(side.nodes[0], side.dialect).term
    return canonical(term) if term is not None else None


def _holds_sum(form: Term | None) -> bool:
    return form is not None and any(isinstance(part, Total) for part in walk(form))


def _picks_out(node: Node, declarations: Declarations) -> bool:
    r"""Whether a sum is written out with the term that is left of it: `y_1 \log\hat y_1 + \dots + y_o ... + \dots`."""
    fixed = {index.name for index in declarations.indices if index.role == "fixed"}
    for part in walk_tree(node):
        terms = part.terms if isinstance(part, Sum) else ()
        for before, term, after in zip(terms, terms[1:], terms[2:], strict=False):
            if all(isinstance(one, Dots) or (isinstance(one, Negate) and isinstance(one.body, Dots))
                   for one in (before, after)) and any(
                    isinstance(one, Name) and one.name in fixed for one in walk_tree(term)):
                return True
    return False


def _tells_terms(term: ReadSide, cases: ReadSide) -> bool:
    r"""Whether a display before the chain says what each term comes to: `y_w \log\hat y_w = \begin{cases} ...`."""
    is_read = term.is_read and cases.is_read and cases.side.relation == EQUAL
    return is_read and isinstance(term.nodes[0], Product) and isinstance(cases.nodes[0], Cases)


def _writes_out(node: Node) -> bool:
    r"""Whether a side shows what becomes of each term of a sum: `0 + \cdots + 1 \cdot \log\hat y_o + \cdots + 0`."""
    for part in walk_tree(node):
        if isinstance(part, Product) and any(isinstance(one, Number) and one.value == 1 for one in part.factors):
            return True
        if isinstance(part, Sum):
            zeros = sum(map(is_zero, part.terms))
            if zeros > 1 or (zeros and any(isinstance(term, Dots) for term in part.terms)):
                return True
    return False
