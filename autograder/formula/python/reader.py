"""The reader for Python: `ast.parse`, then an allow-list of what a formula may hold. Nothing is ever run.

A text may hold helper lines, each `name = ...`, before the line that is the answer. Every line has to matter: one
that the answer does not use is refused rather than left unread.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from msgspec import Struct

from autograder.formula import tree
from autograder.formula.declarations import Alias, Declarations
from autograder.formula.python.blocks import cases_of, names_given, read_added
from autograder.formula.python.calls import number, total
from autograder.formula.python.changes import read_change
from autograder.formula.python.expressions import Expressions
from autograder.formula.python.functions import Own, argument_asked, read_own, says_nothing_new
from autograder.formula.python.identifiers import Identifiers, spelled_out
from autograder.formula.python.loops import bind_loop
from autograder.formula.python.source import Source, parse, prepare
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Chain, Head, Node, Span

_PYTHON_ONLY = re.compile(
    r"@|\*\*|\.T\b|ᵀ\s*@|\b(?:np|numpy|torch|math|jnp)\s*\.|[\w)\]]\s*\[[^\]]*\]|\bfor\b.+\bin\b|\blambda\b\s*\w[^:]*:|\breturn\b|\bif\b.+\belse\b"
    r"|\b(?:float|int|bool|dot|matmul|outer|multiply|sum|reshape|squeeze|transpose|einsum|where|maximum)\s*\(|==|^\s*\w+\s*=[^=].*\n",
    re.DOTALL,
)
_NOT_PYTHON = re.compile(r"[\\$]|\{(?!\})|(?<!\{)\}")


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
    written = [statement for statement in parse(source) if not _says_nothing(statement)]
    written = [line for line in written if not _is_text(line)] or written
    if not written:
        raise source.refusal("There is no formula here.", Span(0, len(text)), "empty")
    names = Identifiers(declarations)
    try:
        chain = _Script(source, names).read(written)
    except Unreadable as refusal:
        if any(isinstance(statement, _BLOCKS) for statement in written):
            refusal.reason = "program"  # no mathematics looks like this, whatever could be made of its pieces
        raise
    return Program(chain, tuple(names.aliases))


def read_python(text: str, declarations: Declarations) -> Chain:
    """Return the formula of Python text; see `read_program`."""
    return read_program(text, declarations).chain


_BLOCKS = (ast.For, ast.While, ast.If, ast.FunctionDef)


def _is_text(line: ast.stmt) -> bool:
    """Say whether a line only describes a function."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _appended(value: ast.expr) -> ast.Call | None:
    """Return the call in `grads.append(...)`."""
    is_call = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "append"
    return value if is_call and isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords else None


def _written_out(listed: ast.ListComp) -> ast.For:
    """Write `[f(k) for k in range(K)]` as the loop that appends each element."""
    made = listed.generators[0]
    call = ast.Call(ast.Attribute(ast.Name("found", ast.Load()), "append", ast.Load()), [listed.elt], [])
    add = ast.Expr(call)
    rest = [ast.Pass()] if made.ifs or listed.generators[1:] else []
    for node in (add, call, *ast.walk(call.func), *rest):
        ast.copy_location(node, listed)
    return ast.copy_location(ast.For(made.target, made.iter, [add, *rest], []), listed)


def _printed(value: ast.expr) -> ast.expr:
    """Return what `print(grad)` shows."""
    is_print = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"
    return value.args[0] if is_print and isinstance(value, ast.Call) and len(value.args) == 1 else value


def _says_nothing(statement: ast.stmt) -> bool:
    """Say whether a line gives nothing a meaning: an import, a check of a shape, a list that is still empty."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    is_empty = (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)
    return is_empty or isinstance(statement, (ast.Import, ast.ImportFrom, ast.Assert, ast.Pass))


class _Helper(Struct, frozen=True):
    """A line before the answer that gives a name its meaning."""

    name: str
    line: ast.stmt
    meaning: Node


class _Script:
    """Reads the lines of one text.

    `helpers` are those before the answer, `used` the names that a later line needs, `left` those that a loop gave last,
    `functions` are the student's own, and `defined` where; `given` is what the argument of one stands for.
    """

    def __init__(self, source: Source, names: Identifiers) -> None:
        self.source = source
        self.names = names
        self.helpers: dict[str, _Helper] = {}
        self.used: set[str] = set()
        self.left: set[str] = set()
        self.functions: dict[str, Own] = {}
        self.defined: dict[str, ast.stmt] = {}
        self.given: dict[str, Node] = {}

    def read(self, statements: list[ast.stmt]) -> Chain:
        """Read all lines; a function that comes last is read as what it returns."""
        if isinstance(function := statements[-1], ast.FunctionDef):
            self.given = argument_asked(self.names, self.source, function)
            body = [line for line in function.body if not _is_text(line) and not _says_nothing(line)] or function.body
            statements = [*statements[:-1], *body]
        for position, statement in enumerate(statements[:-1]):
            if isinstance(statement, ast.If) and isinstance(statement.body[0], ast.Return):
                return self._checked(self._cases(statement, statements[position + 1 :]))
            self._line(statement)
        last = statements[-1]
        return self._checked(self._cases(last, ()) if isinstance(last, ast.If) else self._answer(last))

    def _checked(self, chain: Chain) -> Chain:
        for name in (*self.helpers, *self.functions):
            self._check_used(name)
        return chain

    # Lines

    def _line(self, statement: ast.stmt) -> None:
        """Read a line before the answer, and keep what it gives a meaning to."""
        if self._defines_function(statement):
            return
        if isinstance(statement, ast.For):
            self._add_up(statement)
            return
        helper = self._helper(statement)
        self._check_used(helper.name)
        self.helpers.pop(helper.name, None)
        self.left.discard(helper.name)
        if not self.names.is_defined_as(helper.name, helper.meaning):  # else it says what is known already
            self.helpers[helper.name] = helper
            self.used.discard(helper.name)

    def _defines_function(self, line: ast.stmt) -> bool:
        """Keep a function of the student's own, `def s(z): return ...` or `s = lambda z: ...`."""
        target = line.targets[0] if isinstance(line, ast.Assign) else None
        if isinstance(line, ast.FunctionDef):
            body = [inner for inner in line.body if not _is_text(inner)]
            value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
            name, arguments = line.name, line.args
        elif isinstance(line, ast.Assign) and isinstance(line.value, ast.Lambda) and isinstance(target, ast.Name):
            name, arguments, value = target.id, line.value.args, line.value.body
            self.given = argument_asked(self.names, self.source, line.value)
        else:
            return False
        own = read_own(self._expressions(), arguments, value) if value is not None else None
        if own is None:
            return False
        if not says_nothing_new(self._expressions(), name, own):
            self.functions[spelled_out(name)] = own
            self.defined[spelled_out(name)] = line
            self.used.discard(spelled_out(name))
        return True

    def _add_up(self, loop: ast.For) -> str:
        """Read a loop; return the name that it adds to first."""
        self._check_left(loop)
        added = read_added(self._expressions(), loop, self._refuse)
        for one in added:
            meaning = total((self.helpers[one.name].meaning, one.gain), self.source.span(loop))
            self.helpers[one.name] = _Helper(one.name, loop, meaning)
            self.used.discard(one.name)
        self.left |= set(names_given(loop))
        return added[0].name

    def _cases(self, statement: ast.If, behind: Sequence[ast.stmt]) -> Chain:
        """Read an `if` that is the answer: each case returns a value, or gives it to the same name."""
        name, node = self._told_apart(statement, behind)
        sides: tuple[Node, ...] = (Head(name), node) if name else (node,)
        return Chain(sides, ("=",) * (len(sides) - 1), span=self.source.span(statement))

    def _told_apart(self, statement: ast.If, behind: Sequence[ast.stmt]) -> tuple[str, Node]:
        cases = cases_of(statement, behind) or []
        named = [case.line.targets[0] for case in cases if isinstance(case.line, ast.Assign)]
        names = {spelled_out(target.id) if isinstance(target, ast.Name) else "" for target in named}
        are_alike = not named or (len(named) == len(cases) and len(names) == 1)
        if not cases or not are_alike or "" in names:
            raise self._refuse_statement(statement, last=True)
        name = names.pop() if names else ""
        branches: list[tree.Branch] = []
        for case in cases:
            if not isinstance(case.line, (ast.Assign, ast.Return, ast.Expr)) or case.line.value is None:
                raise self._refuse_statement(case.line, last=True)
            condition = self._expressions().read_condition(case.test) if case.test is not None else None
            branches.append(tree.Branch(self._expression(case.line.value), condition))
        before = self.helpers.get(name)
        if cases[-1].test is not None and before is not None:
            branches.append(tree.Branch(before.meaning, None))
            self.used.add(name)
        if len(branches) < 2:
            sentence = "This says what holds in one case; say also what holds elsewhere, with `else`."
            raise self._refuse(statement, sentence)
        return name, tree.Cases(tuple(branches), span=self.source.span(statement))

    def _helper(self, statement: ast.stmt) -> _Helper:
        if isinstance(statement, ast.AugAssign):
            return self._changed(statement)
        if isinstance(statement, ast.If):
            name, meaning = self._told_apart(statement, ())
            return _Helper(name, statement, meaning)
        if not isinstance(statement, ast.Assign):
            raise self._refuse_statement(statement, last=False)
        target = statement.targets[0]
        if len(statement.targets) == 1 and isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            return self._entries(statement, target, target.value, None)
        if len(statement.targets) != 1 or not isinstance(target, ast.Name):
            raise self._refuse(statement, "A helper line gives one name its meaning: `name = formula`.")
        return _Helper(spelled_out(self.source.written(target)), statement, self._sides(statement.value)[-1])

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
        return self._entries(statement, target, target.value, statement.op)

    def _entries(
        self, statement: ast.Assign | ast.AugAssign, target: ast.Subscript, name: ast.Name, sign: ast.operator | None
    ) -> _Helper:
        """Read `y[o] = 1`, `delta[o] -= 1` and `dx[x > 0] = 1`, which change some entries."""
        self._check_left(statement)
        meaning = read_change(self._expressions(), target, sign, statement.value)
        return _Helper(spelled_out(self.source.written(name)), statement, meaning)

    def _answer(self, last: ast.stmt) -> Chain:
        span = self.source.span(last)
        heads: tuple[Node, ...] = ()
        if isinstance(last, ast.AugAssign):
            return Chain((self._changed(last).meaning,), span=span)
        if isinstance(last, ast.For) and (each := self._for_each(last)) is not None:
            return each
        if isinstance(last, ast.For):
            name = self._add_up(last)
            self.used.add(name)
            return Chain((self.helpers[name].meaning,), span=span)
        if isinstance(last, ast.Expr) or (isinstance(last, ast.Return) and last.value is not None):
            value = _printed(last.value) if last.value is not None else None
        elif isinstance(last, ast.Assign) and self._changes_entries(last):
            return Chain((self._helper(last).meaning,), span=span)
        elif isinstance(last, ast.Assign):
            heads, value = tuple(self._head(target) for target in last.targets), last.value
        elif isinstance(last, ast.AnnAssign) and last.value is None:
            heads, value = (self._head(last.target),), last.annotation  # `dJ_dv: A @ (b - c)` is a label
        else:
            raise self._refuse_statement(last, last=True)
        assert value is not None
        if isinstance(value, ast.ListComp) and (each := self._for_each(_written_out(value))) is not None:
            return each
        sides = (*heads, *self._sides(value))
        return Chain(sides, ("=",) * (len(sides) - 1), span=span)

    def _for_each(self, loop: ast.For) -> Chain | None:
        """Read `for k in range(K): grad_u[k] = ...` as the answer for every k; None for any other loop."""
        line, is_alone = loop.body[0], len(loop.body) == 1 and not loop.orelse
        if not is_alone or not isinstance(loop.target, ast.Name):
            return None
        if isinstance(line, ast.Assign) and isinstance(target := line.targets[0], ast.Subscript):
            items = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
            picked = [item.id for item in items if isinstance(item, ast.Name)]
            head, value = self._head(target), line.value
        elif isinstance(line, ast.Expr) and (appended := _appended(line.value)) is not None:
            picked, head, value = [loop.target.id], self._head(appended.func), appended.args[0]
        else:
            return None
        if isinstance(line, ast.Assign) and self._changes_entries(line):
            return None
        index = self.names.declarations.index(spelled_out(loop.target.id))
        binder = bind_loop(self._expressions(), loop).binder
        over = self.names.declarations.index_set(index.over) if index is not None else None
        is_whole = over is not None and (binder.within == over.name or (
            binder.first == number(1) and binder.last == tree.Name(over.last)))
        if index is None or index.role == "fixed" or picked != [loop.target.id] or not is_whole:
            return None
        return Chain((head, self._expression(value)), ("=",), span=self.source.span(loop))

    def _changes_entries(self, line: ast.Assign) -> bool:
        """Say whether `dx[x > 0] = 1` changes an array from before; else its left side only names the answer."""
        target = line.targets[0]
        return isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and (
            spelled_out(target.value.id) in self.helpers)

    def _head(self, target: ast.expr) -> Node:
        if not isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            raise self._refuse(target, "Give one formula: only one name may stand to the left of `=`.")
        return Head(self.source.written(target), span=self.source.span(target))

    def _sides(self, value: ast.expr) -> list[Node]:
        """Read `a == b == c` as the sides of a chain; only the last has to be a formula of the problem."""
        if isinstance(value, ast.Lambda):
            self.given = argument_asked(self.names, self.source, value)
            value = value.body  # what it returns is the answer, as it is of a `def`
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
        self._check_left(node)
        return self._expressions().read_line(node)

    def _expressions(self) -> Expressions:
        local = self.given | {name: helper.meaning for name, helper in self.helpers.items()}
        return Expressions(self.source, self.names, local, self.used, self.functions)

    # Refusing

    def _check_used(self, name: str) -> None:
        line = self.helpers[name].line if name in self.helpers else self.defined.get(name)
        if line is not None and name not in self.used:
            sentence = f"The answer below does not use `{name}`. Give one answer; keep only the lines that it needs."
            raise self._refuse(line, sentence)

    def _check_left(self, node: ast.AST) -> None:
        """Refuse what a loop above left behind: it is that of its last turn."""
        found = [name for name in ast.walk(node) if isinstance(name, ast.Name)]
        given = {name.id for name in found if isinstance(name.ctx, ast.Store)}
        for name in found:
            if spelled_out(name.id) in self.left and name.id not in given:
                sentence = f"`{name.id}` is that of the last turn of the loop above; use it in the loop only."
                raise self._refuse(name, sentence)

    def _refuse_statement(self, statement: ast.stmt, last: bool) -> Unreadable:
        if isinstance(statement, (ast.For, ast.While)):
            sentence = "This loop is not read. Write the sum as `sum(... for k in range(K))`."
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
