"""The pre-check: what can be said of a submission on a student's own machine, without any answer."""
