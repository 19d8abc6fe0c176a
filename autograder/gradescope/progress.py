"""What changed since the student's previous submission, said of parts that they may see, then and now."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from autograder.gradescope.handing_in import say_moment
from autograder.gradescope.metadata import Metadata
from autograder.marks import Mark


class EarlierMark(Struct, frozen=True):
    """How a part stood in the previous submission."""

    id: str
    state: str
    points: float


def describe_progress(marks: Sequence[Mark], digest: str, metadata: Metadata) -> str | None:
    """Return a Markdown paragraph about what changed, or None where there is nothing to compare with.

    digest: of the assignment as it is now; where it was another, the student is told so.
    """
    results = metadata.latest_results
    before = {mark.id: mark for mark in _earlier_marks(results)} if results is not None else {}
    visible = [mark for mark in marks if mark.is_visible and mark.id in before]
    if not visible:
        return None
    moment = metadata.earlier[-1].submitted_at
    since = f"Since your submission of {say_moment(moment)}" if moment else "Since your previous submission"
    lines = [line for mark in visible if (line := _say_change(before[mark.id], mark))]
    extra = results.get("extra_data") if results is not None else None
    other_digest = isinstance(extra, dict) and extra.get("spec digest") not in (None, digest)
    staff = " Course staff changed the assignment in between." if other_digest else ""
    if not lines:
        return f"{since} no part has changed.{staff}"
    return f"{since}:{staff}\n\n" + "\n".join(f"- {line}" for line in lines)


def _earlier_marks(results: Mapping[str, Any]) -> Iterator[EarlierMark]:
    """Yield what can be read of our own earlier results; another grader's, or odd ones, give nothing."""
    extra = results.get("extra_data")
    parts = extra.get("parts") if isinstance(extra, dict) else None
    for name, part in parts.items() if isinstance(parts, dict) else ():
        if not isinstance(part, dict) or part.get("is_visible") is not True:
            continue
        state, points = part.get("state"), part.get("points")
        if isinstance(state, str) and isinstance(points, (int, float)) and math.isfinite(points):
            yield EarlierMark(name, state, float(points))


def _say_change(before: EarlierMark, now: Mark) -> str:
    gained = now.points - before.points
    if before.state == now.state.value and abs(gained) < 1e-9:
        return ""
    points = "" if abs(gained) < 1e-9 else f" ({gained:+.4g} {'point' if abs(abs(gained) - 1) < 1e-9 else 'points'})"
    if before.state == now.state.value:
        return f"{now.number} {now.title}: still {now.state.value}{points}"
    return f"{now.number} {now.title}: was {before.state}, is {now.state.value} now{points}"
