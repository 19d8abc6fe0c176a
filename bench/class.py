"""Grade a class of synthetic submissions, and say what it costs beside the numeric work alone.

    .venv/bin/python bench/class.py [--submissions 500] [--jobs N] [--json FILE]

The class is made from the samples, the mutants of the references and awkward submissions (files that do not load, that
crash, print, return odd things), each once and then again with a comment that makes it another. It goes through
`autograder class grade` as staff would type it. In the same run the floor does the numeric work alone: see
class_floor.py. Rates are submissions for each second of processor time, of all processes together, so that another
load on the machine does not count; wall time is printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from measuring import describe_machine  # noqa: E402
from mutants import make_mutants  # noqa: E402

from autograder.classroom.records import Graded  # noqa: E402
from autograder.classroom.store import Store  # noqa: E402
from autograder.grade import grade  # noqa: E402
from autograder.sandbox.supervisor import Limits, Sandbox  # noqa: E402
from autograder.spec import load_assignment  # noqa: E402
from autograder.submission import read_submission  # noqa: E402

ASSIGNMENT = ROOT / "problems/cs224n_a2"
# They use their time up, whoever runs them, and would bring every rate near every other.
HANGING = {"endless_loop", "endless_draws"}
AWKWARD = {
    "awkward_empty": "",
    "awkward_no_python": "this is no Python at all (\n",
    "awkward_exit": "import os\nos._exit(1)\n",
    "awkward_loud": "print('x' * 1_000_000)\n",
    "awkward_raises": "raise RuntimeError('at import')\n",
    "awkward_none": "def sigmoid(x):\n    return None\n",
    "awkward_object": "class Odd:\n    def __array__(self, *a, **k):\n        raise TypeError\n\n\n"
                      "def sigmoid(x):\n    return Odd()\n",
    "awkward_memory": "def sigmoid(x):\n    return [0] * (1 << 40)\n",
}
SAMPLED = 24
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Measured:
    """What a command took, with all that it started and waited for."""

    wall_seconds: float
    cpu_seconds: float
    output: str
    megabytes: tuple[float, ...] = ()
    """Memory of all its processes, as it went."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path, help="keep the figures here")
    options = parser.parse_args()
    print(f"{describe_machine()}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="class-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        handed_in = folder / "class"
        names = list(make_class(handed_in, options.submissions))
        store = folder / "class.db"
        ours = measure([sys.executable, "-m", "autograder", "class", "grade", str(handed_in), "--store", str(store),
                        "--assignment", str(ASSIGNMENT), "--jobs", str(options.jobs)])
        paths = [handed_in / one for one in names]
        floors = {forks: run_floor(folder, paths, forks) for forks in ("part", "submission")}
        again = measure([sys.executable, "-m", "autograder", "class", "grade", str(handed_in), "--store", str(store),
                         "--assignment", str(ASSIGNMENT), "--jobs", str(options.jobs)])
        differing = compare_with_alone(store, handed_in, names)
        figures = describe(names, ours, again, floors, differing, store)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(1 if differing else 0)


def make_class(folder: Path, count: int) -> Iterator[str]:
    """Write `count` submissions, none the same as another, and yield their names."""
    kinds = list(_kinds())
    chance = random.Random(224)
    chance.shuffle(kinds)
    for number in range(count):
        kind, files = kinds[number % len(kinds)]
        name = f"{number:05}_{kind}"
        (folder / name).mkdir(parents=True)
        for path, data in files.items():
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            mark = f"\n# {number}\n".encode() if path.endswith(".py") else b""
            (folder / name / path).write_bytes(data + mark)
        yield name


def _kinds() -> Iterator[tuple[str, dict[str, bytes]]]:
    for sample in sorted((ROOT / "submissions_sample" / ASSIGNMENT.name).iterdir()):
        if sample.name not in HANGING:
            yield sample.name, {file.relative_to(sample).as_posix(): file.read_bytes() for file in sample.rglob("*")
                                if file.is_file() and file.name != "expect.yaml" and "__pycache__" not in file.parts}
    for number, mutant in enumerate(one for one in make_mutants() if one.assignment == ASSIGNMENT.name):
        yield f"mutant_{number}", {mutant.file: mutant.source.encode()}
    for name, source in AWKWARD.items():
        yield name, {"word2vec.py": source.encode(), "sgd.py": source.encode()}


def measure(command: Sequence[str]) -> Measured:
    """Run a command and measure it with all that it started."""
    with tempfile.TemporaryFile() as said:
        before, started = _children_seconds(), time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        watch = _MemoryWatch(process.pid)
        code = process.wait()
        wall_seconds, cpu_seconds = time.perf_counter() - started, _children_seconds() - before
        megabytes = watch.stop()
        said.seek(0)
        output = said.read().decode()
    if code not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {code}:\n{output[-3000:]}")
    return Measured(wall_seconds, cpu_seconds, output, megabytes)


def _children_seconds() -> float:
    used = os.times()
    return used.children_user + used.children_system


class _MemoryWatch:
    """Adds up, now and then, the memory that the processes below one process hold for themselves alone."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: list[float] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._is_over.wait(8 * _LOOK_SECONDS):
            self._seen.append(sum(_private_megabytes(pid) for pid in _family(self._pid)))

    def stop(self) -> tuple[float, ...]:
        self._is_over.set()
        self._thread.join()
        return tuple(self._seen)


def _family(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _private_megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def run_floor(folder: Path, submissions: Sequence[Path], forks: str) -> Measured:
    """Do the numeric work alone."""
    table = folder / "list.json"
    table.write_text(json.dumps([str(one) for one in submissions]))
    return measure([sys.executable, str(HERE / "class_floor.py"), str(ASSIGNMENT), str(table), forks])


def compare_with_alone(store: Path, handed_in: Path, names: Sequence[str]) -> list[str]:
    """Grade some submissions alone, and return those whose marks differ from what the batch gave."""
    chosen = random.Random(1).sample(list(names), min(SAMPLED, len(names)))
    with Store.open(store) as opened:
        in_batch = {one.submission: one for one in opened.read_marks(opened.run().id).graded}
    assignment, differing = load_assignment(ASSIGNMENT), []
    with Sandbox.open(Limits()) as sandbox:
        for name in chosen:
            alone = grade(read_submission(handed_in / name), assignment, sandbox)
            expected = [(mark.id, mark.state, mark.points, mark.verdict.feedback) for mark in alone.marks]
            if expected != _marks(in_batch[name]):
                differing.append(name)
    return differing


def _marks(graded: Graded) -> list[tuple[object, ...]]:
    return [(mark.id, mark.state, mark.points, mark.feedback) for mark in graded.marks]


def describe(
    names: Sequence[str], ours: Measured, again: Measured, floors: dict[str, Measured], differing: Sequence[str],
    store: Path,
) -> dict[str, object]:
    """Print the table, and return its figures."""
    count = len(names)
    print(f"{count} submissions of {ASSIGNMENT.name}\n")
    print(f"{'':44} {'CPU s':>8} {'wall s':>8} {'per core second':>16} {'of the floor':>13}")
    rows = {"autograder class grade": ours, **{f"floor, a bare fork for each {name}": floor
                                               for name, floor in floors.items()},
            "the same again: nothing has changed": again}
    for name, row in rows.items():
        shares = " ".join(f"{floor.cpu_seconds / row.cpu_seconds:6.0%}" for floor in floors.values())
        print(f"{name:44} {row.cpu_seconds:8.1f} {row.wall_seconds:8.1f} {count / row.cpu_seconds:16.2f} {shares:>13}")
    quarters = [statistics.mean(part) for part in _quarters(ours.megabytes)]
    print(f"\nmemory, MB in each quarter of the run: {', '.join(f'{one:.0f}' for one in quarters)}")
    kilobytes = sum(file.stat().st_size for file in store.parent.glob("class.db*")) / 1000
    print(f"store: {kilobytes / count:.1f} kB a submission")
    print(f"{SAMPLED} graded alone: " + (f"{', '.join(differing)} differ" if differing else "all the same"))
    return {
        "submissions": count, "cpu_seconds": ours.cpu_seconds, "wall_seconds": ours.wall_seconds,
        "per_core_second": count / ours.cpu_seconds,
        "floor_cpu_seconds": {name: floor.cpu_seconds for name, floor in floors.items()},
        "of_floor": {name: floor.cpu_seconds / ours.cpu_seconds for name, floor in floors.items()},
        "again_cpu_seconds": again.cpu_seconds, "megabytes": quarters, "store_kilobytes": kilobytes / count,
        "differing": list(differing),
    }


def _quarters(values: Sequence[float]) -> list[Sequence[float]]:
    size = max(1, len(values) // 4)
    return [values[start : start + size] or [0.0] for start in range(0, 4 * size, size)]


if __name__ == "__main__":
    main()
