"""Measure everything on this machine, one after the other, and keep the figures.

    .venv/bin/python bench [--attacks] [--quick] [--history FOLDER]

The peers are installed into environments of their own under bench/.peers on first use. --attacks grades the collection
of hostile submissions with three graders as well, which takes half an hour and root.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
TABLES = ("cold_start", "precheck", "class", "formulas")
QUICK = {"cold_start": ("--runs", "3"), "precheck": ("--runs", "3"), "class": ("--submissions", "60")}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attacks", action="store_true", help="the hostile submissions, too")
    parser.add_argument("--quick", action="store_true", help="three runs of each instead of nine, and a small class")
    parser.add_argument("--history", type=Path, default=HERE / ".history", metavar="FOLDER",
                        help="keep the figures as JSON in a folder in here, named by the time; default %(default)s")
    options = parser.parse_args()
    kept = options.history / time.strftime("%Y-%m-%dT%H-%M-%S")
    kept.mkdir(parents=True)
    failed = []
    for table in (*TABLES, *(("attacks",) if options.attacks else ())):
        print(f"\n## {table.replace('_', ' ')}\n", flush=True)
        more = QUICK.get(table, ()) if options.quick else ()
        command = [sys.executable, HERE / f"{table}.py", "--json", kept / f"{table}.json", *more]
        done = subprocess.run(command, check=False)
        failed += [table] if done.returncode else []
    print(f"\nfigures: {kept}" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
