"""What the names of a problem are, and every other spelling of them that the problem declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from autograder.formula.declarations import Alias, Declarations
from autograder.formula.latex.lexer import lex
from autograder.formula.latex.scanner import GREEK
from autograder.formula.latex.tokens import Token, closing_position, plain_text
from autograder.formula.meaning.functions import USUAL, FunctionFacts
from autograder.formula.refusals import Unreadable, suggest
from autograder.formula.tree import Span

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")
MAX_SLOT = 12
SQUARE = {"(": "[", ")": "]"}
MAX_EXPANDED = 3000
"""Signs of a text after names are put in place: eight definitions that double each other would make any text huge."""
MAX_NAMES = 8
"""Names of a problem that a refusal lists; more of them help nobody."""


class Pattern(Struct, frozen=True):
    """A spelling as tokens, some of them slots for any index, and the tokens that it means."""

    spelled: tuple[Token, ...]
    slots: frozenset[str]
    means: tuple[Token, ...]
    alias: Alias | None = None


class Use(Struct, frozen=True):
    """An alias and where it was typed."""

    alias: Alias
    span: Span


class Lexicon(Struct, frozen=True):
    """The names of a problem by what they are."""

    declarations: Declarations
    kinds: dict[str, str]
    indices: frozenset[str]
    families: frozenset[str]
    symbols: frozenset[str]
    sizes: frozenset[str]
    losses: frozenset[str]
    functions: dict[str, FunctionFacts]
    words: dict[str, str]
    patterns: dict[str, tuple[Pattern, ...]]
    sets: dict[str, str]
    laws: frozenset[str]

    def kind(self, name: str) -> str | None:
        """Return what a canonical name is: symbol, family, size, index, loss, function; None if undeclared."""
        return self.kinds.get(name)

    def has_shape(self, name: str) -> bool:
        """Whether a name is that of a vector or matrix, or of a family of them."""
        symbol = self.declarations.symbol(name)
        shaped = (symbol.shape,) if symbol is not None else ()
        return any((*shaped, *(family.shape for family in self.declarations.family(name))))

    def suggestion(self, typed: str, key: str) -> str:
        """Return what to add about a name that nobody declared: a near one, else those that there are."""
        quantities = [name for name in self.kinds if name in self.symbols | self.families | self.sizes | self.indices]
        words = [word for word in (*self.functions, *self.sets) if len(word) > 2 and word.isalpha()]
        in_latex = "\\" in typed
        near = suggest(key, {*quantities, *(words if len(key) > 2 else ())})
        if near:
            name = near.split("`")[1]
            return f" Did you mean `{shown_name(name, in_latex)}`?"
        names = [shown_name(item.name, in_latex) for item in self.declarations.symbols]
        for family in self.declarations.families:
            if family.values is None:
                names.append(f"{shown_name(family.name, in_latex)}_{family.indices[0]}")
        names = list(dict.fromkeys(names))
        return f" The problem has {', '.join(f'`{name}`' for name in names)}." if 0 < len(names) <= MAX_NAMES else ""

    def lex(self, text: str, by_lines: bool = False) -> tuple[Token, ...]:
        return lex(text, self.words, by_lines=by_lines)

    def expand(self, tokens: Sequence[Token]) -> tuple[list[Token], tuple[Use, ...]]:
        """Replace declared spellings by what they mean, once, longest first; also return the aliases met."""
        expanded: list[Token] = []
        used: list[Use] = []
        position = 0
        while position < len(tokens):
            if len(expanded) > MAX_EXPANDED:
                raise Unreadable("With the names of your own put in, this is far too long; give the final formula.",
                                 tokens[position].span, reason="limit")
            match = self._match(tokens, position)
            if match is None:
                expanded.append(tokens[position])
                position += 1
                continue
            pattern, end, filled = match
            span = tokens[position].span.joined(tokens[end - 1].span)
            for token in pattern.means:
                if token.kind == "name" and token.text in pattern.slots:
                    expanded += filled[token.text]
                else:
                    expanded.append(token.moved(span))
            if pattern.alias is not None:
                used.append(Use(pattern.alias, span))
            position = end
        return expanded, tuple(used)

    def _match(self, tokens: Sequence[Token], position: int) -> tuple[Pattern, int, dict[str, list[Token]]] | None:
        best = None
        for pattern in self.patterns.get(tokens[position].text, ()):
            found = _fit(pattern.spelled, pattern.slots, tokens, position)
            if found is None:
                continue
            end, filled = found
            if end < len(tokens) and tokens[end].is_op("_") and not self._takes_subscript(pattern, tokens, position):
                continue
            is_own = pattern.alias is not None and pattern.alias.local
            key = (end, is_own, -len(pattern.slots))
            if best is None or key > best[0]:
                best = key, (pattern, end, filled)
        return best[1] if best else None

    def _takes_subscript(self, pattern: Pattern, tokens: Sequence[Token], position: int) -> bool:
        r"""Whether `\theta` for `v` may be read in `\theta_c`: both are bare letters, and `v_c` is a name."""
        if len(pattern.spelled) != 1 or len(pattern.means) != 1 or pattern.means[0].kind != "name":
            return False
        close = closing_position(tokens, position + 2)
        if close is None:
            return False
        subscript = plain_text(tokens[position + 3:close])
        own, other = tokens[position].text, pattern.means[0].text
        if f"{own}_{subscript}" in self.kinds or self.kinds.get(own) in ("family", "symbol"):
            return False
        return f"{other}_{subscript}" in self.kinds or self.kinds.get(other) in ("family", "symbol")


def shown_name(name: str, in_latex: bool) -> str:
    r"""Return a canonical name as it is typed: `\hat{y}` for `y_hat` in LaTeX."""
    for accent in ("hat", "bar", "tilde", "dot"):
        if in_latex and name.endswith(f"_{accent}"):
            return f"\\{accent}{{{name.removesuffix(f'_{accent}')}}}"
    return f"\\{name}" if in_latex and name in GREEK else name


@lru_cache(maxsize=256)
def build_lexicon(declarations: Declarations) -> Lexicon:
    """Return the lexicon of a problem's declarations."""
    kinds: dict[str, str] = {}
    for kind, items in (
        ("function", declarations.functions), ("loss", declarations.losses), ("size", declarations.sizes),
        ("index", declarations.indices), ("family", declarations.families), ("symbol", declarations.symbols),
    ):
        for item in items:
            kinds[item.name] = kind
    functions = {name: facts for name, facts in USUAL.items() if name not in kinds}
    functions |= {item.name: FunctionFacts(item.name) for item in declarations.functions}
    for name in functions:
        kinds.setdefault(name, "function")
    words = _words(declarations, kinds)
    lexicon = Lexicon(
        declarations, kinds,
        indices=frozenset(item.name for item in declarations.indices),
        families=frozenset(item.name for item in declarations.families),
        symbols=frozenset(item.name for item in declarations.symbols),
        sizes=frozenset(item.name for item in declarations.sizes),
        losses=frozenset(item.name for item in declarations.losses),
        functions=functions, words=words, patterns={}, sets=_sets(declarations, words),
        laws=frozenset(plain_text(lex(law.written, words)) for law in declarations.laws),
    )
    for pattern in _patterns(declarations, lexicon):
        first = pattern.spelled[0].text
        lexicon.patterns[first] = (*lexicon.patterns.get(first, ()), pattern)
    return lexicon


def _words(declarations: Declarations, kinds: dict[str, str]) -> dict[str, str]:
    spellings = [*kinds, *(label for item in declarations.sets for label in item.written)]
    for items in (declarations.sizes, declarations.indices, declarations.symbols, declarations.families,
                  declarations.functions, declarations.losses):
        spellings += [spelling for item in items for spelling in item.written]
    spellings += [spelling for alias in declarations.aliases for spelling in (alias.written, alias.means)]
    words: dict[str, str] = {}
    for spelling in spellings:
        if IDENTIFIER.fullmatch(spelling):
            for part in re.split(r"[_\d]+", spelling):
                if len(part) > 1 and part not in USUAL:
                    words.setdefault(part, part)
        else:
            for part in re.findall(r"\\(?:text|mathrm|operatorname|textrm)\s*\{\s*([A-Za-z]{2,})\s*\}", spelling):
                words.setdefault(part, part)
    for name in ("hat", "bar", "tilde"):
        words.setdefault(name, name)
        for symbol in declarations.symbols:
            base, _, accent = symbol.name.partition("_")
            if accent == name:
                words.setdefault(base + name, f"\\{name}{{{base}}}")  # `yhat`
                words.setdefault(name + base, f"\\{name}{{{base}}}")  # `haty`
    # A Greek name that a problem declares is still typed with its command or its letter.
    return {word: meaning for word, meaning in words.items() if word not in GREEK_WORDS}


GREEK_WORDS = frozenset(("sigma", "alpha", "gamma", "delta", "theta", "lambda", "omega", "epsilon"))


def _sets(declarations: Declarations, words: dict[str, str]) -> dict[str, str]:
    sets: dict[str, str] = {}
    for item in declarations.sets:
        size = declarations.size(item.last.removeprefix("-"))
        labels = [item.name, *item.written]
        if size is not None and item.first in ("1", "0"):
            labels += [size.name, *size.written]
        for label in labels:
            sets.setdefault(plain_text(lex(label, words)), item.name)
    return sets


@lru_cache(maxsize=4096)
def _lex_spelling(text: str, words: frozenset[tuple[str, str]]) -> tuple[Token, ...]:
    """Return a declared spelling as tokens: parts of an assignment share most of their words and spellings."""
    return lex(text, dict(words))


def _patterns(declarations: Declarations, lexicon: Lexicon) -> Iterator[Pattern]:
    words = frozenset(lexicon.words.items())
    fixed = {index.name for index in declarations.indices if index.role == "fixed"}
    for items in (declarations.sizes, declarations.indices, declarations.symbols, declarations.functions,
                  declarations.losses):
        for item in items:
            for spelling in item.written:
                yield Pattern(_lex_spelling(spelling, words), frozenset(), (_exact(item.name),))
    for family in declarations.families:
        for spelling in family.written:
            spelled = _lex_spelling(spelling, words)
            slots = frozenset(family.indices)
            inner: list[Token] = []
            for index in family.indices:
                inner += [*([_op(",")] if inner else []), Token("name", index, Span(0, 0))]
            means = (_exact(family.name), _op("_"), _op("{"), *inner, _op("}"))
            yield Pattern(spelled, slots, means)
            if spelled[-1].is_op(")"):
                yield Pattern(tuple(_op(SQUARE[t.text]) if t.is_op(*SQUARE) else t for t in spelled), slots, means)
    for alias in declarations.aliases:
        if not alias.local:
            written, means = _lex_spelling(alias.written, words), _lex_spelling(alias.means, words)
        else:
            written, means = lexicon.lex(alias.written), lexicon.lex(alias.means)
            written = tuple(token for token in written if not token.is_op("open", "close"))
            means = tuple(lexicon.expand(means)[0])
        if written and means:
            yield Pattern(written, _slots(written, means, fixed, lexicon), _wrapped(means), alias)


def _slots(spelled: Sequence[Token], means: Sequence[Token], fixed: set[str], lexicon: Lexicon) -> frozenset[str]:
    """Return the letters that stand for any index: subscripts on both sides that are not part of a name."""
    letters = {token.text for token in spelled if token.kind == "name"} - fixed
    slots = set()
    for position, token in enumerate(means):
        if token.kind != "name" or token.text not in letters or position < 3 or not means[position - 1].is_op("{"):
            continue
        base = means[position - 3]
        if means[position - 2].is_op("_") and f"{base.text}_{token.text}" not in lexicon.kinds:
            slots.add(token.text)
    following = {means[n].text for n in range(len(means) - 1) if means[n + 1].is_op("_")}
    return frozenset(slots - following)


def _wrapped(means: Sequence[Token]) -> tuple[Token, ...]:
    """Put parentheses around anything but a plain name with subscripts."""
    position = 0
    if means[0].is_op("hat", "bar", "tilde", "dot"):
        position = (closing_position(means, 1) or 0) + 1
    elif means[0].kind in ("name", "number"):
        position = 1
    while position < len(means) and means[position].is_op("_"):
        position = (closing_position(means, position + 1) or len(means)) + 1
    if position == len(means):
        return tuple(means)
    return (_op("("), *means, _op(")"))


def _exact(name: str) -> Token:
    return Token("name", name, Span(0, 0), "exact")


def _op(text: str) -> Token:
    return Token("op", text, Span(0, 0))


def _fit(
    spelled: Sequence[Token], slots: Iterable[str], tokens: Sequence[Token], position: int
) -> tuple[int, dict[str, list[Token]]] | None:
    """Lay a spelling over the tokens at a position; return where it ends and what fills its slots."""
    filled: dict[str, list[Token]] = {}
    for number, token in enumerate(spelled):
        if position >= len(tokens):
            return None
        here = tokens[position]
        if token.kind == "name" and token.text in slots:
            after = spelled[number + 1] if number + 1 < len(spelled) else None
            end = _slot_end(tokens, position, after)
            if end is None:
                return None
            piece = list(tokens[position:end])
            if plain_text(filled.setdefault(token.text, piece)) != plain_text(piece):
                return None
            position = end
        elif (here.kind, here.text) == (token.kind, token.text):
            position += 1
        else:
            return None
    return position, filled


def _slot_end(tokens: Sequence[Token], start: int, after: Token | None) -> int | None:
    """Return where the tokens of one index end: before the token that must follow."""
    depth = 0
    for position in range(start, min(len(tokens), start + MAX_SLOT)):
        token = tokens[position]
        meets = after is not None and (token.kind, token.text) == (after.kind, after.text)
        if meets and depth == 0 and position > start:
            return position
        if token.is_op("{", "("):
            depth += 1
        elif token.is_op("}", ")"):
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0 and (token.kind == "prose" or token.is_op("=", ",", "|") or (
                token.is_op("cdot") and position > start)):
            return None
        if after is None and depth == 0:
            return position + 1
    return None
