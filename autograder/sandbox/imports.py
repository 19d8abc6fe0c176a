"""What a name stands for whose import failed: the same file by another path, or an error at its first use.

Solutions are written in a repository of their own (`from a2.utils.utils import softmax`) and import what only their
author has. What does not need the missing thing must run all the same.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import types
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn


class Absent:
    """Stands for what could not be imported: whoever uses it gets the error that the import gave."""

    def __init__(self, error: Exception) -> None:
        self.__dict__["_error"] = error

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        raise self._error.with_traceback(None) from None

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise self._error.with_traceback(None) from None


class QuietProgress:
    """Stands for `tqdm`: gives what it was given, shows nothing."""

    def __init__(self, iterable: Iterable[Any] = (), *args: Any, **kwargs: Any) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __enter__(self) -> QuietProgress:
        return self

    def __exit__(self, *args: object) -> None:
        """Let every exception pass."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def trange(*args: int, **kwargs: Any) -> QuietProgress:
    return QuietProgress(range(*args))


_QUIET = {"tqdm": QuietProgress, "trange": trange}


def import_otherwise(
    namespace: dict[str, Any], loader: type, module: str, name: str | None, bound: str, error: Exception
) -> None:
    """Bind what stands in for a failed import of `name` from `module`, or of `module` itself where name is None.

    loader: what loads the files of the student and of the assignment; no other module is taken for one of theirs.
    """
    if module.split(".")[0] == "tqdm":
        namespace[bound] = _QUIET.get(name or "", types.SimpleNamespace(**_QUIET))
        return
    found = _find_by_its_end(module, loader)
    if found is None or (name not in (None, "*") and not hasattr(found, str(name))):
        namespace[bound] = Absent(error)
    elif name == "*":
        public = getattr(found, "__all__", None) or [n for n in vars(found) if not n.startswith("_")]
        namespace.update((n, getattr(found, n)) for n in public)
    else:
        namespace[bound] = found if name is None else getattr(found, name)


def _find_by_its_end(dotted: str, loader: type) -> types.ModuleType | None:
    """Return the student's or the assignment's module that the end of a dotted path names: `utils.utils`."""
    parts = dotted.split(".")
    for start in range(len(parts)):
        end = ".".join(parts[start:])
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(end)
            if spec is not None and isinstance(spec.loader, loader):
                return importlib.import_module(end)
    return None
