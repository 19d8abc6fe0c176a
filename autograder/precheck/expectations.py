"""What is publicly known of a function's outputs, in the place of a reference.

The grading line compares with a reference. Here the same line compares with the losses and formulas that the question
itself states, and with their exact derivatives. Where nothing is public about an output, what came back is held
against its own shape only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograder.cases import DrawnCase
from autograder.checks.comparison import Array, fits_shape
from autograder.formula.declarations import Declarations
from autograder.formula.meaning.shapes import Misfit
from autograder.formula.refusals import Unreadable
from autograder.formula.tree import Node
from autograder.formula.values.given_points import evaluate
from autograder.precheck.symbols import Symbols
from autograder.references import References
from autograder.sandbox.outcomes import CallOutcome, Returned
from autograder.spec.code import FunctionPart
from autograder.spec.fields import Shape
from autograder.spec.model import Problem
from autograder.spec.notation import declare
from autograder.student_code import OpenFunction


class GivenValues:
    """The outputs of one part, as far as the question states them."""

    def __init__(self, part: FunctionPart, problem: Problem) -> None:
        self._part = part
        self._symbols = Symbols(declare(problem.notation), part)

    def formula(self, output: str) -> str | None:
        """Return what an output is in the problem's notation, or None where nothing is stated about it."""
        declared = self._part.returns[output]
        if declared.given is not None:
            return declared.given
        gradient = declared.gradient
        loss = self._part.returns[gradient.of].given if gradient and gradient.of in self._part.returns else None
        wrt = self._symbols.named(gradient.wrt) if gradient else None
        return rf"\frac{{\partial {loss}}}{{\partial {wrt}}}" if loss and wrt else None

    def value(self, output: str, drawn: DrawnCase) -> Array | None:
        """Return the value of an output in one case, laid out as the function is to return it; None if not known."""
        text = self.formula(output)
        if text is None:
            return None
        gradient = self._part.returns[output].gradient
        try:
            if self._part.returns[output].given is None and gradient is not None:
                return self._derivative(text, gradient.wrt, drawn, self._symbols)
            entrywise = self._symbols.holds_entrywise(drawn)
            if entrywise is not None:
                return self._entry_by_entry(text, entrywise, drawn)
            return self._laid_out(text, self._part.returns[output].shape, drawn)
        except (ArithmeticError, Unreadable, Misfit, ValueError):
            return None

    def output_of(self, loss: str, wrt: str) -> str | None:
        """Return the output that is the derivative of a given loss with respect to a symbol."""
        for name, output in self._part.returns.items():
            gradient = output.gradient
            if gradient is not None and output.given is None and self._part.returns[gradient.of].given == loss \
                    and self._symbols.named(gradient.wrt) == wrt:
                return name
        return None

    @property
    def function(self) -> str:
        return self._part.function

    def value_of(self, node: Node, output: str, drawn: DrawnCase, declarations: Declarations) -> Array:
        """Return the value of a formula for what an output is, in one case, laid out as the output.

        Raises what `evaluate` raises.
        """
        gradient = self._part.returns[output].gradient
        assert gradient is not None
        return self._derivative(node, gradient.wrt, drawn, Symbols(declarations, self._part))

    def _derivative(self, text: str | Node, wrt: str, drawn: DrawnCase, symbols: Symbols) -> Array:
        found = evaluate(text, symbols.declarations, symbols.point(drawn)).numbers
        shape = _shape_of(drawn, wrt)
        if found.size == 1:  # zero throughout, or a number
            return np.full(shape, float(found.reshape(())))
        symbol = symbols.named(wrt)
        return (found.T if symbol and symbols.is_turned(drawn, symbol) else found).reshape(shape)

    def _entry_by_entry(self, text: str, symbol: str, drawn: DrawnCase) -> Array:
        array = np.asarray(drawn.inputs[_input_of(self._part, symbol)])
        values = [
            float(evaluate(text, self._symbols.declarations, self._symbols.point(drawn, {symbol: number})).numbers)
            for number in array.ravel()
        ]
        return np.array(values).reshape(array.shape)

    def _laid_out(self, text: str, shape: Shape, drawn: DrawnCase) -> Array:
        found = evaluate(text, self._symbols.declarations, self._symbols.point(drawn))
        if found.shape == ():  # whatever shape other cases ask for
            return found.numbers.reshape(())
        numbers = found.numbers.T if len(shape) == 2 and found.shape == shape[::-1] != shape else found.numbers
        return numbers.reshape(resolve(shape, drawn))


def _input_of(part: FunctionPart, symbol: str) -> str:
    source = part.where.get(symbol, symbol)
    assert isinstance(source, str)
    return source


def _shape_of(drawn: DrawnCase, name: str) -> tuple[int, ...]:
    value = drawn.inputs[name]
    return value.shape if isinstance(value, np.ndarray) else ()


def resolve(shape: Shape, drawn: DrawnCase) -> tuple[int, ...]:
    """Return a declared shape in numbers."""
    return tuple(drawn.sizes[name] if isinstance(name, str) else name for name in shape)


class ListenedTo(OpenFunction):
    """A student's function that remembers its last reply."""

    def __init__(self, function: OpenFunction) -> None:
        self._function = function
        self.last: CallOutcome | None = None

    @property
    def is_used(self) -> bool:
        return self._function.is_used

    @property
    def notes(self) -> tuple[str, ...]:
        return self._function.notes

    def call(self, adapter: str | None, inputs: Mapping[str, Any], outputs: int) -> CallOutcome | None:
        self.last = None  # so that a function whose time is used up has no reply
        self.last = self._function.call(adapter, inputs, outputs)
        return self.last


class Expectations(References):
    """Stands where the grading line has its references, and knows only what is public.

    An output about which nothing is public is expected to be what came back, in the shape that is asked.
    """

    def __init__(self, given: GivenValues, part: FunctionPart, cases: Sequence[DrawnCase], heard: ListenedTo) -> None:
        super().__init__(())
        self._given = given
        self._part = part
        self._cases = {id(drawn.inputs): drawn for drawn in cases}
        self._heard = heard
        self._known: dict[tuple[int, str], Array | None] = {}

    def call_on(self, case: DrawnCase, dotted: str, outputs: tuple[str, ...]) -> dict[str, Any]:
        return self.call(dotted, outputs, case.inputs)  # anew each time: what came back is another with each call

    def call(self, dotted: str, outputs: tuple[str, ...], inputs: Mapping[str, Any]) -> dict[str, Any]:
        drawn = self._cases[id(inputs)]
        return {name: self._expected(name, position, drawn) for position, name in enumerate(outputs)}

    def is_known(self, output: str, drawn: DrawnCase) -> bool:
        """Whether the question states what the output is in this case."""
        return self._value(output, drawn) is not None

    def _value(self, output: str, drawn: DrawnCase) -> Array | None:
        key = (drawn.number, output)
        if key not in self._known:
            value = self._given.value(output, drawn)
            self._known[key] = value if value is not None and np.isfinite(value).all() else None
        return self._known[key]

    def _expected(self, output: str, position: int, drawn: DrawnCase) -> Array:
        known = self._value(output, drawn)
        if known is not None:
            return known
        shape = self._asked_shape(output, drawn)
        reply = self._heard.last
        array = reply.values[position].array if isinstance(reply, Returned) and position < len(reply.values) else None
        if array is None or array.dtype.kind not in "fiub":
            return np.zeros(shape if shape is not None else ())
        numbers = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        if shape is None:
            return numbers
        return numbers.reshape(shape) if fits_shape(numbers.shape, shape) else np.zeros(shape)

    def _asked_shape(self, output: str, drawn: DrawnCase) -> tuple[int, ...] | None:
        """Return the shape that is asked, or None where a special input may ask for another one."""
        gradient = self._part.returns[output].gradient
        if gradient is not None:
            return _shape_of(drawn, gradient.wrt)
        return None if drawn.case.inputs else resolve(self._part.returns[output].shape, drawn)
