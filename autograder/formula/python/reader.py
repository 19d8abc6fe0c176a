"""The reader for Python: `ast.parse`, then an allow-list of what a formula may hold. Nothing is ever run.

A text may hold helper lines, each `name = ...`, before the line that is the answer. Every line has to matter: one
that the answer does not use is refused rather than left unread.
"""

from __future__ import annotations

import ast
import re

from msgspec import Struct

from autograder.formula import tree
from autograder.formula.declarations import Alias, Declarations
from autograder.formula.python.calls import number, total
from autograder.formula.python.expressions import Expressions
from autograder.formula.python.identifiers import Identifiers, spelled_out
from autograder.formula.python.source import Source, parse, prepare
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Chain, Head, Node, Span

MAX_TREE = 4000
"""Nodes of the tree after helper lines are put in place; three doubling lines would make any tree huge."""

_PYTHON_ONLY = re.compile(
    r"@|\*\*|\.T\b|ᵀ\s*@|\b(?:np|numpy|torch|math|jnp)\s*\.|[\w)\]]\s*\[[^\]]*\]|\bfor\b.+\bin\b|\breturn\b|\bif\b.+\belse\b"
    r"|\b(?:float|int|bool|dot|matmul|outer|multiply|sum|reshape|squeeze|transpose|einsum|where|maximum)\s*\(|==|^\s*\w+\s*=[^=].*\n",
    re.DOTALL,
)
_NOT_PYTHON = re.compile(r"[\\${}]")


def looks_like_python(text: str) -> bool:
    """Say whether a text is Python rather than typed mathematics: it parses, and it holds what only a program has.

    `A*(b - c)` is both; it is left to the reader for mathematics, where `*` is whatever product fits.
    """
    if _NOT_PYTHON.search(text) or not _PYTHON_ONLY.search(text):
        return False
    try:
        return bool(parse(prepare(text)))
    except Unreadable as refusal:
        return refusal.reason == "limit"


class Program(Struct, frozen=True):
    """Python text as read: its formula, helper lines put in place, and the declared spellings in it."""

    chain: Chain
    aliases: tuple[Alias, ...] = ()


def read_program(text: str, declarations: Declarations) -> Program:
    """Read Python text as one answer.

    Raises Unreadable, with the place, where anything in it is not part of a formula of this problem.
    """
    source = prepare(text)
    statements = [statement for statement in parse(source) if not _is_import(statement)]
    if not statements:
        raise source.refusal("There is no formula here.", Span(0, len(text)), "empty")
    names = Identifiers(declarations)
    chain = _Script(source, names).read(statements)
    return Program(chain, tuple(names.aliases))


def read_python(text: str, declarations: Declarations) -> Chain:
    """Return the formula of Python text; see `read_program`."""
    return read_program(text, declarations).chain


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


class _Helper(Struct, frozen=True):
    """A line before the answer that gives a name its meaning."""

    name: str
    line: ast.stmt
    meaning: Node


class _Script:
    """Reads the lines of one text; `helpers` are those before the answer, `used` the names that a later line needs."""

    def __init__(self, source: Source, names: Identifiers) -> None:
        self.source = source
        self.names = names
        self.helpers: dict[str, _Helper] = {}
        self.used: set[str] = set()

    def read(self, statements: list[ast.stmt]) -> Chain:
        *before, last = statements
        for statement in before:
            helper = self._helper(statement)
            self._check_used(helper.name)
            self.helpers.pop(helper.name, None)
            if not self.names.is_defined_as(helper.name, helper.meaning):  # else it says what is known already
                self.helpers[helper.name] = helper
                self.used.discard(helper.name)
        chain = self._answer(last)
        for name in self.helpers:
            self._check_used(name)
        return chain

    # Lines

    def _helper(self, statement: ast.stmt) -> _Helper:
        if isinstance(statement, ast.AugAssign):
            return self._changed(statement)
        if not isinstance(statement, ast.Assign):
            raise self._refuse_statement(statement, last=False)
        target = statement.targets[0]
        if len(statement.targets) == 1 and isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return self._entry_set(statement, target, target.value)
        if len(statement.targets) != 1 or not isinstance(target, ast.Name):
            raise self._refuse(statement, "A helper line gives one name its meaning: `name = formula`.")
        return _Helper(spelled_out(self.source.written(target)), statement, self._sides(statement.value)[-1])

    def _entry_set(self, statement: ast.Assign, target: ast.Subscript, name: ast.Name) -> _Helper:
        """Read `y[o] = 1`: what was there before is taken away."""
        span = self.source.span(statement)
        before, entry = self._expression(name), self._expression(target)
        if not isinstance(entry, tree.Indexed) or len(entry.indices) != 1:
            raise self._refuse(statement, "Only one entry of a vector may be set here: `y[o] = 1`.")
        value, place = self._expression(statement.value), tree.Basis(entry.indices[0], span=span)
        if isinstance(before, tree.Product) and before.factors[0] == number(0):  # `np.zeros(V)`
            meaning: Node = place if value == number(1) else tree.Product((value, place), ("py*",), span=span)
        else:
            change = total((value, tree.Negate(entry, span=span)), span)
            meaning = total((before, tree.Product((change, place), ("py*",), span=span)), span)
        return _Helper(spelled_out(self.source.written(name)), statement, meaning)

    def _changed(self, statement: ast.AugAssign) -> _Helper:
        """Read `grad += ...`, and `delta[o] -= 1`, which changes one entry."""
        target = statement.target
        if isinstance(target, ast.Name):
            whole = ast.BinOp(ast.Name(target.id, ast.Load()), statement.op, statement.value)
            ast.copy_location(whole.left, target)
            ast.copy_location(whole, statement)
            name = spelled_out(self.source.written(target))
            return _Helper(name, statement, self._expression(whole))
        if not (isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)):
            raise self._refuse(statement, "Only a name, or one entry of it, may be changed here.")
        if not isinstance(statement.op, (ast.Add, ast.Sub)):
            raise self._refuse(statement, "An entry may be added to or subtracted from here: `delta[o] -= 1`.")
        before, index, change = (self._expression(part) for part in (target.value, target.slice, statement.value))
        span = self.source.span(statement)
        entry: Node = tree.Basis(index, span=span)
        if change != number(1):
            entry = tree.Product((change, entry), ("py*",), span=span)
        if isinstance(statement.op, ast.Sub):
            entry = tree.Negate(entry, span=span)
        return _Helper(spelled_out(self.source.written(target.value)), statement, total((before, entry), span))

    def _answer(self, last: ast.stmt) -> Chain:
        span = self.source.span(last)
        heads: tuple[Node, ...] = ()
        if isinstance(last, ast.AugAssign):
            return Chain((self._changed(last).meaning,), span=span)
        if isinstance(last, ast.Expr) or (isinstance(last, ast.Return) and last.value is not None):
            value = last.value
        elif isinstance(last, ast.Assign):
            heads, value = tuple(self._head(target) for target in last.targets), last.value
        elif isinstance(last, ast.AnnAssign) and last.value is None:
            heads, value = (self._head(last.target),), last.annotation  # `dJ_dv: A @ (b - c)` is a label
        else:
            raise self._refuse_statement(last, last=True)
        assert value is not None
        sides = (*heads, *self._sides(value))
        return Chain(sides, ("=",) * (len(sides) - 1), span=span)

    def _head(self, target: ast.expr) -> Node:
        if not isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            raise self._refuse(target, "Give one formula: only one name may stand to the left of `=`.")
        return Head(self.source.written(target), span=self.source.span(target))

    def _sides(self, value: ast.expr) -> list[Node]:
        """Read `a == b == c` as the sides of a chain; only the last has to be a formula of the problem."""
        if not isinstance(value, ast.Compare) or not all(isinstance(sign, ast.Eq) for sign in value.ops):
            return [self._expression(value)]
        sides: list[Node] = []
        for side in (value.left, *value.comparators[:-1]):
            try:
                sides.append(self._expression(side))
            except Unreadable as refusal:
                if refusal.reason == "limit":
                    raise
                sides.append(Head(self.source.typed(side), span=self.source.span(side)))
        return [*sides, self._expression(value.comparators[-1])]

    def _expression(self, node: ast.expr) -> Node:
        local = {name: helper.meaning for name, helper in self.helpers.items()}
        found = Expressions(self.source, self.names, local, self.used).read(node)
        if sum(1 for _ in zip(tree.walk(found), range(MAX_TREE + 1), strict=False)) > MAX_TREE:
            raise self._refuse(node, "With its helper lines put in place this formula is far too long.", "limit")
        return found

    # Refusing

    def _check_used(self, name: str) -> None:
        if name in self.helpers and name not in self.used:
            sentence = f"The answer below does not use `{name}`. Give one answer; keep only the lines that it needs."
            raise self._refuse(self.helpers[name].line, sentence)

    def _refuse_statement(self, statement: ast.stmt, last: bool) -> Unreadable:
        if isinstance(statement, (ast.For, ast.While)):
            sentence = "A loop is not a formula. Write the sum as `sum(... for k in range(K))`."
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            sentence = "Give the formula itself, without `def`."
        elif isinstance(statement, ast.If):
            sentence = "Write cases in one line: `a if condition else b`."
        elif isinstance(statement, ast.Expr) and not last:
            sentence = "This line is not part of the answer below. Give one formula, or name this line and use it."
        else:
            sentence = "This is not a formula."
        return self._refuse(statement, sentence)

    def _refuse(self, node: ast.expr | ast.stmt, sentence: str, reason: str = "syntax") -> Unreadable:
        return self.source.refusal(sentence, self.source.span(node), reason)
