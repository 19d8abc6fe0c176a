"""`run_autograder`: grade one submission, print a summary, write results.json as the last act.

On Gradescope it is started without arguments in /autograder; elsewhere with the path of a submission:

    ./run_autograder submissions_sample/cs224n_a2/correct --results results.json

Exit codes: 0 graded, 1 graded but some part failed on our side, 2 nothing could be graded.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

import numpy.random  # noqa: F401 (both sides of the fork draw, and it is loaded by itself)

# Before anything that knows an answer: what makes workers may be a copy of what this process holds until then.
from autograder.sandbox.supervisor import Limits as SandboxLimits
from autograder.sandbox.supervisor import Sandbox

_COLLECT_AFTER = 50_000
"""More objects than this, not 700, must be new before any are looked through: a run is short, and few of them stay."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parse(arguments)
    if options.submission is None:
        _shut_out_students(options.platform)
    with Sandbox.open(SandboxLimits()) as sandbox:
        from autograder.gradescope.session import Paths, run_session

        gc.freeze()  # nothing that was imported is ever to be collected; `run_autograder` looks for nothing until here
        gc.set_threshold(_COLLECT_AFTER)
        gc.enable()
        if options.submission is not None:
            paths = Paths(options.submission, options.results or Path("results.json"), options.assignment)
        else:
            home: Path = options.platform
            paths = Paths(home / "submission", options.results or home / "results/results.json", options.assignment,
                          home / "submission_metadata.json")
        return run_session(paths, sandbox)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run_autograder", description="Grade one submission and write results.json.",
        epilog="example: ./run_autograder submissions_sample/cs224n_a2/correct")
    parser.add_argument("submission", nargs="?", type=Path,
                        help="a folder, .zip, .ipynb or .py; left out: what Gradescope put beside run_autograder")
    parser.add_argument("--assignment", type=Path, help="the assignment's folder, such as problems/cs224n_a2")
    parser.add_argument("--results", type=Path, help="where to write the results; default: results.json here")
    parser.add_argument("--platform", type=Path, help=argparse.SUPPRESS)  # given by run_autograder, from its own place
    options = parser.parse_args(arguments)
    if options.submission is None and not (options.platform and (options.platform / "submission").is_dir()):
        parser.error("say which submission to grade, e.g. submissions_sample/cs224n_a2/correct")
    if options.submission is not None and not options.submission.exists():
        parser.error(f"there is no {options.submission}")
    return options


def _shut_out_students(platform: Path) -> None:
    """Keep everyone but root out of what a student must not read or replace."""
    if os.name != "posix" or os.getuid() != 0:
        return
    for name in ("source", "results", "submission", "submission_metadata.json"):
        try:
            os.chmod(platform / name, 0o700, follow_symlinks=True)
        except OSError:
            continue


if __name__ == "__main__":
    sys.exit(main())
