"""What a course would write for the small assignment: its reference, one case a function, sympy for formulas."""

import numpy as np

ANSWERS = "answers.txt"


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-8)


def ref_sigmoid(x):
    return 1 / (1 + np.exp(-x))


def ref_softmax(x):
    z = np.exp(x - x.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def ref_naive_softmax(v_c, o, U):
    p = ref_softmax(U @ v_c)
    error = p - np.eye(len(U))[o]
    return -np.log(p[o]), U.T @ error, np.outer(error, v_c)


def ref_neg_sampling(v_c, o, negs, U):
    rows, signs = [o, *negs], [1.0] + [-1.0] * len(negs)
    loss, grad_v, grad_U = 0.0, np.zeros_like(v_c), np.zeros_like(U)
    for row, sign in zip(rows, signs, strict=True):
        s = ref_sigmoid(sign * (U[row] @ v_c))
        loss -= np.log(s)
        grad_v += sign * (s - 1) * U[row]
        grad_U[row] += sign * (s - 1) * v_c
    return loss, grad_v, grad_U


def rng(seed):
    return np.random.RandomState(seed)


def check_sigmoid(hw):
    x = rng(1).randn(12)
    close(hw("sigmoid")(x.copy()), ref_sigmoid(x))


def check_sigmoid_grad(hw):
    x = rng(2).randn(12)
    close(hw("sigmoid_grad")(x.copy()), ref_sigmoid(x) * (1 - ref_sigmoid(x)))


def check_softmax(hw):
    x = rng(3).randn(7, 12)
    close(hw("softmax")(x.copy()), ref_softmax(x))


def check_normalize_rows(hw):
    x = rng(4).randn(7, 5)
    close(hw("normalize_rows")(x.copy()), x / np.linalg.norm(x, axis=1, keepdims=True))


def check_naive_softmax(hw):
    r = rng(5)
    v_c, U = r.randn(4), r.randn(8, 4)
    loss, grad_v, grad_U = hw("naive_softmax")(v_c.copy(), 3, U.copy())
    for actual, expected in zip((loss, grad_v, grad_U), ref_naive_softmax(v_c, 3, U), strict=True):
        close(actual, expected)


def check_neg_sampling(hw):
    r = rng(6)
    v_c, U = r.randn(4), r.randn(8, 4)
    negs = [1, 5, 1, 7, 0, 2]
    loss, grad_v, grad_U = hw("neg_sampling")(v_c.copy(), 3, negs, U.copy())
    for actual, expected in zip((loss, grad_v, grad_U), ref_neg_sampling(v_c, 3, negs, U), strict=True):
        close(actual, expected)


def check_answer(part, right):
    import sympy
    from sympy.parsing.latex import parse_latex
    from sympy.parsing.sympy_parser import parse_expr

    with open(ANSWERS) as file:
        answers = dict(line.split(":", 1) for line in file if ":" in line)
    text = answers[part].strip()
    s, x = sympy.symbols("s x")
    names = {"s": s, "x": x}
    read = parse_latex(text).subs(sympy.Symbol("e"), sympy.E) if "\\" in text else parse_expr(text, names)
    assert sympy.simplify(read - parse_expr(right, names)) == 0


def check_q1(hw):
    check_answer("q1", "s*(1-s)")


def check_q2(hw):
    check_answer("q2", "1/(1+exp(-x))")


def check_q3(hw):
    check_answer("q3", "log(1+exp(-x))")
