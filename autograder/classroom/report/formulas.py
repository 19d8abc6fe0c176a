"""Formulas on a page: MathML, which browsers set by themselves."""

from __future__ import annotations

from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup

_LONGEST = 300
"""MathML is some nine times as long, and the page has a size to keep to."""
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset(
    "math mrow mi mn mo mtext mspace mstyle mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd"
    " mpadded mphantom menclose".split()
)
_ATTRIBUTES = frozenset(
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop"
    " linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel"
    " separator stretchy symmetric width".split()
)


def to_mathml(latex: str) -> Markup | None:
    """Return a formula for a page, or None where it cannot be set: then its plain text is shown.

    The converter lets markup through in some places (`\\text`, `\\href`), so its result is taken apart, and only known
    elements and attributes of MathML are written again.
    """
    if not latex.strip() or len(latex) > _LONGEST:
        return None
    try:
        root = ElementTree.fromstring(convert(latex, display="block"))
    except Exception:  # the converter has no common base for what it raises, and the parser has another
        return None
    if not all(_is_known(element) for element in root.iter()):
        return None
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _is_known(element: ElementTree.Element) -> bool:
    return element.tag.removeprefix(_NAMESPACE) in _ELEMENTS and set(element.attrib) <= _ATTRIBUTES
