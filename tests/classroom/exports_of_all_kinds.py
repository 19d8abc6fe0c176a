"""Exports as the platforms make them, in small: written to a folder or a zip for tests."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

GRADESCOPE = """\
submission_101:
  :submitters:
  - :name: Ada Example
    :sid: '00123456'
    :email: ada@university.example
  - :name: Ben Example
    :sid: '00123457'
    :email: ben@university.example
  :created_at: 2026-02-16 05:14:09.365935000 Z
  :score: 27.5
  :results: &1
    score: 27.5
    tests: []
  :history:
  - :id: 99
    :created_at: 2026-02-14 18:02:41.087023000 Z
    :score: 0.0
    :results:
      score: 0
      output: "The autograder failed: try again.\\nNow."
  - :id: 100
    :created_at: 2026-02-15 02:40:03.512904000 Z
    :score: 17.5
    :results: *1
submission_102:
  :submitters:
  - :name: Cyd Example
    :sid: ''
    :email: cyd@university.example
  :created_at: 2026-02-16 07:58:30.000120000 -0800
  :score: 0.0
  :history: []
submission_103:
  :submitters:
  - :name: Dee Example
  :created_at: yesterday
"""


def write_folder(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder and return it."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def write_zip(path: Path, files: Mapping[str, str]) -> Path:
    """Write files into a zip and return it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
