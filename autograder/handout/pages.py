"""The pages of a handout: answer sheets in Markdown, LaTeX and as a notebook, and a README of one page.

An untouched sheet holds no answer: questions stand where readers of answers pass them over, in quotes and comments.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator

from autograder.formula.refusals import Unreadable
from autograder.formula.texts import formula
from autograder.formula.tree import Node
from autograder.formula.writing.rendering import latex
from autograder.spec.code import FunctionPart
from autograder.spec.model import Assignment, Problem
from autograder.spec.notation import declare, family_parts
from autograder.spec.written import ChoicePart, WrittenFields

_WIDTH = 110


def answers_markdown(assignment: Assignment) -> str:
    """Return answers.md: a heading for each written part, its question as a quote below it."""
    return "\n".join(_markdown(assignment, blank=2)) + "\n"


def _markdown(assignment: Assignment, *, blank: int) -> Iterator[str]:
    yield f"# Answers: {assignment.head.title}"
    yield ""
    yield from _quote("Write each answer below its question and leave the headings as they are. Formulas: LaTeX "
                      "between `$$` and `$$`, or Python or Unicode between backquotes. Quoted lines are not read.")
    for number, problem in _numbered(assignment):
        yield f"\n# Problem {number}. {problem.title}\n"
        yield from _quote(problem.intro or "")
        yield from _names_markdown(problem)
        for part in _written(problem):
            yield f"\n## {heading(part)}\n"
            yield from _quote(question(part))
            yield from [""] * blank


def answers_latex(assignment: Assignment) -> str:
    """Return answers.tex: the same headings as sections, the questions as comments."""
    lines = [r"\documentclass{article}", r"\usepackage{amsmath, amssymb, bm}", rf"\title{{{assignment.head.title}}}",
             r"\begin{document}", r"\maketitle", "% Write each answer below its question: \\[ ... \\] around formulas."]
    for number, problem in _numbered(assignment):
        lines += ["", rf"\section*{{Problem {number}. {problem.title}}}"]
        for name, about in names(problem):
            lines.append(f"%   ${name}$: {about}")
        for part in _written(problem):
            lines += ["", rf"\subsection*{{{heading(part).replace('_', chr(92) + '_')}}}"]
            lines += [f"%   {line}" for line in _wrap(question(part))]
            lines += ["", ""]
    return "\n".join([*lines, r"\end{document}", ""])


def answers_notebook(assignment: Assignment) -> str:
    """Return answers.ipynb: a cell for each written part."""
    blocks: list[list[str]] = [[]]
    for line in _markdown(assignment, blank=1):
        if line.startswith(("#", "\n#")):
            blocks.append([])
        blocks[-1].append(line)
    cells = [
        {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {},
         "source": "\n".join(block).strip("\n") + "\n\n"}
        for number, block in enumerate(filter(None, blocks))
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1,
                      ensure_ascii=False) + "\n"


def heading(part: WrittenFields) -> str:
    return f"{part.id}: {part.title}" if part.title else part.id


def question(part: WrittenFields) -> str:
    """Return what is asked, with the points and the options."""
    asked = f"({part.points:g} point{'s' * (part.points != 1)}) {part.prompt or ''}".strip()
    if isinstance(part, ChoicePart):
        asked += " Write one of: " + ", ".join(f"`{key}` ({option.text})" for key, option in part.options.items()) + "."
    return asked


def names(problem: Problem, write: Callable[[Node], str] = latex) -> Iterator[tuple[str, str]]:
    """Yield what answers to a problem may use: a name, as LaTeX or as `write` has it, and its meaning and shape."""
    declared = problem.notation
    declarations = declare(declared)
    known = [(name, note.shape, note.meaning) for name, note in declared.symbols.items()]
    known += [("_".join((family_parts(key)[0], ", ".join(family_parts(key)[1]))), note.shape, note.meaning)
              for key, note in declared.families.items()]
    known += [(name, (), f"{note.meaning} = {note.definition}" if note.definition else note.meaning)
              for name, note in declared.given.items()]
    for name, shape, meaning in known:
        if not meaning:
            continue
        try:
            written = write(formula(name, declarations))
        except Unreadable:
            written = name
        size = f" ({' × '.join(map(str, shape))})" if shape else ""
        yield written, f"{meaning}{size}"


def readme(assignment: Assignment, wheel: str) -> str:
    """Return the handout's one page."""
    head = assignment.head
    files = sorted({part.file for problem in assignment.problems for part in problem.parts
                    if isinstance(part, FunctionPart)})
    example = next((problem.id for problem in assignment.problems), "")
    hand_in = [*files, *([head.answers] if any(True for _ in _numbered(assignment)) else [])]
    return f"""# {head.title}

Fill in {_listed(files)} at the places marked in them. Write your answers in `{head.answers}`, or, if you prefer, in its
twins `answers.tex` or `answers.ipynb`: one of them is enough.

## Check your work

With Python 3.10 or newer, once:

    python -m venv .venv
    . .venv/bin/activate            # on Windows: .venv\\Scripts\\activate
    pip install {wheel}

and then, in this folder, as often as you like:

    autograder check                # everything
    autograder check {example:<14} # one problem
    autograder check --watch        # again at each save; end with Ctrl-C

It runs your code in a process of its own, with a limit of time. It says of each function whether it loads, whether
shapes are right, whether gradients agree with the losses that the problems give and with your own loss by finite
differences; and of each formula how it was read. It knows no answers, so that it cannot tell you that all is right:
it ends with what the grader will check and it did not. Nothing leaves your machine.

## Hand in

{_listed(hand_in)}, as they are or in a zip. A notebook with your code and your answers will do as well. What is in
`problems/` is not yours to hand in: the grader has its own.

| in this folder | |
|---|---|
| {_listed(files)} | your code |
| `{head.answers}`, `answers.tex`, `answers.ipynb` | your answers, in one of them |
| `problems/` | the questions as the check reads them, and how your functions are called |
| `{wheel}` | the check |
"""


def _numbered(assignment: Assignment) -> Iterator[tuple[int, Problem]]:
    for number, problem in enumerate(assignment.problems, start=1):
        if any(True for _ in _written(problem)):
            yield number, problem


def _written(problem: Problem) -> Iterator[WrittenFields]:
    return (part for part in problem.parts if isinstance(part, WrittenFields))


def _names_markdown(problem: Problem) -> Iterator[str]:
    listed = [f"${name}$: {about}" for name, about in names(problem)]
    if listed:
        yield from _quote("Names: " + "; ".join(listed) + ".")


def _quote(text: str) -> Iterator[str]:
    yield from (f"> {line}" for line in _wrap(text))


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)


def _listed(files: list[str]) -> str:
    return ", ".join(f"`{file}`" for file in files)
