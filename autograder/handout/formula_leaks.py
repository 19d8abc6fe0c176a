"""Answers to written parts, looked for in any spelling: what can be read as a formula is compared by its meaning."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.formula.declarations import Declarations, Question, Reference
from autograder.formula.judging.judge import Verdict, judge
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.reading import Reading, read
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Apply, Derivative, Head, Node, Number, Prime, walk
from autograder.handout.unpacking import Piece
from autograder.spec.model import Assignment
from autograder.spec.notation import FamilyNote, FunctionNote, LossNote, Notation, SymbolNote
from autograder.spec.written import FormulaPart, declare_part
from autograder.submission.snippets import find_snippets

_LENGTHS = range(5, 400)  # shorter ones, such as `x > 0`, stand everywhere and mean anything
_STYLES = re.compile(r"\\(?:left|right|[bB]igl?|[bB]igr?|displaystyle|limits|,|;|!|quad|mathbf|bm|boldsymbol|mathrm"
                     r"|text)(?![A-Za-z])")
_QUOTED = re.compile(r"\"((?:[^\"\\\n]|\\.)+)\"|'((?:[^'\\\n]|\\.)+)'")
_WORD = re.compile(r"[A-Za-z]{3,}")
_SPELLED = frozenset(
    "sigma sigmoid softmax exp log tanh sum sum_ prod frac left right top hat text mathrm mathbf bm cdot times odot "
    "dot outer np numpy matmul Vocab vocab transpose reshape expand_dims inner diag sech cosh sinh relu max min for "
    "range lambda sqrt cases begin end array mathcal operatorname boldsymbol avg neg yhat vec bar".split()
)
_FOUND = (Verdict.CORRECT, Verdict.WRONG_FORM, Verdict.VARIANT)


@dataclass(frozen=True, slots=True)
class Leak:
    """Something in a handout that should not be there."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True)
class _Target:
    part: str
    question: Question


class FormulaSearch:
    """Looks for the answers of an assignment's formula parts."""

    def __init__(self, assignment: Assignment) -> None:
        self._targets: dict[Declarations, list[_Target]] = {}
        self._public: list[str] = []
        self._judged: dict[str, str | None] = {}
        for problem in assignment.problems:
            self._public += [problem.title, problem.intro or "", *_stated(problem.notation)]
            for part in problem.parts:
                self._public += [part.prompt or "", part.title or "", *part.aliases, part.id]
                if not isinstance(part, FormulaPart):
                    continue
                self._public += [*(part.in_terms_of or ()), *_stated(part.notation)]
                declarations = declare_part(problem.notation, part)
                target = _pose(part, declarations)
                if target is not None:
                    self._targets.setdefault(declarations, []).append(_Target(f"{problem.id}/{part.id}", target))
        self._public_text = squeeze("\n".join(self._public))
        self._words = {word for declarations in self._targets for word in _words_of(declarations)} | _SPELLED

    def find(self, pieces: Iterable[Piece]) -> Iterator[Leak]:
        """Yield each file with an answer, once for each part that is answered in it."""
        for piece in pieces:
            told: set[str] = set()
            for candidate in dict.fromkeys(_candidates(piece)):
                part = self._part_answered(candidate)
                if part is not None and part not in told:
                    told.add(part)
                    yield Leak(piece.path, f"`{candidate}` is an answer to {part}")

    def _part_answered(self, candidate: str) -> str | None:
        if candidate not in self._judged:
            self._judged[candidate] = self._judge(candidate) if self._may_be_formula(candidate) else None
        return self._judged[candidate]

    def _may_be_formula(self, candidate: str) -> bool:
        """Say whether a text is worth reading: of the right size, made of known words, and not public anyway."""
        squeezed = squeeze(candidate)
        return (len(squeezed) in _LENGTHS and not candidate.isidentifier() and squeezed not in self._public_text
                and all(word in self._words for word in _WORD.findall(candidate)))

    def _judge(self, candidate: str) -> str | None:
        for declarations, targets in self._targets.items():
            try:
                reading = read(candidate, declarations)
            except Unreadable:
                continue
            if any(_asks(node) for node in walk(reading.answer)):
                continue
            for target in targets:
                if _answers(reading, target.question):
                    return target.part
        return None


def _asks(node: Node) -> bool:
    """Whether a node is a derivative still to be worked out: the question itself, not its answer."""
    return isinstance(node, (Derivative, Head, Prime)) or (isinstance(node, Apply) and node.primes > 0)


def _answers(reading: Reading, question: Question) -> bool:
    try:
        return judge(reading, question).verdict in _FOUND
    except (Unreadable, Misfit, ArithmeticError):
        return False


def _pose(part: FormulaPart, declarations: Declarations) -> Question | None:
    """Return the question that every right answer answers; None for an answer as short as a number."""
    answers = [part.answer, *part.or_answers, *(other.answer for other in part.other_answers)]
    telling = []
    for answer in answers:
        node = read(answer, declarations).answer
        if not isinstance(node, Number) and len(squeeze(answer)) > 3:
            telling.append(Reference(answer))
    question = Question(declarations, tuple(telling), depends_on=part.depends_on)
    return question if telling else None


def _stated(notation: Notation) -> Iterator[str]:
    """Yield the formulas of a notation that students are given."""
    notes: list[SymbolNote | FamilyNote | LossNote | FunctionNote] = [
        *notation.symbols.values(), *notation.families.values(), *notation.given.values(), *notation.functions.values()]
    for note in notes:
        yield from (note.meaning or "", note.definition or "", *note.written)
    for spelling, alias in notation.aliases.items():
        yield from (spelling, alias.means)


def _words_of(declarations: Declarations) -> Iterator[str]:
    for kind in (declarations.sizes, declarations.sets, declarations.indices, declarations.symbols,
                 declarations.families, declarations.functions, declarations.losses):
        for item in kind:
            for spelling in (item.name, *item.written):
                yield from _WORD.findall(spelling)
    for alias in declarations.aliases:
        yield from _WORD.findall(alias.written)


def squeeze(text: str) -> str:
    """Return a formula's text without what changes nothing in it: spaces, sizes of brackets, styles."""
    text = _STYLES.sub("", text)
    return re.sub(r"[\s{}]|\\ ", "", text).replace(r"\lbrack", "[").replace(r"\cdot", "")


def _candidates(piece: Piece) -> Iterator[str]:
    """Yield what may be a formula: between marks of mathematics or code, in quotes, in a line, behind `=`."""
    text = piece.text
    if text is None or piece.path.endswith((".whl", ".zip")):
        return
    if piece.path.endswith(".py"):
        yield from _python_candidates(text)
        return
    yield from (snippet.text.strip() for snippet in find_snippets(text))
    for line in text.split("\n"):
        line = line.strip().removeprefix(">").removeprefix("%").strip()
        yield line
        for sign in ("=", ": "):
            if sign in line:
                yield line.rpartition(sign)[2].strip(" '\"$`,.")
        yield from (match[1] or match[2] for match in _QUOTED.finditer(line))


def _python_candidates(text: str) -> Iterator[str]:
    """Yield the values of a program's expressions, its comments, and the formulas in its strings."""
    try:
        with warnings.catch_warnings():  # a backslash in a formula is no escape, and no matter here
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        yield from (snippet.text.strip() for snippet in find_snippets(text))
        yield from (line.strip() for line in text.split("\n"))
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.Return, ast.AugAssign, ast.AnnAssign, ast.keyword)) and node.value:
            yield ast.unparse(node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (snippet.text.strip() for snippet in find_snippets(node.value))
            yield from (line.strip() for line in node.value.split("\n"))
    for line in text.split("\n"):
        comment = line.partition("#")[2].strip()
        if comment:
            yield comment
            yield comment.rpartition("=")[2].strip()

