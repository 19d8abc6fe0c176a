"""Formulas that are part of a problem: read once, by the readers that students' answers go through.

They are formulas and nothing else, without words, remarks or names of somebody's own; so the grammar is asked first,
which takes a quarter of the time. What it does not take to its end, or could read in two ways, is read as an answer.
"""

from __future__ import annotations

from functools import lru_cache

from autograder.formula.declarations import Declarations
from autograder.formula.latex.grammar import Grammar
from autograder.formula.latex.lexicon import build_lexicon
from autograder.formula.python.reader import looks_like_python
from autograder.formula.reading import read, without_idle_braces
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node


@lru_cache(maxsize=4096)
def formula(text: str, declarations: Declarations) -> Node:
    """Return the tree of a declared formula.

    Raises Unreadable where it is none: the problem is at fault then.
    """
    plain = None if looks_like_python(text) or "`" in text else _read_plain(text, declarations)
    return read(text, declarations).answer if plain is None else plain


def _read_plain(text: str, declarations: Declarations) -> Node | None:
    """Return what the grammar makes of a text; None where it does not take all of it, or has a doubt."""
    lexicon = build_lexicon(declarations)
    doubts: set[str] = set()
    try:
        tokens, _ = lexicon.expand(without_idle_braces(lexicon.lex(text), lexicon))
        if any(token.is_op("open", "close") for token in tokens):
            return None
        grammar = Grammar(tokens, lexicon, text, doubts=doubts)
        node = grammar.expression()
    except (Unreadable, RecursionError):
        return None
    return node if grammar.at_end() and not doubts else None
