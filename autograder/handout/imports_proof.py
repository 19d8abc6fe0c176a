"""Proof that what is shipped cannot reach a reference: it is imported, alone, and every file it opens is watched."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.handout.formula_leaks import Leak
from autograder.handout.package import Handout
from autograder.spec.model import Assignment

_SECONDS = 120.0
# Runs in an interpreter of its own, which knows the unpacked wheel and the libraries, and nothing of this repository.
_SCRIPT = """
import json, sys
job = json.loads(sys.stdin.read())
sys.path[:] = [job["wheel"], *(path for path in sys.path if path not in job["hidden"]), *job["libraries"]]
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
import importlib, importlib.util, pathlib
faults = []
for name in job["modules"]:
    try:
        importlib.import_module(name)
    except Exception as error:
        faults.append(f"{name} cannot be imported: {type(error).__name__}: {error}")
for name, module in list(sys.modules.items()):
    file = getattr(module, "__file__", None) or ""
    if file and name.partition(".")[0] in ("autograder", "reference") and not file.startswith(job["wheel"]):
        faults.append(f"{name} was imported from {file}")
if importlib.util.find_spec("reference") is not None:
    faults.append("`import reference` finds something")
from autograder.references import BadReference, References
from autograder.spec.loading import reference_folders
for dotted in job["references"]:
    try:
        References(reference_folders(pathlib.Path(job["problems"]))).call(dotted, (), {})
        faults.append(f"{dotted} can be called")
    except BadReference as error:
        if "no reference file" not in str(error):
            faults.append(f"{dotted}: {error}")
for path in sorted(opened):
    if any(path.startswith(root) for root in job["secret"]):
        faults.append(f"{path} was opened")
print(json.dumps(faults))
"""


def find_ways_to_references(handout: Handout, assignment: Assignment, references: tuple[str, ...],
                            secret: tuple[Path, ...]) -> Iterator[Leak]:
    """Yield what importing the shipped modules brings in that is not shipped.

    references: dotted names of what must not be callable.  secret: folders that must not be opened.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, data in handout.files.items():
            file = root / "handout" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        handout.wheel.unpack(root / "wheel")
        job = {
            "wheel": str(root / "wheel"), "problems": str(root / "handout" / "problems"), "libraries": _libraries(),
            "hidden": [str(path.parent) for path in secret], "modules": handout.wheel.modules,
            "references": references, "secret": [str(path) for path in secret],
        }
        done = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", _SCRIPT], input=json.dumps(job), text=True,
                              capture_output=True, timeout=_SECONDS, check=False, cwd=root)
    if done.returncode:
        yield Leak(handout.wheel.name, f"cannot be imported by itself: {done.stderr.strip().splitlines()[-1:]}")
        return
    yield from (Leak(handout.wheel.name, str(fault)) for fault in json.loads(done.stdout))


def _libraries() -> list[str]:
    """Return the folders that installed libraries lie in, as they are: files in them that add others are not read."""
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
