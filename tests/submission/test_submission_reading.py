"""Folders, archives and single files are read safely, and whatever is left out is said."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.submission import Limits, NoSubmission, Submission, read_submission
from autograder.submission.entries import Archive, CannotRead
from autograder.submission.reading import quote

Lay = Callable[..., Path]
SMALL = Limits(code_bytes=100, writing_bytes=100, notebook_bytes=1000, other_bytes=50, total_bytes=300, files=4)


def zipped(*members: tuple[str, bytes] | tuple[zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def read_zip(tmp_path: Path, data: bytes, limits: Limits | None = None) -> Submission:
    file = tmp_path / "hw.zip"
    file.write_bytes(data)
    return read_submission(file, limits)


def said(submission: Submission) -> str:
    return " ".join(submission.notes)


def test_a_folder_is_read_with_its_subfolders(lay: Lay) -> None:
    submission = read_submission(lay({"word2vec.py": "x", "utils/utils.py": "y", "answers.md": "z"}))
    assert submission.files == {"word2vec.py": b"x", "utils/utils.py": b"y", "answers.md": b"z"}
    assert submission.notes == ()


@pytest.mark.parametrize("name", ["solution.py", "hw.ipynb", "answers.md"])
def test_a_single_file_is_a_submission(lay: Lay, name: str) -> None:
    folder = lay({name: '{"cells": []}', "other.py": ""})
    assert list(read_submission(folder / name).files) == [name]


def test_nothing_at_the_path_is_no_submission(tmp_path: Path) -> None:
    with pytest.raises(NoSubmission, match="no file or folder"):
        read_submission(tmp_path / "nothing")


@pytest.mark.parametrize("name", [
    "__pycache__/solution.cpython-311.pyc", ".git/config", "__MACOSX/._solution.py", ".DS_Store", "hw/.ipynb_checkpoints/a.ipynb",
    "node_modules/x/y.js", "Thumbs.db", ".env",
])
def test_what_computers_leave_behind_is_passed_over_in_silence(lay: Lay, name: str) -> None:
    submission = read_submission(lay({"solution.py": "", name: "junk"}))
    assert (list(submission.files), submission.notes) == (["solution.py"], ())


@pytest.mark.parametrize("files", [
    {"hw1/solution.py": "a", "hw1/answers.txt": "b"},
    {"me/hw1/solution.py": "a", "me/hw1/answers.txt": "b", "__MACOSX/me/._x.py": "c"},
])
def test_a_folder_around_everything_is_taken_off(lay: Lay, files: dict[str, str]) -> None:
    submission = read_submission(lay(files))
    assert submission.files == {"solution.py": b"a", "answers.txt": b"b"}
    assert "was found inside the folder" in said(submission)


LEFT_OUT = [
    ("solution.pyc", b"\0", "`solution.pyc` was left out: compiled files are never run; hand in the .py source."),
    ("solution.so", b"\0", "compiled files are never run"),
    ("old.tar.gz", b"\0", "`old.tar.gz` was left out: it is an archive inside the submission; hand in the files themselves."),
    ("big.py", b"#" * 101, "`big.py` was left out: it is larger than 0.0001 MB."),
    ("data.csv", b"#" * 51, "`data.csv` was left out: it is larger than 5e-05 MB."),
    ("a\nb.txt", b"", "`a?b.txt` was left out: its name holds characters that not every system can store."),
    ("y" * 250 + ".txt", b"", "its name holds characters that not every system can store"),
]


@pytest.mark.parametrize(("name", "data", "sentence"), LEFT_OUT)
def test_a_file_that_is_left_out_is_named_with_the_reason(lay: Lay, name: str, data: bytes, sentence: str) -> None:
    submission = read_submission(lay({"solution.py": "", name: data}), SMALL)
    assert list(submission.files) == ["solution.py"]
    assert sentence in said(submission)
    assert name in submission.left_out


def test_one_sentence_for_many_files_of_one_kind(lay: Lay) -> None:
    submission = read_submission(lay({f"{n}.so": b"" for n in range(9)} | {"solution.py": b""}))
    assert submission.notes == (
        "`0.so`, `1.so`, `2.so` and 6 more were left out: compiled files are never run; hand in the .py source.",)


def test_the_students_work_is_read_before_data(lay: Lay) -> None:
    submission = read_submission(lay({f"a{n}.csv": b"x" * 40 for n in range(9)} | {"z/solution.py": b"y"}), SMALL)
    assert "solution.py" in submission.files
    assert len(submission.files) == SMALL.files
    assert "there are more than 4 files" in said(submission)


def test_the_total_is_bounded(lay: Lay) -> None:
    submission = read_submission(lay({f"{n}.py": b"x" * 90 for n in range(4)}), SMALL)
    assert sum(map(len, submission.files.values())) <= SMALL.total_bytes
    assert "all files together are larger than" in said(submission)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes are of another kind there")
def test_links_pipes_and_sockets_are_left_out(lay: Lay, tmp_path: Path) -> None:
    folder = lay({"answers.md": "x"})
    (tmp_path / "secret.py").write_text("secret")
    (folder / "solution.py").symlink_to(tmp_path / "secret.py")
    (folder / "loop").symlink_to(".")
    (folder / "root").symlink_to("/")
    os.mkfifo(folder / "data.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(folder)
        try:
            listening.bind("s.txt")
        finally:
            os.chdir(here)
    submission = read_submission(folder)
    assert list(submission.files) == ["answers.md"]
    assert submission.left_out == {"solution.py": "it is a link", "loop": "it is a link", "root": "it is a link",
                                   "data.txt": "it is a pipe", "s.txt": "it is a socket"}


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be written there")
def test_names_that_are_no_text_are_left_out_and_shown_harmlessly(lay: Lay) -> None:
    folder = lay({"solution.py": "", "-rf": "", "--help": "", "$(touch pwned).txt": ""})
    (folder / os.fsdecode(b"\xff\xfe\xed.txt")).write_text("")
    submission = read_submission(folder)
    assert set(submission.files) == {"solution.py", "-rf", "--help", "$(touch pwned).txt"}
    said(submission).encode()


def test_a_folder_with_the_name_of_a_file_is_said(lay: Lay) -> None:
    folder = lay({"answers.txt": ""})
    (folder / "solution.py").mkdir()
    assert read_submission(folder).left_out == {"solution.py": "it is a folder, not a file"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_is_said(lay: Lay) -> None:
    folder = lay({"answers.txt": "", "closed/solution.py": ""})
    (folder / "closed").chmod(0)
    try:
        assert "cannot be opened" in said(read_submission(folder))
    finally:
        (folder / "closed").chmod(0o700)


def test_deep_folders_end(lay: Lay) -> None:
    submission = read_submission(lay({"solution.py": "", "/".join("abcdefghijklmnopq") + "/x.py": ""}))
    assert list(submission.files) == ["solution.py"]


# Archives


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    submission = read_zip(tmp_path, zipped(("./hw1//solution.py", b"a"), ("hw1\\answers.txt", b"b"), ("__MACOSX/hw1/._solution.py", b"c")))
    assert submission.files == {"solution.py": b"a", "answers.txt": b"b"}


def test_an_archive_alone_in_a_folder_is_opened(lay: Lay) -> None:
    assert read_submission(lay({"hw.zip": zipped(("solution.py", b"a"))})).files == {"solution.py": b"a"}


def test_an_archive_beside_the_work_is_not(lay: Lay) -> None:
    submission = read_submission(lay({"hw.zip": zipped(("solution.py", b"a")), "solution.py": b"b"}))
    assert submission.files == {"solution.py": b"b"}


@pytest.mark.parametrize("name", ["../solution.py", "/etc/solution.py", "a/../../solution.py", "C:/solution.py", "..\\solution.py"])
def test_a_path_out_of_the_archive_is_left_out(tmp_path: Path, name: str) -> None:
    submission = read_zip(tmp_path, zipped((name, b"evil"), ("answers.txt", b"x")))
    assert list(submission.files) == ["answers.txt"]
    assert "a path that leads out of the archive" in said(submission)


def test_a_link_in_an_archive_is_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("solution.py")
    link.external_attr = 0o120777 << 16
    submission = read_zip(tmp_path, zipped((link, b"/etc/passwd"), ("answers.txt", b"x")))
    assert submission.left_out == {"solution.py": "it is a link"}


def test_a_bomb_is_cut_at_the_limit(tmp_path: Path) -> None:
    submission = read_zip(tmp_path, zipped(("answers.txt", b"0" * 50_000_000), ("solution.py", b"x")))
    assert list(submission.files) == ["solution.py"]
    assert submission.left_out == {"answers.txt": "it is larger than 4 MB"}


def test_a_bomb_that_lies_about_its_size_is_cut_too(tmp_path: Path) -> None:
    data = zipped(("answers.txt", b"0" * 50_000_000))
    lied = data.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 1000))
    assert lied != data
    submission = read_zip(tmp_path, lied)
    assert not submission.files or len(submission.files["answers.txt"]) <= 1000
    assert submission.notes or submission.files


def test_many_small_bombs_are_bounded_together(tmp_path: Path) -> None:
    submission = read_zip(tmp_path, zipped(*((f"{n}.txt", b"0" * 3_900_000) for n in range(30))))
    assert sum(map(len, submission.files.values())) <= Limits().total_bytes
    assert "all files together are larger than 64 MB" in said(submission)


def test_a_locked_archive_is_said(tmp_path: Path) -> None:
    data = bytearray(zipped(("solution.py", b"secret")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    assert read_zip(tmp_path, bytes(data)).left_out == {"solution.py": "it is locked with a password"}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip at all", zipped(("a.py", b"x" * 500))[:-30]],
                         ids=["empty", "a mark alone", "text", "cut short"])
def test_a_broken_archive_is_said(tmp_path: Path, data: bytes) -> None:
    submission = read_zip(tmp_path, data)
    assert submission.notes == ("`hw.zip` is broken and cannot be unpacked. Make it again and hand it in.",)


def test_a_huge_list_of_contents_is_refused_before_it_is_read(tmp_path: Path) -> None:
    data = zipped(("a.py", b"x"))
    end = data.rfind(b"PK\x05\x06")
    huge = data[: end + 12] + struct.pack("<I", 3_000_000) + data[end + 16 :]
    assert read_zip(tmp_path, huge).notes == ("`hw.zip` lists too many files. Hand in only your own.",)


def test_a_huge_archive_is_not_opened(tmp_path: Path) -> None:
    submission = read_zip(tmp_path, zipped(("a.py", b"x")), Limits(archive_bytes=10))
    assert "was not opened. Leave data sets and saved parameters out of it." in said(submission)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_altered_archive_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(zipped(("solution.py", b"x" * 200), ("hw/answers.txt", bytes(range(256)))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read: list[bytes] = []
    with contextlib.suppress(CannotRead):
        archive = Archive("hw.zip", bytes(whole))
        for entry in archive.entries():
            read.append(archive.read(entry, 1000))
    assert all(len(content) <= 1001 for content in read)


@given(st.text())
def test_a_quoted_name_is_safe_to_show(name: str) -> None:
    shown = quote(name)
    assert shown.count("`") == 2
    assert shown.isprintable()
    shown.encode()
