"""Blocks of lines in Python text: `for` loops that add up, and `if` that tells cases apart. Nothing is ever run.

A loop is a sum where each turn only adds to names from before it: `grad += ...`. What a turn names for itself is put in
place; a line that makes one turn depend on the turn before is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.python.calls import number, total
from autograder.formula.python.changes import is_zeros, placed_change, with_sign
from autograder.formula.python.expressions import Expressions
from autograder.formula.python.identifiers import spelled_out
from autograder.formula.python.loops import bind_loop, check_counting, listed_values, lists_within, with_words
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node

NOT_ADDED = "A loop is read as a sum: each turn may only add to a name from before it, as `grad += ...`."
NO_START = "This name has no value before the loop. Give it one, as `grad = 0`, or write the sum as `sum(...)`."
USED_MEANWHILE = "A turn of this loop uses what the turns before it left in `{}`; a sum cannot say that."
NOT_USED = "This loop does not use `{}`. Keep only the lines that the answer needs."

Refuse = Callable[[ast.stmt | ast.expr, str], Unreadable]


class Added(Struct, frozen=True):
    """What a line of a loop adds to a name from before the loop, in the turns for which the conditions hold."""

    name: str
    line: ast.stmt
    gain: Node
    conditions: tuple[Node, ...] = ()


def read_added(reader: Expressions, loop: ast.For, refuse: Refuse) -> list[Added]:
    """Return what a loop adds to names from before it, one entry for each line that adds.

    Raises Unreadable for a loop that does anything else.
    """
    if loop.orelse:
        raise refuse(loop.orelse[0], "A loop with `else` is not read here.")
    values = listed_values(loop)
    if values is not None and lists_within(loop.body):
        raise refuse(loop, "A list of numbers within another is not read here; write the sum out.")
    if values is not None:
        return [one for value in values for one in _read_turn(reader, loop, value, refuse)]
    bound = bind_loop(reader, loop)
    turn = _Turn(reader.knowing(bound.meanings), frozenset(_changed(loop)), refuse, bound.binder.index)
    turn.read(loop.body, ())
    turn.check_used()
    if not turn.added:
        raise refuse(loop, NOT_ADDED)
    found = []
    for one in turn.added:
        check_counting(reader, bound, (one.gain, *one.conditions), loop.target)
        gain = with_words(reader, bound, one.gain)
        whole = tree.Big("sum", (bound.binder,), one.conditions, gain, span=reader.source.span(loop))
        found.append(Added(one.name, one.line, whole))
    return found


def _read_turn(reader: Expressions, loop: ast.For, value: ast.expr, refuse: Refuse) -> list[Added]:
    """Return what the turn of a loop over `[7, 8, 11]` adds for one of its values."""
    name = spelled_out(loop.target.id) if isinstance(loop.target, ast.Name) else ""
    turn = _Turn(reader.knowing({name: reader.read(value)}), frozenset(_changed(loop)), refuse, None)
    turn.read(loop.body, ())
    turn.check_used()
    if not turn.added or any(one.conditions for one in turn.added):
        raise refuse(loop, NOT_ADDED)
    return turn.added


def names_given(loop: ast.For) -> Iterator[str]:
    """Yield the names that a loop leaves behind as of its last turn: its variables, and what its turns name."""
    added = set(_changed(loop))
    for node in ast.walk(loop):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and spelled_out(node.id) not in added:
            yield spelled_out(node.id)


def _changed(loop: ast.For) -> Iterator[str]:
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield spelled_out(node.target.id)
        elif isinstance(node, (ast.AugAssign, ast.Assign)) and (array := _array_changed(node)) is not None:
            yield spelled_out(array.id)
        elif isinstance(node, ast.Assign) and (name := _own_term(node)) is not None:
            yield name


def _array_changed(line: ast.AugAssign | ast.Assign) -> ast.Name | None:
    """Return the array in `grad[:, w] = ...` and `grad[w] += ...`."""
    target = line.target if isinstance(line, ast.AugAssign) else line.targets[0]
    return target.value if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) else None


def _own_term(line: ast.Assign) -> str | None:
    """Return the name in `grad = grad + ...`; None where a line does not begin with what it changes."""
    target, value = line.targets[0], line.value
    while isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        value = value.left
    is_same = isinstance(target, ast.Name) and isinstance(value, ast.Name) and value.id == target.id
    return spelled_out(value.id) if is_same and value is not line.value and isinstance(value, ast.Name) else None


class _Turn:
    """One turn of a loop: `named` are the names that it has given a meaning, `added` what it adds to others."""

    def __init__(self, reader: Expressions, changed: frozenset[str], refuse: Refuse, index: str | None) -> None:
        self.reader = reader
        self.changed = changed
        self.refuse = refuse
        self.index = index
        self.named: dict[str, ast.stmt] = {}
        self.added: list[Added] = []

    def read(self, body: Sequence[ast.stmt], conditions: tuple[Node, ...], is_case: bool = False) -> None:
        """Read lines; where they stand in one case of an `if`, what they name is not known behind it."""
        for line in body:
            if isinstance(line, ast.If):
                conditions = self._read_if(line, conditions)
            elif isinstance(line, ast.For):
                for one in read_added(self.reader, line, self.refuse):
                    self._add(replace(one, conditions=conditions))
            elif isinstance(line, (ast.AugAssign, ast.Assign)) and _array_changed(line) is not None:
                self._read_entries(line, conditions)
            elif isinstance(line, ast.AugAssign) and isinstance(line.op, (ast.Add, ast.Sub)):
                self._read_change(line, line.op, line.value, conditions)
            elif isinstance(line, ast.Assign) and len(line.targets) == 1:
                self._read_line(line, conditions, is_case)
            else:
                raise self.refuse(line, NOT_ADDED)

    def check_used(self) -> None:
        for name, line in self.named.items():
            if name not in self.reader.used:
                raise self.refuse(line, NOT_USED.format(name))

    def _read_if(self, line: ast.If, conditions: tuple[Node, ...]) -> tuple[Node, ...]:
        """Read what is added under a condition; return what holds behind it, where it leaves turns out."""
        if [type(inner) for inner in line.body] == [ast.Continue] and not line.orelse:
            return (*conditions, self.reader.read_opposite(line.test))
        self.read(line.body, (*conditions, self.reader.read_condition(line.test)), is_case=True)
        if line.orelse:
            self.read(line.orelse, (*conditions, self.reader.read_opposite(line.test)), is_case=True)
        return conditions

    def _read_line(self, line: ast.Assign, conditions: tuple[Node, ...], is_case: bool) -> None:
        name = line.targets[0]
        if not isinstance(name, ast.Name):
            raise self.refuse(line, NOT_ADDED)
        own = _own_term(line)
        if own is not None and own not in self.named:
            start = self.reader.knowing({own: number(0)})
            self._check_independent(line.value, own)
            whole = start.read_line(line.value)
            assert isinstance(whole, tree.Sum)
            gain = total(whole.terms[1:], whole.span) if len(whole.terms) > 2 else whole.terms[1]
            self._add(Added(own, line, gain, conditions))
            return
        written = spelled_out(self.reader.source.written(name))
        if (written in self.reader.local and written not in self.named) or is_case:
            raise self.refuse(line, NOT_ADDED)
        meaning = self._read_value(line.value)
        if written in self.named and written not in self.reader.used:
            raise self.refuse(self.named[written], NOT_USED.format(written))
        self.named[written] = line
        self.reader = self.reader.knowing({written: meaning})
        self.reader.used.discard(written)

    def _read_change(
        self, line: ast.AugAssign, sign: ast.operator, value: ast.expr, conditions: tuple[Node, ...]
    ) -> None:
        if not isinstance(line.target, ast.Name):
            raise self.refuse(line, NOT_ADDED)
        gain = self._read_value(value)
        gain = tree.Negate(gain, span=gain.span) if isinstance(sign, ast.Sub) else gain
        self._add(Added(spelled_out(line.target.id), line, gain, conditions))

    def _read_entries(self, line: ast.AugAssign | ast.Assign, conditions: tuple[Node, ...]) -> None:
        """Read what each turn adds to an array at a place, or sets at the place that the loop has come to."""
        target = line.target if isinstance(line, ast.AugAssign) else line.targets[0]
        array = _array_changed(line)
        assert array is not None
        assert isinstance(target, ast.Subscript)
        name = spelled_out(array.id)
        before = self.reader.local.get(name)
        if before is None or name in self.named:
            raise self.refuse(line, NO_START if before is None else NOT_ADDED)
        self._check_independent(line.value)
        gain = placed_change(self.reader, target, before, line.value)
        if isinstance(line, ast.AugAssign):
            gain = with_sign(self.reader, line.op, gain, target)
        elif not is_zeros(before) or not self._is_own_place(target):
            raise self.refuse(line, NOT_ADDED)
        self._add(Added(name, line, gain, conditions))

    def _is_own_place(self, target: ast.Subscript) -> bool:
        """Say whether every turn changes another place, so that none of them overwrites what was set before."""
        items = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        return any(isinstance(item, ast.Name) and spelled_out(item.id) == self.index for item in items)

    def _read_value(self, value: ast.expr) -> Node:
        self._check_independent(value)
        return self.reader.read_line(value)

    def _check_independent(self, value: ast.expr, own: str = "") -> None:
        """Refuse a value that holds what earlier turns have changed; `own` is the name that it adds to."""
        held = [node for node in ast.walk(value) if isinstance(node, ast.Name) and spelled_out(node.id) in self.changed]
        held = [node for node in held if spelled_out(node.id) not in self.named]
        if len(held) > (own != ""):
            raise self.refuse(held[-1], USED_MEANWHILE.format(held[-1].id))

    def _add(self, one: Added) -> None:
        if one.name in self.named:
            if one.conditions:
                raise self.refuse(one.line, NOT_ADDED)
            self.reader = self.reader.knowing({one.name: total((self.reader.local[one.name], one.gain), one.gain.span)})
        elif one.name in self.reader.local:
            self.added.append(one)
        else:
            raise self.refuse(one.line, NO_START)


class Case(Struct, frozen=True):
    """One line of `if ...: line`, with its condition; None for the last one, `else`."""

    test: ast.expr | None
    line: ast.stmt


def cases_of(statement: ast.If, behind: Sequence[ast.stmt]) -> list[Case] | None:
    """Return the cases that an `if` tells apart, a line each; `behind` is what follows where each of them returns.

    None where a case has several lines.
    """
    cases: list[Case] = []
    rest: Sequence[ast.stmt] = [statement]
    while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
        if len(branch.body) != 1:
            return None
        cases.append(Case(branch.test, branch.body[0]))
        rest = branch.orelse
    if not rest and all(isinstance(case.line, ast.Return) for case in cases):
        rest = behind
    if len(rest) > 1:
        return None
    return [*cases, *(Case(None, line) for line in rest)]
