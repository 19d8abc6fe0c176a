"""The files to grade are found where students really put them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from notebook_json import notebook

from autograder.submission import Submission, take_code

HandIn = Callable[[Mapping[str, str | bytes]], Submission]

FOUND = [
    ("at the top", {"word2vec.py": "right"}, ""),
    ("in a folder beside others", {"README.md": "", "code/word2vec.py": "right"},
     "`code/word2vec.py` was graded as `word2vec.py`. Next time hand it in as `word2vec.py`."),
    ("in another case", {"Word2Vec.py": "right", "sgd.py": ""}, "`Word2Vec.py` was graded as `word2vec.py`."),
    ("as a numbered copy", {"word2vec (1).py": "right", "a.py": ""}, "`word2vec (1).py` was graded as `word2vec.py`."),
    ("as the highest of several", {"word2vec (2).py": "wrong", "word2vec (10).py": "right"},
     "`word2vec (10).py` was graded; `word2vec (2).py` was not looked at."),
    ("as a copy", {"Copy of word2vec.py": "right", "a.py": ""}, "`Copy of word2vec.py` was graded"),
    ("beside copies", {"word2vec.py": "right", "word2vec (1).py": "wrong", "old/word2vec.py": "wrong", "word2vec.py.bak": "wrong"},
     "`word2vec.py` was graded; `old/word2vec.py`, `word2vec (1).py` were not looked at."),
    ("under any name, alone", {"my_homework.py": "right"}, "`my_homework.py` was graded as `word2vec.py`."),
    ("the nearest of two", {"a.md": "", "b/c/word2vec.py": "wrong", "d/word2vec.py": "right"}, "`d/word2vec.py` was graded"),
    ("not the name within a name", {"word2vec.py": "right", "test_word2vec.py": "wrong"}, ""),
]


@pytest.mark.parametrize(("where", "files", "note"), FOUND)
def test_the_file_is_found(hand_in: HandIn, where: str, files: dict[str, str], note: str) -> None:
    code = take_code(hand_in(files), ["word2vec.py"])
    assert code.files["word2vec.py"] == b"right", where
    assert note in " ".join(code.notes)
    assert bool(code.notes) == bool(note)
    assert not code.missing


def test_what_stands_beside_a_found_file_comes_with_it(hand_in: HandIn) -> None:
    code = take_code(hand_in({"README.md": "", "code/word2vec.py": "import mine", "code/mine.py": "x"}), ["word2vec.py"])
    assert code.files["mine.py"] == b"x"


MISSING = [
    ({"answers.md": ""}, "There is no `word2vec.py` in the submission. Hand it in under exactly this name."),
    ({"a.py": "", "b.py": ""}, "There is no `word2vec.py`"),
    ({"word2vec.py": b"#" * 2_000_001}, "`word2vec.py` was left out: it is larger than 2 MB."),
    ({"word2vec.pyc": b"", "answers.md": ""}, "There is no `word2vec.py`"),
    ({"a.ipynb": notebook(("code", "x")), "b.ipynb": notebook(("code", "y"))}, "there are 2 notebooks with code"),
    ({"a.ipynb": "{"}, "`a.ipynb` cannot be read. Hand in `word2vec.py`."),
]


@pytest.mark.parametrize(("files", "sentence"), MISSING)
def test_a_missing_file_is_explained(hand_in: HandIn, files: dict[str, str | bytes], sentence: str) -> None:
    code = take_code(hand_in(files), ["word2vec.py"])
    assert sentence in code.missing["word2vec.py"]
    assert "word2vec.py" not in code.files


def test_a_notebook_stands_in_for_files_that_are_absent(hand_in: HandIn) -> None:
    cells = notebook(("code", "def sigmoid(x):\n    return 1"), ("markdown", "# text"), ("code", "def sigmoid(x):\n    return 2"))
    code = take_code(hand_in({"hw.ipynb": cells}), ["word2vec.py", "sgd.py"])
    assert b"return 2" in code.files["word2vec.py"]
    assert code.files["sgd.py"] == code.files["word2vec.py"]
    assert str(code.origins["sgd.py"].place(5)) == "cell 3 of hw.ipynb, line 2"
    assert code.notes == ("There is no `word2vec.py`; the code cells of `hw.ipynb` were taken in its place.",
                          "More than one cell of `hw.ipynb` defines `sigmoid`; the last definition counts.",
                          "There is no `sgd.py`; the code cells of `hw.ipynb` were taken in its place.")
    assert "hw.ipynb" not in code.files


def test_a_cell_that_writes_the_file_is_preferred_to_all_cells(hand_in: HandIn) -> None:
    code = take_code(hand_in({"hw.ipynb": notebook(("code", "import x"), ("code", "%%writefile word2vec.py\nright"))}), ["word2vec.py"])
    assert code.files["word2vec.py"].strip() == b"right"
    assert code.notes == ("`word2vec.py` was taken from cell 2 of `hw.ipynb`, which writes it.",)
    assert str(code.origins["word2vec.py"].place(2)) == "cell 2 of hw.ipynb, line 2"


def test_the_notebook_named_like_the_file_is_chosen(hand_in: HandIn) -> None:
    files = {"a.ipynb": notebook(("code", "wrong")), "Word2vec.ipynb": notebook(("code", "right"))}
    assert take_code(hand_in(files), ["word2vec.py"]).files["word2vec.py"] == b"right"


@pytest.mark.parametrize(("cell", "note"), [
    ("def sigmoid(x): pass", "`word2vec.py` was graded; the code in `hw.ipynb` was not, as the .py file wins."),
    ("%%writefile word2vec.py\nx", "`word2vec.py` was graded, not the cell of a notebook that writes it."),
    ("plot()", ""),
])
def test_the_file_wins_over_a_notebook(hand_in: HandIn, cell: str, note: str) -> None:
    code = take_code(hand_in({"word2vec.py": "def sigmoid(x): return 1", "hw.ipynb": notebook(("code", cell))}), ["word2vec.py"])
    assert code.files["word2vec.py"] == b"def sigmoid(x): return 1"
    assert " ".join(code.notes) == note
