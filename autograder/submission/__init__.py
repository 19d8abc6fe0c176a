"""What a student handed in: files -> Submission -> the code to run and the answers to read."""

from autograder.submission.answers import Answer, Answers, read_answers
from autograder.submission.code import CodeFiles, take_code
from autograder.submission.places import Place, Text
from autograder.submission.reading import Limits, NoSubmission, Submission, read_submission

__all__ = [
    "Answer",
    "Answers",
    "CodeFiles",
    "Limits",
    "NoSubmission",
    "Place",
    "Submission",
    "Text",
    "read_answers",
    "read_submission",
    "take_code",
]
