r"""What a sum runs over, and conditions: `_{k=1}^K`, `_{w \in V, w \ne o}`, `0 < |j| \le m`, `\text{if } w = o`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from autograder.formula.latex.cursor import Cursor
from autograder.formula.latex.ranges import stepped_over, with_conditions_below
from autograder.formula.latex.tokens import Token, closing_position, plain_text, split_top_level
from autograder.formula.tree import (
    Big,
    Binder,
    Both,
    Compare,
    Expectation,
    Indexed,
    Name,
    Negate,
    Node,
    Number,
    Span,
    Sum,
)

ACCENTS = ("hat", "bar", "tilde", "dot")
COMPARISONS = {"=": "=", "ne": "!=", "<": "<", "le": "<=", ">": ">", "ge": ">="}
ONE = Number(Fraction(1))

Tokens = Sequence[Token]


def has_comparison(tokens: Tokens) -> bool:
    """Whether a comparison stands outside of every bracket."""
    return len(split_top_level(tokens, *COMPARISONS, "in", "notin")) > 1


class Bound(Struct, frozen=True):
    """What one piece below a sum says: the indices that it binds, and conditions, still as tokens."""

    binders: tuple[Binder, ...] = ()
    conditions: tuple[Tokens, ...] = ()


class Bounds(Cursor):
    """Sums, products, expectations and conditions."""

    # Conditions

    def conditions(self, tokens: Tokens) -> list[Node]:
        """Read conditions separated by commas or words; membership in a declared set says nothing."""
        found: list[Node] = []
        for piece in _split_with_words(tokens):
            if not all(token.is_op("cdots") or token.kind == "number" for token in piece):
                found += self.condition(piece)
        return found

    def condition(self, tokens: Tokens) -> list[Node]:
        """Read one condition, possibly a chain `a <= j <= b`."""
        member = split_top_level(tokens, "in")
        if len(member) == 2:
            left_out = self._without(member[1], tokens[0].span)[1]
            return [node for subject in split_top_level(member[0], ",") for other in left_out
                    for node in self.condition([*subject, Token("op", "ne", tokens[0].span), *other])]
        inner = self.inside(tokens)
        left = inner.expression()
        found: list[Node] = []
        while not inner.at_end():
            sign = inner.step()
            if sign.kind != "op" or sign.text not in COMPARISONS:
                raise self.refusal(self.about(sign), sign.span)
            right = inner.expression()
            found.append(Compare(COMPARISONS[sign.text], left, right, span=left.span.joined(right.span)))
            left = right
        if not found:
            raise self.refusal("This is not a condition; write something like `w = o`.", left.span)
        return found

    def one_condition(self, tokens: Tokens, where: Span) -> Node:
        """Read conditions as a single node."""
        found = self.conditions(tokens)
        if not found:
            raise self.refusal("A condition is missing here.", where)
        return found[0] if len(found) == 1 else Both(tuple(found), span=found[0].span.joined(found[-1].span))

    # Index sets

    def index_set(self, tokens: Tokens, where: Span) -> Binder:
        r"""Read what stands behind `\in`; return a binder that has no index yet."""
        label = plain_text(tokens)
        name = label if label in self.lexicon.sets else label.removeprefix("\\")  # a command for its name: `\Vocab`
        if name in self.lexicon.sets:
            return Binder(None, within=self.lexicon.sets[name])
        if tokens and tokens[0].is_op("\\{", "[", "(") and closing_position(tokens, 0) == len(tokens) - 1:
            return self._listed(tokens[1:-1], where)
        if len(split_top_level(tokens, ",", "cdots")) > 1:
            return self._listed(tokens, where)
        labels = sorted({label for label in self.lexicon.sets if label.isalpha()}, key=len, reverse=True)[:3]
        known = " or one of " + ", ".join(f"`{label}`" for label in labels) if labels else ""
        raise self.refusal(f"`{label or 'This'}` is not a set of this problem; write the bounds of the sum{known}.",
                           where, "undeclared")

    def _without(self, tokens: Tokens, where: Span) -> tuple[Binder, list[Tokens]]:
        r"""Read a set and what is taken out of it: `V \setminus \{o\}`."""
        parts = split_top_level(tokens, "setminus", "-")
        if len(parts) != 2 or not parts[0]:
            return self.index_set(tokens, where), stepped_over(tokens)
        inner = parts[1][1:-1] if parts[1] and parts[1][0].is_op("\\{", "(", "[") else parts[1]
        return self.index_set(parts[0], where), [piece for piece in split_top_level(inner, ",") if piece]

    def _listed(self, tokens: Tokens, where: Span) -> Binder:
        """Read the inside of `{1, ..., K}`, `[1, K]`, `[K]` or `{w_1, ..., w_K}`."""
        pieces = [piece for piece in split_top_level(tokens, ",", "cdots", ":") if piece]
        if not pieces:
            raise self.refusal("This set is empty.", where)
        first, last = self.all_of(pieces[0], where), self.all_of(pieces[-1], where)
        if isinstance(first, Indexed) and isinstance(last, Indexed) and isinstance(first.base, Name):
            for family in self.lexicon.declarations.family(first.base.name):
                index = self.lexicon.declarations.index(family.indices[0])
                if family.values is not None and index is not None and first.base == last.base:
                    return Binder(None, within=index.over)
        return Binder(None, ONE if len(pieces) == 1 else first, last)

    # Sums and products

    def big(self, operator: str) -> Node:
        """Read a sum or product whose sign has just been stepped over."""
        sign = self.tokens[self.at - 1]
        scripts: dict[str, Tokens] = {}
        while self.peek().is_op("_", "^"):
            script = self.step()
            if script.text in scripts:
                raise self.refusal("This sum has the same bound twice.", script.span)
            scripts[script.text] = self.group()
        binders, waiting = self._bounds(*with_conditions_below(scripts.get("_", ()), scripts.get("^", ())), sign.span)
        with self.binding(binder.index for binder in binders if binder.index):
            conditions = tuple(node for piece in waiting for node in self.condition(piece))
            negative = False
            while self.peek().is_op("+", "-"):
                negative ^= self.step().text == "-"
            body = self.term()
        if negative:
            body = Negate(body, span=body.span)
        return Big(operator, binders, conditions, body, span=sign.span.joined(body.span))

    def counted(self, tokens: Tokens, where: Span) -> Node:
        """Read the inside of a set, `i : w_i = w_k`, as the number of its elements."""
        binders, waiting = self._bounds(tokens, (), where)
        with self.binding(binder.index for binder in binders if binder.index):
            conditions = tuple(node for piece in waiting for node in self.condition(piece))
        return Big("sum", binders, conditions, ONE, span=where)

    def _bounds(self, lower: Tokens, upper: Tokens, where: Span) -> tuple[tuple[Binder, ...], list[Tokens]]:
        """Read the bounds of a sum, in any of the ways that people write them."""
        last = self._upper(upper, where)
        if lower and lower[0].is_op("\\{") and closing_position(lower, 0) == len(lower) - 1:
            lower = lower[1:-1]
        binders: list[Binder] = []
        waiting: list[Tokens] = []
        for piece in self._pieces(lower):
            bound = self._bound(piece, last, where)
            waiting += bound.conditions
            for binder in bound.binders:
                # `j : |j| <= m` names its index twice; what says more is kept.
                binders = [other for other in binders if other != Binder(binder.index)]
                if binder.index is None or all(other.index != binder.index for other in binders):
                    binders.append(binder)
        if not binders:
            binders = [self._implied(waiting, last, where)]
        return tuple(binders), waiting

    def _pieces(self, lower: Tokens) -> list[list[Token]]:
        """Split what stands below a sum; `k = 1, 2, ..., K` is one piece although it holds commas."""
        pieces: list[list[Token]] = []
        for piece in _split_with_words([t for t in lower if not t.is_op("begin", "end")]):
            listed = piece[0].is_op("cdots") or (piece[0].kind == "number" and not has_comparison(piece))
            if pieces and has_comparison(pieces[-1]) and (listed or pieces[-1][-1].is_op("cdots")):
                pieces[-1] += [Token("op", ",", piece[0].span), *piece]
            else:
                pieces.append(piece)
        return pieces

    def _upper(self, upper: Tokens, where: Span) -> Node | Binder | None:
        """Return the upper bound: a number or size, or the set that is named there."""
        if not upper:
            return None
        parts = split_top_level(upper, "=")
        tokens = parts[-1] if len(parts) == 2 else upper
        label = plain_text(tokens)
        if label in self.lexicon.sets and label not in self.lexicon.kinds:
            return Binder(None, within=self.lexicon.sets[label])
        if label in self.lexicon.indices and label not in self.bound and label.upper() in self.lexicon.sizes:
            return Name(label.upper(), span=where)  # `\\sum_{i=1}^k`: up to the last one, whose number is K
        return self.all_of(tokens, where)

    def _bound(self, piece: list[Token], last: Node | Binder | None, where: Span) -> Bound:
        """Read one piece of what stands below a sum."""
        member = split_top_level(piece, "in")
        if len(member) == 2:
            return self._member(member[0], member[1], piece, where)
        parts = split_top_level(piece, *COMPARISONS)
        signs = _signs(piece, parts)
        name = self._index_name(parts[0])
        if not signs:
            return self._bare(piece, name, last)
        if len(parts) == 2 and name is not None and signs[0] == "=":
            return self._from(name, parts[1], last, piece, where)
        if len(parts) == 3 and (middle := self._index_name(parts[1])) is not None:
            ends = self._ends(parts, signs, where)
            return Bound((Binder(middle, *ends),)) if ends else Bound((), (piece,))
        inner = parts[1] if len(parts) == 3 else parts[0]
        if len(inner) > 2 and inner[0].is_op("|") and inner[-1].is_op("|"):
            middle = self._index_name(inner[1:-1])
            if middle is not None and signs[-1] in ("<", "le"):
                high = _shifted(self.all_of(parts[-1], where), -1 if signs[-1] == "<" else 0)
                binder = Binder(middle, Negate(high, span=high.span), high)
                low = [*parts[0], Token("op", signs[0], where), *inner] if len(parts) == 3 else None
                return Bound((binder,), (low,) if low else ())
        return Bound((), (piece,))

    def _member(self, subjects: Tokens, tokens: Tokens, piece: Tokens, where: Span) -> Bound:
        names = [self._index_name(subject) for subject in split_top_level(subjects, ",")]
        domain, left_out = self._without(tokens, where)
        if None in names:
            return Bound((), (piece,))
        conditions = [[Token("name", name or "", where), Token("op", "ne", where), *other]
                      for name in names for other in left_out]
        return Bound(tuple(Binder(name, domain.first, domain.last, domain.within) for name in names),
                     tuple(conditions))

    def _bare(self, piece: list[Token], name: str | None, last: Node | Binder | None) -> Bound:
        label = plain_text(piece)
        if name is not None and (name in self.lexicon.indices or label not in self.lexicon.sets):
            if isinstance(last, Binder):
                return Bound((Binder(name, within=last.within),))
            return Bound((Binder(name, None, last),))
        if label in self.lexicon.sets:
            return Bound((Binder(None, within=self.lexicon.sets[label]),))
        names = [self._index_name([token]) for token in piece]
        if len(piece) > 1 and all(names):
            return Bound(tuple(Binder(name) for name in names))
        return Bound((), (piece,))

    def _from(self, name: str, first: Tokens, last: Node | Binder | None, piece: Tokens, where: Span) -> Bound:
        listed = [part for part in split_top_level(first, ",", "cdots", ":", "to") if part]
        if len(listed) > 1:
            return Bound((Binder(name, self.all_of(listed[0], where), self.all_of(listed[-1], where)),))
        if isinstance(last, Binder):
            return Bound((Binder(name, within=last.within),))
        if last is not None:
            return Bound((Binder(name, self.all_of(first, where), last),))
        # `\sum_{w=o}` without an upper bound: those elements of the index's own set that equal o.
        return Bound((Binder(name),), (piece,))

    def _ends(self, parts: list[list[Token]], signs: list[str], where: Span) -> tuple[Node, Node] | None:
        low, high = self.all_of(parts[0], where), self.all_of(parts[2], where)
        if all(sign in (">", "ge") for sign in signs):
            low, high = high, low
            signs = [{">": "<", "ge": "le"}[sign] for sign in reversed(signs)]
        if not all(sign in ("<", "le") for sign in signs):
            return None
        return _shifted(low, 1 if signs[0] == "<" else 0), _shifted(high, -1 if signs[1] == "<" else 0)

    def _index_name(self, tokens: Tokens) -> str | None:
        """Return the name of a plain index, primes and accents included; a symbol or size of the problem is none."""
        letters = [token for token in tokens if not token.is_op("'", "^", "{", "}", *ACCENTS)]
        if len(letters) != 1 or letters[0].kind != "name" or any(token.is_op("_") for token in tokens):
            return None
        accents = "".join(f"_{token.text}" for token in reversed(tokens) if token.is_op(*ACCENTS))
        name = letters[0].text + accents + "'" * sum(token.is_op("'") for token in tokens)
        if name in self.lexicon.indices:
            return name
        return name if len(letters[0].text) == 1 and name not in self.lexicon.sizes else None

    def _implied(self, waiting: list[Tokens], last: Node | Binder | None, where: Span) -> Binder:
        """Return the binder of a sum that names none: from a condition such as `w_i = w_s`, or from its top."""
        names = [name for piece in waiting for name in self._free_names(piece)]
        dummies = [name for name in names if self._role(name) == "dummy"]
        if names:
            return Binder((dummies or names)[0])
        if isinstance(last, Binder) and not waiting:
            return last
        if isinstance(last, Name) and last.name in self.lexicon.sets and not waiting:
            return Binder(None, within=self.lexicon.sets[last.name])
        if waiting or last is not None:
            raise self.refusal("It is not clear what this sum runs over; name the index and its bounds.", where)
        return Binder(None)

    def _role(self, name: str) -> str:
        index = self.lexicon.declarations.index(name)
        return index.role if index else "dummy"

    def _free_names(self, piece: Tokens) -> list[str]:
        """Return the indices in a condition that a sum may bind, in the order of the text."""
        found = []
        for token, after in zip(piece, [*piece[1:], None], strict=True):
            name = self._index_name([token])
            if name and name not in self.bound and self._role(name) != "fixed" and not (after and after.is_op("_")):
                found.append(name)
        return found

    # Expectations

    def expectation(self, where: Span) -> Node:
        r"""Read `\mathbb{E}_{w \sim \hat y}[...]` behind its sign."""
        binder, law = Binder(None), None
        if self.accept("_"):
            binder, law = self._law(self.group(), where)
        elif not self.lexicon.laws:
            raise self.refusal("An expectation needs its distribution: `\\mathbb{E}_{w \\sim \\hat y}[...]`.", where)
        opened = self.peek()
        if not opened.is_op("[", "(", "\\{"):
            raise self.refusal("Put what the expectation is taken of in brackets.", opened.span)
        with self.binding([binder.index] if binder.index else []):
            body = self.all_of(self.group(), opened.span)
        return Expectation(binder, law, body, span=where.joined(self.tokens[self.at - 1].span))

    def _law(self, tokens: Tokens, where: Span) -> tuple[Binder, Node | None]:
        parts = split_top_level(tokens, "sim")
        if plain_text(parts[-1]) in self.lexicon.laws or (len(parts) == 1 and self.lexicon.laws):
            return Binder(None), None
        if len(parts) != 2:
            raise self.refusal("Say which distribution this expectation is taken over, with `\\sim`.", where)
        name = self._index_name(parts[0])
        if name is None:
            raise self.refusal("The index that this expectation draws must be a single letter.", where)
        law = parts[1]
        drawn = law[3:-1] if len(law) > 4 and law[1].is_op("_") and closing_position(law, 2) == len(law) - 1 else []
        if len(drawn) == 1 and (drawn[0].is_op("cdot") or drawn[0].text == name):
            law = law[:1]  # `w \\sim P(\\cdot | c)`
        return Binder(name), self.all_of(law, where)


def _signs(tokens: Tokens, parts: list[list[Token]]) -> list[str]:
    """Return the comparison signs between the parts of a split."""
    signs, position = [], -1
    for part in parts[:-1]:
        position += len(part) + 1
        signs.append(tokens[position].text)
    return signs


def _split_with_words(tokens: Tokens) -> list[list[Token]]:
    pieces: list[list[Token]] = []
    for piece in split_top_level(tokens, ",", ";", ":", "newline", "atop", "wedge", "quad", "forall", "&"):
        # A single bar is the *such that* of a set; two of them are an absolute value.
        bars = sum(token.is_op("|") for token in piece)
        for part in split_top_level(piece, "|") if bars == 1 else [piece]:
            current: list[Token] = []
            for token in part:
                if token.kind == "prose":
                    pieces.append(current)
                    current = []
                else:
                    current.append(token)
            pieces.append(current)
    return [_without_brackets(piece) for piece in pieces if piece]


def _without_brackets(piece: list[Token]) -> list[Token]:
    """Return `w_i = w_s` for `(w_i = w_s)`."""
    if piece[0].is_op("(") and closing_position(piece, 0) == len(piece) - 1 and has_comparison(piece[1:-1]):
        return piece[1:-1]
    return piece


def _shifted(node: Node, by: int) -> Node:
    if by == 0:
        return node
    step: Node = Number(Fraction(1), span=node.span)
    return Sum((node, step if by > 0 else Negate(step, span=node.span)), span=node.span)
