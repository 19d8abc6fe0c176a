"""Problem files: YAML -> Assignment, or every fault with file, line and column."""

from typing import TYPE_CHECKING, Any

from autograder.spec.faults import Fault, Place, SpecError
from autograder.spec.model import Assignment, Part, Problem

if TYPE_CHECKING:
    from autograder.spec.loading import load_assignment

__all__ = ["Assignment", "Fault", "Part", "Place", "Problem", "SpecError", "load_assignment"]


def __getattr__(name: str) -> Any:
    # What reads YAML is imported where YAML is read: an assignment that was kept needs none of it (see `compiled`).
    if name == "load_assignment":
        from autograder.spec.loading import load_assignment

        return load_assignment
    raise AttributeError(name)
