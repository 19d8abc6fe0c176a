"""Python expressions to trees: an allow-list of syntax, one method for each kind; everything else is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.python.calls import bind, number, product, quotient, total
from autograder.formula.python.elements import is_index, read_element, read_length
from autograder.formula.python.functions import Own, put_in
from autograder.formula.python.identifiers import Identifiers, spelled_out
from autograder.formula.python.loops import read_count, read_listed, read_loop
from autograder.formula.python.numpy_functions import APPLIED, FUNCTIONS, MODULES, SUGGESTED, UNBOUND
from autograder.formula.python.slopes import derivative_call, differential_quotient, named_derivative
from autograder.formula.python.source import Source
from autograder.formula.refusals import Unreadable, suggest
from autograder.formula.tree import Node, Span

MAX_TREE = 4000
"""Nodes of the tree after helper lines are put in place; three doubling lines would make any tree huge."""
MAX_DIGITS = 12
MAX_EXPONENT = 64

_NUMBER = re.compile(r"(\d*)\.?(\d*)(?:[eE][+-]?(\d+))?")
_TERMS = (ast.Add, ast.Sub)
_FACTORS: Mapping[type[ast.operator], str] = {ast.Mult: "py*", ast.MatMult: "py@"}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "!=", ast.Is: "=", ast.IsNot: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ONE = ast.Constant(1)
"""What each element of a list counts for, in its length."""
_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Expressions(Struct, frozen=True):
    """Reads expressions of one text.

    local      what the student's own names and the loop variables in force stand for
    used       collects those that were used
    functions  the student's own
    """

    source: Source
    names: Identifiers
    local: Mapping[str, Node]
    used: set[str]
    functions: Mapping[str, Own] = {}

    def read(self, node: ast.expr) -> Node:
        method = _METHODS.get(type(node))
        if method is None:
            raise self.refuse("This is Python, but not a formula.", node)
        return method(self, node)

    def read_line(self, node: ast.expr) -> Node:
        """Read what a whole line says."""
        return self.check_size(self.read(node), node)

    def check_size(self, found: Node, node: ast.expr) -> Node:
        """Refuse a tree that has grown huge by what was put in place."""
        if sum(1 for _ in zip(tree.walk(found), range(MAX_TREE + 1), strict=False)) > MAX_TREE:
            raise self.refuse("With its helper lines put in place this formula is far too long.", node, "limit")
        return found

    def span(self, node: ast.expr) -> Span:
        return self.source.span(node)

    def refuse(self, sentence: str, node: ast.expr, reason: str = "syntax") -> Unreadable:
        return self.source.refusal(sentence, self.span(node), reason)

    # Leaves

    def _constant(self, node: ast.Constant) -> Node:
        if node is _ONE:
            return number(1)
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise self.refuse("Only numbers and names may stand in a formula.", node)
        written = self.source.written(node).replace("_", "")
        match = _NUMBER.fullmatch(written)
        if match is None:
            raise self.refuse("Write numbers in decimals.", node)
        if len(match[1] + match[2]) > MAX_DIGITS or len((match[3] or "").lstrip("0")) > 2:
            raise self.refuse(f"A number of more than {MAX_DIGITS} digits is not read.", node, "limit")
        return tree.Number(Fraction(written), span=self.span(node))

    def _name(self, node: ast.Name) -> Node:
        written = self.source.written(node)
        found = self._meaning(written)
        if found is not None:
            return replace(found, span=self.span(node))
        function = APPLIED.get(spelled_out(written))
        if function is not None:
            return tree.Apply(function, (), span=self.span(node))
        slope = named_derivative(self, written)
        if slope is not None:
            return replace(slope, span=self.span(node))
        known = (*self.names.known(), *self.local)
        sentence = f"`{written}` is not a name of this problem.{suggest(written, known)}"
        raise self.refuse(sentence, node, "undeclared")

    def _meaning(self, written: str) -> Node | None:
        word = spelled_out(written)
        self.used.update(name for name in self.local if name == word or word.endswith("_" + name))
        return self.names.meaning(written, self.local)

    def _attribute(self, node: ast.Attribute) -> Node:
        dotted = self.dotted(node)
        if dotted in ("e", "E"):
            return tree.Apply("exp", (number(1),), span=self.span(node))
        if dotted is not None:
            raise self.refuse(f"`{self.source.written(node)}` is not read here.", node)
        if node.attr in ("T", "mT"):
            return tree.Transpose(self.read(node.value), span=self.span(node))
        raise self.refuse(f"`.{node.attr}` is not read here; a transpose is `.T`.", node)

    def dotted(self, node: ast.expr) -> str | None:
        """Return the last word of `np.linalg.norm`, None where the first one is not a module."""
        if not isinstance(node, ast.Attribute):
            return None
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        is_module = isinstance(inner, ast.Name) and (inner.id in MODULES or node.attr in UNBOUND) and (
            self._meaning(inner.id) is None)
        return node.attr if is_module else None

    # Arithmetic

    def _unary(self, node: ast.UnaryOp) -> Node:
        if isinstance(node.op, ast.USub):
            return tree.Negate(self.read(node.operand), span=self.span(node))
        if isinstance(node.op, ast.UAdd):
            return self.read(node.operand)
        raise self.refuse("`not` and `~` are not read here; write the condition the other way round.", node)

    def _binary(self, node: ast.BinOp) -> Node:
        if isinstance(node.op, _TERMS):
            return self._sum(node)
        if isinstance(node.op, (*_FACTORS, ast.Div)):
            return self._product(node)
        if isinstance(node.op, ast.Pow):
            return self._power(node)
        if isinstance(node.op, ast.BitAnd):
            return self._indicator(node)
        raise self.refuse("Formulas have `+ - * / @ **`; this operator is not read here.", node)

    def _spine(self, node: ast.BinOp, operators: tuple[type[ast.operator], ...]) -> list[ast.BinOp]:
        """Return the steps of `a + b + c`, first one first: Python nests them to the left."""
        steps = [node]
        while isinstance(steps[-1].left, ast.BinOp) and isinstance(steps[-1].left.op, operators):
            steps.append(steps[-1].left)
        return steps[::-1]

    def _sum(self, node: ast.BinOp) -> Node:
        steps = self._spine(node, _TERMS)
        terms = [self.read(steps[0].left)]
        for step in steps:
            term = self.read(step.right)
            terms.append(tree.Negate(term, span=term.span) if isinstance(step.op, ast.Sub) else term)
        return total(terms, self.span(node))

    def _product(self, node: ast.BinOp) -> Node:
        steps = self._spine(node, (*_FACTORS, ast.Div))
        operands, signs = [steps[0].left, *(step.right for step in steps)], [type(step.op) for step in steps]
        factors: list[Node] = []
        operators: list[str] = []
        at = 0
        while at < len(operands):
            sign = signs[at - 1] if at else None
            slope = differential_quotient(self, operands[at : at + 2]) if signs[at : at + 1] == [ast.Div] else None
            right = slope or self.read(operands[at])
            if sign is ast.Div:
                span = self.span(node) if at == len(signs) else factors[0].span.joined(right.span)
                factors, operators = [quotient(product(factors, operators, span), right, span)], []
            else:
                factors.append(right)
                operators += [_FACTORS[sign]] if sign else []
            at += 1 if slope is None else 2
        return product(factors, operators, self.span(node))

    def _power(self, node: ast.BinOp) -> Node:
        between = self.source.python[self.source.range_of(node.left)[1] : self.source.range_of(node.right)[0]]
        place = self.source.range_of(node.left)[1] + between.find("**")
        caret = self.source.text[self.source.origin(place)] == "^"
        if isinstance(node.right, ast.Name) and node.right.id in ("T", "t") and self._meaning(node.right.id) is None:
            if caret:
                return tree.Transpose(self.read(node.left), span=self.span(node))
            raise self.refuse("A transpose is `.T` in Python.", node)
        if isinstance(node.left, ast.Name) and node.left.id in ("e", "E") and self._meaning(node.left.id) is None:
            return tree.Apply("exp", (self.read(node.right),), span=self.span(node))
        base, exponent = self.read(node.left), self.read(node.right)
        self._check_exponent(node, exponent)
        if isinstance(base, tree.Apply) and base == tree.Apply("exp", (number(1),)):
            return tree.Apply("exp", (exponent,), span=self.span(node))
        return tree.Power(base, exponent, span=self.span(node))

    def _check_exponent(self, node: ast.BinOp, exponent: Node) -> None:
        inside = list(tree.walk(exponent))
        numbers = [item.value for item in inside if isinstance(item, tree.Number)]
        nested = any(isinstance(item, tree.Power) for item in inside)
        if any(abs(value) > MAX_EXPONENT for value in numbers) or (nested and numbers):
            raise self.refuse(f"Exponents up to {MAX_EXPONENT} are read here.", node.right, "limit")

    # Conditions

    def read_condition(self, node: ast.expr) -> Node:
        """Read a comparison, or several that all hold."""
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            return tree.Both(tuple(self.read_condition(value) for value in node.values), span=self.span(node))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
            return tree.Both((self.read_condition(node.left), self.read_condition(node.right)), span=self.span(node))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.read_opposite(node.operand)
        if isinstance(node, ast.Name) and is_index(self, found := self._name(node)):
            return tree.Compare("!=", found, number(0), span=self.span(node))  # `if j` in Python
        raise self.refuse("A condition compares two values, as `x > 0`.", node)

    def read_opposite(self, node: ast.expr) -> Node:
        """Read the condition that holds where another one does not."""
        held = self.read_condition(node)
        if not isinstance(held, tree.Compare):
            raise self.refuse("Write this condition the other way round, without `not`.", node)
        return replace(held, operator=_OPPOSITES[held.operator])

    def _comparison(self, node: ast.Compare) -> Node:
        sides = [self.read(side) for side in (node.left, *node.comparators)]
        tests: list[Node] = []
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            sign = _COMPARISONS.get(type(operator))
            if sign is None:
                raise self.refuse("Conditions are written with `== != < <= > >=`.", node)
            tests.append(tree.Compare(sign, left, right, span=left.span.joined(right.span)))
        return tests[0] if len(tests) == 1 else tree.Both(tuple(tests), span=self.span(node))

    def _indicator(self, node: ast.expr) -> Node:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            for counted, other in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
                if isinstance(counted, ast.Call) and self.dotted(counted.func) == "arange":
                    return tree.Basis(self.read(other), span=self.span(node))  # `np.arange(V) == o`
        return tree.Indicator(self.read_condition(node), span=self.span(node))

    def _conditional(self, node: ast.IfExp) -> Node:
        branches = []
        rest: ast.expr = node
        while isinstance(rest, ast.IfExp):
            condition = self.read_condition(rest.test)
            branches.append(tree.Branch(self.read(rest.body), condition, span=self.span(rest)))
            rest = rest.orelse
        branches.append(tree.Branch(self.read(rest), None, span=self.span(rest)))
        return tree.Cases(tuple(branches), span=self.span(node))

    # Calls

    def _call(self, node: ast.Call) -> Node:
        dotted = self.dotted(node.func)
        if dotted is not None:
            return self._known_call(node, dotted, node.args)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr not in FUNCTIONS:
                raise self.refuse(f"The method `.{node.func.attr}()` is not read here.", node)
            return self._known_call(node, node.func.attr, [node.func.value, *node.args])
        if isinstance(node.func, ast.Name):
            return self._named_call(node, self.source.written(node.func))
        return self._side_by_side(node)

    def _known_call(self, node: ast.Call, name: str, values: list[ast.expr]) -> Node:
        starred = next((value for value in values if isinstance(value, ast.Starred)), None)
        if starred is not None:
            raise self.refuse("Write the arguments out; `*` before one is not read here.", starred)
        name = spelled_out(name)
        if name not in FUNCTIONS:
            sentence = f"The function `{name}` is not read here.{suggest(name, SUGGESTED)}"
            raise self.refuse(sentence, node, "undeclared")
        return bind(self, FUNCTIONS[name], node, name, self.span(node), values)

    def _named_call(self, node: ast.Call, written: str) -> Node:
        own = self.functions.get(spelled_out(written))
        if own is not None:
            return put_in(self, own, node, written)
        function = self.names.function(written)
        if function is not None and len(node.args) == 1 and not node.keywords:
            return tree.Apply(function, (self.read(node.args[0]),), span=self.span(node))
        known = self._meaning(written)
        if isinstance(known, tree.Name) and self.names.is_loss(known.name):
            return tree.Call(known.name, tuple(self.read(value) for value in node.args), span=self.span(node))
        if known is not None:
            return self._side_by_side(node)
        if written == "len" and len(node.args) == 1 and isinstance(counted := node.args[0], ast.ListComp):
            return self.read_loop(ast.copy_location(ast.ListComp(_ONE, counted.generators), counted), "sum")
        if written == "len" and len(node.args) == 1:
            return read_length(self, node.args[0], 0, node)
        slope = derivative_call(self, node, written)
        if slope is not None:
            return slope
        if written in ("max", "min") and len(node.args) == 2:
            return self._known_call(node, written + "imum", node.args)
        if written in ("sum", "Sum") and node.args:
            return self._bare_sum(node)
        return self._known_call(node, written, node.args)

    def _side_by_side(self, node: ast.Call) -> Node:
        """Read `f(x)(1 - x)` or `2(x + 1)`: to Python a call, to its writer a product."""
        if len(node.args) != 1 or node.keywords:
            raise self.refuse("This is written like a call of something that is not a function.", node)
        factors = (self.read(node.func), self.read(node.args[0]))
        return tree.Product(factors, ("",), span=self.span(node))

    def _bare_sum(self, node: ast.Call) -> Node:
        """Read Python's own `sum`, or `sum(expression, k, 1, K)` and `Sum(expression, (k, 1, K))`."""
        first, *rest = node.args
        if rest and isinstance(rest[0], ast.Tuple):
            rest = rest[0].elts
        if isinstance(first, (ast.GeneratorExp, ast.ListComp)) and not rest and not node.keywords:
            return self.read_loop(first, "sum")
        if isinstance(first, (ast.List, ast.Tuple)) and first.elts and not rest and not node.keywords:
            return total([self.read(item) for item in first.elts], self.span(node))
        if len(rest) in (1, 3) and isinstance(rest[0], ast.Name):
            index = spelled_out(self.source.written(rest[0]))
            bounds = [self.read(bound) for bound in rest[1:]]
            binder = tree.Binder(index, *(bounds or (None, None)), span=self.span(rest[0]))
            body = self.knowing({index: tree.Name(index)}).read(first)
            return tree.Big("sum", (binder,), (), body, span=self.span(node))
        if not rest and not node.keywords:
            return self.read_count(first) or tree.Reduce("sum", self.read(first), 0, span=self.span(node))
        return self._known_call(node, "sum", node.args)

    def read_loop(self, node: ast.GeneratorExp | ast.ListComp, operator: str) -> Node:
        return read_loop(self, node, operator)

    def read_count(self, node: ast.expr) -> Node | None:
        return read_count(self, node)

    def read_array(self, node: ast.expr) -> Node:
        return read_listed(self, node) if isinstance(node, (ast.ListComp, ast.GeneratorExp)) else self.read(node)

    def knowing(self, meanings: Mapping[str, Node]) -> Expressions:
        """Return a reader that also knows these names."""
        return replace(self, local={**self.local, **meanings})

    # Elements and arrays

    def _subscript(self, node: ast.Subscript) -> Node:
        return read_element(self, node)

    def _list(self, node: ast.List) -> Node:
        rows = [item.elts if isinstance(item, ast.List) else [item] for item in node.elts]
        if not rows or len({len(row) for row in rows}) != 1:
            raise self.refuse("The rows of an array have equal lengths.", node)
        read = tuple(tree.Row(tuple(self.read(cell) for cell in row), span=self.span(node)) for row in rows)
        return tree.Matrix(read, span=self.span(node))


_METHODS: Mapping[type[ast.expr], Callable[..., Node]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.UnaryOp: Expressions._unary,
    ast.BinOp: Expressions._binary,
    ast.Compare: Expressions._indicator,
    ast.BoolOp: Expressions._indicator,
    ast.IfExp: Expressions._conditional,
    ast.Call: Expressions._call,
    ast.Subscript: Expressions._subscript,
    ast.List: Expressions._list,
}
