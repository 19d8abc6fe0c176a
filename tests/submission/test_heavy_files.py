"""Files made to keep a reader busy, or to fill its memory, are read in a moment or refused with a sentence."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.spec import load_assignment
from autograder.submission import Submission, read_answers, take_code
from autograder.submission.entries import CannotRead
from autograder.submission.notebooks import read_notebook

ASSIGNMENT = Path(__file__).parents[1] / "hostile" / "assignment"
MEGABYTES = 1_000_000


def repeated(unit: str, size: int = 3_900_000) -> str:
    return unit * (size // len(unit))


# name of the file, its text, and the answer to q2 that is still found in it
TEXTS = {
    "headings": ("answers.txt", "q2: 1\n" + repeated("q1: s\n"), "1"),
    "ids that there are not": ("answers.txt", "q2: 1\n" + repeated("q9: s\n"), "1"),
    "headings of nothing": ("answers.md", "# q2\n\n$1$\n\n" + repeated("# aaa\n"), "1"),
    "a long line of emphasis": ("answers.md", "# q2\n\n$1$\n\n# q1\n" + repeated("**q1** "), "1"),
    "a heading of spaces": ("answers.md", "# q2\n\n$1$\n\n# a" + repeated(" ") + "b", "1"),
    "a heading of labels": ("answers.md", "# q2\n\n$1$\n\n# q1\n# " + repeated("{#a"), "1"),
    "comments that never end": ("answers.md", "# q2\n\n$1$\n" + repeated("<!--"), "1"),
    "macros without an end": ("answers.txt", "q2: 1\nq1: " + repeated(r"\def\a{"), "1"),
    "macros line by line": ("answers.tex", "\\section{q2} $1$\n\\section{x}\n" + repeated("\\newcommand{\\a}{\n"), "1"),
    "items without an end": ("answers.tex", "\\section{q2} $1$\n\\section{x}\n" + repeated(r"\item["), "1"),
    "labels": ("answers.tex", "\\section{q2} $1$\n\\section{x}\n" + repeated(r"\label{q9}"), "1"),
    "environments": ("answers.tex", "\\section{q2} $1$\n\\section{x}\n" + repeated("\\begin{equation}\n"), "1"),
    "YAML maps": ("answers.yaml", "q2: 1\nq1: s\n" + repeated("a: {}\n"), "1"),
    "a YAML list": ("answers.yaml", "q2: 1\nq1: [" + repeated("[],") + "]\n", "1"),
    "YAML anchors": ("answers.yaml", "q2: 1\n" + "".join(f"k{i}: &a{i} 1\n" for i in range(100_000)), "1"),
    "a picture": ("answers.md", "# q1\n\n![](data:image/png;base64," + repeated("iVBOR") + ")\n\n# q2\n$1$\n", "1"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_what_stands_first_is_found_and_the_rest_is_bounded(name: str) -> None:
    file, text, expected = TEXTS[name]
    answers = read_answers(Submission({file: text.encode()}), load_assignment(ASSIGNMENT))
    found = answers.get("written", "q2")
    assert found is not None
    assert found.text == expected
    assert sum(map(len, answers.notes)) < 20_000


def test_a_file_that_is_cut_is_named() -> None:
    answers = read_answers(Submission({"answers.txt": b"q2: 1\n" + b"x\n" * 500_000}), load_assignment(ASSIGNMENT))
    assert answers.notes == ("`answers.txt` was read to its line 20,000 only: it is too long. Hand in the answers alone.",)


def test_a_few_files_of_answers_are_read() -> None:
    files = {f"answers ({number}).txt": b"q2: 1" for number in range(1, 40)}
    answers = read_answers(Submission(files), load_assignment(ASSIGNMENT))
    assert "Answers were looked for in 10 files; 29 more were not read." in answers.notes


NOTEBOOKS = {
    "empty lists": ('{"cells":[' + repeated("[],", 19 * MEGABYTES) + "[]]}", "too much data"),
    "outputs": ('{"cells":[{"outputs":[' + repeated('{"a":[]},', 19 * MEGABYTES) + "{}]}]}", "too much data"),
    "brackets": ('{"cells":' + repeated("[", 19 * MEGABYTES), "too much data"),
    "nested brackets": ('{"cells":' + repeated("[", 300_000), "cut short or damaged"),
    "magic lines": (json.dumps({"cells": [{"cell_type": "code", "source": "%a\n" * 1_500_000}]}), "2 MB of code"),
    "cells": ('{"cells":[' + repeated("1,", 19 * MEGABYTES) + "1]}", "2,000 cells"),
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_that_is_too_much_is_refused(name: str) -> None:
    text, said = NOTEBOOKS[name]
    with pytest.raises(CannotRead, match=said):
        read_notebook("solution.ipynb", text.encode())


def test_a_notebook_takes_little_memory() -> None:
    """Twenty megabytes of brackets stay that: a container with little memory would otherwise end the grader."""
    program = ("from autograder.submission.notebooks import read_notebook\n"
               "from autograder.submission.entries import CannotRead\n"
               "data = b'{\"cells\":[' + b'{},' * 6_000_000 + b'{}]}'\n"
               "try: read_notebook('x.ipynb', data)\n"
               "except CannotRead: print('refused')")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 * MEGABYTES,) * 2))
    assert done.stdout == "refused\n"


def test_keys_given_twice_and_numbers_that_are_none_do_no_harm() -> None:
    text = ('{"cells":[{"cell_type":"code","source":"old = 1"}],"cells":[{"cell_type":"code","source":NaN},'
            '{"cell_type":"heading","level":1e400,"source":"q1"},{"cell_type":"code","source":"def sigmoid(x): pass"}]}')
    notebook = read_notebook("solution.ipynb", text.encode())
    code = take_code(Submission({"solution.ipynb": text.encode()}, {"solution.ipynb": notebook}), ["solution.py"])
    assert code.files["solution.py"] == b"def sigmoid(x): pass"
