"""The wall: student code runs in a confined worker process, and only arrays come back over it.

The grader's side: `supervisor` is what to call, `outcomes` what comes of it, `processes` how workers start and end.
The worker's side: `nursery` forks them, `confinement` puts up the layers that `layers` names (`landlock`, `seccomp`),
`worker` serves one job with `loading`, `imports` and `values`, and `sweep` removes what was left.
Both sides share `wire` and `source`.
"""
