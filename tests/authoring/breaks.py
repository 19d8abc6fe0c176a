"""Ways to break the shipped problems, each with what `validate` must say of it and the line that it must name.

Run `python tests/authoring/breaks.py` to print what is said of each.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]

# A reference with a slip, beside the assignment; the shared ones stay as they are.
SLIPS = '''
import numpy as np


def _softmax(v_c, U):
    e = np.exp(U @ v_c - np.max(U @ v_c))
    return e / e.sum()


def target_forgotten(v_c, o, U):
    p = _softmax(v_c, U)
    return {"loss": -np.log(p[o]), "grad_v_c": p @ U, "grad_U": np.outer(p, v_c)}


def turned(v_c, o, U):
    p = _softmax(v_c, U)
    loss = -np.log(p[o])
    p[o] -= 1
    return {"loss": loss, "grad_v_c": p @ U, "grad_U": np.outer(v_c, p)}
'''


@dataclass(frozen=True, slots=True)
class Break:
    """One edit of one file of an assignment, and what is to be found.

    at     a piece of the line that must be named, in `found_in` or else in the edited file
    """

    name: str
    assignment: str
    file: str
    old: str
    new: str
    says: str
    at: str
    problem: str = ""
    found_in: str = ""

    @property
    def named_file(self) -> str:
        return self.found_in or self.file

    def apply(self, folder: Path) -> Path:
        """Copy the assignment into a folder and break it; return the copy."""
        copy = folder / self.assignment
        shutil.copytree(HOME / "problems" / self.assignment, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        (copy / "reference").mkdir()
        (copy / "reference/slips.py").write_text(SLIPS)
        text = (copy / self.file).read_text(encoding="utf-8")
        assert text.count(self.old) >= 1, f"{self.name}: {self.file} has no {self.old!r}"
        (copy / self.file).write_text(text.replace(self.old, self.new, 1), encoding="utf-8")
        return copy


W, H = "cs224n_a2", "hw2_cbow"
BREAKS = (
    # References and formulas
    Break("wrong reference", W, "naive-softmax.yaml", "reference: word2vec.naive_softmax", "reference: slips.target_forgotten",
          "this is not the derivative of loss with respect to v_c", "grad_v_c: {shape: [d], points: 3, gradient"),
    Break("transposed reference", W, "naive-softmax.yaml", "reference: word2vec.naive_softmax", "reference: slips.turned",
          "slips.turned returns its transpose", "grad_U: {shape: [V, d], points: 4, gradient"),
    Break("gradient of the wrong name", W, "naive-softmax.yaml", "gradient: {of: loss, wrt: v_c}", "gradient: {of: loss, wrt: U}",
          "where U has shape", "gradient: {of: loss, wrt: U}"),
    Break("a formula with a slip", W, "naive-softmax.yaml", r"answer: U(\hat{y} - y)", r"answer: U(\hat{y} + y)",
          "the answer is not this derivative", "gradient: {of: J, wrt: v_c}"),
    Break("formula and code disagree", H, "activations.yaml", r"given: '\frac{d}{dx} \sigma(x)'", r"given: '\sigma(x)'",
          "this is not what activations.sigmoid_derivative returns", r"given: '\sigma(x)'"),
    Break("a derivation that ends elsewhere", W, "naive-softmax.yaml", r"end: -\log \hat{y}_o", r"end: \log \hat{y}_o",
          "does not equal the start", r"end: \log \hat{y}_o"),
    Break("a right answer among the mistakes", H, "sample-counts.yaml", "{answer: 52, name: two-each",
          "{answer: 46, name: two-each", "this is a right answer, not a mistake", "{answer: 46, name: two-each"),
    # Mistakes
    Break("a mistake that is right", W, "sgd.yaml", "mistakes_descent.ascent", "descent.descend",
          "ascent gives what is right", "- name: ascent"),
    Break("a mistake that is another", W, "sgd.yaml", "mistakes_descent.steps_taken_twice", "mistakes_descent.ascent",
          "steps-twice gives the same as ascent", "- name: steps-twice"),
    # Cases and sizes
    Break("a case that cannot be drawn", W, "negative-sampling.yaml", "{name: vectors of one dimension, sizes: {d: 1}}",
          "{name: vectors of one dimension, sizes: {d: 1, V: 5}}", "cannot be drawn from", "sizes: {d: 1, V: 5}"),
    Break("a case that is there twice", W, "sgd.yaml", "{name: a single step, inputs: {iterations: {value: 1}}}",
          "{name: a single step}", "draws as an earlier case does", "- {name: a single step}"),
    Break("sizes that are equal", W, "sgd.yaml", "sizes: {n: [3, 5], m: [6, 8]}", "sizes: {n: 4, m: 4}",
          "n and m are equal in every case", "sizes: {n: 4, m: 4}"),
    Break("no index repeats", H, "cbow.yaml", "count: 6, never: centre, repeats: true", "count: 6, never: centre, distinct: true",
          "repeated-context-once gives what is right", "- name: repeated-context-once"),
    Break("one case alone", W, "sgd.yaml", "      - {count: 3}\n      - {name: a matrix, inputs: {x0: {normal: [n, m], scale: 2}, target: {normal: [n, m]},\n"
          "                                  curvature: {uniform: [n, m], low: 0.5, high: 1.5}}}\n      - {name: a single number, inputs: {x0: "
          "{normal: [], scale: 2}, target: {normal: []},\n                                         curvature: {uniform: [], low: 0.5, high: 1.5}}}\n"
          "      - {name: a single step, inputs: {iterations: {value: 1}}}\n      - {name: more steps than are between two reports, inputs: "
          "{iterations: {integers: [60, 80]}, step: {value: 0.02}}}\n", "      - {count: 1}\n", "1 case is not enough", "cases:"),
    Break("inputs that are always 0", W, "sigmoid.yaml", "    cases:\n      - {count: 3}\n      - {name: a matrix, inputs: {x: {normal: [n, m], scale: 2}}}\n"
          "      - {name: a single number, inputs: {x: {normal: [], scale: 2}}}\n      - {name: entries down to -30 and up to 30, inputs: {x: {uniform: [m], low: -30, high: 30}}}",
          "    cases:\n      - {count: 3, inputs: {x: {normal: [n], scale: 0.0}}}", "minus-lost gives what is right", "- name: minus-lost"),
    Break("a shape that is another", W, "sgd.yaml", "x: {shape: [n], points: 4", "x: {shape: [m], points: 4",
          "but descent.descend returns", "x: {shape: [m], points: 4"),
    # Tolerances
    Break("a loose tolerance", W, "sgd.yaml", "    reference: descent.descend", "    relative_tolerance: 0.5\n    reference: descent.descend",
          "the tolerance of 0.5 takes one-step-too-few for right", "relative_tolerance: 0.5"),
    Break("a tolerance below rounding", H, "activations.yaml", "value: {shape: [n], points: 3", "value: {shape: [n], exact: true, points: 3",
          "a right submission gets wrong", "reference: activations.sigmoid_derivative"),
    Break("a tolerance that other spellings miss", W, "naive-softmax.yaml", "loss: {points: 3, given: J}", "loss: {points: 3, given: J, exact: true}",
          "an honest rewrite of `naiveSoftmaxLossAndGradient` loses points", "loss: {points: 3, given: J, exact: true}"),
    # Submissions
    Break("a starter without the function", W, "sgd.yaml", "function: sgd", "function: sgdescent",
          "sgd.py defines no function 'sgdescent'", "function: sgdescent"),
    Break("a starter that is right already", W, "starter/sgd.py", "loss = None\n", "loss, slope = f(x)\n        x = x - step * np.asarray(slope)\n",
          "the untouched starter earns 5 of 5 points", "- id: code", "sgd", "sgd.yaml"),
    Break("a harness that calls a wrong name", W, "harness.py", "return student.sgd(f, start, step, iterations)",
          "return student.sdg(f, start, step, iterations)", "a right submission gets", "reference: descent.descend", "sgd", "sgd.yaml"),
    Break("a part that nobody reaches", W, "naive-softmax.yaml", "needs: [code]", "needs: [softmax_grad_meaning]",
          "a right submission gets skipped", "reference: word2vec.naive_softmax"),
    Break("a solution with a slip", W, "solution/sgd.py", "x - step *", "x + step *", "a right submission gets",
          "reference: descent.descend", "sgd", "sgd.yaml"),
    # What is written down
    Break("points that do not add up", W, "sgd.yaml", "points: 5", "points: 6", "says 6, but the parts add up to 5", "points: 6"),
    Break("an example that contradicts", W, "sigmoid.yaml", r"{answer: '\sigma(x) - \sigma(x)^2', state: correct",
          r"{answer: '\sigma(x) - \sigma(x)^2', state: wrong", "gets correct, 2 points, where wrong, 2 points is expected",
          r"{answer: '\sigma(x) - \sigma(x)^2', state: wrong"),
    Break("two parts of one name", W, "sigmoid.yaml", "aliases: [f, dsigma]", "aliases: [b, dsigma]", "'b' is also a name of",
          "aliases: [b", "", "naive-softmax.yaml"),
    Break("no seed", W, "assignment.yaml", "seed: two thousand small rivers\n", "", "'seed' is missing", "id: cs224n_a2"),
)
