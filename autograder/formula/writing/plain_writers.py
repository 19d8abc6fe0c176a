"""Trees on one line of text: Unicode as in a message, and Python as in a program."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

from autograder.formula import tree
from autograder.formula.writing.writer import (
    ATOM,
    LAST,
    PRODUCT,
    RELATION,
    SCRIPT,
    SUM,
    Writer,
    Written,
    closed_head,
    take_apart,
)

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "dot": "\u0307"}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class UnicodeWriter(Writer):
    """Unicode that the reader for typed mathematics reads back."""

    operators = {
        "": " ", "*": "*", "cdot": "·", "times": "×", "@": " @ ", "odot": "⊙", "circ": "∘", "otimes": "⊗",
        "py*": " * ", "py@": " @ ",
    }  # fmt: skip
    relations = {"!=": "≠", "<=": "≤", ">=": "≥", "approx": "≈", "propto": "∝", "=>": "⇒", "in": "∈"}

    # Leaves

    def write_name(self, node: tree.Name) -> Written:
        name = take_apart(node.name)
        accents = "".join(_ACCENTS[accent] for accent in name.accents)
        text = unicodedata.normalize("NFC", self.letter(name.base) + accents)
        if name.subscripts:
            text += self.below(",".join(self.letter(word) for word in name.subscripts))
        return Written(text + name.primes)

    def letter(self, word: str) -> str:
        return GREEK.get(word, word)

    def below(self, text: str) -> str:
        return f"_{text}" if len(text) == 1 or text.isdigit() else f"_{{{text}}}"

    def write_ones(self, node: tree.Ones) -> Written:
        return Written("𝟏" + ("" if node.size is None else self.below(self.text(node.size))))

    def write_identity(self, node: tree.Identity) -> Written:
        return Written("I" + ("" if node.size is None else self.below(self.text(node.size))))

    def write_basis(self, node: tree.Basis) -> Written:
        return Written("e" + self.below(self.text(node.index)))

    def write_head(self, node: tree.Head) -> Written:
        return Written(closed_head(node.text))

    # Names with something attached

    def write_indexed(self, node: tree.Indexed) -> Written:
        bare = isinstance(node.base, tree.Name) and not take_apart(node.base.name).subscripts
        base = self.text(node.base)
        return Written((base if bare else f"[{base}]") + self.below(self.listed(node.indices, ",")))

    def write_apply(self, node: tree.Apply) -> Written:
        text = self.text(tree.Name(node.function)) + "'" * node.primes
        return Written(text + self.group(self.listed(node.arguments)) if node.arguments else text)

    # Arithmetic

    def write_divide(self, node: tree.Divide) -> Written:
        return Written(f"{self.text(node.numerator, SCRIPT)}/{self.text(node.denominator, SCRIPT)}", PRODUCT)

    def write_power(self, node: tree.Power) -> Written:
        base = self.text(node.base, ATOM)
        exponent = self.text(node.exponent)
        if exponent.isdigit():
            return Written(base + exponent.translate(_SUPERSCRIPTS), SCRIPT)
        return Written(f"{base}^{{{exponent}}}", SCRIPT)

    def write_transpose(self, node: tree.Transpose) -> Written:
        return Written(f"{self.text(node.body, ATOM)}ᵀ", SCRIPT)

    # Conditions

    def write_indicator(self, node: tree.Indicator) -> Written:
        return Written(f"I[{self.text(node.condition)}]", SCRIPT)

    def write_cases(self, node: tree.Cases) -> Written:
        lines = [
            self.text(branch.value)
            + (" otherwise" if branch.condition is None else f" if {self.text(branch.condition)}")
            for branch in node.branches
        ]
        return Written(", ".join(lines), RELATION)

    # Binders

    def write_big(self, node: tree.Big) -> Written:
        below, above = self.bounds(node)
        sign = "Σ" if node.operator == "sum" else "Π"
        text = sign + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
        return Written(f"{text} {self.text(node.body, PRODUCT)}", LAST)

    def write_expectation(self, node: tree.Expectation) -> Written:
        below = self.ranged(node.binder) + ("" if node.law is None else f" ∼ {self.text(node.law)}")
        return Written(f"𝔼_{{{below}}}[{self.text(node.body)}]")

    # Derivatives

    def write_derivative(self, node: tree.Derivative) -> Written:
        wrt = self.text(node.wrt, ATOM)
        if isinstance(node.of, (tree.Name, tree.Call, tree.Indexed)):
            return Written(f"∂{self.text(node.of)}/∂{wrt}", PRODUCT)
        return Written(f"∂/∂{wrt} {self.group(self.text(node.of))}", PRODUCT)

    # Arrays

    def write_matrix(self, node: tree.Matrix) -> Written:
        return Written("[" + "; ".join(self.text(row) for row in node.rows) + "]")

    def write_row(self, node: tree.Row) -> Written:
        return Written(self.listed(node.cells), RELATION)

    def write_reduce(self, node: tree.Reduce) -> Written:
        options = "" if node.axis is None else f", axis={node.axis}"
        options += ", keepdims=True" if node.keepdims else ""
        return Written(f"{node.operator}({self.text(node.body)}{options})")

    def write_recast(self, node: tree.Recast) -> Written:
        return self.recast(node, self.text(node.body, ATOM))

    def recast(self, node: tree.Recast, body: str) -> Written:
        if node.how in ("newaxis0", "newaxis1"):
            return Written(body + ("[None, :]" if node.how == "newaxis0" else "[:, None]"))
        name = {"flat": "ravel"}.get(node.how, node.how)
        return Written(f"{body}.{name}({self.listed(node.sizes)})")


class PythonWriter(UnicodeWriter):
    """Python that the reader for Python reads back."""

    operators = {"py*": " * ", "py@": " @ ", "": "", "*": " * ", "@": " @ ", "cdot": " * ", "odot": " * "}
    relations = {"=": "==", "=>": "="}

    def equals(self, before: tree.Node) -> str:
        return " = " if isinstance(before, tree.Head) else " == "  # one is an assignment, the other a comparison

    def letter(self, word: str) -> str:
        return word

    def write_name(self, node: tree.Name) -> Written:
        return Written(node.name)

    def write_ones(self, node: tree.Ones) -> Written:
        return Written("np.ones(" + ("" if node.size is None else self.text(node.size)) + ")")

    def write_identity(self, node: tree.Identity) -> Written:
        return Written("np.eye(" + ("" if node.size is None else self.text(node.size)) + ")")

    def write_basis(self, node: tree.Basis) -> Written:
        return Written(f"onehot({self.text(node.index)})")

    def write_indexed(self, node: tree.Indexed) -> Written:
        indices = self.listed(node.indices)
        if not node.from_zero and isinstance(node.base, tree.Name) and indices.isalnum():
            return Written(f"{node.base.name}_{indices}")
        return Written(f"{self.base(node.base)}[{indices}]")

    def write_product(self, node: tree.Product) -> Written:
        if node.operators == ("otimes",):
            return Written(f"np.outer({self.listed(node.factors)})")
        return super().write_product(node)

    def joined(self, before: str, operator: str, piece: str) -> str:
        if not operator:
            return piece if piece.startswith("(") and piece.endswith(")") else f"({piece})"
        return self.operators[operator] + piece

    def write_power(self, node: tree.Power) -> Written:
        return Written(f"{self.text(node.base, ATOM)}**{self.text(node.exponent, SCRIPT)}", SCRIPT)

    def write_transpose(self, node: tree.Transpose) -> Written:
        return Written(f"{self.base(node.body)}.T")

    def base(self, node: tree.Node) -> str:
        """Return what an attribute or index hangs on; `0.T` would begin a decimal."""
        text = self.text(node, ATOM)
        return self.group(text) if isinstance(node, tree.Number) else text

    def write_recast(self, node: tree.Recast) -> Written:
        return self.recast(node, self.base(node.body))

    def write_both(self, node: tree.Both) -> Written:
        return Written(self.listed(node.conditions, " and "), RELATION)

    def write_indicator(self, node: tree.Indicator) -> Written:
        return Written(f"({self.text(node.condition)})")

    def write_cases(self, node: tree.Cases) -> Written:
        text = ""
        for branch in node.branches:
            value = self.text(branch.value, SUM)
            text += value if branch.condition is None else f"{value} if {self.text(branch.condition)} else "
        return Written(text, RELATION)

    def write_big(self, node: tree.Big) -> Written:
        loops = " ".join(f"for {binder.index} in {self.ranged(binder)}" for binder in node.binders)
        conditions = "".join(f" if {self.text(condition)}" for condition in node.conditions)
        return Written(f"{node.operator}({self.text(node.body)} {loops}{conditions})")

    def ranged(self, binder: tree.Binder) -> str:
        if binder.first is None or binder.last is None:
            return str(binder.within)
        last = binder.last
        if binder.first == tree.Number(Fraction(1)):
            return f"range({self.text(last)})"
        if isinstance(last, tree.Sum) and last.terms[-1] == tree.Negate(tree.Number(Fraction(1))):
            end = self.listed(last.terms[:1]) if len(last.terms) == 2 else self.text(tree.Sum(last.terms[:-1]))
        else:
            end = f"{self.text(last, SUM)} + 1"
        return f"range({self.text(binder.first)}, {end})"

    def write_derivative(self, node: tree.Derivative) -> Written:
        if isinstance(node.of, (tree.Name, tree.Call)):
            return Written(f"d{self.text(node.of)}/d{self.text(node.wrt)}", PRODUCT)
        return Written(f"grad({self.text(node.of)}, {self.text(node.wrt)})")

    def write_matrix(self, node: tree.Matrix) -> Written:
        return Written("np.array([" + ", ".join(f"[{self.text(row)}]" for row in node.rows) + "])")

    def write_reduce(self, node: tree.Reduce) -> Written:
        return Written("np." + super().write_reduce(node).text)
