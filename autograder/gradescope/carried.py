"""The results of a submission that was not graded because it was over the limit: those of the one before."""

from __future__ import annotations

from typing import Any

from autograder.gradescope.handing_in import Turn, say_moment
from autograder.gradescope.metadata import Metadata
from autograder.gradescope.validity import find_faults
from autograder.marks import Json
from autograder.spec.fields import Visibility

_KEPT = frozenset({"score", "tests", "visibility", "test_output_format", "leaderboard", "extra_data"})


def carry_over(metadata: Metadata, turn: Turn) -> dict[str, Json] | None:
    """Return results.json with the earlier results and why they stand there.

    None where no earlier score is known: then the submission has to be graded, or the student would lose it.
    """
    kept = _sound_results(metadata)
    if kept is None:
        score = next((one.score for one in reversed(metadata.earlier) if one.score is not None), None)
        if score is None:
            return None
        kept = {"score": score}
    moment = turn.latest_graded_at
    source = f"your submission of {say_moment(moment)}" if moment else "your previous submission"
    extra = kept.get("extra_data")
    return {
        **kept,
        "output": f"{turn.sentence}\n\nYour score is not lowered: what stands here is the result of {source}.",
        "output_format": "md",
        "stdout_visibility": Visibility.HIDDEN.value,
        "extra_data": {**(extra if isinstance(extra, dict) else {}), "over the limit": True},
    }


def _sound_results(metadata: Metadata) -> dict[str, Any] | None:
    """Return what can be shown again of the latest earlier results, or None."""
    results = metadata.latest_results
    if results is None or metadata.earlier[-1].failed_without_fault:
        return None
    kept = {name: value for name, value in results.items() if name in _KEPT and value is not None}
    if "score" not in kept and metadata.earlier[-1].score is not None:
        kept["score"] = metadata.earlier[-1].score
    return None if find_faults(kept) else kept
