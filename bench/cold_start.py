"""Grade one submission from a cold start: ours, the peers on the same functions and cases, and the bare floor.

    .venv/bin/python bench/cold_start.py [--runs N] [--json FILE]

Every run is a process of its own; runs of all are interleaved, and one of each goes before unmeasured, so that files
lie in memory for all alike. Each must give full marks, or nothing is printed. CPU counts all processes of a run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import suites
from environments import PEERS, environment, versions
from measuring import RunFailed, Usage, describe_machine, measure, median

FLOOR = "import numpy, sympy, yaml"
PEERS_HERE = ("gradescope-utils", "otter-grader", "nbgrader")


@dataclass(frozen=True)
class Contender:
    """Something that grades, or the floor below it."""

    name: str
    what: str
    command: tuple[str, ...]
    cwd: Path
    prepare: Callable[[], object] = lambda: None
    """Done before each run, unmeasured."""
    has_full_marks: Callable[[], bool] = lambda: True
    accepted: frozenset[int] = frozenset({0})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="of each; default %(default)s")
    parser.add_argument("--json", type=Path, help="keep the figures here")
    options = parser.parse_args()
    machine = describe_machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        contenders = list_contenders(Path(name))
        runs: dict[str, list[Usage]] = {contender.name: [] for contender in contenders}
        for number in range(options.runs + 1):
            for contender in contenders:
                contender.prepare()
                used = measure(contender.command, contender.cwd, contender.accepted)
                if not contender.has_full_marks():
                    raise RunFailed(f"{contender.name} did not give full marks")
                if number:
                    runs[contender.name].append(used)
    medians = {name: median(found) for name, found in runs.items()}
    show(contenders, medians, f"{options.runs} runs each, medians; {machine}")
    if options.json:
        options.json.write_text(json.dumps({
            "machine": machine, "runs": options.runs, "versions": {peer: PEERS[peer] for peer in PEERS_HERE},
            "medians": {name: asdict(used) for name, used in medians.items()}}, indent=1))


def list_contenders(folder: Path) -> list[Contender]:
    """Lay everything out below `folder` and say how each is run."""
    here = folder / "ours"
    here.mkdir()
    code_only = suites.write_ours(folder / "ours_code")
    grade = (str(suites.HOME / "run_autograder"), str(suites.SUBMISSION), "--results", "results.json")
    plain, formula, nbgrader = (folder / name for name in ("plain", "formula", "nbgrader"))
    suites.write_gradescope_utils(plain, with_formula=False)
    suites.write_gradescope_utils(formula, with_formula=True)
    suites.write_nbgrader(nbgrader)
    utils, otters, nbgraders = (str(environment(peer)) for peer in PEERS_HERE)
    release_nbgrader(nbgrader, nbgraders)
    run_tests, autograde = (utils, "run_tests.py"), (nbgraders, "-m", "nbgrader", "autograde", "hw", "--force")
    return [
        Contender("floor", f'python -c "{FLOOR}"', (sys.executable, "-c", FLOOR), here),
        Contender("ours", "code and written parts", grade, here,
                  has_full_marks=partial(is_full, here / "results.json")),
        Contender("ours, code", "code", (*grade, "--assignment", str(code_only)), folder,
                  has_full_marks=partial(is_full, folder / "results.json")),
        Contender("gradescope-utils", "code", run_tests, plain,
                  has_full_marks=partial(is_full, plain / "results.json")),
        Contender("gradescope-utils, sympy", "code and 1 formula", run_tests, formula,
                  has_full_marks=partial(is_full, formula / "results.json")),
        otter(folder / "otter", otters, "otter-grader", "code, in a notebook", with_formula=False),
        otter(folder / "otter_sympy", otters, "otter-grader, sympy", "the same and 1 formula", with_formula=True),
        Contender("nbgrader", "code, in a notebook", autograde, nbgrader,
                  has_full_marks=partial(ran_without_error, nbgrader / "autograded/student/hw/hw.ipynb")),
    ]


def otter(folder: Path, python: str, name: str, what: str, *, with_formula: bool) -> Contender:
    """Return otter-grader with its own copy of what it grades: it writes into its folder."""
    written = folder.with_name(f"{folder.name}_as_written")
    suites.write_otter(written, with_formula=with_formula)
    return Contender(name, what, (python, "source/run_otter.py", str(folder)), folder,
                     prepare=partial(renew, written, folder),
                     has_full_marks=partial(is_full, folder / "results/results.json"))


def release_nbgrader(course: Path, python: str) -> None:
    """Make the assignment known to nbgrader and hand it in as it was released: the student's files lie beside it."""
    measure((python, "-m", "nbgrader", "generate_assignment", "hw"), course)
    shutil.copytree(course / "release/hw", course / "submitted/student/hw")


def renew(written: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(written, folder)


def is_full(results: Path) -> bool:
    """Whether a results.json, ours or a peer's, gives every point that is not for course staff to give."""
    tests = [test for test in json.loads(results.read_text())["tests"]
             if test.get("max_score") and "by hand" not in str(test.get("extra_data"))]
    return len(tests) >= 8 and all(test["score"] == test["max_score"] for test in tests)


def ran_without_error(notebook: Path) -> bool:
    cells = json.loads(notebook.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return len(cells) > 8 and all(output["output_type"] != "error" for output in outputs)


def show(contenders: Sequence[Contender], medians: dict[str, Usage], how: str) -> None:
    ours, code = medians["ours"], medians["ours, code"]
    print(f"One submission from a cold start ({how})")
    print("| grader | what is graded | wall s | CPU s | CPU / ours | CPU / ours, code | peak MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for contender in contenders:
        used = medians[contender.name]
        print(f"| {contender.name} | {contender.what} | {used.wall_seconds:.2f} | {used.cpu_seconds:.2f} | "
              f"{used.cpu_seconds / ours.cpu_seconds:.2f} | {used.cpu_seconds / code.cpu_seconds:.2f} | "
              f"{used.peak_bytes / 1e6:.0f} |")
    found = {peer: versions(environment(peer)) for peer in PEERS_HERE}
    print("Versions:", ", ".join(f"{peer} {found[peer][peer]}" for peer in PEERS_HERE),
          f"numpy {found['gradescope-utils']['numpy']}")


if __name__ == "__main__":
    main()
