"""Read formulas with one of the public tools and compare them; runs in that tool's own environment.

A line {id, gold, answer} in, a line {id, read, equal, seconds} out. `equal` is null where the tool does not decide.
"""

from __future__ import annotations

import json
import signal
import sys
import time

SECONDS = 20


def stop(number, frame):
    raise TimeoutError


def last_side(text):
    return text.rsplit("=", 1)[-1].strip().strip("$").rstrip(".,")


def with_sigma_defined(expression):
    import sympy

    def expand(node):
        return 1 / (1 + sympy.exp(-node.args[0]))

    named_sigma = [node for node in expression.atoms(sympy.core.function.AppliedUndef) if str(node.func) == "sigma"]
    return expression.xreplace({node: expand(node) for node in named_sigma})


def compare_with_sympy(gold, answer):
    from sympy.parsing.latex import parse_latex

    read = with_sigma_defined(parse_latex(last_side(answer)))
    return True, bool(with_sigma_defined(parse_latex(gold)).equals(read))


def compare_with_latex2sympy(gold, answer):
    from latex2sympy2_extended import latex2sympy

    read = with_sigma_defined(latex2sympy(last_side(answer)))
    return True, bool(with_sigma_defined(latex2sympy(gold)).equals(read))


def compare_with_math_verify(gold, answer):
    from math_verify import parse, verify

    read = parse(f"${last_side(answer)}$", parsing_timeout=SECONDS)
    return bool(read), bool(verify(parse(f"${gold}$"), read)) if read else None


TOOLS = {"sympy": compare_with_sympy, "latex2sympy": compare_with_latex2sympy, "math-verify": compare_with_math_verify}


def main():
    tool = TOOLS[sys.argv[1]]
    signal.signal(signal.SIGALRM, stop)
    for line in sys.stdin:
        item = json.loads(line)
        started = time.perf_counter()
        signal.alarm(0 if sys.argv[1] == "math-verify" else SECONDS)
        try:
            read, equal = tool(item["gold"], item["answer"])
        except TimeoutError:
            read, equal = True, None
        except Exception:
            read, equal = False, None
        signal.alarm(0)
        print(json.dumps({"id": item["id"], "read": read, "equal": equal, "seconds": time.perf_counter() - started}))


main()
