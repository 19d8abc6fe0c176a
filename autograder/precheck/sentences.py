"""Every sentence of the pre-check that grading does not have as well."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.spec.code import FunctionPart

ALL_ZERO = "Everything that your function returns is 0 in every case. Is it still to be written?"
KEEPS_INPUTS = "It leaves its inputs as they are."
NO_INPUTS = "No inputs could be drawn for this part, through no fault of yours. Tell the course staff."
OTHER_INPUTS = "Your functions run on other inputs, which are drawn anew and which nobody knows."
POINTS = "Points: the pre-check gives none. What it has no objection to may still lose some."
NO_SUITE = "These are tests of the course's own, which run when you hand in."
BY_HAND = "There is an answer. A person will read and mark it."


def say_quantity(part: FunctionPart, output: str) -> str:
    """Name what the question states an output to be."""
    declared = part.returns[output]
    if declared.given is None and declared.gradient is not None:
        loss = part.returns[declared.gradient.of].given
        return f"the derivative of {loss} with respect to `{declared.gradient.wrt}`"
    given = declared.given or ""
    return f"{given}, as the problem gives it" if given.isidentifier() else "what the question states"


def say_count(cases: int) -> str:
    return "the case" if cases == 1 else f"all {cases} cases"


def say_known_right(part: FunctionPart, output: str, cases: int, remark: str) -> str:
    """Say that an output is what the question states."""
    return f"`{output}` is {say_quantity(part, output)}, in {say_count(cases)}. {remark}".rstrip()


def say_known_where_known(part: FunctionPart, output: str, known: int, cases: int) -> str:
    """Say that an output is what the question states wherever the question says what that is."""
    return (f"`{output}` is {say_quantity(part, output)}, in {known} of {cases} cases; what it should be in the other "
            f"{'case' if cases - known == 1 else 'cases'} is not known here.")


def say_known_wrong(part: FunctionPart, output: str, sentence: str) -> str:
    """Say that an output is not what the question states, and in what it differs."""
    return f"`{output}` is not {say_quantity(part, output)}. {sentence}"


def say_form_right(output: str, cases: int) -> str:
    """Say that nothing is wrong with an output of which nothing is public."""
    return f"`{output}` has the shape that is asked and finite numbers, in {say_count(cases)}."


def say_returned_input(output: str, name: str) -> str:
    """Say that a function gives back what it was given."""
    return f"`{output}` is the input `{name}` as it was given, in every case. Is the function still to be written?"


def say_own_derivative(output: str, loss: str, *, is_loss_right: bool | None) -> str:
    """Say that a gradient is that of the student's own loss."""
    said = f"`{output}` agrees with finite differences of the `{loss}` that your function returns."
    if is_loss_right is False:
        return f"{said} That `{loss}` is what is off: mend it first, then derive the gradient from it again."
    if is_loss_right is None:
        return f"{said} Whether that `{loss}` is the one that is asked is not checked here."
    return said


def say_gradient_is_off(loss: str) -> str:
    return f"Your `{loss}` is right, and this is not its derivative by finite differences: the gradient is what is off."


def say_not_own_derivative(
    output: str, loss: str, at: str, actual: float, estimate: float, rights: Sequence[bool | None]
) -> str:
    """Say that a gradient is not that of the student's own loss; `rights` says of both whether they are as stated."""
    is_loss_right, is_output_right = rights
    said = (f"`{output}` does not agree with finite differences of the `{loss}` that your function returns: {at} is "
            f"{actual:.6g}, the differences give {estimate:.6g}.")
    if is_output_right:
        return f"{said} The gradient is right, so the `{loss}` is what is off."
    if is_loss_right is False:
        return f"{said} Both are off: begin with the `{loss}`."
    return f"{said} One of the two is off, here or in a function that is called here."


def say_descent(output: str, loss: str) -> str:
    return f"A small step against `{output}` lowers your `{loss}`."


def say_no_descent(output: str, loss: str, before: float, after: float) -> str:
    """Say that descent does not descend."""
    moved = "goes up" if after > before else "stays"
    return (f"A small step against `{output}` should lower your `{loss}`; it {moved}, from {before + 0.0:.6g} to "
            f"{after + 0.0:.6g}. Look at the signs first.")


def say_read(shown: str) -> str:
    return f"Read as: `{shown}`"


def say_sides_read(shown: Sequence[str]) -> str:
    return "Read as: " + ", then ".join(f"`{side}`" for side in shown)


def say_misfit(sentence: str) -> str:
    return f"With the shapes that the problem declares this has no value. {sentence}"


def say_derivative(loss: str, wrt: str) -> str:
    return f"This is the derivative of `{loss}` with respect to `{wrt}`."


def say_agreement(function: str, output: str, cases: int) -> str:
    return f"At the inputs of {say_count(cases)} it has the values that your `{function}` returns as `{output}`."


def say_disagreement(function: str, output: str, at: str, formula: float, code: float) -> str:
    """Say that formula and code, which speak of the same quantity, differ."""
    return (f"It does not have the values that your `{function}` returns as `{output}`: {at} is {formula:.6g} by your "
            f"formula and {code:.6g} by your code.")


def say_answer_open(part: str, file: str) -> str:
    return f"There is no answer yet. Write it in `{file}` below the heading `## {part}`."


def say_needs(parts: Sequence[str]) -> str:
    """Say that a part comes after others, which have nothing right yet."""
    return f"This is looked at once {' and '.join(f'`{part}`' for part in parts)} has something right."


def say_used_up() -> str:
    return "This was not run: the time for all parts was used up by those before it. Check one problem by itself."


def say_fault(error: Exception) -> str:
    """Say that the pre-check itself failed; the error's name is for whoever is told."""
    return ("This part could not be checked, through no fault of yours. Hand in all the same, and tell the course "
            f"staff that the check stumbled here: {type(error).__name__}.")
