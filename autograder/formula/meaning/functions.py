"""The functions that every problem may use, and what is known about each."""

from __future__ import annotations

from msgspec import Struct


class FunctionFacts(Struct, frozen=True):
    r"""What reading and typing need to know about a function.

    kind       'each' acts on every entry, 'whole' on an array as a whole
    least, most   how many arguments it takes
    scalar_first  usually applied to scalars: `\exp{(u^\top) v}` is then no exp of a row vector
    """

    name: str
    kind: str = "each"
    least: int = 1
    most: int = 1
    scalar_first: bool = False


_EACH = (
    FunctionFacts("exp", scalar_first=True),
    FunctionFacts("log", scalar_first=True),
    FunctionFacts("sigma"),
    FunctionFacts("tanh"),
    FunctionFacts("sinh"),
    FunctionFacts("cosh"),
    FunctionFacts("coth"),
    FunctionFacts("sech"),
    FunctionFacts("csch"),
    FunctionFacts("sin"),
    FunctionFacts("cos"),
    FunctionFacts("tan"),
    FunctionFacts("sqrt"),
    FunctionFacts("abs"),
    FunctionFacts("sign"),
    FunctionFacts("relu"),
    FunctionFacts("softplus"),
)
_WHOLE = (
    FunctionFacts("softmax", "whole"),
    FunctionFacts("diag", "whole"),
    FunctionFacts("trace", "whole"),
    FunctionFacts("norm", "whole"),
    FunctionFacts("onehot", "whole"),
    FunctionFacts("mean", "whole"),
    FunctionFacts("total", "whole"),
    FunctionFacts("max", "whole", most=2),
    FunctionFacts("min", "whole", most=2),
    FunctionFacts("inner", "whole", 2, 2),
    FunctionFacts("dot", "whole", 2, 2),
    FunctionFacts("outer", "whole", 2, 2),
    FunctionFacts("matmul", "whole", 2, 2),
    FunctionFacts("hadamard", "whole", 2, 2),
)

USUAL: dict[str, FunctionFacts] = {facts.name: facts for facts in (*_EACH, *_WHOLE)}
