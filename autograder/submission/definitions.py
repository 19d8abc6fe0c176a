"""Whether the functions that are graded need anything of a program but its imports, definitions and constants.

A notebook holds training, plots and experiments beside the functions. Where it can be told from the text alone that the
functions do without them, nothing else is run.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterable, Iterator

from autograder.sandbox.loading import keep_definitions

# With one of these a function may use names that its text does not show.
_OPAQUE = frozenset({"globals", "vars", "eval", "exec", "locals", "__import__"})
_BUILT_IN = frozenset(dir(builtins))
# Far more than people write for homework, far less than it takes to end the parser of Python 3.10, or to look for long.
_LONGEST_SOURCE = 100_000
Bound = dict[str, list[ast.stmt]]


def need_definitions_only(source: str, functions: Iterable[str]) -> bool:
    """Say whether it is sure that the functions work without what runs at import; in doubt it is not."""
    if len(source) > _LONGEST_SOURCE:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole, kept = ast.parse(source), keep_definitions(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last: nested too deeply for the parser
        return False
    defined, everything = _bound(kept.body), _bound(whole.body)
    needed = _needed(functions, defined)
    if needed is None:
        return False
    # What the rest of the program binds anew, or changes in place, is not what the definitions alone would give.
    return all(len(everything.get(name, ())) == len(defined[name]) for name in needed) and not (
        _changed(whole.body) & {name for name in needed if _is_data(defined[name])})


def leave_something_out(source: str) -> bool:
    """Say whether anything of a program is not run where its definitions alone are."""
    whole = ast.parse(source)
    return len(keep_definitions(ast.parse(source)).body) < len(whole.body)


def _bound(body: Iterable[ast.stmt]) -> Bound:
    """Return the statements that bind each name of a module, wherever in `if`, `try` or a loop they stand."""
    found: Bound = {}
    for statement in body:
        for name in _names_bound(statement):
            found.setdefault(name, []).append(statement)
        for inner in ("body", "orelse", "finalbody", "handlers"):
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                for name, statements in _bound(getattr(statement, inner, ())).items():
                    found.setdefault(name, []).extend(statements)
    return found


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.Delete, ast.With, ast.Expr)):
        inside = [statement.target] if isinstance(statement, ast.For) else [
            item for item in ast.iter_child_nodes(statement) if not isinstance(item, ast.stmt)]
        for part in inside:
            yield from (node.id for node in ast.walk(part)
                        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))


def _needed(functions: Iterable[str], defined: Bound) -> set[str] | None:
    """Return every name of the module that the functions use, directly or not; None where that cannot be told."""
    needed: set[str] = set()
    waiting = [name for name in functions if name in defined]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        for statement in defined[name]:
            used = _used(statement)
            if used is None:
                return None
            own = [other for other in used if other in defined]
            if any(other not in _BUILT_IN for other in used.difference(own)):
                return None
            waiting += own
    return needed


def _used(statement: ast.stmt) -> set[str] | None:
    """Return the names that a definition takes from around it; None where it reaches for them in other ways."""
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    loaded = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    if loaded & _OPAQUE or any(isinstance(node, ast.Global) for node in ast.walk(statement)):
        return None
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    for node in ast.walk(statement):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node is not statement:
            own.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            own |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            own.add(node.name)
    return loaded - own


def _is_data(statements: Iterable[ast.stmt]) -> bool:
    return any(isinstance(statement, (ast.Assign, ast.AnnAssign)) for statement in statements)


def _changed(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names whose values a module may change in place: `table[0] = 1`, `table.append(1)`, `fill(table)`."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                parts = [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
            elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
                parts = [node]
            else:
                continue
            found |= {inner.id for part in parts for inner in ast.walk(part) if isinstance(inner, ast.Name)}
    return found
