"""One of several options: found in what the student wrote, or asked for again; never guessed."""

from __future__ import annotations

import re

from autograder.marks import Json, State, Verdict
from autograder.spec.written import ChoicePart
from autograder.submission.answers import Answer
from autograder.submission.part_names import fold

# After one of these the sentence gives a reason, or names what was not chosen.
_CLAUSE = re.compile(r"[.,;:\n(!?]|\b(?:because|since|as|than|while|whereas|but)\b", re.IGNORECASE)
# With one of these in the clause, naming an option may mean the opposite.
_TURNS = frozenset("not no never neither nor less fewer least worse both or either isn doesn don won t".split())


def check_choice(part: ChoicePart, answer: Answer) -> Verdict:
    """Return the verdict on a choice; an answer that names no option, or several, is unreadable."""
    chosen = find_option(part, answer.text)
    evidence: dict[str, Json] = {"chosen": chosen, "answer": part.answer, "text": answer.text[:500]}
    if chosen is None:
        options = ", ".join(f"`{key}`" for key in part.options)
        said = f"It is not clear which one you chose. Write one of {options} and nothing else in the first line."
        return Verdict(State.UNREADABLE, 0.0, (said,), evidence)
    option = part.options[chosen]
    evidence |= {"read as": option.text}
    said = f"Read as: {option.text}."
    if chosen == part.answer:
        return Verdict(State.CORRECT, part.points, (said,), evidence)
    return Verdict(State.WRONG, 0.0, (said, option.say or "This is not the right one."), evidence)


def find_option(part: ChoicePart, text: str) -> str | None:
    """Return the key of the option that a text names: as a whole, else alone in its first clause."""
    spellings = {
        fold(spelling): key
        for key, option in part.options.items()
        for spelling in (key, option.text, *option.written)
    }
    if fold(text) in spellings:
        return spellings[fold(text)]
    for clause in _CLAUSE.split(text):
        words = fold(clause)
        if not words or (len(words) == 1 and words not in spellings):
            continue  # the `a` of `a. Skip-gram`
        named = {key for spelling, key in spellings.items() if f"-{spelling}-" in f"-{words}-"}
        if len(named) == 1 and not _TURNS & set(words.split("-")):
            return named.pop()
        if named:
            return None
    return None
