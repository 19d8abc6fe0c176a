"""Every sentence that a student reads about code: what happened, on which input, where, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from autograder.cases import DrawnCase
from autograder.checks.comparison import Comparison, Rung
from autograder.checks.misconceptions import Observation
from autograder.sandbox.outcomes import CallOutcome, Died, Frame, LoadOutcome, Malformed, Raised, TimedOut
from autograder.spec.code import Case

if TYPE_CHECKING:
    from autograder.checks.function import OutputScore
    from autograder.checks.running import CaseRun

_PLAIN_FILE = re.compile(r"[\w./ ()-]+")
_PYTHON_2 = re.compile(r"Missing parentheses in call to 'print'|multiple exception types|print\b.*\?")
_ODD_CHARACTER = re.compile(r"invalid (non-printable )?character")
_NOT_THERE = re.compile(r"module '[\w.]+' has no attribute '(\w+)'")
_ADVICE = {
    "NotImplementedError": "This function is still to be written.",
    "RecursionError": "It calls itself without end: check where the recursion stops.",
    "SystemExit": "Take `exit()` and `quit()` out of the function: it must return its result.",
    "EOFError": "Nobody can type during grading: take `input()` out.",
    "ModuleNotFoundError": "Only NumPy, the standard library and the files of the assignment are there. "
                           "Write this function without that module.",
    "ImportError": "Hand in the file that defines it, or write this function without it.",
    "NameError": "Nothing gave this name a value: look for a typing error, or for code that is still to be written.",
    "UnboundLocalError": "Give it a first value before it is used or added to, such as `loss = 0.0` before the loop.",
}
_ADVICE_BY_MESSAGE = {
    re.compile(r"NoneType"): "A value is None there: it was never set, or comes from a function without `return`. Is "
                             "something still to be written?",
    re.compile(r"^only integers, slices|arrays used as indices must be"):
        "An index must be an integer; these brackets hold floats. Check what you index with. `np.zeros` makes floats: "
        "write `dtype=int`.",
    re.compile(r"^only (length-1|size-1|0-dimensional) arrays can be converted"):
        "It takes one number and is given an array. `math.exp` and `math.log` take numbers: use `np.exp` and `np.log`.",
    re.compile(r"^The truth value of an array"):
        "An `if` takes one truth value and is given one for each entry. Choose entry by entry with `np.where`.",
}
_PYTHON_3_NAMES = {"xrange": "range", "unicode": "str", "basestring": "str", "long": "int", "izip": "zip",
                   "reduce": "functools.reduce", "cPickle": "pickle", "StringIO": "io.StringIO"}
_UNKNOWN_NAME = re.compile(r"(?:name|module named) '(\w+)'")
_OTHER_PARAMETERS = re.compile(r"^(?:\w+\.)*(\w+)\(\) (?:takes|missing|got an unexpected keyword)")


def code(text: str) -> str:
    """Return text as inline code, whatever backquotes are in it."""
    text = " ".join(text.split())
    fence = "`" * (max((len(run) for run in _backquotes(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _backquotes(text: str) -> Iterable[str]:
    run = ""
    for character in text + " ":
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""


def say_failure(reply: CallOutcome | None, drawn: DrawnCase) -> str:
    """Say that a call gave no values."""
    inputs = f"Inputs: {drawn.describe()}."
    if isinstance(reply, Raised):
        return f"{say_exception(reply)} {inputs}"
    if isinstance(reply, TimedOut):
        return (f"Your function had not returned after {reply.seconds:g} seconds and was stopped. {inputs} Look for a "
                "loop whose condition never becomes false, or for work that grows much faster than the input.")
    if isinstance(reply, Died):
        if reply.is_out_of_memory:
            return (f"Your function asked for more memory than there is and was stopped. {inputs} Look for an array "
                    "that grows with every round of a loop.")
        return (f"The Python process that ran your function ended before the function returned ({_say_end(reply)}). "
                f"{inputs} Take out `exit()`, `os._exit()` and anything that ends or kills processes.")
    if isinstance(reply, Malformed):
        return ("What came back from your function could not be read as its result. Return plain numbers and NumPy "
                f"arrays, and print with `print` only. {inputs}")
    return "This was not run: your function was stopped in a case before it, or the submission's time was used up."


def _say_end(reply: Died) -> str:
    if reply.signal is not None:
        return f"signal {reply.signal}"
    return f"exit code {reply.exit_code}"


def say_exception(reply: Raised) -> str:
    """Say which exception was raised, and at which of the student's own lines."""
    missing = _NOT_THERE.search(reply.message)
    if reply.error == "AttributeError" and missing and not reply.frames:  # asked for by the harness
        return f"It is called together with your function `{missing[1]}`, which is not there. Write that one first."
    told = reply.message.strip() not in ("", "None")
    message = f": {code(reply.message)}" if told else ""
    said = f"It raised **{reply.error}**{message}{say_frame(reply.frames)}."
    advice = _advise(reply)
    return f"{said} {advice}" if advice else said


def _advise(reply: Raised) -> str:
    """Return what is to be done about an exception; empty where its message says it all."""
    parameters = _OTHER_PARAMETERS.search(reply.message)
    if reply.error == "TypeError" and parameters and not reply.frames:  # called by the harness
        return f"It is called as in the starter: keep the parameters of `{parameters[1]}` as they are there."
    by_message = (advice for pattern, advice in _ADVICE_BY_MESSAGE.items() if pattern.search(reply.message))
    return next(by_message, _say_python_2(reply) or _ADVICE.get(reply.error, ""))


def _say_python_2(reply: Raised) -> str:
    """Say what a name of Python 2 is called in Python 3; empty where it is none."""
    unknown = _UNKNOWN_NAME.search(reply.message)
    name = unknown[1] if unknown and reply.error in ("NameError", "ModuleNotFoundError") else ""
    return f"`{name}` is Python 2; write `{_PYTHON_3_NAMES[name]}`." if name in _PYTHON_3_NAMES else ""


def say_frame(frames: Sequence[Frame]) -> str:
    """Name the innermost of the student's own lines, or return an empty string."""
    if not frames:
        return ""
    frame = frames[-1]
    source = f" ({code(frame.text)})" if frame.text.strip() else ""
    cell = f", cell {frame.cell}" if frame.cell is not None else ""
    return f" in {_file(frame.file)}{cell}, line {frame.line}{source}"


def _file(name: str) -> str:
    """Return the name of a student's file as it may stand in a sentence: as code where it holds anything odd."""
    return name if _PLAIN_FILE.fullmatch(name) else code(name)


def say_load_failure(file: str, outcome: LoadOutcome) -> str:
    """Say why none of the functions of a file can be called."""
    if isinstance(outcome, Raised):
        if outcome.error in ("SyntaxError", "IndentationError", "TabError"):
            return _say_syntax(file, outcome)
        return f"{file} cannot be imported. {say_exception(outcome)}"
    if isinstance(outcome, TimedOut):
        return (f"{file} was still running {outcome.seconds:g} seconds after its import began, and was stopped. Put "
                "training loops and tests under `if __name__ == \"__main__\":`, so that importing is quick.")
    if isinstance(outcome, Died) and outcome.is_out_of_memory:
        return (f"{file} asked for more memory than there is while it was imported. Put what fills large arrays under "
                "`if __name__ == \"__main__\":`.")
    return (f"The Python process ended while it imported {file}. Take out `exit()`, `os._exit()` and anything that "
            "ends or kills processes.")


def _say_syntax(file: str, raised: Raised) -> str:
    said = f"{file} is not valid Python, so none of its functions could be run: {code(raised.message)}"
    said += f"{say_frame(raised.frames)}."
    if _PYTHON_2.search(raised.message):
        return f"{said} This is Python 2; write `print(...)` and run the file with Python 3."
    if _ODD_CHARACTER.search(raised.message):
        return (f"{said} It looks much like one that Python knows, and came from an input method, or with pasted text. "
                "Type it anew on a plain keyboard.")
    return f"{said} Run `python {file}` on your own machine until it starts."


def say_definitions_only(file: str, outcome: LoadOutcome) -> str:
    """Say that only the definitions of a file were loaded, and why."""
    if isinstance(outcome, TimedOut):
        why = f"it was still running after {outcome.seconds:g} seconds"
    elif isinstance(outcome, Raised):
        message = f" ({code(outcome.message)})" if outcome.message.strip() else ""
        why = f"it raised {outcome.error}{message}{say_frame(outcome.frames)}"
    else:
        why = "the Python process ended"
    said = f"Note: {file} could not be imported as it stands: {why}."
    if isinstance(outcome, Raised) and outcome.error in ("ImportError", "ModuleNotFoundError"):
        advice = _say_python_2(outcome) or (
            "Import the assignment's files as the starter does, and no module but NumPy and the standard library.")
        return f"{said} What does not need that import was graded all the same. {advice}"
    return (f"{said} Its imports, functions and constants were loaded without the rest. Put the rest under "
            "`if __name__ == \"__main__\":`.")


def say_not_needed(file: str) -> str:
    """Say that only the definitions of a notebook were run, since they are all that is needed."""
    return (f"Note: of {code(file)} only the imports, functions and constants were run. Your functions need nothing "
            "else of it, so what trains, plots or tests was left alone.")


def say_old_numpy(name: str, frames: Sequence[Frame]) -> str:
    """Say that a name which newer NumPy has removed was put back for grading."""
    return (f"Note: `np.{name}` is gone from current NumPy{say_frame(frames)}. It was put back for grading; write what "
            "NumPy's release notes name in its place (for `np.float`, `np.int` and `np.bool` leave out the `np.`).")


def say_extra_axes(name: str, comparisons: Sequence[Comparison]) -> str:
    """Say that a right value came in a shape with axes of length 1 too many or too few; empty where it did not."""
    for comparison in comparisons:
        if comparison.has_extra_axes and comparison.expected.size > 1:
            return (f"`{name}` has shape {comparison.actual_shape} where {comparison.expected.shape} is asked. It "
                    "counts as right, since only axes of length 1 differ, but code that uses it may stumble.")
        if comparison.has_extra_axes and comparison.actual_shape != () and comparison.expected.shape == ():
            return f"`{name}` has shape {comparison.actual_shape}; a plain number is asked. It counts as right."
    return ""


def say_wrong_output(
    name: str, observations: Sequence[Observation], *, show_expected: bool, is_special: bool = False
) -> str:
    """Say what is wrong with an output: the first rung it fails, in the first case that fails it.

    The advice of that case is given where the case is what makes the difference: other cases are right or
    is_special, or the numbers ran out of range.
    """
    wrong = [o for o in observations if not o.comparison.is_right]
    if not wrong:
        return f"`{name}` could not be compared in every case."
    first = min(wrong, key=lambda o: o.comparison.rung)
    rung, drawn = first.comparison.rung, first.drawn
    said = _say_rung(name, first.comparison, show_expected=show_expected)
    is_mixed = len(wrong) < len(observations)
    if is_mixed:
        rights = len(observations) - len(wrong)
        said += f" It is right in {rights} of {len(observations)} cases; it fails with: {drawn.describe()}."
    elif rung in (Rung.SHAPE, Rung.FINITE):
        said += f" Inputs: {drawn.describe()}."
    is_told = rung is Rung.FINITE or (rung is Rung.VALUE and (is_mixed or is_special))
    return f"{said} {drawn.case.say}" if drawn.case.say and is_told else said


def _say_rung(name: str, comparison: Comparison, *, show_expected: bool) -> str:
    expected = comparison.expected
    if comparison.rung is Rung.TYPE:
        return (f"`{name}` is {_a(comparison.actual_type)}, which is no array of numbers. Return "
                f"{_say_shape(expected.shape)}.")
    if comparison.rung is Rung.SHAPE:
        assert comparison.actual_shape is not None
        transposed = comparison.actual_shape == expected.shape[::-1] and len(expected.shape) == 2
        hint = " Rows and columns are exchanged: return its `.T`." if transposed else ""
        return f"`{name}` has shape {comparison.actual_shape}, but {_say_shape(expected.shape)} is asked.{hint}"
    if comparison.rung is Rung.DTYPE:
        return f"`{name}` holds values of type {code(comparison.actual_type)}; return real numbers (float64)."
    at = _at(name, comparison.worst)
    assert comparison.actual is not None
    value = float(comparison.actual[comparison.worst])
    if comparison.rung is Rung.FINITE:
        what = at if np.isfinite(comparison.actual).any() else "What comes out"
        if np.isnan(value):
            return (f"{what} is nan. Look for the logarithm of a negative number, for 0/0, or for an overflow of exp. "
                    "Is an array changed before it is used again? `b = a` makes no copy.")
        return f"{what} is {value:g}. Look for a logarithm of 0, a division by 0 or an overflow of exp."
    told = f" Expected: {float(expected[comparison.worst]):.6g}." if show_expected else ""
    size = f", the entry that is furthest off (of {expected.size})" if expected.size > 1 else ""
    return f"`{name}` is wrong: your value of {at} is {value:.6g}{size}.{told}"


def _a(type_name: str) -> str:
    return f"of type {code(type_name)}" if type_name else "missing"


def _say_shape(shape: tuple[int, ...]) -> str:
    return f"an array of shape {shape}" if shape else "a single number"


def _at(name: str, index: tuple[int, ...]) -> str:
    return f"`{name}[{', '.join(map(str, index))}]`" if index else f"`{name}`"


def say_outputs(scores: Sequence[OutputScore], cases: int, *, all_or_nothing: bool) -> list[str]:
    """Return a line for each output: what it earned, and what is to be mended."""
    if all(score.is_right for score in scores):
        count = "the case" if cases == 1 else f"all {cases} cases"
        return [f"Right in {count}.", *(score.sentence for score in scores if score.sentence)]
    if all(score.diagnosis is not None and score.diagnosis.name == "zero" for score in scores) and len(scores) > 1:
        return ["Everything that your function returns is 0 in every case. Is it still to be written?"]
    lines = []
    for (how, shared), group in groupby(scores, key=lambda score: (_how(score), _say_of_each(score))):
        alike = list(group)
        sentence = shared if len(alike) > 1 else alike[0].sentence
        names = ", ".join(f"`{score.name}`" for score in alike)
        points, of = sum(score.points for score in alike), sum(score.max_points for score in alike)
        earned = "" if all_or_nothing else f" ({points:g} of {_count(of, 'point')})"
        lines.append(f"- {names}: {how}{earned}. {sentence}".rstrip())
    return ["\n".join(lines)]


def _say_of_each(score: OutputScore) -> str:
    """Return the sentence about an output as it reads for several."""
    name = f"`{score.name}` "
    return f"Each {score.sentence.removeprefix(name)}" if score.sentence.startswith(name) else score.sentence


def _how(score: OutputScore) -> str:
    if score.is_right:
        return "right"
    if score.is_followed:
        return "follows from an earlier mistake"
    return "another reading" if score.max_points and score.points == score.max_points else "wrong"


def say_other_order(order: Sequence[str], asked: Sequence[str]) -> str:
    """Say that the right values came in another order than the one that is asked."""
    return (f"What you return is right, but in another order: {', '.join(order)}. "
            f"Return {', '.join(asked)}, in this order.")


def say_special_case(case: Case, runs: Sequence[CaseRun], outputs: Sequence[str]) -> str:
    """Say that a case with points of its own was not met."""
    name = case.name or "a special case"
    failed = next((run for run in runs if not run.comparisons), None)
    if failed is not None:
        advice = f" {case.say}" if case.say else ""
        why = (failed.count_fault or say_failure(failed.reply, failed.drawn)) + advice
    else:
        wrong = next((run, output) for run in runs for output in outputs if not run.is_right(output))
        run, output = wrong
        observation = Observation(run.drawn, run.comparisons[output])
        why = say_wrong_output(output, [observation], show_expected=False, is_special=True)
    return f"Not met: {name} ({_count(case.points or 0, 'point')}). {why}"


def _count(number: float, thing: str) -> str:
    return f"{number:g} {thing}{'s' * (number != 1)}"


def say_changed_inputs(changed: Mapping[str, int], cases: int) -> str:
    """Say which inputs the function changed in place."""
    names = " and ".join(f"`{name}`" for name in sorted(changed))
    often = "" if max(changed.values()) >= cases else " in some cases"
    return (f"Your function changes its input {names} in place{often}. Work on a copy (`x = x.copy()`), or write "
            "`x = x - y` instead of `x -= y`: the caller still needs the old values.")

