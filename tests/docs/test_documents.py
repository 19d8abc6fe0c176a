"""The documents are true: every command in them exists, those of the guides are run, and what the reader types works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from autograder.cli import main
from autograder.commands import student
from autograder.handout.package import build_handout
from autograder.spec import load_assignment

HOME = Path(__file__).parents[2]
DOCUMENTS = [HOME / "README.md", HOME / "CONTRIBUTING.md", *sorted((HOME / "docs").glob("*.md"))]
AUTOGRADER = Path(sys.executable).parent / "autograder"
# Commands that install, need a network, run for long or never end; what they do is tested elsewhere.
NOT_RUN = ("./setup.sh", "pip ", "python -m venv", ". .venv", ".venv/bin/p", ".venv/bin/ruff", ".venv/bin/mypy",
           "autograder check --watch", ".ci/run", "#")
_BLOCK = re.compile(r"^    (?P<command>(?:\S+/)?(?:autograder|run_autograder)\s.*?)(?:\s+#.*)?$", re.MULTILINE)
_FILE = re.compile(r"`(?P<name>[\w./-]+)`:?\n\n```\w*\n(?P<text>.*?)\n```", re.DOTALL)
_INLINE = re.compile(r"`(autograder [^`\n]+)`")


def commands(document: Path) -> list[str]:
    return [match["command"] for match in _BLOCK.finditer(document.read_text(encoding="utf-8"))]


def every_command() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for command in dict.fromkeys([*commands(document), *_INLINE.findall(text)]):
            if "autograder/" not in command.split()[0]:
                yield document.name, command


@pytest.mark.parametrize(("document", "command"), list(every_command()))
def test_every_command_exists_with_its_options(document: str, command: str) -> None:
    words = shlex.split(command.partition(">")[0], comments=True)
    if words[0].endswith("run_autograder"):
        assert (HOME / "run_autograder").is_file()
        return
    group: click.Command = student.main if document == "students.md" else main
    while isinstance(group, click.Group) and len(words) > 1 and words[1] in group.commands:
        group, words = group.commands[words[1]], words[1:]
    assert not isinstance(group, click.Group) or len(words) == 1, f"{document}: there is no command '{command}'"
    known = {spelling for parameter in group.params for spelling in (*parameter.opts, "--help", "--version")}
    unknown = {word.partition("=")[0] for word in words[1:] if word.startswith("-")} - known
    assert not unknown, f"{document}: '{command}' has options that there are not: {unknown}"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command, comments=True)
    words[0] = str(AUTOGRADER if words[0] == "autograder" else HOME / "run_autograder")
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300, env=environment,
                          stdin=subprocess.DEVNULL)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that looks like this one, where commands may leave what they make."""
    for name in ("problems", "submissions_sample"):
        (tmp_path / name).symlink_to(HOME / name)
    return tmp_path


def guides() -> Iterator[tuple[str, str]]:
    for document in (HOME / "README.md", HOME / "docs/tas.md"):
        for command in commands(document):
            if not command.startswith(NOT_RUN) and "SUBMISSION" not in command:
                yield document.name, command


@pytest.mark.parametrize(("document", "command"), list(guides()))
def test_the_commands_for_staff_run(document: str, command: str, repository: Path) -> None:
    done = run(command, repository)
    assert done.returncode == (1 if " check " in command else 0), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


def test_what_the_readme_shows_is_what_is_seen(repository: Path) -> None:
    text = (HOME / "README.md").read_text(encoding="utf-8")
    shown = text.split("    $ ./run_autograder ", 1)[1].split("\n\n", 1)[0].split("\n")
    done = run(f"./run_autograder {shown[0]}", repository)
    for line in shown[1:]:
        assert line.strip() in done.stdout, done.stdout


def test_the_instructors_guide_works_as_it_is_typed(tmp_path: Path) -> None:
    guide = HOME / "docs/instructors.md"
    files = {match["name"]: match["text"] + "\n" for match in _FILE.finditer(guide.read_text(encoding="utf-8"))}
    assert set(files) == {"mycourse/assignment.yaml", "mycourse/starter/layers.py", "mycourse/reference/layers.py",
                          "mycourse/layer-norm.yaml", "right/layers.py", "right/answers.md"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    problems = HOME / "tests/new_problems"
    assert files["mycourse/layer-norm.yaml"] == (problems / "layer-norm.yaml").read_text(encoding="utf-8")
    said = {}
    for command in commands(guide):
        done = run(command, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout
    assert re.search(r"all +8 / 8", said["autograder grade right --assignment mycourse"])
    assert re.search(r"all +0 / 8", said["autograder grade mycourse/starter --assignment mycourse"])
    assert "2 no objection" in said["autograder check right --assignment mycourse"]
    assert "0 faults, 0 warnings" in said["autograder validate mycourse"]
    assert "0 faults, 0 warnings" in said["autograder validate trial"]
    assert "no answer was found in it" in said["autograder build handout mycourse -o handout.zip"]
    assert (tmp_path / "autograder.zip").is_file()


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}, which is not there"


def test_what_students_are_told_to_type_works_with_what_they_get(tmp_path: Path) -> None:
    """The commands of students.md and of the handout's README, with the handout's own package in the place of ours."""
    folder = tmp_path / "cs224n_a2"
    build_handout(load_assignment(HOME / "problems/cs224n_a2")).write_folder(folder)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
    starts = "import sys; sys.argv[0] = 'autograder'; from autograder.commands.student import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "COLUMNS": "80"}
    typed = [*commands(HOME / "docs/students.md"), *commands(folder / "README.md")]
    assert len(typed) == 7
    for command in typed:
        if command.startswith(NOT_RUN):
            continue
        done = subprocess.run([sys.executable, "-c", starts, *shlex.split(command)[1:]], cwd=folder, text=True,
                              capture_output=True, check=False, timeout=120, env=environment)
        assert done.returncode == (1 if "check" in command else 0), done.stdout + done.stderr
        said = " ".join(done.stdout.split())
        assert ("still to be written?" if "check" in command else "negSamplingLossAndGradient") in said
        assert str(HOME) not in done.stdout + done.stderr
