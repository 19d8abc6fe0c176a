"""A whole class: what was handed in, graded into a store, regraded as a proposal, reported."""
