"""Lay out a submission in the worker's folder and import it: source only, installed modules first."""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib.machinery
import io
import marshal
import os
import sys
import tempfile
import types
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.sandbox.imports import import_otherwise
from autograder.sandbox.source import HARNESS_NAME, decode_source

# Names of the standard library that students give to files of their own and nothing else needs.
_FREE_NAMES = frozenset({"code", "cmd", "profile", "test", "this"})
_RESERVED = frozenset({*sys.stdlib_module_names, "numpy"}) - _FREE_NAMES
_OTHERWISE = "__import_otherwise__"


class SourceFile(importlib.machinery.SourceFileLoader):
    """Compiles a student's file from its source, whatever bytecode lies beside it."""

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        return compile_source(decode_source(self.get_data(path)).text, path)


class StudentFinder:
    """Finds the student's modules, in preference to installed ones, but never in place of the standard library's."""

    def __init__(self, roots: Sequence[str]) -> None:
        self._roots = tuple(roots)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is None and fullname in _RESERVED:
            return None
        for folder in self._roots if path is None else [p for p in path if self._is_ours(p)]:
            spec = _find_source_in(folder).find_spec(fullname)
            if spec is not None and (spec.loader is not None or path is None):
                return spec
        return None

    def _is_ours(self, folder: str) -> bool:
        return any(folder == root or folder.startswith(root + os.sep) for root in self._roots)


def _find_source_in(folder: str) -> importlib.machinery.FileFinder:
    return importlib.machinery.FileFinder(folder, (SourceFile, [".py"]))


def lay_out(files: Mapping[str, bytes], folder: str) -> list[str]:
    """Write `files` below `folder`, later ones over earlier ones. Return a note for each that could not be."""
    notes = []
    for name, data in files.items():
        try:
            parts = name.split("/")
            if os.path.isabs(name) or ".." in parts or "\0" in name or (os.sep != "/" and os.sep in name):
                raise OSError("its name leads outside")
            path = os.path.join(folder, *parts)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        except OSError as error:
            notes.append(f"{name[:80]}: not laid out ({error.strerror or error})")
    return notes


def prepare_imports(folder: str, entry_folder: str, libraries: Mapping[str, str]) -> None:
    """Make the import system of this process find installed libraries and the student's files, nothing else.

    libraries: folders of installed modules -> the path by which this process reaches them.
    """
    for name in ("autograder", "autograder.sandbox"):  # what is needed is loaded; the rest is nobody's module
        sys.modules[name].__path__ = []
    roots = list(dict.fromkeys([entry_folder, folder]))
    sys.path[:] = [*libraries.values(), *roots]
    sys.meta_path[:] = [
        importlib.machinery.BuiltinImporter,
        importlib.machinery.FrozenImporter,
        StudentFinder(roots),
        importlib.machinery.PathFinder,
    ]
    sys.path_hooks.insert(0, _source_only_below(folder))
    sys.path_importer_cache.clear()
    sys.dont_write_bytecode = True


def move_libraries(libraries: Mapping[str, str]) -> None:
    """Let the modules that are loaded find their submodules where workers can reach them.

    libraries: folders of installed modules -> the path by which workers reach them. For the process that forks workers.
    """
    moved = {old: new for old, new in libraries.items() if old != new}
    for module in list(sys.modules.values()) if moved else ():
        with contextlib.suppress(AttributeError, TypeError):
            module.__path__[:] = [_moved(path, moved) for path in module.__path__]


def _source_only_below(folder: str) -> Callable[[str], importlib.machinery.FileFinder]:
    """Return a path hook for what is reached through `sys.path`, to which students add folders of their own."""

    def hook(path: str) -> importlib.machinery.FileFinder:
        if not (os.path.realpath(path) + os.sep).startswith(folder + os.sep):
            raise ImportError(path)
        return _find_source_in(path)

    return hook


def _moved(path: str, moved: Mapping[str, str]) -> str:
    for old, new in moved.items():
        if path.startswith(old + os.sep):
            return new + path[len(old) :]
    return path


def compile_source(text: str, path: str, transform: Callable[[ast.Module], ast.Module] | None = None) -> types.CodeType:
    """Compile a student's text. Every way to fail becomes a SyntaxError that names a line where there is one."""
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SyntaxError("the file holds a NUL byte, so it is not a text file", (path, line, None, None))
    try:
        source = transform(ast.parse(text, path)) if transform else text
        code: types.CodeType = compile(source, path, "exec", dont_inherit=True)
    except (RecursionError, MemoryError):
        raise SyntaxError("an expression is nested too deeply", (path, None, None, None)) from None
    except ValueError as error:
        raise SyntaxError(str(error), (path, None, None, None)) from None
    return code


def load_entry(path: str, data: bytes, *, definitions_only: bool) -> types.ModuleType:
    """Import the student's file under its own name, so that the other files can import it, too.

    data: its bytes as they were sent, whatever became of the copy at `path` (the disk may be full).
    """
    stem = os.path.splitext(os.path.basename(path))[0]
    name = stem if stem not in sys.modules and stem not in _RESERVED else f"student_{stem}"
    spec = importlib.machinery.ModuleSpec(name, SourceFile(name, path), origin=path)
    module = types.ModuleType(name)
    module.__spec__, module.__file__, module.__loader__ = spec, path, spec.loader
    sys.modules[name] = module
    code = compile_source(decode_source(data).text, path, keep_definitions if definitions_only else None)
    module.__dict__[_OTHERWISE] = partial(import_otherwise, module.__dict__, SourceFile)
    exec(code, module.__dict__)  # this is the worker, which is there to run student code and nothing else
    return module


def load_harness(code: bytes) -> types.ModuleType:
    """Load the public adapters that the grader sent, which comes as bytecode."""
    module = types.ModuleType(HARNESS_NAME)
    sys.modules[HARNESS_NAME] = module
    exec(marshal.loads(code), module.__dict__)  # the author's adapters, compiled by the grader: nothing of a student's
    return module


# --- the second try: definitions without what runs at import ------------------------------------------------


def keep_definitions(tree: ast.Module) -> ast.Module:
    """Keep imports, functions, classes and plain constants of a module; each may fail alone."""
    tree.body = [kept for node in tree.body for kept in _keep(node)]
    return ast.fix_missing_locations(tree)


def _keep(node: ast.stmt) -> list[ast.stmt]:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return [node]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [node]  # the docstring
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [_guard_import(node, alias) for alias in node.names]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [_guard(node)]
    if isinstance(node, ast.Assign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
        return [_guard(node)] if _is_plain(node.value) and _binds_names(node) else []
    if isinstance(node, ast.Try):
        node.body, node.orelse, node.finalbody = _keep_all(node.body) or [ast.Pass()], [], []
        for handler in node.handlers:
            handler.body = _keep_all(handler.body) or [ast.Pass()]
        return [_guard(node)]
    if isinstance(node, ast.If) and not any(isinstance(part, (ast.Call, ast.Pow)) for part in ast.walk(node.test)):
        node.body, node.orelse = _keep_all(node.body) or [ast.Pass()], _keep_all(node.orelse)
        return [_guard(node)]
    return []


def _keep_all(body: list[ast.stmt]) -> list[ast.stmt]:
    # Inside `try` and `if` the statements stand unguarded: `try: import x / except ImportError: x = None`.
    return [node for node in body if _keep(node)]


def _guard(node: ast.stmt, otherwise: ast.stmt | None = None, error: str | None = None) -> ast.stmt:
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), error, [otherwise or ast.Pass()])
    return ast.copy_location(ast.Try(body=[node], handlers=[handler], orelse=[], finalbody=[]), node)


def _guard_import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    """Import one name, and where that fails, what stands in for it."""
    if isinstance(node, ast.ImportFrom):
        one: ast.stmt = ast.ImportFrom(node.module, [alias], node.level)
    else:
        one = ast.Import([alias])
    module = getattr(node, "module", None)
    asked = (module, alias.name) if module else (alias.name, None)
    bound = alias.asname or (alias.name if module else alias.name.split(".")[0])
    arguments = [*(ast.Constant(value) for value in (*asked, bound)), ast.Name("__error__", ast.Load())]
    call = ast.Call(ast.Name(_OTHERWISE, ast.Load()), arguments, [])
    return _guard(ast.copy_location(one, node), ast.copy_location(ast.Expr(call), node), "__error__")


def _binds_names(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [item for t in targets for item in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
    return all(isinstance(name, ast.Name) for name in names)


def _is_plain(value: ast.expr | None) -> bool:
    """Return whether a value is made of constants, names and arithmetic: nothing that runs code of its own."""
    plain = (ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp)
    parts = (ast.operator, ast.unaryop, ast.expr_context)
    if isinstance(value, ast.Lambda):
        return True
    return value is not None and all(
        isinstance(part, (*plain, *parts)) and not isinstance(part, ast.Pow) for part in ast.walk(value)
    )


# --- what old or notebook code expects ------------------------------------------------------------------------


class _Notebook:
    """Stands for IPython's shell: every magic does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def provide_notebook_names() -> None:
    """Define `get_ipython` and `display`, which exported notebooks call."""
    notebook = _Notebook()
    builtins.get_ipython = lambda: notebook  # type: ignore[attr-defined]
    builtins.display = lambda *args, **kwargs: None  # type: ignore[attr-defined]


def keep_temporary_files(folder: str) -> None:
    """Where /tmp may not be written to, let `open("/tmp/name", "w")` open a file in the worker's folder instead."""
    if _can_create_in("/tmp"):
        return
    plain_open, plain_makedirs = io.open, os.makedirs

    def here(path: Any) -> Any:
        if not isinstance(path, (str, os.PathLike)):
            return path
        whole = os.path.join(os.getcwd(), path)  # a program may have gone to /tmp
        outside = whole.startswith(("/tmp/", "/var/tmp/")) and not whole.startswith(folder + os.sep)
        return os.path.join(folder, os.path.basename(whole)) if outside else path

    def open_here(file: Any, *args: Any, **kwargs: Any) -> Any:
        return plain_open(here(file), *args, **kwargs)

    def make_here(name: Any, *args: Any, **kwargs: Any) -> None:
        plain_makedirs(here(name), *args, **kwargs)

    builtins.open = io.open = open_here
    os.makedirs = make_here


def _can_create_in(folder: str) -> bool:
    try:
        descriptor, path = tempfile.mkstemp(dir=folder)
    except OSError:
        return False
    os.close(descriptor)
    os.unlink(path)
    return True


def restore_numpy_names() -> list[str]:
    """Give names that NumPy removed their old meaning. Return those that were missing."""
    old: dict[str, Any] = {
        "float": float, "int": int, "bool": bool, "complex": complex, "object": object, "str": str, "long": int,
        "unicode": str, "float_": np.float64, "complex_": np.complex128, "cfloat": np.complex128,
        "singlecomplex": np.complex64, "string_": np.bytes_, "unicode_": np.str_, "int0": np.intp,
        "Inf": np.inf, "Infinity": np.inf, "PINF": np.inf, "infty": np.inf, "NINF": -np.inf,
        "NaN": np.nan, "NAN": np.nan, "PZERO": 0.0, "NZERO": -0.0,
        "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any,
        "round_": np.round, "mat": np.asmatrix, "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype),
        "asscalar": lambda a: np.asarray(a).item(), "alen": len, "rank": np.ndim,
        "row_stack": np.vstack, "in1d": lambda a, b, **kw: np.isin(np.ravel(a), b, **kw), "trapz": _trapezoid,
        "msort": lambda a: np.sort(a, axis=0), "issubclass_": issubclass, "float96": np.longdouble,
    }  # fmt: skip
    restored = [name for name in old if name not in np.__dict__]
    for name in restored:
        setattr(np, name, old[name])
    return sorted(restored)


def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    integrate = getattr(np, "trapezoid", None) or np.__dict__["trapz"]
    return integrate(y, x, dx, axis)
