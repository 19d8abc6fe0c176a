"""The tests of a unittest suite, read from its files without running them: what it declares, it is held to."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.spec.fields import Visibility


@dataclass(frozen=True, slots=True)
class DeclaredTest:
    """A test as its file declares it."""

    file: str
    owner: str
    """The class it belongs to."""
    method: str
    weight: float | None
    """None where it is not written as a plain number."""
    visibility: Visibility | None
    """None where it says nothing; hidden where what it says is not known."""

    @property
    def id(self) -> str:
        return f"{self.file}:{self.owner}.{self.method}"


@dataclass(frozen=True, slots=True)
class DeclaredSuite:
    """All tests that can be read off the files.

    is_complete: whether there can be no others, and every weight is known.
    """

    tests: tuple[DeclaredTest, ...]
    is_complete: bool

    @property
    def points(self) -> float:
        return sum(test.weight or 0.0 for test in self.tests)


def suite_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a suite by path below its folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }


def read_suite(folder: Path, pattern: str) -> DeclaredSuite:
    """Read the classes at the top of each test file and their own methods."""
    tests: list[DeclaredTest] = []
    is_complete = True
    for file in sorted(folder.glob(pattern)):
        try:
            module = _Module(file.name, ast.parse(file.read_text(encoding="utf-8")))
        except (OSError, SyntaxError, ValueError):
            is_complete = False
            continue
        tests += module.tests()
        is_complete = is_complete and module.is_plain
    return DeclaredSuite(tuple(tests), is_complete and all(test.weight is not None for test in tests))


class _Module:
    def __init__(self, file: str, tree: ast.Module) -> None:
        self.file = file
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.deleted = {name.id for node in tree.body if isinstance(node, ast.Delete)
                        for name in node.targets if isinstance(name, ast.Name)}
        named = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        nested = len(self.classes) < sum(isinstance(node, ast.ClassDef) for node in ast.walk(tree))
        inherits = any(_name(base) in self.classes for node in self.classes.values() for base in node.bases)
        calls = {_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        self.is_plain = not (nested or inherits or self.deleted or "load_tests" in named or "setattr" in calls)

    def tests(self) -> Iterator[DeclaredTest]:
        for name, node in self.classes.items():
            if name in self.deleted or not self._is_test_case(node, len(self.classes)):
                continue
            for method in node.body:
                if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.name.startswith("test"):
                    given = _decorators(method.decorator_list)
                    yield DeclaredTest(self.file, name, method.name, _weight(given), _visibility(given))

    def _is_test_case(self, node: ast.ClassDef, depth: int) -> bool:
        for base in map(_name, node.bases):
            if base.endswith("TestCase"):
                return True
            if base in self.classes and depth > 0 and self._is_test_case(self.classes[base], depth - 1):
                return True
        return False


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _decorators(nodes: Sequence[ast.expr]) -> dict[str, Any]:
    """Return what each decorator is given, by its name; None for what is no plain value."""
    given: dict[str, Any] = {}
    for node in nodes:
        if isinstance(node, ast.Call):
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            given[_name(node.func)] = values[0].value if values and isinstance(values[0], ast.Constant) else None
    return given


def _weight(given: Mapping[str, Any]) -> float | None:
    for name in ("partial_credit", "weight"):
        if name in given:
            value = given[name]
            return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    return 0.0


def _visibility(given: Mapping[str, Any]) -> Visibility | None:
    if "visibility" not in given:
        return None
    try:
        return Visibility(given["visibility"])
    except ValueError:
        return Visibility.HIDDEN
