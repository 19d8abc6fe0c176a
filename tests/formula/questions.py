"""The questions of the table of answers, as declarations. Formulas are the problems' own."""

from __future__ import annotations

from msgspec.structs import replace

from autograder.formula.declarations import (
    Alias,
    Atom,
    Declarations,
    Family,
    Form,
    Function,
    Index,
    IndexSet,
    Law,
    Loss,
    Question,
    Reference,
    Size,
    Symbol,
    Through,
)

P_WRITTEN = (
    "P(O=w|C=c)", "p(O=w|C=c)", "P(w|c)", "p(w|c)", "P(O=w|c)", "P(u_w|v_c)", "p(u_w|v_c)", "P(w|C=c)", "p_w",
    "P(w_o=w|c)", "P_w", r"\Pr(O=w|C=c)", r"\Pr(w|c)",
)

D, V, K, M = (
    Size("d", 3, 5, "length of a word vector", (r"\dim",)),
    Size("V", 4, 7, "number of words", ("|V|", r"|\text{Vocab}|", "|Vocab|", "|vocab|", r"|\mathcal{V}|", "|W|", "N_V")),
    Size("K", 2, 4, "number of negative samples"),
    Size("m", 2, 3, "half width of the window"),
)
VOCAB = IndexSet("vocab", "1", "V", ("Vocab", "vocab", "Vocabulary", "vocabulary", r"\mathcal{V}", "V", "W", "words", "voc", "Voc"))
NEG = IndexSet("negatives", "1", "K", ("neg", "Neg", "N", "NEG", "S", "negative", "samples", r"\mathcal{N}", "K"))
WINDOW = IndexSet("window", "-m", "m", ("window",), without=(0,))

TRUE = Index("o", "vocab", "fixed", meaning="the true outside word")
ANY = Index("w", "vocab", "free", meaning="any word")
WORD_INDICES = (Index("x", "vocab"), Index("i", "vocab"), Index("j", "vocab"))

VECTORS = (
    Symbol("U", ("d", "V"), "outside word vectors, one a column"),
    Symbol("v_c", ("d",), "centre word vector", written=("v_{w_t}",)),
)
SOFTMAX = Declarations(
    sizes=(D, V),
    sets=(VOCAB,),
    indices=(TRUE, ANY, *WORD_INDICES),
    symbols=(
        *VECTORS,
        Symbol("y", ("V",), "one-hot vector of the true word", definition="e_o"),
        Symbol("y_hat", ("V",), "predicted distribution", definition=r"softmax(U^\top v_c)"),
    ),
    families=(
        Family("u", ("w",), ("d",), "outside vector of a word", column_of="U"),
        Family("P", ("w",), (), "probability of a word", definition=r"\hat{y}_w", written=P_WRITTEN),
    ),
    losses=(Loss("J", r"-\log \hat{y}_o", ("L", r"\mathcal{L}", "CE", r"\ell", "loss", "F", "E", "Loss")),),
    aliases=(Alias("centerWordVec", "v_c"), Alias("outsideVectors", "U^T")),
)
NEGATIVE = Declarations(
    sizes=(D, V, K),
    sets=(VOCAB, NEG),
    indices=(TRUE, Index("x", "vocab"), Index("k", "negatives", "free"), Index("s", "negatives", "free", equals="k"), Index("w", "vocab"),
             Index("i", "negatives"), Index("j", "negatives")),
    symbols=(
        *VECTORS,
        Symbol("U_k", ("d", "K"), "negative sample vectors, one a column",
               written=("U_{neg}", r"U_{\text{neg}}", "U_K", "U_{1:K}"),
               definition=r"\begin{bmatrix} u_{w_1} & \cdots & u_{w_K} \end{bmatrix}"),
    ),
    families=(
        Family("u", ("x",), ("d",), "outside vector of a word", column_of="U"),
        Family("w", ("k",), values="vocab", distinct=True, differs=("o",), meaning="the k-th drawn word"),
    ),
    through=(Through("negatives", "vocab", "w"),),
    functions=(Function("sigma"),),
    losses=(Loss("J", r"-\log\sigma(u_o^\top v_c) - \sum_{k=1}^K \log\sigma(-u_k^\top v_c)",
                 ("L", r"\mathcal{L}", r"\ell")),),
    aliases=(Alias("centerWordVec", "v_c"),),
)
SKIPGRAM = Declarations(
    sizes=(D, V, M),
    sets=(WINDOW, VOCAB),
    indices=(Index("t", "window", "fixed", equals="0"), Index("j", "window"), Index("w", "vocab", "fixed"),
             Index("c", "vocab", "fixed"), Index("i", "window"), Index("k", "window")),
    symbols=VECTORS,
    families=(
        Family("w", ("j",), values="vocab"),
        Family("v", ("w",), ("d",)),
    ),
    losses=(Loss("J", written=("F",)),),
    atoms=(
        Atom("dJ_dU", "J", "U", ("d", "V"), ("v_c", "w_{t+j}", "U"), ("j",)),
        Atom("dJ_dvc", "J", "v_c", ("d",), ("v_c", "w_{t+j}", "U"), ("j",)),
        Atom("dJ_dvw", "J", "v_w", ("d",), ("v_c", "w_{t+j}", "U"), ("j",), definition="0"),
    ),
)
X = Symbol("x", (), "the argument", branches=("negative", "positive"))
SCALAR = Declarations(symbols=(X,), functions=(Function("sigma", bare="x"), Function("tanh", bare="x")))
PIECEWISE = Declarations(
    symbols=(X, Symbol("alpha", (), "slope left of zero", domain="unit")), losses=(Loss("f", written=("relu",)),))
BACKPROP = Declarations(
    symbols=(
        Symbol("x", (), "input"),
        Symbol("a_0", (), "input", definition="x"),
        *(Symbol(name, (), written=written) for name, written in (
            ("w_1", ("w^{[1]}", "w^{(1)}")), ("w_2", ("w^{[2]}", "w^{(2)}")), ("b_1", ("b^{[1]}", "b^{(1)}")),
            ("b_2", ("b^{[2]}", "b^{(2)}")))),
        Symbol("z_0", (), definition="w_1 a_0 + b_1"),
        Symbol("a_1", (), definition=r"\sigma(z_0)"),
        Symbol("z_1", (), definition="w_2 a_1 + b_2"),
        Symbol("a_2", (), definition=r"\sigma(z_1)"),
    ),
    functions=(Function("sigma"),),
    losses=(Loss("l", r"-\log a_2", ("L", "J", r"\ell", r"\mathcal{L}")),),
)
CBOW = Declarations(
    sizes=(Size("d", 2, 4), Size("V", 5, 8, written=("|V|",)), K),
    sets=(IndexSet("positions", "-1", "1"), VOCAB, NEG),
    indices=(Index("c", "positions", "fixed", equals="0"), Index("k", "negatives"), Index("o", "positions", "fixed"),
             Index("i", "vocab"), Index("j", "positions")),
    symbols=(
        Symbol("A", ("d", "V")), Symbol("B", ("d", "V")),
        Symbol("a_avg", ("d",), "average of the context vectors", definition=r"\frac{a_{w_{c-1}} + a_{w_{c+1}}}{2}",
               written=(r"\bar{a}", r"\hat{a}")),
    ),
    families=(
        Family("a", ("i",), ("d",), column_of="A"),
        Family("b", ("i",), ("d",), column_of="B"),
        Family("w", ("j",), values="vocab"),
        Family("w", ("k",), values="vocab"),
    ),
    functions=(Function("sigma"),),
    losses=(Loss("P", written=("P(w_c|w_{c-1},w_{c+1})",)), Loss("J"), Loss("Q", written=("P(w_o|w_c)",))),
    laws=(Law("P(w)"), Law("P_n(w)"), Law("P")),
)

YHATS = ("U", r"\hat{y}", "y")
NEGATIVES = Form(in_terms_of=("u_o", "u_k", "v_c", "U_k"), functions=("sigma", "exp", "log", "diag"))


def _question(declarations: Declarations, *answers: str, variants: tuple[tuple[str, str], ...] = (),
              form: Form | None = None, depends_on: tuple[str, ...] = (), every_side: bool = False) -> Question:
    references = (*(Reference(answer) for answer in answers), *(Reference(a, name) for a, name in variants))
    return Question(declarations, references, form or Form(), depends_on, every_side=every_side)


def _with_index(declarations: Declarations, changed: Index) -> Declarations:
    return replace(declarations, indices=tuple(
        changed if index.name == changed.name else index for index in declarations.indices))


REPEATED = replace(
    _with_index(NEGATIVE, Index("w", "negatives")),
    families=(NEGATIVE.families[0], Family("w", ("k",), values="vocab", differs=("o",), meaning="the k-th drawn word")),
    aliases=(*NEGATIVE.aliases, Alias("|S|", r"(\sum_{i=1, w_i = w_k}^K 1)")),
)

QUESTIONS = {
    "crossentropy_equals_nll": _question(SOFTMAX, r"-\log \hat{y}_o", every_side=True),
    "softmax_grad_vc": _question(
        SOFTMAX, r"U(\hat{y}-y)", form=Form(in_terms_of=YHATS, functions=(), vectorised=True)),
    "softmax_grad_U": _question(
        SOFTMAX, r"v_c(\hat{y}-y)^\top", form=Form(in_terms_of=(r"\hat{y}", "y", "v_c"), functions=(), vectorised=True)),
    "softmax_grad_uw": _question(
        SOFTMAX, r"(\hat{y}_w - y_w)v_c", form=Form(in_terms_of=(r"\hat{y}", "y", "v_c"), functions=()),
        depends_on=("w",)),
    "softmax_grad_uw_true": _question(
        _with_index(SOFTMAX, Index("w", "vocab", "fixed", equals="o")), r"(\hat{y}_o - 1)v_c",
        form=Form(in_terms_of=(r"\hat{y}", "y", "v_c"), functions=())),
    "softmax_grad_uw_other": _question(
        _with_index(SOFTMAX, Index("w", "vocab", "free", differs=("o",))), r"\hat{y}_w v_c",
        form=Form(in_terms_of=(r"\hat{y}", "y", "v_c"), functions=()), depends_on=("w",)),
    "softmax_grad_U_columns": _question(
        replace(SOFTMAX, atoms=(Atom("dJ_du", "J", "u_w", ("d",), ("v_c", "o", "U"), ("w",),
                                     definition=r"(\hat{y}_w - y_w)v_c", bare="fine"),)),
        r"v_c(\hat{y}-y)^\top"),
    "sigmoid_derivative": _question(
        SCALAR, r"\sigma(x)(1-\sigma(x))", form=Form(in_terms_of=(r"\sigma(x)",), functions=())),
    "tanh_derivative": _question(SCALAR, r"1-\tanh(x)^2", form=Form(in_terms_of=(r"\tanh(x)",), functions=())),
    "relu_derivative": _question(PIECEWISE, r"\mathbf{1}[x>0]"),
    "leaky_relu_derivative": _question(PIECEWISE, r"\begin{cases} 1 & x>0 \\ \alpha & x<0 \end{cases}"),
    "negsample_grad_vc": _question(
        NEGATIVE, r"-(1-\sigma(u_o^\top v_c))u_o + \sum_{k=1}^K \sigma(u_k^\top v_c)u_k", form=NEGATIVES),
    "negsample_grad_uo": _question(NEGATIVE, r"-(1-\sigma(u_o^\top v_c))v_c", form=NEGATIVES),
    "negsample_grad_uk": _question(NEGATIVE, r"\sigma(u_k^\top v_c)v_c", form=NEGATIVES, depends_on=("k",)),
    "negsample_grad_Uneg": _question(NEGATIVE, r"v_c \sigma(U_k^\top v_c)^\top", form=NEGATIVES),
    "negsample_repeated_grad": _question(
        REPEATED, r"\sum_{i: w_i = w_k} \sigma(u_k^\top v_c)v_c", form=NEGATIVES, depends_on=("k",)),
    "skipgram_grad_U": _question(
        SKIPGRAM, r"\sum_{-m\le j\le m, j\ne 0} \frac{\partial J(v_c, w_{t+j}, U)}{\partial U}"),
    "skipgram_grad_vc": _question(
        SKIPGRAM, r"\sum_{-m\le j\le m, j\ne 0} \frac{\partial J(v_c, w_{t+j}, U)}{\partial v_c}"),
    "skipgram_grad_vw": _question(SKIPGRAM, "0", form=Form(in_terms_of=())),
    "backprop_dw1": _question(
        BACKPROP, "-(1-a_2) w_2 a_1 (1-a_1) a_0",
        form=Form(in_terms_of=("a_0", "a_1", "a_2", "w_1", "w_2", "z_0", "z_1", "x"), functions=("sigma",))),
    "backprop_dw2": _question(
        BACKPROP, "-(1-a_2) a_1",
        form=Form(in_terms_of=("a_0", "a_1", "a_2", "w_1", "w_2", "z_0", "z_1", "x"), functions=("sigma",))),
    "backprop_db1": _question(
        BACKPROP, "-(1-a_2) w_2 a_1 (1-a_1)", variants=(("-(1-a_2)(1 + w_2 a_1(1-a_1))", "b^{[1]} in both layers"),),
        form=Form(in_terms_of=("a_0", "a_1", "a_2", "w_1", "w_2", "z_0", "z_1", "x"), functions=("sigma",))),
    "backprop_db2": _question(
        BACKPROP, "-(1-a_2)", variants=(("0", "b^{[1]} in both layers"),),
        form=Form(in_terms_of=("a_0", "a_1", "a_2", "w_1", "w_2", "z_0", "z_1", "x"), functions=("sigma",))),
    "cbow_negsample_objective": _question(
        CBOW,
        r"\log\sigma(b_{w_c}^\top a_{avg}) + \sum_{k=1}^K \log\sigma(-b_{w_k}^\top a_{avg})",
        r"\sigma(b_{w_c}^\top a_{avg}) \prod_{k=1}^K \sigma(-b_{w_k}^\top a_{avg})",
        r"-\log\sigma(b_{w_c}^\top a_{avg}) - \sum_{k=1}^K \log\sigma(-b_{w_k}^\top a_{avg})",
        variants=((r"\log\sigma(b_{w_c}^\top (a_{w_{c-1}}+a_{w_{c+1}}))"
                   r" + \sum_{k=1}^K \log\sigma(-b_{w_k}^\top (a_{w_{c-1}}+a_{w_{c+1}}))", "sum instead of average"),)),
    "sample_count_skipgram": _question(
        Declarations(), "46", variants=(("40", "whole windows only"),)),
    "sample_count_cbow": _question(
        Declarations(), "26", variants=(("20", "whole windows only"),)),
}


def with_row(question: Question, row: dict[str, object]) -> Question:
    """Return the question with the aliases and local definitions that a row of the table brings."""
    aliases = row.get("alias") or {}
    defined = row.get("define") or {}
    assert isinstance(aliases, dict)
    assert isinstance(defined, dict)
    more = (*(Alias(k, v) for k, v in aliases.items()), *(Alias(k, v, local=True) for k, v in defined.items()))
    if not more:
        return question
    declarations = question.declarations
    taken = {alias.written for alias in more}
    kept = tuple(alias for alias in declarations.aliases if alias.written not in taken)
    return replace(question, declarations=replace(declarations, aliases=(*kept, *more)))
