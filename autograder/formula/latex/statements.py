r"""What stands around a formula: left sides, chains, cases in a row, remarks, prose, several formulas in one answer.

    answer     := label? statement ((newline | so | or | prose) statement)*
    statement  := side (relation side)* remark*
    remark     := (","|quad|words) (condition | words | name "=" expression) ...

Every token is read as part of a formula or as a remark; what fits neither is refused at its place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from autograder.formula.latex.alignment import without_alignment
from autograder.formula.latex.asides import Asides
from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.case_rows import row_of_cases
from autograder.formula.latex.dimensions import is_shape
from autograder.formula.latex.grammar import Grammar
from autograder.formula.latex.left_sides import (
    gives_gradient,
    goes_on,
    holds_slope,
    is_entry,
    is_given,
    is_slope,
    leads_to,
    restates_given,
)
from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.own_names import Definition, OwnNames, is_step, listed
from autograder.formula.latex.remarks import (
    GIVING,
    RELATIONS,
    is_membership,
    joined,
    leads_on,
    says_sure,
    sides_of,
    speaks_of_others,
    statements_of,
    without_named_sides,
    without_prose_brackets,
    without_side_brackets,
    without_words_of_working,
)
from autograder.formula.latex.tokens import CLOSING, OPENING, Token, closing_position, split_top_level
from autograder.formula.latex.worked_cases import asked_cases, repeated_condition, says_when, worked_cases
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import (
    Call,
    Cases,
    Chain,
    Head,
    Indexed,
    Name,
    Node,
    Span,
    number_of,
)

MAX_FACT = 4
"""Signs of what is said beside a formula of a name: `maximal at $x = 0$`."""
MIN_SENTENCE = 6
"""Words around a name that is only spoken of."""


class Statement(Struct, frozen=True):
    """A formula with the conditions said beside it; `link` tells how it follows the one before: `so`, `or`, ``."""

    chain: Chain
    conditions: tuple[Node, ...] = ()
    link: str = ""


class Answer(Struct, frozen=True):
    """What one reading of a text gives; `doubts` are the choices that would give another.

    Where there are definitions, nothing else has been read yet: first they have to become spellings.
    """

    statements: tuple[Statement, ...]
    definitions: tuple[Definition, ...]
    doubts: frozenset[str]


def read_answer(tokens: Sequence[Token], lexicon: Lexicon, text: str, choices: frozenset[str]) -> Answer:
    """Read tokens to the last.

    Raises Unreadable at the first place that is neither formula nor remark.
    """
    return _Statements(lexicon, text, choices).read(tokens)


class _Statements:
    def __init__(self, lexicon: Lexicon, text: str, choices: frozenset[str]) -> None:
        self.lexicon = lexicon
        self.text = text
        self.choices = choices
        self.doubts: set[str] = set()
        self.own_names = OwnNames(lexicon, text, self.grammar)
        self.asides = Asides(lexicon, text, self.grammar, self.own_names)

    def grammar(self, tokens: Sequence[Token]) -> Grammar:
        return Grammar(tokens, self.lexicon, self.text, choices=self.choices, doubts=self.doubts)

    def refusal(self, sentence: str, tokens: Sequence[Token], reason: str = "syntax") -> Unreadable:
        end = Span(len(self.text), len(self.text))
        return Unreadable(sentence, tokens[0].span.joined(tokens[-1].span) if tokens else end, self.text, reason)

    def _several(self, tokens: Sequence[Token]) -> Unreadable:
        return self.refusal("There are two formulas here; give the one that answers this part.", tokens, "several")

    def read(self, tokens: Sequence[Token]) -> Answer:
        shown = without_prose_brackets([token for token in tokens if not token.is_op("$", "square")])
        shown = without_words_of_working(without_named_sides(shown))
        tokens = joined(without_alignment(without_side_brackets(shown)))
        self._check_brackets(tokens)
        if not any(token.kind != "prose" for token in tokens):
            raise self.refusal("There is no formula here.", tokens, "empty")
        cases = self._row_of_cases(tokens)
        if cases is not None:
            return Answer((Statement(Chain((cases,), span=cases.span)),), (), frozenset(self.doubts))
        self._check_words(tokens)
        pieces = list(statements_of(tokens))
        definitions = self.own_names.definitions(pieces)
        statements: list[Statement] = []
        concluded = max((number for number, (link, _) in enumerate(pieces) if link == "so"), default=0)
        refused = self.refusal("There is no formula here.", tokens, "empty")
        for number, (link, piece) in enumerate(pieces if not definitions else ()):
            if link == "given" and number + 1 < len(pieces):
                continue
            try:
                self._add(link, piece, statements)
            except Unreadable as refusal:
                leads = leads_on(piece, [later for _, later in pieces[number + 1:]])
                if (number >= concluded and not leads) or refusal.reason == "limit":
                    raise
                is_beside = not leads and speaks_of_others(pieces[concluded][1], self.text)
                if is_beside and self._begins_with_gradient(piece):
                    raise
                self._check_open(piece)
                refused = refusal  # it only leads to what is concluded
        if not statements and not definitions:
            raise refused
        if statements:
            self._check_said(tokens, statements[-1])
        if len(statements) > 1 and holds_slope(statements[-1].chain.sides[0]):
            raise self._several(tokens)
        return Answer(tuple(statements), definitions, frozenset(self.doubts))

    def _check_brackets(self, tokens: Sequence[Token]) -> None:
        waiting: list[Token] = []
        for token in tokens:
            if token.kind != "op":
                continue
            if token.text in OPENING:
                waiting.append(token)
            elif token.text in CLOSING:
                if waiting and OPENING[waiting[-1].text] == token.text:
                    waiting.pop()
                else:
                    partner = f" The bracket open here is `{waiting[-1].text}`." if waiting else ""
                    raise self.refusal(f"This closing bracket has no partner.{partner}", [token])
        if waiting:
            raise self.refusal("This bracket is not closed.", [waiting[-1]])

    def _check_words(self, tokens: Sequence[Token]) -> None:
        """Refuse doubts, and an operation in words, unless a remark has begun."""
        doubt = next((token for token in tokens if token.role == "doubt" and not says_sure(token, self.text)), None)
        if doubt is not None:
            sentence = "This leaves open which formula is your answer; give one, without `maybe`."
            raise self.refusal(sentence, [doubt], "ambiguous")
        for token in tokens:
            if token.role == "remark":
                return
            if token.role == "operation":
                raise self.refusal("Write this operation with its sign.", [token])

    def _check_said(self, tokens: Sequence[Token], last: Statement) -> None:
        """Refuse a sentence that only speaks of a name: `sum the gradients w.r.t. $U$ of all the words`."""
        words = sum(len(token.text.split()) for token in tokens if token.kind == "prose")
        is_mention = last.link != "so" and len(last.chain.sides) == 1 and isinstance(
            last.chain.sides[0], (Name, Indexed, Call))
        if is_mention and words >= MIN_SENTENCE:
            said = [token for token in tokens if token.kind == "prose"]
            raise self.refusal("This is said in words; write it as a formula.", said, "words")

    # Several statements

    def _add(self, link: str, tokens: list[Token], statements: list[Statement]) -> None:
        says_when = link == "sentence" and any(token.role == "if" for token in tokens) and not (
            self.asides.gives_a_case(tokens))
        is_led = tokens[0].role == "if"
        tokens = self.asides.without_condition(tokens)
        is_sentence = link == "sentence" and statements and (says_when or any(
            token.kind == "prose" for token in tokens)) and not self.asides.gives_a_case(tokens)
        if link == "remark" or is_sentence or not any(token.kind != "prose" for token in tokens):
            return
        if is_membership(tokens) or self.asides.is_condition(tokens):
            return
        if (pieces := listed(tokens)) and all(map(self.own_names.explains, pieces)):
            return
        if link in GIVING and all(map(self._is_said, listed(tokens))):
            return
        said = [token for token in tokens if token.kind != "prose"]
        if link == "so" and is_shape(said, self.lexicon) and any(token.text == "1" for token in said):
            return
        if statements and (is_shape(said, self.lexicon) or (link == "aside" and self._is_one_name(tokens))):
            return
        behind = self.text[said[-1].span.end:].lstrip("$ ")
        is_beside = is_led if link == "aside" else link == "so" and behind[:1].isalpha()
        if statements and is_beside and self._is_one_name(said):
            return  # `elementwise if x is a vector`, `so it has the shape of U again`
        if statements and link == "aside" and len(said) <= MAX_FACT and (
                has_comparison(said) and self.asides.is_fact(said)):
            return
        is_beside = link == "so" and speaks_of_others(tokens, self.text)
        if is_beside and statements and gives_gradient(statements[-1].chain, self.lexicon):
            return
        tokens = self._behind_given(tokens)
        if tokens[-1].is_op(":"):
            return  # `with respect to v_c:` heads the formula below it
        cases = self._row_of_cases(tokens) if statements and link == "or" else None
        statement = self._statement(link if statements else "", tokens) if cases is None else (
            Statement(Chain((cases,), span=cases.span), link=link))
        leads = statements and link == "so" and leads_to(statements[-1].chain, statement.chain, self.lexicon, self.text)
        if leads or (statements and statement.chain.continues and link != "or"):
            before = statements.pop()
            chain = Chain((*before.chain.sides, *statement.chain.sides),
                          (*before.chain.relations, "=", *statement.chain.relations), before.chain.continues,
                          span=before.chain.span.joined(statement.chain.span))
            statement = Statement(chain, (*before.conditions, *statement.conditions), before.link)
        elif statements and goes_on(statements[-1].chain, statement.chain, self.lexicon):
            while statements and goes_on(statements[-1].chain, statement.chain, self.lexicon):
                statements.pop()
        elif statements and (restates_given(statement.chain, self.lexicon) or goes_on(
                statement.chain, statements[-1].chain, self.lexicon)):
            return  # a step on the way, or what is given, told afterwards
        elif statements and _is_mention(statements[-1].chain, self.lexicon) and link != "or":
            statements.pop()
        elif statements and statement.link not in ("so", "or") and not holds_slope(statement.chain.sides[0]):
            raise self._several(tokens)
        statements.append(statement)

    def _begins_with_gradient(self, tokens: list[Token]) -> bool:
        """Whether a gradient stands before remarks."""
        with contextlib.suppress(Unreadable):
            return gives_gradient(self._statement("", self._main(tokens)[0]).chain, self.lexicon)
        return False

    def _behind_given(self, tokens: list[Token]) -> list[Token]:
        r"""Drop names explained, and which function is meant: `f(x) = \max(0, x), \quad f'(x) = ...`."""
        pieces = listed(tokens)
        while len(pieces) > 1 and self.own_names.explains(pieces[0]):
            tokens = tokens[next(n for n, token in enumerate(tokens) if token is pieces[1][0]):]
            pieces = pieces[1:]
        lefts = [split_top_level(piece, "=")[0] for piece in (pieces[0], pieces[-1]) if split_top_level(piece, "=")[1:]]
        if len(pieces) < 2 or len(lefts) < 2 or not all(lefts):
            return tokens
        with contextlib.suppress(Unreadable):
            given, asked = (self.grammar(left).all_of(left, left[0].span) for left in lefts)
            if (is_given(given, self.lexicon) or is_step(given, self.lexicon)) and is_slope(asked):
                return pieces[-1]
        return tokens

    def _is_said(self, tokens: Sequence[Token]) -> bool:
        """Whether what stands behind *let* explains a name, or says again what the problem says."""
        return self.own_names.explains(tokens) or self._is_one_name(tokens) or (
            has_comparison(tokens) and self.asides.is_fact(tokens))

    def _is_one_name(self, tokens: Sequence[Token]) -> bool:
        with contextlib.suppress(Unreadable):
            return isinstance(self.grammar(tokens).all_of(tokens, tokens[0].span), (Name, Indexed))
        return False

    # One statement

    def _statement(self, link: str, tokens: list[Token]) -> Statement:
        main, rest = self._main(tokens)
        conditions = self.asides.conditions(rest)
        continues = bool(main) and main[0].is_op(*RELATIONS)
        if continues:
            main = main[1:]
        sides, relations = sides_of(main)
        nodes = [self._side(side, number, len(sides), tokens) for number, side in enumerate(sides)]
        if len(nodes) > 1 and isinstance(nodes[-1], Head):
            raise self.refusal("The right side is missing.", tokens)
        if len(nodes) > 1 and is_entry(nodes[0], self.lexicon):
            raise self.refusal("This is one entry of the gradient; give all of it at once.", sides[0])
        for condition in conditions:
            self.asides.check_whole(nodes[-1], condition)
        span = tokens[0].span.joined(tokens[-1].span)
        return Statement(Chain(tuple(nodes), tuple(relations), continues, span=span), tuple(conditions), link)

    def _main(self, tokens: list[Token]) -> tuple[list[Token], list[Token]]:
        """Split off the remarks: from the first comma, gap, word or condition in brackets on.

        What stands between two sides of a chain is no end: `J \\text{ (loss)} = ...`, `v_w (w \\ne c) = 0`.
        """
        main: list[Token] = []
        position = 0
        while position < len(tokens):
            token = tokens[position]
            end = self.asides.remark_end(tokens, position) if position else None
            if end is not None and end < len(tokens) and tokens[end].is_op(*RELATIONS) and not token.is_op(",", ";"):
                position = end
            elif end is not None:
                return main, tokens[position:]
            else:
                close = closing_position(tokens, position) if token.kind == "op" and token.text in OPENING else None
                main += tokens[position:(close or position) + 1]
                position = (close or position) + 1
        return main, []

    def _side(self, tokens: list[Token], number: int, count: int, where: Sequence[Token]) -> Node:
        tokens = self._without_working(tokens)
        if not tokens:
            if number + 1 < count:
                raise self.refusal("Two relation signs stand side by side.", where)
            raise self.refusal("The formula breaks off here; something is missing.", where[-1:])
        try:
            grammar = self.grammar(tokens)
            node = grammar.expression()
            grammar.finish()
        except Unreadable as refusal:
            # The side that is judged is the last; one before it may hold what is the student's own.
            if number + 1 < count and refusal.reason != "limit":
                span = tokens[0].span.joined(tokens[-1].span)
                return Head(self.text[span.start:span.end], span=span)
            raise
        return node

    def _without_working(self, tokens: list[Token]) -> list[Token]:
        """Drop what tells how a count came about, `46 (12 + 14 + 20)`; it is a factor where it has another value."""
        if len(tokens) < 5 or tokens[0].kind != "number" or not tokens[1].is_op("(") or not tokens[1].spaced:
            return tokens
        if closing_position(tokens, 1) != len(tokens) - 1:
            return tokens
        working, *said = split_top_level(tokens[2:-1], ",")
        if any(token.kind != "prose" for piece in said for token in piece):
            return tokens
        with contextlib.suppress(Unreadable):
            if number_of(self.grammar(tokens).all_of(working, tokens[1].span)) == Fraction(tokens[0].text):
                return tokens[:1]
        return tokens

    # Cases in a row

    def _is_asked(self, tokens: Sequence[Token]) -> bool:
        with contextlib.suppress(Unreadable):
            return bool(tokens) and is_slope(self.grammar(tokens).all_of(tokens, tokens[0].span))
        return False

    def _check_open(self, tokens: Sequence[Token]) -> None:
        """Refuse `x < 0: f(x) = ... \\Rightarrow f'(x) = ...`, which leaves open what holds for every other x."""
        condition = says_when(tokens, self.asides.has_any_value)
        if condition is not None:
            raise self.refusal("This is said under a condition only; write the cases in a line each: `value` for "
                               "`condition`.", condition)

    def _row_of_cases(self, tokens: Sequence[Token]) -> Node | None:
        """Read `1 if x > 0, 0 otherwise` and the like; None where this is nothing of the kind."""
        branches = worked_cases(tokens, self._is_asked) or row_of_cases(tokens)
        if len(branches) < 2 or not all(condition for _, condition in branches):
            return None
        branches = asked_cases(branches, tokens, self._is_asked)
        if (condition := repeated_condition(branches)) is not None:
            raise self.refusal("This case stands here twice, with different values; give each case once.", condition,
                               "several")
        where = tokens[0].span.joined(tokens[-1].span)
        grammar = self.grammar(tokens)
        found = [grammar.branch([*value, Token("op", ",", value[-1].span), *condition], where)
                 for value, condition in branches]
        return Cases(tuple(found), span=where)


def _is_mention(chain: Chain, lexicon: Lexicon) -> bool:
    """Whether a statement is only an index or the name of a loss, of which a sentence speaks."""
    only = chain.sides[0]
    return len(chain.sides) == 1 and isinstance(only, Name) and only.name in lexicon.indices | lexicon.losses
