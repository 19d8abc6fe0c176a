"""Answers that are hidden in a handout are found, in whatever spelling and however deep; what is public is not one."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from autograder.handout.audit import audit, find_withheld
from autograder.handout.code_leaks import expected_numbers, find_code, find_numbers
from autograder.handout.formula_leaks import FormulaSearch
from autograder.handout.package import build_handout
from autograder.handout.unpacking import Piece, unpack
from autograder.spec import Assignment, load_assignment

HOME = Path(__file__).parents[2]
SMALL = HOME / "tests/precheck/small"


@lru_cache
def a2() -> Assignment:
    return load_assignment(HOME / "problems/cs224n_a2")


@lru_cache
def search() -> FormulaSearch:
    return FormulaSearch(a2())


FORMULAS = [
    ("notes.md", "The gradient is $U(\\hat{y} - y)$.", "softmax_grad_vc"),
    ("notes.md", "dJ/dv_c = -u_o + \\sum_w \\hat y_w u_w", "softmax_grad_vc"),
    ("notes.md", "`U @ (y_hat - y)`", "softmax_grad_vc"),
    ("notes.md", "> hint: U(ŷ − y)", "softmax_grad_vc"),
    ("notes.tex", "% \\mathbf{U} \\left( \\hat{\\mathbf{y}} - \\mathbf{y} \\right)", "softmax_grad_vc"),
    ("word2vec.py", "# v_c (y_hat - y)^T", "softmax_grad_U"),
    ("word2vec.py", "x = np.outer(v_c, y_hat - y)", "softmax_grad_U"),
    ("word2vec.py", "'''Return $\\sigma(x)(1-\\sigma(x))$'''", "sigmoid_derivative"),
    ("problems/sigmoid.yaml", "hint: 'e^{-x}/(1+e^{-x})^2'", "sigmoid_derivative"),
    ("problems/sigmoid.yaml", "hint: 'sigma(-x) * sigma(x)'", "sigmoid_derivative"),
    ("answers.md", "$$(\\sigma(u_o^\\top v_c) - 1)v_c$$", "negsample_grad_uo"),
    ("answers.md", "$$\\frac{-v_c}{1 + e^{u_o^\\top v_c}}$$", "negsample_grad_uo"),
]


@pytest.mark.parametrize(("file", "text", "part"), FORMULAS)
def test_an_answer_is_found_by_its_meaning(file: str, text: str, part: str) -> None:
    found = list(search().find([Piece(file, text.encode())]))
    assert [leak.what.endswith(f"/{part}") for leak in found] == [True], found


PUBLIC = [
    "The gradient of $J$ with respect to $v_c$, in terms of $y$, $\\hat y$ and $U$, without sums.",
    "$J = -\\log \\hat{y}_o$", "`U`", "$$\\frac{\\partial J}{\\partial v_c}$$", "x = y - x", "if x > 0:", "v_c, U = 1, 2",
    "loss = -np.log(y_hat)", "The sum over w of u_w.",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_no_answer_is_not_found(text: str) -> None:
    assert list(search().find([Piece("a.md", text.encode()), Piece("a.py", text.encode())])) == []


def as_zip(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return target.getvalue()


def as_tar(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def as_notebook(data: bytes) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": ["pass\n"], "outputs": [{"text": [data.decode()]}]}]}).encode()


HIDING: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("plain.md", lambda data: data),
    ("utf16.md", lambda data: data.decode().encode("utf-16")),
    ("a.zip", lambda data: as_zip("inner.md", data)),
    ("a.whl", lambda data: as_zip("b.zip", as_zip("inner.md", data))),
    ("a.tar.gz", lambda data: as_tar("inner.md", data)),
    ("a.gz", gzip.compress),
    ("a.bz2", bz2.compress),
    ("a.xz", lzma.compress),
    ("a.z", zlib.compress),
    ("a.ipynb", as_notebook),
    ("a.py", lambda data: b"SOLUTION = '" + base64.b64encode(data) + b"'\n"),
    ("b.py", lambda data: b"SOLUTION = '" + base64.urlsafe_b64encode(zlib.compress(data)) + b"'\n"),
    ("c.py", lambda data: b"SOLUTION = '" + data.hex().encode() + b"'\n"),
]


@pytest.mark.parametrize(("file", "hide"), HIDING, ids=lambda value: value if isinstance(value, str) else "")
def test_an_answer_is_found_wherever_it_is_put(file: str, hide: Callable[[bytes], bytes]) -> None:
    data = hide(b"The gradient with respect to the centre vector comes out as $U(\\hat{y} - y)$, as you can see.\n" * 2)
    assert any("softmax_grad_vc" in leak.what for leak in search().find(unpack({file: data})))


def test_reference_code_is_found_under_other_names() -> None:
    source = (HOME / "reference/word2vec.py").read_text()
    renamed = source.replace("U", "matrix").replace("v_c", "vector").replace("negative", "sample").replace("    ", "  ")
    renamed = "\n".join(line for line in renamed.split("\n") if '"""' not in line)
    assert renamed != source
    for text in (source, renamed, f"Some words.\n\n{source[source.index('def '):]}"):
        assert list(find_code([Piece("helper.py", text.encode())], a2()))
    starter = (HOME / "problems/cs224n_a2/starter/word2vec.py").read_bytes()
    assert list(find_code([Piece("word2vec.py", starter)], a2())) == []


def test_numbers_that_the_grader_expects_are_found_in_digits_and_in_bytes() -> None:
    number = next(number for number, part in expected_numbers(a2()) if part == "naive-softmax/code")
    for data in (f"assert loss == {number!r}".encode(), f"loss is about {number:.7g}".encode(),
                 b"\x93NUMPY\0\0" + struct.pack("<d", number), struct.pack(">d", number) + b"\0"):
        assert [leak.what for leak in find_numbers([Piece("test.npy", data)], a2())] == [
            "holds a number that is expected of naive-softmax/code"]
    assert list(find_numbers([Piece("a.py", b"x = 0.5; y = 1e-12; n = 1234567; z = 3.14159265")], a2())) == []


def test_withheld_texts_are_found() -> None:
    mistake = next(part for part in a2().problems[1].parts if part.id == "code").mistakes[0]  # type: ignore[union-attr]
    for text in (a2().head.seed.upper(), mistake.say.replace(" ", "\n> "), a2().problems[1].parts[3].rubric):  # type: ignore[union-attr]
        assert list(find_withheld([Piece("a.md", str(text).encode())], a2()))


def test_a_sound_handout_has_no_leak_and_a_wheel_that_brings_a_reference_has(tmp_path: Path) -> None:
    small = load_assignment(SMALL)
    made = build_handout(small)
    assert audit(made, small) == ()
    wheel = made.wheel
    with zipfile.ZipFile(io.BytesIO(wheel.data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents["reference/__init__.py"] = b""
    contents["reference/small.py"] = b"def square(w, X, y):\n    return {}\n"
    contents["autograder/cases.py"] += b"\nimport reference\nopen(" + repr(str(SMALL / "reference/small.py")).encode() + b")\n"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    bad = replace(wheel, data=target.getvalue())
    leaks = [str(leak) for leak in audit(replace(made, wheel=bad, files={**made.files, wheel.name: bad.data}), small)]
    assert any("`import reference` finds something" in leak for leak in leaks), leaks
    assert any("small.square" in leak for leak in leaks), leaks
    assert any("was opened" in leak for leak in leaks), leaks
