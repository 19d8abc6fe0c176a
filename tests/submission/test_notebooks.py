"""Notebooks of every make are read; what only a notebook understands is dropped and said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_json import notebook

from autograder.submission.entries import CannotRead
from autograder.submission.notebooks import clean_cell, read_notebook

# (cell, what is left of it, lines that were dropped)
CELLS = [
    ("x = 1\ny = 2", "x = 1\ny = 2", []),
    ("%matplotlib inline\nx = 1", "pass\nx = 1", ["%matplotlib inline"]),
    ("!pip install numpy \\\n   scipy\nx = 1", "pass\n\nx = 1", ["!pip install numpy \\"]),
    ("?np.dot\nnp.dot?\nnp.dot??\nx = 1", "pass\npass\npass\nx = 1", ["?np.dot", "np.dot?", "np.dot??"]),
    ("files = !ls\nout = %timeit -o f()\nx = 1", "pass\npass\nx = 1", ["files = !ls", "out = %timeit -o f()"]),
    ("if fast:\n    %time train()\nelse:\n    train()", "if fast:\n    pass\nelse:\n    train()", ["%time train()"]),
    ("%%time\nx = 1", "\nx = 1", ["%%time"]),
    ("\n%%capture out\n!ls\nx = 1", "\n\npass\nx = 1", ["%%capture out", "!ls"]),
    ("%%bash\nrm -rf /", "", ["%%bash"]),
    ("%%html\n<b>", "", ["%%html"]),
    ("print('%d'\n      % x)", "print('%d'\n      % x)", []),
    ("a = 7 \\\n  % 3", "a = 7 \\\n  % 3", []),
    ("s = '''\n%matplotlib\n!ls\n'''", "s = '''\n%matplotlib\n!ls\n'''", []),
    ('s = """a"""\n%who\nt = 1', 's = """a"""\npass\nt = 1', ["%who"]),
    ("# what now?\nx = 'a # b?'  # why?", "# what now?\nx = 'a # b?'  # why?", []),
    ("x = '\\''\n%who", "x = '\\''\npass", ["%who"]),
    ("x = (1,\n%who\n2)", "x = (1,\n%who\n2)", []),
    ("x != 3", "x != 3", []),
    ("", "", []),
]


@pytest.mark.parametrize(("source", "left", "dropped"), CELLS)
def test_magics_are_dropped_and_nothing_else(source: str, left: str, dropped: list[str]) -> None:
    cleaned = clean_cell(source)
    assert (cleaned.source, list(cleaned.dropped)) == (left, dropped)


@pytest.mark.parametrize("head", ["%%writefile word2vec.py", "%%file ./word2vec.py", "%%writefile -a 'word2vec.py'"])
def test_a_cell_that_writes_a_file_is_that_file(head: str) -> None:
    read = read_notebook("hw.ipynb", notebook(("code", f"{head}\ndef f(): pass\n")).encode())
    assert read.written_files["word2vec.py"].source.strip() == "def f(): pass"
    assert read.code == ()


def test_cells_keep_their_numbers_and_lines() -> None:
    read = read_notebook("hw.ipynb", notebook(("markdown", "# A"), ("code", "%who\nx = 1\n"), ("raw", "r"), ("code", "y = 2")).encode())
    module = read.module()
    lines = module.text.split("\n")
    assert str(module.place(lines.index("x = 1") + 1)) == "cell 2 of hw.ipynb, line 2"
    assert str(module.place(lines.index("y = 2") + 1)) == "cell 4 of hw.ipynb, line 1"
    assert str(read.writing().place(1)) == "cell 1 of hw.ipynb, line 1"
    assert read.notes == ("Lines of `hw.ipynb` that only a notebook understands were left out: `%who` (cell 2).",)


def test_many_dropped_lines_make_one_sentence() -> None:
    read = read_notebook("hw.ipynb", notebook(*[("code", f"%run {n}") for n in range(9)]).encode())
    assert read.notes[0].endswith("`%run 0` (cell 1), `%run 1` (cell 2), `%run 2` (cell 3) and 6 more.")


def test_the_older_format_is_read() -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [
        {"cell_type": "heading", "level": 2, "source": ["sigmoid_derivative"]},
        {"cell_type": "markdown", "source": "$s(1-s)$"},
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]}
    read = read_notebook("old.ipynb", json.dumps(old).encode())
    assert read.writing().text == "## sigmoid_derivative\n\n$s(1-s)$"
    assert read.module().text == "x = 1\ny = 2"


BROKEN = [b"", b"{", b'{"cells": [', b"[" * 100_000, b"\xff\xfe", b'{"cells": ' + b'{"a":' * 50_000]
NO_CELLS = [b"[]", b"3", b"null", b'{"cells": 3}', b'{"worksheets": []}', b'{"cells": {"a": 1}}']


@pytest.mark.parametrize("data", BROKEN)
def test_broken_json_is_said(data: bytes) -> None:
    with pytest.raises(CannotRead, match=r"cut short or damaged\. Open it in Jupyter, save it, and hand it in again"):
        read_notebook("hw.ipynb", data)


@pytest.mark.parametrize("data", NO_CELLS)
def test_json_that_is_no_notebook_is_said(data: bytes) -> None:
    with pytest.raises(CannotRead, match="holds no cells"):
        read_notebook("hw.ipynb", data)


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(CannotRead, match="more than 2,000 cells"):
        read_notebook("hw.ipynb", json.dumps({"cells": [{}] * 2001}).encode())


def test_huge_numbers_and_odd_cells_do_no_harm() -> None:
    data = b'{"nbformat": ' + b"9" * 5000 + b', "cells": [3, null, {"cell_type": "code", "source": 4}, {"source": [1, "a"]}]}'
    assert [cell.source for cell in read_notebook("hw.ipynb", data).prose] == ["", "", "a"]


def test_a_long_line_takes_no_long_time() -> None:
    assert clean_cell("x = '" + "a" * 1_000_000 + "'\n%who").dropped == ("%who",)


@given(st.text(alphabet=st.sampled_from("%!?'\"#()[]\\\n ax=1"), max_size=40))
def test_any_cell_keeps_its_lines(source: str) -> None:
    left = clean_cell(source).source
    assert left == "" or left.count("\n") == source.count("\n")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_notebook_or_refused(data: bytes) -> None:
    with pytest.raises(CannotRead):
        read_notebook("hw.ipynb", data)
