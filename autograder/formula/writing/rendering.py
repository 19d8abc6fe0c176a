r"""A tree written back: LaTeX for pages, a line of Unicode for terminals, Python for answers typed as Python.

What a student is shown as *read as* is written here, and our own readers read it back to the same tree, in normal
form (see `writer.normal`).
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.tree import Node
from autograder.formula.writing.plain_writers import GREEK, PythonWriter, UnicodeWriter
from autograder.formula.writing.writer import (
    ATOM,
    LAST,
    PRODUCT,
    RELATION,
    SCRIPT,
    Writer,
    Written,
    closed_head,
    from_one,
    take_apart,
)


def latex(node: Node) -> str:
    """Return LaTeX that KaTeX and MathJax set, and that the LaTeX reader reads back."""
    return LatexWriter().text(node)


def plain(node: Node) -> str:
    """Return one line for a terminal: Python for a tree that was typed as Python, else Unicode."""
    return (PythonWriter() if is_python(node) else UnicodeWriter()).text(node)


def is_python(node: Node) -> bool:
    """Say whether the tree holds anything that only Python text says."""
    return any(
        isinstance(item, (tree.Reduce, tree.Recast))
        or (isinstance(item, tree.Indexed) and item.from_zero)
        or (isinstance(item, tree.Product) and any(operator.startswith("py") for operator in item.operators))
        for item in tree.walk(node)
    )


class LatexWriter(Writer):
    operators = {
        "": " ", "*": " * ", "cdot": r" \cdot ", "times": r" \times ", "@": " @ ", "odot": r" \odot ",
        "circ": r" \circ ", "otimes": r" \otimes ", "py*": " * ",
    }  # fmt: skip
    relations = {
        "!=": r"\ne", "<=": r"\le", ">=": r"\ge", "in": r"\in", "approx": r"\approx", "propto": r"\propto",
        "=>": r"\Rightarrow",
    }  # fmt: skip
    _commands = frozenset("exp log tanh sinh cosh coth sin cos tan max min".split())

    def group(self, text: str) -> str:
        return rf"\left({text}\right)" if self._is_tall(text) else f"({text})"

    def _square(self, text: str) -> str:
        return rf"\left[{text}\right]" if self._is_tall(text) else f"[{text}]"

    def _is_tall(self, text: str) -> bool:
        return any(command in text for command in (r"\frac", r"\sum", r"\prod", r"\begin", r"\left"))

    # Leaves

    def write_name(self, node: tree.Name) -> Written:
        name = take_apart(node.name)
        text = self.letter(name.base)
        for accent in name.accents:
            text = rf"\{accent}{{{text}}}"
        if name.subscripts:
            text += "_{" + ",".join(self.letter(word) for word in name.subscripts) + "}"
        return Written(text + name.primes)

    def letter(self, word: str) -> str:
        if word in GREEK:
            return "\\" + word
        return word if len(word) == 1 or word.isdigit() else rf"\mathrm{{{word}}}"

    def write_ones(self, node: tree.Ones) -> Written:
        return Written(r"\mathbf{1}" + self._below(node.size))

    def write_identity(self, node: tree.Identity) -> Written:
        return Written("I" + self._below(node.size))

    def _below(self, size: Node | None) -> str:
        return "" if size is None else f"_{{{self.text(size)}}}"

    def write_basis(self, node: tree.Basis) -> Written:
        return Written(f"e_{{{self.text(node.index)}}}")

    def write_dots(self, node: tree.Dots) -> Written:
        return Written(r"\cdots")

    def write_head(self, node: tree.Head) -> Written:
        is_name = node.text.isascii() and node.text.isidentifier()
        return self.write_name(tree.Name(node.text)) if is_name else Written(_safe_head(node.text))

    # Names with something attached

    def write_indexed(self, node: tree.Indexed) -> Written:
        bare = isinstance(node.base, tree.Name) and not take_apart(node.base.name).subscripts
        base = self.text(node.base) if bare else self._square(self.text(node.base))
        return Written(f"{base}_{{{self.listed(from_one(node).indices, ',')}}}")

    def write_apply(self, node: tree.Apply) -> Written:
        text = self.function(node.function) + "'" * node.primes
        if node.function == "sqrt" and not node.primes and len(node.arguments) == 1:
            return Written(rf"\sqrt{{{self.text(node.arguments[0])}}}")
        return Written(text + self.group(self.listed(node.arguments)) if node.arguments else text)

    def function(self, name: str) -> str:
        if name in self._commands:
            return "\\" + name
        spelled = take_apart(name)
        if spelled.base in GREEK or len(spelled.base) == 1:
            return self.text(tree.Name(name))
        return rf"\operatorname{{{name}}}"

    # Arithmetic

    def write_divide(self, node: tree.Divide) -> Written:
        return Written(rf"\frac{{{self.text(node.numerator)}}}{{{self.text(node.denominator)}}}", SCRIPT)

    def write_power(self, node: tree.Power) -> Written:
        return Written(f"{self.text(node.base, ATOM)}^{{{self.text(node.exponent)}}}", SCRIPT)

    def write_transpose(self, node: tree.Transpose) -> Written:
        return Written(rf"{self.text(node.body, ATOM)}^{{\top}}", SCRIPT)

    def write_product(self, node: tree.Product) -> Written:
        """Show a matrix product of Python as one beside a transpose, else as a dot, which may be a scalar product."""
        operators = list(node.operators)
        for at, operator in enumerate(operators):
            if operator == "py@":
                beside = node.factors[at : at + 2]
                operators[at] = "" if any(isinstance(factor, tree.Transpose) for factor in beside) else "cdot"
        return super().write_product(replace(node, operators=tuple(operators)))

    # Conditions

    def write_indicator(self, node: tree.Indicator) -> Written:
        return Written(rf"\mathbf{{1}}[{self.text(node.condition)}]")

    def write_cases(self, node: tree.Cases) -> Written:
        lines = [
            f"{self.text(branch.value)} & "
            + (r"\text{otherwise}" if branch.condition is None else self.text(branch.condition))
            for branch in node.branches
        ]
        return Written(r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}")

    # Binders

    def write_big(self, node: tree.Big) -> Written:
        below, above = self.bounds(node)
        sign = rf"\{node.operator}"
        text = sign + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
        return Written(f"{text} {self.text(node.body, PRODUCT)}", LAST)

    def write_expectation(self, node: tree.Expectation) -> Written:
        below = self.ranged(node.binder)
        if node.law is not None:
            below += rf" \sim {self.text(node.law)}"
        return Written(rf"\mathbb{{E}}_{{{below}}}" + self._square(self.text(node.body)))

    # Derivatives

    def write_derivative(self, node: tree.Derivative) -> Written:
        wrt = self.text(node.wrt)
        if isinstance(node.of, (tree.Name, tree.Call, tree.Indexed)):
            return Written(rf"\frac{{\partial {self.text(node.of)}}}{{\partial {wrt}}}", SCRIPT)
        return Written(rf"\frac{{\partial}}{{\partial {wrt}}}{self.group(self.text(node.of))}", SCRIPT)

    # Arrays

    def write_matrix(self, node: tree.Matrix) -> Written:
        rows = r" \\ ".join(self.text(row) for row in node.rows)
        return Written(rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}")

    def write_row(self, node: tree.Row) -> Written:
        return Written(self.listed(node.cells, " & "), RELATION)

    def write_reduce(self, node: tree.Reduce) -> Written:
        axis = "" if node.axis is None else rf"_{{\text{{axis {node.axis}}}}}"
        return Written(rf"\operatorname{{{node.operator}}}{axis}{self.group(self.text(node.body))}")

    def write_recast(self, node: tree.Recast) -> Written:
        how = {"newaxis0": "row", "newaxis1": "column", "flat": "flatten"}.get(node.how, node.how)
        times = r" \times "
        sizes = f"_{{{self.listed(node.sizes, times)}}}" if node.sizes else ""
        return Written(rf"\operatorname{{{how}}}{sizes}{self.group(self.text(node.body))}")


_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_SAFE_CHARACTERS = re.compile(r"[\w\s{}^_()|,.=+'\[\]:/-]*")
_SAFE_COMMANDS = frozenset(
    "\\" + word
    for word in (
        *GREEK, "frac", "dfrac", "tfrac", "partial", "nabla", "mathbf", "boldsymbol", "mathrm", "mathcal", "mathbb",
        "bm", "pmb", "hat", "bar", "tilde", "text", "textbf", "operatorname", "ell", "varphi", "vartheta", "log", "exp",
        "tanh", "sum", "prod", "in", "le", "leq", "ge", "geq", "ne", "neq", "top", "cdot", "times", "cdots", "dots",
        "ldots", "mid", "left", "right", "prime", ",", ";",
    )
)  # fmt: skip


def _safe_head(text: str) -> str:
    """Return a left side as typed where it is plain LaTeX, else as quoted text: it is shown, never judged."""
    text = closed_head(text)
    others = _COMMAND.sub("", text)
    is_plain = set(_COMMAND.findall(text)) <= _SAFE_COMMANDS and _SAFE_CHARACTERS.fullmatch(others) is not None
    if is_plain and others.count("{") == others.count("}") and not re.match(r"[^{]*}", others):
        return text
    return r"\text{" + re.sub(r"[^\w\s()=+,.'|:/-]", " ", text).replace("_", r"\_") + "}"
