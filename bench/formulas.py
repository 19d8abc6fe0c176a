"""Read and judge a table of written answers with ours and with public tools, side by side in one run.

    .venv/bin/python bench/formulas.py [TABLE] [--json FILE]

TABLE holds lines {id, problem, answer, verdict, format}; default: the tests' own table of spellings. The tools are
installed into environments of their own under bench/.peers. Only LaTeX answers count, since the others read no Python
and no Unicode; the others are given the last side of a chain, without what stands around it, which is more help than
they would have in a grader.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from environments import environment

HERE = Path(__file__).parent
HOME = HERE.parent
TOOLS = ("sympy", "latex2sympy", "math-verify")
EQUAL = {"correct": True, "right-value-wrong-form": True, "wrong": False}
SAME = {"correct", "right value, wrong form"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", type=Path, default=HOME / "tests/formula/spellings.txt")
    parser.add_argument("--json", type=Path, help="keep the figures here")
    options = parser.parse_args()
    rows = [row for row in read_table(options.table) if row.get("format") == "latex" and row["verdict"] in EQUAL]
    figures = {"ours": figure(rows, run_ours(rows))}
    golds = references()
    for tool in TOOLS:
        python = environment(tool)
        asked = [row for row in rows if row["problem"] in golds]
        given = [{"id": row["id"], "gold": golds[row["problem"]], "answer": row["answer"]} for row in asked]
        figures[tool] = figure(rows, run_peer(python, tool, given))
    show(figures, len(rows))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def read_table(table: Path) -> list[dict[str, Any]]:
    """Return the rows of a table: lines of JSON, or the tests' table of spellings."""
    text = table.read_text()
    if table.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    names = {"form": "right-value-wrong-form"}
    rows, problem = [], ""
    for number, line in enumerate(text.splitlines()):
        verdict, _, answer = line.partition(" ")
        if line.startswith("["):
            problem = line.strip("[]")
        elif answer.strip() and not line.startswith("#"):
            rows.append({"id": str(number), "problem": problem, "answer": answer.strip(), "format": "latex",
                         "verdict": names.get(verdict, verdict)})
    return rows


def references() -> dict[str, str]:
    """Return the accepted formula of every part that asks for one."""
    from autograder.spec import load_assignment
    from autograder.spec.written import FormulaPart

    found = {}
    for folder in sorted((HOME / "problems").iterdir()):
        for problem in load_assignment(folder).problems:
            for part in problem.parts:
                if isinstance(part, FormulaPart):
                    found.update(dict.fromkeys([part.id, *part.aliases], part.answer))
    return found


def run_ours(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    from autograder.assignments import find_assignments
    from autograder.formula_table import judge_table
    from autograder.spec import load_assignment

    lines = [json.dumps(row) for row in rows]
    assignments = [load_assignment(folder) for folder in find_assignments()]
    judged = {}
    for line in judge_table(lines, assignments):
        read = line["state"] != "unreadable"
        judged[str(line["id"])] = {"read": read, "equal": line["state"] in SAME if read else None,
                                   "seconds": line["seconds"]}
    return judged


def run_peer(python: Path, tool: str, given: Sequence[dict[str, str]]) -> dict[str, dict[str, Any]]:
    done = subprocess.run([python, HERE / "peers/read_and_compare.py", tool], text=True, check=True,
                          input="\n".join(json.dumps(item) for item in given), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return {item["id"]: item for item in map(json.loads, done.stdout.splitlines())}


def figure(rows: Sequence[dict[str, Any]], judged: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return counts and times over the rows; a row that the tool was not given counts as not read."""
    nothing = {"read": False, "equal": None, "seconds": 0.0}
    pairs = [(EQUAL[row["verdict"]], judged.get(row["id"], nothing)) for row in rows]
    times = sorted(item["seconds"] * 1000 for _, item in pairs if item["seconds"])
    return {
        "read": sum(item["read"] for _, item in pairs),
        "right": sum(item["equal"] is truth for truth, item in pairs),
        "accepts a wrong one": sum(item["equal"] is True and not truth for truth, item in pairs),
        "refuses a right one": sum(item["equal"] is False and truth for truth, item in pairs),
        "undecided": sum(item["equal"] is None for _, item in pairs),
        "median ms": round(statistics.median(times), 1),
        "95 % ms": round(times[int(0.95 * len(times))], 1),
        "worst ms": round(times[-1], 1),
    }


def show(figures: dict[str, dict[str, Any]], count: int) -> None:
    columns = list(next(iter(figures.values())))
    print(f"{count} labelled LaTeX answers: is the value right?")
    print("".ljust(14) + "".join(column.rjust(max(len(column) + 2, 10)) for column in columns) + "   median / ours")
    for tool, values in figures.items():
        ratio = values["median ms"] / figures["ours"]["median ms"]
        print(tool.ljust(14) + "".join(str(values[c]).rjust(max(len(c) + 2, 10)) for c in columns) + f"{ratio:16.1f}")


if __name__ == "__main__":
    main()
