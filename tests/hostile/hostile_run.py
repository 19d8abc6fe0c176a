"""Hand a hostile submission in, let the whole line grade it, and look at what is left."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import py_compile
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox.sweep import users_in_use

HOME = Path(__file__).parents[2]
ASSIGNMENT = Path(__file__).parent / "assignment"
SCHEMA = HOME.parent / "shared" / "gradescope" / "results.schema.json"
OVERALL_SECONDS = 150
ONLY_ROOT = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0,
    reason="these submissions kill and fill what they may; only root can give them a user of their own")
# Users that only workers have; see autograder/sandbox.
WORKER_USERS = range(1 << 27, 1 << 31)


@dataclass(frozen=True)
class Outcome:
    """What one run left behind."""

    results: dict[str, Any]
    printed: str
    seconds: float
    survivors: tuple[str, ...]
    leftovers: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def points(self) -> dict[str, float]:
        return {name: test["score"] for name, test in self._by_part().items()}

    @property
    def states(self) -> dict[str, str]:
        return {name: test["extra_data"]["state"] for name, test in self._by_part().items()}

    @property
    def shown(self) -> str:
        """Everything that a student can read."""
        tests = [f"{test['name']}\n{test['output']}" for test in self.results["tests"]]
        return "\n".join([self.results.get("output", ""), *tests])

    def feedback(self, part: str) -> str:
        return str(self._by_part()[part]["output"])

    def traces(self) -> dict[str, Any]:
        """Return what should not be there, by what it is; empty when all is well."""
        found: dict[str, Any] = {
            "alive": self.survivors, "left": self.leftovers, "changed": self.changed,
            "shown": [line for line in self.shown.splitlines() if "CANARY_" in line],
            "not ours": () if "autograder" in self.results["extra_data"] else ("no version",),
            "sum": () if self.results["score"] == sum(self.points.values()) else (self.results["score"],),
        }
        return {name: value for name, value in found.items() if value}

    def _by_part(self) -> dict[str, Any]:
        return {test["extra_data"]["id"].partition("/")[2]: test for test in self.results["tests"]
                if "state" in test.get("extra_data", {})}


@functools.cache
def _schema() -> Any:
    return json.loads(SCHEMA.read_text()) if SCHEMA.is_file() else None


def is_valid(results: dict[str, Any]) -> bool:
    """Whether results keep to the documented format, and to the schema where that lies beside this repository."""
    from autograder.gradescope.validity import find_faults

    if _schema() is not None:
        import jsonschema

        jsonschema.validate(results, _schema())
    return find_faults(results) == ()


def lay_out(attack: Path, folder: Path) -> Path:
    """Copy a submission and make the special files that a repository cannot hold."""
    submission = Path(shutil.copytree(attack / "submission", folder / "submission", symlinks=True))
    build = attack / "build.json"
    for step in json.loads(build.read_text()) if build.is_file() else []:
        _make(submission, step)
    return submission


def _make(root: Path, step: dict[str, Any]) -> None:
    path = root / step["path"] if "path" in step else root
    if "path" in step:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif step["op"] not in ("chmod",):
            path.unlink(missing_ok=True)
    match step["op"]:
        case "symlink":
            path.symlink_to(step["target"])
        case "fifo":
            os.mkfifo(path)
        case "mkdir":
            path.mkdir()
        case "hexfile":
            with open(os.fsencode(root) + b"/" + bytes.fromhex(step["path_hex"]), "wb") as file:
                file.write(b"odd\n")
        case "repeat":
            unit = step["unit"].encode()
            body = step["head"].encode() + unit * (step["bytes"] // len(unit) + 1)
            path.write_bytes(body[: step["bytes"]])
        case "chmod":
            path.chmod(int(str(step["mode"]), 8))
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in step["entries"]:
                    archive.writestr(name, b"x")
                if step.get("bomb"):
                    archive.writestr("bomb", bytes(min(step["bomb"], 1 << 28)))
        case "pyc":
            source = path.with_suffix(".source.py")
            source.write_text(step["code"])
            py_compile.compile(str(source), cfile=str(path), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
            source.unlink()
        case other:
            raise AssertionError(f"unknown step {other}")


def grade_hostile(
    submission: Path, folder: Path, assignment: Path = ASSIGNMENT, *,
    program: tuple[str, ...] = (), before: tuple[str, ...] = (), owner: int | None = None,
) -> Outcome:
    """Grade with `run_autograder` and look at the machine afterwards.

    program: what Python runs instead.  before: stands before the command, to run it as somebody else; owner: whose the
    results folder is then.
    """
    results = folder / "results" / "results.json"
    results.parent.mkdir()
    if owner is not None:
        os.chown(results.parent, owner, owner)
    watched, found = set(_worker_files()), _fingerprints(submission, assignment, HOME / "autograder")
    started = time.monotonic()
    done = subprocess.run(
        [*before, *_command(program), str(submission), "--assignment", str(assignment), "--results", str(results)],
        cwd=folder, capture_output=True, timeout=OVERALL_SECONDS, stdin=subprocess.DEVNULL, check=False,
        env={**os.environ, "CANARY_TOKEN": "CANARY_ENVIRONMENT", "TIMEOUT_SECONDS": str(OVERALL_SECONDS)})
    seconds = time.monotonic() - started
    now = _fingerprints(submission, assignment, HOME / "autograder")
    changed = [name for name in found.keys() | now.keys() if found.get(name) != now.get(name)]
    changed += [str(path) for path in results.parent.iterdir() if path != results]
    printed = (done.stdout + done.stderr).decode(errors="replace")
    assert results.is_file(), printed
    return Outcome(json.loads(results.read_bytes()), printed, seconds, tuple(_survivors(folder)),
                   tuple(sorted(_leftovers(watched))), tuple(sorted(changed)))


def _command(program: tuple[str, ...]) -> tuple[str, ...]:
    entry = HOME / "run_autograder"
    if program or Path(sys.prefix) != HOME / ".venv":  # another Python than that of run_autograder is being tested
        return (sys.executable, "-I", *(program or ("-m", "autograder.gradescope")))
    return (str(entry),)


def _fingerprints(*roots: Path) -> dict[str, str]:
    """Return what each file is and holds; a file of the grader's that is only compiled anew is no change."""
    found = {}
    for root in roots:
        for folder, folders, files in os.walk(os.fsencode(root)):
            folders[:] = [name for name in folders if name != b"__pycache__"]
            for name in [*files, *folders]:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                mark = f"{status.st_mode:o} {status.st_uid}"
                if not stat.S_ISDIR(status.st_mode):  # the size of a folder counts what is compiled in it, on some systems
                    mark += f" {status.st_size}"
                if stat.S_ISREG(status.st_mode) and status.st_size < 1_000_000:
                    with open(path, "rb") as file:
                        mark += hashlib.sha256(file.read()).hexdigest()
                found[os.fsdecode(path)] = mark
    return found


def _survivors(folder: Path) -> Iterator[str]:
    """Yield processes that still know the run's folder or came to this process as orphans."""
    marker = os.fsencode(folder)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if marker in command or marker in environment:
                yield f"{entry.name} (child of {parent}): {command[:80]!r}"


def _leftovers(before: set[str]) -> set[str]:
    """Return files of worker users that nobody will remove.

    Other runs on this machine have workers as well, and remove what these leave a moment after they have died.
    """
    found: set[str] = set()
    for pause_seconds in (0.0, 0.1, 0.3, 1.0, 3.0):
        time.sleep(pause_seconds)
        files, busy = _worker_files(), users_in_use()  # in this order: a user that is new by then has no file yet
        found = {path for path, owner in files.items() if owner not in busy} - before
        if not found:
            break
    return found


def _worker_files() -> dict[str, int]:
    """Return what worker users own where everybody may write, and which user it is."""
    found = {}
    for root in ("/tmp", "/var/tmp", "/dev/shm"):
        for path in Path(root).glob("*"):
            with suppress(OSError):
                owner = path.lstat().st_uid
                if owner in WORKER_USERS:
                    found[str(path)] = owner
    return found
