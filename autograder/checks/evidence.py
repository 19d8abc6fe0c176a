"""What staff see of a function part: each case with its sizes, each output with its worst entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograder.checks.comparison import Comparison
from autograder.checks.precision import rough_gradients
from autograder.checks.running import CaseRun
from autograder.marks import Json
from autograder.sandbox.outcomes import Raised, Returned
from autograder.spec.code import FunctionPart

if TYPE_CHECKING:
    from autograder.checks.function import OutputScore

_MAX_CASES = 30


def describe_runs(part: FunctionPart, runs: Sequence[CaseRun], scores: Sequence[OutputScore]) -> dict[str, Json]:
    """Return the evidence of a function part as plain values."""
    rough = rough_gradients(part, runs)
    return {
        "function": part.function,
        **({"by differences?": f"{', '.join(rough)}: right, with the precision of differences"} if rough else {}),
        "outputs": {
            score.name: {"points": score.points, "of": score.max_points, "right": score.is_right,
                         "diagnosis": score.diagnosis.name if score.diagnosis else None,
                         **({"says": score.diagnosis.sentence} if score.diagnosis else {})}
            for score in scores
        },
        "cases": [_describe_run(run) for run in runs[:_MAX_CASES]],
    }


def _describe_run(run: CaseRun) -> Json:
    described: dict[str, Json] = {"case": run.drawn.number, "name": run.drawn.name, "sizes": dict(run.drawn.sizes)}
    reply = run.reply
    if isinstance(reply, Returned):
        described["seconds"] = round(reply.seconds, 4)
        if reply.warnings:
            described["warnings"] = list(reply.warnings[:5])
        if reply.changed_inputs:
            described["changed inputs"] = list(reply.changed_inputs)
        if run.count_fault:
            described["values"] = run.count_fault
    elif isinstance(reply, Raised):
        described["raised"] = f"{reply.error}: {reply.message}"
        described["frames"] = [f"{f.file}:{f.line} {f.function}: {f.text}" for f in reply.frames[-6:]]
    else:
        described["reply"] = "not run" if reply is None else repr(reply)
    described["outputs"] = {name: _describe(comparison) for name, comparison in run.comparisons.items()}
    return described


def _describe(comparison: Comparison) -> Json:
    described: dict[str, Json] = {"rung": comparison.rung.name.lower(), "relative error": comparison.relative_error}
    if comparison.is_right:
        return described
    described["shape"] = str(comparison.actual_shape)
    described["expected shape"] = str(comparison.expected.shape)
    if comparison.actual is not None and comparison.actual.shape == comparison.expected.shape:
        described["at"] = list(comparison.worst)
        described["actual"] = float(comparison.actual[comparison.worst])
        described["expected"] = float(comparison.expected[comparison.worst])
    return described
