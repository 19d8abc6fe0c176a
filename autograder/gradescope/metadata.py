"""submission_metadata.json, read without trusting that any of it is there or as documented.

Whatever is missing or odd is left out and named in `oddities`, for staff; it never keeps a submission from being
graded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

_MAX_BYTES = 64 << 20
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_OFFSET = re.compile(r"(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)$")


class Earlier(Struct, frozen=True):
    """A submission that the same student or group made before."""

    submitted_at: datetime | None
    score: float | None
    failed_without_fault: bool
    """The autograder failed on it, through no fault of the student."""
    results: Mapping[str, Any] | None
    """What was stored of it; only ever given for the latest one."""


class DueDates(Struct, frozen=True):
    """When one student has to hand in; an extension is part of it."""

    due_at: datetime | None
    late_due_at: datetime | None


class Metadata(Struct, frozen=True):
    """What the platform says about a submission."""

    created_at: datetime | None = None
    due_dates: tuple[DueDates, ...] = ()
    """One for each submitter; where the platform gives none of their own, the assignment's."""
    earlier: tuple[Earlier, ...] = ()
    """Oldest first."""
    oddities: tuple[str, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """The due date that counts: in a group the latest one, so that nobody loses an extension to a partner."""
        return max((dates.due_at for dates in self.due_dates if dates.due_at), default=None)

    @property
    def latest_results(self) -> Mapping[str, Any] | None:
        """What was stored of the latest earlier submission."""
        return self.earlier[-1].results if self.earlier else None


def read_metadata(path: Path) -> Metadata:
    """Read the file; whatever is wrong with it becomes an oddity."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        return Metadata(oddities=(f"submission_metadata.json cannot be read: {error.strerror}",))
    if len(data) > _MAX_BYTES:
        return Metadata(oddities=("submission_metadata.json is too large to be read",))
    return parse_metadata(data)


def parse_metadata(data: bytes) -> Metadata:
    """Read the contents of the file; whatever is wrong with them becomes an oddity."""
    try:
        value = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return Metadata(oddities=(f"submission_metadata.json is not JSON: {error}",))
    reader = _Reader()
    top = reader.mapping(value, "the whole")
    return Metadata(
        created_at=reader.moment(top, "created_at"),
        due_dates=tuple(reader.due_dates(top)),
        earlier=tuple(reader.earlier(top)),
        oddities=tuple(dict.fromkeys(reader.oddities)),
    )


class _Reader:
    """Takes what is of the expected type and notes what is not; null and missing are never odd."""

    def __init__(self) -> None:
        self.oddities: list[str] = []

    def due_dates(self, top: Mapping[str, Any]) -> Iterator[DueDates]:
        shared = self.mapping(top.get("assignment"), "assignment")
        users = [self.mapping(user, "a user") for user in self.sequence(top.get("users"), "users")]
        for user in users or [{}]:
            own = self.mapping(user.get("assignment"), "a user's assignment")
            yield DueDates(
                self.moment(own, "due_date") or self.moment(shared, "due_date"),
                self.moment(own, "late_due_date") or self.moment(shared, "late_due_date"),
            )

    def earlier(self, top: Mapping[str, Any]) -> list[Earlier]:
        items = self.sequence(top.get("previous_submissions"), "previous_submissions")
        found = []
        for item in items:
            fields = self.mapping(item, "an earlier submission")
            results = fields.get("results")
            found.append(
                Earlier(
                    submitted_at=self.moment(fields, "submission_time"),
                    score=self.number(fields, "score"),
                    failed_without_fault=fields.get("autograder_error") is True,
                    results=self.mapping(results, "earlier results") if results is not None else None,
                )
            )
        # The documentation shows them oldest first and does not promise it.
        if all(one.submitted_at is not None for one in found):
            found.sort(key=lambda one: one.submitted_at or datetime.min)
        return found

    def mapping(self, value: Any, name: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        if value is not None:
            self.oddities.append(f"{name} is not an object")
        return {}

    def sequence(self, value: Any, name: str) -> Sequence[Any]:
        if isinstance(value, list):
            return value
        if value is not None:
            self.oddities.append(f"{name} is not a list")
        return []

    def moment(self, fields: Mapping[str, Any], name: str) -> datetime | None:
        value = fields.get(name)
        moment = parse_moment(value) if isinstance(value, str) else None
        if moment is None and value is not None:
            self.oddities.append(f"{name} is not a time with its offset")
        return moment

    def number(self, fields: Mapping[str, Any], name: str) -> float | None:
        value = fields.get(name)
        try:
            number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
        if value is not None:
            self.oddities.append(f"{name} is not a number")
        return None


def parse_moment(text: str) -> datetime | None:
    """Return an ISO 8601 time that has an offset, in any precision; None for anything else."""
    # Python 3.10 reads neither Z nor +0100 nor more or fewer than 3 or 6 digits of a second.
    text = _FRACTION.sub(lambda match: f".{match[1]:0<6}", text.strip())
    text = _OFFSET.sub(r"\1:\2", text)
    text = text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
