"""Changing single values of a YAML file leaves everything else as it was typed."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from autograder.spec.editing import append_item, set_fields

TEXT = """# a comment
title: One   # with a remark
list: [a, b]
long:
  - c
  - d
parts:
  - id: x
    examples:
      - {answer: 'a, b', state: wrong}   # kept
      - answer: |
          two
          lines
      - {answer: "c"}
    points: 2
"""


@pytest.mark.parametrize(("path", "fields", "old", "new"), [
    ((), {"title": "Two"}, "title: One   #", "title: Two   #"),
    ((), {"title": "Two, or: three"}, "title: One", 'title: "Two, or: three"'),
    (("parts", 0), {"points": "3"}, "points: 2", "points: 3"),
    (("parts", 0, "examples", 0), {"state": "correct", "points": "1.5"}, "state: wrong}", "state: correct, points: 1.5}"),
    (("parts", 0, "examples", 0), {"state": "right value, wrong form"}, "wrong}", '"right value, wrong form"}'),
    (("parts", 0, "examples", 1), {"state": "by hand"}, "lines\n      -", "lines\n        state: by hand\n      -"),
    (("parts", 0, "examples", 2), {"points": "0"}, '"c"}', '"c", points: 0}'),
])
def test_one_value_changes(path: tuple[str | int, ...], fields: dict[str, str], old: str, new: str) -> None:
    assert set_fields(TEXT, path, fields) == TEXT.replace(old, new)


@pytest.mark.parametrize(("path", "old", "new"), [
    (("list",), "[a, b]", "[a, b, e-f]"), (("long",), "  - d\n", "  - d\n  - e-f\n"),
])
def test_a_list_grows(path: tuple[str, ...], old: str, new: str) -> None:
    assert append_item(TEXT, path, "e-f") == TEXT.replace(old, new)


@pytest.mark.parametrize("path", [("nothing",), ("parts", 5), ("title",), ("parts", 0, "id")])
def test_what_is_not_there_is_named(path: tuple[str | int, ...]) -> None:
    with pytest.raises(LookupError, match=str(path[-1])):
        set_fields(TEXT, path, {"a": "b"})
    with pytest.raises(LookupError):
        append_item(TEXT, path, "b")


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff"), min_size=1))
def test_any_text_comes_back(value: str) -> None:
    for path in ((), ("parts", 0, "examples", 0), ("parts", 0, "examples", 2)):
        changed = yaml.safe_load(set_fields(TEXT, path, {"note": value}))
        for step in path:
            changed = changed[step]
        assert str(changed["note"]) == value or yaml.safe_load(value) == changed["note"]
