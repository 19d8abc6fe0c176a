r"""Written answers are found under the names that students give, in every format, each fault by itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notebook_json import notebook

from autograder.spec import Assignment, load_assignment
from autograder.submission import Answers, Submission, read_answers
from autograder.submission.macros import expand, find_macros

HandIn = Callable[[Mapping[str, str | bytes]], Submission]
EXAMPLE = Path(__file__).parents[1] / "written" / "example"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """Parts: grad_w (a, gradient), shows, zero, count, more, why; and a second problem with short ids."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("answers") / "example"))
    head = (folder / "assignment.yaml").read_text()
    (folder / "assignment.yaml").write_text(head.replace("[logistic]", "[logistic, short]").replace("points: 12\n", ""))
    parts = "".join(f"  - {{id: {name}, kind: number, points: 1, answer: 1, aliases: [{alias}]}}\n"
                    for name, alias in (("q1", "e-i"), ("q2", "e-ii"), ("q3", "f")))
    (folder / "short.yaml").write_text(f"id: short\ntitle: Short\nnotation: {{}}\nparts:\n{parts}")
    return load_assignment(folder)


def read(hand_in: HandIn, assignment: Assignment, files: Mapping[str, str | bytes]) -> Answers:
    return read_answers(hand_in(files), assignment)


def texts(answers: Answers) -> dict[str, str]:
    return {key.part: answer.text for key, answer in answers.by_part.items()}


# (file, content, part, text that is judged)
FOUND = [
    # headings of Markdown
    ("answers.md", "## grad_w\n$$U(\\hat y-y)$$\n", "grad_w", "U(\\hat y-y)"),
    ("answers.md", "## Logistic {#grad_w}\n$x$", "grad_w", "x"),
    ("answers.md", '## <a name="grad_w"></a> The gradient\n$x$', "grad_w", "x"),
    ("answers.md", "## (a) The gradient of J\n$x$", "grad_w", "x"),
    ("answers.md", "## a) The gradient\n$x$", "grad_w", "x"),
    ("answers.md", "### Problem a:\n$x$", "grad_w", "x"),
    ("answers.md", "### Grad-W\n$x$", "grad_w", "x"),
    ("answers.md", "### grad w, in terms of x\n$x$", "grad_w", "x"),
    ("answers.md", "### logistic/grad_w\n$x$", "grad_w", "x"),
    ("answers.md", "### **`grad_w`**\n$x$", "grad_w", "x"),
    ("answers.md", "###grad_w\n$x$", "grad_w", "x"),
    ("answers.md", "grad_w\n------\n$x$", "grad_w", "x"),
    ("answers.md", "grad_w\n===\n$x$", "grad_w", "x"),
    ("answers.md", "**grad_w**\n\n$x$", "grad_w", "x"),
    ("answers.md", "__a) Compute the gradient.__\n\nAnswer:\n\n$x$", "grad_w", "x"),
    ("answers.md", "**(a)** $x$", "grad_w", "x"),
    ("answers.md", "grad_w: $x$", "grad_w", "x"),
    ("answers.md", "- `grad_w`: $x$", "grad_w", "x"),
    ("answers.md", "## e\n### i)\n$2$\n### (ii)\n$3$", "q2", "3"),
    ("answers.md", "## (e) i\n$2$", "q1", "2"),
    ("answers.md", "# My answers\n\nSome text $y$.\n\n## grad_w\n#### Proof\n$$x$$\n# The end\n$$z$$", "grad_w", "x"),
    ("answers.md", "## grad_w\n$x$\n---\n## why\nBecause.", "grad_w", "x"),
    ("ANSWERS.MD", "## grad_w\n$x$", "grad_w", "x"),
    ("answers.markdown", "## grad_w\n$x$", "grad_w", "x"),
    ("hw/answers (2).md", "## grad_w\n$x$", "grad_w", "x"),
    ("written.md", "## grad_w\n$x$", "grad_w", "x"),
    ("answers.md", "## 1(c) grad_w (4 points)\n$x$", "grad_w", "x"),
    ("answers.md", "## a) shows, then grad\\_w\n$x$", "grad_w", "x"),
    ("answers.md", "## Logistic loss of one example\n### The way\n$x$\n## grad\\_w\n$y$", "grad_w", "y"),
    # formulas of Markdown
    ("answers.md", "## grad_w\n\\[ x \\]", "grad_w", "x"),
    ("answers.md", "## grad_w\n\\( x \\)", "grad_w", "x"),
    ("answers.md", "## grad_w\n$`x`$", "grad_w", "x"),
    ("answers.md", "## grad_w\n`U @ (y_hat - y)`", "grad_w", "U @ (y_hat - y)"),
    ("answers.md", "## grad_w\n```python\nU @ (y_hat - y)\n```\n", "grad_w", "U @ (y_hat - y)"),
    ("answers.md", "## grad_w\n```\nx\n# no heading\n```\n", "grad_w", "x\n# no heading"),
    ("answers.md", "## grad_w\n~~~latex\nx\n~~~\n", "grad_w", "x"),
    ("answers.md", "## grad_w\n```\nx", "grad_w", "x"),
    ("answers.md", "## grad_w\n$$x", "grad_w", "x"),
    ("answers.md", "## grad_w\n\\begin{align*}\nx &= y \\\\\n&= z\n\\end{align*}\n", "grad_w", "\\begin{align*}\nx &= y \\\\\n&= z\n\\end{align*}"),
    ("answers.md", "## grad_w\n$$a$$ and then $$b$$ where $c$ is c.", "grad_w", "b"),
    ("answers.md", "## grad_w\nWe know that $a = b$ and $c$.\n\nAnswer: $x$.\n", "grad_w", "x"),
    ("answers.md", "## grad_w\n1. $a$\n2. $x$\n", "grad_w", "x"),
    ("answers.md", "## grad_w\nThe gradient is $x$, as can be seen.", "grad_w", "x"),
    ("answers.md", "## grad_w\n> The gradient of $J$ with respect to $w$.\n\nx + y\n", "grad_w", "x + y"),
    ("answers.md", "## grad_w\n<!-- write $$here$$\n-->\n$x$", "grad_w", "x"),
    ("answers.md", "## grad_w\nσ(x)(1 − σ(x))", "grad_w", "σ(x)(1 − σ(x))"),
    ("answers.md", "## grad_w\nThe gradient with respect to w is this:\n\ndJ/dw = a\n = b\n", "grad_w", "dJ/dw = a\n = b"),
    ("answers.md", "## grad_w\nIt costs 5\\$ and \\`x\\`: $x$", "grad_w", "x"),
    ("answers.md", "## grad_w\r\n$x$\r\n", "grad_w", "x"),
    ("answers.md", "\ufeff## grad_w\n$x$\n", "grad_w", "x"),
    ("answers.md", "\\newcommand{\\vc}{\\mathbf{v}_c}\n## grad_w\n$$\\vc x$$", "grad_w", "\\mathbf{v}_c x"),
    # LaTeX
    ("answers.tex", "\\begin{document}\n\\section*{(a) The gradient}\n\\[ x \\]\n\\end{document}\n\\[ z \\]", "grad_w", "x"),
    ("answers.tex", "\\subsection{grad\\_w}\n$x$", "grad_w", "x"),
    ("answers.tex", "\\section{First}\\label{part:grad_w}\n$x$", "grad_w", "x"),
    ("answers.tex", "\\section{First}\n\\begin{equation}\n\\label{eq:grad_w}\nx\n\\end{equation}", "grad_w",
     "\\begin{equation}\n\\label{eq:grad_w}\nx\n\\end{equation}"),
    ("answers.tex", "\\begin{enumerate}\n\\item[(a)] $x$\n\\item[(f)] $3$\n\\end{enumerate}", "grad_w", "x"),
    ("answers.tex", "\\textbf{(a)} We have \\textbf{at last} $x$\n\n\\underline{f)} $3$", "grad_w", "x"),
    ("answers.tex", "% grad_w\n\\[ x \\] % done\n% q3\n$3$", "grad_w", "x"),
    ("answers.tex", "\\paragraph{(e) i} $2$ \\paragraph{(e) ii} $3$", "q2", "3"),
    ("answers.tex", "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n\\section{a}\n% not this: $z$\n$\\pd{J}{w} = 5\\%$", "grad_w",
     "\\frac{\\partial J}{\\partial w} = 5\\%"),
    # text
    ("answers.txt", "q1: 7 + 8\n  + 11\nq2: 3", "q1", "7 + 8\n  + 11"),
    ("answers.txt", "q1 = 46\nq2: 3", "q1", "46"),
    ("answers.txt", "q1: $46$", "q1", "46"),
    ("answers.txt", "grad_w: -(1-s)x\nzzz9: 4\n", "grad_w", "-(1-s)x"),
    # numbers and choices
    ("answers.md", "## count\nIt makes 12 pairs of this sentence.", "count", "12"),
    ("answers.md", "## count\nWith $m = 1$ it makes $12$ pairs of $n$ tokens.", "count", "12"),
    ("answers.md", "## count\n$2n - 2 = 12$", "count", "2n - 2 = 12"),
    ("answers.md", "## count\n2*7 - 2 = 12", "count", "2*7 - 2 = 12"),
    ("answers.md", "## more\nThe **Skip-gram** model, as $2 > 1$.", "more", "The **Skip-gram** model, as $2 > 1$."),
    # YAML
    ("answers.yaml", "grad_w: '-(1-\\sigma(x))'\nq1: 46\n", "grad_w", "-(1-\\sigma(x))"),
    ("answers.yaml", "grad_w: |\n  a\n  = b\nq1: 46\n", "grad_w", "a\n= b"),
    ("answers.yaml", "short: {q1: 46}\nlogistic:\n  grad_w: x\n", "grad_w", "x"),
    ("answers.yml", "q1: 46\n", "q1", "46"),
    ("answers.yaml", "grad_w: \\sigma(x): [\nq1: *46\nq2: '3'", "q2", "'3'"),
]


@pytest.mark.parametrize(("file", "content", "part", "text"), FOUND)
def test_an_answer_is_found(hand_in: HandIn, assignment: Assignment, file: str, content: str, part: str, text: str) -> None:
    assert texts(read(hand_in, assignment, {file: content}))[part] == text


def test_markdown_cells_are_answers(hand_in: HandIn, assignment: Assignment) -> None:
    cells = notebook(("markdown", "# Homework\n## grad_w"), ("code", "x = 1  # $z$"), ("markdown", "so\n$$x$$"), ("markdown", "## why\nBecause."))
    answers = read(hand_in, assignment, {"hw.ipynb": cells})
    assert texts(answers) == {"grad_w": "x", "why": "Because."}
    answer = answers.get("logistic", "grad_w")
    assert answer is not None
    assert str(answer.place) == "cell 3 of hw.ipynb, line 2"


def test_place_and_dialect(hand_in: HandIn, assignment: Assignment) -> None:
    answers = read(hand_in, assignment, {"answers.md": "# Mine\n\n## grad_w\n\n  $$ x $$\n## zero\n```py\ny\n```\n## why\n\nBecause."})
    seen = {key.part: (str(answer.place), answer.place.column, answer.dialect) for key, answer in answers.by_part.items()}
    assert seen == {"grad_w": ("answers.md, line 5", 5, "latex"), "zero": ("answers.md, line 8", 1, "python"),
                    "why": ("answers.md, line 12", 1, "")}


def test_prose_is_kept_whole(hand_in: HandIn, assignment: Assignment) -> None:
    answers = read(hand_in, assignment, {"answers.md": "## why\nBecause $K \\ll V$.\n\n### In short\n- fewer terms\n\n## count\nAs there are 12 pairs: $12$"})
    assert texts(answers) == {"why": "Because $K \\ll V$.\n\n### In short\n- fewer terms", "count": "12"}
    count = answers.get("logistic", "count")
    assert count is not None
    assert count.written == "As there are 12 pairs: $12$"


def test_bold_words_of_a_latex_answer_are_kept(hand_in: HandIn, assignment: Assignment) -> None:
    answers = read(hand_in, assignment, {"answers.tex": "\\section{why}\nBecause of \\textbf{this} and \\item[that]\\label{x} too."})
    assert texts(answers)["why"].replace("\n", "") == "Because of \\textbf{this} and \\item[that]\\label{x} too."


def test_a_derivation_keeps_all_its_lines(hand_in: HandIn, assignment: Assignment) -> None:
    answer = read(hand_in, assignment, {"answers.md": "## shows\nFirst\n$$1-s$$\nthen\n$$= a$$\n$$= b$$"}).get("logistic", "shows")
    assert answer is not None
    assert answer.lines == ("1-s", "= a", "= b")


# (files, pieces of what is said)
SAID = [
    ({"answers.md": "## grad_x\n$x$"}, "`grad_x` (answers.md, line 1) is no part of this assignment; did you mean `grad_w`?"),
    ({"answers.md": "## some_thing_else\n$x$"}, "the parts are `grad_w`, `shows`, `zero`, `count` and so on."),
    ({"answers.txt": "grad_v: x\nq9: 4"}, "`grad_v` (answers.txt, line 1) is no part of this assignment; did you mean `grad_w`?"),
    ({"answers.yaml": "grad_v: x\nq1: 3"}, "`grad_v` (answers.yaml, line 1) is no part"),
    ({"answers.md": "## gr\u0430d_w\n$x$"}, "is no part of this assignment; did you mean `grad_w`?"),
    ({"answers.md": "## grad_w\n$x$\n## grad_w\n$y$"}, "`grad_w` is answered twice (answers.md, line 1 and answers.md, line 3); the last one counts."),
    ({"answers.md": "## grad_w\n$x$", "answers.txt": "grad_w: y"}, "`grad_w` is answered in `answers.md` and in `answers.txt`; `answers.md` counts."),
    ({"answers.txt": b"%PDF-1.7\n\x00"}, "`answers.txt` is a PDF, so no answer in it could be read."),
    ({"answers.txt": b"PK\x03\x04\x00"}, "`answers.txt` is no text"),
    ({"answers.pdf": b"%PDF-1.7"}, "`answers.pdf` cannot be read here. Write the answers as text in `answers.md`"),
    ({"answers.yaml": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)) + "q1: *h\n"},
     "`answers.yaml` could not be read: it unfolds without end. Write each answer out."),
    ({"answers.yaml": "q1: [\n"}, "`answers.yaml` is not correct YAML (line 2); it was read line by line."),
    ({"answers.yaml": "q1: 3\nq1: 4"}, "`q1` is answered twice"),
    ({"answers.md": "no headings here: $x$"}, "No answer was found in `answers.md`: each of them belongs below a heading"),
    ({"word2vec.py": ""}, "No written answers were found. Write them in `answers.md`: a heading for each part, the formula below it."),
    ({"answers.md": "## grad_w\né $x$".encode("latin-1")}, "`answers.md` is not UTF-8; it was read as Latin-1."),
]


@pytest.mark.parametrize(("files", "sentence"), SAID)
def test_what_is_odd_is_said(hand_in: HandIn, assignment: Assignment, files: dict[str, str | bytes], sentence: str) -> None:
    assert sentence in " ".join(read(hand_in, assignment, files).notes)


QUIET = [
    {"answers.md": "# CS224n, assignment 2\n## Written part\n## grad_w\n$x$\n## Thanks\n"},
    {"answers.md": "## grad_w\n\n## grad_w\n$x$\n## grad_w\n\n"},
    {"answers.md": "## grad_w\n$x$", "hw.ipynb": notebook(("markdown", "## grad_w\n\n$ x $"))},
    {"answers.txt": "grad_w: x\n", "README.md": "## grad_w\n$z$", "requirements.txt": "numpy"},
]


@pytest.mark.parametrize("files", QUIET)
def test_what_is_in_order_is_not_remarked_on(hand_in: HandIn, assignment: Assignment, files: dict[str, str | bytes]) -> None:
    answers = read(hand_in, assignment, files)
    assert answers.notes == ()
    assert list(texts(answers)) == ["grad_w"]


@pytest.mark.parametrize(("content", "part", "text"), [
    ("q1: 1\nq1: 2\n", "q1", "2"),
    ("q1: (((\nq2: 3", "q2", "3"),
    ("q1: " + "(" * 300_000 + "\nq2: 3\n", "q2", "3"),
    ("q1: a\u2028q2: 9\nq2: 3\x0c\x0b\x85\n", "q2", "3"),
])
def test_one_bad_line_costs_one_answer(hand_in: HandIn, assignment: Assignment, content: str, part: str, text: str) -> None:
    assert texts(read(hand_in, assignment, {"answers.txt": content}))[part] == text


def test_several_formulas_in_a_line_are_asked_about(hand_in: HandIn, assignment: Assignment) -> None:
    answer = read(hand_in, assignment, {"answers.md": "## grad_w\nIt is $a$ with $b$."}).get("logistic", "grad_w")
    assert answer is not None
    assert (answer.text, answer.doubt) == ("", "There are 2 formulas in the lines of this answer, and it is not clear which one is the "
                                               "result. Put the result between `$$` and `$$` on a line of its own.")


def test_which_display_was_judged_is_said(hand_in: HandIn, assignment: Assignment) -> None:
    answer = read(hand_in, assignment, {"answers.md": "## grad_w\n$$a$$\n$$b$$"}).get("logistic", "grad_w")
    assert answer is not None
    assert answer.note == "Of the 2 displayed formulas here the last one was judged."


def test_a_very_long_answer_is_refused_alone(hand_in: HandIn, assignment: Assignment) -> None:
    answers = read(hand_in, assignment, {"answers.txt": "q1: " + "x+" * 500_000 + "x\nq2: 3"})
    q1 = answers.get("short", "q1")
    assert q1 is not None
    assert q1.doubt == "This answer has more than 30,000 characters. Give the result alone."
    assert texts(answers)["q2"] == "3"


def test_nothing_is_read_for_an_assignment_without_written_parts(hand_in: HandIn) -> None:
    assignment = load_assignment(Path(__file__).parents[1] / "spec" / "example")
    assert "why" in {key.part for key in read_answers(hand_in({"answers.md": "## why\nBecause."}), assignment).by_part}


# (definitions, formula, written out)
MACROS = [
    (r"\newcommand{\vc}{\mathbf{v}_c}", r"\vc x", r"\mathbf{v}_c x"),
    (r"\newcommand\uo{u_o}", r"\uo^T\uo", r"u_o^Tu_o"),
    (r"\newcommand*{\pd}[2]{\frac{\partial #1}{\partial #2}}", r"\pd{J}{v_c} \pd J U", r"\frac{\partial J}{\partial v_c} \frac{\partial J}{\partial U}"),
    (r"\def\yh{\hat y}", r"\yh_w \yhat", r"\hat y_w \yhat"),
    (r"\def\g#1{\sigma(#1)}", r"\g{\g{x}}", r"\sigma(\sigma(x))"),
    (r"\DeclareMathOperator{\sm}{softmax}", r"\sm(x)", r"\operatorname{softmax}(x)"),
    (r"\newcommand{\a}{\b}\newcommand{\b}{x}", r"\a", "x"),
    (r"\newcommand{\open}{x", r"\open", r"\open"),
    (r"\newcommand{\two}[2]{#1#2#3}", r"\two{x}", "x"),
    ("", r"\sigma", r"\sigma"),
]


@pytest.mark.parametrize(("definitions", "formula", "written"), MACROS)
def test_own_commands_are_written_out(definitions: str, formula: str, written: str) -> None:
    assert expand(formula, find_macros(definitions)) == written


def test_commands_that_never_end_do() -> None:
    macros = find_macros(r"\newcommand{\x}{\x\x\x\x}\newcommand{\y}{\x\x\x\x\x\x}")
    assert len(expand(r"\y" * 100, macros)) < 100_000


HOSTILE = ["\\(" * 200_000, "$" * 200_001, "`" * 200_000, "```\n" * 100_000, "$$" * 100_001, "\\begin{align}" * 50_000, "## a\n" * 100_000,
           "\\newcommand{\\a}" * 50_000, "{" * 400_000, "<!--" * 100_000, "**a" * 100_000, "\\label{a}" * 50_000, "a: " * 100_000, "%" * 400_000]


@pytest.mark.parametrize("kind", ["md", "tex", "txt", "yaml"])
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_text_takes_long(hand_in: HandIn, assignment: Assignment, kind: str, number: int) -> None:
    # Anything that grew with the square of the length would take minutes here.
    answers = read(hand_in, assignment, {f"answers.{kind}": "## grad_w\n" + HOSTILE[number]})
    assert all(len(answer.text) <= 30_000 for answer in answers.by_part.values())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.sampled_from("#$`*_:\\[](){}<>-=%~&|! \n\tagrdw1é\u2028"), max_size=60), kind=st.sampled_from(["md", "tex", "txt", "yaml", "ipynb"]))
def test_any_text_is_read(assignment: Assignment, text: str, kind: str) -> None:
    content = notebook(("markdown", text)) if kind == "ipynb" else text
    submission = Submission({f"answers.{kind}": content.encode()})
    for answer in read_answers(submission, assignment).by_part.values():
        assert answer.place.line >= 1
        assert answer.text or answer.doubt or answer.written
