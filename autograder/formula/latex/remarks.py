"""What stands around formulas, as tokens: line breaks, links between statements, remarks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.tokens import CLOSING, OPENING, Token, at_top_level, closing_position, split_top_level

RELATIONS = {"=": "=", "approx": "approx", "propto": "propto"}
JOINING = frozenset((
    "+", "-", "*", "/", "cdot", "times", "odot", "circ", "otimes", "@", "=", "approx", "propto", ",", "(", "[", "\\{",
))
LINKING = ("so", "or", "remark", "let")
"""Roles of words that say how a statement follows the one before it."""
GIVING = ("let", "given")
"""Links of statements that give names their meaning; `given` is a remark before any formula."""
WORDED = ("if", "remark", "filler", "other")
"""Roles of words that lead to a remark rather than to another answer."""
CASES = ("cases", "dcases", "rcases", "cases*", "dcases*")
DENIALS = ("no", "not", "without")
"""Words in brackets for what is not there, and why."""
OTHERS = frozenset("their they those these that its other others rest term terms part parts negatives".split())
"""Words of a clause that speaks of something beside the formula before it."""
_CLAUSE = re.compile(r"\b(?:so|thus|hence|therefore|then)\b|[.,;:\n]")
_WORD = re.compile(r"[a-z]+")
_SURE = re.compile(r"(?<!\bit )(?<!\bthis )\b(?:is|are|becomes|gets)\s+(?:very |more |already )?sure\b", re.IGNORECASE)
MAX_SURE = 24
"""Characters before a word of doubt among which it is said of whom."""
MAX_CLAUSE = 120
MAX_NAMED = 6
"""Signs of a name or number that a remark may mention: `for each $u_{w_k}$`."""


def joined(tokens: Sequence[Token]) -> list[Token]:
    """Drop line breaks and gaps where the formula visibly goes on, and all of them inside parentheses."""
    kept: list[Token] = []
    waiting: list[str] = []
    remarked = False
    for position, token in enumerate(tokens):
        if token.is_op("newline", "quad"):
            following = next((t for t in tokens[position + 1:] if not t.is_op("newline", "quad")), None)
            behind_words = remarked or (len(kept) > 1 and kept[-1].is_op(",") and kept[-2].kind == "prose")
            goes_on = not kept or following is None or (not behind_words and (
                following.is_op(*JOINING - {"(", "[", "\\{"}) or kept[-1].is_op(*JOINING)))
            in_array = bool(waiting) and waiting[-1] in ("begin", "[", "{")
            goes_on = goes_on or (token.is_op("quad") and _is_headed(kept))
            if (goes_on and not in_array) or (waiting and waiting[-1] in ("(", "\\{")) or (
                    kept and kept[-1].is_op(token.text)):
                continue
        elif token.kind == "op" and token.text in OPENING:
            waiting.append(token.text)
        elif token.kind == "op" and token.text in CLOSING and waiting:
            waiting.pop()
        if not waiting:
            remarked = token.role in ("remark", "if", "else") or (remarked and not token.is_op("newline"))
        kept.append(token)
    while kept and kept[-1].is_op("newline", "quad", ".", ",", ";", "?", "wedge"):
        kept.pop()
    return kept


def _is_headed(tokens: Sequence[Token]) -> bool:
    r"""Whether a line begins with what is asked and a colon: `\text{ReLU}': ...`, and with no condition."""
    line = split_top_level(tokens, "newline")[-1]
    return bool(line) and line[-1].is_op(":") and not has_comparison(line)


def without_prose_brackets(tokens: Sequence[Token]) -> list[Token]:
    """Drop a parenthesis whose partner is in prose: `\\text{(shape } d \\times 1)`."""
    kept: list[Token] = []
    depth = open_in_prose = 0
    for token in tokens:
        if token.kind == "prose":
            open_in_prose += token.text.count("(") - token.text.count(")")
        elif token.is_op(")") and depth == 0 and open_in_prose > 0:
            open_in_prose -= 1
            continue
        depth += token.is_op("(") - token.is_op(")")
        kept.append(token)
    return kept


def without_remark_brackets(tokens: Sequence[Token]) -> list[Token]:
    """Take the brackets off that open a remark, and off words in brackets: `\\quad (\\text{since } y_w = 0)`."""
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        close = closing_position(tokens, position) if token.is_op("(", "[") else None
        said = close is not None and (tokens[position + 1].kind == "prose" or tokens[position + 1].is_op("forall"))
        if close is not None and is_wordy(tokens[position + 1:close]):
            position = close
        elif close is not None and (not kept or said):
            kept += [*tokens[position + 1:close], Token("op", ",", tokens[close].span)]
            position = close
        else:
            kept.append(token)
        position += 1
    return kept


def is_wordy(tokens: Sequence[Token]) -> bool:
    """Whether brackets hold a reason, `(since ...)`, `(no -1 since ...)`, or little but words, `(zero vector)`."""
    if tokens and _denies(tokens[0]) and any(token.role == "remark" for token in tokens):
        return True
    reason = next((n for n, token in at_top_level(tokens) if n > 1 and token.role == "remark"), None)
    if reason is not None and tokens[reason - 1].is_op(",") and _is_phrase(tokens[:reason - 1]):
        return True
    is_short = len(tokens) <= MAX_NAMED and not any(
        token.is_op(*JOINING) or token.role in ("if", "else") for token in tokens)
    return bool(tokens) and (tokens[0].role == "remark" or (
        is_short and tokens[0].kind != "prose" and any(token.kind == "prose" for token in tokens)))


def _is_phrase(tokens: Sequence[Token]) -> bool:
    """Whether tokens are words with a number at most: `the zero vector`."""
    is_worded = any(token.kind == "prose" for token in tokens)
    return is_worded and len(tokens) <= MAX_NAMED and all(token.kind in ("prose", "number") for token in tokens)


def _denies(token: Token) -> bool:
    """Whether a word says that what follows is not there."""
    return token.kind == "prose" and token.text.lower().strip("( ").rpartition(" ")[2] in DENIALS


def without_side_brackets(tokens: Sequence[Token]) -> list[Token]:
    """Put a side in brackets before the one that it is said of, which is the answer: `26 (= 7 + 8 + 11)`."""
    for position, token in enumerate(tokens[:-1]):
        if not token.is_op("(") or not position or not tokens[position + 1].is_op(*RELATIONS):
            continue
        close = closing_position(tokens, position)
        if close is not None and close > position + 2:
            start = max((n + 1 for n, before in at_top_level(tokens[:position])
                         if before.is_op(*RELATIONS, "newline") or before.kind == "prose"), default=0)
            inner, relation = tokens[position + 2:close], tokens[position + 1]
            rest = without_side_brackets(tokens[close + 1:])
            return [*tokens[:start], *inner, relation, *tokens[start:position], *rest]
    return list(tokens)


def without_words_of_working(tokens: Sequence[Token]) -> list[Token]:
    """Drop the words before the working of a count: `26 (one for each token: 7 + 8 + 11)`."""
    for position, token in enumerate(tokens[:-1]):
        is_count = token.kind == "number" and tokens[position + 1].is_op("(")
        close = closing_position(tokens, position + 1) if is_count else None
        said, *working = split_top_level(tokens[position + 2:close], ":") if close is not None else [[]]
        is_sum = len(working) == 1 and bool(working[0]) and all(
            part.kind == "number" or part.is_op("+", "-", "*", "times", "cdot") for part in working[0])
        if close is not None and is_sum and said and all(part.kind == "prose" for part in said):
            return [*tokens[:position + 2], *working[0], *tokens[close:]]
    return list(tokens)


def without_named_sides(tokens: Sequence[Token]) -> list[Token]:
    """Drop *LHS =* and *= RHS*."""
    kept: list[Token] = []
    for position, token in enumerate(tokens):
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        before = tokens[position - 1] if position else None
        if token.role == "side" or (token.is_op(*RELATIONS) and (
                (after is not None and after.role == "side") or (before is not None and before.role == "side"))):
            continue
        kept.append(token)
    return kept


def statements_of(tokens: Sequence[Token]) -> Iterator[tuple[str, list[Token]]]:
    """Yield the statements of an answer, each with what links it to the one before."""
    link = ""
    current: list[Token] = []
    depth, begun = 0, False
    for position, token in enumerate(tokens):
        next_link = None if depth else _link(token, link)
        goes_on = link == "given" and depth == 0 and position and tokens[position - 1].is_op(",")
        if goes_on and token.role in ("filler", "other"):
            next_link = "so"  # `Since ..., the gradient is ...`
        if link == "remark" and token.is_op(".") and depth == 0 and _begins_slope(_behind_words(tokens, position + 1)):
            next_link = ""  # a sentence of its own gives the next derivative
        if link == "remark" and token.role == "so" and depth == 0 and _begins_slope(tokens[position + 1:]):
            next_link = "so"
        if next_link == "remark" and link == "" and not begun and not any(t.kind != "prose" for t in current):
            next_link = "given"
        if token.kind == "op":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if next_link is None:
            current.append(token)
            continue
        if current:
            yield link, current
            begun = begun or any(t.kind != "prose" for t in current)
            current = []
            link = next_link
        elif next_link or link not in ("or", "so"):
            link = next_link  # a new line right after `or in matrix form` takes nothing back
    if current:
        yield link, current


def leads_on(tokens: Sequence[Token], behind: Sequence[Sequence[Token]]) -> bool:
    """Whether this has no sides, and a derivative is given behind it: `Column w is ... Stacking them: ...`."""
    return not any(token.is_op(*RELATIONS) for token in tokens) and any(
        _begins_slope(later) and any(token.is_op("=") for token in later) for later in map(_behind_any_words, behind))


def says_sure(token: Token, text: str) -> bool:
    """Whether a word of doubt is said of the model: `small when the model is sure about o`."""
    said = text[max(0, token.span.start - MAX_SURE):token.span.end]
    return _SURE.search(said) is not None and _SURE.sub("", said).lower().find("sure") < 0


def _behind_any_words(tokens: Sequence[Token]) -> Sequence[Token]:
    while tokens and (tokens[0].kind == "prose" or tokens[0].is_op(":", ",", "newline")):
        tokens = tokens[1:]
    return tokens


def speaks_of_others(tokens: Sequence[Token], text: str) -> bool:
    """Whether a conclusion gives a number for something else than the answer: `so their derivative is 0`."""
    said = [token for token in tokens if token.kind != "prose"]
    if len(said) != 1 or said[0].kind != "number":
        return False
    start = said[0].span.start
    clause = _CLAUSE.split(text[max(0, start - MAX_CLAUSE):start].lower())[-1]
    return not OTHERS.isdisjoint(_WORD.findall(clause))


def _behind_words(tokens: Sequence[Token], start: int) -> Sequence[Token]:
    while start < len(tokens) and (tokens[start].kind == "prose" or tokens[start].is_op(":", ",")):
        if tokens[start].role == "remark":
            return ()
        start += 1
    return tokens[start:]


def _begins_slope(tokens: Sequence[Token]) -> bool:
    """Whether a derivative is what follows: it is then what a remark leads to."""
    return any(token.is_op("partial", "nabla") for token in tokens[:3]) or (
        len(tokens) > 2 and tokens[0].text == "d" and tokens[2].is_op("/"))


def _link(token: Token, link: str) -> str | None:
    """Return what a token between statements says about the next one; None for a token of a statement."""
    if link == "remark":
        return "" if token.is_op("newline") else None
    if link in GIVING and token.is_op(":"):
        return ""
    if token.is_op("newline"):
        return ""
    if token.is_op("Rightarrow", "to"):
        return "so"
    if token.is_op(".", "?"):
        return "sentence"
    if token.kind != "prose" or token.role in ("if", "else", "and", "filler"):
        return None
    return token.role if token.role in LINKING else link or "aside"


def sides_of(tokens: Sequence[Token]) -> tuple[list[list[Token]], list[str]]:
    sides = split_top_level(tokens, *RELATIONS)
    relations, position = [], -1
    for side in sides[:-1]:
        position += len(side) + 1
        relations.append(RELATIONS[tokens[position].text])
    named = split_top_level(sides[0], ":")
    if len(named) == 2 and named[0] and named[1] and not has_comparison(named[0]):
        # `dJ/dv_c: U(...)`
        return [*named, *sides[1:]], ["=", *relations]
    return sides, relations


def is_membership(tokens: Sequence[Token]) -> bool:
    """Whether this only says where something lies: `U \\in \\mathbb{R}^{d \\times V}`."""
    pieces = [split_top_level(piece, "in") for piece in split_top_level(tokens, ",", "quad", ";") if piece]
    return all(len(sides) == 2 and len(sides[0]) <= MAX_NAMED and any(token.kind == "name" for token in sides[0])
               for sides in pieces)


def remark_pieces(tokens: Sequence[Token]) -> Iterator[tuple[bool, list[Token]]]:
    """Yield what stands between the words and commas of a remark, and whether a word or a gap leads to it."""
    worded = denied = False
    for part in split_top_level(tokens, ",", ";", "newline", ".", "?"):
        piece: list[Token] = []
        for token in [*part, None]:
            if token is not None and token.kind != "prose" and not token.is_op("forall", "quad"):
                piece.append(token)
                continue
            if piece and piece[0].is_op("(") and closing_position(piece, 0) == len(piece) - 1:
                yield from remark_pieces(piece[1:-1])
            elif piece and not denied:
                is_subject = token is not None and (
                    token.role in ("filler", "other") or (token.role == "remark" and len(piece) == 1))
                yield worded or is_subject, piece
            piece = []
            denied = token is not None and _denies(token)
            worded = worded or (token is not None and (token.role in WORDED or token.is_op("forall")))


def continues_list(tokens: Sequence[Token], before: Sequence[Token]) -> bool:
    """Whether this goes on with `k = 1, 2, ..., K`."""
    if not any(token.is_op("=", "cdots", "in") for token in before):
        return False
    return all(token.kind == "number" or token.is_op("cdots", ".") for token in tokens) or (
        len(tokens) <= 2 and tokens[0].kind == "name")
