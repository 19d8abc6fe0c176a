"""What is in the zip, and that it is the same wherever it is made."""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from stages import TINY

from autograder.gradescope.package import CannotPackage, Package, build_package
from autograder.spec import load_assignment

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def package() -> Package:
    return build_package(load_assignment(HOME / "problems/cs224n_a2"))


def test_scripts_stand_at_the_root_and_may_be_run(package: Package) -> None:
    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        for name in ("run_autograder", "setup.sh"):
            member = archive.getinfo(name)
            assert member.external_attr >> 16 == stat.S_IFREG | 0o755
            assert member.create_system == 3
            assert archive.read(name).startswith(b"#!")


def test_nothing_is_in_it_that_is_not_needed(package: Package) -> None:
    tops = {name.split("/")[0] for name in package.files}
    assert tops == {"run_autograder", "setup.sh", "requirements.lock", "autograder", "problems", "reference"}
    assert {name.split("/")[1] for name in package.files if name.startswith("problems/")} == {"cs224n_a2"}
    assert not [name for name in package.files if "__pycache__" in name or name.endswith(".pyc") or "/." in name]


def test_only_the_references_that_the_assignment_needs_are_in_it(package: Package) -> None:
    references = {name for name in package.files if name.startswith("reference/")}
    assert {"reference/__init__.py", "reference/word2vec.py", "reference/arrays.py"} <= references
    assert not {name for name in references if "cbow" in name or "backprop" in name}, "answers of another assignment"


def test_every_file_that_a_problem_names_is_in_it(package: Package) -> None:
    assert "problems/cs224n_a2/harness.py" in package.files
    assert "problems/cs224n_a2/starter/utils/gradcheck.py" in package.files
    assert "autograder/formula/latex/spelling.ini" in package.files
    assert "autograder/py.typed" in package.files


def test_the_same_input_gives_the_same_bytes_whatever_the_line_ends(tmp_path: Path) -> None:
    home = tmp_path / "checkout"
    home.mkdir()
    for name in ("run_autograder", "setup.sh", "requirements.lock"):
        (home / name).write_bytes((HOME / name).read_bytes().replace(b"\n", b"\r\n"))
    shutil.copytree(HOME / "autograder", home / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    other = shutil.copytree(TINY, tmp_path / "elsewhere/tiny", ignore=shutil.ignore_patterns("__pycache__"))
    for file in other.rglob("*.yaml"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    (other / "__pycache__").mkdir()
    (other / "__pycache__/x.pyc").write_bytes(b"stale")
    (other / ".DS_Store").write_bytes(b"noise")
    assert build_package(load_assignment(other), home).digest == build_package(load_assignment(TINY)).digest


def test_a_missing_part_of_the_grader_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotPackage, match=r"run_autograder cannot be read: No such file"):
        build_package(load_assignment(TINY), tmp_path)


def test_a_link_out_of_the_assignment_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(TINY, tmp_path / "tiny")
    (tmp_path / "private.txt").write_text("not for the zip")
    (folder / "notes.txt").symlink_to(tmp_path / "private.txt")
    with pytest.raises(CannotPackage, match=r"notes\.txt is a link that leads out of the assignment"):
        build_package(load_assignment(folder))


def test_the_zip_is_put_in_place_in_one_step(tmp_path: Path) -> None:
    package = Package(b"zip", ("run_autograder",))
    package.write(tmp_path / "new/autograder.zip")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["autograder.zip"]
    assert (tmp_path / "new/autograder.zip").read_bytes() == b"zip"
