"""The coding part of cs224n_a2 as the peers' users would write it: the same functions, calls, cases and references.

The cases are drawn by our own `cases.py` before anything is timed. Otter and nbgrader grade a notebook; theirs imports
the student's two files. gradescope-utils and otter can have one written answer besides, compared by sympy.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from autograder.cases import draw_cases
from autograder.spec import load_assignment
from autograder.spec.code import FunctionPart
from autograder.spec.model import Assignment

HERE = Path(__file__).parent
HOME = HERE.parent
PROBLEMS = HOME / "problems/cs224n_a2"
SUBMISSION = HOME / "submissions_sample/cs224n_a2/correct"
FORMULA = "\\sigma(x)(1-\\sigma(x))\n"
STUDENT = "import types, word2vec, sgd\nstudent = types.SimpleNamespace(**{**vars(word2vec), 'sgd': sgd.sgd})\n"


def function_parts(assignment: Assignment) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Yield name, points, and the calls of each part that asks for a function."""
    for problem in assignment.problems:
        for part in problem.parts:
            if isinstance(part, FunctionPart):
                cases = [{"adapter": (drawn.case.call or part.call or "").rpartition(".")[2],
                          "inputs": {name: _plain(value) for name, value in drawn.inputs.items()}}
                         for drawn in draw_cases(part, problem, assignment.head.seed)]
                name = f"{problem.id}_{part.id}".replace("-", "_")
                yield name, part.max_points, {"reference": part.reference, "cases": cases}


def _plain(value: Any) -> Any:
    return {"array": value.tolist()} if isinstance(value, np.ndarray) else value


def write_common(folder: Path) -> dict[str, float]:
    """Write what every suite needs beside it: student's files, support, references, cases. Return points by part."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SUBMISSION.glob("*.py"):
        shutil.copy(file, folder)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROBLEMS / "starter/utils", folder / "utils", dirs_exist_ok=True, ignore=ignore)
    shutil.copytree(HOME / "reference", folder / "reference", dirs_exist_ok=True, ignore=ignore)
    shutil.copy(PROBLEMS / "harness.py", folder)
    shutil.copy(HERE / "peers/word2vec_checks.py", folder / "checks.py")
    parts = list(function_parts(load_assignment(PROBLEMS)))
    (folder / "cases.json").write_text(json.dumps({name: calls for name, _, calls in parts}))
    return {name: points for name, points, _ in parts}


def write_ours(folder: Path) -> Path:
    """Write the assignment without its written parts; return its folder."""
    shutil.copytree(PROBLEMS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HOME / "reference", folder / "reference", ignore=shutil.ignore_patterns("__pycache__"))
    for file in folder.glob("*.yaml"):
        content = yaml.safe_load(file.read_text())
        content.pop("points", None)  # a sum that no longer holds, and need not be given
        if "parts" in content:
            content["parts"] = [part for part in content["parts"] if part["kind"] == "function"]
        file.write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


def write_gradescope_utils(folder: Path, *, with_formula: bool) -> None:
    points = write_common(folder)
    tests = [f"    @weight({weight:g})\n    def test_{name}(self):\n        checks.check({name!r}, student)\n"
             for name, weight in points.items()]
    if with_formula:
        (folder / "answers.txt").write_text(FORMULA)
        tests.append("    @weight(2)\n    def test_formula(self):\n        checks.check_formula()\n")
    (folder / "tests").mkdir()
    (folder / "tests/__init__.py").touch()
    (folder / "tests/test_word2vec.py").write_text(
        "import unittest\nfrom gradescope_utils.autograder_utils.decorators import weight\nimport checks\n"
        f"{STUDENT}\n\nclass TestWord2vec(unittest.TestCase):\n" + "\n".join(tests))
    (folder / "run_tests.py").write_text(
        "import unittest\nfrom gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner\n\n"
        "if __name__ == '__main__':\n    suite = unittest.defaultTestLoader.discover('tests', top_level_dir='.')\n"
        "    with open('results.json', 'w') as f:\n"
        "        JSONTestRunner(visibility='visible', stream=f).run(suite)\n")


def write_otter(folder: Path, *, with_formula: bool) -> None:
    points = write_common(folder / "submission")
    (folder / "source/tests").mkdir(parents=True)
    (folder / "results").mkdir()
    for name, weight in points.items():
        (folder / f"source/tests/{name}.py").write_text(
            f"from otter.test_files import test_case\nOK_FORMAT = False\nname = {name!r}\npoints = {weight:g}\n\n"
            f"@test_case(points={weight:g}, hidden=False)\ndef test_{name}(env):\n"
            f"    import checks\n    checks.check({name!r}, env['student'])\n")
    if with_formula:
        (folder / "submission/answers.txt").write_text(FORMULA)
        (folder / "source/tests/formula.py").write_text(
            "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'formula'\npoints = 2\n\n"
            "@test_case(points=2, hidden=False)\n"
            "def test_formula(env):\n    import checks\n    checks.check_formula()\n")
    (folder / "source/otter_config.json").write_text(json.dumps({"logo": False, "print_summary": False}))
    (folder / "source/run_otter.py").write_text(
        "import sys\nfrom otter.run.run_autograder import main\n\nif __name__ == '__main__':\n    main(sys.argv[1])\n")
    for file in (folder / "submission").glob("*.py"):
        (folder / "source").joinpath(file.name).touch()
    write_notebook(folder / "submission/hw.ipynb", [STUDENT])


def write_nbgrader(folder: Path) -> None:
    points = write_common(folder / "source/hw")
    graded = [(f"import checks\nchecks.check({name!r}, student)", name, weight) for name, weight in points.items()]
    write_notebook(folder / "source/hw/hw.ipynb", [STUDENT], graded)
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")


def write_notebook(path: Path, sources: list[str], graded: list[tuple[str, str, float]] | None = None) -> None:
    """Write a notebook of code cells, those in `graded` with name and points as nbgrader keeps them."""
    cells = [_cell(source, f"code{number}", {}) for number, source in enumerate(sources)]
    for source, name, weight in graded or ():
        notes = {"grade": True, "grade_id": name, "locked": True, "points": weight, "schema_version": 3,
                 "solution": False, "task": False}
        cells.append(_cell(source, name, {"nbgrader": notes}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.write_text(json.dumps({"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
                                "nbformat": 4, "nbformat_minor": 5}))


def _cell(source: str, name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "id": name.replace("_", "-")[:60], "source": source, "metadata": metadata,
            "outputs": [], "execution_count": None}
