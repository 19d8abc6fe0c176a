r"""What an answer says about shapes: `U \in \mathbb{R}^{d \times V}`, `(d \times 1)`, `a d×|V| matrix`.

It is no part of the formula, and it tells in which layout of rows and columns the formula is meant.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from autograder.formula.declarations import Shape
from autograder.formula.latex.dimensions import MAX_SHAPE, find_reckoning, said_dimensions
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.tokens import Token, closing_position, split_top_level
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Chain, Name, Span

ACCENTS = ("hat", "bar", "tilde", "dot")
SEPARATORS = ("=", ",", ";", ":", "quad", "newline", "(", "[", "$", ".", "Rightarrow", "to")
IDLE = frozenset(
    "a an the is are of so it this that which has have with and where here in as size sizes shape shapes dimension "
    "dimensions dim dims dimensional matrix vector column row gradient result answer same giving gives again ie".split()
)
"""Words between a formula and a shape that leave no doubt that it is the formula's."""
_OF = re.compile(r"\b(rows|columns) of(?: the)?(?: matrix)?$")
_ARE = re.compile(r"(?:are|is|hold|holds|contain|correspond)\b")
_AS = re.compile(r"(?:has|with|stores?|stored|holds?)\b.{0,60}?\b(?:as|by|in)(?: its| the)? (rows|columns|cols)\b")
_SAME = re.compile(r"\bsame (?:shape|size|dimensions?) as(?: the)?(?: matrix)?$")
_NOT = re.compile(r"\b(?:not|no|if|or|instead|either)\b")
_FACTOR = re.compile(r"(?:times|by|multiplied)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_IDLE_UNSPACED = re.compile(
    "一个|形状|维度|大小|矩阵|向量|梯度|结果|答案|得到|属于|等于|都是|[为是的其即均]|행렬|벡터|크기|차원|결과|[은는이가의]")
"""The same in writing without spaces, where a longer word may hold a shorter one."""


class SaidShape(Struct, frozen=True):
    """A shape and what it is said of: a name of the problem, or '' for the answer; (d,) is a vector of either kind.

    like    the name whose shape it is, where that is what is said
    """

    of: str
    shape: Shape
    span: Span
    like: str = ""


class _Found(Struct, frozen=True):
    """A shape at tokens[start:end], and the position of the last token of what it is said of."""

    start: int
    end: int
    shape: Shape
    behind: int


def find_said_shapes(tokens: Sequence[Token], lexicon: Lexicon, chain: Chain, text: str) -> tuple[SaidShape, ...]:
    """Return the shapes that are said of names, and of the last side of the chain."""
    judged = chain.sides[-1].span
    said: list[SaidShape] = []
    found = list(_find(tokens, lexicon))
    for item in found:
        span = tokens[item.start].span.joined(tokens[item.end - 1].span)
        name = _name_before(tokens, item.behind + 1, lexicon) or _name_written_out(tokens, item.behind, lexicon)
        before = tokens[item.behind].span.end
        is_behind = before >= judged.end and not any(char.isalnum() for char in text[judged.end:before])
        if is_behind and not tokens[item.start].is_op("_"):
            # Among shapes of factors the last one is that of the last factor.
            if not any(judged.start <= tokens[other.start].span.start < judged.end for other in found):
                said.append(SaidShape("", item.shape, span))
        elif name is not None:
            said.append(SaidShape(name, item.shape, span))
    return (*said, *_said_by_words(tokens, lexicon))


def shapes_of_names(remark: str, lexicon: Lexicon) -> list[SaidShape]:
    """Return the shapes that a remark by itself gives to names of the problem; offsets are those of the remark."""
    return [said for said in shapes_in_remark(remark, len(remark), lexicon) if said.of]


def shapes_in_remark(remark: str, start: int, lexicon: Lexicon) -> list[SaidShape]:
    """Return the shapes that a remark gives to names, and to the answer that ends at `start`."""
    answer = Name("", span=Span(start, start))
    with contextlib.suppress(Unreadable):
        tokens, _ = lexicon.expand(lexicon.lex(remark))
        tokens = [Token("name", "", answer.span), Token("op", ",", answer.span), *tokens]
        return list(find_said_shapes(tokens, lexicon, Chain((answer,)), remark))
    return []


def _said_by_words(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[SaidShape]:
    r"""Yield what `where the rows of $U$ are the word vectors` and `$U$ has the words as columns` say of a matrix."""
    for position, token in enumerate(tokens):
        symbol = lexicon.declarations.symbol(token.text) if token.kind == "name" else None
        if symbol is None or len(symbol.shape) != 2 or any(
                family.row_of == symbol.name for family in lexicon.declarations.families):
            continue
        before, behind = _words_before(tokens, position), _words_behind(tokens, position)
        if _SAME.search(before):
            yield SaidShape("", (), token.span, symbol.name)
        if _lists_columns(tokens, position, lexicon):
            yield SaidShape(symbol.name, symbol.shape, token.span)
        said = _OF.search(before) if _ARE.match(behind) else None
        said = said or _AS.match(behind)
        if said is not None and not _NOT.search(before + behind):
            shape = symbol.shape if said[1].startswith("col") else symbol.shape[::-1]
            yield SaidShape(symbol.name, shape, token.span)


def _lists_columns(tokens: Sequence[Token], position: int, lexicon: Lexicon) -> bool:
    r"""Whether a matrix is written out as a row of vectors that are not transposed: `U = [u_1, \dots, u_{|V|}]`."""
    opened = position + 2
    if opened >= len(tokens) or not tokens[position + 1].is_op("=") or not tokens[opened].is_op("[", "begin"):
        return False
    inner = tokens[opened + 1:closing_position(tokens, opened) or opened]
    is_turned = any(token.is_op("newline", ";", "^", "'") for token in inner)
    is_row = len(split_top_level(inner, ",", "&")) > 2 and not is_turned
    return is_row and bool(inner) and any(
        family.column_of == tokens[position].text for family in lexicon.declarations.family(inner[0].text))


def _words_before(tokens: Sequence[Token], end: int) -> str:
    start = end
    while start and tokens[start - 1].kind == "prose":
        start -= 1
    return " ".join(token.text.lower() for token in tokens[start:end])


def _words_behind(tokens: Sequence[Token], position: int) -> str:
    end = position + 1
    while end < len(tokens) and tokens[end].kind == "prose":
        end += 1
    return " ".join(token.text.lower() for token in tokens[position + 1:end])


def _find(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[_Found]:
    position = 0
    while position < len(tokens):
        found = _membership(tokens, position, lexicon) or _script(tokens, position, lexicon) or (
            _written(tokens, position, lexicon))
        if found is not None and found.behind >= 0:
            yield found
        position = max(position + 1, found.end if found is not None else 0)


def _membership(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> _Found | None:
    r"""Find `\in \mathbb{R}^{d \times V}`."""
    if not tokens[start].is_op("in") or start + 3 >= len(tokens):
        return None
    is_space = tokens[start + 1].is_op("reals") or tokens[start + 1].text == "R"
    if not is_space or not tokens[start + 2].is_op("^"):
        return None
    close = closing_position(tokens, start + 3)
    shape = said_dimensions(tokens[start + 4:close], lexicon) if close is not None else None
    return _Found(start, close + 1, shape, start - 1) if close is not None and shape is not None else None


def _script(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> _Found | None:
    r"""Find the lowered shape in `U_{d \times V}`."""
    if not tokens[start].is_op("_"):
        return None
    close = closing_position(tokens, start + 1)
    shape = said_dimensions(tokens[start + 2:close], lexicon) if close is not None else None
    if close is None or shape is None or len(shape) < 2:
        return None
    return _Found(start, close + 1, shape, start - 1)


def _written(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> _Found | None:
    r"""Find a shape in brackets or behind words: `(d, V)`, `which is $d \times V$`, `(shape: (d,))`."""
    end, shape = start, None
    close = closing_position(tokens, start) if tokens[start].is_op("(", "[") else None
    reckoning = find_reckoning(tokens, start, lexicon)
    if reckoning is not None:
        end, shape = reckoning.end, reckoning.shape
        if shape is None:
            return _Found(start, end, (), -1)
    elif close is not None:
        end = close + 1
        inner = tokens[start + 1:close]
        if len(split_top_level(inner, "=")) > 1:
            inner = split_top_level(inner, "=")[-1]  # `(d \times V \cdot V \times 1 = d \times 1)`
        shape = said_dimensions(inner, lexicon, listed=True) or said_dimensions(split_top_level(inner, ",")[0], lexicon)
    elif start and (tokens[start - 1].kind == "prose" or tokens[start - 1].is_op("-", *SEPARATORS)):
        last = min(len(tokens), start + MAX_SHAPE + 1)
        end = next((n for n in range(start, last) if tokens[n].kind == "prose" or tokens[n].is_op(
            *SEPARATORS, ")", "]")), last)
        shape = said_dimensions(tokens[start:end], lexicon)
        if shape and end < len(tokens) and tokens[end].kind == "prose" and _FACTOR.match(tokens[end].text):
            return _Found(start, end, (), -1)  # `d \times V times V \times 1`: of a factor, not of the answer
    is_listed = reckoning is not None or any(token.is_op(",") for token in tokens[start:end])
    if shape is None or (len(shape) < 2 and not is_listed):
        return None
    behind = start - 1
    while behind >= 0 and (tokens[behind].is_op(*SEPARATORS) or _is_idle(tokens[behind])):
        behind -= 1
    return _Found(start, end, shape, behind if behind < 0 or tokens[behind].kind != "prose" else -1)


def _is_idle(token: Token) -> bool:
    words = _WORD.findall(_IDLE_UNSPACED.sub(" ", token.text))
    return token.kind == "prose" and all(word.lower() in IDLE for word in words)


def _name_before(tokens: Sequence[Token], end: int, lexicon: Lexicon) -> str | None:
    r"""Return the name of a declared array that ends before a position and stands by itself; `\hat y` is `y_hat`."""
    for start in range(end - 1, max(end - 7, -1), -1):
        piece = tokens[start:end]
        name = declared_name(piece, lexicon)
        if name is not None and (tokens[end].is_op("_") or not start or tokens[start - 1].kind == "prose" or (
                tokens[start - 1].is_op(*SEPARATORS))):
            return name
    return None


def _name_written_out(tokens: Sequence[Token], end: int, lexicon: Lexicon) -> str | None:
    r"""Return the name of an array written out before a shape: `U = [u_1, \dots] \in \mathbb{R}^{d \times V}`."""
    for position in range(end):
        opened = position + 2
        if tokens[position + 1].is_op("=") and tokens[opened].is_op("[", "begin") and (
                closing_position(tokens, opened) == end):
            return _name_before(tokens, position + 1, lexicon)
    return None


def declared_name(piece: Sequence[Token], lexicon: Lexicon) -> str | None:
    """Return the name of a declared quantity that tokens spell, `y_hat` for `\\hat y`; None for anything else."""
    letters = [token.text for token in piece if token.kind in ("name", "number")]
    if any(token.kind == "prose" or token.is_op("^") for token in piece) or not letters:
        return None
    if piece[0].is_op(*ACCENTS) and len(letters) == 1:
        letters.append(piece[0].text)
    elif piece[0].kind != "name" or not all(token.is_op("_", "{", "}") for token in piece if token.kind == "op"):
        return None
    declared = lexicon.declarations
    for name in ("_".join(letters), letters[0] if len(letters) == 2 else ""):
        if declared.symbol(name) is not None or (name and any(family.shape for family in declared.family(name))):
            return name
    return None
