"""A notebook, written down in a test."""

from __future__ import annotations

import json


def notebook(*cells: tuple[str, str]) -> str:
    """Return a notebook of (kind, source) cells as JSON."""
    return json.dumps({
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [{"cell_type": kind, "source": source.splitlines(keepends=True), "metadata": {}}
                  | ({"outputs": [], "execution_count": None} if kind == "code" else {}) for kind, source in cells],
    })
