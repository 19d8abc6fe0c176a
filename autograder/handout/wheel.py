"""The part of this package that students install: the pre-check and what it imports, as a wheel.

Graders and reports are not in it, nor are comments and docstrings: they explain by examples, and examples of a reader
of formulas are answers more often than not. The wheel is written here, without a build tool and without a network, and
the same sources give the same bytes.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder import __version__
from autograder.assignments import HOME

ENTRY = "autograder.commands.student"
# Started by name as processes of their own, so that no import leads to them.
_WHOLE_PACKAGES = ("autograder.sandbox",)
_NEEDED = ("numpy", "pyyaml", "pydantic", "msgspec", "click", "rich")
_DATE = (1980, 1, 1, 0, 0, 0)


class CannotBuildWheel(Exception):
    """Something that the wheel needs is not there; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A finished wheel, in memory; `modules` are the dotted names of what it holds."""

    name: str
    data: bytes
    modules: tuple[str, ...]

    def unpack(self, folder: Path) -> None:
        """Put its files where an installer would."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            archive.extractall(folder)


def build_wheel(home: Path = HOME) -> Wheel:
    """Pack what students install.

    home: the folder that holds the package and pyproject.toml. Raises CannotBuildWheel.
    """
    modules = find_modules(home)
    tables = {file for module in modules.values() for file in module.parent.glob("*.ini")}
    contents = {file.relative_to(home).as_posix(): file.read_bytes() for file in tables}
    contents |= {file.relative_to(home).as_posix(): _source(name, file) for name, file in modules.items()}
    contents["autograder/py.typed"] = b""
    contents["autograder/__main__.py"] = f'from {ENTRY} import main\n\nmain(prog_name="autograder")\n'.encode()
    info = f"autograder-{__version__}.dist-info"
    contents[f"{info}/METADATA"] = _metadata(home).encode()
    contents[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    contents[f"{info}/entry_points.txt"] = f"[console_scripts]\nautograder = {ENTRY}:main\n".encode()
    contents[f"{info}/RECORD"] = _record(contents, f"{info}/RECORD").encode()
    return Wheel(f"autograder-{__version__}-py3-none-any.whl", _pack(contents), tuple(sorted(modules)))


def find_modules(home: Path) -> dict[str, Path]:
    """Return the modules that the pre-check imports, directly or not, by dotted name."""
    found: dict[str, Path] = {}
    waiting = [ENTRY, *(name for package in _WHOLE_PACKAGES for name in _modules_of(home, package))]
    while waiting:
        name = waiting.pop()
        file = _file_of(home, name)
        if file is None or name in found:
            continue
        found[name] = file
        waiting += [name.rpartition(".")[0], *_imports(file)]
    if ENTRY not in found:
        raise CannotBuildWheel(f"there is no {ENTRY} in {home}")
    return found


def _source(name: str, file: Path) -> bytes:
    """Return the source of a module as it is shipped; what the commands say of themselves is their help."""
    source = file.read_text(encoding="utf-8")
    if name.startswith("autograder.commands"):
        return source.encode()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [statement for statement in body if not _is_text(statement)]
            node.body = kept or [ast.Pass()] * (not isinstance(node, ast.Module))  # type: ignore[attr-defined]
    return f"{ast.unparse(ast.fix_missing_locations(tree))}\n".encode()


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(
        statement.value.value, str)


def _modules_of(home: Path, package: str) -> Iterator[str]:
    for file in sorted((home / package.replace(".", "/")).glob("*.py")):
        yield package if file.stem == "__init__" else f"{package}.{file.stem}"


def _file_of(home: Path, module: str) -> Path | None:
    path = home / module.replace(".", "/")
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((file for file in candidates if module and file.is_file()), None)


def _imports(file: Path) -> Iterator[str]:
    """Yield the modules of this package that a file imports when it runs, wherever in it that is."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) and _is_for_typing(node.test)
                   for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("autograder"))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("autograder"):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_for_typing(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _metadata(home: Path) -> str:
    """Return the wheel's metadata, with the requirements that pyproject.toml names for what students need."""
    try:
        project = (home / "pyproject.toml").read_text(encoding="utf-8")
    except OSError as error:
        raise CannotBuildWheel(f"pyproject.toml cannot be read: {error.strerror}") from None
    wanted = [text for text in re.findall(r'^\s*"([^"]+)",?$', project, re.MULTILINE)
              if re.split(r"[^\w-]", text, maxsplit=1)[0].lower() in _NEEDED]
    if len(wanted) != len(_NEEDED):
        raise CannotBuildWheel(f"pyproject.toml does not name each of {', '.join(_NEEDED)} once as a dependency")
    python = re.search(r'requires-python = "([^"]+)"', project)
    lines = ["Metadata-Version: 2.1", "Name: autograder", f"Version: {__version__}",
             "Summary: Check homework before it is handed in.",
             *([f"Requires-Python: {python[1]}"] if python else []), *(f"Requires-Dist: {text}" for text in wanted)]
    return "\n".join(lines) + "\n"


def _record(contents: Mapping[str, bytes], own: str) -> str:
    lines = []
    for name in sorted(contents):
        digest = base64.urlsafe_b64encode(hashlib.sha256(contents[name]).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(contents[name])}")
    return "\n".join([*lines, f"{own},,"]) + "\n"


def _pack(contents: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, _DATE)
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            archive.writestr(member, contents[name])
    return target.getvalue()
