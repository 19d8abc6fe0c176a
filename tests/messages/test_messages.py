"""Every sentence that students can see, collected from the source and kept in `messages.md`, to be read as a whole.

A sentence that is new or changed is read again before it is kept: run this file as a script to write the page anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("messages.md")
# Where sentences for students are made, in the order in which a submission meets them.
PLACES = [
    "submission/*.py", "student_code.py", "checks/sentences.py", "checks/function.py", "checks/running.py",
    "checks/followthrough.py", "checks/misconceptions.py", "checks/suite.py", "checks/written.py", "checks/formula.py",
    "checks/choosing.py", "checks/formula_sentences.py", "checks/derivation.py", "checks/choice.py", "formula/**/*.py", "grade.py",
    "gradescope/results.py", "gradescope/handing_in.py", "gradescope/session.py", "precheck/*.py", "commands/check.py",
]
_WORDS = re.compile(r"[A-Za-z]{2,}")
# Words of the grader's own, or of programmers, that say nothing to a student.
JARGON = re.compile(r"\b(supervisor|worker|sandbox|nursery|AST|elaborat\w*|token\w*|parse[drs]?|parsing|regex\w*|stderr|"
                    r"stdout|wire|frame|rung|oracle|reference\w*|mutant\w*|payload|subprocess|serialis\w*|null)\b")
# Calls whose texts are for us: errors of ours, patterns, lists of words.
NO_MESSAGES = frozenset(
    "AssertionError UndefinedError NoDrawError ValueError NotGiven BadReference compile split".split())


def sentences(file: Path) -> Iterator[str]:
    """Yield the texts of a module that are sentences, what is filled in shown as {...}; texts that are joined are one."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    silent = {id(inner) for node in ast.walk(tree) for inner in _unseen(node)}
    inside: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in silent or id(node) in inside:
            continue
        text = _written(node) if isinstance(node, (ast.BinOp, ast.JoinedStr, ast.Constant)) else None
        if text is not None and _is_sentence(text):
            inside |= {id(part) for part in ast.walk(node)}
            yield " ".join(text.split())


def _unseen(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is no message: docstrings, and what asserts, or errors of ours say."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Assert) and node.msg is not None:
        yield from ast.walk(node.msg)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in NO_MESSAGES:
        yield from ast.walk(node)


def _written(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{...}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _written(node.left), _written(node.right)
        return None if left is None and right is None else (left or "{...}") + (right or "{...}")
    return None


def _is_sentence(text: str) -> bool:
    if "(?" in text:  # a pattern
        return False
    words = _WORDS.findall(text)
    return len(words) >= 3 and " " in text and bool(re.search(r"[.:?!`]$|[a-z] [a-z]", text.strip()))


def collect() -> dict[str, list[str]]:
    """Return the sentences of each module that has any, by its path."""
    found = {}
    for place in PLACES:
        for file in sorted((HOME / "autograder").glob(place)):
            said = list(dict.fromkeys(sentences(file)))
            if said:
                found[file.relative_to(HOME / "autograder").as_posix()] = said
    return found


def render() -> str:
    lines = ["# What students can be told", "",
             "Collected from the source by `tests/messages/test_messages.py`; `{...}` is filled in.", ""]
    for name, said in collect().items():
        lines += [f"## {name}", "", *(f"- {sentence}" for sentence in said), ""]
    return "\n".join(lines)


def test_the_page_is_current() -> None:
    assert render() == PAGE.read_text(encoding="utf-8"), "read what is new, then: python tests/messages/test_messages.py"


@pytest.mark.parametrize("sentence", [one for said in collect().values() for one in said])
def test_a_sentence_is_fit_to_be_seen(sentence: str) -> None:
    """No colour codes, no words of our own, no marks that open a block of Markdown by accident."""
    assert "\x1b" not in sentence
    assert "Traceback" not in sentence
    assert not JARGON.search(sentence), JARGON.search(sentence)
    assert sentence.replace("```", "").count("`") % 2 == 0 or "``" in sentence, "a backquote that is not closed"
    assert re.sub(r"`[^`]*`", "", sentence).count("**") % 2 == 0
    assert not re.search(r"  |\b(\w+) \1\b(?<!that that)", sentence)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
