"""Stages for tests: a zip unpacked as the platform does it, on the libraries that are installed here."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from datetime import datetime, timezone
from pathlib import Path

from autograder.gradescope.container import Place
from autograder.gradescope.package import build_package
from autograder.gradescope.rehearsal import Stage
from autograder.spec import load_assignment

TINY = Path(__file__).parent / "tiny"
RIGHT = "def double(x):\n    return 2 * x\n\ndef triple(x):\n    return 3 * x\n\ndef negate(x):\n    return -x\n\n" \
    "def square(x):\n    return x ** 2\n"
NOON = datetime(2026, 2, 16, 12, 0, tzinfo=timezone.utc)


def open_stage(folder: Path, assignment: Path = TINY) -> Stage:
    """Unpack the zip of an assignment and give it an environment without installing anything."""
    folder.chmod(0o755)
    build_package(load_assignment(assignment)).write(folder / "autograder.zip")
    stage = Stage(Place(folder))
    stage.unpack(folder / "autograder.zip")
    borrow_libraries(folder / "autograder/source")
    return stage


def borrow_libraries(source: Path) -> None:
    """Do what setup.sh does, with the libraries of the running interpreter."""
    venv = source / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    libraries = next(venv.glob("lib/python*/site-packages"))
    (libraries / "autograder-source.pth").write_text(f"{source}\n")
    (libraries / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    (venv / ".installed-requirements.lock").write_bytes((source / "requirements.lock").read_bytes())


def write_solution(folder: Path, text: str = RIGHT) -> Path:
    """Write a submission with one file and return its folder."""
    submission = folder / "handed_in"
    submission.mkdir(exist_ok=True)
    (submission / "solution.py").write_text(text)
    return submission
