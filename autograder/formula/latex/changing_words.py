r"""Words beside a formula that make another one of it: `..., with the opposite sign`, `..., but only for k = 1`.

What they say is not read into the formula: the answer is refused, and the sentence says what to write instead.
"""

from __future__ import annotations

import re

from autograder.formula.declarations import Index
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Span

_CHANGED = re.compile(
    r"\bopposite (?:sign|of)\b|\bnegative of (?:this|that|it|the)\b|\bother way a?round\b|\breplaced by\b"
    r"|\btak(?:e|en|ing) away\b"
    r"|\bsigns? (?:is |are )?flipped\b|\bwith an? (?:extra )?minus\b"
    r"|\b(?:with|and) \w{1,8} (?:transposed|negated|squared)\b"
    r"|\b(?:take|taking|use|using|need|mean) (?:the |its )?(?:negative\b(?! [a-z])|transpose|opposite|inverse)"
    r"|(?:[,;–—]|\.\s)\s*(?:and |then |all |everything |of it |of this )*"
    r"(?P<then>plus|minus|times|divided by|multiplied by|transposed|negated|squared|subtract|add)\b"
    r"(?!\s*[(|]?\s*\d*\s*[x×])",
    re.IGNORECASE,
)
"""Words behind a formula that make another one of it."""
_OPEN = r"[,;.(\n–—-]\s*(?:[Oo]ne|[Aa]ny) of (?:these|those|them)\s*[.)]*\s*\Z"
"""Words at the very end that leave open which formula is meant."""
_VALUE = (
    r"\s*\$?\s*(?P<index>[a-z])\s*(?P<sign>=|≠|!=|\\neq?(?![a-z]))\s*(?P<value>\w+)"
    r"(?!\s*,?\s*(?:\.\.|…|\\[lc]?dots|,\s*\d))"
)
_ONLY = (
    r"\b(?:but|though)\s+(?:this |that |it )?(?:is |holds |works |counts |applies )?(?:valid |true |right )?only\s+"
    r"(?:for|when|if|where|in the case)\b(?P<case>(?:\s+(?:the|a|one|this|word|words|index|case|of))*(?:"
    + _VALUE + r"|\s+(?:first|second|last|single)\b))"
)
_EXCEPT = (
    r"\b(?:except|unless)\b(?P<case>[^.;\n]{1,80}?),?\s*\b(?:then|where|in which case|in that case)\b"
    r"[^.;\n]{0,60}\b(?:(?:not|isn't|non)[ -]?(?:zero|0|vanish)|nonzero|changes)"
)
_INCLUDED = (
    r"\b(?:term|word|case|one|summand|index)s?\b[^.,;\n]{0,20}?" + _VALUE
    + r"\$?\s*(?:\w+\s+){0,2}?(?:is|are|gets?|being)\s+(?:also\s+)?(?:added|included|counted|kept|part)\b"
)
_RANGE = (
    r"\$?(?<![\w\\])(?P<index>[a-z])\$?\s+(?:goes|runs|ranges|is|loops)\s+(?:over|through)\s+(?P<range>[^.,;)\n]{1,60})"
)
SAME_LETTERS = 5
"""First letters by which a word is that of a declared set or of a meaning: `vocab`, `vocabulary`."""


def refuse_changes(text: str, lexicon: Lexicon) -> None:
    """Raise Unreadable where words change the formula, limit it, or leave it open."""
    for found in _CHANGED.finditer(text):
        start = found.start("then") if found["then"] else found.start()
        if found["then"] and "#" in text[text.rfind("\n", 0, start) + 1:start]:
            continue  # a comment tells what the line of a program does
        sentence = "These words change the formula; write it as it then is, with signs."
        raise Unreadable(sentence, Span(start, found.end()), text, "words")
    if " of th" in text and (left_open := re.search(_OPEN, text)) is not None:
        sentence = "This leaves open which formula is your answer; give one."
        raise Unreadable(sentence, Span(*left_open.span()), text, "ambiguous")
    for cues, pattern, refuses, sentence in _LIMITS:
        for found in re.finditer(pattern, text) if any(cue in text for cue in cues) else ():
            if refuses(found, text, lexicon):
                raise Unreadable(f"By these words {sentence}.", Span(*found.span()), text, "words")


def _is_other_case(found: re.Match[str], text: str, lexicon: Lexicon) -> bool:
    """Whether a formula is said to hold in a case that is not the one which the part asks about."""
    if not found["index"]:
        return True
    return not any(index.name == found["index"] and _is_declared(found, index) for index in _indices(lexicon))


def _is_declared(found: re.Match[str], index: Index) -> bool:
    return found["value"] == index.equals if found["sign"] == "=" else found["value"] in index.differs


def _is_other_exception(found: re.Match[str], text: str, lexicon: Lexicon) -> bool:
    """Whether something else is excepted than what the part excepts itself: `except the centre word`."""
    said = re.split(r"\W+", found["case"])
    subject = next((index for index in _indices(lexicon) if index.name in said), None)
    others = [index for index in _indices(lexicon) if index is not subject and (
        index.role == "fixed" if subject is None else index.over == subject.over and index.role == "fixed")]
    meant = " ".join(index.meaning for index in others)
    return not any(index.name in said for index in others) and _starts(meant).isdisjoint(_starts(found["case"]))


def _is_left_out(found: re.Match[str], text: str, lexicon: Lexicon) -> bool:
    """Whether the bounds leave a term out that words put in."""
    if found["sign"] != "=" or re.search(r"\bnot\b", found[0]):
        return False
    left_out = rf"(?<![a-zA-Z]){found['index']}\s*(?:≠|!=|\\neq?(?![a-z])|/=|<>)\s*\{{?{found['value']}(?!\w)"
    return re.search(left_out, text) is not None


def _is_other_range(found: re.Match[str], text: str, lexicon: Lexicon) -> bool:
    """Whether an index is said to run over another set of the problem than its own."""
    before = text[max(0, found.start() - 12):found.start()]
    if re.search(r"\b(?:not|instead)\b", before + found[0]) or "rather" in found[0]:
        return False
    sets = {item.name for item in lexicon.declarations.sets}
    own = {index.over for index in _indices(lexicon) if index.name == found["index"]}
    said = {name for name in sets if name[:SAME_LETTERS] in _starts(found["range"])}
    return bool(own) and bool(said) and own.isdisjoint(said)


_LIMITS = (
    (("only",), _ONLY, _is_other_case,
     "the formula holds in one case only; give it for every case that the part asks for"),
    (("except", "unless"), _EXCEPT, _is_other_exception,
     "the formula does not hold in every case; write the cases in a line each"),
    (("added", "included", "counted", "kept", "part"), _INCLUDED, _is_left_out,
     "the sum has a term that its bounds leave out; write the bounds that you mean"),
    ((" over ", " through "), _RANGE, _is_other_range,
     "the sum runs over something else; write its bounds below the sum sign"),
)
"""Words without which a pattern is not tried, the pattern, whether it is a limit here, and what to say."""


def _indices(lexicon: Lexicon) -> tuple[Index, ...]:
    return lexicon.declarations.indices


def _starts(text: str) -> set[str]:
    text = text.lower().replace("center", "centre")
    return {word[0][:SAME_LETTERS] for word in re.finditer(r"[a-zé]{4,}", text)} - {"word", "words", "that"}
