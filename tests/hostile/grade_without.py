"""`run_autograder` with layers of confinement switched off: for tests only, there is no such switch for anybody else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograder.sandbox.layers import Confinement, Limits
from autograder.sandbox.supervisor import Sandbox


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", default="")
    parser.add_argument("submission", type=Path)
    parser.add_argument("--assignment", type=Path)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    without = frozenset(filter(None, options.without.split(",")))
    with Sandbox.open(Limits(), Confinement(without)) as sandbox:
        from autograder.gradescope.session import Paths, run_session

        return run_session(Paths(options.submission, options.results, options.assignment), sandbox)


if __name__ == "__main__":
    sys.exit(main())
