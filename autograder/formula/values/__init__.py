"""Typed terms -> values: drawn points, sixty-digit numbers, derivatives, and records of how a value came about."""
