"""Grade the collection of hostile submissions with ours, with gradescope-utils and with otter-grader.

    .venv/bin/python bench/attacks.py [--only ID ...] [--graders NAME ...] [--json FILE]

The peers get the same assignment as their own samples have it, in a box (see box.py) that stands for the platform's
container. Contained: points for each part within what the collection allows, results in time. Needs root, util-linux
and the collection beside the repository. About ten minutes a grader; one row is a submission of three lines that
defines nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from box import run_in_box
from environments import environment, versions

HERE = Path(__file__).parent
COLLECTION = HERE.parent.parent / "shared" / "attacks"
CHECKS = (HERE / "peers/small_assignment_checks.py").read_text()
THREE_LINES = HERE / "peers/three_lines.txt"
POINTS = {"sigmoid": 5.0, "sigmoid_grad": 10.0, "softmax": 10.0, "normalize_rows": 5.0, "naive_softmax": 20.0,
          "neg_sampling": 20.0, "q1": 10.0, "q2": 10.0, "q3": 10.0}
GRADERS = ("ours", "gradescope-utils", "otter-grader")
# What hangs would hang for ever; some honest ones work long, one trains for 90 seconds at import.
SECONDS, HONEST_SECONDS = 30, 150


@dataclass(frozen=True)
class Entry:
    """A submission of the collection and the points that each part may have."""

    id: str
    category: str
    allowed: dict[str, list[float]]
    honest: bool

    def lay_out(self, folder: Path) -> Path:
        """Write what is handed in; return its folder."""
        if self.id != THREE_LINES.stem:
            from hostile_run import lay_out

            return lay_out(COLLECTION / self.id, folder)
        submission = folder / "submission"
        submission.mkdir()
        shutil.copy(THREE_LINES, submission / "solution.py")
        (submission / "answers.txt").write_text("q1: 0\nq2: 0\nq3: 0\n")
        return submission


@dataclass(frozen=True)
class Score:
    """What a grader made of one submission, held against what is allowed."""

    gained: float
    lost: float
    hung: bool
    has_results: bool

    @property
    def is_contained(self) -> bool:
        return self.has_results and not self.hung and self.gained < 1e-6 and self.lost < 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", help="these submissions")
    parser.add_argument("--graders", nargs="+", default=GRADERS, choices=GRADERS)
    parser.add_argument("--jobs", type=int, default=1, help="how many boxes at once; ours runs alone")
    parser.add_argument("--json", type=Path, help="keep every score here")
    options = parser.parse_args()
    if os.getuid() != 0 or not COLLECTION.is_dir():
        parser.error("this needs root, for the boxes, and the collection of attacks beside this repository")
    sys.path.insert(0, str(HERE.parent / "tests/hostile"))
    entries = [entry for entry in read_collection() if not options.only or entry.id in options.only]
    scores = {}
    for grader in options.graders:
        with ThreadPoolExecutor(1 if grader == "ours" else options.jobs) as pool:
            scores[grader] = dict(zip((entry.id for entry in entries),
                                      pool.map(partial(grade, grader), entries), strict=True))
    show(entries, scores)
    if options.json:
        kept = {grader: {key: asdict(score) for key, score in found.items()} for grader, found in scores.items()}
        options.json.write_text(json.dumps({"versions": dict(map(version, options.graders)), "scores": kept}, indent=1))


def read_collection() -> Iterator[Entry]:
    for line in (COLLECTION / "manifest.jsonl").read_text().splitlines():
        row = json.loads(line)
        yield Entry(row["id"], row["category"], row["expected_points"], row["honest"])
    yield Entry(THREE_LINES.stem, "nothing but three lines", {part: [0.0] for part in POINTS}, honest=False)


def version(grader: str) -> tuple[str, str]:
    if grader == "ours":
        from autograder import __version__

        return grader, __version__
    return grader, versions(environment(grader))[grader]


# --- one submission, one grader ---------------------------------------------------------------------------------


def grade(grader: str, entry: Entry) -> Score:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        score = (grade_ours if grader == "ours" else partial(grade_in_box, grader))(entry, Path(name))
    if not score.is_contained:
        print(f"{grader}: {entry.id}: {score}", file=sys.stderr, flush=True)
    return score


def grade_ours(entry: Entry, folder: Path) -> Score:
    from hostile_run import grade_hostile

    try:
        outcome = grade_hostile(entry.lay_out(folder), folder)
    except (subprocess.TimeoutExpired, AssertionError) as error:  # the latter: there is no results.json
        return judge(None, entry, hung=isinstance(error, subprocess.TimeoutExpired))
    return judge(outcome.points, entry, hung=False)


def grade_in_box(peer: str, entry: Entry, folder: Path) -> Score:
    submission, source = entry.lay_out(folder), folder / "source"
    (source / "tests").mkdir(parents=True)
    WRITERS[peer](source, environment(peer))
    (source / "run_autograder").chmod(0o755)
    seconds = HONEST_SECONDS if entry.honest else SECONDS
    run = run_in_box(folder, source, submission, environment(peer).parents[1], seconds)
    # The platform throws away what a run left that it had to stop.
    return judge(None if run.hung else read_points(run.results), entry, run.hung)


def write_gradescope_utils(source: Path, python: Path) -> None:
    """Write the suite as the samples of gradescope-utils have it: beside a copy of the submission."""
    tests = [f"    @weight({points:g})\n    def test_{part}(self):\n        \"\"\"{part}\"\"\"\n"
             f"        checks.check_{part}(lambda name: getattr(solution, name))\n" for part, points in POINTS.items()]
    (source / "tests/checks.py").write_text(CHECKS)
    (source / "tests/__init__.py").touch()
    (source / "tests/test_hw.py").write_text(
        "import unittest\nfrom gradescope_utils.autograder_utils.decorators import weight\nimport solution\n"
        "from tests import checks\n\n\nclass TestHomework(unittest.TestCase):\n" + "\n".join(tests))
    (source / "run_tests.py").write_text(
        "import unittest\nfrom gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner\n\n"
        "if __name__ == '__main__':\n    suite = unittest.defaultTestLoader.discover('tests', top_level_dir='.')\n"
        "    with open('/autograder/results/results.json', 'w') as f:\n"
        "        JSONTestRunner(visibility='visible', stream=f).run(suite)\n")
    (source / "run_autograder").write_text("#!/bin/sh\ncp -r /autograder/submission/. /autograder/source/\n"
                                           f"cd /autograder/source\nexec {python} run_tests.py\n")


def write_otter(source: Path, python: Path) -> None:
    """Write the suite as `otter generate` lays it out: a test file for each question, and its two-line run_otter.py."""
    for part, points in POINTS.items():
        (source / f"tests/{part}.py").write_text(
            f"from otter.test_files import test_case\nOK_FORMAT = False\nname = '{part}'\npoints = {points:g}\n\n"
            f"{CHECKS}\n\n@test_case(points={points:g}, hidden=False)\ndef test_{part}(env):\n"
            f"    check_{part}(lambda name: env[name])\n")
    (source / "otter_config.json").write_text(json.dumps({"logo": False, "print_summary": False}))
    (source / "run_otter.py").write_text(
        "from otter.run.run_autograder import main\n\nif __name__ == '__main__':\n    main('/autograder')\n")
    (source / "run_autograder").write_text(f"#!/bin/sh\nexec {python} /autograder/source/run_otter.py\n")


WRITERS = {"gradescope-utils": write_gradescope_utils, "otter-grader": write_otter}


def read_points(text: str) -> dict[str, float] | None:
    """Return the points of each part as the platform would show them, None where it would show none."""
    points = dict.fromkeys(POINTS, 0.0)
    try:
        results = json.loads(text)
        for test in results.get("tests", []):
            named = [part for part in sorted(POINTS, key=len, reverse=True) if part in str(test.get("name", ""))]
            if named:
                points[named[0]] += float(test.get("score") or 0.0)
        beyond = float(results.get("score", 0.0)) - sum(points.values())
    except (ValueError, AttributeError, TypeError):
        return None
    if beyond > 1e-6:  # a file that claims a total beside its parts is shown with that total
        share = min(1.0, beyond / sum(POINTS.values()))
        points = {part: max(points[part], full * share) for part, full in POINTS.items()}
    return points


def judge(points: dict[str, float] | None, entry: Entry, hung: bool) -> Score:
    found = points or {}
    gained = sum(max(0.0, found.get(part, 0.0) - max(values)) for part, values in entry.allowed.items())
    lost = sum(max(0.0, min(values) - found.get(part, 0.0)) for part, values in entry.allowed.items())
    return Score(gained, lost, hung, points is not None)


# --- the table ----------------------------------------------------------------------------------------------------


def show(entries: Sequence[Entry], scores: dict[str, dict[str, Score]]) -> None:
    print("Of each grader: submissions contained, points gained, points lost, runs without results in time")
    print("| category | submissions | " + " | ".join(" ".join(version(grader)) for grader in scores) + " |")
    print("| --- | ---: |" + " ---: |" * len(scores))
    categories = [*dict.fromkeys(entry.category for entry in entries), "all"]
    for category in categories:
        ids = [entry.id for entry in entries if category in (entry.category, "all")]
        cells = [cell([found[key] for key in ids]) for found in scores.values()]
        print(f"| {category} | {len(ids)} | " + " | ".join(cells) + " |")


def cell(scores: Sequence[Score]) -> str:
    without = sum(score.hung or not score.has_results for score in scores)
    return (f"{sum(score.is_contained for score in scores)} · +{sum(score.gained for score in scores):g} · "
            f"−{sum(score.lost for score in scores):g} · {without}")


if __name__ == "__main__":
    main()
