"""Other consistent ways to lay out the same quantities: vectors as rows, matrices transposed."""

from __future__ import annotations

from autograder.formula.declarations import Declarations, Layout
from autograder.formula.meaning.indexing import BASE

EVERYTHING = frozenset("*")


def usual_layouts(declarations: Declarations) -> tuple[Layout, ...]:
    """Return the layouts that a problem's answers may consistently be written in; the declared one comes first.

    A layout turns all vectors, or all matrices, or all vectors of families: never the one vector and not the other.
    """
    vectors = any(len(symbol.shape) == 1 for symbol in declarations.symbols)
    families = frozenset(family.name for family in declarations.families if len(family.shape) == 1)
    matrices = [symbol.name for symbol in declarations.symbols if len(symbol.shape) == 2]
    layouts = [BASE]
    if vectors or families:
        layouts.append(Layout("every vector a row", rows=EVERYTHING))
    if matrices:
        named = f"{matrices[0]} stored by rows" if len(matrices) == 1 else "matrices stored transposed"
        layouts.append(Layout(named, transposed=EVERYTHING))
        if vectors or families:
            layouts.append(Layout(f"{named}, every vector a row", rows=EVERYTHING, transposed=EVERYTHING))
        if families:
            these = ", ".join(sorted(families))
            layouts.append(Layout(f"{named}, its vectors {these} rows", rows=families, transposed=EVERYTHING))
    elif families:
        layouts.append(Layout(f"the vectors {', '.join(sorted(families))} rows", rows=families))
    return tuple(layouts)
