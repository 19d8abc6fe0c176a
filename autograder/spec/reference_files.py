"""Which reference files an assignment needs: those it names, and what they import from beside them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder.spec.code import FunctionPart
from autograder.spec.model import Problem

# References that several assignments share stand beside the package; an assignment may bring its own.
SHARED_REFERENCES = Path(__file__).resolve().parents[2] / "reference"


def reference_folders(folder: Path) -> tuple[Path, ...]:
    """Return where the references of an assignment are looked for, nearest first."""
    return (folder / "reference", SHARED_REFERENCES)


def find_reference_files(folders: Sequence[Path], problems: Iterable[Problem]) -> tuple[Path, ...]:
    """Return the files of references that grading these problems reads, in a fixed order.

    folders: where references are looked for, nearest first.
    """
    found: dict[Path, None] = {}
    for dotted in sorted(reference_names(problems)):
        stem = dotted.rpartition(".")[0].replace(".", "/")
        file = next((folder / f"{stem}.py" for folder in folders if (folder / f"{stem}.py").is_file()), None)
        if file is not None:
            folder = next(folder for folder in folders if file.is_relative_to(folder))
            _add_with_imports(file, folder, found)
    return tuple(sorted(found))


def reference_names(problems: Iterable[Problem]) -> set[str]:
    """Return the functions that problems name, known mistakes among them: `word2vec.naive_softmax`."""
    parts = [part for problem in problems for part in problem.parts if isinstance(part, FunctionPart)]
    return {part.reference for part in parts} | {mistake.reference for part in parts for mistake in part.mistakes}


def _add_with_imports(file: Path, folder: Path, found: dict[Path, None]) -> None:
    if file in found:
        return
    found[file] = None
    package = file.parent / "__init__.py"
    if package.is_file():
        _add_with_imports(package, folder, found)
    for imported in _imports(file, folder):
        _add_with_imports(imported, folder, found)


def _imports(file: Path, folder: Path) -> Iterator[Path]:
    """Yield the files under `folder` that a file imports, by `from .other import name` or `reference.other`."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):  # said elsewhere, with its place
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            start = file.parents[node.level - 1] if node.level else folder.parent
            steps = (node.module or "").split(".") if node.module else []
            yield from _modules(start.joinpath(*steps), [alias.name for alias in node.names], folder)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _modules(folder.parent.joinpath(*alias.name.split(".")), [], folder)


def _modules(base: Path, names: Sequence[str], folder: Path) -> Iterator[Path]:
    for path in (base, *(base / name for name in names)):
        for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
            if file.is_relative_to(folder) and file.is_file():
                yield file


def reference_source(folders: Sequence[Path], dotted: str) -> str:
    """Return the source of a reference function, or nothing where it is not there."""
    stem, _, name = dotted.rpartition(".")
    for folder in folders:
        file = folder / f"{stem.replace('.', '/')}.py"
        if file.is_file():
            source = file.read_text(encoding="utf-8")
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    return ast.get_source_segment(source, node) or ""
    return ""
