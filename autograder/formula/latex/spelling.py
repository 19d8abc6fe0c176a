"""The spelling tables of `spelling.ini`: what says nothing, what says the same, which character is which command."""

from __future__ import annotations

import configparser
import unicodedata
from functools import cache
from pathlib import Path
from string import ascii_letters

from msgspec import Struct

TABLES = Path(__file__).with_name("spelling.ini")

ROLES = ("remark", "let", "if", "else", "or", "so", "and", "side", "operation", "doubt", "filler")


class Macro(Struct, frozen=True):
    arguments: int
    meaning: str


class Spelling(Struct, frozen=True):
    """Every table, keyed by the spelling as typed; commands keep their backslash."""

    drop: frozenset[str]
    drop_with_argument: frozenset[str]
    fonts: frozenset[str]
    text: frozenset[str]
    same: dict[str, str]
    macros: dict[str, Macro]
    characters: dict[str, str]
    blank: frozenset[str]
    accents: dict[str, str]
    words: dict[str, str]
    whole_words: dict[str, str]
    prose: dict[str, str]


@cache
def read_spelling(*files: Path) -> Spelling:
    """Read the tables, those of later files over those of earlier ones; without a file, the package's own."""
    tables = configparser.ConfigParser(
        delimiters=("->",), comment_prefixes=("#",), interpolation=None, allow_no_value=True, strict=True
    )
    tables.optionxform = str  # type: ignore[assignment, method-assign]
    for file in files or (TABLES,):
        tables.read_string(file.read_text(encoding="utf-8"), source=file.name)
    prose = _pairs(tables, "prose")
    unknown = sorted(set(prose.values()) - set(ROLES))
    if unknown:
        raise ValueError(f"{TABLES.name}: [prose] knows no role {unknown[0]!r}; roles are {', '.join(ROLES)}")
    known = frozenset(name for table in tables.values() for name in table)
    letters = {f"{start}{letter}": letter for start in _list(tables, "letters behind") for letter in ascii_letters}
    return Spelling(
        drop=_list(tables, "drop"),
        drop_with_argument=_list(tables, "drop with argument"),
        fonts=_list(tables, "fonts"),
        text=_list(tables, "text"),
        same={name: letter for name, letter in letters.items() if name not in known} | _pairs(tables, "same"),
        macros=dict(_macro(key, value) for key, value in _pairs(tables, "macros").items()),
        characters=_pairs(tables, "characters"),
        blank=frozenset(map(_character, _list(tables, "blank characters"))) | {" "},
        accents={_character(key): value for key, value in _pairs(tables, "accents").items()},
        words=_pairs(tables, "words"),
        whole_words=_pairs(tables, "whole words"),
        prose=prose,
    )


def plain_letter(char: str) -> str | None:
    """Return the ASCII or Greek letter or digit that a styled character shows, such as a bold or script one."""
    if not unicodedata.decomposition(char).startswith("<font>"):
        return None
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1 and plain != char and (plain.isascii() or "GREEK" in unicodedata.name(plain, "")):
        return plain
    return None


def greek_name(char: str) -> str | None:
    r"""Return the LaTeX name of a Greek letter: `sigma`, `Delta`."""
    name = unicodedata.name(char, "")
    for prefix, capital in (("GREEK SMALL LETTER ", False), ("GREEK CAPITAL LETTER ", True)):
        if name.startswith(prefix) and " " not in name[len(prefix):]:
            word = name[len(prefix):].lower().replace("lamda", "lambda")
            return word.capitalize() if capital else word
    return None


def _list(tables: configparser.ConfigParser, section: str) -> frozenset[str]:
    return frozenset(tables[section]) if section in tables else frozenset()


def _pairs(tables: configparser.ConfigParser, section: str) -> dict[str, str]:
    return {key: value or "" for key, value in tables[section].items()} if section in tables else {}


def _macro(key: str, value: str) -> tuple[str, Macro]:
    name, count = key.split()
    return name, Macro(int(count), value)


def _character(code: str) -> str:
    return chr(int(code.removeprefix("U+"), 16))
