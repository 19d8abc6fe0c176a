"""Signs that begin a comment in other languages, as Python's `#`: `// d x 1`, `% always negative`, `/* a column */`."""

from __future__ import annotations

import re

from autograder.formula.latex.lexicon import Lexicon

_SIGN = r"(?m)(?:^|(?<=[\s;]))(?://|%+|/\*)(?=\s)"
_WORD = r"(?<![\\\w])[^\W\d_]{3,}(?![\w(\[.])"
_SHAPE = r"\s*[\[(]?\s*\|?\w\|?\s*(?:[x×]\s*\|?\w\|?|,\s*\|?\w?\|?\s*[\])])"
_PERCENT = r"\s*(?:of\b|$)"


def with_hashes(text: str, lexicon: Lexicon) -> str:
    """Return the text with `#` for every other sign before a remark, offsets kept.

    What follows has to hold a word that is no name, or a shape: `(a - b) // 2` stays what it is.
    """
    shown = text
    for sign in re.finditer(_SIGN, text) if "//" in text or "%" in text or "/*" in text else ():
        end = text.find("\n", sign.end())
        end = len(text) if end < 0 else end
        said = text[sign.end():end]
        if "#" in shown[text.rfind("\n", 0, sign.start()) + 1:sign.start()] or not _is_remark(sign[0], said, lexicon):
            continue
        shown = shown[:sign.start()] + "#".ljust(len(sign[0])) + shown[sign.end():]
        if sign[0] == "/*" and said.rstrip().endswith("*/"):
            close = sign.end() + len(said.rstrip()) - 2
            shown = f"{shown[:close]}  {shown[close + 2:]}"
    return shown


def _is_remark(sign: str, said: str, lexicon: Lexicon) -> bool:
    if sign == "%" and re.match(_PERCENT, said):
        return False
    names = {*lexicon.words, *lexicon.kinds, *lexicon.functions}
    return re.match(_SHAPE, said) is not None or any(word[0] not in names for word in re.finditer(_WORD, said))
