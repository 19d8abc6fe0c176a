"""Whether a program's definitions are enough for its functions is said only where it is sure."""

from __future__ import annotations

import pytest

from autograder.submission.definitions import leave_something_out, need_definitions_only

F = "def f(x):\n    return g(x) + np.sum(x) * K\n"
ENOUGH = [
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F,
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "while True:\n    f(1)\n",
    "import numpy as np\nimport matplotlib.pyplot as plt\nK = 3\ndef g(x): return x\n" + F + "plt.plot(f(np.ones(3)))\n",
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "losses = []\nfor i in range(9):\n    losses.append(f(i))\n",
    "import numpy as np\nK = 3\ng = 1\ndef g(x): return x\n" + F + "raise ValueError\n",
    "def f(x):\n    import numpy as np\n    y = [a for a in x]\n    def h(b): return b\n    return np.sum(h(y))\nf.__doc__\n",
    "try:\n    import fast as np\nexcept ImportError:\n    import numpy as np\nK = 1\nclass g:\n    pass\n" + F,
    "def g(): pass\n",
]
NOT_SURE = [
    "import numpy as np\nK = compute()\ndef g(x): return x\n" + F,
    "import numpy as np\ndef g(x): return x\n" + F,
    "import numpy as np\nK = [3]\ndef g(x): return x\n" + F + "K.append(4)\n",
    "import numpy as np\nK = [3]\ndef g(x): return x\n" + F + "K[0] = 4\n",
    "import numpy as np\nK = [3]\ndef g(x): return x\n" + F + "fill(K)\n",
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "K = 2 * compute()\n",
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "K += compute()\n",
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "g = np.vectorize(g)\n",
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "for i in range(3):\n    def g(x): return i\n",
    "import numpy as np\nK = 3\ndef g(x): return x\n" + F + "for K in range(3): pass\n",
    "import numpy as np\nK = 3\ndef g(x): return globals()['y']\n" + F + "y = compute()\n",
    "import numpy as np\nK = 3\ndef g(x):\n    global K\n    K = 4\n    return x\n" + F,
    "from numpy import *\ndef f(x):\n    return sum(x) + arange(3)\n",
    "def f(x:\n",
]


# Each of these ended, stopped or kept busy the parser of some Python, in the grader's own process.
TOO_MUCH = {
    "a chain of attributes": "def f(x): return x" + ".a" * 900_000,
    "a chain of calls": "def f(x): return x" + "()" * 900_000,
    "a long sum": "def f(x): return 1" + "+1" * 900_000,
    "lambdas": "def f(x): return " + "lambda:" * 3_000 + "1",
    "conditions": "def f(x):\n    if 1: pass\n" + "    elif 1: pass\n" * 100_000,
    "functions that call the next": "".join(f"def f{n}(): f{n + 1}()\n" for n in range(60_000)) + "def f(): f0()\n",
}


@pytest.mark.parametrize("source", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_is_made_to_be_hard_to_parse_is_left_to_the_worker(source: str) -> None:
    assert not need_definitions_only(source, ["f"])


@pytest.mark.parametrize("source", ENOUGH)
def test_definitions_are_enough(source: str) -> None:
    assert need_definitions_only(source, ["f"])


@pytest.mark.parametrize("source", NOT_SURE)
def test_in_doubt_all_is_run(source: str) -> None:
    assert not need_definitions_only(source, ["f"])


def test_what_is_left_out() -> None:
    assert not leave_something_out("import numpy as np\ndef f(x): return x\nK = 3\n")
    assert leave_something_out("def f(x): return x\nprint(f(1))\n")
