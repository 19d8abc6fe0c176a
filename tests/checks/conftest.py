"""The example is a suite of its own, for the grader to run."""

collect_ignore = ["suite_example"]
