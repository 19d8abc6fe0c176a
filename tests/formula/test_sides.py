"""Derivations cut into sides: relation, text and line of each, whatever they are wrapped in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.formula.derivations.sides import cut

CHAIN = [("", "A", 1), ("=", "B", 1), ("=", "C", 2), ("=", "D", 3)]
SAME_CHAIN = {
    "bare lines": "A = B\n= C\n= D",
    "bare lines, indented": "  A = B\n    = C\n\n    = D",
    "relation at the end of a line": "A = B =\nC =\nD",
    "rows": r"A = B \\ = C \\ = D",
    "rows with distances": "A = B \\\\[4pt] = C \\\\*\n = D",
    "aligned": r"\begin{aligned} A &= B \\ &= C \\ &= D \end{aligned}",
    "aligned in a display": "$$\n\\begin{aligned}\nA &= B \\\\\n  &= C \\\\\n  &= D\n\\end{aligned}\n$$",
    "align*": "\\begin{align*}\nA &= B \\\\\n&= C \\\\\n&= D \\nonumber\n\\end{align*}",
    "alignat": r"\begin{alignat}{2} A &= B \\ &= C \\ &= D \end{alignat}",
    "an array for the columns": r"\[ \begin{array}{rcl} A &=& B \\ &=& C \\ &=& D \end{array} \]",
    "eqnarray": r"\begin{eqnarray} A &=& B \\ &=& C \\ &=& D \end{eqnarray}",
    "displays in a row": "$$ A = B $$\n$$ = C $$\nand then\n$$ = D $$",
    "brackets as delimiters": "\\[ A = B \\]\n\\[ = C \\] \\( = D \\)",
    "a code fence": "```latex\nA = B\n= C\n= D\n```",
    "numbered": "(1) \\quad A = B\n(2) \\quad = C\n(3) \\quad = D",
    "numbers behind": "A = B \\quad (1)\n= C    (2)\n= D \\qquad [3]",
    "words that lead on": "So A = B\nthen = C\n\\text{Therefore} = D",
    "prose between": "A = B\nNow we use the chain rule here and there:\n= C\nwhich simplifies as we know to\n= D",
    "remarks behind": "A = B \\quad \\text{by the chain rule}\n= C \\quad\\text{since } x = 1\n= D \\text{, where } k = 2",
    "bare remarks": "A = B  where x = 1\n= C because 2 = 2\n= D",
    "spaces that show nothing": "A \\, = \\; B\n\\qquad = C \\ \n = \\quad D \\quad",
    "a box around it": r"\boxed{A = B \\ = C \\ = D}",
    "display lines": r"$$\displaylines{A = B \\ = C \\ = D}$$",
    "inline lines that end in a break": "$A = B\\\\$\n$= C\\\\$\n$= D$ Q.E.D.",
    "written otherwise": "A ≡ B\n\\triangleq C\n:= D",
}


@pytest.mark.parametrize("name", SAME_CHAIN)
def test_one_chain_is_cut_alike_however_it_is_laid_out(name: str) -> None:
    sides = [side for side in cut(SAME_CHAIN[name]) if not side.remark]
    assert [(side.relation, side.text, side.line) for side in sides] == CHAIN


@pytest.mark.parametrize(("text", "sides"), [
    (r"\sum_{k=1}^K a_k = P(O=w|C=c) = [w=o]", [r"\sum_{k=1}^K a_k", "P(O=w|C=c)", "[w=o]"]),
    ("Σ_k=1^K a_k = b", ["Σ_k=1^K a_k", "b"]),
    (r"f = \begin{cases} 1 & x = 0 \\ 0 & x \ne 0 \end{cases}", ["f", r"\begin{cases} 1 & x = 0 \\ 0 & x \ne 0 \end{cases}"]),
    (r"f = \left\{\begin{array}{ll} 1 & w = o \\ 2 \end{array}\right. = g",
     ["f", r"\left\{\begin{array}{ll} 1 & w = o \\ 2 \end{array}\right.", "g"]),
    (r"\sum_{\substack{a \\ j = 0}} x = y", [r"\sum_{\substack{a \\ j = 0}} x", "y"]),
    (r"A = \underbrace{b}_{= c} + d", ["A", r"\underbrace{b}_{= c} + d"]),
    ("A = b \\\\ \\quad + c \\\\ = d", ["A", r"b \quad + c", "d"]),
    ("A = b +\nc = d", ["A", "b + c", "d"]),
    ("A = b\n  - c = d", ["A", "b - c", "d"]),
    ("A = b\n-c = d", ["A", "b", "-c", "d"]),
    (r"(x)(1-x) = y", ["(x)(1-x)", "y"]),
    (r"A = b, \quad \sum_{w\in V} c_w = d", ["A", "b", r"\sum_{w\in V} c_w", "d"]),
    (r"A = b, \quad w = o", ["A", r"b, \quad w = o"]),
    (r"A = b \quad \text{if } w = o", ["A", r"b \quad \text{if } w = o"]),
    ("A = b for k = 1, ..., K", ["A", "b for k = 1, ..., K"]),
    (r"A = b \quad \forall k = 1..K \Rightarrow c = d", ["A", r"b \quad \forall k = 1..K", "c", "d"]),
    ("A = 1 if x = 0, 2 otherwise", ["A", "1 if x = 0, 2 otherwise"]),
    ("if w = o: A = b", ["A", "b"]),
    (r"\text{For } w \ne o, \quad A = b", ["A", "b"]),
])
def test_relations_inside_brackets_do_not_cut(text: str, sides: list[str]) -> None:
    found = [side.text for side in cut(text)]
    assert [" ".join(text.split()) for text in found] == [" ".join(text.split()) for text in sides]


@pytest.mark.parametrize(("text", "relations"), [
    ("A = B\nC = D", ["", "=", "", "="]),
    ("A = B\n\\Rightarrow C = D", ["", "=", "=>", "="]),
    ("A = B \\therefore C = D", ["", "=", "=>", "="]),
    (r"\because A = B \therefore C = D", ["=>", "="]),
    ("A = B, f(x) = g(x)", ["", "=", "", "="]),
    ("= A\n= B", ["=", "="]),
    (r"A = B \quad \text{so} \quad C = D", ["", "=", "=>", "="]),
    (r"\rightarrow A", ["=>"]),
])
def test_statements_and_conclusions(text: str, relations: list[str]) -> None:
    assert [side.relation for side in cut(text) if not side.remark] == relations


@pytest.mark.parametrize("text", [
    "A = B where z = u v\n= C", r"A = B \quad \text{where } z = u v \\ = C", "$$ A = B $$ where $z = u v$ and $$ = C $$",
    "A = B\nwhere z = u v\n= C",
])
def test_what_a_remark_says_is_kept_apart(text: str) -> None:
    sides = cut(text)
    assert [(side.relation, side.text) for side in sides if side.remark] == [("", "z"), ("=", "u v")]
    assert [(side.relation, side.text) for side in sides if not side.remark] == [("", "A"), ("=", "B"), ("=", "C")]


def test_math_that_is_only_spoken_of_is_left_out() -> None:
    text = "The vector $y$ is 1 at $o$ only, where $y_o = 1$. So the left side is: $A = B$\nUsing $s' = s$ we get $$ = C $$"
    assert [side.text for side in cut(text) if not side.remark] == ["A", "B", "C"]


def test_a_display_that_breaks_off_takes_no_other_with_it() -> None:
    text = "$$A = B \\\\ = \\log(\\hat{y$$\n\nand $$C = D$$"
    assert [side.text for side in cut(text)] == ["A", "B", "\\log(\\hat{y", "C", "D"]


@pytest.mark.parametrize("text", ["", "   \n", "$$ $$", "No formula at all in this sentence of prose.", "\\\\", "="])
def test_nothing_gives_no_side(text: str) -> None:
    assert cut(text) == ()


PIECES = ["A", "=", "\\\\", "\n", "$", "$$", "{", "}", "(", ")", "\\left(", "\\right.", "\\begin{aligned}", "\\end{aligned}",
          "\\begin{cases}", "\\end{cases}", "&", "\\text{so}", "where ", "\\sum_{k=1}", ",", "\\Rightarrow", "-", "\\", "\\[",
          "\\]", " ", "_", "^", "ŷ", "[4pt]", "(1)", "\\quad"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=80))
def test_any_text_is_cut_into_sides_in_order_that_stand_where_they_say(text: str) -> None:
    sides = cut(text)
    for side in sides:
        typed = text[side.span.start:side.span.end]
        assert len(typed) == len(side.text)
        assert all(shown in (" ", char) for shown, char in zip(side.text, typed, strict=True))
    assert all(a.span.end <= b.span.start and a.line <= b.line for a, b in pairwise(sides))
