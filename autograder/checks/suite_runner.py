"""Runs a unittest suite in the worker, one test at a time, and reports each as plain data.

This file is sent to the worker as it stands and is never imported by the grader: it knows the standard library and
numpy only. What it reports comes out of a process that the student's code shares, and is believed no further than the
suite's own files allow.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.machinery
import io
import json
import math
import os
import sys
import traceback
import types
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

_MAX_TEXT = 8_000
_MAX_TESTS = 1_000


def collect(module: Any, folder: str, pattern: str) -> Any:
    """Return what tests there are, and what could not be loaded, as JSON in an array of bytes."""
    suite = _open_suite(folder, pattern)
    return _pack({"tests": [_describe(name, test) for name, test in suite.tests.items()], "faults": suite.faults})


def run_test(module: Any, folder: str, pattern: str, test: str) -> Any:
    """Run one test and return what came of it, as JSON in an array of bytes."""
    return _pack(_open_suite(folder, pattern).run(test))


def _pack(value: Any) -> Any:
    return np.frombuffer(json.dumps(value).encode("ascii"), dtype=np.uint8)


@functools.lru_cache(maxsize=1)
def _open_suite(folder: str, pattern: str) -> Suite:
    return Suite(Path(folder).resolve(), pattern)


# --- finding tests ----------------------------------------------------------------------------------------------


class SuiteFinder:
    """Finds the suite's own modules before any file of the student's that has the same name."""

    def __init__(self, folder: Path) -> None:
        loader = (importlib.machinery.SourceFileLoader, [".py"])
        self._finder = importlib.machinery.FileFinder(str(folder), loader)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        spec = self._finder.find_spec(name) if path is None else None
        return spec if spec is not None and spec.loader is not None else None


class Suite:
    """The tests of a folder, by id, and the class whose fixtures are set up."""

    def __init__(self, folder: Path, pattern: str) -> None:
        self.folder = folder
        self.tests: dict[str, unittest.TestCase] = {}
        self.faults: list[dict[str, str]] = []
        self._class: type[unittest.TestCase] | None = None
        self._fixture_fault = ""
        sys.meta_path.insert(0, SuiteFinder(folder))
        _point_to_submission()
        for file in sorted(folder.glob(pattern)):
            if file.suffix == ".py":
                self._load(file)

    def _load(self, file: Path) -> None:
        try:
            module = importlib.import_module(file.stem)
            loaded = unittest.defaultTestLoader.loadTestsFromModule(module)
        except BaseException as error:  # sys.exit() in a student's file reaches here, too
            self.faults.append({"file": file.name, "error": self.say(error)})
            return
        for test in _flatten(loaded):
            if type(test).__module__ == "unittest.loader":  # stands for what could not be loaded
                self.faults.append({"file": file.name, "error": "its load_tests failed"})
            elif len(self.tests) < _MAX_TESTS:
                self.tests[f"{file.name}:{type(test).__name__}.{test._testMethodName}"] = test

    def run(self, name: str) -> dict[str, Any]:
        test = self.tests[name]
        chain = _chain(test)
        for function in chain:  # what an earlier run left there
            for mark in ("__score__", "__leaderboard_value__"):
                function.__dict__.pop(mark, None)
        watch = Watch(self)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            fault = self._enter(type(test))
            if fault:
                watch.note("raised", fault)
            else:
                try:
                    test.run(watch)
                except BaseException as error:  # as above: a test that exits is one test that failed
                    watch.note("raised", self.say(error))
        hidden = getattr(_method(test), "__hide_errors__", None)
        said = watch.text if hidden is None or watch.status == "passed" else str(hidden or "Test failed")
        shown = "" if hidden is not None and watch.status != "passed" else printed.getvalue()
        return {
            "status": watch.status,
            "out of memory": watch.is_out_of_memory,
            "text": _cut(said),
            "printed": _cut(shown),
            "score": _plain(_marked(chain, "__score__")),
            "leaderboard": _plain(_marked(chain, "__leaderboard_value__")),
        }

    def _enter(self, kind: type[unittest.TestCase]) -> str:
        """Set up the class and module of a test, once for all tests in a row; return why that failed."""
        if self._class is kind:
            return self._fixture_fault
        previous, self._class, self._fixture_fault = self._class, kind, ""
        module = sys.modules.get(kind.__module__)
        try:
            if previous is not None:
                previous.tearDownClass()
                previous.doClassCleanups()
            if previous is None or previous.__module__ != kind.__module__:
                getattr(sys.modules.get(getattr(previous, "__module__", "")), "tearDownModule", _nothing)()
                getattr(module, "setUpModule", _nothing)()
            kind.setUpClass()
        except BaseException as error:  # as above
            self._fixture_fault = f"The set-up of all tests in {kind.__name__} failed. {self.say(error)}"
        return self._fixture_fault

    def say(self, error: BaseException) -> str:
        """Say what an exception is and where in the student's files it came from."""
        try:
            text = str(error)
        except BaseException:  # __str__ of a student's class may raise anything
            text = ""
        here = os.getcwd() + os.sep
        text = text.replace(here, "")
        said = type(error).__name__ + (f": {text}" if text else "")
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename.startswith(here) and not frame.filename.startswith(str(self.folder)):
                line = f": {frame.line}" if frame.line else ""
                return f"{said}\n  in {frame.filename[len(here):]}, line {frame.lineno}{line}"
        return said


def _nothing() -> None:
    return None


def _flatten(tests: Any) -> Iterator[unittest.TestCase]:
    for test in tests:
        if isinstance(test, unittest.TestCase):
            yield test
        else:
            yield from _flatten(test)


def _point_to_submission() -> None:
    """Let `check_submitted_files` look at the student's files, where they are here."""
    with contextlib.suppress(ImportError):
        from gradescope_utils.autograder_utils import files  # type: ignore[import-untyped]

        files.SUBMISSION_BASE = os.getcwd()
        files.check_submitted_files.__defaults__ = (os.getcwd(),)


# --- what the decorators of gradescope-utils leave on a test ------------------------------------------------------


def _method(test: unittest.TestCase) -> Callable[..., Any]:
    bound = getattr(test, test._testMethodName)
    return getattr(bound, "__func__", bound)  # type: ignore[no-any-return]


def _chain(test: unittest.TestCase) -> list[types.FunctionType]:
    """Return the function of a test and what it wraps: each decorator leaves its marks on its own wrapper."""
    found: list[types.FunctionType] = []
    function: Any = _method(test)
    while isinstance(function, types.FunctionType) and function not in found:
        found.append(function)
        function = function.__dict__.get("__wrapped__")
    return found


def _marked(chain: list[types.FunctionType], name: str) -> Any:
    return next((function.__dict__[name] for function in chain if name in function.__dict__), None)


def _describe(name: str, test: unittest.TestCase) -> dict[str, Any]:
    chain = _chain(test)
    tags = _marked(chain, "__tags__")
    return {
        "id": name,
        "name": _cut(test.shortDescription() or f"{type(test).__name__}.{test._testMethodName}", 200),
        "weight": _plain(_marked(chain, "__weight__")),
        "number": _cut(str(_marked(chain, "__number__") or ""), 30),
        "visibility": _cut(str(_marked(chain, "__visibility__") or ""), 30),
        "tags": [_cut(str(tag), 60) for tag in tags[:10]] if isinstance(tags, (list, tuple)) else [],
        "partial": any("set_score" in function.__code__.co_freevars for function in chain),
        "column": _cut(str(_marked(chain, "__leaderboard_column__") or ""), 60),
        "order": _cut(str(_marked(chain, "__leaderboard_sort_order__") or ""), 10),
    }


def _plain(value: Any) -> float | str | None:
    """Return a number as a float and what is not one as text; None stays None."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return _cut(str(value), 100)
    return number if math.isfinite(number) else str(number)


def _cut(text: str, limit: int = _MAX_TEXT) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


class Watch(unittest.TestResult):
    """Notes what becomes of one test; the worst thing counts, and every way to end is one."""

    _ORDER = ("passed", "skipped", "failed", "raised")

    def __init__(self, suite: Suite) -> None:
        super().__init__()
        self._suite = suite
        self.status = "passed"
        self.is_out_of_memory = False
        self._said: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(dict.fromkeys(self._said))

    def note(self, status: str, text: str) -> None:
        if self._ORDER.index(status) > self._ORDER.index(self.status):
            self.status = status
        self._said.append(text)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self.is_out_of_memory = self.is_out_of_memory or issubclass(err[0], MemoryError)
        self.note("raised", self._suite.say(err[1]))

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.note("failed", str(err[1]))

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            (self.addFailure if issubclass(err[0], test.failureException) else self.addError)(test, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.note("skipped", f"Skipped: {reason}" if reason else "Skipped.")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.note("failed", "This test was expected to fail, and it passed.")
