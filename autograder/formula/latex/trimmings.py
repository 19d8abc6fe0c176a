r"""What is typed around an answer and is no part of it: `(b)`, `ii)`, Markdown emphasis, words around `$...$`.

Everything is blanked in place, so that offsets stay those of the text as typed.
"""

from __future__ import annotations

import re

from autograder.formula.derivations.lines import END_OF_PROOF
from autograder.formula.latex.lexicon import Lexicon

_PREFIX = r"(?:\s|\$|\\\[|\\\(|\\begin\{[a-z]+\*?\}|&|\\q?quad(?![a-zA-Z])|\\text\{\s*|[-*+]\s+(?=[($]))*"
_LABEL = re.compile(
    rf"({_PREFIX})(\((?:[a-z]|[ivx]{{1,4}})\)|(?:[a-z]|[ivx]{{1,4}}|\d{{1,2}})\)|\d{{1,2}}\.(?=\s))(?=\s|\$|\\|\}})"
)
_EMPHASIS = re.compile(r"\s*(\*{1,3}|_{1,3}|`{1,3})(?=\S)(.*\S)(\1)[\s.]*", re.DOTALL)
_QUOTE = re.compile(r"^[ \t]*>(?=\s)", re.MULTILINE)
_CELL = re.compile(r"\s*(\|)\s*\$.*\$\s*(\|)\s*", re.DOTALL)
_HTML = re.compile(r"<br\s*/?>|&nbsp;|&ensp;|</?(?:b|i|em|strong|p|font|span|div)\b[^<>]*>", re.IGNORECASE)


def without_trimmings(text: str, lexicon: Lexicon) -> str:
    """Return the text with everything of that kind blanked."""
    text = _HTML.sub(lambda match: " " * len(match[0]), text)
    cell = _CELL.fullmatch(text)
    if cell:
        text = _blanked(_blanked(text, *cell.span(1)), *cell.span(2))
    if _QUOTE.match(text):
        text = _QUOTE.sub(lambda match: " " * len(match[0]), text)
    proved = END_OF_PROOF.search(text, max(0, len(text.rstrip()) - 24))
    text = _blanked(text, *proved.span()) if proved else text
    emphasis = _EMPHASIS.fullmatch(text)
    if emphasis:
        text = _blanked(_blanked(text, *emphasis.span(1)), *emphasis.span(3))
    while (label := _LABEL.match(text)) is not None:
        if label[2].startswith("(") and label[2].strip("()") in lexicon.symbols:
            break  # a factor in brackets
        text = _blanked(text, *label.span(2))
    return text


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
