r"""What is typed around an answer and is no part of it: `(b)`, `ii)`, Markdown emphasis, the rules of a table.

Everything is blanked in place, so that offsets stay those of the text as typed.
"""

from __future__ import annotations

import re

from autograder.formula.derivations.lines import END_OF_PROOF
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.list_marks import begins_list, without_list_marks

_PREFIX = r"(?:\s|\$|\\\[|\\\(|\\begin\{[a-z]+\*?\}|&|\\q?quad(?![a-zA-Z])|\\text\{\s*|[-*+]\s+(?=[($]))*"
_LABEL = re.compile(
    rf"({_PREFIX})(\((?:[a-z]|[ivx]{{1,4}})\)|(?:[a-z]|[ivx]{{1,4}}|\d{{1,2}})\)|\d{{1,2}}\.(?=\s))(?=\s|\$|\\|\}})"
)
MAX_LABELS = 400
"""Characters at the start of a text among which its labels stand."""
_EMPHASIS = re.compile(r"\s*(\*{1,3}|_{1,3}|`{1,3})(?=\S)(.*\S)(\1)", re.DOTALL)
_STRONG = re.compile(r"\s*(\*\*|__(?=[^_\n]{1,80}__))(?=\S)([^*\n]{1,80}?)(?<=\S)(\1)(?=[\s.,;:]|$)")
"""A result in bold, with words or brackets behind it: `**20** (5 + 6 + 9)`."""
_QUOTE = re.compile(r"^[ \t]*>(?=\s)", re.MULTILINE)
_CELL = re.compile(r"\s*(\|)\s*\$.*\$\s*(\|)\s*", re.DOTALL)
_RULE = re.compile(r"^(?:[ \t]*\|)?(?:[ \t]*:?-{2,}:?[ \t]*\|)+(?:[ \t]*:?-{2,}:?[ \t]*)?$", re.MULTILINE)
_BAR = re.compile(r"\$[^$\n]*\$|(\|)")
"""A bar between the cells of a table; those inside of formulas are found first, and are none."""
_COMPARISON = re.compile(r"[=<>≠≤≥]|\\(?:ne|neq|not|le|ge|lt|gt)\b")
_DECIMAL_COMMA = re.compile(r"[\s$=]*-?\d+(,)\d{1,2}[\s$.]*")
_BULLET = re.compile(
    r"^[ \t]*(?:[-*+•◦▪‣]|\(?(?:[a-z]|[ivx]{1,4}|\d)\)|\d\.|"
    r"(?:case|fall|cas|caso)[ \t]*(?:\d|[a-z]|[ivx]+)\b[ \t]*[:.)]?)[ \t]+(?=\S)",
    re.MULTILINE | re.IGNORECASE,
)
_STEP = re.compile(
    r"^[ \t]*(?:(?:step|schritt|passo|paso|étape|etape|krok|stap)[ \t]*)?\(?(\d{1,2})[ \t]*[.:)][ \t]+(?=\S)",
    re.MULTILINE | re.IGNORECASE,
)
_WITHOUT = re.compile(r"(?<=\})(\s{0,3})\\(?=\s{0,3}\{)")
"""A set without another, in plain text: `{-m,...,m} \\ {0}`."""
_BOUNDS = re.compile(r"[_^]\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""What stands below a sum says nothing about when a line holds."""
_ELSE = re.compile(r"\b(?:else|otherwise|sonst|sinon)\b|否则", re.IGNORECASE)
_COMMENT = re.compile(r"(?<=\S)[ \t\n]+#[ \t].*$|\A#[ \t].*\n(?=\s*\S)", re.MULTILINE)
_NUMBER = re.compile(
    r"(?<=[^\s+\-−–*/=·×(\[{,])(?:[ \t\u00a0]{2,}|\t)\(\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?\)[ \t]*$",
    re.MULTILINE,
)
"""The number of an equation, set off from it by wide spaces as in a book."""
_WITH_RESPECT = re.compile(r"\bw\.\s?r\.\s?t\.?(?=[\s$])")
_SCRIPT = re.compile(r"<(sub|sup)\s*>", re.IGNORECASE)
_END_OF_SCRIPT = re.compile(r"</(?:sub|sup)\s*>", re.IGNORECASE)
_SCRIPTS = {"sub": "_", "sup": "^"}
_HTML = re.compile(r"<br\s*/?>|&nbsp;|&ensp;|</?(?:b|i|em|strong|p|font|span|div)\b[^<>]*>", re.IGNORECASE)


def without_trimmings(text: str, lexicon: Lexicon) -> str:
    """Return the text with everything of that kind blanked."""
    text = _SCRIPT.sub(lambda match: f"{_SCRIPTS[match[1].lower()]}{{" + " " * (len(match[0]) - 2), text)
    text = _END_OF_SCRIPT.sub(lambda match: "}" + " " * (len(match[0]) - 1), text)
    text = _HTML.sub(lambda match: " " * len(match[0]), text)
    text = _WITH_RESPECT.sub(lambda match: "wrt".ljust(len(match[0])), text)
    decimal = _DECIMAL_COMMA.fullmatch(text)
    text = f"{text[:decimal.start(1)]}.{text[decimal.end(1):]}" if decimal else text
    text = _without_table(text)
    text = _NUMBER.sub(lambda match: " " * len(match[0]), text) if "\\" not in text else text
    if "#" in text and "\\newcommand" not in text and "\\def" not in text:
        text = _COMMENT.sub(lambda match: " " * len(match[0]), text)
    if "\\" in text and text.count("\\") == len(_WITHOUT.findall(text)):
        text = _WITHOUT.sub(r"\1∖", text)
    text = _without_step_numbers(without_list_marks(_without_bullets(text)))
    cell = _CELL.fullmatch(text)
    if cell:
        text = _blanked(_blanked(text, *cell.span(1)), *cell.span(2))
    if _QUOTE.match(text):
        text = _QUOTE.sub(lambda match: " " * len(match[0]), text)
    proved = END_OF_PROOF.search(text, max(0, len(text.rstrip()) - 24))
    text = _blanked(text, *proved.span()) if proved else text
    emphasis = _EMPHASIS.fullmatch(text, 0, len(text.rstrip(" \t\r\n.")))
    if emphasis:
        text = _blanked(_blanked(text, *emphasis.span(1)), *emphasis.span(3))
    strong = _STRONG.match(text)
    if strong:
        text = _blanked(_blanked(text, *strong.span(1)), *strong.span(3))
    while (label := _LABEL.match(text, 0, MAX_LABELS)) is not None:
        if label[2].startswith("(") and label[2].strip("()") in lexicon.symbols:
            break  # a factor in brackets
        text = _blanked(text, *label.span(2))
    return text


def _without_bullets(text: str) -> str:
    """Drop the bullets of a list in which every item says when it holds; a minus sign begins no such line."""
    items = [line for line in text.split("\n") if _BULLET.match(line)]
    says_when = all(_COMPARISON.search(_BOUNDS.sub("", line)) or _ELSE.search(line) for line in items)
    signs = {line.lstrip()[0] for line in items} & {"+", "-"}
    first = _BULLET.search(text)
    if len(items) < 2 or not says_when or first is None or (signs and not (
            signs == {line.lstrip()[0] for line in items} and len(signs) == 1 and begins_list(text, first.start()))):
        return text
    return _BULLET.sub(lambda match: " " * len(match[0]), text)


def _without_step_numbers(text: str) -> str:
    """Drop the numbers of lines that count from 1 on: `1) z = ...`, `Step 2: ...`."""
    numbers = [int(step[1]) for step in _STEP.finditer(text)]
    if len(numbers) < 2 or numbers != list(range(1, len(numbers) + 1)):
        return text
    return _STEP.sub(lambda match: " " * len(match[0]), text)


def _without_table(text: str) -> str:
    """Turn the rows of a Markdown table of conditions and values into cases in a row: `w = o, ...; w \\ne o, ...;`."""
    rule = _RULE.search(text)
    if rule is None:
        return text
    head = text.rfind("\n", 0, max(rule.start() - 1, 0)) + 1
    is_heading = not _COMPARISON.search(text, head, rule.start())
    text = _blanked(text, head if is_heading else rule.start(), rule.end())
    start = rule.end() + 1
    for row in text[start:].split("\n"):
        bars = [start + match.start(1) for match in _BAR.finditer(row) if match[1]]
        ends = [at for at in bars if not text[start:at].strip() or not text[at + 1:start + len(row)].strip()]
        if len(bars) - len(ends) == 1:
            for at in bars:
                sign = "," if at not in ends else ";" if text[start:at].strip() else " "
                text = text[:at] + sign + text[at + 1:]
            if not ends:
                end = start + len(row)
                text = f"{text[:end]};{text[end + 1:]}"
        start += len(row) + 1
    return text


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]
