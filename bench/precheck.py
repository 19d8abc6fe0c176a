"""Measure how long a student waits for `autograder check`: for its first line, its first finding, its end.

    .venv/bin/python bench/precheck.py [--runs N] [--json FILE]

It runs on the correct sample of cs224n_a2, whole and for one problem, in a process of its own each time; one run goes
before unmeasured. The floor is what it takes to import what a check cannot do without.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from measuring import RunFailed, describe_machine

HOME = Path(__file__).parent.parent
SUBMISSION = HOME / "submissions_sample/cs224n_a2/correct"
FLOOR = "import numpy, yaml; print(end='\\n\\n', flush=True)"


@dataclass(frozen=True)
class Wait:
    """Seconds from the start of the command."""

    first_line: float
    first_finding: float
    end: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="of each; default %(default)s")
    parser.add_argument("--json", type=Path, help="keep the figures here")
    options = parser.parse_args()
    machine = describe_machine()
    check = (str(Path(sys.executable).with_name("autograder")), "check", str(SUBMISSION))
    commands = {
        'python -c "import numpy, yaml"': (sys.executable, "-c", FLOOR),
        "autograder check": check,
        "autograder check, one problem": (*check, "negative-sampling"),
    }
    waits: dict[str, list[Wait]] = {name: [] for name in commands}
    for number in range(options.runs + 1):
        for name, command in commands.items():
            wait = watch(command)
            if number:
                waits[name].append(wait)
    medians = {name: median(found) for name, found in waits.items()}
    print(f"Before handing in ({options.runs} runs each, medians; {machine})")
    print("| command | first line s | first finding s | end s |\n| --- | ---: | ---: | ---: |")
    for name, wait in medians.items():
        print(f"| {name} | {wait.first_line:.2f} | {wait.first_finding:.2f} | {wait.end:.2f} |")
    if options.json:
        kept = {name: asdict(wait) for name, wait in medians.items()}
        options.json.write_text(json.dumps({"machine": machine, "runs": options.runs, "medians": kept}, indent=1))


def watch(command: Sequence[str]) -> Wait:
    """Run a command and note when its lines come. The first finding is the line after the greeting and a blank one."""
    arrived = []
    plain = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80"}
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=plain) as process:
        assert process.stdout is not None
        arrived = [time.perf_counter() - started for _ in process.stdout]
    if process.returncode not in (0, 1) or len(arrived) < 2:
        raise RunFailed(f"{' '.join(command)} ended with {process.returncode} after {len(arrived)} lines")
    return Wait(arrived[0], arrived[1], time.perf_counter() - started)


def median(waits: Sequence[Wait]) -> Wait:
    return Wait(statistics.median(wait.first_line for wait in waits),
                statistics.median(wait.first_finding for wait in waits),
                statistics.median(wait.end for wait in waits))


if __name__ == "__main__":
    main()
