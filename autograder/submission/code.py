"""Which of a submission's files are the code to grade, laid out as the assignment wants it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from autograder.submission.notebooks import Notebook
from autograder.submission.places import Text
from autograder.submission.reading import CODE, Submission, quote, suffix

_COPY = re.compile(
    r"(?:copy[ _]of[ _])?(?P<stem>.+?)(?:[ _-]?\((?P<number>\d+)\)|[ _-]copy(?:[ _-]?\d+)?)?$", re.IGNORECASE
)
_DEFINITION = re.compile(r"^(?:async )?(?:def|class) (\w+)", re.MULTILINE)


class CodeFiles(Struct, frozen=True):
    """Files as they are laid out for the worker.

    files    path -> content; every required file that was found stands under its own name
    origins  for a required file that was taken from a notebook: its text, which knows the cell of each line
    missing  required files that were not found, with a sentence about each
    """

    files: Mapping[str, bytes]
    origins: Mapping[str, Text]
    missing: Mapping[str, str]
    notes: tuple[str, ...]


def take_code(submission: Submission, required: Iterable[str]) -> CodeFiles:
    """Find the required files: by name, by a name that only differs in what computers add, or in a notebook."""
    files = {path: data for path, data in submission.files.items() if path not in submission.notebooks}
    wanted = list(dict.fromkeys(required))
    origins: dict[str, Text] = {}
    missing: dict[str, str] = {}
    notes: list[str] = []
    for name in wanted:
        found = _find(name, submission) or _only_file(wanted, submission)
        if found is not None:
            _lay_beside(found.removesuffix(name), files)
            files[name] = submission.files[found]
            notes += _say_found(name, found, submission)
            continue
        text, sayings = _from_notebook(name, submission)
        if text is None:
            missing[name] = _say_missing(name, submission)
        else:
            files[name] = text.text.encode()
            origins[name] = text
            notes += sayings
    return CodeFiles(files, origins, missing, tuple(dict.fromkeys(notes)))


def _only_file(wanted: list[str], submission: Submission) -> str | None:
    """Return the one Python file of a submission to an assignment that asks for one, whatever its name."""
    own = [path for path in submission.files if suffix(path) in CODE]
    return own[0] if len(wanted) == len(own) == 1 and not submission.notebooks else None


def _lay_beside(folder: str, files: dict[str, bytes]) -> None:
    """Lay what stands beside a file in its folder at the top too, so that the file still finds it."""
    if folder.endswith("/"):
        for path in [path for path in files if path.startswith(folder)]:
            files.setdefault(path.removeprefix(folder), files[path])


def _find(name: str, submission: Submission) -> str | None:
    """Return the path of a required file: exact, then elsewhere, then in another case, then a numbered copy."""
    if name in submission.files:
        return name
    own = [path for path in submission.files if suffix(path) == suffix(name)]
    own.sort(key=lambda path: (path.count("/"), path))
    base = name.rpartition("/")[2]
    for fits in (
        [path for path in own if path.endswith("/" + name) or path.rpartition("/")[2] == base],
        [path for path in own if path.rpartition("/")[2].casefold() == base.casefold()],
    ):
        if fits:
            return fits[0]
    stem = base.rpartition(".")[0]
    copies = [(number, path) for path in own if (number := copy_number(path, stem)) is not None]
    return max(copies)[1] if copies else None


def copy_number(path: str, stem: str) -> int | None:
    """Return n for `stem (n).py`, 0 for the file itself and other copies of it, None for another file."""
    match = _COPY.match(path.rpartition("/")[2].rpartition(".")[0].strip())
    if match is None or match["stem"].casefold() != stem.casefold():
        return None
    return int(match["number"][:6]) if match["number"] else 0


def _say_found(name: str, found: str, submission: Submission) -> list[str]:
    notes = []
    if found != name:
        notes.append(f"{quote(found)} was graded as {quote(name)}. Next time hand it in as {quote(name)}.")
    stem = name.rpartition("/")[2].rpartition(".")[0]
    others = [path for path in submission.files
              if path != found and suffix(path) in CODE and copy_number(path, stem) is not None]
    if others:
        shown = ", ".join(quote(path) for path in sorted(others)[:3])
        notes.append(f"{quote(found)} was graded; {shown} {'was' if len(others) == 1 else 'were'} not looked at.")
    if any(name in notebook.written_files for notebook in submission.notebooks.values()):
        notes.append(f"{quote(found)} was graded, not the cell of a notebook that writes it.")
    elif submission.notebooks and _defines_what_it_should(submission, found):
        shown = ", ".join(quote(path) for path in submission.notebooks)
        notes.append(f"{quote(found)} was graded; the code in {shown} was not, as the .py file wins.")
    return notes


def _defines_what_it_should(submission: Submission, found: str) -> bool:
    """Say whether a notebook repeats a definition of the file, so that a student may expect it to count."""
    own = set(_DEFINITION.findall(submission.files[found].decode("utf-8", "replace")))
    return any(own & set(_DEFINITION.findall(notebook.module().text)) for notebook in submission.notebooks.values())


def _from_notebook(name: str, submission: Submission) -> tuple[Text | None, list[str]]:
    notebooks = submission.notebooks
    for path, notebook in notebooks.items():
        if name in notebook.written_files:
            cell = notebook.written_files[name]
            text = Notebook(path, (cell,), (), {}, ()).module()
            return text, [f"{quote(name)} was taken from cell {cell.number} of {quote(path)}, which writes it."]
    with_code = {path: notebook for path, notebook in notebooks.items() if notebook.code}
    stem = name.rpartition("/")[2].rpartition(".")[0].casefold()
    named = [path for path in with_code if path.rpartition("/")[2].rpartition(".")[0].casefold() == stem]
    chosen = named[0] if named else next(iter(with_code)) if len(with_code) == 1 else None
    if chosen is None:
        return None, []
    text = with_code[chosen].module()
    twice = [defined for defined in dict.fromkeys(_DEFINITION.findall(text.text))
             if len(re.findall(rf"^(?:async )?(?:def|class) {re.escape(defined)}\b", text.text, re.MULTILINE)) > 1]
    sayings = [f"There is no {quote(name)}; the code cells of {quote(chosen)} were taken in its place."]
    if twice:
        shown = ", ".join(quote(defined) for defined in twice[:3])
        sayings.append(f"More than one cell of {quote(chosen)} defines {shown}; the last definition counts.")
    return text, sayings


def _say_missing(name: str, submission: Submission) -> str:
    if name in submission.left_out:
        return f"{quote(name)} was left out: {submission.left_out[name]}."
    notebooks = [path for path, notebook in submission.notebooks.items() if notebook.code]
    if notebooks:
        return (f"There is no {quote(name)}, and there are {len(notebooks)} notebooks with code. "
                f"Hand in {quote(name)}, or one notebook.")
    broken = [path for path in submission.files if suffix(path) == ".ipynb" and path not in submission.notebooks]
    if broken:
        return f"There is no {quote(name)}, and {quote(broken[0])} cannot be read. Hand in {quote(name)}."
    return f"There is no {quote(name)} in the submission. Hand it in under exactly this name."
