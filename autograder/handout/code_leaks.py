"""Reference code and expected numbers, looked for in every file of a handout.

Code is compared as runs of tokens in which names stand for nothing but themselves: renaming hides nothing. Numbers are
those that the references give on the very inputs that the grader draws.
"""

from __future__ import annotations

import io
import math
import re
import struct
import tokenize
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from autograder.cases import CannotDraw, draw_cases
from autograder.handout.formula_leaks import Leak
from autograder.handout.unpacking import Piece
from autograder.references import BadReference, References
from autograder.spec.code import FunctionPart
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment
from autograder.spec.reference_files import find_reference_files

_RUN = 40
"""Tokens in a row that two programs do not share by chance."""
_NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_DIGITS = 6
_SKIPPED = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
                      tokenize.ENCODING, tokenize.ENDMARKER})


def find_code(pieces: Iterable[Piece], assignment: Assignment) -> Iterator[Leak]:
    """Yield each file that holds a run of a reference's tokens."""
    known: dict[tuple[str, ...], str] = {}
    for file in find_reference_files(reference_folders(assignment.folder), assignment.problems):
        for run in _runs(tokens_of(file.read_text(encoding="utf-8"))):
            known.setdefault(run, file.name)
    for piece in pieces:
        if piece.text is None or piece.path.endswith((".whl", ".zip")):
            continue
        found = next((known[run] for run in _runs(tokens_of(piece.text)) if run in known), None)
        if found is not None:
            yield Leak(piece.path, f"holds code of the reference file {found}")


def tokens_of(source: str) -> list[tuple[str, bool]]:
    """Return the tokens of a program but for strings, each with whether it is a name of the program's own."""
    found: list[tuple[str, bool]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in _SKIPPED or token.type == tokenize.STRING:
                continue
            is_own = token.type == tokenize.NAME and not (found and found[-1][0] == ".") and token.string not in _KEPT
            found.append((token.string, is_own))
    except (tokenize.TokenError, SyntaxError):  # no Python from here on
        pass
    return found


_KEPT = frozenset("def return for in if else lambda and or not is None True False import from as with while yield "
                  "class np float int len range sum".split())


def _runs(tokens: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, ...]]:
    """Yield every run of tokens, its own names replaced by the order in which they appear in it."""
    for start in range(len(tokens) - _RUN + 1):
        names: dict[str, str] = {}
        run = tuple(names.setdefault(text, f"name {len(names)}") if is_own else text
                    for text, is_own in tokens[start : start + _RUN])
        if len(names) >= 4:  # a row of punctuation or of one name says nothing
            yield run


def find_numbers(pieces: Iterable[Piece], assignment: Assignment) -> Iterator[Leak]:
    """Yield each file that holds a number which the grader expects, in digits or in bytes."""
    numbers = dict(expected_numbers(assignment))
    rounded = {_rounded(number): part for number, part in numbers.items()}
    packed = {struct.pack(order + "d", number): part for number, part in numbers.items() for order in "<>"}
    for piece in pieces:
        if piece.path.endswith((".whl", ".zip")):
            continue
        part = _number_in_text(piece.text, rounded) if piece.text is not None else None
        part = part or next((part for data, part in packed.items() if data in piece.data), None)
        if part is not None:
            yield Leak(piece.path, f"holds a number that is expected of {part}")


def _number_in_text(text: str, rounded: dict[str, str]) -> str | None:
    for match in _NUMBER.finditer(text):
        if sum(character.isdigit() for character in match[0].lstrip("-0.")) >= _DIGITS:
            part = rounded.get(_rounded(float(match[0]))) or rounded.get(_rounded(-float(match[0])))
            if part is not None:
                return part
    return None


def _rounded(number: float) -> str:
    return f"{number:.{_DIGITS - 1}e}"


def expected_numbers(assignment: Assignment) -> Iterator[tuple[float, str]]:
    """Yield what the references give on the inputs that the grader draws, as far as a number tells anything."""
    references = References(reference_folders(assignment.folder))
    for problem in assignment.problems:
        for part in problem.parts:
            if not isinstance(part, FunctionPart):
                continue
            try:
                for drawn in draw_cases(part, problem, assignment.head.seed):
                    for values in references.call(part.reference, tuple(part.returns), drawn.inputs).values():
                        yield from ((number, f"{problem.id}/{part.id}") for number in np.ravel(values).tolist()
                                    if _is_telling(number))
            except (BadReference, CannotDraw):  # a fault of the problem, which `validate` names
                continue


def _is_telling(number: float) -> bool:
    """Whether a number is none that stands everywhere: neither simple nor simply rounded."""
    return math.isfinite(number) and number != 0 and abs(float(f"{number:.4g}") - number) > 1e-9 * abs(number)

