"""One run: a submission in its folder -> results.json in its place, whatever happens in between."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from msgspec import Struct
from msgspec.structs import replace

from autograder.assignments import UnclearAssignment, choose_assignment
from autograder.grade import grade, ungraded_marks
from autograder.gradescope.allowed import read_allowed
from autograder.gradescope.carried import carry_over
from autograder.gradescope.handing_in import judge_attempt, judge_lateness
from autograder.gradescope.metadata import Metadata, read_metadata
from autograder.gradescope.progress import describe_progress
from autograder.gradescope.results import CannotWrite, Entries, ResultsFile, compose
from autograder.marks import Json, Mark, Result
from autograder.sandbox.supervisor import Sandbox
from autograder.spec import Assignment, SpecError
from autograder.spec.compiled import open_assignment
from autograder.submission import NoSubmission, read_submission
from autograder.terminal import show_result

# The platform stops a run at its limit and throws its results away; so much before that we stop by ourselves.
_SPARE_SHARE, _SPARE_SECONDS = 0.15, 15.0


class Paths(Struct, frozen=True):
    """Where one run reads and writes; `None` where there is no such thing."""

    submission: Path
    results: Path
    assignment: Path | None = None
    metadata: Path | None = None


class Stopped(BaseException):
    """Somebody asked the process to end. Not an Exception: no part may take it for a fault of its own."""


def run_session(paths: Paths, sandbox: Sandbox) -> int:
    """Grade a submission, write results.json, print a summary; return the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    file = ResultsFile(paths.results)
    session = _Session(file)
    file.reserve()
    try:
        session.keep(())
        contents, result = session.grade(paths, sandbox)
    except (UnclearAssignment, SpecError, NoSubmission) as error:
        return session.give_up(str(error), sandbox)
    except (Exception, KeyboardInterrupt, Stopped):  # whatever went wrong here is ours: say so in valid results
        return session.give_up(traceback.format_exc(), sandbox)
    sandbox.close()  # nothing of the student's may be alive when the results are put in place
    return session.finish(contents, result)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped(f"signal {number}")


class _Session:
    """What is known so far, and where it is kept."""

    def __init__(self, file: ResultsFile) -> None:
        self._file = file
        self._marks: tuple[Mark, ...] = ()
        self._entries = Entries()

    def keep(self, done: tuple[Mark, ...]) -> None:
        """Write what is done, so that a run that is killed leaves it behind."""
        self._marks = (*done, *self._marks[len(done) :])
        with suppress(CannotWrite):  # the last write tells
            result = Result("", self._marks, failure="the grader was stopped before it had finished")
            self._file.keep(compose(result, entries=self._entries))

    def grade(self, paths: Paths, sandbox: Sandbox) -> tuple[Mapping[str, Json], Result | None]:
        """Return the contents of results.json, and the result where the submission was graded."""
        assignment = _with_platform_limit(open_assignment(paths.assignment or choose_assignment(paths.submission)))
        metadata = read_metadata(paths.metadata) if paths.metadata else Metadata()
        turn = judge_attempt(assignment.head.attempts, metadata)
        if not turn.is_graded and (carried := carry_over(metadata, turn)) is not None:
            return carried, None
        self._marks = ungraded_marks(assignment)
        result = grade(read_submission(paths.submission), assignment, sandbox, on_mark=self.keep)
        late = judge_lateness(assignment.head.late, metadata)
        progress = describe_progress(result.marks, assignment.digest, metadata)
        said = (late.sentence, turn.sentence if turn.is_graded else "", progress, *result.notes)
        result = replace(
            result,
            kept_share=late.kept_share,
            notes=tuple(note for note in said if note),
            extra={**result.extra, **read_allowed(assignment.folder), "late days": late.days,
                   "metadata": list(metadata.oddities)},
        )
        return compose(result, assignment.head.visibility, self._entries), result

    def give_up(self, failure: str, sandbox: Sandbox) -> int:
        """Say what went wrong, keep the marks that there are."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sandbox.close()
        print(f"run_autograder: {failure}", file=sys.stderr)
        self._write(compose(Result("", self._marks, failure=failure)))
        return 2

    def finish(self, contents: Mapping[str, Json], result: Result | None) -> int:
        is_written = self._write(contents)
        if result is None:
            print(contents["output"])
        else:
            show_result(result, sys.stdout)
        if is_written:
            print(f"results: {self._file.path}")
        if not is_written:
            return 2
        return 1 if result is not None and result.failure else 0

    def _write(self, contents: Mapping[str, Json]) -> bool:
        try:
            self._file.write(contents)
        except CannotWrite as error:  # what is printed is then all that staff have
            print(f"run_autograder: {error}", file=sys.stderr)
            return False
        finally:
            self._file.release()
        return True


def _with_platform_limit(assignment: Assignment) -> Assignment:
    """Keep the time for a submission well within what the platform allows."""
    try:
        allowed = float(os.environ.get("TIMEOUT_SECONDS", ""))
    except ValueError:
        return assignment
    seconds = max(1.0, allowed - max(_SPARE_SECONDS, _SPARE_SHARE * allowed))
    head = assignment.head
    if not seconds < head.limits.submission_seconds:
        return assignment
    limits = replace(head.limits, submission_seconds=seconds)
    return replace(assignment, head=replace(head, limits=limits))
