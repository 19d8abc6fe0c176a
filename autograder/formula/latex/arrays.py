r"""Arrays written out, and cases: `\begin{bmatrix}`, `[a, \dots, b]`, `\begin{cases}`, `\{ \begin{array}`."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.formula.latex.applying import Applying
from autograder.formula.latex.bounds import has_comparison
from autograder.formula.latex.tokens import CLOSING, OPENING, Token, at_top_level, closing_position, split_top_level
from autograder.formula.tree import Branch, Cases, Dots, Matrix, Node, Row, Span

BRACKETED = ("matrix", "bmatrix", "pmatrix", "Bmatrix", "smallmatrix")
"""Environments that hold a matrix and never cases, so that a comma in them stands between entries."""


class Arrays(Applying):
    """Matrices and cases."""

    def environment(self) -> Node:
        token = self.peek()
        inner = self.group()
        span = token.span.joined(self.tokens[self.at - 1].span)
        kind = token.role
        if kind.rstrip("*") in ("cases", "dcases", "rcases"):
            return self._cases(inner, span)
        rows = [row for row in split_top_level(inner, "newline") if row]
        if kind in BRACKETED and not any(token.is_op("&") for _, token in at_top_level(inner)) and any(
                len(split_top_level(row, ",")) > 1 for row in rows):
            return self.written_out(inner, (",",), span)
        if len(rows) == 1 and len(split_top_level(rows[0], "&")) == 1:
            return self.all_of(rows[0], span)
        conditional = any(has_comparison(row) or any(token.kind == "prose" for token in row) for row in rows)
        if kind in ("array", "subarray") and conditional:
            return self._cases(inner, span)
        return self.written_out(inner, ("&",), span)

    def braced_cases(self) -> Node:
        r"""Read `\{ \begin{array} ... \end{array}`, whose closing brace is often not shown."""
        opened = self.peek()
        inner = self.group()
        if len(inner) > 1 and closing_position(inner, 0) == len(inner) - 1:
            return self._cases(inner[1:-1], opened.span.joined(self.tokens[self.at - 1].span))
        return self.all_of(inner, opened.span)

    def in_parentheses(self, inner: Sequence[Token], where: Span) -> Node:
        r"""Read what parentheses held; before a transpose or a factor, a list is a row: `(y_1, \dots)^\top`."""
        following = self.peek()
        is_part = following.is_op("^", "'", "(", "[", "cdot", "times") or following.kind == "name"
        is_list = is_part and any(len(piece) == 1 and piece[0].is_op("cdots") for piece in split_top_level(inner, ","))
        return self.written_out(inner, (",",), where) if is_list else self.all_of(inner, where)

    def written_out(self, tokens: Sequence[Token], separators: tuple[str, ...], where: Span) -> Node:
        rows = []
        for line in split_top_level(tokens, "newline", ";"):
            if all(token.is_op("|", "&") for token in line):
                continue  # strokes above and below the columns of an array
            cells: list[Node] = []
            for piece in map(_without_comma, split_top_level(line, *separators)):
                if not piece:
                    continue
                if len(piece) == 1 and piece[0].is_op("cdots"):
                    cells.append(Dots(span=piece[0].span))
                else:
                    cells += self._cell(piece, where)
            if cells:
                rows.append(Row(tuple(cells), span=cells[0].span.joined(cells[-1].span)))
        return Matrix(tuple(rows), span=where)

    def _cell(self, piece: Sequence[Token], where: Span) -> list[Node]:
        """Read a cell; dots beside it without a separator are a cell of their own."""
        parts = split_top_level(piece, "cdots")
        cells: list[Node] = []
        for number, part in enumerate(parts):
            if number:
                cells.append(Dots(span=where))
            if part:
                cells.append(self.all_of(part, where))
        return cells

    def _cases(self, tokens: Sequence[Token], where: Span) -> Node:
        lines = [line for line in split_top_level(tokens, "newline") if line and not _is_left_open(line)]
        branches = [self.branch(line, where) for line in lines]
        if not branches:
            raise self.refusal("There is no case here.", where)
        return Cases(tuple(branches), span=where)

    def branch(self, tokens: Sequence[Token], where: Span) -> Branch:
        """Read one case, its value and its condition in either order."""
        value, condition, otherwise = _taken_apart(tokens)
        if not value:
            raise self.refusal("A value is missing in this case.", where)
        sides = split_top_level(value, "=")
        node = self.all_of(sides[-1], value[0].span)
        if not condition:
            if not otherwise:
                raise self.refusal("Say when this case holds.", node.span)
            return Branch(node, None, span=node.span)
        test = self.one_condition(condition, condition[0].span)
        return Branch(node, test, span=node.span.joined(test.span))


def _without_comma(cell: list[Token]) -> list[Token]:
    """Drop the comma that ends a cell: `a, & b, & c`."""
    return cell[:-1] if cell and cell[-1].is_op(",") else cell


def _taken_apart(tokens: Sequence[Token]) -> tuple[list[Token], list[Token], bool]:
    """Return the value and the condition of a case, and whether it says *otherwise*."""
    otherwise = any(token.role == "else" for token in tokens)
    pieces: list[list[Token]] = [[]]
    words = False
    for piece in split_top_level(tokens, "&", "quad", ",", ";", "to", ":", "Rightarrow"):
        pieces.append([])
        depth = 0
        for token in piece:
            depth += token.kind == "op" and (token.text in OPENING) - (token.text in CLOSING)
            if depth:
                pieces[-1].append(token)
            elif token.kind == "prose" or token.is_op("forall"):
                words = True
                pieces.append([])
            elif not token.is_op(".", "&"):
                pieces[-1].append(token)
    pieces = [_without_brackets(piece) for piece in pieces if piece]
    if len(pieces) == 1 and not words:
        return list(pieces[0]), [], otherwise
    conditions = [piece for piece in pieces if has_comparison(piece)]
    values = [piece for piece in pieces if not has_comparison(piece)]
    if not values and len(conditions) > 1:
        # `f' = 1 & x > 0`: the value is itself an equation.
        values = [next((p for p in conditions if len(split_top_level(p, "=")) > 1), conditions[0])]
        conditions = [piece for piece in conditions if piece is not values[0]]
    value = values[0] if values else []
    joined: list[Token] = []
    for piece in conditions:
        joined += [*([Token("op", ",", piece[0].span)] if joined else []), *piece]
    return value, joined, otherwise


def _without_brackets(piece: list[Token]) -> list[Token]:
    """Return `x > 0` for `(x > 0)`."""
    if piece[0].is_op("(") and closing_position(piece, 0) == len(piece) - 1 and has_comparison(piece[1:-1]):
        return piece[1:-1]
    return piece


def _is_left_open(tokens: Sequence[Token]) -> bool:
    r"""Whether a case says in words that there is no value at a point: `\text{undefined} & x = 0`."""
    pieces = [piece for piece in split_top_level(tokens, "&", ",") if piece]
    at_a_point = len(pieces) == 2 and len(split_top_level(pieces[1], "=")) == 2
    return at_a_point and len(pieces[0]) == 1 and pieces[0][0].role in ("other", "remark")
