"""Characters to signs: letters, numbers, commands, prose; spelling tables applied, spaces and comments gone.

Nothing is interpreted here. An unknown command becomes a name with its backslash, so that a problem may declare it;
only a character that no table knows is refused. `lexer` then finds the arguments of commands and scripts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from autograder.formula.latex.plain_words import COMPOUND, LETTERS, PlainWords
from autograder.formula.latex.segments import FORMULA, brace_end, line_breaks, numbers_apart, segments
from autograder.formula.latex.spelling import Spelling, greek_name, plain_letter
from autograder.formula.latex.tokens import Token
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Span

MAX_TOKENS = 1600
MAX_DIGITS = 12

COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+(?![\w.]))?|\.\d+", re.ASCII)
DIGITS = re.compile(r"\d+")
MARKED = re.compile(r"(?:[A-Za-z]+[\u0300-\u036f]+)+[A-Za-z]*")
"""A word with an accent of ordinary spelling: *für*, *dérivée*."""
CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
AWAY = re.compile(r"([A-Za-z])[ \u00a0\u2009]([\u0302-\u0304\u0307\u20d7])")
MODIFIERS = {"ˆ": "\u0302", "˜": "\u0303", "¯": "\u0304", "˙": "\u0307"}
BEFORE = re.compile(rf"([{''.join(MODIFIERS)}])([A-Za-z])")
GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi"
    " varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell varkappa varpi".split()
)
NAMED = GREEK | frozenset("exp log tanh sinh cosh coth sin cos tan max min arg det".split())
"""Commands that are names of symbols or functions."""
PROSE = re.compile(r"[A-Za-z]{2,}|[^\W\d_a-zA-Z]")
ARTICLE = re.compile(r"\W*[aA]\W*")
PUNCTUATION = " \t\r\n,;:.?，；：。？、"
SHORT_FORM = re.compile(r"\b([ei])\.\s?([eg])\b\.?")
"""`i.e.` and `e.g.`, which the table holds without their dots."""
OTHERWISE = re.compile(r"\bo\s?[./]\s?w\b\.?", re.IGNORECASE)
DESCRIBING = re.compile(r"\W*(?:ie|meaning|intuitively|in words)\b", re.IGNORECASE)
"""What says a formula again in words, as `i.e. expected minus observed` does."""
SPACED_DOT = re.compile(r"(?<=[\w)}\]]\s)\.(?=\s+[A-Za-z]{1,2}(?:_|\b)(?!\s*\.))|(?<=_\w)\.(?=[A-Za-z]_\w)")
"""The dot of `u_o . v_c` and `u_o.v_c`; a sentence has a space after its end, and none before."""
SYMBOLS = {
    "**": "**", "...": "cdots", "..": "cdots", "!=": "ne", "<=": "le", ">=": "ge", "==": "=", "=>": "Rightarrow",
    "->": "to", ":=": "=", "||": "\\|",
}
SINGLE = frozenset("+-*/=()[]|,;:.!'@?<>{}^_&#")
ESCAPED = {"{": "\\{", "}": "\\}", "|": "\\|", "\\": "newline", "\n": "newline", "(": "$", ")": "$", "[": "$", "]": "$",
           "%": "%", "_": "_", "*": "*", "$": "", "&": "wedge", "#": "#", " ": "", "\t": ""}
TRIMMED = " ,.:;~\t\r\n"


def _with_accents_behind(text: str) -> str:
    """Put an accent right behind its letter: `y ̂` as word processors have it, `ˆy` as it comes out of a PDF."""
    text = AWAY.sub(lambda match: match[1] + match[2] + " ", text)
    return BEFORE.sub(lambda match: match[2] + MODIFIERS[match[1]], text)


class Scanner:
    """One text being scanned; `tokens()` gives its signs."""

    def __init__(self, text: str, words: Mapping[str, str], spelling: Spelling, by_lines: bool = False) -> None:
        self.typed = text
        self.spelling = spelling
        self.words = {**spelling.words, **words}
        self.longest = max(map(len, self.words), default=1)
        self.has_commands = "\\" in text
        self.count = 0
        self.prose = PlainWords(self.words, spelling.prose)
        self.source, self.places = self._normalised(text)
        self.fixed: Span | None = None
        self.breaks = frozenset(line_breaks(self.source, spelling.text) if by_lines else ())

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        for part in numbers_apart(self.source, segments(self.source, self.spelling.text)):
            start, end = part.start, part.end
            said = self.source[start:end]
            if part.outside and (PROSE.search(said) or ARTICLE.fullmatch(said)) and not FORMULA.search(said):
                found += self._sentence(start, end)
            else:
                found += self._range(start, end)
        return found

    def _sentence(self, start: int, end: int) -> list[Token]:
        """Return words outside of dollar signs as prose, with the punctuation around them."""
        said = self.source[start:end]
        first = start + len(said) - len(said.lstrip(PUNCTUATION))
        last = max(first, end - (len(said) - len(said.rstrip(PUNCTUATION))))
        tokens = self._range(start, first)
        while first < last:
            stop = min((at for at in self.breaks if first <= at < last), default=last)
            words = self.source[first:stop].strip(PUNCTUATION)
            if words:
                tokens.append(self._token("prose", words, first, stop, self._role(words)))
            tokens += self._op("newline", stop, stop + 1) if stop < last else []
            first = stop + 1
        return [*tokens, *self._range(last, end)]

    def _role(self, said: str) -> str:
        """Return what prose says about what follows it: the first word that tells, or `other`."""
        said = OTHERWISE.sub("otherwise", SHORT_FORM.sub(r"\1\2", said))
        roles = [self.spelling.prose.get(word.lower()) for word in re.findall(r"[A-Za-z]+", said)]
        # Writing without spaces: the words that the table knows, wherever they stand.
        roles += [role for word, role in self.spelling.prose.items() if not word.isascii() and word in said]
        telling = [role for role in roles if role and role not in ("filler", "and")]
        if "doubt" in telling:
            return "doubt"
        if "operation" in telling and telling[0] != "remark":
            return "remark" if DESCRIBING.match(said) else "operation"
        if not telling and roles and all(roles):
            return "and" if "and" in roles else "filler"
        return telling[0] if telling else "other"

    # Places

    def _normalised(self, text: str) -> tuple[str, list[Span]]:
        """Return the text with styled and accented letters taken apart, and the place of each character."""
        chars: list[str] = []
        places: list[Span] = []
        for offset, char in enumerate(_with_accents_behind(text)):
            shown = char
            if not char.isascii() and char not in self.spelling.characters:
                shown = plain_letter(char) or unicodedata.normalize("NFD", char)
            chars.append(shown)
            places.extend([Span(offset, offset + 1)] * len(shown))
        return "".join(chars), places

    def _span(self, start: int, end: int) -> Span:
        if self.fixed is not None:
            return self.fixed
        if start >= len(self.places):
            return Span(len(self.typed), len(self.typed))
        return Span(self.places[start].start, self.places[max(start, min(end, len(self.places)) - 1)].end)

    def refusal(self, sentence: str, start: int, end: int, reason: str = "syntax") -> Unreadable:
        return Unreadable(sentence, self._span(start, end), self.typed, reason)

    def _token(self, kind: str, text: str, start: int, end: int, role: str = "") -> Token:
        self.count += 1
        if self.count > MAX_TOKENS:
            raise self.refusal(f"This answer has more than {MAX_TOKENS} signs; give the final formula alone.",
                               start, end, "limit")
        spaced = start > 0 and (
            self.source[start - 1] in self.spelling.blank or self.source[start - 2:start] in ("\\;", "\\:", "\\ "))
        return Token(kind, text, self._span(start, end), role, spaced)

    def _op(self, text: str, start: int, end: int) -> list[Token]:
        return [self._token("op", text, start, end)]

    # Signs

    def _next(self, position: int) -> tuple[list[Token], int]:
        char = self.source[position]
        if char in self.spelling.blank:
            is_break = position in self.breaks and self.fixed is None
            return self._op("newline", position, position + 1) if is_break else [], position + 1
        if char == "\\":
            return self._command(position)
        if char.isascii() and char.isalpha():
            return self._letters(position)
        match = NUMBER.match(self.source, position)
        if match:
            exponent = re.split("[eE]", match[0])[1:]
            if sum(digit.isdigit() for digit in match[0]) > MAX_DIGITS or len("".join(exponent).lstrip("+-0")) > 2:
                raise self.refusal(f"A number of more than {MAX_DIGITS} digits is not read.",
                                   position, match.end(), "limit")
            return [self._token("number", match[0], position, match.end())], match.end()
        return self._symbol(position, char) if char.isascii() else self._character(position, char)

    def _symbol(self, position: int, char: str) -> tuple[list[Token], int]:
        if char == "%" and self.has_commands:
            end = self.source.find("\n", position)
            return [], len(self.source) if end < 0 else end
        if char in "`\"~":
            return [], position + 1
        if char == "$":
            end = position + (2 if self.source.startswith("$$", position) else 1)
            return self._op("$", position, end), end
        if not self.has_commands and SPACED_DOT.match(self.source, position):
            return self._op("cdot", position, position + 1), position + 1
        if char == "." and re.match(r"\.T(?![A-Za-z0-9_])", self.source[position:position + 3]):
            return self._fragment(r"^{\top}", position, position + 2), position + 2
        for symbol, meaning in SYMBOLS.items():
            if self.source.startswith(symbol, position):
                return self._op(meaning, position, position + len(symbol)), position + len(symbol)
        if char in SINGLE:
            return self._op(char, position, position + 1), position + 1
        raise self.refusal(f"The character `{char if char.isprintable() else repr(char)[1:-1]}` has no meaning "
                           "in a formula here.", position, position + 1, "character")

    def _character(self, position: int, char: str) -> tuple[list[Token], int]:
        sign = self._script_sign(char)
        if sign:
            end, inner = position, ""
            while end < len(self.source) and self._script_sign(self.source[end]) == sign:
                inner += self._small(self.source[end])
                end += 1
            return self._fragment(f"{sign}{{{inner}}}", position, end), end
        if char in self.spelling.characters:
            return self._fragment(self.spelling.characters[char], position, position + 1), position + 1
        greek = greek_name(char)
        if greek in GREEK:
            return self._accented(self._token("name", greek, position, position + 1), position + 1)
        plain = unicodedata.normalize("NFKC", char)
        if plain.isascii() and len(plain) == 1 and not plain.isspace():
            return self._fragment(plain, position, position + 1), position + 1
        word = CYRILLIC.match(self.source, position)
        if word and (role := self.spelling.prose.get(word[0].lower())):
            return [self._token("prose", word[0], position, word.end(), role)], word.end()
        if unicodedata.category(char) == "Lo":
            end = position
            while end < len(self.source) and unicodedata.category(self.source[end]) in ("Lo", "Mn", "Mc"):
                end += 1
            said = self.source[position:end]
            return [self._token("prose", said, position, end, self._role(said))], end
        name = unicodedata.name(char, "a control character")
        raise self.refusal(f"The character {name} (U+{ord(char):04X}) is not one that formulas here are written with; "
                           "type it again or use its LaTeX command.", position, position + 1, "character")

    def _script_sign(self, char: str) -> str:
        own = self.spelling.characters.get(char)
        if own is not None:
            return own[0] if own[0] in "^_" else ""
        kind = unicodedata.decomposition(char)
        return "^" if kind.startswith("<super>") else "_" if kind.startswith("<sub>") else ""

    def _small(self, char: str) -> str:
        own = self.spelling.characters.get(char)
        return own[1:] + " " if own is not None else unicodedata.normalize("NFKC", char)

    def _fragment(self, text: str, start: int, end: int) -> list[Token]:
        """Scan the meaning of a spelling; its tokens all stand where the spelling stands."""
        spaced = start > 0 and self.source[start - 1] in self.spelling.blank
        outer = self.source, self.fixed
        self.source, self.fixed = text, self._span(start, end)
        try:
            tokens: list[Token] = []
            position = 0
            while position < len(text):
                more, position = self._next(position)
                tokens += more
        finally:
            self.source, self.fixed = outer
        if tokens and spaced:
            first = tokens[0]
            tokens[0] = Token(first.kind, first.text, first.span, first.role, True)
        return tokens

    # Words

    def _letters(self, position: int) -> tuple[list[Token], int]:
        match = LETTERS.match(self.source, position)
        assert match is not None
        end = match.end()
        marked = MARKED.match(self.source, position)
        if marked and not any(char in self.spelling.accents for char in marked[0]):
            word = unicodedata.normalize("NFC", marked[0])
            role = self.spelling.prose.get(word.lower(), "other")
            return [self._token("prose", word, position, marked.end(), role)], marked.end()
        if self.source[end:end + 1] in self.spelling.accents and end < len(self.source):
            before = self._run(position, end - 1)
            letter, end = self._accented(self._token("name", self.source[end - 1], end - 1, end), end)
            return before + letter, end
        short = SHORT_FORM if self.has_commands or "$" in self.source else COMPOUND
        several = short.match(self.source, position) or COMPOUND.match(self.source, position)
        if several is not None and self.fixed is None and ("." in several[0] or self.prose.is_compound(several)):
            return [self._token("prose", several[0], position, several.end(), self._role(several[0]))], several.end()
        whole = self._whole_word(match[0], position, end)
        if whole is not None:
            return whole, end
        tokens = self._run(position, end)
        number = DIGITS.match(self.source, end)
        is_raised = self.has_commands and end == position + 1 and self.source[position - 1:position] == "^"
        if number and self.fixed is None and not is_raised:
            # `a1` is `a_1`, never a times 1; but `^K1\{...\}` raises K alone.
            tokens += [*self._op("_", end, end), *self._op("{", end, end)]
            tokens += [self._token("number", number[0], end, number.end()), *self._op("}", end, end)]
            end = number.end()
        return tokens, end

    def _whole_word(self, word: str, start: int, end: int) -> list[Token] | None:
        if word in self.words or len(word) < 2 or self.source[end:end + 1] == "_":
            return None
        following = LETTERS.match(self.source[end:].lstrip())
        if word == "in" and following and following[0].lower() in self.spelling.prose:
            return [self._token("prose", word, start, end, "filler")]
        if word in self.spelling.whole_words:
            return self._fragment(self.spelling.whole_words[word], start, end)
        role = self.spelling.prose.get(word) or self.spelling.prose.get(word.lower())
        if role is None and self.fixed is None and self.prose.is_plain(self.source, start, end):
            role = "other"
        return [self._token("prose", word, start, end, role)] if role else None

    def _run(self, start: int, end: int) -> list[Token]:
        """Take a run of letters apart: the longest known word at each place, else one letter."""
        tokens: list[Token] = []
        while start < end:
            word = self.source[start]
            for length in range(min(self.longest, end - start), 1, -1):
                if self.source[start:start + length] in self.words:
                    word = self.source[start:start + length]
                    break
            tokens += self._word(word, start, start + len(word))
            start += len(word)
        return tokens

    def _word(self, word: str, start: int, end: int) -> list[Token]:
        meaning = self.words.get(word, word)
        if meaning.startswith("\\"):
            return self._fragment(meaning, start, end)
        return [self._token("name", meaning, start, end)]

    def _accented(self, letter: Token, position: int) -> tuple[list[Token], int]:
        tokens = [letter]
        while position < len(self.source) and self.source[position] in self.spelling.accents:
            command = self.spelling.accents[self.source[position]].removeprefix("\\")
            tokens = [Token("command", command, letter.span), Token("op", "{", letter.span), *tokens,
                      Token("op", "}", letter.span)]
            position += 1
        return tokens, position

    # Commands

    def _command(self, position: int) -> tuple[list[Token], int]:
        match = COMMAND.match(self.source, position)
        if match is None:
            raise self.refusal("There is a lone backslash here.", position, position + 1)
        name, end = match[1], match.end()
        if name.endswith("*") and name[:-1].isalpha() and f"\\{name}" not in self.spelling.fonts:
            name, end = name[:-1], end - 1
        command = f"\\{name}"
        meaning = self.spelling.same.get(command)
        if meaning is not None:
            return self._fragment(meaning, position, end), end
        if command in self.spelling.drop:
            # `\\right.` is a bracket that is not there.
            invisible = name in ("left", "right") and self.source[end:].lstrip().startswith(".")
            return [], self.source.index(".", end) + 1 if invisible else end
        if command in self.spelling.text:
            return self._prose(position, end)
        if name in ESCAPED:
            skip = re.compile(r"\s*\[[^\]]{0,12}\]").match(self.source, end) if name == "\\" else None
            return self._op(ESCAPED[name], position, end) if ESCAPED[name] else [], skip.end() if skip else end
        if name in NAMED:
            return self._accented(self._token("name", name, position, end), end)
        return [self._token("command", name, position, end)], end

    def _prose(self, position: int, end: int) -> tuple[list[Token], int]:
        r"""`\text{...}`: one known word or one letter is part of the formula, anything else is prose."""
        while end < len(self.source) and self.source[end] in self.spelling.blank:
            end += 1
        first, close = end, end + 1
        if self.source[end:end + 1] == "{":
            first, found = end + 1, brace_end(self.source, end)
            if found is None:
                raise self.refusal("This opening brace has no closing brace.", end, end + 1)
            close = found + 1
        raw = self.source[first:close - 1] if close - end > 1 else self.source[first:close]
        word = raw.strip()
        if word.isascii() and word.isalpha() and (word in self.words or len(word) == 1):
            return self._word(word, position, close), close
        if word in self.spelling.whole_words:
            return self._fragment(self.spelling.whole_words[word], position, close), close
        if word.isascii() and word.isalpha() and word == raw and self.source[close:close + 1] == "(" and (
                self._role(word) == "other"):
            return [self._token("name", word, position, close)], close  # a function, known or not
        tokens: list[Token] = []
        for number, piece in enumerate(raw.split("$")):
            stop = first + len(piece)
            if number % 2:
                tokens += self._range(first, stop)
            elif piece.strip(TRIMMED):
                tokens.append(self._token("prose", piece.strip(), first, stop, self._role(piece)))
            elif "," in piece or ";" in piece:
                tokens += self._op(",", first, stop)
            first = stop + 1
        return tokens, close

    def _range(self, start: int, end: int) -> list[Token]:
        tokens: list[Token] = []
        while start < end:
            more, start = self._next(start)
            tokens += more
        return tokens
