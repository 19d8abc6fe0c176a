"""What a problem says in one place must agree with what it says in another."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.spec.code import (
    FunctionPart,
    IndexInput,
    IndicesInput,
    IntegersInput,
    NormalInput,
    UniformInput,
)
from autograder.spec.faults import Fault, did_you_mean
from autograder.spec.fields import PartFields, Shape, Visibility
from autograder.spec.given_checks import find_given_faults
from autograder.spec.model import AssignmentFile, Problem
from autograder.spec.notation import Notation
from autograder.spec.positions import Document, Path_
from autograder.spec.suite import UnittestPart
from autograder.spec.suite_tests import read_suite
from autograder.spec.written_checks import find_notation_faults, find_part_faults


class Sources:
    """The Python files that a problem may name, and the functions that they define."""

    def __init__(self, folder: Path, head: AssignmentFile, reference_folders: tuple[Path, ...]) -> None:
        self._folder = folder
        self._head = head
        self._references = reference_folders
        self._defined: dict[Path, frozenset[str] | None] = {}

    def is_seen_before(self, part: PartFields, other: PartFields) -> bool:
        """Return whether students see a part at a time when they do not see the other."""
        order = list(Visibility)
        return order.index(part.visibility or self._head.visibility) < order.index(
            other.visibility or self._head.visibility)

    def functions(self, file: Path) -> frozenset[str] | None:
        """Return the names of the functions defined at the top of a file; None where it cannot be read."""
        if file not in self._defined:
            try:
                tree = ast.parse(file.read_text(encoding="utf-8"))
            except (OSError, SyntaxError, ValueError):
                self._defined[file] = None
            else:
                self._defined[file] = frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef))
        return self._defined[file]

    def say_reference(self, dotted: str) -> str | None:
        """Return what is wrong with `file.function` as a reference, or None."""
        stem, _, function = dotted.rpartition(".")
        for folder in self._references:
            file = folder / (stem.replace(".", "/") + ".py")
            if file.is_file():
                return self._say_missing(file, function)
        return f"there is no file {stem.replace('.', '/')}.py in {' or '.join(f.name for f in self._references)}/"

    def say_adapter(self, dotted: str) -> str | None:
        """Return what is wrong with `harness.function` as an adapter, or None."""
        stem, _, function = dotted.rpartition(".")
        if self._head.harness is None:
            return "assignment.yaml names no harness file"
        if stem != Path(self._head.harness).stem:
            return f"adapters are in {self._head.harness}; write {Path(self._head.harness).stem}.{function}"
        return self._say_missing(self._folder / self._head.harness, function)

    def say_starter(self, file: str, function: str) -> str | None:
        """Return what is wrong with a graded function in view of the starter that students get, or None."""
        if self._head.starter is None:
            return None
        starter = self._folder / self._head.starter / file
        if not starter.is_file():
            return f"the starter folder has no file {file}"
        return self._say_missing(starter, function)

    def say_suite(self, part: UnittestPart) -> str | None:
        """Return what is wrong with a folder of tests, or None."""
        folder = self._folder / part.suite
        if not folder.is_dir():
            return f"there is no folder {part.suite} beside this file"
        if not any(folder.glob(part.pattern)):
            return f"no file in {part.suite} matches {part.pattern}"
        declared = read_suite(folder, part.pattern)
        if declared.is_complete and abs(declared.points - part.points) > 1e-9:
            return f"the weights of its tests add up to {declared.points:g}, not to {part.points:g}"
        return None

    def _say_missing(self, file: Path, function: str) -> str | None:
        defined = self.functions(file)
        if defined is None:
            return f"{file.name} cannot be read as Python"
        if function not in defined:
            return f"{file.name} defines no function '{function}'{did_you_mean(function, defined)}"
        return None


def find_faults(problem: Problem, document: Document, sources: Sources) -> Iterator[Fault]:
    """Yield what does not fit together in one problem."""
    yield from find_notation_faults(problem.notation, Notation(), ("notation",), document)
    yield from _duplicates((part.id for part in problem.parts), ("parts",), "id", document)
    for number, part in enumerate(problem.parts):
        path: Path_ = ("parts", number)
        siblings = {other.id for other in problem.parts} - {part.id}
        for needed in part.needs:
            if needed not in siblings:
                yield _fault(document, (*path, "needs"), f"no other part '{needed}'{did_you_mean(needed, siblings)}")
            elif sources.is_seen_before(part, next(other for other in problem.parts if other.id == needed)):
                yield _fault(document, (*path, "needs"), f"students do not see '{needed}' when they see this, which "
                                                         "would tell them how that one went")
        if isinstance(part, FunctionPart):
            yield from _function_faults(part, problem, path, document, sources)
        elif isinstance(part, UnittestPart):
            if saying := sources.say_suite(part):
                yield _fault(document, (*path, "suite"), saying)
        else:
            yield from find_part_faults(part, problem.notation, path, document)
    if problem.points is not None and abs(problem.points - problem.max_points) > 1e-9:
        yield _fault(document, ("points",),
                     f"says {problem.points:g}, but the parts add up to {problem.max_points:g}")


def _function_faults(
    part: FunctionPart, problem: Problem, path: Path_, document: Document, sources: Sources
) -> Iterator[Fault]:
    named: list[tuple[Path_, str | None]] = [
        (("function",), sources.say_starter(part.file, part.function)),
        (("reference",), sources.say_reference(part.reference)),
    ]
    adapters: list[tuple[Path_, str | None]] = [(("call",), part.call)]
    adapters += [(("other_calls", n, "call"), other.call) for n, other in enumerate(part.other_calls)]
    adapters += [(("cases", n, "call"), case.call) for n, case in enumerate(part.cases)]
    named += [(where, sources.say_adapter(adapter)) for where, adapter in adapters if adapter is not None]
    named += [
        (("mistakes", n, "reference"), sources.say_reference(mistake.reference))
        for n, mistake in enumerate(part.mistakes)
    ]
    for where, saying in named:
        if saying:
            yield _fault(document, (*path, *where), saying)
    for name in part.stand_ins:
        if name not in part.inputs:
            yield _fault(document, (*path, "stand_ins", name), f"no input '{name}'{did_you_mean(name, part.inputs)}")
    if part.stand_ins and not part.follow_through:
        yield _fault(document, (*path, "stand_ins"), "these earn what follow_through says, which is missing")
    yield from _size_faults(part, problem, path, document)
    yield from find_given_faults(part, problem.notation, path, document)
    yield from _output_faults(part, path, document)


def _size_faults(part: FunctionPart, problem: Problem, path: Path_, document: Document) -> Iterator[Fault]:
    sizes = set(problem.sizes) | set(part.sizes)
    for scope, where in ((problem.sizes, ("sizes",)), (part.sizes, (*path, "sizes"))):
        for name, size in scope.items():
            if isinstance(size, tuple) and size[0] > size[1]:
                yield _fault(document, (*where, name), "the first of a range must not be above the last")
    groups = [(part.inputs, sizes, (*path, "inputs"))]
    groups += [(case.inputs, sizes | set(case.sizes), (*path, "cases", n, "inputs"))
               for n, case in enumerate(part.cases)]
    for inputs, known, where in groups:
        for name, drawn in inputs.items():
            if name not in part.inputs:
                yield _fault(document, (*where, name), f"no input '{name}'{did_you_mean(name, part.inputs)}")
            shape: Shape = ()
            others: list[str | None] = []
            if isinstance(drawn, NormalInput):
                shape = drawn.normal
            elif isinstance(drawn, UniformInput):
                shape = drawn.uniform
            elif isinstance(drawn, IndexInput):
                shape, others = (drawn.index,), [drawn.never]
            elif isinstance(drawn, IndicesInput):
                shape = (drawn.indices, drawn.count)
                for other in (drawn.never, drawn.includes):
                    if other and not isinstance(part.inputs.get(other), IndexInput | IndicesInput):
                        yield _fault(document, (*where, name), f"'{other}' is not an input of kind index or indices")
            elif isinstance(drawn, IntegersInput) and drawn.count is not None:
                shape = (drawn.count,)
            for dimension in shape:
                if isinstance(dimension, str) and dimension not in known:
                    yield _fault(document, (*where, name), f"no size '{dimension}'{did_you_mean(dimension, known)}")
            for other in others:
                if other is not None and not isinstance(part.inputs.get(other), IndexInput):
                    yield _fault(document, (*where, name), f"'{other}' is not an input of kind index")
    for name, output in part.returns.items():
        for dimension in output.shape:
            if isinstance(dimension, str) and dimension not in sizes:
                yield _fault(document, (*path, "returns", name, "shape"),
                             f"no size '{dimension}'{did_you_mean(dimension, sizes)}")


def _output_faults(part: FunctionPart, path: Path_, document: Document) -> Iterator[Fault]:
    outputs, inputs = set(part.returns), set(part.inputs)
    for name, output in part.returns.items():
        where = (*path, "returns", name, "gradient")
        if output.gradient and output.gradient.of not in outputs - {name}:
            yield _fault(document, where,
                         f"no other output '{output.gradient.of}'{did_you_mean(output.gradient.of, outputs)}")
        if output.gradient and output.gradient.wrt not in inputs:
            yield _fault(document, where, f"no input '{output.gradient.wrt}'"
                                          f"{did_you_mean(output.gradient.wrt, inputs)}")
    for number, case in enumerate(part.cases):
        for name in case.outputs:
            if name not in outputs:
                yield _fault(document, (*path, "cases", number, "outputs"),
                             f"no output '{name}'{did_you_mean(name, outputs)}")
    with_points = [name for name, output in part.returns.items() if output.points is not None]
    if part.points is None and len(with_points) < len(outputs):
        yield _fault(document, (*path, "returns"),
                     "give every output its points, or the part 'points' that all outputs earn together")
    if part.points is not None and with_points:
        total = sum(output.points or 0 for output in part.returns.values())
        if len(with_points) < len(outputs) or abs(total - part.points) > 1e-9:
            yield _fault(document, (*path, "points"),
                         f"says {part.points:g}, but the outputs add up to {total:g}")


def _duplicates(names: Iterable[str], path: Path_, field: str, document: Document) -> Iterator[Fault]:
    names = list(names)
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            yield _fault(document, (*path, last, field), f"'{name}' is used twice; ids must differ")


def _fault(document: Document, path: Path_, message: str) -> Fault:
    where = ".".join(str(step) for step in path)
    return Fault(document.place(path), f"{where}: {message}")

