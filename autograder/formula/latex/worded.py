r"""Conditions said in words, as signs: `w is o`, `w is not o`, `for positive x`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.formula.latex.dimensions import is_shape
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import CLOSING, Token, closing_position, split_top_level
from autograder.formula.tree import Span

EQUAL = {"is": "=", "equals": "=", "ist": "=", "est": "=", "is equal to": "=", "is not": "ne", "isn't": "ne",
         "is not equal to": "ne", "does not equal": "ne", "is different from": "ne"}
SIGNED = {"positive": ">", "negative": "<", "positives": ">", "negatives": "<", "positive values of": ">",
          "negative values of": "<", "nonnegative": "ge", "non-negative": "ge"}
MEANT = re.compile(r"(is|equals|isn't|is not|does not equal) the ((?:[a-z]+ )*[a-z]+)")
TRUE = frozenset("true correct actual real observed".split())
"""Words for the element that a problem has fixed."""
PRODUCTS = ("outer", "inner", "dot", "matmul")


def with_signs_for_words(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Put a comparison for its words, between two indices and before a number of the problem."""
    tokens = _joined_words(_with_brackets_closed(tokens))
    changed: list[Token] = []
    for position, token in enumerate(tokens):
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        said = _words(token)
        if token.kind == "prose" and after is not None and after.kind == "name":
            before = tokens[position - 1].text if position else ""
            if said in EQUAL and before in lexicon.indices and after.text in lexicon.indices:
                changed.append(Token("op", EQUAL[said], token.span))
                continue
            lead, sign = _signed(said)
            symbol = lexicon.declarations.symbol(after.text)
            if sign and symbol is not None and symbol.shape == ():
                changed.append(Token("prose", lead or "for", token.span, "if"))
                changed.append(Token("op", f"{SIGNED[sign]} 0", token.span))
                continue
        if (meant := _meant_index(tokens, position, lexicon)) is not None:
            changed += meant
            continue
        if (behind := _sign_behind(tokens, position, lexicon)) is not None:
            changed += [Token("op", behind, token.span), Token("number", "0", token.span)]
            continue
        changed.append(token)
    return list(_with_zero_behind(changed))


def with_words_for_dots(tokens: Sequence[Token]) -> list[Token]:
    r"""Take dots before a reason for the word that they stand for: `= \frac{1}{\cosh^2 x} \dots (\text{by ...})`."""
    return [Token("prose", "because", token.span, "remark", True) if _leads_to_reason(tokens, position) else token
            for position, token in enumerate(tokens)]


def _leads_to_reason(tokens: Sequence[Token], position: int) -> bool:
    """Whether these are dots behind a factor, and words or an equation in brackets end the line."""
    before = tokens[position - 1] if position else None
    after = tokens[position + 1] if position + 1 < len(tokens) else None
    if not tokens[position].is_op("cdots") or before is None or after is None or not (
            before.kind in ("name", "number") or before.is_op("quad", "'") or before.text in CLOSING):
        return False
    close = closing_position(tokens, position + 1) if after.is_op("(") else None
    if close is None:
        return after.kind == "prose" and after.role in ("remark", "other", "filler")
    behind = tokens[close + 1] if close + 1 < len(tokens) else None
    inner = tokens[position + 2:close]
    is_said = any(token.kind == "prose" for token in inner) or len(split_top_level(inner, "=")) == 2
    return is_said and (behind is None or behind.is_op("newline", "end", "$"))


def with_words_for_letters(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Take the article in `a d×|V| matrix` and the first word of `outer product` for the words that they are."""
    changed: list[Token] = []
    for position, token in enumerate(tokens):
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        is_named = token.text in PRODUCTS and after is not None and after.kind == "prose" and "product" in after.text
        is_word = token.kind == "name" and (is_named or _is_article(tokens, position, lexicon))
        changed.append(Token("prose", token.text, token.span, "filler", token.spaced) if is_word else token)
    return changed


def _is_article(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> bool:
    """Whether an `a` stands behind words or a comma, and before a word or a shape with one behind it."""
    before = tokens[position - 1] if position else None
    if tokens[position].text != "a" or not (
            before is None or before.kind == "prose" or before.is_op(",", ";", ":", "(", "newline", "quad")):
        return False
    end = next((n for n in range(position + 1, len(tokens)) if tokens[n].kind == "prose"), None)
    if end is None:
        return False
    run = tokens[position + 1:end]
    return not run or is_shape(run, lexicon) or (len(run) == 1 and run[0].text in lexicon.sizes)


def _sign_behind(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> str | None:
    """Return the comparison with 0 in `x is positive` and `x positive`, said of the name before."""
    token = tokens[position]
    before = tokens[position - 1] if position else None
    after = tokens[position + 1] if position + 1 < len(tokens) else None
    lead, sign = _signed(_words(token))
    if token.kind != "prose" or not sign or lead not in ("", "is", "ist", "est") or before is None:
        return None
    symbol = lexicon.declarations.symbol(before.text)
    said_of_it = after is None or after.kind == "prose" or after.is_op(",", ";", ".", "newline", "$", ":", ")")
    return SIGNED[sign] if symbol is not None and symbol.shape == () and said_of_it else None


def _with_brackets_closed(tokens: Sequence[Token]) -> list[Token]:
    r"""Take the closing bracket out of words where the one it closes is none of them: `($1\times d$), for $w\ne o$`."""
    found: list[Token] = []
    depth = 0
    for token in tokens:
        depth = max(0, depth + token.is_op("(") - token.is_op(")"))
        if token.kind == "prose" and depth and token.text.startswith(")") and "(" not in token.text:
            found.append(Token("op", ")", Span(token.span.start, token.span.start + 1)))
            rest = token.text[1:].strip(" ,;")
            if "," in token.text[:3]:
                found.append(Token("op", ",", Span(token.span.start + 1, token.span.start + 2)))
            if rest:
                found.append(Token("prose", rest, Span(token.span.start + 1, token.span.end), token.role))
            depth -= 1
            continue
        found.append(token)
    return found


def _meant_index(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> list[Token] | None:
    r"""Return the comparison that `w \text{ is not the true outside word}` is, with the index of that meaning."""
    token = tokens[position]
    said = MEANT.fullmatch(_words(token)) if position and tokens[position - 1].text in lexicon.indices else None
    if said is None or token.kind != "prose":
        return None
    words = said[2].split()
    for index in lexicon.declarations.indices:
        meaning = index.meaning.lower().split()
        if index.role == "fixed" and meaning[-1:] == words[-1:] and {*meaning, *TRUE}.issuperset(words):
            sign = EQUAL[said[1]]
            return [Token("op", sign, token.span), Token("name", index.name, token.span)]
    return None


def _words(token: Token) -> str:
    return " ".join(re.findall(r"[a-z'-]+", token.text.lower())) if token.kind == "prose" else ""


def _joined_words(tokens: Sequence[Token]) -> list[Token]:
    """Join neighbouring words that were typed outside of commands, so that `is not` is one."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        both = (_words(last) + " " + _words(token)) if last is not None else ""
        if last is not None and last.kind == token.kind == "prose" and (both in EQUAL or _signed(both)[1]):
            role = last.role if last.role not in ("filler", "other") else token.role
            joined[-1] = Token("prose", both, last.span.joined(token.span), role, last.spaced)
        else:
            joined.append(token)
    return joined


def _signed(said: str) -> tuple[str, str]:
    """Take `for positive` apart into the words before and the word that tells the sign."""
    for word in sorted(SIGNED, key=len, reverse=True):
        if said == word or said.endswith(f" {word}"):
            return said.removesuffix(word).strip(), word
    return "", ""


def _with_zero_behind(tokens: Sequence[Token]) -> list[Token]:
    """Write `> 0` behind the name that it is said of."""
    found: list[Token] = []
    waiting: Token | None = None
    for token in tokens:
        if token.kind == "op" and token.text.endswith(" 0"):
            waiting = token
            continue
        found.append(token)
        if waiting is not None:
            found += [Token("op", waiting.text.split()[0], waiting.span), Token("number", "0", waiting.span)]
            waiting = None
    return found
