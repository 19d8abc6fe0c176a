"""Exact proofs of identities, in a process of their own that can be killed."""
