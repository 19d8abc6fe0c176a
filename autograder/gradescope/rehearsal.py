"""Play the platform with a zip on this machine: build once, then run submissions and see what would be stored.

    stage = Stage(Place(folder))
    stage.unpack(Path("autograder.zip"))
    stage.set_up()
    run = stage.run(Path("submissions_sample/cs224n_a2/correct"), metadata)

Each step is what the platform does, faults included: docs/gradescope.md says how each is known.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.gradescope.container import Group, Place, Size
from autograder.gradescope.harness import Posted, read_run, timed_out
from autograder.gradescope.package import SCRIPTS
from autograder.gradescope.validity import find_faults

_DEFAULT_SECONDS = 600.0
# What the platform's containers have in their environment; its token is taken out before the run.
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "SUBMISSION_URL": "https://gradescope.invalid/submission",
    "SUBMIT_RESULTS_URL": "https://gradescope.invalid/results",
    "ASSET_HOST": "https://gradescope.invalid",
    "BASIC_AUTH": "",
}


class CannotRehearse(Exception):
    """The zip cannot be used, or its set-up failed; the sentence says why."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What setup.sh did."""

    seconds: float
    output: str


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one submission.

    posted       what the platform stores
    faults       where the results leave the documented format
    exit_status  of run_autograder; negative for a signal
    outlived     how many processes were left when it had returned
    size         what the run was held to; None where it was not
    """

    posted: Posted
    faults: tuple[str, ...]
    exit_status: int | None
    seconds: float
    peak_bytes: int | None
    outlived: int
    size: Size | None

    @property
    def is_sound(self) -> bool:
        """Whether the platform takes the results, and they are as documented."""
        return self.posted.is_accepted and not self.faults


class Stage:
    """One image: a zip that is unpacked and set up, ready to run submissions."""

    def __init__(self, place: Place, size: Size | None = None) -> None:
        self._place = place
        self._size = size

    def unpack(self, archive: Path) -> None:
        """Unpack the zip and put its scripts where the platform puts them. Raises CannotRehearse."""
        platform = self._place.platform
        source = platform / "source"
        shutil.rmtree(platform, ignore_errors=True)
        source.mkdir(parents=True)
        try:
            with zipfile.ZipFile(archive) as opened:
                _check_root(opened.namelist())
                for member in opened.infolist():
                    _extract(opened, member, source)
        except (OSError, zipfile.BadZipFile) as error:
            raise CannotRehearse(f"{archive} cannot be unpacked: {error}") from None
        shutil.copyfile(source / "run_autograder", platform / "run_autograder")
        for script in (platform / "run_autograder", *(source / name for name in SCRIPTS)):
            script.write_bytes(script.read_bytes().replace(b"\r\n", b"\n"))
            script.chmod(0o755)

    def set_up(self, limit_seconds: float = 1800.0) -> SetUp:
        """Run setup.sh once, as the image is built. Raises CannotRehearse."""
        if shutil.which("bash") is None:
            raise CannotRehearse("there is no bash on this machine; rehearse on Linux, macOS or in WSL")
        started = time.monotonic()
        script = f"{self._place.platform_inside}/source/setup.sh"
        try:
            done = subprocess.run(self._place.wrap(["bash", script]), cwd=self._cwd(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit_seconds, check=False)
        except subprocess.TimeoutExpired:
            raise CannotRehearse(f"setup.sh had not ended after {limit_seconds:g} seconds") from None
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            raise CannotRehearse(f"setup.sh ended with status {done.returncode}:\n{output[-4000:]}")
        if self._place.is_chroot:
            for name in ("tmp", "var/tmp"):
                _empty(self._place.root / name)
        return SetUp(time.monotonic() - started, output)

    def run(self, submission: Path, metadata: Mapping[str, Any] | None,
            limit_seconds: float = _DEFAULT_SECONDS) -> Run:
        """Run one submission. metadata: None leaves the file out, which the platform never does."""
        self._lay_out(submission, metadata)
        group = Group.make(self._size)
        started = time.monotonic()
        try:
            status = self._start(group, limit_seconds)
            seconds = time.monotonic() - started
            posted = read_run(self._results(), (self._place.platform / "results/stdout").read_bytes())
            outlived, peak = len(group.processes()), group.peak_bytes
        finally:
            group.close()
        faults = find_faults(posted.results) if posted.results is not None else (posted.reason,)
        return Run(posted, faults, status, seconds, peak, outlived, group.held)

    def _lay_out(self, submission: Path, metadata: Mapping[str, Any] | None) -> None:
        platform = self._place.platform
        for name in ("submission", "results"):
            _remove(platform / name)
            (platform / name).mkdir(mode=0o755)
        if submission.is_dir():
            shutil.copytree(submission, platform / "submission", symlinks=True, ignore=_special_files,
                            dirs_exist_ok=True)
        elif zipfile.is_zipfile(submission):  # the platform unpacks what is uploaded
            with zipfile.ZipFile(submission) as archive:
                archive.extractall(platform / "submission")
        else:
            shutil.copy(submission, platform / "submission")
        _remove(platform / "submission_metadata.json")
        if metadata is not None:
            (platform / "submission_metadata.json").write_text(json.dumps(metadata), encoding="utf-8")

    def _start(self, group: Group, limit_seconds: float) -> int | None:
        """Start run_autograder and wait for it; return its exit status, None where it was stopped at the limit."""
        environment = {**_ENVIRONMENT, "TIMEOUT_SECONDS": f"{limit_seconds:g}"}
        command = group.wrap(self._place.wrap(["./run_autograder"]))
        with (self._place.platform / "results/stdout").open("wb") as output:
            process = subprocess.Popen(command, cwd=self._cwd(), env=environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                return process.wait(limit_seconds)
            except subprocess.TimeoutExpired:
                process.kill()  # this one only: what it started goes on, as it does there
                process.wait()
                path = self._place.platform / "results/results.json"
                _remove(path)
                path.write_text(json.dumps(timed_out(limit_seconds)))
                return None

    def _results(self) -> bytes | None:
        with suppress(OSError):
            return (self._place.platform / "results/results.json").read_bytes()
        return None

    def _cwd(self) -> str:
        return "/" if self._place.is_chroot else str(self._place.platform)


def _check_root(names: list[str]) -> None:
    missing = [script for script in SCRIPTS if script not in names]
    inside = [name for name in names for script in missing if name.endswith(f"/{script}")]
    if inside:
        raise CannotRehearse(f"{inside[0]} stands in a folder of the zip; the platform looks for it at the zip's root")
    if missing:
        raise CannotRehearse(f"the zip has no {' and no '.join(missing)} at its root")


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = Path(archive.extract(member, folder))
    mode = (member.external_attr >> 16) & 0o777
    if mode and not member.is_dir():
        path.chmod(mode)


def _special_files(folder: str, names: list[str]) -> list[str]:
    """Return what cannot be uploaded: pipes, sockets, devices."""
    plain = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
    return [name for name in names if stat.S_IFMT(os.lstat(os.path.join(folder, name)).st_mode) not in plain]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        _remove(path)
