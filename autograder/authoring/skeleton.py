"""The files of a new problem: a whole small one that validates as it is, to be changed line by line.

It is least squares: a loss, its gradient as a formula, and both as a function. Every kind of thing that a problem file
says stands there once, with a comment where there is something to decide.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.spec.editing import append_item, set_fields
from autograder.spec.positions import read_document

POINTS = 8


class CannotBegin(Exception):
    """A new problem would overwrite something; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the author was asked.

    folder     the assignment's; made where it is not there
    id, title  of the problem
    function   that students write, in `file` of the starter
    """

    folder: Path
    id: str
    title: str
    function: str
    file: str

    @property
    def reference(self) -> str:
        return re.sub(r"\W", "_", self.id)


def plan_files(plan: Plan) -> dict[Path, str]:
    """Return every file that is new or changed, with its text. Raises CannotBegin."""
    folder = plan.folder
    problem, reference = folder / f"{plan.id}.yaml", folder / f"reference/{plan.reference}.py"
    for file in (problem, reference):
        if file.exists():
            raise CannotBegin(f"{file} is there already; choose another id")
    head = folder / "assignment.yaml"
    starter = folder / _starter_folder(head) / plan.file
    return {
        head: _with_problem(head, plan) if head.exists() else _fill(_ASSIGNMENT, plan),
        problem: _fill(_PROBLEM, plan),
        reference: _fill(_REFERENCE, plan),
        starter: _with_function(starter, plan),
    }


def write_files(files: Mapping[Path, str]) -> None:
    """Put the files in place. Raises OSError."""
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _fill(template: str, plan: Plan) -> str:
    names = {"ID": plan.id, "TITLE": plan.title, "FUNCTION": plan.function, "FILE": plan.file, "MODULE": plan.reference,
             "SEED": secrets.token_hex(12), "FOLDER": re.sub(r"[^A-Za-z0-9_-]", "-", plan.folder.resolve().name)}
    return re.sub(r"<([A-Z]+)>", lambda match: names[match[1]], template)


def _starter_folder(head: Path) -> str:
    value = _values(head).get("starter") if head.exists() else None
    return value if isinstance(value, str) else "starter"


def _values(head: Path) -> dict[str, object]:
    value = read_document(head, head.read_text(encoding="utf-8"))[0].value
    if not isinstance(value, dict) or not isinstance(value.get("problems"), list):
        raise CannotBegin(f"{head} names no problems; mend it first")
    return dict(value)


def _with_problem(head: Path, plan: Plan) -> str:
    """Return assignment.yaml with one problem more, and its points where they are written down."""
    text, values = head.read_text(encoding="utf-8"), _values(head)
    text = append_item(text, ("problems",), plan.id)
    points = values.get("points")
    if isinstance(points, (int, float)):
        text = set_fields(text, (), {"points": f"{points + POINTS:g}"})
    return text if "starter" in values else set_fields(text, (), {"starter": "starter"})


def _with_function(starter: Path, plan: Plan) -> str:
    function = _fill(_FUNCTION, plan)
    if not starter.exists():
        return f'"""{plan.title}: fill in what is still to be written."""\n\n\n{function}'
    text = starter.read_text(encoding="utf-8")
    if re.search(rf"^def {re.escape(plan.function)}\(", text, re.MULTILINE):
        raise CannotBegin(f"{starter} defines {plan.function} already; choose another function")
    return f"{text.rstrip()}\n\n\n{function}"


_ASSIGNMENT = """\
id: <FOLDER>
title: <TITLE>
problems: [<ID>]
points: 8
seed: <SEED>                     # any text that students do not have
starter: starter
"""

_PROBLEM = """\
id: <ID>
title: <TITLE>
points: 8
sizes: {d: [2, 5], n: [6, 9]}               # drawn anew for each case, all different: a transposed answer cannot fit
notation:                                   # every name that a written answer may use
  sizes:
    d: {meaning: number of features}
    n: {between: [6, 8], meaning: number of examples}
  symbols:
    X: {shape: [n, d], meaning: 'examples, each a row'}
    y: {shape: [n], meaning: targets}
    w: {shape: [d], meaning: weights}
  given:                                    # public: the handout prints it, the pre-check differentiates it
    J: {definition: '\\frac{1}{2} (Xw - y)^\\top (Xw - y)', meaning: the loss}
parts:
  - id: <MODULE>_gradient
    kind: formula
    prompt: The gradient of $J$ with respect to $w$, in terms of $X$, $y$ and $w$.
    points: 3
    answer: X^\\top (Xw - y)
    gradient: {of: J, wrt: w}               # held against the answer by `autograder validate`
    in_terms_of: [X, y, w]
    mistakes:                               # what you expect to be got wrong, and what to tell the student
      - {answer: 'X^\\top (y - Xw)', name: sign, credit: 0.5,
         say: 'The sign is wrong: look at the order of the difference.'}
      - {answer: '2X^\\top (Xw - y)', name: half-lost, credit: 0.5,
         say: 'The loss has a factor 1/2, which cancels the 2.'}
    examples:                               # question tests: an answer, and what it must get
      - {answer: 'X^T X w - X^T y', state: correct, points: 3}
      - {answer: 'X.T @ (X @ w - y)', state: correct, points: 3}
      - {answer: 'X^T (y - Xw)', state: wrong, points: 1.5}
  - id: code
    kind: function
    prompt: Implement `<FUNCTION>(X, y, w)`, which returns the loss and its gradient with respect to w.
    function: <FUNCTION>
    file: <FILE>
    inputs:                                 # handed to the function in this order
      X: {normal: [n, d]}
      y: {normal: [n]}
      w: {normal: [d]}
    returns:                                # in this order
      loss: {points: 2, given: J}
      grad_w: {shape: [d], points: 3, gradient: {of: loss, wrt: w}}
    reference: <MODULE>.<FUNCTION>          # reference/<MODULE>.py, which students never get
    follow_through: 0.5                     # what a gradient earns that is right for the student's own, wrong loss
    cases:
      - {count: 4}
      - {name: a single feature, sizes: {d: 1}}
    mistakes:
      - {reference: <MODULE>.sign_lost, name: sign, say: 'The sign is wrong: look at the order of the difference.'}
      - {reference: <MODULE>.mean_taken, name: mean, say: 'You take a mean over the examples; the loss is a sum.'}
"""

_REFERENCE = '''\
"""<TITLE>: what is right, and what expected mistakes give. It stays with you and on Gradescope."""

import numpy as np


def <FUNCTION>(X, y, w):
    """Return the loss |Xw - y|^2 / 2 and its gradient with respect to w."""
    away = X @ w - y
    return {"loss": np.sum(away**2) / 2, "grad_w": X.T @ away}


def sign_lost(X, y, w):
    """The difference the wrong way round."""
    away = X @ w - y
    return {"loss": np.sum(away**2) / 2, "grad_w": -X.T @ away}


def mean_taken(X, y, w):
    """A mean over the examples in the place of the sum."""
    away = X @ w - y
    return {"loss": np.mean(away**2) / 2, "grad_w": X.T @ away / len(y)}
'''

_FUNCTION = '''\
def <FUNCTION>(X, y, w):
    """Return the loss and its gradient with respect to w.

    X: (n, d) array, an example in each row.  y: (n,) array.  w: (d,) array.
    """
    raise NotImplementedError("<FUNCTION> is still to be written")
'''
