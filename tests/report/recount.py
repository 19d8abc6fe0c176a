"""Recounts the figures of a report from exported marks, with nothing but the standard library.

    autograder class export --format jsonl -o marks.jsonl
    autograder class export --format gradescope -o marks.csv
    autograder class report --json > figures.json
    python tests/report/recount.py marks.jsonl marks.csv figures.json

prints what disagrees; exit code 1 where anything does. Works on rows, one for each part of each latest submission:
submission, kept_share, part, state, points, max_points, hand_points, and where they are known seconds, diagnoses, meaning.
"""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

OPEN = ("by hand", "not graded")


def rows_of_json_lines(text: str) -> list[dict[str, str]]:
    """Return the rows of the latest submissions in an export as JSON lines."""
    graded = [line for line in map(json.loads, text.splitlines()) if line["is_latest"] and line["marks"]]
    return [{"submission": line["submission"], "kept_share": str(line["kept_share"]), "part": mark["id"],
             "state": mark["state"], "points": str(mark["points"]), "max_points": str(mark["max_points"]),
             "hand_points": "" if mark["hand_points"] is None else str(mark["hand_points"])}
            for line in graded for mark in line["marks"]]


def compare_csv(text: str, report: dict[str, Any]) -> list[str]:
    """Return on what a table for Gradescope, with two decimals, disagrees with the scores and the questions."""
    rows = {row["Submission ID"]: row for row in csv.DictReader(io.StringIO(text)) if row["Total Score"]}
    totals = [float(row["Total Score"]) for row in rows.values()]
    told = report["scores"]
    found = {"count": len(totals), "mean": statistics.fmean(totals), "median": statistics.median(totals),
             "lowest": min(totals), "highest": max(totals)}
    lines = [f"scores {name}: {own} in the table, {told[name]} there" for name, own in found.items()
             if abs(own - told[name]) > 0.005001]
    for question in report["questions"]:
        column = f"{question['number']}: {question['title']} ({question['max_points']:g} pts)"
        cells = [re.sub("^'", "", row[column]) for row in rows.values()]
        if question["counted"] < len(cells):
            continue  # the table does not tell a part that waits from one that earned nothing
        share = statistics.fmean(float(cell) / question["max_points"] for cell in cells)
        if abs(share - question["mean_share"]) > 0.005001 / question["max_points"]:
            lines.append(f"{column}: {share} in the table, {question['mean_share']} there")
    return lines


def recount(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return the figures by the names that a report gives them."""
    by_submission: dict[str, list[dict[str, str]]] = defaultdict(list)
    by_part: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_submission[row["submission"]].append(row)
        by_part[row["part"]].append(row)
    totals = [float(group[0]["kept_share"]) * sum(points(row) for row in group) for group in by_submission.values()]
    quartiles = statistics.quantiles(totals, n=4, method="inclusive")
    scores = {
        "count": len(totals), "mean": statistics.fmean(totals), "deviation": statistics.stdev(totals),
        "lowest": min(totals), "lower_quartile": quartiles[0], "median": statistics.median(totals),
        "upper_quartile": quartiles[2], "highest": max(totals),
    }
    return {"scores": scores, "totals": totals,
            "questions": {part: count_part(part, group, by_submission) for part, group in by_part.items()}}


def points(row: dict[str, str]) -> float:
    return float(row["hand_points"] or row["points"])


def waits(row: dict[str, str]) -> bool:
    return row["state"] in OPEN and not row["hand_points"]


def count_part(part: str, group: list[dict[str, str]], by_submission: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    counted = [row for row in group if not waits(row)]
    if len(counted) < len(group) and all(row["state"] == "missing" for row in counted):
        counted = []
    shares, rests = [], []
    for row in counted:
        others = [other for other in by_submission[row["submission"]] if other["part"] != part and not waits(other)]
        shares.append(points(row) / float(row["max_points"]))
        rests.append(sum(map(points, others)) / sum(float(other["max_points"]) for other in others))
    correlation = None
    if len(shares) >= 10 and len(set(shares)) > 1:
        correlation = statistics.correlation(shares, rests)
    found = {
        "counted": len(counted), "mean_share": statistics.fmean(shares) if shares else None, "correlation": correlation,
        "states": dict(Counter(row["state"] for row in group)),
    }
    return found if "seconds" not in group[0] else {
        **found, "seconds_median": statistics.median(float(row["seconds"]) for row in group),
        "mistakes": dict(Counter(name for row in group for name in set(row["diagnoses"].split("|")) if name)),
        "groups": dict(Counter(row["meaning"] for row in group if row["meaning"])),
    }


def compare(found: dict[str, Any], report: dict[str, Any]) -> list[str]:
    """Return a line for everything on which the two disagree."""
    lines = [f"scores {name}: {own} here, {report['scores'][name]} there" for name, own in found["scores"].items()
             if not same(own, report["scores"][name])]
    last = len(report["scores"]["bins"]) - 1
    for number, part in enumerate(report["scores"]["bins"]):
        own = sum(part["low"] - 1e-9 <= total < part["high"] - 1e-9 or (number == last and same(total, part["high"]))
                  for total in found["totals"])
        if own != part["count"]:
            lines.append(f"scores from {part['low']} to {part['high']}: {own} here, {part['count']} there")
    theirs = {question["id"]: question for question in report["questions"]}
    lines += [f"{part}: only on one side" for part in found["questions"].keys() ^ theirs.keys()]
    for part in found["questions"].keys() & theirs.keys():
        own, there = found["questions"][part], theirs[part]
        told = {
            **{name: there[name] for name in ("counted", "mean_share", "states", "seconds_median")},
            "correlation": there["discrimination"]["value"],
            "mistakes": {mistake["name"]: mistake["count"] for mistake in there["mistakes"]
                         if mistake["name"] in own.get("mistakes", ())},
            "groups": {group["meaning"]: group["count"] for group in there["groups"] if group["latex"]},
        }
        lines += [f"{part} {name}: {value} here, {told[name]} there" for name, value in own.items()
                  if not same(value, told[name])]
    return lines


def same(own: Any, there: Any) -> bool:
    if isinstance(own, float) and isinstance(there, (int, float)):
        return abs(own - there) <= 1e-9 * max(1.0, abs(own))
    return bool(own == there)


if __name__ == "__main__":
    lines, table, figures = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    disagreements = [*compare(recount(rows_of_json_lines(lines)), json.loads(figures)),
                     *compare_csv(table, json.loads(figures))]
    print("\n".join(disagreements) or "all figures agree")
    sys.exit(1 if disagreements else 0)
