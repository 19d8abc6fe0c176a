"""The zip in a plain Debian: built once as root, then ten submissions, judged as the platform judges them.

What was measured is printed: `pytest tests/gradescope/test_chroot.py -s`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from debian import CannotBootstrap, fresh_system, package_folders

from autograder.gradescope.container import DEFAULT_SIZE, Place
from autograder.gradescope.package import build_package
from autograder.gradescope.rehearsal import CannotRehearse, Run, SetUp, Stage
from autograder.gradescope.sample_metadata import Rehearsed, make_metadata
from autograder.spec import load_assignment

HOME = Path(__file__).parents[2]
ASSIGNMENT = HOME / "problems/cs224n_a2"
SAMPLES = HOME / "submissions_sample/cs224n_a2"
NAMES = ["correct", "unfinished", "wrong_sign", "crash", "endless_loop", "syntax_error", "missing_file", "notebook",
         "strange_shapes", "strange_prints_and_exits"]
START = datetime(2026, 2, 10, 9, 0, tzinfo=timezone.utc)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Image:
    """A zip that was set up in a Debian of its own."""

    stage: Stage
    root: Path
    set_up: SetUp
    zip_bytes: int


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("platform")
    try:
        root = fresh_system(folder)
    except CannotBootstrap as error:
        pytest.skip(f"no Debian to change root into: {error}")
    package = build_package(load_assignment(ASSIGNMENT))
    package.write(folder / "autograder.zip")
    stage = Stage(Place(root, is_chroot=True, lent=tuple(package_folders())), DEFAULT_SIZE)
    stage.unpack(folder / "autograder.zip")
    try:
        set_up = stage.set_up(limit_seconds=300)
    except CannotRehearse as error:
        if "Temporary failure" in str(error) or "Unable to locate" in str(error) or "Failed to fetch" in str(error):
            pytest.skip(f"no packages can be had in the chroot: {str(error)[-300:]}")
        raise
    print(f"\nzip {len(package.data) / 1000:.0f} kB, set up in {set_up.seconds:.0f} s")
    return Image(stage, root, set_up, len(package.data))


def test_no_compiler_and_no_conda_are_brought_in(image: Image) -> None:
    brought = [path for name in ("gcc", "cc", "g++", "make", "conda", "mamba")
               for path in image.root.glob(f"usr/bin/{name}")]
    assert brought == []


def test_ten_submissions_in_the_smallest_container(image: Image) -> None:
    earlier: list[Rehearsed] = []
    rows: list[tuple[str, Run]] = []
    for number, name in enumerate(NAMES):
        created_at = START + timedelta(hours=number)
        run = image.stage.run(SAMPLES / name, make_metadata(created_at, earlier, START + timedelta(days=9)))
        earlier.append(Rehearsed(created_at, run.posted.results if run.is_sound else None))
        rows.append((name, run))
    print(f"\n{'submission':26}{'score':>7}{'seconds':>9}{'MB':>6}")
    for name, run in rows:
        peak = f"{run.peak_bytes / 1e6:6.0f}" if run.peak_bytes else "     ?"
        score = run.posted.results["score"] if run.posted.results else None
        print(f"{name:26}{score:>7}{run.seconds:9.1f}{peak}")
    held = rows[0][1].size
    print(f"held to {held.cpus:g} CPU and {held.memory_mb} MB" if held else "not held: no control group can be made here")
    for name, run in rows:
        assert run.is_sound, f"{name}: {run.faults or run.posted.reason}\n{run.posted.stdout[-3000:]}"
        assert run.exit_status == 0, name
        assert run.outlived == 0, name
        assert run.posted.results is not None
        assert run.posted.results["score"] == pytest.approx(expected_points(name)), name


def test_every_layer_holds_there(image: Image) -> None:
    results = image.stage.run(SAMPLES / "correct", make_metadata(START)).posted.results
    assert results is not None
    confinement = results["extra_data"]["confinement"]
    always = {name: word for name, word in confinement.items() if name not in ("landlock", "seccomp")}
    assert set(always.values()) == {"held"}


def expected_points(name: str) -> float:
    """Return what the sample's expect.yaml gives in all."""
    expected = yaml.safe_load((SAMPLES / name / "expect.yaml").read_text())
    return float(sum(part["points"] for part in expected["parts"].values()))
