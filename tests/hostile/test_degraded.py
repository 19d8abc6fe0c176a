"""The whole line with layers missing: right marks for honest work, valid results, and a plain word on what did not hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from attacks import FULL, Attack, load_attacks
from hostile_run import ONLY_ROOT, grade_hostile, is_valid

GRADER = str(Path(__file__).with_name("grade_without.py"))
NOBODY = 65534
_PROBE = "import autograder.grade, subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
# One for each way in: honest work, the channel, other processes, files of the grader, what is left behind.
CHOSEN = ("unusual_but_right", "forged_values", "child_answers_for_the_dead", "writes_the_grader", "files_with_odd_modes")
ATTACKS = {attack.id: attack for attack in load_attacks() if attack.id in CHOSEN}

pytestmark = [ONLY_ROOT]


@dataclass(frozen=True)
class Mode:
    """Which layers are switched off, and whether the grader is root."""

    without: str = ""
    is_root: bool = True

    @property
    def keeps_files(self) -> bool:
        """Whether anything keeps a worker from the files of the grader's user."""
        return self.is_root or "landlock" not in self.without

    @property
    def ends_all(self) -> bool:
        """Whether all that a worker starts can be found again."""
        return self.is_root or "seccomp" not in self.without

    def __str__(self) -> str:
        return f"{'root' if self.is_root else 'nobody'}{'-without-' + self.without if self.without else ''}"


MODES = (Mode("landlock"), Mode("seccomp"), Mode("landlock,seccomp"), Mode(is_root=False), Mode("landlock,seccomp", False))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that every user can reach, which those of pytest are not."""
    path = Path(tempfile.mkdtemp(prefix="hostile-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@cache
def _as_nobody() -> tuple[str, ...] | None:
    """Return what to put before a command so that it runs without root; None where that cannot be had.

    Where Python lies below root's closed home, it is mounted at its place in an empty one.
    """
    plain = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
    home = Path("/root")
    python = Path(sys.base_prefix)
    prefixes: list[tuple[str, ...]] = [plain]
    if python.is_relative_to(home):
        mount = (f"mount --bind {python} /mnt && mount -t tmpfs -o mode=755 none {home} && mkdir -p {python} && "
                 f"mount --bind /mnt {python} && umount /mnt && exec {' '.join(plain)} \"$@\"")
        prefixes.append(("unshare", "-m", "sh", "-c", mount, "sh"))
    for prefix in prefixes:
        try:
            tried = subprocess.run([*prefix, sys.executable, "-I", "-c", _PROBE], capture_output=True)
        except OSError:
            continue
        if tried.returncode == 0:
            return prefix
    return None


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=lambda attack: attack.id)
def test_marks_hold(attack: Attack, mode: Mode, folder: Path) -> None:
    prefix = () if mode.is_root else _as_nobody()
    if prefix is None:
        pytest.skip("Python cannot be reached without root here")
    outcome = grade_hostile(attack.lay_out(folder), folder, program=(GRADER, "--without", mode.without), before=prefix,
                            owner=None if mode.is_root else NOBODY)
    wrong = {part: points for part, points in outcome.points.items() if points not in attack.allowed(part)}
    assert wrong == {}, outcome.shown
    assert outcome.points.keys() == FULL.keys()
    assert is_valid(outcome.results)
    traces = outcome.traces()
    if not mode.keeps_files:
        traces.pop("changed", None)
    if not mode.ends_all:
        traces.pop("alive", None)
    assert traces == {}
    told = outcome.results["extra_data"]["confinement"]
    for name in filter(None, mode.without.split(",")):
        assert told[name] == "not held: switched off"
    if not mode.is_root:
        assert told["user"].startswith("not held: the grader does not run as root")
    held = {"process", "environment", "session", "descriptors", "folder", "limits", "sealed", "lifeline"}
    assert {name for name in held if told[name] != "held"} == set()
