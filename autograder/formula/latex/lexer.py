r"""Signs to tokens: every argument of a command or script stands in braces, fonts are gone, macros are expanded.

`\frac12`, `\frac1{2}` and `\frac{1}{2}` come out alike, so do `x^2`, `x^{2}` and `x**2`. Braces that only group, which
the printed formula does not show, become `open` and `close`; what they are worth is the grammar's choice.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder.formula.latex.scanner import Scanner
from autograder.formula.latex.spelling import Spelling, read_spelling
from autograder.formula.latex.tokens import Token, closing_position
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Span

MAX_CHARACTERS = 6000
MAX_DEPTH = 40

OPERATORS = frozenset(
    "sum prod partial nabla le ge ne in notin sim to leftarrow Rightarrow forall exists cdots infty langle rangle cdot"
    " times odot circ otimes approx propto setminus quad wedge square top atop over pm mp subset int lfloor rfloor"
    " lceil rceil binom cup cap".split()
)
"""Commands without an argument that the grammar knows by name."""
STRUCK_OUT = frozenset(("cancel", "bcancel", "xcancel", "cancelto", "sout", "st"))
ENDS_TERM = ("+", "-", "=", "(", ")", "[", "]", "newline", "&", "$", "{", "}")
ACCENTS = frozenset(("hat", "bar", "tilde", "dot"))
CALLED = ACCENTS - {"dot"} | {"bold", "upright"}
SHOWN_WITHOUT_NAME = frozenset(("\\mathrm", "\\textrm", "\\operatorname", "\\operatorname*"))
TRANSPARENT = frozenset(
    "aligned align align* equation equation* split gather gather* gathered multline multline* eqnarray eqnarray* math"
    " displaymath flalign flalign* alignat alignat* alignedat displaymath* center".split()
)
MATRICES = frozenset(
    "matrix bmatrix pmatrix Bmatrix smallmatrix array cases dcases rcases cases* dcases* subarray".split()
)
BOXED = {"empheq": "", "empheq*": "", "numcases": "cases", "subnumcases": "cases"}
"""Environments with an argument, and what they hold: cases, or the environment that is named there."""
DOUBLE_STRUCK = {"1": "ones", "I": "ones", "E": "expectation", "R": "reals"}


def check_length(text: str) -> None:
    """Raise Unreadable for a text that is longer than any formula."""
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(
            f"This answer is {len(text)} characters long and the reader stops at {MAX_CHARACTERS}; "
            "give the final formula alone.", Span(MAX_CHARACTERS, len(text)), text, "limit",
        )


def lex(
    text: str, words: Mapping[str, str] | None = None, spelling: Spelling | None = None, by_lines: bool = False
) -> tuple[Token, ...]:
    """Return the tokens of a formula, without an end mark.

    `words` are multi-letter names of the problem, over and above the words of the tables; `by_lines` lets the end of a
    line count as `\\\\`, where it is not within dollar signs or braces.
    Raises Unreadable for a character that no table knows, for braces that do not match, and beyond the limits.
    """
    check_length(text)
    spelling = spelling or read_spelling()
    signs = Scanner(text, words or {}, spelling, by_lines).tokens()
    return tuple(_Lexer(text, signs, spelling).until_end())


class _Lexer:
    def __init__(self, text: str, signs: list[Token], spelling: Spelling) -> None:
        self.text = text
        self.signs = signs
        self.spelling = spelling
        self.at = 0
        self.depth = self.lowered = 0
        self.has_commands = "\\" in text
        self.environments: list[tuple[str, bool]] = []
        self.braces: tuple[Span, Span] | None = None

    def until_end(self) -> list[Token]:
        tokens = self._group(closing=False)
        if self.at < len(self.signs):
            raise self._refusal("This closing brace `}` has no opening brace.", self.signs[self.at])
        return tokens

    def _refusal(self, sentence: str, sign: Token | None, reason: str = "syntax") -> Unreadable:
        span = sign.span if sign else Span(len(self.text), len(self.text))
        return Unreadable(sentence, span, self.text, reason)

    def _group(self, closing: bool) -> list[Token]:
        """Lex up to a closing brace (left unread) or the end."""
        self.depth += 1
        first = self.signs[self.at - 1] if closing else None
        if self.depth > MAX_DEPTH:
            raise self._refusal("This formula is nested too deeply to be read.", first, "limit")
        tokens: list[Token] = []
        while self.at < len(self.signs) and not self.signs[self.at].is_op("}"):
            tokens += self._next()
        if closing and self.at >= len(self.signs):
            raise self._refusal("This opening brace `{` has no closing brace.", first)
        self.depth -= 1
        return _with_over(tokens) if closing else tokens

    def _next(self) -> list[Token]:
        sign = self.signs[self.at]
        self.at += 1
        if sign.kind == "command":
            return self._command(sign)
        if sign.is_op("{"):
            inner = self._group(closing=True)
            close = self.signs[self.at]
            self.at += 1
            return [Token("op", "open", sign.span, spaced=sign.spaced), *inner, Token("op", "close", close.span)]
        if sign.is_op("^", "_", "**"):
            return self._script(sign)
        if sign.kind == "name" and sign.text in CALLED and self.at < len(self.signs) and self.signs[self.at].is_op("("):
            return self._called(sign)
        if sign.is_op("&") and not (self.environments and self.environments[-1][0] in MATRICES):
            return [Token("op", "wedge", sign.span)] if self.lowered else []
        return [sign]

    def _called(self, sign: Token) -> list[Token]:
        """Read `hat(y)` and `bold(U)`, as Typst has them."""
        inner = self._parenthesised(self.signs[self.at])[1:-1]
        if sign.text not in ACCENTS:
            return inner
        return [Token("op", sign.text, sign.span, spaced=sign.spaced), *_braced(inner, sign)]

    def _script(self, sign: Token) -> list[Token]:
        head = Token("op", "_" if sign.text == "_" else "^", sign.span, spaced=sign.spaced)
        return [head, *self._braced_argument(sign, script=True)]

    def _braced_argument(self, owner: Token, script: bool = False) -> list[Token]:
        self.lowered += script
        inner = self._argument(owner, script)
        self.lowered -= script
        return _braced(inner, owner, self.braces)

    def _argument(self, owner: Token, script: bool = False) -> list[Token]:
        """Lex the argument of a command or script: a group in braces, or one sign with what belongs to it."""
        if self.at >= len(self.signs):
            raise self._refusal(f"Something is missing after `{_shown(owner)}`.", owner)
        sign = self.signs[self.at]
        self.braces = None
        if sign.is_op("{"):
            self.at += 1
            inner = self._group(closing=True)
            self.braces = sign.span, self.signs[self.at].span
            self.at += 1
            return inner
        if sign.is_op("}", "&", "newline", "$"):
            raise self._refusal(f"Something is missing after `{_shown(owner)}`.", owner)
        if sign.kind == "number" and len(sign.text) > 1:
            return self._number_argument(owner, sign, script)
        if script and sign.is_op("+", "-"):
            if sign.spaced:
                sentence = f"Something is missing after `{_shown(owner)}`; a hat is `\\hat{{y}}`."
                raise self._refusal(sentence, owner, "ambiguous")
            self.at += 1
            return [sign, *self._argument(owner, script=True)]
        if script and sign.is_op("|") and self.at + 2 < len(self.signs) and self.signs[self.at + 2].is_op("|"):
            self.at += 3
            return self.signs[self.at - 3:self.at]  # `u_|V|`
        is_layer = sign.is_op("[") and self.at + 2 < len(self.signs) and self.signs[self.at + 2].is_op("]")
        if script and (sign.is_op("(") or is_layer):
            return self._parenthesised(sign)
        found: list[Token] = []
        while not found and self.at < len(self.signs):
            found = self._next()
        return found

    def _number_argument(self, owner: Token, sign: Token, script: bool) -> list[Token]:
        if script and (not self.has_commands or owner.text == "**"):
            self.at += 1
            return [sign]
        if script:
            raise self._refusal("Only the first digit is raised or lowered here; put braces around all of them.", sign)
        if not sign.text[:2].isdigit():
            raise self._refusal("Put braces around this number.", sign)
        start = sign.span.start
        self.signs[self.at] = Token("number", sign.text[1:], Span(start + 1, sign.span.end))
        return [Token("number", sign.text[0], Span(start, start + 1))]

    def _parenthesised(self, sign: Token) -> list[Token]:
        """Lex `(...)` as it stands after a script sign in plain text: `e^(-x)`."""
        close = closing_position(self.signs, self.at)
        if close is None:
            raise self._refusal("This parenthesis is not closed.", sign)
        tokens: list[Token] = []
        while self.at <= close:
            tokens += self._next()
        return tokens

    # Commands

    def _command(self, sign: Token) -> list[Token]:
        command, name = f"\\{sign.text}", sign.text
        if command in self.spelling.macros:
            return self._macro(sign, command)
        if command in self.spelling.drop_with_argument:
            self._argument(sign)
            return []
        if command in self.spelling.fonts:
            return self._font(sign, command)
        if name in ("begin", "end"):
            return self._environment(sign)
        if name == "not":
            return self._opposite(sign)
        if name in STRUCK_OUT:
            return self._struck_out(sign)
        if name in ("overset", "underset", "stackrel"):
            return self._stacked(sign)
        if name == "frac":
            return [Token("op", "frac", sign.span), *self._braced_argument(sign), *self._braced_argument(sign)]
        if name == "sqrt":
            return self._root(sign)
        if name in ACCENTS:
            return [Token("op", name, sign.span, spaced=sign.spaced), *self._braced_argument(sign)]
        if name == "substack":
            return self._argument(sign)
        if name in OPERATORS:
            return [Token("op", name, sign.span, spaced=sign.spaced)]
        return [Token("name", command, sign.span, spaced=sign.spaced)]

    def _macro(self, sign: Token, command: str) -> list[Token]:
        macro = self.spelling.macros[command]
        arguments = [self._argument(sign) for _ in range(macro.arguments)]
        meaning = Scanner(macro.meaning, {}, self.spelling).tokens()
        tokens = _Lexer(self.text, meaning, self.spelling).until_end()
        filled: list[Token] = []
        skip = False
        for token, after in zip(tokens, [*tokens[1:], None], strict=True):
            if skip:
                skip = False
            elif token.is_op("#") and after is not None:
                filled += arguments[int(after.text) - 1]
                skip = True
            else:
                filled.append(token.moved(sign.span))
        return filled

    def _font(self, sign: Token, command: str) -> list[Token]:
        if self.at >= len(self.signs):
            return []
        braced = self.signs[self.at].is_op("{")
        inner = self._argument(sign)
        if len(inner) == 1 and inner[0].text in DOUBLE_STRUCK and (
            command in ("\\mathbb", "\\mathds", "\\mathbbm", "\\Bbb")
            or (inner[0].text == "1" and command not in SHOWN_WITHOUT_NAME and command != "\\boxed")
        ):
            return [Token("op", DOUBLE_STRUCK[inner[0].text], sign.span, spaced=sign.spaced)]
        if command in SHOWN_WITHOUT_NAME and len(inner) > 1 and all(
            token.kind == "name" and len(token.text) == 1 for token in inner
        ):
            # Upright letters are one word, even one that nobody declared.
            word = "".join(token.text for token in inner)
            meaning = self.spelling.same.get(f"\\{word}")
            if meaning is not None:
                signs = Scanner(meaning, {}, self.spelling).tokens()
                return [token.moved(sign.span) for token in _Lexer(self.text, signs, self.spelling).until_end()]
            return [Token("name", word, inner[0].span.joined(inner[-1].span), spaced=sign.spaced)]
        if command in ("\\underbrace", "\\overbrace") and self.at < len(self.signs):
            note = self.signs[self.at]
            if note.is_op("_", "^"):
                self.at += 1
                self._argument(note, script=True)
        if not braced or len(inner) < 2:
            return inner
        return [Token("op", "open", sign.span, spaced=sign.spaced), *inner, Token("op", "close", inner[-1].span)]

    def _struck_out(self, sign: Token) -> list[Token]:
        r"""Read `\cancel{a}` as the factor that it is, and `\cancelto{1}{a}` as what is put in its place."""
        before = self.signs[self.at - 2] if self.at > 1 else Token("op", "=", sign.span)
        inner = self._argument(sign)
        if sign.text == "cancelto":
            self._argument(sign)
        after = self.signs[self.at] if self.at < len(self.signs) else Token("op", "=", sign.span)
        is_term = before.is_op(*ENDS_TERM) and after.is_op(*ENDS_TERM) and (
            before.is_op("+", "-") or after.is_op("+", "-"))
        if is_term and sign.text != "cancelto":
            sentence = "Is this crossed-out term a part of the answer? Leave out what is gone."
            raise self._refusal(sentence, sign, "ambiguous")
        return [Token("op", "open", sign.span, spaced=sign.spaced), *inner, Token("op", "close", sign.span)]

    def _opposite(self, sign: Token) -> list[Token]:
        inner = self._argument(sign)
        opposite = {"=": "ne", "in": "notin"}.get(inner[0].text if inner else "")
        if opposite is None:
            raise self._refusal("This struck-out sign is not known.", sign)
        return [Token("op", opposite, sign.span)]

    def _stacked(self, sign: Token) -> list[Token]:
        r"""Read `\overset{!}{=}` as its relation, `\overset{\wedge}{y}` as a hat, `\underset{w}{\sum}` as a bound."""
        note, base = self._argument(sign), self._argument(sign)
        if len(base) == 1 and base[0].is_op("=", "approx", "propto", "Rightarrow", "to", "le", "ge"):
            return base
        mark = note[0].text if len(note) == 1 else ""
        if base and base[0].is_op("sum", "prod") and all(token.is_op("_", "^") for token in base[1:2]):
            script = "_" if sign.text == "underset" else "^"
            return [*base, Token("op", script, sign.span), *_braced(note, sign)]
        accent = {"wedge": "hat", "hat": "hat", "^": "hat", "sim": "tilde", "-": "bar"}.get(mark)
        if sign.text != "underset" and accent:
            return [Token("op", accent, sign.span, spaced=sign.spaced), *_braced(base, sign)]
        if sign.text != "underset" and mark == "to":
            return base  # an arrow over a vector
        if any(token.kind == "prose" or token.is_op("times") for token in note):
            return base  # words or a shape beside it, which a brace might have held
        if all(any(token.is_op("=", "ne", "le", "in", "<") for token in part) for part in (note, base)):
            return [*note, Token("op", "newline", sign.span), *base]  # two conditions below a sum
        raise self._refusal("What stands above or below this sign is not read; leave it out.", sign)

    def _root(self, sign: Token) -> list[Token]:
        if self.at < len(self.signs) and self.signs[self.at].is_op("["):
            close = closing_position(self.signs, self.at)
            if close is None:
                raise self._refusal("The degree of this root has no closing bracket.", sign)
            self.at += 1
            degree: list[Token] = []
            while self.at < close:
                degree += self._next()
            self.at = close + 1
            return [Token("op", "root", sign.span), *_braced(degree, sign), *self._braced_argument(sign)]
        # What is printed is a root over the opening parenthesis only; nobody means that.
        bracketed = self.at < len(self.signs) and self.signs[self.at].is_op("(")
        inner = self._parenthesised(self.signs[self.at]) if bracketed else self._argument(sign)
        return [Token("op", "sqrt", sign.span, spaced=sign.spaced), *_braced(inner, sign)]

    def _environment(self, sign: Token) -> list[Token]:
        in_brace = self.at > 1 and self.signs[self.at - 2].is_op("\\{")
        inner = self._argument(sign)
        kind = "".join(token.text for token in inner)
        if kind in BOXED:
            return self._boxed(sign, kind)
        if kind not in TRANSPARENT and kind not in MATRICES:
            raise self._refusal(f"The environment `{kind}` is not one that formulas are read in here.", sign)
        if sign.text == "begin":
            return self._opened(sign, kind, in_brace)
        if kind in TRANSPARENT and not self.environments:
            return [Token("op", "newline", sign.span)]  # a line cut out of a display
        opened, in_brace = self.environments.pop() if self.environments else ("", False)
        if opened != kind and not (in_brace and kind in TRANSPARENT | MATRICES):
            raise self._refusal(f"This `\\end{{{kind}}}` has no `\\begin{{{kind}}}`.", sign)
        if opened in TRANSPARENT:
            return [Token("op", "newline", sign.span)]
        closed = self.at < len(self.signs) and self.signs[self.at].is_op("\\}")
        span = sign.span.joined(self.braces[1]) if self.braces else sign.span
        # `\\left\\{ ... \\right.` shows no closing brace, and has one here.
        brace = [Token("op", "\\}", span)] if in_brace and not closed else []
        return [Token("op", "end", span, opened, sign.spaced), *brace]

    def _boxed(self, sign: Token, kind: str) -> list[Token]:
        r"""Read `\begin{empheq}[box=\fbox]{align*}` and `\begin{numcases}{f=}` as what they hold."""
        inner = BOXED[kind]
        if sign.text == "end":
            if inner and self.environments:
                self.environments.pop()
            return [Token("op", "end", sign.span, inner)] if inner else [Token("op", "newline", sign.span)]
        if self.at < len(self.signs) and self.signs[self.at].is_op("["):
            self.at = (closing_position(self.signs, self.at) or self.at) + 1
        head = self._argument(sign) if self.at < len(self.signs) and self.signs[self.at].is_op("{") else []
        if not inner:
            return [Token("op", "newline", sign.span)]
        self.environments.append((inner, False))
        return [*head, Token("op", "begin", sign.span, inner)]

    def _opened(self, sign: Token, kind: str, in_brace: bool) -> list[Token]:
        if in_brace:
            kind = "cases"  # one case a line, whatever the environment
        self.environments.append((kind, in_brace))
        self._skip_columns()
        if kind in TRANSPARENT:
            return [Token("op", "newline", sign.span)]
        return [Token("op", "begin", sign.span, kind, sign.spaced)]

    def _skip_columns(self) -> None:
        """Step over `[t]` and the column letters of an array."""
        if self.at < len(self.signs) and self.signs[self.at].is_op("["):
            self.at = (closing_position(self.signs, self.at) or self.at) + 1
        if self.at < len(self.signs) and self.signs[self.at].is_op("{"):
            close = closing_position(self.signs, self.at) or self.at
            letters = "".join(sign.text for sign in self.signs[self.at + 1:close])
            if letters and set(letters) <= set("lcr|@"):
                self.at = close + 1


def _shown(owner: Token) -> str:
    return f"\\{owner.text}" if owner.kind == "command" else owner.text


def _braced(tokens: list[Token], owner: Token, braces: tuple[Span, Span] | None = None) -> list[Token]:
    """Put an argument in braces; they stand where the typed ones do, else at the argument's ends."""
    if braces is None:
        braces = (tokens[0].span, tokens[-1].span) if tokens else (owner.span, owner.span)
    return [Token("op", "{", braces[0]), *tokens, Token("op", "}", braces[1])]


def _with_over(tokens: list[Token]) -> list[Token]:
    r"""Turn `a \over b`, at the level of one group, into a fraction."""
    for position, token in enumerate(tokens):
        if token.is_op("over"):
            return [Token("op", "frac", token.span), *_braced(tokens[:position], token),
                    *_braced(tokens[position + 1:], token)]
    return tokens
