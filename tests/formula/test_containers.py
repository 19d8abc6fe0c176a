"""A value that holds a formula is no formula; brackets that group still are."""

from __future__ import annotations

import pytest

from autograder.formula.declarations import Question, Reference
from autograder.formula.judging.judge import Verdict, judge
from autograder.formula.reading import read
from autograder.formula.refusals import Unreadable
from tests.formula.questions import SCALAR

NO_FORMULA = {
    "[x*(1-x)]": "a list", "[[x*(1-x)]]": "a list", "[[x(1-x)]]": "a list", " [x**2] ": "a list",
    "Matrix([[x*(1-x)]])": "`Matrix(...)`", "y = Matrix([[x*(1-x)]])": "`Matrix(...)`",
    "sympy.ImmutableMatrix([[x*(1-x)]])": "`ImmutableMatrix(...)`", "np.array([x*(1-x)])": "`array(...)`",
    "np.array([[x*(1-x)]])": "`array(...)`", "Tuple(x*(1-x))": "`Tuple(...)`", "list([x*(1-x)])": "`list(...)`",
    "Lambda(x, x*(1-x))": "`Lambda(...)`", "Eq(x*(1-x), x*(1-x))": "`Eq(...)`", "str(x*(1-x))": "`str(...)`",
    "lambda: x*(1-x)": "no argument",
    "'x*(1-x)'": "in quotes", '"x*(1-x)"': "in quotes", '"""x*(1-x)"""': "in quotes", "f'{x*(1-x)}'": "in quotes",
}  # fmt: skip
GROUPED = ("[x]*[1-x]", "x*[1-x]", "[x(1-x)]", r"\left[x(1-x)\right]", r"[x \cdot (1-x)]", "[x] [1-x]",
           r"\begin{bmatrix} x(1-x) \end{bmatrix}", "np.asarray(x*(1-x))", "(x*(1-x))", "{x*(1-x)}",
           "lambda x: x*(1-x)", "f = lambda x: x*(1-x)")


@pytest.mark.parametrize("text", NO_FORMULA)
def test_a_value_that_holds_a_formula_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text, SCALAR)
    assert NO_FORMULA[text] in caught.value.sentence
    assert caught.value.drawing().endswith("^")


@pytest.mark.parametrize("text", GROUPED)
def test_brackets_that_group_are_read(text: str) -> None:
    judged = judge(read(text, SCALAR), Question(SCALAR, (Reference("x (1 - x)"),)))
    assert judged.verdict is Verdict.CORRECT
