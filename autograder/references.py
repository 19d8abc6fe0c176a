"""Load reference functions: trusted code, kept on the supervisor's side of the wall.

Only ever call this after the sandbox is open: what makes its workers may be a copy of what the process held until then.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct

from autograder.cases import DrawnCase

Reference: TypeAlias = Callable[..., Mapping[str, Any]]


class BadReference(Exception):
    """A reference cannot be loaded or does not give what the problem declares; the author's fault."""


class _WorkedOut(Struct, frozen=True):
    """What a reference gives for a case. The case is kept, so that no other can take its identity."""

    case: DrawnCase
    values: Mapping[str, Any]


class References:
    """The reference functions of one assignment, by dotted name: `word2vec.negative_sampling`."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._modules: dict[str, ModuleType] = {}
        self._worked_out: dict[tuple[str, tuple[str, ...], int], _WorkedOut] = {}

    def call_on(self, case: DrawnCase, dotted: str, outputs: tuple[str, ...]) -> dict[str, Any]:
        """Return the outputs for a case, as arrays that cannot be changed; for the same case they are worked out once.

        Raises BadReference.
        """
        key = (dotted, outputs, id(case))
        if key not in self._worked_out:
            values = self.call(dotted, outputs, case.inputs)
            for value in values.values():
                value.flags.writeable = False
            self._worked_out[key] = _WorkedOut(case, values)
        return dict(self._worked_out[key].values)

    def call(self, dotted: str, outputs: tuple[str, ...], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs by name, as float64 arrays of their own.

        Raises BadReference when the function is not there, fails, or gives other outputs.
        """
        function = self._function(dotted)
        copies = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in inputs.items()}
        try:
            with np.errstate(all="ignore"):
                values = function(**copies)
        except Exception as error:  # whatever a reference raises is a fault of the reference, and named as such
            raise BadReference(f"{dotted} raised {type(error).__name__}: {error}") from error
        missing = [name for name in outputs if name not in values]
        if missing:
            raise BadReference(f"{dotted} gives no {', '.join(missing)}")
        return {name: np.array(values[name], dtype=np.float64) for name in outputs}

    def _function(self, dotted: str) -> Reference:
        stem, _, name = dotted.rpartition(".")
        if stem not in self._modules:
            self._modules[stem] = self._load(stem)
        function = getattr(self._modules[stem], name, None)
        if not callable(function):
            raise BadReference(f"there is no function {dotted}")
        return function  # type: ignore[no-any-return]

    def _load(self, stem: str) -> ModuleType:
        for folder in self._folders:
            file = folder / (stem.replace(".", "/") + ".py")
            if file.is_file():
                package = folder / "__init__.py"
                if package.is_file() and "reference" not in sys.modules:
                    _import_file("reference", package)  # so that its files may import each other
                # Two assignments may each have a file of this name.
                own = f"_reference_{hashlib.sha256(str(file).encode()).hexdigest()[:16]}"
                name = f"reference.{stem}" if package.is_file() else own
                return sys.modules.get(name) or _import_file(name, file)
        raise BadReference(f"there is no reference file for {stem}")


def _import_file(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise BadReference(f"{file.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # see above: the author's fault, whatever it is
        del sys.modules[name]
        raise BadReference(f"{file.name} cannot be imported: {type(error).__name__}: {error}") from error
    return module
