"""Which of the formulas below a heading answers the part, where all of it together does not read as one answer.

A formula tells what it is by its left side: `dJ/dv_c = ...` answers the question for dJ/dv_c, `J = ...` only says what
J is, and `= ...` goes on with the formula before it. Words that may change a formula leave the answer open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula.declarations import Declarations
from autograder.formula.reading import Reading, read
from autograder.formula.refusals import Unreadable
from autograder.formula.texts import formula
from autograder.formula.tree import Apply, Call, Cases, Chain, Derivative, Head, Indexed, Name, Node
from autograder.spec.written import FormulaPart, NumberPart
from autograder.submission.answers import Answer, Piece

_MAX_READ = 40
_OPERATION = r"(?P<word>minus|plus|times|twice|half)"
_OPERATION_BEHIND = re.compile(rf"\A[\W\d_]*(?:(?:and|then|all|of|it) )*{_OPERATION}\b", re.IGNORECASE)
_OPERATION_AHEAD = re.compile(rf"\b{_OPERATION}\W*\Z", re.IGNORECASE)
_CHANGING = re.compile(
    r"\b(?P<word>transposed?|negated?|squared|inverse|instead|except|unless|wrong|sorry|wait|ignore"
    r"|correction|actually|subtract\w*|replaced?|multipl\w+|divided?|flip\w*|swap\w*|otherwise|if|maybe|or|but"
    r"|(?:the )?(?:negative|opposite) of|(?:opposite|other|wrong) sign|only (?:for|when|if)|not the"
    r"|(?:ranges?|runs?|goes|summed|taken) over)\b",
    re.IGNORECASE,
)
"""Words beside a formula of which one could make another one of it."""
_SAME = re.compile(
    r"\b(?:forms?|i\.e|that is|namely|equivalent\w*|same|equal\w*|notation|written|simplified)\b", re.IGNORECASE)
"""Words between two formulas that are one."""
MAY_CHANGE = ("The words beside this formula may change it (`{word}`). Write the formula as it then is, and put it "
              "between `$$` and `$$` on a line of its own, without words behind it.")
NO_RESULT = "It is not clear what the result is here. Put it between `$$` and `$$` on a line of its own."
_EQUALS = re.compile(r"=\s*\$?$")
_RESULT = re.compile(
    r"(?:\b(?:answer|result|solution|so|thus|hence|therefore|finally)|结果|答案|因此|所以|最终|결과|정답|따라서)\W*$",
    re.IGNORECASE)
"""Words before the result."""
_SENTENCE_END = re.compile(r"[.:;!?。：；]\s|\n\s*\n")


class Settled(Struct, frozen=True):
    """An answer with the formula that is judged, and how that was read or refused; neither where it is left open."""

    answer: Answer
    reading: Reading | None = None
    refusal: Unreadable | None = None


class Role(IntEnum):
    """What a formula is by its left side, the more of an answer the higher; among equals the last one counts."""

    MENTION = 0
    DEFINITION = 1
    BARE_IN_LINE = 2
    OTHER_DERIVATIVE = 3
    BARE = 4
    ASKED_IN_LINE = 4
    ASKED = 5


class _Candidate(Struct, frozen=True):
    piece: Piece
    reading: Reading | None
    refusal: Unreadable | None = None


def variable_asked(part: FormulaPart | NumberPart) -> str | None:
    """Return what the derivative that a part asks for is taken with respect to; None where it asks for none."""
    return part.gradient.wrt if isinstance(part, FormulaPart) and part.gradient is not None else None


def settle(answer: Answer, declarations: Declarations, wrt: str | None = None) -> Settled:
    """Find and read the formula that answers a part; `wrt` is what the asked derivative is taken with respect to."""
    declarations = names_of(answer, declarations)
    whole = _read_whole(answer, declarations)
    if whole is not None and (whole.reading is None or len(answer.pieces) < 2):
        return whole
    asked = formula(wrt, declarations) if wrt and answer.pieces else None
    if whole is not None and whole.reading is not None and (
            _role(whole.reading.tree, True, asked) > Role.DEFINITION):
        return whole
    if answer.pieces:
        answer = _choose(answer, declarations, asked)
    elif answer.whole and answer.text:
        answer = _unless_changed(answer, answer.whole.rpartition(answer.text)[2])
    if answer.doubt:
        return whole or Settled(answer)
    try:
        return Settled(answer, read(answer.text, declarations, answer.dialect or "auto"))
    except Unreadable as refusal:
        return whole or Settled(answer, refusal=refusal)


def names_of(answer: Answer, declarations: Declarations) -> Declarations:
    """Return the declarations with the spellings that an answer brings; these come before the problem's own."""
    if not answer.names:
        return declarations
    own = {alias.written for alias in answer.names}
    kept = tuple(alias for alias in declarations.aliases if alias.written not in own)
    return replace(declarations, aliases=(*kept, *answer.names))


def _read_whole(answer: Answer, declarations: Declarations) -> Settled | None:
    """Read all that stands below a heading, where that is one answer: a display for each case, a name explained."""
    if not answer.whole:
        return None
    try:
        reading = read(answer.whole, declarations)
    except Unreadable as refusal:
        # Names that are explained the other way round make another formula of every piece.
        return Settled(answer.as_whole(""), refusal=refusal) if refusal.reason == "meaning" else None
    if answer.doubt and reading.also and not _SAME.search(" ".join(piece.behind for piece in answer.pieces)):
        return None  # `$a$, or $b$` leaves open which of them it is
    note = "" if isinstance(reading.answer, Cases) else answer.note
    return Settled(answer.as_whole(note), reading)


def _choose(answer: Answer, declarations: Declarations, wrt: Node | None) -> Answer:
    """Return the answer with the formula that counts as its text, or with the doubt that leaves it open."""
    candidates = [_read_piece(piece, declarations) for piece in answer.pieces[-_MAX_READ:]]
    chosen = _last_best(candidates, wrt)
    for later in candidates[0 if chosen is None else chosen + 1:][::-1]:
        if later.refusal is not None and (later.piece.is_display or "=" in later.piece.text):
            return _with_text(answer, later.piece)  # to be refused with its place
    if chosen is None:
        return replace(answer, text="", doubt=answer.doubt or NO_RESULT)
    pieces = [candidate.piece for candidate in candidates]
    piece = pieces[chosen]
    lines = tuple(one.text for one in pieces[:chosen + 1] if one.is_display or one is piece)
    note = answer.note
    if piece.text != answer.text:
        note = f"Of the {len(answer.pieces)} formulas here, the one at {piece.place} was judged."
    ahead = "" if piece.is_display else _SENTENCE_END.split(piece.ahead)[-1]
    behind = " ".join(later.behind for later in pieces[chosen:])
    return _unless_changed(replace(_with_text(answer, piece), lines=lines, note=note), behind, ahead)


def _with_text(answer: Answer, piece: Piece) -> Answer:
    return replace(answer, text=piece.text, place=piece.place, dialect=piece.dialect, doubt="")


def _unless_changed(answer: Answer, behind: str, ahead: str = "") -> Answer:
    """Leave an answer open where the words behind its formula, or before it in its sentence, may change it."""
    found = (_OPERATION_BEHIND.match(behind), _OPERATION_AHEAD.search(ahead), _CHANGING.search(ahead),
             _CHANGING.search(behind))
    word = next((match["word"] for match in found if match is not None), None)
    return answer if word is None else replace(answer, text="", doubt=MAY_CHANGE.format(word=word))


def _read_piece(piece: Piece, declarations: Declarations) -> _Candidate:
    try:
        return _Candidate(piece, read(piece.text, declarations, piece.dialect or "auto"))
    except Unreadable as refusal:
        return _Candidate(piece, None, refusal)


def _last_best(candidates: Sequence[_Candidate], wrt: Node | None) -> int | None:
    """Return the position of the last formula with the highest role; None where no formula could be the answer."""
    best, best_role = None, Role.MENTION
    chain_role, is_open = Role.MENTION, False
    for position, candidate in enumerate(candidates):
        if candidate.reading is None:
            continue
        role = _role(candidate.reading.tree, candidate.piece.is_display or _is_announced(candidate.piece), wrt)
        if candidate.reading.tree.continues or _EQUALS.search(candidate.piece.ahead):
            role = max(chain_role, Role.BARE)  # it goes on with the chain before it
        if role > Role.BARE_IN_LINE:
            chain_role = role
        is_open |= role is Role.BARE_IN_LINE and best_role is Role.BARE_IN_LINE  # which of the two?
        if role > Role.DEFINITION and role >= best_role:
            best, best_role = position, role
    return None if is_open and best_role is Role.BARE_IN_LINE else best


def _is_announced(piece: Piece) -> bool:
    """Whether words say that a formula in running text is the result."""
    return _RESULT.search(piece.ahead) is not None


def _role(chain: Chain, is_display: bool, wrt: Node | None) -> Role:
    first = chain.sides[0]
    if len(chain.sides) == 1:
        if isinstance(first, (Derivative, Head, Call)) or (isinstance(first, (Name, Indexed)) and not is_display):
            return Role.MENTION
        return Role.BARE if is_display else Role.BARE_IN_LINE
    if isinstance(first, Derivative):
        asked = wrt is None or _letter(first.wrt) == _letter(wrt)
        return (Role.ASKED if is_display else Role.ASKED_IN_LINE) if asked else Role.OTHER_DERIVATIVE
    if isinstance(first, Apply) and first.primes:
        return Role.ASKED if is_display else Role.ASKED_IN_LINE
    if isinstance(first, Head):
        return Role.OTHER_DERIVATIVE if any(sign in first.text for sign in ("partial", "∂", "nabla", "∇", "'")) else (
            Role.DEFINITION)
    if isinstance(first, (Name, Call, Indexed)) or (isinstance(first, Apply) and wrt is not None):
        return Role.DEFINITION
    return Role.BARE if is_display else Role.BARE_IN_LINE


def _letter(node: Node) -> Node:
    return node.base if isinstance(node, Indexed) else node
