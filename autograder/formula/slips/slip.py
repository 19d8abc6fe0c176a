r"""Slips that derivations are prone to: a right formula with one thing changed, and the name of what was changed.

A rule looks at one node and yields what may wrongly stand in its place. The names are those that explanations of
code use, so that a class report counts the same slip once, wherever it was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from autograder.formula import tree
from autograder.formula.slips import arithmetic_edits, name_edits
from autograder.formula.slips.arithmetic_edits import Edit, Rule, Setting
from autograder.formula.tree import Node
from autograder.formula.writing.plain_writers import UnicodeWriter

SENTENCES = {
    "sign": "The sign is wrong throughout; the rest is right.",
    "sign of a term": "One term has the wrong sign{which}; the rest is right.",
    "missing term": "A term is missing{which}; the rest is right.",
    "extra term": "There is a term too many{which}; the rest is right.",
    "missing factor": "A factor is missing{near}.",
    "extra factor": "There is a factor too many{near}.",
    "factor": "A constant factor is lost or one too many; the rest is right.",
    "sigma for 1 - sigma": "σ and 1 − σ are exchanged{near}; is a minus lost inside σ(−x), which is 1 − σ(x)?",
    "sigma for sigma'": "σ stands where its derivative should{near}: a factor of σ′ is missing.",
    "tanh' for sigma'": "This has the pattern of the derivative of tanh, where that of σ is asked.",
    "sigma' for tanh'": "This has the pattern of the derivative of σ, where that of tanh is asked.",
    "log left out of the derivative": "The derivative of σ stands where that of log σ should{near}.",
    "inner derivative missing": "The derivative of the inner function is missing{near}.",
    "1/x for 1/sigma": "The derivative of log σ(x) begins with 1/σ(x), not with 1/x.",
    "minus lost": "A minus is lost or one too many inside a function{near}.",
    "function lost": "A function got lost{near}{what}: its argument stands there bare.",
    "function added": "There is a function too many{near}{what}.",
    "exponent": "An exponent is wrong{near}.",
    "one too many": "A 1 is added or subtracted too often or not often enough{near}.",
    "one for a symbol": "A 1 stands where a symbol should, which is not always 1.",
    "wrong index": "An index is wrong{near}.",
    "wrong symbol": "A wrong symbol stands in one place{near}.",
    "wrong variable": "This is the derivative with respect to another variable.",
    "function for its derivative": "This is the function itself; its derivative is asked.",
    "derivative for its function": "This is the derivative of the side before it: write d/dx in front of that one.",
    "sum dropped": "A sum is missing: you give a single term of it{near}.",
    "sum kept": "There is a sum too many: only one term of the sum depends on the variable.",
    "sum over the wrong set": "A sum runs over the wrong set{near}.",
    "centre counted": "The centre word is counted in its own window: leave j = 0 out.",
    "product for sum": "A product stands where a sum should.",
    "mean for sum": "You take a mean where a sum is asked.",
    "sum for mean": "You take a sum where a mean is asked.",
    "transpose": "This is the transpose of what is asked: rows and columns are exchanged.",
    "cases exchanged": "The values are right, but they stand in each other's cases.",
    "one case": "The value in one of the cases is wrong.",
}
"""What the student is told; `{near}` and `{which}` name the place by a symbol that stands nowhere else."""

SEEN_FROM_BEHIND = {
    "missing term": "extra term",
    "missing factor": "extra factor",
    "extra factor": "missing factor",
    "sum dropped": "sum kept",
    "sum kept": "sum dropped",
    "mean for sum": "sum for mean",
    "sum for mean": "mean for sum",
    **{name: name for name in ("sign", "sign of a term", "factor", "sigma for 1 - sigma", "minus lost", "exponent",
                               "one too many", "wrong index", "wrong symbol", "transpose", "sum over the wrong set",
                               "cases exchanged", "one case")},
    "function lost": "function added",
}
"""What went wrong when it is the wrong formula that becomes right by a slip."""

SPECIAL_CASES = {
    "sign": ("sign of a term", "minus lost", "factor"),
    "factor": ("missing factor", "one too many"),
    "mean for sum": ("factor", "extra factor"),
    "sum for mean": ("factor", "missing factor"),
    "missing term": ("one too many",),
    "missing factor": ("wrong index", "wrong symbol"),
    "sigma for sigma'": ("missing factor",),
    "sigma for 1 - sigma": ("minus lost", "missing term", "one too many"),
    "log left out of the derivative": ("extra factor",),
    "tanh' for sigma'": ("one too many",),
    "wrong variable": ("wrong symbol", "wrong index", "missing factor", "missing term", "extra factor"),
    "function for its derivative": ("missing factor", "sigma for sigma'", "function lost"),
    "centre counted": ("sum over the wrong set",),
    "wrong index": ("wrong symbol",),
    "one for a symbol": ("wrong index", "wrong symbol"),
    "one case": ("one too many", "wrong symbol", "missing factor", "missing term", "extra factor"),
    "cases exchanged": ("one case",),
}
"""Each name and those that say the same less precisely."""

WITHIN_TERMS = frozenset(("missing factor", "extra factor", "wrong index", "wrong symbol"))
"""Slips whose place is given by the term that they are in, as the symbol itself would give the answer away."""


class Slip(Struct, frozen=True):
    """A wrong formula, and what is wrong with it."""

    name: str
    sentence: str
    tree: Node


WHOLE_RULES: tuple[tuple[str, Rule], ...] = (
    ("sign", name_edits.negated),
    ("transpose", name_edits.transposed),
    ("factor", name_edits.doubled),
    ("sum kept", name_edits.summed),
    ("wrong variable", name_edits.by_another_variable),
    ("function for its derivative", name_edits.not_differentiated),
    ("derivative for its function", name_edits.differentiated),
    ("extra factor", name_edits.multiplied),
)
RULES: tuple[tuple[str, Rule], ...] = (
    ("sign of a term", arithmetic_edits.sign_of_a_term),
    ("missing term", arithmetic_edits.missing_term),
    ("missing factor", arithmetic_edits.missing_factor),
    ("factor", arithmetic_edits.constant_factor),
    ("one too many", arithmetic_edits.one_too_many),
    ("one for a symbol", arithmetic_edits.one_for_a_symbol),
    ("sigma for 1 - sigma", arithmetic_edits.one_minus_sigma),
    ("sigma for 1 - sigma", arithmetic_edits.leaf_for_one_minus),
    ("sigma for sigma'", arithmetic_edits.no_slope),
    ("inner derivative missing", arithmetic_edits.no_inner_derivative),
    ("tanh' for sigma'", arithmetic_edits.slope_of_tanh),
    ("sigma' for tanh'", arithmetic_edits.slope_of_sigma),
    ("log left out of the derivative", arithmetic_edits.no_log),
    ("1/x for 1/sigma", arithmetic_edits.log_of_argument),
    ("minus lost", arithmetic_edits.minus_inside),
    ("function lost", arithmetic_edits.function_lost),
    ("exponent", arithmetic_edits.other_exponent),
    ("wrong index", name_edits.other_index),
    ("wrong symbol", name_edits.other_symbol),
    ("wrong variable", name_edits.other_wrt),
    ("sum dropped", name_edits.sum_dropped),
    ("centre counted", name_edits.centre_counted),
    ("sum over the wrong set", name_edits.other_set),
    ("product for sum", name_edits.product_for_sum),
    ("mean for sum", name_edits.mean_for_sum),
    ("sum for mean", name_edits.sum_for_mean),
    ("cases exchanged", name_edits.cases_exchanged),
    ("one case", name_edits.one_case),
)


def find_slips(reference: Node, setting: Setting) -> Iterator[Slip]:
    """Yield the reference with each single slip in turn; some may have no meaning, and some the same one."""
    leaves = _leaves(reference)
    sums = (part for part in tree.walk(reference) if isinstance(part, tree.Big))
    bound = frozenset(binder.index for part in sums for binder in part.binders if binder.index is not None)
    setting = replace(setting, bound=bound)
    for name, rule in WHOLE_RULES:
        for edit in rule(reference, setting):
            yield Slip(name, plain_sentence(name), edit.new)
    is_sum = isinstance(reference, tree.Sum)
    for name, rule in RULES:
        for edit in rule(reference, setting):
            yield Slip(name, _sentence(name, _landmark(edit.piece, leaves), is_sum, edit.what), edit.new)
        for position, child in _open_children(reference):
            for edit in _everywhere(child, rule, setting):
                landmark = _landmark(child if is_sum else edit.piece, leaves)
                new = tree.with_child(reference, position, edit.new)
                yield Slip(name, _sentence(name, landmark, is_sum, edit.what), new)


def plain_sentence(name: str) -> str:
    """Return what is said of a slip when its place is not known."""
    return _sentence(name, None, False)


def _sentence(name: str, landmark: str | None, is_in_a_term: bool, what: str = "") -> str:
    what = f", the `{what}`" if what else ""
    if landmark is None or (name in WITHIN_TERMS and not is_in_a_term):
        return SENTENCES[name].format(near="", which="", what=what)
    near = f" in the term with `{landmark}`" if is_in_a_term else f" near `{landmark}`"
    return SENTENCES[name].format(near=near, which=f": the one with `{landmark}`", what=what)


def _everywhere(node: Node, rule: Rule, setting: Setting) -> Iterator[Edit]:
    """Yield the tree with a rule applied at one node of it."""
    yield from rule(node, setting)
    for position, child in _open_children(node):
        for edit in _everywhere(child, rule, setting):
            yield replace(edit, new=tree.with_child(node, position, edit.new))


def _open_children(node: Node) -> Iterator[tuple[int, Node]]:
    """Yield the children that rules look into, with their positions: no indices, no bounds and no conditions."""
    if isinstance(node, (tree.Indexed, tree.Call, tree.Basis)):
        return
    if isinstance(node, tree.Derivative) and isinstance(node.of, (tree.Name, tree.Call, tree.Indexed)):
        return
    found = list(enumerate(tree.children(node)))
    if isinstance(node, (tree.Big, tree.Expectation)):
        found = found[-1:]
    elif isinstance(node, tree.Derivative) or (isinstance(node, tree.Power) and isinstance(node.exponent, tree.Number)):
        found = found[:1]
    yield from ((position, child) for position, child in found if not isinstance(child, (tree.Compare, tree.Both)))


def _leaves(node: Node) -> Counter[str]:
    if isinstance(node, (tree.Name, tree.Indexed)):
        return Counter([UnicodeWriter().text(node)])
    found: Counter[str] = Counter()
    for child in tree.children(node):
        if not isinstance(child, (tree.Binder, tree.Compare, tree.Both)):
            found += _leaves(child)
    return found


def _landmark(piece: Node, everywhere: Counter[str]) -> str | None:
    """Return a symbol that stands in this piece and nowhere else."""
    return next((leaf for leaf, count in _leaves(piece).items() if everywhere[leaf] == count), None)
