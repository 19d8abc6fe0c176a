"""Values that are no formula: a list or a matrix with one entry, text in quotes, a function, a relation as a value.

Each of them holds a formula, and taking that for the answer would mark something that the student did not write. Square
brackets that group, as in `x [1 - x]` or `\\left[ 1 - x \\right]`, are none of these.
"""

from __future__ import annotations

import ast
import re
import warnings

from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Span

_MADE = re.compile(
    r"\s*(?:\w+\s*=\s*)?(?:(?:sp|sympy|np|numpy|torch|jnp)\s*\.\s*)?(?P<name>(?:(?:Imm|M)utable)?(?:Dense|Sparse)?Matrix"
    r"|N?DimArray|Array|Tuple|FiniteSet|Lambda|array|asarray|tensor|list|tuple|set|frozenset|dict|str|repr"
    r"|Eq|Ne|Lt|Le|Gt|Ge|Equality|Relational)\s*\((?P<inside>.*)\)\s*", re.DOTALL,
)  # fmt: skip
_FUNCTION = re.compile(r"\s*(?:\w+\s*=\s*)?(lambda\s*:)")
_QUOTED = re.compile(r"\s*(?:[fFrRbBuU]{0,2})(\"{3}|'{3}|\"|')(?P<inside>.*)\1\s*", re.DOTALL)
_OF_ONE = frozenset(("array", "asarray", "tensor", "Array", "NDimArray"))


def refuse_containers(text: str) -> None:
    """Raise Unreadable where the whole text is a value that holds a formula instead of being one."""
    quoted = _QUOTED.fullmatch(text)
    if quoted and quoted[1] not in quoted["inside"]:
        raise _refusal("This is text in quotes, not a formula; leave the quotes out.", text, 0, len(text))
    function = _FUNCTION.match(text)
    if function:
        said = "This function has no argument, so it is no formula; write what it returns."
        raise _refusal(said, text, *function.span(1))
    made = _MADE.fullmatch(text)
    is_array = made is not None and (made["name"] in _OF_ONE or made["name"].endswith("Matrix"))
    if made and (not is_array or _holds_one(made["inside"])):
        raise _refusal(f"`{made['name']}(...)` holds a formula and is none; write what is in it alone.", text,
                       made.start("name"), made.end("name"))
    if _is_program_list(text):
        start = text.index("[")
        said = "This is a list that holds a formula; write the formula alone, without the outer brackets."
        raise _refusal(said, text, start, start + 1)


def _holds_one(text: str) -> bool:
    """Whether the first argument is a list of one entry, at any depth; an array of several is an answer."""
    tree = _parsed(text)
    while isinstance(tree, ast.List) and len(tree.elts) == 1:
        tree = tree.elts[0]
        if not isinstance(tree, ast.List):
            return True
    return False


def _is_program_list(text: str) -> bool:
    """Whether a text is a list of one entry in a program: mathematics has brackets too, but neither `*` nor `[[`."""
    tree = _parsed(text) if text.lstrip().startswith("[") and "\\" not in text else None
    if not isinstance(tree, ast.List) or len(tree.elts) != 1:
        return False
    is_nested = isinstance(tree.elts[0], ast.List)
    return is_nested or any(isinstance(node, (ast.Mult, ast.Pow, ast.MatMult)) for node in ast.walk(tree))


def _parsed(text: str) -> ast.expr | None:
    if len(text) > 2000:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful literal is a matter for our own reader
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _refusal(sentence: str, text: str, start: int, end: int) -> Unreadable:
    return Unreadable(sentence, Span(start, end), text, "container")
