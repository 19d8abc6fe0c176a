"""What a student handed in: files -> Submission -> the code to run and the answers to read."""

from autograder.submission.answers import Answer, Answers, read_answers
from autograder.submission.code import CodeFiles, take_code
from autograder.submission.places import Place, Text
from autograder.submission.reading import Contents, Limits, NoSubmission, Submission, read_contents, read_submission

__all__ = [
    "Answer",
    "Answers",
    "CodeFiles",
    "Contents",
    "Limits",
    "NoSubmission",
    "Place",
    "Submission",
    "Text",
    "read_answers",
    "read_contents",
    "read_submission",
    "take_code",
]
