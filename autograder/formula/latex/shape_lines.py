"""Lines that check shapes, below a formula or in a block of their own: `yhat - y shape: |V|`, `result shape: d`."""

from __future__ import annotations

import re

_SIZE = r"(?:\|\w{1,5}\||[A-Za-z]|\d{1,4})"
_SHAPE = rf"(?:[(\[][ \t]*)?{_SIZE}(?:[ \t]*[x×*,][ \t]*{_SIZE})?(?:[ \t]*,)?(?:[ \t]*[)\]])?"
_LINE = re.compile(
    r"^[ \t]*(?:the[ \t]+)?[^\s:=#][^\n:=#]{0,40}?[ \t]+(?:has[ \t]+)?(?:shapes?|dims?|dimensions?)[ \t]*"
    rf"(?:(?:is\b|[:=])[ \t]*)?{_SHAPE}(?:[ \t]*[.,;])?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def without_shape_lines(text: str) -> str:
    """Return a text with such lines blanked, offsets kept; a text of nothing else is left as it is."""
    if "\n" not in text:
        return text
    shown = _LINE.sub(lambda line: " " * len(line[0]), text)
    return shown if shown.strip() else text


def only_says_shapes(text: str) -> bool:
    """Whether every line of a block says a shape."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(_LINE.fullmatch(line) for line in lines)
