"""Which definitions of reference files a function needs: another function in the same file is none of its business."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# What finds names at run time: then nothing less than the whole file will do.
_BY_NAME = frozenset({"getattr", "globals", "locals", "vars", "import_module", "__import__"})


@dataclass(frozen=True, slots=True)
class _Imported:
    file: Path
    name: str
    """Empty for the whole module."""


class _Module:
    """A file taken apart: what it defines by name, where its imports lead, and what it does besides."""

    def __init__(self, file: Path, folder: Path) -> None:
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, _Imported] = {}
        self.rest: list[ast.stmt] = []
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            names = list(_defined(statement))
            for name in names:
                self.definitions.setdefault(name, []).append(statement)
            found = dict(_imported(statement, file, folder)) if isinstance(statement, ast.ImportFrom) else {}
            self.imports |= found
            is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not names and not found and not is_docstring:
                self.rest.append(statement)


def find_definitions(files: Sequence[Path], folders: Sequence[Path], wanted: Iterable[str]) -> dict[str, str]:
    """Return the sources of all that functions need, by `file:name`; comments are no part of them.

    files: the files that may be read.  folders: where references are looked for, nearest first.
    wanted: dotted names, such as `word2vec.naive_softmax`.
    """
    return _Closure(files, folders).collect(wanted)


class _Closure:
    def __init__(self, files: Sequence[Path], folders: Sequence[Path]) -> None:
        self._files = files
        self._folders = folders
        self._modules: dict[Path, _Module] = {}
        self._found: dict[str, str] = {}

    def collect(self, wanted: Iterable[str]) -> dict[str, str]:
        for dotted in wanted:
            stem, _, name = dotted.rpartition(".")
            path = f"{stem.replace('.', '/')}.py"
            file = next((folder / path for folder in self._folders if folder / path in self._files), None)
            if file is not None:
                self._add(file, name)
        return self._found

    def _add(self, file: Path, name: str) -> None:
        key = f"{file.name}:{name}"
        if key in self._found:
            return
        module = self._module(file)
        statements = module.definitions.get(name, [])
        names = {name for statement in statements for name in _used(statement)}
        if not name or not statements or names & _BY_NAME:
            statements = ast.parse(file.read_text(encoding="utf-8")).body
            names = {name for statement in statements for name in _used(statement)}
        self._found[key] = "\n".join(ast.unparse(statement) for statement in statements)
        self._found[f"{file.name}:"] = self._found.get(f"{file.name}:") or "\n".join(map(ast.unparse, module.rest))
        for used in sorted(names - {name}):
            if used in module.definitions:
                self._add(file, used)
            elif used in module.imports:
                target = module.imports[used]
                self._add(target.file, target.name)

    def _module(self, file: Path) -> _Module:
        if file not in self._modules:
            folder = next(folder for folder in self._folders if file.is_relative_to(folder))
            self._modules[file] = _Module(file, folder)
        return self._modules[file]


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def _imported(statement: ast.ImportFrom, file: Path, folder: Path) -> Iterator[tuple[str, _Imported]]:
    """Yield the names that come from other reference files, by `from .other import name` or `from . import other`."""
    start = file.parents[statement.level - 1] if statement.level else folder.parent
    base = start.joinpath(*(statement.module or "").split(".")) if statement.module else start
    for alias in statement.names:
        for path, name in ((base.with_name(f"{base.name}.py"), alias.name), (base / f"{alias.name}.py", "")):
            if path.is_relative_to(folder) and path.is_file():
                yield alias.asname or alias.name, _Imported(path, name)
                break


def _used(statement: ast.stmt) -> Iterator[str]:
    yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
