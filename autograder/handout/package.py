"""An assignment -> the folder and the zip that students get; nothing leaves without an audit."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.assignments import HOME
from autograder.handout.harness import public_harness
from autograder.handout.pages import answers_latex, answers_markdown, answers_notebook, readme
from autograder.handout.wheel import Wheel, build_wheel
from autograder.spec.model import Assignment
from autograder.spec.public import SUPPORT_FOLDER, as_students_see, public_half
from autograder.spec.written import WrittenFields
from autograder.student_code import read_support

_DATE = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = frozenset({"__pycache__", "__MACOSX"})


class CannotHandOut(Exception):
    """Something that the handout needs is not there; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Handout:
    """A finished handout, in memory.

    folder  the name of the one folder that the zip holds
    files   what is in it, by path
    """

    folder: str
    files: Mapping[str, bytes]
    wheel: Wheel

    def as_zip(self) -> bytes:
        """Return the zip; the same files give the same bytes."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(self.files):
                member = zipfile.ZipInfo(f"{self.folder}/{name}", _DATE)
                member.create_system = 3
                member.external_attr = 0o100644 << 16
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, self.files[name])
        return target.getvalue()

    def write_zip(self, path: Path) -> None:
        """Put the zip in place in one step. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            unfinished.write_bytes(self.as_zip())
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    def write_folder(self, path: Path) -> None:
        """Write the files into a folder that is new or empty. Raises OSError."""
        if path.exists() and any(path.iterdir()):
            raise CannotHandOut(f"{path} is not empty; name a new folder, so that nothing old is handed out")
        for name, data in self.files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def build_handout(assignment: Assignment, home: Path = HOME) -> Handout:
    """Put together what students get. Raises CannotHandOut, CannotBuildWheel, SpecError."""
    public = as_students_see(assignment)
    wheel = build_wheel(home)
    files = dict(_starter_files(assignment))
    files |= {f"problems/{name}": text.encode() for name, text in public_half(assignment).items()}
    files |= {f"problems/{SUPPORT_FOLDER}/{name}": data for name, data in read_support(assignment).items()}
    if assignment.head.harness is not None:
        source = (assignment.folder / assignment.head.harness).read_text(encoding="utf-8")
        files[f"problems/{assignment.head.harness}"] = public_harness(source, public).encode()
    if any(isinstance(part, WrittenFields) for problem in public.problems for part in problem.parts):
        files[assignment.head.answers] = answers_markdown(public).encode()
        files["answers.tex"] = answers_latex(public).encode()
        files["answers.ipynb"] = answers_notebook(public).encode()
    files["README.md"] = readme(public, wheel.name).encode()
    files[wheel.name] = wheel.data
    return Handout(assignment.head.id, files, wheel)


def _starter_files(assignment: Assignment) -> dict[str, bytes]:
    if assignment.head.starter is None:
        return {}
    folder = assignment.folder / assignment.head.starter
    found = {}
    for file in sorted(folder.rglob("*")):
        steps = file.relative_to(folder).parts
        if not file.is_file() or any(step.startswith(".") or step in _LEFT_OUT for step in steps):
            continue
        if not file.resolve().is_relative_to(folder.resolve()):
            raise CannotHandOut(f"{file} is a link that leads out of the starter; put the file itself there")
        found[file.relative_to(folder).as_posix()] = file.read_bytes().replace(b"\r\n", b"\n")
    return found
