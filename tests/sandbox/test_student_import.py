"""How a submission is laid out and imported."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.sandbox.outcomes import Loaded, Raised, Returned, TimedOut
from autograder.sandbox.source import decode_source
from autograder.sandbox.supervisor import Cell

Load = Callable[..., Any]


def value_of(worker: Any, function: str = "f", **inputs: Any) -> Any:
    outcome = worker.call(function=function, inputs=inputs, deadline_seconds=20)
    assert isinstance(outcome, Returned), outcome
    (value,) = outcome.values
    assert value.array is not None, value
    return value.array.tolist()


def test_names_are_told_apart(load: Load) -> None:
    _, loaded = load("import math\nx = 3\ndef f(): pass\nclass C: pass\ng = lambda: 0\n_h = f\n")
    assert loaded.functions == ("f", "C", "g", "_h")
    assert loaded.others == ("math", "x")


def test_support_and_data_files_and_own_modules_are_in_reach(load: Load) -> None:
    worker, loaded = load(
        """
        from utils.gradcheck import check
        from helper import double
        import helper as h
        DATA = [float(x) for x in open("data/numbers.txt").read().split()]
        def f(): return [check(), double(3), h.double(4), sum(DATA)]
        """,
        files={"helper.py": b"def double(x): return 2 * x\n", "data/numbers.txt": b"1 2 3", "utils/__init__.py": b""},
        support={"utils/gradcheck.py": b"def check(): return 1\n", "data/numbers.txt": b"support"},
    )
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == [1, 6, 8, 6]


def test_folders_without_init_are_packages_too(load: Load) -> None:
    worker, loaded = load(
        "from utils.one import x\nimport utils.two, deep.er.three as three\ndef f(): return [x, utils.two.x, three.x]\n",
        files={"utils/one.py": b"x = 1", "deep/er/three.py": b"x = 3"},
        support={"utils/two.py": b"x = 2"},
    )
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == [1, 2, 3]


def test_the_files_import_each_other_and_the_entry_once(load: Load) -> None:
    worker, loaded = load(
        "import other\ncount = 0\ndef f():\n    global count\n    count += 1\n    return other.seen() + count\n",
        files={"other.py": b"def seen():\n    import solution\n    return 10 * solution.count\n"},
    )
    assert isinstance(loaded, Loaded), loaded
    assert [value_of(worker), value_of(worker)] == [11, 22]


def test_an_entry_in_a_folder_finds_its_neighbours(load: Load) -> None:
    worker, loaded = load("", entry="hw1/code/sgd.py", files={
        "hw1/code/sgd.py": b"import near\ndef f(): return [near.x, len(open('data.txt').read())]\n",
        "hw1/code/near.py": b"x = 5\n", "hw1/code/data.txt": b"four",
    })  # fmt: skip
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == [5, 4]


PLANTED = ["numpy", "json", "random", "typing", "re", "sitecustomize", "usercustomize", "queue", "socket", "conftest"]


def test_planted_modules_do_not_take_the_place_of_real_ones(load: Load) -> None:
    poison = b"raise SystemExit('poisoned')\n"
    worker, loaded = load(
        "import numpy as np, json, random, typing, re, queue, socket, numpy.testing, fractions, sqlite3\n"
        "def f(): return [np.exp(0), int('poison' in str(np.__file__)), json.loads('2')]\n",
        files={**{f"{name}.py": poison for name in PLANTED}, "numpy/__init__.py": poison, "numpy/testing.py": poison},
    )
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == [1, 0, 2]


def test_modules_planted_during_a_call_do_not_either(load: Load) -> None:
    worker, _ = load(
        """
        import os
        def plant():
            for folder in (".", os.environ["HOME"], "/tmp"):
                for name in ("wave.py", "json.py", "numpy.py", "sitecustomize.py"):
                    open(os.path.join(folder, name), "w").write("raise SystemExit('poisoned')")
            return 0
        def f():
            import wave, json, numpy
            return 1
        """
    )
    assert value_of(worker, "plant") == 0
    assert value_of(worker) == 1


def test_a_student_may_name_a_file_like_a_rarely_used_module(load: Load) -> None:
    worker, loaded = load("from code import x\nimport test\ndef f(): return [x, test.y]\n", files={"code.py": b"x = 1", "test.py": b"y = 2"})
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == [1, 2]


@pytest.mark.parametrize("entry", ["random.py", "numpy.py", "solution (1).py", "1st-try.py", "typing.py"])
def test_any_name_of_the_entry_will_do(load: Load, entry: str) -> None:
    worker, loaded = load("", entry=entry, files={entry: b"import random, numpy as np\ndef f(): return np.abs(-random.randint(3, 3))\n"})
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == 3


def test_bytecode_of_the_submission_is_never_used(load: Load) -> None:
    header = (3495).to_bytes(2, "little") + b"\r\n" + bytes(12)
    planted = header + marshal.dumps(compile("x = 666", "helper.py", "exec"))
    worker, loaded = load(
        "import helper, sys\nsys.path.insert(0, '.')\ndef f(): return helper.x\ndef g():\n    import only\n    return 1\n",
        files={"helper.py": b"x = 1\n", **{f"__pycache__/helper.cpython-3{n}.pyc": planted for n in range(8, 16)}, "only.pyc": planted},
    )
    assert isinstance(loaded, Loaded), loaded
    assert value_of(worker) == 1
    outcome = worker.call(function="g", inputs={}, deadline_seconds=20)
    assert (outcome.error, outcome.message) == ("ModuleNotFoundError", "No module named 'only'")


@pytest.mark.parametrize("name", ["../escape.py", "/tmp/escape-from-scratch.py", "a/../../escape.py", "x\0y.py", "n" * 300 + ".py"])
def test_files_that_cannot_be_laid_out_are_noted(load: Load, name: str) -> None:
    _, loaded = load("def f(): return 1\n", files={name: b"x = 1"})
    assert isinstance(loaded, Loaded), loaded
    assert any("not laid out" in note for note in loaded.notes)


def test_odd_file_names_are_laid_out(load: Load) -> None:
    names = ["-rf", "--help", "$(reboot)", "a\nb", "\udcff\udc80", "ü é.txt", " "]
    worker, loaded = load("import os\ndef f(): return len(os.listdir('.'))\n", files=dict.fromkeys(names, b""))
    assert loaded.notes == ()
    assert value_of(worker) == len(names) + 1


# --- text that Python cannot read ---------------------------------------------------------------------------------

BROKEN = {
    "syntax": (b"x = 1\ndef f(:\n    pass\n", "SyntaxError", "invalid syntax", 2, "def f(:"),
    "python 2": (b"print 'hello'\n", "SyntaxError", "Missing parentheses", 1, "print 'hello'"),
    "indentation": (b"def f():\nreturn 1\n", "IndentationError", "expected an indented block", 2, "return 1"),
    "tabs and spaces": (b"def f():\n\tif 1:\n        x = 1\n\tx = 2\n", "TabError", "inconsistent use of tabs", 3, "x = 1"),
    "NUL": (b"x = 1\ny = 2 \x00\n", "SyntaxError", "NUL byte", 2, "y = 2"),
    "parentheses": (b"x = " + b"(" * 500 + b")" * 500, "SyntaxError", "too many nested parentheses", 1, "x = ((("),
    "depth": (b"x = " + b"-" * 100_000 + b"1", "SyntaxError", "nested too deeply", None, None),
    "long chain": (b"x = 1" + b"+1" * 200_000, "SyntaxError", "nested too deeply", None, None),
    "a character": ("x = 3 \u2212 2\n".encode(), "SyntaxError", "invalid character", 1, "x = 3 \u2212 2"),
}


@pytest.mark.parametrize(("source", "error", "message", "line", "text"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_no_python_is_pointed_at(load: Load, source: bytes, error: str, message: str, line: int | None, text: str | None) -> None:
    for mode in ("full", "definitions"):
        _, outcome = load(source, mode=mode)
        assert isinstance(outcome, Raised), outcome
        assert outcome.error == error
        assert message in outcome.message
        if line is not None and text is not None:
            assert outcome.frames[-1].line == line
            assert outcome.frames[-1].text.startswith(text)


def test_a_syntax_error_has_a_column(load: Load) -> None:
    _, outcome = load("x = 1\nif x = 2:\n    pass\n")
    assert (outcome.frames[-1].line, outcome.frames[-1].column) == (2, 4)


def test_a_syntax_error_in_another_file_names_that_file(load: Load) -> None:
    _, outcome = load("import helper\n", files={"helper.py": b"x = 1\ny = = 2\n"})
    assert [(frame.file, frame.line) for frame in outcome.frames] == [("solution.py", 1), ("helper.py", 2)]
    assert outcome.frames[-1].text == "y = = 2"


ENCODINGS = {
    "UTF-8": ("s = 'é'\n".encode(), None), "BOM": (b"\xef\xbb\xbfs = 'x'\n", None), "Latin-1": (b"# caf\xe9\ns = 'x'\n", "Latin-1"),
    "declared": (b"# -*- coding: latin-1 -*-\ns = '\xe9'\n", None), "CRLF": (b"s = 'x'\r\nif s:\r\n    t = 1", None),
    "old Mac": (b"s = 'x'\rt = 2", None), "UTF-16": ("s = 'x'\n".encode("utf-16"), "UTF-16"), "form feed": (b"s = 'x'\n\x0c\ndef g():\n  pass\n", None),
    "declared wrongly": (b"# coding: utf-8\n# \xe9\ns = 'x'\n", "Latin-1"), "declared unknown": (b"# coding: klingon\ns = 'x'\n", None),
    "declared harmful": (b"# coding: rot13\ns = 'x'\n", None), "second line": (b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\ns = '\x80'\n", None),
}  # fmt: skip


@pytest.mark.parametrize(("source", "note"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_encodings_are_read(load: Load, source: bytes, note: str | None) -> None:
    _, outcome = load(source)
    assert isinstance(outcome, Loaded), outcome
    assert "s" in outcome.others
    assert [note in n for n in outcome.notes] == ([True] if note else [])


def test_lines_are_counted_as_python_counts_them() -> None:
    source = decode_source(b"a\x0cb\r\nc\x1cd\re\xe2\x80\xa8f")
    assert [source.line(n) for n in range(5)] == ["", "a\x0cb", "c\x1cd", "e\u2028f", ""]


# --- what runs at import -----------------------------------------------------------------------------------------

AT_IMPORT = {
    "raises": ("raise ValueError('at import')", Raised),
    "exits": ("import sys; sys.exit('bye')", Raised),
    "asks": ("name = input('your name? ')", Raised),
    "loops": ("while True: pass", TimedOut),
    "needs a module": ("import no_such_module\nno_such_module.go()", Raised),
    "needs a file": ("open('glove.txt')", Raised),
}
REST = """
import numpy as np
import no_such_module
from no_such_package import thing
try:
    import cPickle as pickle
except ImportError:
    import pickle
A, B = 3, 4
RATE = 10 * A / 2
DEPTH: int = 2
LEARNED = train()
if A > 2:
    LARGE = True
else:
    LARGE = False
@no_such_module.decorator
def decorated(): pass
def f(x):
    return [x * RATE + DEPTH, LARGE, pickle.loads(pickle.dumps(B)), np.abs(-1)]
class C:
    y = 3
{}
if __name__ == "__main__":
    raise SystemExit
"""


@pytest.mark.parametrize(("statement", "first"), AT_IMPORT.values(), ids=AT_IMPORT.keys())
def test_definitions_survive_what_runs_at_import(load: Load, statement: str, first: type) -> None:
    _, outcome = load(statement + "\ndef f(x): return x\n", seconds=0.5)
    assert isinstance(outcome, first), outcome
    worker, outcome = load(REST.format(statement), mode="definitions")
    assert isinstance(outcome, Loaded), outcome
    assert {"f", "C"} <= set(outcome.functions)
    assert not {"decorated", "LEARNED"} & {*outcome.functions, *outcome.others}
    assert value_of(worker, x=2) == [32, 1, 4, 1]


def test_where_an_import_raised_is_told(load: Load) -> None:
    _, outcome = load("def g():\n    raise KeyError('w')\n\ng()\n")
    assert (outcome.error, outcome.message) == ("KeyError", "'w'")
    assert [(frame.line, frame.function, frame.text) for frame in outcome.frames] == [(4, "<module>", "g()"), (2, "g", "raise KeyError('w')")]


def test_future_imports_survive(load: Load) -> None:
    worker, _ = load('"""Doc."""\nfrom __future__ import annotations\ndef f(x: nowhere.defined): return x\n', mode="definitions")
    assert value_of(worker, x=1) == 1


# --- notebooks, old NumPy, the harness -----------------------------------------------------------------------------


def test_a_frame_in_a_notebook_names_its_cell(load: Load) -> None:
    cells = (Cell(2, "import numpy as np\nx = 1\n"), Cell(3, "def f(y):\n    return y / x.nothing"), Cell(7, "z = 1"))
    worker, outcome = load("", entry="hw.ipynb", files={"hw.ipynb": b"{}"}, cells=cells)
    assert isinstance(outcome, Loaded), outcome
    raised = worker.call(function="f", inputs={"y": 1}, deadline_seconds=20)
    (frame,) = raised.frames
    assert (frame.file, frame.cell, frame.line, frame.text) == ("hw.ipynb", 3, 2, "return y / x.nothing")


def test_notebook_names_do_nothing(load: Load) -> None:
    worker, outcome = load("get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('ls')\ndisplay(3)\ndef f(): return 1\n")
    assert isinstance(outcome, Loaded), outcome
    assert value_of(worker) == 1


OLD = "import numpy as np\nx = np.zeros(2, dtype=np.float)\ndef f(): return [np.product([2, 3]), np.asscalar(np.array([4])), np.int(5.5), np.Inf > 1, np.alltrue([1])]\n"


def test_removed_numpy_names_are_given_back_on_request(load: Load) -> None:
    _, outcome = load(OLD)
    assert isinstance(outcome, Raised)
    assert "has no attribute 'float'" in outcome.message
    worker, outcome = load(OLD, numpy_aliases=True)
    assert isinstance(outcome, Loaded), outcome
    assert {"float", "asscalar", "product"} <= set(outcome.restored_numpy_names)
    assert value_of(worker) == [6, 4, 5, 1, 1]


def test_adapters_that_are_no_python_are_no_fault_of_the_students_file(load: Load) -> None:
    with pytest.raises(SyntaxError, match="_harness, line 1"):
        load("x = 1\n", harness=b"def through(module:\n")


def test_an_adapter_calls_with_the_students_own_objects(load: Load) -> None:
    harness = b"""
def through(module, x, name):
    inner = module.inner
    assert getattr(module, name)(inner, x) is True
    return {"loss": module.inner(x), "same": 1.0}
"""
    worker, outcome = load("def inner(x): return x + 1\ndef outer(g, x): return g is inner\n", harness=harness)
    assert isinstance(outcome, Loaded), outcome
    returned = worker.call(adapter="through", inputs={"x": np.ones(2), "name": "outer"}, deadline_seconds=20)
    assert returned.keys == ("loss", "same")
    np.testing.assert_array_equal(returned.values[0].array, [2, 2])


def test_libraries_that_were_not_imported_before_can_be(load: Load) -> None:
    worker, outcome = load("import sqlite3, xml.dom.minidom, numpy.fft, wave\ndef f(): return 1\n")
    assert isinstance(outcome, Loaded), outcome
    assert value_of(worker) == 1


@pytest.mark.parametrize("name", ["reference", "problems", "autograder.references", "autograder.checks", "autograder.spec", "tests"])
def test_the_graders_modules_cannot_be_imported(load: Load, name: str) -> None:
    _, outcome = load(f"import {name}\n")
    assert isinstance(outcome, Raised), outcome
    assert outcome.error == "ModuleNotFoundError"
