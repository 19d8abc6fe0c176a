"""What a function part says is publicly known of its outputs must fit its inputs and the problem's notation."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.spec.code import Draws, FunctionPart
from autograder.spec.faults import Fault, did_you_mean
from autograder.spec.notation import Notation, family_parts
from autograder.spec.positions import Document, Path_
from autograder.spec.written import FormulaPart


def find_given_faults(
    part: FunctionPart, notation: Notation, path: Path_, document: Document
) -> Iterator[Fault]:
    """Yield names in `where` that neither the notation nor the inputs have; `notation` is the problem's."""
    families = {family_parts(key)[0] for key in notation.families}
    known = {*notation.symbols, *notation.sizes, *notation.indices, *families}
    for name, source in part.where.items():
        at = (*path, "where", name)
        if name not in known:
            yield _fault(document, at, f"the notation declares no '{name}'{did_you_mean(name, known)}")
        inputs = [source] if isinstance(source, str) else [source.of, source.first, source.other_than]
        if isinstance(source, Draws) and name not in families:
            yield _fault(document, at, "draws stand for a family of indices only")
        for wanted in inputs:
            if isinstance(wanted, str) and wanted not in part.inputs:
                yield _fault(document, at, f"no input '{wanted}'{did_you_mean(wanted, part.inputs)}")
    if part.where and all(output.given is None for output in part.returns.values()):
        yield _fault(document, (*path, "where"), "says what the notation means for 'given', which no output has")


def find_precheck_faults(
    part: FormulaPart, notation: Notation, path: Path_, document: Document
) -> Iterator[Fault]:
    """Yield a judging pre-check that would have nothing public to judge by; `notation` is the part's own."""
    if part.precheck != "judge":
        return
    loss = notation.given.get(part.gradient.of) if part.gradient is not None else None
    if loss is None or loss.definition is None:
        yield _fault(document, (*path, "precheck"),
                     "the pre-check can judge only the gradient of a loss that is given with its definition")


def _fault(document: Document, path: Path_, message: str) -> Fault:
    where = ".".join(str(step) for step in path)
    return Fault(document.place(path), f"{where}: {message}")
