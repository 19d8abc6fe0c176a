"""The gate before anything is published: an assignment with a fault is handed out to nobody, unless somebody says why.

    verdict = judge(assignment)                     what `autograder validate` finds, or found before on the same files
    admit(verdict, reason)  ->  Permit, or Refused

What was found is kept beside the assignment, with a digest of everything that it depends on, so that to build again
takes no time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.assignments import HOME
from autograder.spec.loading import reference_folders
from autograder.spec.model import Assignment
from autograder.spec.reference_files import find_reference_files

MEMORY = ".validated.json"
"""The file beside assignment.yaml that holds the last verdict; it is packed into nothing."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The faults of an assignment as it is now; `is_remembered` where they were found before."""

    faults: tuple[str, ...]
    is_remembered: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """An assignment may be published: it has no fault, or somebody gave a reason."""

    reason: str | None = None
    faults: tuple[str, ...] = ()

    def as_json(self) -> str:
        return json.dumps({"reason": self.reason, "faults": list(self.faults)}, indent=1)


class Refused(Exception):
    """An assignment has faults, and nobody said why it should be published all the same."""


def admit(verdict: GateVerdict, reason: str | None) -> Permit:
    """Return the permit. Raises Refused where there are faults and no reason is given."""
    if not verdict.faults:
        return Permit()
    if reason is None or not reason.strip():
        count = f"{len(verdict.faults)} fault{'s' * (len(verdict.faults) != 1)}"
        raise Refused("\n".join(verdict.faults) + f"\n{count}: mend {'it' if len(verdict.faults) == 1 else 'them'}, or "
                      'say with --allow "REASON" why it may be published all the same; staff will see the reason.')
    return Permit(reason.strip(), verdict.faults)


def judge(assignment: Assignment, find_faults: Callable[[Assignment], tuple[str, ...]] | None = None) -> GateVerdict:
    """Return the faults of an assignment, as they are remembered for these very files or found now.

    find_faults: what finds them; default: all that `autograder validate` looks at.
    """
    digest = digest_everything(assignment)
    memory = assignment.folder / MEMORY
    with suppress(OSError, ValueError, KeyError, TypeError):  # whatever is wrong with what is remembered: look again
        remembered = json.loads(memory.read_text(encoding="utf-8"))
        if remembered["digest"] == digest:
            return GateVerdict(tuple(str(fault) for fault in remembered["faults"]), is_remembered=True)
    faults = (find_faults or find_all_faults)(assignment)
    remember(assignment, faults, digest)
    return GateVerdict(faults)


def remember(assignment: Assignment, faults: tuple[str, ...], digest: str | None = None) -> None:
    """Keep what was found for the files as they are: to build is then a matter of a moment."""
    said = {"digest": digest or digest_everything(assignment), "faults": faults}
    with suppress(OSError):  # a folder that cannot be written to: the next build looks again
        (assignment.folder / MEMORY).write_text(json.dumps(said, indent=1), encoding="utf-8")


def find_all_faults(assignment: Assignment) -> tuple[str, ...]:
    """Return every fault of an assignment, as `autograder validate` prints them."""
    from autograder.authoring.examination import examine

    return tuple(str(fault) for fault in examine(assignment).faults)


def digest_everything(assignment: Assignment) -> str:
    """Return a digest of all that a verdict depends on: the assignment, its references, and this package."""
    files = {f"package/{_name(file, HOME)}": file for file in (HOME / "autograder").rglob("*.py")}
    files |= {f"assignment/{_name(file, assignment.folder)}": file for file in assignment.folder.rglob("*")
              if file.is_file() and not _is_left_out(file, assignment.folder)}
    folders = reference_folders(assignment.folder)
    files |= {f"reference/{file.name}": file for file in find_reference_files(folders, assignment.problems)}
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        digest.update(f"{name}\0".encode() + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _is_left_out(file: Path, folder: Path) -> bool:
    return any(step.startswith(".") or step == "__pycache__" for step in file.relative_to(folder).parts)
