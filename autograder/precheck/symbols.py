"""The inputs of a function as the symbols of its problem's notation.

In code a word is a row and counting begins at 0; in writing it may be a column, and counting begins where the index
set does. The names of the sizes tell which way round an array stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from autograder.cases import Drawn, DrawnCase
from autograder.formula.declarations import Declarations, Shape, Symbol
from autograder.formula.values.given_points import Array, GivenPoint, NotGiven
from autograder.spec.code import Draws, FunctionPart, NormalInput, UniformInput


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols that stand for inputs, and how each of them is laid out."""

    declarations: Declarations
    part: FunctionPart

    def named(self, name: str) -> str | None:
        """Return the symbol of the notation that an input is, or None."""
        for symbol in self.declarations.symbols:
            if symbol.definition is None and self._source(symbol.name) == name:
                return symbol.name
        return None

    def is_turned(self, drawn: DrawnCase, symbol: str) -> bool:
        """Whether the input of a matrix has for rows what the symbol has for columns."""
        declared = self.declarations.symbol(symbol)
        return declared is not None and _is_turned(declared.shape, self._input_shape(drawn, self._source(symbol)))

    def holds_entrywise(self, drawn: DrawnCase) -> str | None:
        """Return the symbol that is a number while its input is an array; a formula then holds for each entry."""
        for symbol in self.declarations.symbols:
            value = drawn.inputs.get(self._source(symbol.name) or "")
            if symbol.definition is None and symbol.shape == () and isinstance(value, np.ndarray) and value.ndim:
                return symbol.name
        return None

    def point(self, drawn: DrawnCase, entries: Mapping[str, float] | None = None) -> GivenPoint:
        """Return the inputs of a case as a point; `entries` puts numbers in the place of arrays.

        Raises NotGiven where an input is none of the numbers that its symbol asks for.
        """
        sizes: dict[str, int] = {}
        found: dict[str, Array] = {}
        for symbol in self.declarations.symbols:
            value = drawn.inputs.get(self._source(symbol.name) or "")
            if symbol.definition is not None or value is None:
                continue
            if entries and symbol.name in entries:
                value = entries[symbol.name]
            found[symbol.name] = self._lay_out(symbol, value, drawn, sizes)
        elements, words = self._families(drawn, sizes)
        for size in self.declarations.sizes:
            value = drawn.inputs.get(self._source(size.name) or "")
            if size.name not in sizes and isinstance(value, int):
                sizes[size.name] = value
        return GivenPoint(self.declarations, "", 0, sizes, self._indices(drawn), found, elements, words)

    def _source(self, name: str) -> str | None:
        source = self.part.where.get(name, name)
        return source if isinstance(source, str) else None

    def _input_shape(self, drawn: DrawnCase, name: str | None) -> Shape:
        declared = drawn.case.inputs.get(name or "") or self.part.inputs.get(name or "")
        if isinstance(declared, NormalInput):
            return declared.normal
        return declared.uniform if isinstance(declared, UniformInput) else ()

    def _lay_out(self, symbol: Symbol, value: Drawn, drawn: DrawnCase, sizes: dict[str, int]) -> Array:
        if not isinstance(value, (np.ndarray, int, float)):
            raise NotGiven(f"{symbol.name} is no number here")
        array = np.asarray(value, dtype=np.float64)
        if _is_turned(symbol.shape, self._input_shape(drawn, self._source(symbol.name))):
            array = array.T
        if array.ndim != len(symbol.shape):
            raise NotGiven(f"{symbol.name} has another number of axes here")
        for name, length in zip(symbol.shape, array.shape, strict=True):
            if (length if isinstance(name, int) else sizes.setdefault(name, length)) != (
                    name if isinstance(name, int) else length):
                raise NotGiven(f"{name} would have two values")
        return array

    def _families(self, drawn: DrawnCase, sizes: dict[str, int]) -> tuple[dict[str, Array], dict[str, list[int]]]:
        elements: dict[str, Array] = {}
        words: dict[str, list[int]] = {}
        for family in self.declarations.families:
            if family.definition is not None or family.column_of is not None or len(family.indices) != 1:
                continue
            value = self._drawn_list(drawn, family.name)
            if value is None:
                continue
            self._bind_length(family.indices[0], len(value), sizes)
            if family.values is not None:
                words[family.name] = [int(n) + self._first(family.values) for n in value]
            else:
                elements[family.name] = np.asarray(value, dtype=np.float64)
        return elements, words

    def _drawn_list(self, drawn: DrawnCase, name: str) -> list[int] | Array | None:
        source = self.part.where.get(name, name)
        value = drawn.inputs.get(source.of if isinstance(source, Draws) else source)
        if isinstance(value, np.ndarray) and value.ndim:
            return value
        if not isinstance(value, list):
            return None
        numbers = [int(n) for n in value if isinstance(n, (int, float))]
        if not isinstance(source, Draws):
            return numbers
        count = source.first if isinstance(source.first, int) else drawn.inputs.get(source.first)
        kept = [n for n in numbers if n != drawn.inputs.get(source.other_than or "")]
        if not isinstance(count, int) or len(kept) < count:
            raise NotGiven(f"the draws for {name} are not known here")
        return kept[:count]

    def _bind_length(self, index: str, length: int, sizes: dict[str, int]) -> None:
        declared = self.declarations.index(index)
        over = self.declarations.index_set(declared.over) if declared else None
        if over is not None and over.first == "1" and not over.last.lstrip("-").isdigit():
            sizes[over.last] = length

    def _indices(self, drawn: DrawnCase) -> dict[str, int]:
        found = {}
        for index in self.declarations.indices:
            value = drawn.inputs.get(self._source(index.name) or "")
            if index.role != "dummy" and isinstance(value, int):
                found[index.name] = value + self._first(index.over)
            elif index.equals is not None and index.equals.lstrip("-").isdigit():
                found[index.name] = int(index.equals)
        return found

    def _first(self, name: str) -> int:
        declared = self.declarations.index_set(name)
        return int(declared.first) if declared is not None and declared.first.lstrip("-").isdigit() else 1


def _is_turned(written: Shape, coded: Shape) -> bool:
    return len(written) == 2 and written != coded and written == coded[::-1]
