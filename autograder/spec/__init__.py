"""Problem files: YAML -> Assignment, or every fault with file, line and column."""

from autograder.spec.faults import Fault, Place, SpecError
from autograder.spec.loading import load_assignment
from autograder.spec.model import Assignment, Part, Problem

__all__ = ["Assignment", "Fault", "Part", "Place", "Problem", "SpecError", "load_assignment"]
