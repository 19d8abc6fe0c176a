r"""Formulas in running text: displays, formulas in a line, fenced code, or a line that is a formula by itself.

Where a section holds several, the last display counts; a formula in a line counts only where there is no display and
no doubt. Which one was taken is said; a formula is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from autograder.formula.latex.shape_lines import only_says_shapes

_ENVIRONMENTS = "equation|alignat|aligned|align|flalign|gathered|gather|multline|eqnarray|displaymath|math|split|dmath"
# Every form that is opened and never closed reaches to the end of the text, so that the search stays linear.
_SNIPPET = re.compile(
    r"(?P<fence>^[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n(?P<fenced>.*?)"
    r"(?:^[ \t]*(?P=marks)[ \t]*$|\Z))"
    r"|(?P<escaped>\\[$`\\])"
    r"|\$\$(?P<dollars>.*?)(?:\$\$|\Z)"
    r"|\\\[(?P<brackets>.*?)(?:\\\]|\Z)"
    rf"|(?P<environment>\\begin\s*\{{(?P<kind>{_ENVIRONMENTS})\*?\}}.*?(?:\\end\s*\{{(?P=kind)\*?\}}|\Z))"
    r"|\$`(?P<github>[^`\n]+)`\$"
    r"|\$(?P<dollar>(?:[^$\\\n]|\\.|\n(?!\s*\n))+?)\$"
    r"|\\\((?P<parens>.*?)(?:\\\)|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>[^`\n]+)(?P=ticks)",
    re.DOTALL | re.MULTILINE,
)
_LATEX_LANGUAGES = frozenset({"latex", "tex", "math", "katex"})
_PYTHON_LANGUAGES = frozenset({"python", "py", "python3", "ipython", "numpy"})
_MARKS = re.compile(r"^[ \t]*(?:[-*+•]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])?[ \t]*")
_LABEL = re.compile(
    r"(?:\**(?:final )?(?:answer|result|solution|formula|so|thus|hence|therefore|i\.e\.)\**[ \t]*[:=,]?\**)?[ \t]*$",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"[\s&]*(?:=|\\approx|\\Rightarrow|\\implies)")
"""How a formula begins that goes on with the chain before it."""
_NUMERIC = re.compile(r"[\d\s.,+\-*/()]*\d[\d\s.,+\-*/()]*")
_NUMBER_WORD = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_MATH_WORDS = frozenset(
    "sigma sigmoid softmax exp log tanh sech cosh sinh sum prod dot outer diag hat vec frac partial nabla transpose "
    "matmul relu max min mean for range the_end otherwise where yhat theta alpha beta phi delta axis reshape newaxis "
    "expand_dims squeeze array ones zeros einsum inner left right cdot times top text mathbf neg avg loss".split()
)


class Snippet(Struct, frozen=True):
    """A formula as typed; `offset` is where it begins in the text of its section."""

    text: str
    offset: int
    is_display: bool
    dialect: str = ""
    """`latex`, `python`, or nothing where the text does not say."""
    is_alone: bool = False
    """Whether a formula in a line has the line to itself."""


class Choice(Struct, frozen=True):
    """The formula that counts, or the question that must be asked, and what the student should know."""

    snippets: tuple[Snippet, ...]
    doubt: str = ""
    note: str = ""
    before: tuple[Snippet, ...] = ()
    """Formulas of the same kind that lead to the one that counts."""


def find_snippets(text: str) -> list[Snippet]:
    """Return the formulas of a section in their order; empty ones and those that only check shapes are passed over."""
    return [snippet for snippet in _find(text) if snippet.text.strip() and not only_says_shapes(snippet.text)]


def _find(text: str) -> Iterator[Snippet]:
    for match in _SNIPPET.finditer(text):
        if match["escaped"] is not None:
            continue
        if match["fence"] is not None:
            language = match["language"].lower()
            dialect = "latex" if language in _LATEX_LANGUAGES else "python" if language in _PYTHON_LANGUAGES else ""
            yield Snippet(match["fenced"].strip("\n"), match.start("fenced"), True, dialect)
        elif match["environment"] is not None:
            yield Snippet(match["environment"], match.start(), True, "latex")
        elif (group := next((g for g in ("dollars", "brackets") if match[g] is not None), None)) is not None:
            yield Snippet(match[group], match.start(group), True, "latex")
        else:
            group = next(g for g in ("github", "dollar", "parens", "code") if match[g] is not None)
            dialect = "" if group == "code" else "latex"
            yield Snippet(match[group], match.start(group), False, dialect, _is_alone(text, match.start(), match.end()))


def _is_alone(text: str, start: int, end: int) -> bool:
    before = text[text.rfind("\n", 0, start) + 1 : start]
    newline = text.find("\n", end)
    after = text[end : newline if newline >= 0 else len(text)]
    return not after.strip(" \t.,;*\\") and _LABEL.match(_MARKS.sub("", before, count=1)) is not None


def choose(text: str, *, whole: bool = False) -> Choice:
    """Choose the formula of a section that is judged; `whole` asks for all of its lines, as a derivation has them."""
    snippets = find_snippets(text)
    displays = [snippet for snippet in snippets if snippet.is_display]
    if displays:
        return Choice(tuple(displays)) if whole else _last_of(displays, "displayed formulas")
    if snippets:
        alone = [snippet for snippet in snippets if snippet.is_alone]
        if whole and alone:
            return Choice(tuple(alone))
        if alone:
            return _last_of(alone, "formulas")
        if len(snippets) == 1:
            return Choice((snippets[0],))
        return Choice((), doubt=f"There are {len(snippets)} formulas in the lines of this answer, and it is not clear "
                                "which one is the result. Put the result between `$$` and `$$` on a line of its own.")
    plain = _plain_formula(text, whole=whole)
    return Choice((plain,)) if plain else Choice(())


def choose_number(text: str) -> Choice:
    """Choose the number of a section: the only formula, or word of a sentence, that is one."""
    snippets = find_snippets(text)
    numbers = [snippet for snippet in snippets if _NUMERIC.fullmatch(snippet.text.strip())]
    if len(snippets) > 1 and len(numbers) == 1:
        return Choice((numbers[0],))
    words = list(_NUMBER_WORD.finditer(text))
    if not snippets and looks_like_prose(text) and len(words) == 1:
        return Choice((Snippet(words[0][0], words[0].start(), False),))
    return choose(text)


def _last_of(found: list[Snippet], kind: str) -> Choice:
    goes_on = GOES_ON.match(found[-1].text) is not None
    note = f"Of the {len(found)} {kind} here the last one was judged." if len(found) > 1 and not goes_on else ""
    return Choice((found[-1],), note=note, before=tuple(found[:-1]))


def _plain_formula(text: str, *, whole: bool) -> Snippet | None:
    """Return the last run of lines that are no prose; where all is prose, all of it, for the reader to refuse."""
    runs: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        if line.strip() and not looks_like_prose(line):
            if runs and not text[runs[-1][1] : offset].strip():
                runs[-1] = (runs[-1][0], offset + len(line))
            else:
                runs.append((offset, offset + len(line)))
        offset += len(line) + 1
    if not text.strip():
        return None
    start, end = (runs[0][0], runs[-1][1]) if runs and whole else runs[-1] if runs else (0, len(text))
    found = text[start:end]
    lead = len(found) - len(found.lstrip())
    return Snippet(found.strip(), start + lead, False)


def looks_like_prose(line: str) -> bool:
    """Say whether a line without formula marks is a sentence rather than a formula."""
    words = [word for word in _WORD.findall(line) if word.lower() not in _MATH_WORDS]
    return len(words) >= 3
