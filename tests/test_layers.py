"""Who may import whom: a layer knows only the layers before it, and heavy or dangerous things have one home each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "autograder"

# From the bottom up; a module belongs to the first entry that its dotted path starts with.
LAYERS = [
    ("autograder.sandbox",),
    ("autograder.formula",),
    ("autograder.spec",),
    ("autograder.marks", "autograder.cases", "autograder.submission", "autograder.references"),
    ("autograder.student_code", "autograder.checks"),
    ("autograder.grade", "autograder.formula_table", "autograder.formula_faults", "autograder.precheck"),
    ("autograder.gradescope", "autograder.handout", "autograder.terminal", "autograder.assignments",
     "autograder.classroom", "autograder.authoring"),
    ("autograder.cli", "autograder.commands", "autograder.__main__"),
]
# Outside libraries that belong to one place only.
HOMES = {
    "yaml": ("autograder.spec",),
    "pydantic": ("autograder.spec.schemas", "autograder.spec.validation"),
    "sympy": ("autograder.formula",),
    "nbformat": ("autograder.submission",),
    "distributed": ("autograder.classroom.cluster",),
    "click": ("autograder.cli", "autograder.commands"),
    "jinja2": ("autograder.classroom.report",),
    "latex2mathml": ("autograder.classroom.report",),
    "markupsafe": ("autograder.classroom.report",),
    "rich": ("autograder.precheck.terminal", "autograder.commands"),
}
# What may run in the worker, beside student code.
WORKER_SIDE = {
    "wire", "values", "confinement", "layers", "landlock", "seccomp", "loading", "imports", "source", "sweep", "worker",
}
FORBIDDEN = {"eval", "exec", "sympify", "parse_expr", "parse_latex", "literal_eval"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(file: Path) -> str:
    parts = list(file.relative_to(PACKAGE.parent).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@cache
def imports(file: Path) -> tuple[tuple[str, bool], ...]:
    """Return each imported module with whether it is imported for type checking only."""
    return tuple(_find_imports(parse(file)))


def _find_imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, id(node) in typing_only
            for alias in node.names:
                yield f"{node.module}.{alias.name}", id(node) in typing_only


def layer(module: str) -> int | None:
    for number, prefixes in enumerate(LAYERS):
        if any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes):
            return number
    return None


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_a_module_imports_only_from_its_layer_and_below(file: Path) -> None:
    own = layer(dotted(file))
    if own is None:
        assert dotted(file) == "autograder", f"{dotted(file)} belongs to no layer: add it to LAYERS"
        return
    for module, typing_only in imports(file):
        other = layer(module)
        assert typing_only or other is None or other <= own, f"{dotted(file)} imports {module}, which is above it"


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_libraries_stay_at_home(file: Path) -> None:
    for module, _ in imports(file):
        homes = HOMES.get(module.partition(".")[0])
        assert homes is None or dotted(file).startswith(homes), f"{dotted(file)} imports {module}"


@pytest.mark.parametrize("file", sorted((PACKAGE / "sandbox").glob("*.py")), ids=dotted)
def test_the_worker_side_knows_numpy_and_the_standard_library_only(file: Path) -> None:
    if file.stem not in WORKER_SIDE:
        return
    for module, _ in imports(file):
        if module.startswith("autograder.") and not module.startswith("autograder.sandbox"):
            pytest.fail(f"{file.name} imports {module}")
        if module.startswith("autograder.sandbox."):
            assert module.split(".")[2] in WORKER_SIDE, f"{file.name} imports {module}"


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_no_way_from_a_string_to_code(file: Path) -> None:
    """Only the worker, which is confined, compiles and runs what a student wrote."""
    if file.parent.name == "sandbox" and file.stem in WORKER_SIDE:
        return
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            assert name not in FORBIDDEN, f"{dotted(file)}:{node.lineno} calls {name}"
    assert not {module.partition(".")[0] for module, _ in imports(file)} & FORBIDDEN_MODULES
