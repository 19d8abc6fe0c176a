"""One form for formulas that differ in notation only: the order of commuting factors and terms, names of bound indices.

Two sides of a chain with the same canonical form say the same thing twice; between different ones lies a step. What
takes a thought (a product multiplied out, a sum of one term, a definition put in) changes the form.
"""

from __future__ import annotations

from fractions import Fraction

from msgspec.structs import replace

from autograder.formula.declarations import Declarations
from autograder.formula.meaning import terms
from autograder.formula.meaning.shapes import is_vector, length
from autograder.formula.meaning.terms import Term


def canonical(term: Term) -> Term:
    """Return the canonical form of a typed term; equal forms have equal values."""
    return _renamed(_arranged(term), {}, 0)


def unfolded(term: Term, declarations: Declarations) -> Term:
    r"""Return a canonical form with each product of two vectors, `y^\top \log\hat y`, as the sum over their entries."""
    return canonical(_unfolded(term, declarations))


def _unfolded(term: Term, declarations: Declarations) -> Term:
    term = terms.map_children(term, lambda child: _unfolded(child, declarations))
    if isinstance(term, terms.Along) and term.operator == "sum" and is_vector(term.body.shape) and not term.shape:
        return _summed((term.body,), declarations) or term
    if isinstance(term, (terms.Dot, terms.MatMul)) and not term.shape:
        return _summed((term.left, term.right), declarations) or term
    return term


def _summed(factors: tuple[Term, ...], declarations: Declarations) -> Term | None:
    """Return the sum over the entries of vectors, multiplied; None where no declared set counts them."""
    over = next((item for item in declarations.sets if item.length == length(factors[0].shape)), None)
    if over is None:
        return None
    index = terms.IndexVar(name="entry", over=over.name)
    body = _entry(factors[0], index)
    for factor in factors[1:]:
        body = terms.Scale(factor=body, body=_entry(factor, index))
    return terms.Total(operator="sum", index=index, first=terms.Const(value=Fraction(1)),
                       last=terms.Extent(name=over.last), test=None, body=body)


def _entry(term: Term, index: Term) -> Term:
    """Return one entry of a vector, taken as far inside as it goes."""
    if not term.shape:
        return term
    if isinstance(term, terms.Each):
        return replace(term, body=_entry(term.body, index), shape=())
    if isinstance(term, terms.Hadamard):
        return terms.Scale(factor=_entry(term.left, index), body=_entry(term.right, index))
    if isinstance(term, terms.Scale):
        return replace(term, body=_entry(term.body, index), shape=())
    if isinstance(term, (terms.Flip, terms.Reshape)):
        return _entry(term.body, index)
    return terms.Part(of=term, row=index, column=None)


def _arranged(term: Term) -> Term:
    term = terms.map_children(term, _arranged)
    if isinstance(term, terms.Add):
        return _sum(term)
    if isinstance(term, (terms.Scale, terms.Hadamard, terms.Dot, terms.MatMul)):
        return _product(term)
    if isinstance(term, terms.Flip):
        return _flipped(term)
    if isinstance(term, terms.Total) and term.operator == "sum":
        return _total(term)
    if isinstance(term, terms.All):
        return replace(term, tests=tuple(sorted(term.tests, key=repr)))
    return term


def _sum(term: terms.Add) -> Term:
    parts: list[Term] = []
    for part in term.terms:
        parts.extend(part.terms if isinstance(part, terms.Add) else (part,))
    kept = [part for part in parts if not (isinstance(part, terms.Const) and part.value == 0)]
    if len(kept) == 1:
        return kept[0]
    return replace(term, terms=tuple(sorted(kept, key=repr)))


def _product(term: Term) -> Term:
    """Gather the scalar factors in front, constants multiplied out, the rest in one order where it commutes."""
    constant, scalars, body = _factors(term)
    if constant == 0:
        return terms.Const(value=Fraction(0))
    scalars = sorted(scalars, key=repr)
    if isinstance(body, terms.Add) and not scalars and constant == -1:
        return _sum(replace(body, terms=tuple(_product(_scaled(Fraction(-1), [], part)) for part in body.terms)))
    return _scaled(constant, scalars, body)


def _factors(term: Term) -> tuple[Fraction, list[Term], Term | None]:
    """Return the constant, the scalar factors and what is left of a product; None for nothing."""
    if isinstance(term, terms.Const):
        return term.value, [], None
    if isinstance(term, terms.Scale) or (isinstance(term, terms.Hadamard) and not term.shape):
        left, right = (term.factor, term.body) if isinstance(term, terms.Scale) else (term.left, term.right)
        first, second = _factors(left), _factors(right)
        rest = [part for part in (first[2], second[2]) if part is not None and not part.shape]
        bodies = [part for part in (first[2], second[2]) if part is not None and part.shape]
        return first[0] * second[0], [*first[1], *second[1], *rest], bodies[0] if bodies else None
    if isinstance(term, terms.Dot) or (isinstance(term, terms.MatMul) and not term.shape):
        return _inner(term)
    if isinstance(term, (terms.MatMul, terms.Hadamard)):
        first, second = _factors(term.left), _factors(term.right)
        left, right = first[2] or term.left, second[2] or term.right
        if isinstance(term, terms.Hadamard):
            left, right = sorted((left, right), key=repr)
        return first[0] * second[0], [*first[1], *second[1]], replace(term, left=left, right=right)
    if not term.shape:
        return Fraction(1), [term], None
    return Fraction(1), [], term


def _inner(term: terms.Dot | terms.MatMul) -> tuple[Fraction, list[Term], Term | None]:
    """A row times a column and a dot of two vectors are the same scalar."""
    first, second = _factors(_upright(term.left)), _factors(_upright(term.right))
    if first[2] is None or second[2] is None:
        return Fraction(1), [term], None
    left, right = sorted((first[2], second[2]), key=repr)
    return first[0] * second[0], [*first[1], *second[1], terms.Dot(left=left, right=right)], None


def _upright(term: Term) -> Term:
    """Return a row as the column that it is the transpose of."""
    is_row = len(term.shape) == 2 and term.shape[0] == 1
    return _flipped(terms.Flip(body=term, shape=(term.shape[1], 1))) if is_row else term


def _scaled(constant: Fraction, scalars: list[Term], body: Term | None) -> Term:
    parts = [*scalars] if body is None else [*scalars, body]
    if constant != 1 or not parts:
        parts.insert(0, terms.Const(value=constant))
    term = parts.pop()
    while parts:
        term = terms.Scale(factor=parts.pop(), body=term, shape=term.shape)
    return term


def _flipped(term: terms.Flip) -> Term:
    if isinstance(term.body, terms.Flip):
        return term.body.body
    if not term.body.shape:
        return term.body
    if isinstance(term.body, terms.Scale):
        inner = _flipped(terms.Flip(body=term.body.body, shape=term.shape))
        return replace(term.body, body=inner, shape=term.shape)
    if isinstance(term.body, terms.Add):
        flipped = (_flipped(terms.Flip(body=part, shape=term.shape)) for part in term.body.terms)
        return _sum(terms.Add(terms=tuple(flipped), shape=term.shape))
    return term


def _total(term: terms.Total) -> Term:
    """Move a constant factor of the summand before the sum."""
    constant, scalars, body = _factors(term.body)
    if constant == 1 or constant == 0:
        return term
    return _scaled(constant, [], replace(term, body=_scaled(Fraction(1), scalars, body)))


def _renamed(term: Term, names: dict[str, str], depth: int) -> Term:
    """Name bound indices by how deep they are bound, then put terms and factors in order again."""
    if isinstance(term, terms.IndexVar):
        return replace(term, name=names.get(term.name, term.name))
    if isinstance(term, (terms.Total, terms.Stack)) and term.index is not None:
        inner = {**names, term.index.name: f"#{depth}"}
        renamed = terms.map_children(term, lambda child: _renamed(child, inner, depth + 1))
        return _arranged_once(renamed)
    return _arranged_once(terms.map_children(term, lambda child: _renamed(child, names, depth)))


def _arranged_once(term: Term) -> Term:
    if isinstance(term, terms.Add):
        return _sum(term)
    if isinstance(term, (terms.Scale, terms.Hadamard, terms.Dot, terms.MatMul)):
        return _product(term)
    return term
