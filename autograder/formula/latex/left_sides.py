r"""What the left side of a chain is: a loss, the derivative of one, one entry of it, a name of the student's own."""

from __future__ import annotations

import re

from autograder.formula.latex.lexicon import Lexicon
from autograder.formula.latex.own_names import is_step
from autograder.formula.tree import (
    Apply,
    Call,
    Cases,
    Chain,
    Compare,
    Derivative,
    Head,
    Indexed,
    Name,
    Node,
    Prime,
    number_of,
    walk,
)

_SLOPE = re.compile(
    r"\s*(?:\\[dt]?frac\s*\{\s*(?:\\partial|\\?d\b|\\mathrm\{d\}|\\delta)|\\partial|\\nabla|∂|∇|d[A-Za-z]\s*/\s*d)"
)
_ARROW = r"[\s$&]*(?:\\(?:Rightarrow|implies|Longrightarrow)|⇒|⟹|=>)[\s$&]*"


def is_given(node: Node, lexicon: Lexicon) -> bool:
    r"""Whether a left side is a loss, a function or a derived symbol, `\hat y`, and not the derivative of one."""
    if isinstance(node, Name):
        symbol = lexicon.declarations.symbol(node.name)
        return node.name in lexicon.losses or (symbol is not None and symbol.definition is not None)
    if isinstance(node, Call):
        return node.name in lexicon.losses
    return isinstance(node, Apply) and not node.primes


def restates_given(chain: Chain, lexicon: Lexicon) -> bool:
    r"""Whether a chain says of a one-hot vector of the problem what it is: `y_w = \{ 1 if w = o, 0 otherwise`."""
    left, last = chain.sides[0], chain.sides[-1]
    if len(chain.sides) != 2 or not isinstance(left, Indexed) or not isinstance(last, Cases):
        return False
    symbol = lexicon.declarations.symbol(left.base.name) if isinstance(left.base, Name) else None
    if symbol is None or symbol.definition is None or not symbol.definition.startswith("e_"):
        return False
    given = {(1, "="), (1, ""), (0, "!="), (0, "")}
    said = [(number_of(branch.value), branch.condition) for branch in last.branches]
    operators = {(value, test.operator if isinstance(test, Compare) else "") for value, test in said}
    compared = [{name.name for name in walk(test) if isinstance(name, Name)} for _, test in said if test is not None]
    meant = {name.name for name in walk(left) if isinstance(name, Name)} - {symbol.name} | {symbol.definition[2:]}
    return len(operators) == 2 and operators <= given and len({value for value, _ in said}) == 2 and all(
        names == meant for names in compared)


def names_slope(node: Node) -> bool:
    r"""Whether a left side is a slope by a name of the student's own: `\frac{\partial J}{\partial \theta}`."""
    return isinstance(node, Head) and _SLOPE.match(node.text) is not None


def is_slope(node: Node) -> bool:
    """Whether a left side is a derivative."""
    return isinstance(node, (Derivative, Prime)) or (isinstance(node, Apply) and node.primes > 0)


def holds_slope(node: Node) -> bool:
    r"""Whether a derivative is a part of a left side, which is to be solved for it: `\frac{f'(x)}{f(x)}`."""
    return not is_slope(node) and any(is_slope(part) for part in walk(node))


def is_entry(node: Node, lexicon: Lexicon) -> bool:
    r"""Whether a left side is an entry that nobody asked for: `(\nabla_{v_c} J)_i`, `\frac{dJ}{dU_{ij}}`."""
    if isinstance(node, Indexed) and isinstance(node.base, Derivative):
        indices = node.indices
    elif isinstance(node, Derivative) and isinstance(node.wrt, Indexed) and isinstance(node.wrt.base, Name):
        symbol = lexicon.declarations.symbol(node.wrt.base.name)
        indices = node.wrt.indices
        if symbol is None or len(symbol.shape) != len(indices):
            return False
    else:
        return False
    declared = [lexicon.declarations.index(index.name) for index in indices if isinstance(index, Name)]
    return len(declared) == len(indices) and all(index is None or index.role == "dummy" for index in declared)


def gives_gradient(chain: Chain, lexicon: Lexicon) -> bool:
    """Whether a chain gives a derivative in the problem's arrays, and no loss or function on the way to one."""
    left, last = chain.sides[0], chain.sides[-1]
    if isinstance(last, (Name, Indexed)) or (len(chain.sides) > 1 and not (is_slope(left) or names_slope(left))):
        return False
    names = [part.name for part in walk(last) if isinstance(part, Name)]
    declared = lexicon.declarations
    has_arrays = any(symbol.shape and symbol.name in names for symbol in declared.symbols) or any(
        family.shape and family.name in names for family in declared.families)
    leads_on = any(isinstance(part, Derivative) or (isinstance(part, Call) and part.name in lexicon.losses)
                   for part in walk(last))
    return has_arrays and not leads_on


def goes_on(before: Chain, chain: Chain, lexicon: Lexicon) -> bool:
    """Whether a formula gives a derivative anew that the one before gives too, or gives the loss of."""
    left, now = before.sides[0], chain.sides[0]
    if len(before.sides) < 2 or len(chain.sides) < 2:
        return False
    if isinstance(left, Head) and (left == now or (names_slope(left) and is_slope(now))):
        return True
    if not is_slope(now):
        return False
    if holds_slope(left) and any(part == now for part in walk(left)):
        return True  # `\frac{f'(x)}{f(x)} = ...` is solved for it
    if is_given(left, lexicon) or is_step(left, lexicon) or restates_given(before, lexicon):
        return True
    if isinstance(left, Indexed) and is_given(left.base, lexicon) and number_of(before.sides[-1]) is not None:
        return True  # `y_o = 1`
    return isinstance(left, Derivative) and isinstance(now, Derivative) and left.wrt == now.wrt


def leads_to(before: Chain, chain: Chain, lexicon: Lexicon, text: str) -> bool:
    r"""Whether only an arrow leads from a gradient to a value, which says that they are equal: `a \Rightarrow b`."""
    is_arrow = re.fullmatch(_ARROW, text[before.span.end:chain.span.start]) is not None
    return is_arrow and len(chain.sides) == 1 and (is_slope(before.sides[0]) or gives_gradient(before, lexicon))
