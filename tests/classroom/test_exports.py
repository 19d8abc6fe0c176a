"""Exports of every kind: names and ids are kept, and what belongs to nobody is listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

import pytest
from exports_of_all_kinds import GRADESCOPE, write_folder, write_zip
from hypothesis import given
from hypothesis import strategies as st

from autograder.classroom.exports import BadExport, Export
from autograder.classroom.exports import read_export as open_export
from autograder.classroom.exports.canvas import NAME, without_number

TOP = "assignment_54_export"
GRADESCOPE_FILES = {
    f"{TOP}/submission_metadata.yml": GRADESCOPE,
    f"{TOP}/submission_101/word2vec.py": "x = 1\n",
    f"{TOP}/submission_101/utils/more.py": "y = 1\n",
    f"{TOP}/submission_102/answers.md": "## a\n",
    f"{TOP}/submission_103/word2vec.py": "x = 3\n",
    f"{TOP}/submission_999/word2vec.py": "nobody\n",
    f"{TOP}/notes.txt": "nobody\n",
    f"__MACOSX/{TOP}/._notes.txt": "noise",
}


OPENED = ExitStack()


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    OPENED.close()


def read_export(path: Path, kind: str | None = None) -> Export:
    return OPENED.enter_context(open_export(path, kind))


def contents(export: Export) -> dict[str, dict[str, bytes]]:
    return {one.name: dict(export.contents(one).files) for one in export.submissions}


@pytest.fixture(params=["folder", "zip"])
def gradescope(request: pytest.FixtureRequest, tmp_path: Path) -> Export:
    write = {"folder": lambda: write_folder(tmp_path / "export", GRADESCOPE_FILES),
             "zip": lambda: write_zip(tmp_path / "submissions.zip", GRADESCOPE_FILES)}[request.param]
    return read_export(write())


def test_gradescope_names_groups_and_files(gradescope: Export) -> None:
    assert gradescope.kind == "gradescope"
    students = {one.name: [(s.id, s.name, s.email, s.sid) for s in one.students] for one in gradescope.submissions}
    assert students == {
        "submission_101": [("00123456", "Ada Example", "ada@university.example", "00123456"),
                           ("00123457", "Ben Example", "ben@university.example", "00123457")],
        "submission_102": [("cyd@university.example", "Cyd Example", "cyd@university.example", "")],
        "submission_103": [("submission_103:Dee Example", "Dee Example", "", "")],
    }
    assert contents(gradescope) == {
        "submission_101": {"word2vec.py": b"x = 1\n", "utils/more.py": b"y = 1\n"},
        "submission_102": {"answers.md": b"## a\n"},
        "submission_103": {"word2vec.py": b"x = 3\n"},
    }


def test_gradescope_times_and_history(gradescope: Export) -> None:
    ada, cyd, dee = gradescope.submissions
    assert ada.created_at == datetime(2026, 2, 16, 5, 14, 9, 365935, tzinfo=timezone.utc)
    assert cyd.created_at is not None
    assert cyd.created_at.utcoffset() is not None
    assert cyd.created_at.astimezone(timezone.utc).hour == 15
    assert dee.created_at is None
    assert [(one.id, one.score, one.results.get("score")) for one in ada.history] == [("99", 0.0, "0"), ("100", 17.5, "27.5")]
    assert ada.history[0].results["output"] == "The autograder failed: try again.\nNow."
    assert any("'yesterday', which is no time" in oddity for oddity in gradescope.oddities)


def test_gradescope_lists_what_belongs_to_nobody(gradescope: Export) -> None:
    assert gradescope.nobodys == (f"{TOP}/notes.txt", f"{TOP}/submission_999/word2vec.py")


def test_a_submission_without_files_is_kept_and_told(tmp_path: Path) -> None:
    files = {"submission_metadata.yml": GRADESCOPE, "submission_101/a.py": "", "submission_102/a.py": ""}
    export = read_export(write_folder(tmp_path, files))
    assert [one.name for one in export.submissions] == ["submission_101", "submission_102", "submission_103"]
    assert [o for o in export.oddities if "no files" in o] == [
        "submission_metadata.yml:33:1: the export holds no files of submission_103 (Dee Example); it is not graded"]


@pytest.mark.parametrize(("text", "said"), [
    ("submission_1:\n  :submitters: [\n", "submission_metadata.yml:3:1: not YAML"),
    ("- a\n- b\n", "submission_metadata.yml:1:1: the file must be a mapping of names"),
    ("a: 1\na: 2\n", "submission_metadata.yml:2:1: 'a' stands here twice"),
    ("a: *x\n", "submission_metadata.yml:1:4: nothing was called 'x' before"),
    ("? [a]\n: 1\n", "submission_metadata.yml:1:3: a key must be a plain name"),
    ("a: 1\n---\nb: 2\n", "submission_metadata.yml:2:1: more than one document"),
    ("a: " + "[" * 100 + "]" * 100 + "\n", "nested more than 60 deep"),
    ("a: \x00\n", "not YAML"),
])
def test_bad_metadata_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    write_folder(tmp_path, {"submission_metadata.yml": text, "submission_1/a.py": ""})
    with pytest.raises(BadExport, match="cannot be read beyond that") as error:
        read_export(tmp_path)
    assert said in str(error.value)


def test_tags_build_nothing_and_aliases_are_not_copied(tmp_path: Path) -> None:
    bombs = "".join(f"  k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    text = (f"submission_1:\n  k0: &a0 [x]\n{bombs}  :submitters:\n  - !ruby/object:User\n    :name: Eve\n"
            "    :sid: !!python/object/apply:os.system [id]\n")
    export = read_export(write_folder(tmp_path, {"submission_metadata.yml": text, "submission_1/a.py": ""}))
    assert [student.name for student in export.submissions[0].students] == ["Eve"]


CANVAS_FILES = {
    "exampleada_12345_67890_word2vec.py": "old\n",
    "exampleada_12345_67999_word2vec-1.py": "new\n",
    "exampleada_12345_68000_answers.md": "## a\n",
    "examplebennyjr_LATE_12346_67891_homework.zip": "PK",
    "under_score_12347_67892_my_own_file.py": "x\n",
    "typist_12348_text.html": "<p>",
    "LATE_anon_aB3x9_67893_word2vec.py": "y\n",
    "grades.csv": "nobody",
}


def test_canvas(tmp_path: Path) -> None:
    export = read_export(write_zip(tmp_path / "submissions.zip", CANVAS_FILES))
    assert export.kind == "canvas"
    assert {one.name: (one.students[0].name, one.is_marked_late) for one in export.submissions} == {
        "12345": ("exampleada", False), "12346": ("examplebennyjr", True), "12347": ("under_score", False),
        "12348": ("typist", False), "aB3x9": ("anon", True),
    }
    assert contents(export)["12345"] == {"word2vec.py": b"new\n", "answers.md": b"## a\n"}
    assert contents(export)["12347"] == {"my_own_file.py": b"x\n"}
    assert export.nobodys == ("grades.csv",)
    assert export.oddities == ("exampleada (12345) handed in word2vec.py more than once; the one with the highest "
                               "number counts, 67999",)
    broken = export.contents(next(one for one in export.submissions if one.name == "12346"))
    assert broken.notes == ("`homework.zip` is broken and cannot be unpacked. Make it again and hand it in.",)


@pytest.mark.parametrize(("file", "plain"), [
    ("word2vec-1.py", "word2vec.py"), ("word2vec-12.py", "word2vec.py"), ("a-b.py", "a-b.py"), ("answers-2", "answers"),
    ("hw-2026.py", "hw-2026.py"), ("-1.py", "-1.py"),
])
def test_the_number_of_a_resubmission_is_taken_off(file: str, plain: str) -> None:
    assert without_number(file) == plain


@given(st.from_regex(r"[a-z][a-z0-9]{0,20}", fullmatch=True), st.booleans(), st.integers(1, 10**9),
       st.integers(1, 10**9), st.from_regex(r"[A-Za-z_0-9 .-]{1,30}\.py", fullmatch=True))
def test_canvas_names_are_taken_apart_as_they_were_made(name: str, late: bool, user: int, number: int, file: str) -> None:
    match = NAME.fullmatch("_".join([name, *(["LATE"] if late else []), str(user), str(number), file]))
    assert match is not None
    assert (match["name"], bool(match["late"]), match["user"], match["attachment"], match["file"]) == (
        name, late, str(user), str(number), file)


def test_moodle(tmp_path: Path) -> None:
    files = {
        "Ada Example_3001_assignsubmission_file_/word2vec.py": "x\n",
        "Ada Example_3001_assignsubmission_onlinetext_/onlinetext.html": "<p>",
        "Zoë van der Ü_3002_assignsubmission_file_/deep/answers.md": "## a\n",
        "Cyd_3003_assignsubmission_file_flat.py": "z\n",
        "readme.txt": "nobody",
    }
    for export in (read_export(write_folder(tmp_path / "all", files)), read_export(write_zip(tmp_path / "all.zip", files))):
        assert export.kind == "moodle"
        assert [(one.students[0].id, one.students[0].name) for one in export.submissions] == [
            ("3001", "Ada Example"), ("3002", "Zoë van der Ü"), ("3003", "Cyd")]
        assert set(contents(export)["3001"]) == {"word2vec.py", "onlinetext.html"}
        assert contents(export)["3002"] == {"answers.md": b"## a\n"}
        assert contents(export)["3003"] == {"flat.py": b"z\n"}
        assert export.nobodys == ("readme.txt",)


def test_plain_folders(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"word2vec.py": "from a zip\n"})
    folder = write_folder(tmp_path / "class", {"ada/word2vec.py": "x\n", "j.doe/word2vec.py": "y\n", "loose.py": "?"})
    (folder / "ben.zip").write_bytes(inner.read_bytes())
    (folder / "empty").mkdir()
    (folder / ".git").mkdir()
    export = read_export(folder)
    assert contents(export) == {"ada": {"word2vec.py": b"x\n"}, "ben": {"word2vec.py": b"from a zip\n"},
                                "j.doe": {"word2vec.py": b"y\n"}}
    assert export.nobodys == ("loose.py",)
    assert export.oddities == ("empty is an empty folder; if it is a student's, nothing was handed in",)


def test_the_folder_that_a_zip_program_adds_is_no_student(tmp_path: Path) -> None:
    export = read_export(write_zip(tmp_path / "c.zip", {"class/ada/a.py": "", "class/ben/a.py": ""}))
    assert [one.name for one in export.submissions] == ["ada", "ben"]


def test_paths_that_lead_out_belong_to_nobody(tmp_path: Path) -> None:
    files = {"ada/a.py": "x\n", "ada/../../etc/passwd": "!", "/etc/shadow": "!", "../up.py": "!"}
    export = read_export(write_zip(tmp_path / "c.zip", files))
    assert contents(export) == {"ada": {"a.py": b"x\n"}}
    assert export.nobodys == ("../up.py", "/etc/shadow", "ada/../../etc/passwd")


def test_names_cannot_steer_a_terminal(tmp_path: Path) -> None:
    metadata = 'submission_1:\n  :submitters:\n  - :name: "Eve \\e[2J\\u202eX"\n'
    export = read_export(write_folder(tmp_path / "g", {"submission_metadata.yml": metadata, "submission_1/a.py": ""}))
    assert export.submissions[0].students[0].name == "Eve [2JX"
    export = read_export(write_zip(tmp_path / "c.zip", {"ada/a.py": "", "e\x1b[2Jve/a.py": "", "cyd/\x1b.py": ""}))
    assert [one.name for one in export.submissions] == ["ada", "cyd"]
    assert export.nobodys == ("e\\x1b[2Jve/a.py",)
    assert "its name holds characters" in str(export.contents(export.submissions[1]).left_out)


def test_links_are_not_followed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "class", {"ada/a.py": "x\n"})
    (folder / "ada/secret.py").symlink_to("/etc/passwd")
    export = read_export(folder)
    read = export.contents(export.submissions[0])
    assert (dict(read.files), dict(read.left_out)) == ({"a.py": b"x\n"}, {"secret.py": "it is a link"})


FAULTS: list[tuple[str, Mapping[str, str], str]] = [
    ("nothing.tar", {}, "is neither a folder nor a .zip"),
    ("class", {"readme.txt": "x"}, "was read as an export of the kind 'folders', and holds no submission of anybody"),
    ("class", {"a/submission_metadata.yml": "", "b/submission_metadata.yml": ""}, "holds more than one export"),
]


@pytest.mark.parametrize(("name", "files", "said"), FAULTS)
def test_what_is_no_export_is_refused_in_words(tmp_path: Path, name: str, files: Mapping[str, str], said: str) -> None:
    path = tmp_path / name
    if files:
        write_folder(path, files)
    else:
        path.write_text("x")
    with pytest.raises(BadExport) as error:
        read_export(path)
    assert said in str(error.value)


def test_a_broken_zip_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "s.zip").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(BadExport, match=r"s\.zip is broken and cannot be unpacked"):
        read_export(tmp_path / "s.zip")
    with pytest.raises(BadExport, match=r"cannot be opened: No such file"):
        read_export(tmp_path / "none.zip")


def test_the_kind_can_be_said(tmp_path: Path) -> None:
    export = read_export(write_folder(tmp_path, {"submission_metadata.yml": "a: 1", "ada/a.py": ""}), "folders")
    assert (export.kind, [one.name for one in export.submissions]) == ("folders", ["ada"])
    with pytest.raises(BadExport, match=r"has no submission_metadata\.yml; export the submissions again"):
        read_export(write_folder(tmp_path / "b", {"ada/a.py": ""}), "gradescope")
