"""What written parts say must fit together; formulas themselves are read by `autograder.formula_faults`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from autograder.spec.faults import Fault, did_you_mean
from autograder.spec.given_checks import find_precheck_faults
from autograder.spec.notation import Notation, family_parts
from autograder.spec.positions import Document, Path_
from autograder.spec.written import ChoicePart, EquationPart, FormulaPart, NumberPart, WrittenFields, WrittenPart

if TYPE_CHECKING:
    from autograder.spec.model import Problem

_BOUND = re.compile(r"-?(\d+|[A-Za-z_]\w*)")
_ARITHMETIC = re.compile(r"[\d\s.+\-*/()]+")


def find_notation_faults(notation: Notation, outer: Notation, path: Path_, document: Document) -> Iterator[Fault]:
    """Yield names that a notation uses and neither it nor the one around it declares."""
    both = outer.with_more(notation)
    sizes, sets, symbols = both.sizes, both.sets, both.symbols
    indices: Collection[str] = both.indices

    def unknown(where: Path_, kind: str, names: Iterable[str | int | None], known: Collection[str]) -> Iterator[Fault]:
        for name in names:
            if isinstance(name, str) and name not in known:
                message = f"no {kind} '{name}'{did_you_mean(name, known)}"
                yield Fault(document.place((*path, *where)), f"{'.'.join(map(str, where))}: {message}")

    for name, index_set in notation.sets.items():
        for field, bound in (("first", index_set.first), ("last", index_set.last)):
            match = _BOUND.fullmatch(bound)
            at = ("sets", name, field)
            if match is None:
                message = f"sets.{name}.{field}: must be a number, a size or its negative"
                yield Fault(document.place((*path, *at)), message)
            elif not match[1].isdigit():
                yield from unknown(at, "size", [match[1]], sizes)
    for name, index in notation.indices.items():
        yield from unknown(("indices", name, "over"), "set", [index.over], sets)
        equals = [index.equals] if index.equals and not index.equals.isdigit() else []
        yield from unknown(("indices", name, "equals"), "index", equals, indices)
        yield from unknown(("indices", name, "differs"), "index", index.differs, indices)
    for name, symbol in notation.symbols.items():
        yield from unknown(("symbols", name, "shape"), "size", symbol.shape, sizes)
    for key, family in notation.families.items():
        yield from unknown(("families", key), "index", family_parts(key)[1], indices)
        yield from unknown(("families", key, "shape"), "size", family.shape, sizes)
        yield from unknown(("families", key, "column_of"), "symbol", [family.column_of], symbols)
        yield from unknown(("families", key, "values"), "set", [family.values], sets)
        yield from unknown(("families", key, "differs"), "index", family.differs, indices)
    for name, function in notation.functions.items():
        yield from unknown(("functions", name, "bare"), "symbol", [function.bare], symbols)
    for name, atom in notation.atoms.items():
        yield from unknown(("atoms", name, "shape"), "size", atom.shape, sizes)
        yield from unknown(("atoms", name, "indices"), "index", atom.indices, indices)
    families = {family_parts(key)[0] for key in both.families}
    for number, through in enumerate(notation.through):
        yield from unknown(("through", number, "source"), "set", [through.source], sets)
        yield from unknown(("through", number, "target"), "set", [through.target], sets)
        yield from unknown(("through", number, "by"), "family", [through.by], families)


def find_part_faults(part: WrittenPart, notation: Notation, path: Path_, document: Document) -> Iterator[Fault]:
    """Yield what does not fit in one written part; `notation` is the problem's."""
    yield from find_notation_faults(part.notation, notation, (*path, "notation"), document)
    whole = notation.with_more(part.notation)
    if isinstance(part, FormulaPart):
        if part.gradient and part.gradient.of not in whole.given:
            yield _fault(document, (*path, "gradient", "of"),
                         f"nothing of this name is given{did_you_mean(part.gradient.of, whole.given)}")
        yield from find_precheck_faults(part, whole, path, document)
        for name in part.depends_on:
            if name not in whole.indices:
                yield _fault(document, (*path, "depends_on"), f"no index '{name}'{did_you_mean(name, whole.indices)}")
    if isinstance(part, NumberPart):
        answers: list[tuple[Path_, str]] = [(("answer",), part.answer)]
        answers += [(("other_answers", n, "answer"), other.answer) for n, other in enumerate(part.other_answers)]
        answers += [(("mistakes", n, "answer"), mistake.answer) for n, mistake in enumerate(part.mistakes)]
        for where, answer in answers:
            if not _ARITHMETIC.fullmatch(answer):
                yield _fault(document, (*path, *where), f"must be a number, or arithmetic with numbers, not '{answer}'")
    if isinstance(part, ChoicePart) and part.answer not in part.options:
        yield _fault(document, (*path, "answer"),
                     f"no option '{part.answer}'{did_you_mean(part.answer, part.options)}")
    if isinstance(part, (FormulaPart, EquationPart, NumberPart)):
        right = {_squeeze(answer) for answer in _right_answers(part)}
        for number, mistake in enumerate(part.mistakes):
            if _squeeze(mistake.answer) in right:
                yield _fault(document, (*path, "mistakes", number, "answer"), "this is the answer, not a mistake")


def _right_answers(part: FormulaPart | EquationPart | NumberPart) -> Iterator[str]:
    yield part.answer
    if not isinstance(part, NumberPart):
        yield from part.or_answers
    if not isinstance(part, EquationPart):
        yield from (other.answer for other in part.other_answers)


def find_clashes(problems: Iterable[tuple[Problem, Document]]) -> Iterator[Fault]:
    """Yield written parts that an answers file could not tell apart: their ids and aliases must all differ."""
    taken: dict[str, str] = {}
    for problem, document in problems:
        for number, part in enumerate(problem.parts):
            if not isinstance(part, WrittenFields):
                continue
            for field, name in (("id", part.id), *(("aliases", alias) for alias in part.aliases)):
                other = taken.setdefault(name.casefold(), f"{problem.id}/{part.id}")
                if other != f"{problem.id}/{part.id}":
                    yield _fault(document, ("parts", number, field), f"'{name}' is also a name of {other}")


def _squeeze(formula: str) -> str:
    return "".join(formula.split())


def _fault(document: Document, path: Path_, message: str) -> Fault:
    where = ".".join(str(step) for step in path)
    return Fault(document.place(path), f"{where}: {message}")
